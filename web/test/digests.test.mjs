// Pages on which digests are not computed as on most: over plain http, as in a local
// network, browsers compute none, and a page's policy may forbid the worker that they
// are computed in. Viewers share and check all the same.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import test, { after, describe } from "node:test";
import { startBrowser } from "./lib/browser.mjs";
import { exchange } from "./lib/exchange.mjs";
import { startProxy } from "./lib/proxy.mjs";
import { startServer } from "./lib/server.mjs";
import { ourCore, startSite } from "./lib/site.mjs";

/** This machine's, as a name that makes no page secure. */
const LAN = "lan.test";

const file = { after };
const server = await startServer(file);
const site = await startSite(file);
const browser = await startBrowser(file, [`--host-resolver-rules=MAP ${LAN} 127.0.0.1`]);

/** Runs in a page: how far it can compute digests. */
const means = () =>
  new Promise((resolve) => {
    if (!crypto.subtle) return resolve(isSecureContext ? "no WebCrypto" : "insecure");
    const worker = new Worker(URL.createObjectURL(new Blob(["postMessage(0)"])));
    worker.onmessage = () => resolve("a worker");
    worker.onerror = () => resolve("no worker");
  });

const pages = {
  "over plain http": { host: LAN, means: "insecure" },
  "whose policy forbids workers": { host: "127.0.0.1", means: "no worker", csp: "worker-src 'none'" },
};

/** Opens a viewer on such a page, in the test's swarm. */
async function open(t, kind, options) {
  const proxy = await startProxy(t, server.url);
  const url = new URL(site.page({
    core: ourCore(server.url),
    stream: `${proxy.url}/hls/master.m3u8`,
    hls: { liveSyncDurationCount: 8 },
    p2p: { swarmId: t.name, announceTrackers: [server.tracker], rtcConfig: { iceServers: [] } },
    csp: kind.csp,
  }));
  url.hostname = kind.host;
  const viewer = await browser.open(t, url.href, { proxy, ...options });
  assert.equal(await viewer.page.evaluate(means), kind.means);
  return viewer;
}

/** Runs in a page: changes a bit of all segment data that it sends, and of no command. */
function lie() {
  const { send } = RTCDataChannel.prototype;
  RTCDataChannel.prototype.send = function (message) {
    const bytes = new Uint8Array(message.slice(0));
    const begin = String.fromCharCode(...bytes.subarray(0, 4));
    if (begin !== "cstr" && begin !== "dstr") {
      bytes[bytes.length >> 1] ^= 1;
      window.lied = true;
    }
    send.call(this, bytes.buffer);
  };
}

/** Waits until the viewer has so many segments, and checks that they are what the origin has. */
async function playsTheTruth(viewer, count) {
  const atOrigin = new Map();
  const read = async ({ segments }) => {
    for (const { url } of segments) {
      const { pathname } = new URL(url);
      if (atOrigin.has(pathname)) continue;
      const response = await fetch(server.url + pathname);
      assert.equal(response.status, 200, `${pathname} at the origin`);
      atOrigin.set(pathname, createHash("sha256").update(new Uint8Array(await response.arrayBuffer())).digest("hex"));
    }
    return segments.length >= count && segments.every(({ sha256 }) => sha256);
  };
  const { segments } = await viewer.until(`it has ${count} segments`, read);
  for (const { url, sha256 } of segments) {
    const { pathname } = new URL(url);
    assert.equal(sha256, atOrigin.get(pathname), `${pathname}\n${await viewer.report()}`);
  }
}

// Most of their time players wait.
describe("a page", { concurrency: 2 }, () => {
  for (const [name, kind] of Object.entries(pages)) {
    test(`${name}: two viewers share`, async (t) => {
      let taker;
      await exchange(t, { giver: () => open(t, kind), taker: async () => (taker = await open(t, kind)) });
      await playsTheTruth(taker, 8);
      const { events } = await taker.seen();
      assert.deepEqual(events.filter((line) => /peer error|warning/.test(line)), []);
    });

    test(`${name}: a liar's bytes reach no player, and it is cut off`, async (t) => {
      const liar = await open(t, kind, { before: lie });
      await liar.plays();
      const viewer = await open(t, kind);
      await viewer.until("the liar is cut off", ({ events }) => events.some((line) => /peer error .*SHA-256/.test(line)));
      assert.ok(await liar.page.evaluate(() => window.lied));
      await playsTheTruth(viewer, 8);
      const { byPeer } = await viewer.plays();
      assert.ok(Object.values(byPeer).some(({ taken }) => taken > 0), await viewer.report());
    });
  }
});
