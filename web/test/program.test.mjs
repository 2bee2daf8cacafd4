// The binary by itself, and its STUN server to a plain socket.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import dgram from "node:dgram";
import { once } from "node:events";
import http from "node:http";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { startServer } from "./lib/server.mjs";

test("started in an empty directory it serves everything, and Ctrl-C ends it", async (t) => {
  const cwd = await mkdtemp(join(tmpdir(), "p2p-mediastream-test-"));
  t.after(() => rm(cwd, { recursive: true }));
  const server = await startServer(t, { cwd });
  for (const path of ["/", "/dist/p2p-media-loader-core.js", "/dist/loader.wasm", "/hls/master.m3u8", "/healthz", "/stats.json", "/metrics"]) {
    const response = await fetch(server.url + path);
    assert.equal(response.status, 200, path);
    assert.notEqual((await response.arrayBuffer()).byteLength, 0, path);
  }
  assert.equal(await server.stop("SIGINT"), 0, server.output);
});

test("SIGTERM ends it too, with a tracker connection open", async (t) => {
  const server = await startServer(t);
  const request = http.get(server.url, {
    headers: { Connection: "Upgrade", Upgrade: "websocket", "Sec-WebSocket-Version": 13, "Sec-WebSocket-Key": randomBytes(16).toString("base64") },
  });
  const [, socket] = await once(request, "upgrade");
  const closed = once(socket.resume(), "close");
  assert.equal(await server.stop("SIGTERM"), 0, server.output);
  await closed;
});

for (const { host, family } of [{ host: "127.0.0.1", family: "udp4" }, { host: "[::1]", family: "udp6" }]) {
  test(`STUN tells a ${family} socket its address`, async (t) => {
    const server = await startServer(t, { host });
    const socket = dgram.createSocket(family);
    t.after(() => socket.close());
    const address = host.replace(/[[\]]/g, "");
    socket.bind(0, address);
    await once(socket, "listening");
    const transaction = randomBytes(12);
    socket.send(bindingRequest(transaction), server.stunPort, address);
    const [response] = await once(socket, "message", { signal: AbortSignal.timeout(10_000) });

    assert.equal(response.readUInt16BE(0), 0x0101, "a Binding success response");
    assert.equal(response.readUInt16BE(2), response.length - 20);
    assert.equal(response.readUInt32BE(4), COOKIE);
    assert.deepEqual(response.subarray(8, 20), transaction);
    assert.deepEqual(xorMappedAddress(response), {
      family: family === "udp4" ? 1 : 2,
      port: socket.address().port,
      address: family === "udp4" ? Buffer.from([127, 0, 0, 1]) : Buffer.from([...Array(15).fill(0), 1]),
    });
  });
}

const COOKIE = 0x2112a442;

/** RFC 8489, section 5: the header alone. */
function bindingRequest(transaction) {
  const message = Buffer.alloc(20);
  message.writeUInt16BE(0x0001, 0);
  message.writeUInt32BE(COOKIE, 4);
  transaction.copy(message, 8);
  return message;
}

/** RFC 8489, section 14.2. */
function xorMappedAddress(message) {
  for (let at = 20; at < message.length; ) {
    const [type, length] = [message.readUInt16BE(at), message.readUInt16BE(at + 2)];
    const value = message.subarray(at + 4, at + 4 + length);
    if (type === 0x0020) {
      return {
        family: value[1],
        port: value.readUInt16BE(2) ^ (COOKIE >>> 16),
        address: Buffer.from(value.subarray(4).map((byte, i) => byte ^ message[4 + i])),
      };
    }
    at += 4 + Math.ceil(length / 4) * 4;
  }
  return undefined;
}
