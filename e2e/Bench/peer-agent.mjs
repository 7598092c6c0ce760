// The peer of P1: the OpenAI Agents SDK for JavaScript, from the folder of peers given as the first argument.
// Reads lines "SCENARIO COUNT CONCURRENCY", answers one line of JSON: {"run":[ms…],"first":[ms…],"rss":MiB,"wall":ms}.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import readline from "node:readline";
import path from "node:path";

const [folder, baseURL] = process.argv.slice(2);
const require = createRequire(path.join(path.resolve(folder), "package.json"));
const load = name => import(pathToFileURL(require.resolve(name)).href);
const { Agent, run, tool, setTracingDisabled, OpenAIResponsesModel } = await load("@openai/agents");
const { default: OpenAI } = await load("openai");
const { z } = await load("zod");
setTracingDisabled(true);
const client = new OpenAI({ apiKey: "x", baseURL, maxRetries: 0 });
const model = new OpenAIResponsesModel(client, "scripted");
const lookup = tool({ name: "lookup", description: "look a key up", parameters: z.object({ key: z.string() }), execute: async ({ key }) => JSON.stringify({ key, value: 42 }) });

async function one(scenario) {
  const agent = new Agent({ name: "control", instructions: "You are a control agent.", model, tools: [lookup] });
  const since = performance.now();
  let first = 0;
  const stream = await run(agent, "SCENARIO:" + scenario, { stream: true, maxTurns: 12 });
  for await (const event of stream) if (!first && event.type === "raw_model_stream_event" && event.data.type === "output_text_delta") first = performance.now() - since;
  await stream.completed;
  return { run: performance.now() - since, first };
}

for await (const line of readline.createInterface({ input: process.stdin })) {
  const [scenario, count, concurrency] = line.split(" ");
  const all = [];
  const since = performance.now();
  await Promise.all(Array.from({ length: +concurrency }, async () => { for (let i = 0; i < +count; i++) all.push(await one(scenario)); }));
  console.log(JSON.stringify({ run: all.map(a => a.run), first: all.map(a => a.first), rss: process.memoryUsage().rss / 1048576, wall: performance.now() - since }));
}
