// The unmodified engine of npm with hls.js and its worker, on a page of another
// origin where only the import map's entry for the core is ours or npm's: who
// takes how much from whom, and that what plays is what the origin has.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import test, { after, describe } from "node:test";
import { startBrowser } from "./lib/browser.mjs";
import { SEGMENTS, startProxy } from "./lib/proxy.mjs";
import { startServer } from "./lib/server.mjs";
import { NPM_CORE, ourCore, startSite } from "./lib/site.mjs";

const file = { after };
const server = await startServer(file);
const site = await startSite(file);
const browser = await startBrowser(file);

/** Opens a viewer behind a proxy of its own, in the swarm of that name. */
async function open(t, swarmId, core, p2p = {}, hls = {}) {
  const proxy = await startProxy(t, server.url);
  const setup = {
    core,
    stream: `${proxy.url}/hls/master.m3u8`,
    hls: { liveSyncDurationCount: 8, ...hls },
    p2p: {
      swarmId,
      announceTrackers: [server.tracker],
      rtcConfig: { iceServers: [{ urls: `stun:127.0.0.1:${server.stunPort}` }] },
      ...p2p,
    },
  };
  return browser.open(t, site.page(setup), { proxy });
}

// npm's core asks the origin for all that plays within 15 s, which is nearly
// the whole of this stream's window: a peer would be left with the last segment.
const patient = { highDemandTimeWindow: 4 };

const pairs = [
  { giver: ["npm's core", () => NPM_CORE], taker: ["ours", () => ourCore(server.url)] },
  { giver: ["ours", () => ourCore(server.url)], taker: ["npm's core", () => NPM_CORE] },
];

// Most of their time players wait.
describe("two viewers", { concurrency: 3 }, () => {
  for (const { giver, taker } of pairs) {
    test(`${taker[0]} takes from ${giver[0]}`, async (t) => {
      // hls.js's worker empties what npm's core holds: it could give what its player has not asked for yet, by chance.
      const first = await open(t, t.name, giver[1](), patient, { enableWorker: giver[0] === "ours" });
      await first.plays();
      // Which of the two fetches ahead is a matter of policies; here it is the first.
      const second = await open(t, t.name, taker[1](), { ...patient, httpDownloadTimeWindow: 0 });
      await second.until("it has 200 kB from peers", ({ peers }) => peers >= 200_000);
      const { byPeer, peers } = await second.plays();
      assert.equal(Object.keys(byPeer).length, 1);

      // What has been taken was given, and counted so by both.
      const { given } = await first.until("it has counted what it gave", ({ given }) => given >= peers);
      const later = await second.seen();
      assert.ok(given >= peers && later.peers + 2 * 65_535 >= given, `${given} given, then ${later.peers} taken`);
      const sent = second.proxy.bytes(SEGMENTS);
      const played = later.segments.map(({ url }) => new URL(url).pathname);
      const spared = played.filter((path) => !second.proxy.sent.has(path));
      t.diagnostic(`${later.peers} bytes from the peer, ${sent} from the origin, which has sent none of ${spared.length} of ${played.length} segments`);
      // It may have fetched for both what it has not played yet.
      assert.ok(spared.length > 0, "the origin has sent all that played");
      await first.plays();
    });
  }

  test("hls.js gets what the origin has, from peers and from the origin", async (t) => {
    const digests = new Map();
    const read = async ({ segments }) => {
      for (const { url } of segments) {
        const { pathname } = new URL(url);
        if (digests.has(pathname)) continue;
        const response = await fetch(server.url + pathname);
        assert.equal(response.status, 200, `${pathname} at the origin`);
        digests.set(pathname, createHash("sha256").update(new Uint8Array(await response.arrayBuffer())).digest("hex"));
      }
      return segments.length;
    };
    const first = await open(t, t.name, ourCore(server.url));
    await first.plays();
    const second = await open(t, t.name, ourCore(server.url));
    await second.until("it has 14 segments, from both", async (seen) => {
      const enough = (await read(await first.seen())) && (await read(seen)) >= 14;
      return enough && seen.peers > 0 && seen.origin > 0;
    });
    for (const viewer of [first, second]) {
      // Were the worker not on, nobody would notice a buffer that is shared with it.
      const done = ({ sha256, emptied }) => sha256 && emptied;
      const { segments } = await viewer.until("all is hashed, and emptied by hls.js's worker", ({ segments }) => segments.every(done));
      for (const { url, size, sha256 } of segments) {
        const { pathname } = new URL(url);
        if (!digests.has(pathname)) continue; // came since
        assert.notEqual(size, 0, `${pathname} is empty`);
        assert.equal(sha256, digests.get(pathname), `${pathname}, ${size} bytes\n${await viewer.report()}`);
      }
    }
  });
});
