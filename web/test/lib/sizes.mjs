// An origin of segments that mean nothing, of any size.

import { createHash } from "node:crypto";
import { once } from "node:events";
import http from "node:http";

const HEADERS = { "Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "Segments-SHA256" };
const LIST = "segments-sha256.json";

/**
 * Starts it; it ends with `t`. Returns its address. /<bytes>/<number>.ts is a
 * segment of so many bytes, the first four of which are the number.
 *
 * @param listed of how many segments of each size it lists digests; without it, it has no lists.
 */
export async function startSizes(t, { listed = 0 } = {}) {
  const lists = new Map();
  const listOf = (size) => lists.get(size) ?? lists.set(size, list(size, listed)).get(size);

  const server = http.createServer((request, response) => {
    const [, size, name, number] = /^\/(\d+)\/((\d+)\.ts|[^?]*)/.exec(request.url) ?? [];
    if (number) {
      const of = { ...HEADERS, "Content-Type": "video/mp2t", ...(listed && { "Segments-SHA256": LIST }) };
      response.writeHead(200, of).end(segment(Number(size), Number(number)));
    } else if (name === LIST && listed) {
      response.writeHead(200, { ...HEADERS, "Content-Type": "application/json" }).end(listOf(Number(size)));
    } else {
      response.writeHead(404, HEADERS).end();
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${server.address().port}`;
}

function segment(size, number) {
  const body = Buffer.alloc(size);
  body.writeUInt32BE(number);
  return body;
}

function list(size, count) {
  const digest = (number) => createHash("sha256").update(segment(size, number)).digest("hex");
  return JSON.stringify(Object.fromEntries(Array.from({ length: count }, (_, i) => [`${i}.ts`, digest(i)])));
}
