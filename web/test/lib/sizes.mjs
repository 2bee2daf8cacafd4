// An origin of segments that mean nothing, of any size.

import { once } from "node:events";
import http from "node:http";

/**
 * Starts it; it ends with `t`. Returns its address. /<bytes>/<number>.ts is a
 * segment of so many bytes, the first four of which are the number.
 */
export async function startSizes(t) {
  const server = http.createServer((request, response) => {
    const [, size, number] = /^\/(\d+)\/(\d+)\.ts/.exec(request.url);
    const body = Buffer.alloc(Number(size));
    body.writeUInt32BE(Number(number));
    response.writeHead(200, { "Access-Control-Allow-Origin": "*", "Content-Type": "video/mp2t" }).end(body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${server.address().port}`;
}
