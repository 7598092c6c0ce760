// Opens Blazor circuits without a browser: HTML, component markers, /_blazor with the blazorpack protocol, StartCircuit, and an answer to
// every render batch and script call as a browser in Zurich gives it. Arguments: the folder of peers (for its modules), the base address, the page, a cookie.
// Reads lines "TOTAL AT_ONCE"; opens circuits until there are so many and answers one line of JSON: {"start":[ms…],"errors":n,"first":"…"}.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import readline from "node:readline";
import path from "node:path";

const [folder, base, page, cookie] = process.argv.slice(2);
const require = createRequire(path.join(path.resolve(folder), "package.json"));
const load = name => import(pathToFileURL(require.resolve(name)).href);
const { default: WebSocket } = await load("ws");
const { encode, decodeMulti } = await load("@msgpack/msgpack");
const now = () => Number(process.hrtime.bigint()) / 1e6;
const zone = "Europe/Zurich";
const answers = {
  "controlchat.keys.start": { timeZone: zone, dock: false },
  "controlchat.theme.read": "system",
  "controlchat.ask.attach": { __jsObjectId: 1 },
};
const open = [];
let errors = 0, first = "";
const fail = what => { errors++; first ||= what; };

function frame(message) {
  const body = encode(message), length = [];
  let n = body.length;
  do { let x = n & 127; n >>= 7; if (n) x |= 128; length.push(x); } while (n);
  return Buffer.concat([Buffer.from(length), body]);
}

function frames(buffer, on) {
  for (let p = 0; p < buffer.length;) {
    let n = 0, s = 0, x;
    do { x = buffer[p++]; n |= (x & 127) << s; s += 7; } while (x & 128);
    for (const message of decodeMulti(buffer.subarray(p, p + n))) on(message);
    p += n;
  }
}

async function circuit() {
  const response = await fetch(base + page, { headers: { cookie } });
  const html = await response.text();
  const cookies = [cookie, `cc_zone=${zone}`, ...response.headers.getSetCookie().map(c => c.split(";")[0])].filter(Boolean).join("; ");
  const marks = [...html.matchAll(/<!--Blazor:(\{.*?\})-->/g)].map(m => JSON.parse(m[1])).filter(m => m.type === "server" && m.descriptor);
  const state = /<!--Blazor-Server-Component-State:([^>]*?)-->/.exec(html);
  if (!marks.length) throw new Error(`no server components in ${page} (${response.status})`);
  const began = now();
  const ws = new WebSocket(base.replace("http", "ws") + "/_blazor", { perMessageDeflate: false, headers: { cookie: cookies, origin: base } });
  ws.binaryType = "nodebuffer";
  await new Promise((ok, no) => {
    const late = setTimeout(() => no(new Error("no render batch in 20 s")), 20000);
    let shaken = false, started = false, drawn = false;
    const check = () => { if (started && drawn) { clearTimeout(late); ok(); } };
    ws.on("open", () => ws.send('{"protocol":"blazorpack","version":1}\x1e'));
    ws.on("error", e => { fail(e.message); no(e); });
    ws.on("message", data => {
      if (!shaken) {
        shaken = true;
        ws.send(frame([1, {}, "0", "StartCircuit", [base + "/", base + page, JSON.stringify(marks), state ? state[1] : ""], []]));
        return;
      }
      frames(data, message => {
        const [kind, , , target, given] = message;
        if (kind === 3) {
          if (!given) { fail("StartCircuit: " + JSON.stringify(message)); no(new Error("StartCircuit failed")); }
          started = true;
          check();
        } else if (kind === 1 && target === "JS.RenderBatch") {
          ws.send(frame([1, {}, null, "OnRenderCompleted", [given[0], null], []]));
          drawn = true;
          check();
        } else if (kind === 1 && target === "JS.BeginInvokeJS") {
          ws.send(frame([1, {}, null, "EndInvokeJSFromDotNet", [given[0], true, JSON.stringify([given[0], true, answers[given[1]] ?? null])], []]));
        } else if (kind === 1 && target === "JS.Error") {
          fail("JS.Error " + JSON.stringify(given));
        } else if (kind === 7) {
          fail("closed " + JSON.stringify(message));
        }
      });
    });
  });
  open.push(ws);
  return now() - began;
}

setInterval(() => open.forEach(ws => ws.readyState === 1 && ws.send(frame([6]))), 10000).unref();
for await (const line of readline.createInterface({ input: process.stdin })) {
  const [total, atOnce] = line.split(" ").map(Number);
  const start = [];
  while (open.length < total) start.push(...await Promise.all(Array.from({ length: Math.min(atOnce, total - open.length) }, circuit)));
  console.log(JSON.stringify({ start, errors, first }));
}
process.exit(0);
