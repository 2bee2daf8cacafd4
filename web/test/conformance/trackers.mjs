// Trackers that do one thing wrong, as their path says:
//   /leaves    closes the connection once it has been spoken to
//   /mumbles   answers what nobody can read
//   /silent    answers nothing

import { createHash } from "node:crypto";
import { once } from "node:events";
import http from "node:http";

/** RFC 6455: what the key of a handshake is hashed with. */
const HANDSHAKE = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const CLOSE = Buffer.from([0x88, 0]);
const MUMBLE = Buffer.from([0x81, 3, ...Buffer.from("hm?")]);

/** Starts them; they end with `t`. Returns their address, without the path. */
export async function startBadTrackers(t) {
  const sockets = new Set();
  const server = http.createServer();
  server.on("upgrade", ({ headers, url }, socket) => {
    sockets.add(socket);
    const accept = createHash("sha1").update(headers["sec-websocket-key"] + HANDSHAKE).digest("base64");
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`);
    socket.on("error", () => undefined); // the page has gone
    socket.once("data", () => {
      if (url === "/leaves") socket.end(CLOSE);
      if (url === "/mumbles") socket.write(MUMBLE);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `ws://127.0.0.1:${server.address().port}`;
}
