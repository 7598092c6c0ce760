// node peer-markdown.mjs PEERS: reads "TIMES FILE" lines, lists the headings of the file with remark so often, answers one JSON line each.
import fs from "node:fs";
import path from "node:path";
import readline from "node:readline";
import { pathToFileURL } from "node:url";

const peers = process.argv[2];
const load = name => import(pathToFileURL(path.join(peers, "node_modules", name, "index.js")).href);
const [{ unified }, { default: parse }, { default: gfm }, { toString }] = await Promise.all([load("unified"), load("remark-parse"), load("remark-gfm"), load("mdast-util-to-string")]);
const remark = unified().use(parse).use(gfm);
const list = text => remark.parse(text).children.filter(n => n.type === "heading").map(n => ({ title: toString(n), level: n.depth, start: n.position.start.offset }));

for await (const line of readline.createInterface({ input: process.stdin })) {
  const [times, file] = [Number(line.split(" ")[0]), line.slice(line.indexOf(" ") + 1)];
  const text = fs.readFileSync(file, "utf8");
  const all = [];
  let headings = 0;
  for (let i = 0; i < times; i++) {
    const since = process.hrtime.bigint();
    headings = list(text).length;
    all.push(Number(process.hrtime.bigint() - since) / 1e6);
  }
  console.log(JSON.stringify({ times: all, headings }));
}
