// The server's files as clients on the network get them.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import http from "node:http";
import net from "node:net";
import test, { after } from "node:test";
import zlib from "node:zlib";
import { startServer } from "./lib/server.mjs";
import { until } from "./lib/until.mjs";

const server = await startServer({ after });

/** Asks without what fetch does by itself: decompression, and caches. */
async function ask(path, headers = {}, method = "GET") {
  const request = http.request(server.url + path, { method, headers, agent: false }).end();
  const [response] = await once(request, "response");
  const chunks = await response.toArray();
  return { status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) };
}

const wasm = "/dist/loader.wasm";
const plain = await ask(wasm);

test("the module comes compressed as the client likes it", async () => {
  assert.equal(plain.headers["content-encoding"], undefined);
  assert.equal(plain.headers["content-type"], "application/wasm");
  assert.deepEqual(plain.body.subarray(0, 4), Buffer.from("\0asm"));
  const decoders = { br: zlib.brotliDecompressSync, gzip: zlib.gunzipSync };
  for (const [accepted, coding] of [["gzip, deflate, br, zstd", "br"], ["gzip", "gzip"], ["br;q=0.1, gzip", "gzip"]]) {
    const { headers, body } = await ask(wasm, { "Accept-Encoding": accepted });
    assert.equal(headers["content-encoding"], coding, accepted);
    assert.equal(headers["content-type"], "application/wasm");
    assert.match(headers.vary, /Accept-Encoding/i);
    assert.ok(decoders[coding](body).equals(plain.body), accepted);
  }
  const { headers } = await ask(wasm, { "Accept-Encoding": "br;q=0, identity" });
  assert.equal(headers["content-encoding"], undefined);
});

test("names with a hash are kept for good, others are asked for again", async () => {
  const page = (await ask("/")).body.toString();
  const script = /src="(dist\/assets\/page-[^"]+\.js)"/.exec(page)[1];
  const digest = createHash("sha256").update(plain.body).digest("hex").slice(0, 16);
  for (const path of [`/${script}`, `${wasm}?v=${digest}`]) {
    assert.match((await ask(path)).headers["cache-control"], /max-age=31536000.*immutable/, path);
  }
  for (const path of ["/", wasm, `${wasm}?v=0123456789abcdef`, "/dist/p2p-media-loader-core.js"]) {
    assert.equal((await ask(path)).headers["cache-control"], "no-cache", path);
  }
});

test("an ETag spares the second transfer, and each encoding has its own", async () => {
  const compressed = await ask(wasm, { "Accept-Encoding": "br" });
  assert.notEqual(plain.headers.etag, compressed.headers.etag);
  const again = await ask(wasm, { "Accept-Encoding": "br", "If-None-Match": compressed.headers.etag });
  assert.equal(again.status, 304);
  assert.equal(again.body.length, 0);
  assert.equal((await ask(wasm, { "Accept-Encoding": "br", "If-None-Match": plain.headers.etag })).status, 200);
});

/** The newest segment's path, from the playlists. */
async function segment() {
  const master = (await ask("/hls/master.m3u8")).body.toString();
  const playlist = /^[^#].*$/m.exec(master)[0];
  const uris = (await ask(`/hls/${playlist}`)).body.toString().match(/^[^#].*$/gm);
  return new URL(uris.at(-1), `http://host/hls/${playlist}`).pathname;
}

test("segments come in ranges", async () => {
  const path = await segment();
  const whole = await ask(path);
  assert.equal(whole.status, 200);
  const size = whole.body.length;
  for (const [range, from, to] of [["bytes=10-99", 10, 99], ["bytes=1000-", 1000, size - 1], ["bytes=-188", size - 188, size - 1]]) {
    const part = await ask(path, { Range: range });
    assert.equal(part.status, 206, range);
    assert.equal(part.headers["content-range"], `bytes ${from}-${to}/${size}`);
    assert.ok(part.body.equals(whole.body.subarray(from, to + 1)), range);
  }
  const beyond = await ask(path, { Range: `bytes=${size}-` });
  assert.equal(beyond.status, 416);
  assert.equal(beyond.headers["content-range"], `bytes */${size}`);
});

test("pages of other sites may read all of it", async () => {
  for (const path of ["/hls/master.m3u8", await segment(), wasm, "/dist/p2p-media-loader-core.js", "/hls/nothing.ts"]) {
    const { headers } = await ask(path, { Origin: "https://player.example" });
    assert.equal(headers["access-control-allow-origin"], "*", path);
    assert.equal(headers["cross-origin-resource-policy"], "cross-origin", path);
    assert.match(headers["access-control-expose-headers"], /Content-Range/, path);
  }
  const preflight = await ask(await segment(), {
    Origin: "https://player.example",
    "Access-Control-Request-Method": "GET",
    "Access-Control-Request-Headers": "range",
  }, "OPTIONS");
  assert.equal(preflight.status, 204);
  assert.match(preflight.headers["access-control-allow-headers"], /range/i);
  assert.match(preflight.headers["access-control-allow-methods"], /GET/);
});

test("types are named", async () => {
  const types = {
    "/": "text/html; charset=utf-8",
    "/hls/master.m3u8": "application/vnd.apple.mpegurl",
    [await segment()]: "video/mp2t",
    "/dist/p2p-media-loader-core.js": "text/javascript; charset=utf-8",
  };
  for (const [path, type] of Object.entries(types)) {
    const { headers } = await ask(path);
    assert.equal(headers["content-type"], type, path);
    assert.equal(headers["x-content-type-options"], "nosniff");
  }
});

test("playlists are never kept, and move on", async (t) => {
  const { headers, body } = await ask("/hls/360p/index.m3u8");
  assert.match(headers["cache-control"], /no-cache|no-store|max-age=[01]\b/);
  const sequence = (text) => Number(/#EXT-X-MEDIA-SEQUENCE:(\d+)/.exec(text)[1]);
  await until("the playlist moves on", async () => sequence((await ask("/hls/360p/index.m3u8")).body) > sequence(body));
});

test("nothing leads out of what is served", async () => {
  const { hostname, port } = new URL(server.url);
  for (const path of ["/hls/../../go.mod", "/hls/%2e%2e/%2e%2e/go.mod", "/hls/..%2f..%2fgo.mod", "/dist/../embed.go", "/dist/.keep", "/hls/..\\..\\go.mod", "//etc/passwd", "/hls/%00"]) {
    // As it stands: an HTTP library would tidy it up.
    const socket = net.connect(port, hostname);
    socket.end(`GET ${path} HTTP/1.1\r\nHost: ${hostname}\r\nConnection: close\r\n\r\n`);
    const answer = Buffer.concat(await socket.toArray()).toString();
    const status = Number(answer.slice(9, 12));
    assert.ok(status >= 300 && status < 500, `${path}: ${answer.slice(0, 300)}`);
    assert.doesNotMatch(answer, /module github|root:/, path);
  }
});
