// The usual server of terminals: node-pty behind ws, raw bytes both ways. node peer-terminal.mjs PEERS; says its port.
import { createRequire } from "node:module";
const from = createRequire(process.argv[2] + "/package.json");
const { WebSocketServer } = from("ws"), pty = from("node-pty");
const server = new WebSocketServer({ port: 0, host: "127.0.0.1", perMessageDeflate: false });
server.on("connection", (socket, request) => {
  socket._socket.setNoDelay(true);
  const command = new URL(request.url, "http://x").searchParams.get("run");
  const child = command ? pty.spawn("sh", ["-c", command], { cols: 80, rows: 24, encoding: null }) : pty.spawn("cat", [], { cols: 80, rows: 24, encoding: null });
  child.onData(data => socket.send(data));
  socket.on("message", data => child.write(data.toString()));
  socket.on("close", () => child.kill());
});
server.on("listening", () => console.log(server.address().port));
