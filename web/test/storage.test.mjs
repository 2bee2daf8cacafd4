// Pages that bring a storage of their own, which answers with promises: what
// plays, and what peers get, comes out of it.

import assert from "node:assert/strict";
import test, { after } from "node:test";
import { startBrowser } from "./lib/browser.mjs";
import { startProxy } from "./lib/proxy.mjs";
import { startServer } from "./lib/server.mjs";
import { ourCore, startSite } from "./lib/site.mjs";

const file = { after };
const server = await startServer(file);
const site = await startSite(file);
const browser = await startBrowser(file);

/** Opens a viewer behind a proxy of its own, with a storage of in-page/storage.js. */
async function open(t, storage) {
  const proxy = await startProxy(t, server.url);
  const setup = {
    core: ourCore(server.url),
    stream: `${proxy.url}/hls/master.m3u8`,
    hls: { liveSyncDurationCount: 8 },
    p2p: {
      swarmId: t.name,
      announceTrackers: [server.tracker],
      rtcConfig: { iceServers: [{ urls: `stun:127.0.0.1:${server.stunPort}` }] },
    },
  };
  const content = `window.configure = async (p2p) => {
    p2p.customSegmentStorageFactory = (await import("/in-page/storage.js")).${storage};
  }`;
  return browser.open(t, site.page(setup), { proxy, before: { content } });
}

const storageOf = (viewer) => viewer.page.evaluate(() => ({ asked: { ...window.asked }, refused: window.refused }));

/** Asserts that the viewer got what the origin has, as far as that still has it. */
async function onlyTrue(viewer) {
  const { compared, untrue } = await viewer.compare(server.url);
  assert.deepEqual(untrue, [], await viewer.report());
  assert.ok(compared > 0, await viewer.report());
}

test("a storage in the browser's database feeds player and peers", async (t) => {
  const first = await open(t, "indexedDb");
  await first.plays();
  const second = await open(t, "indexedDb");
  await second.until("it has 200 kB from peers", ({ peers }) => peers >= 200_000);
  const { peers } = await second.plays();
  await first.until("it has counted what it gave", ({ given }) => given >= peers);
  const gave = await storageOf(first);
  assert.ok(gave.asked.storeSegment > 0 && gave.asked.getSegmentData > 0, JSON.stringify(gave));
  await onlyTrue(second);

  // A player that has dropped its buffer gets the segments from the storage.
  const before = await storageOf(second);
  const { segments, origin } = await second.seen();
  await second.page.evaluate(() => {
    window.viewer.hls.trigger("hlsBufferFlushing", { startOffset: 0, endOffset: Infinity, type: null });
  });
  await second.until("segments are loaded once more", (now) =>
    now.segments.slice(segments.length).some(({ url }) => segments.some((one) => one.url === url)));
  const { asked } = await storageOf(second);
  assert.ok(asked.getSegmentData > (before.asked.getSegmentData ?? 0), JSON.stringify(asked));
  const later = await second.plays();
  await onlyTrue(second);
  t.diagnostic(`${later.peers} bytes from the peer, ${later.origin} from the origin (${origin} before the player began anew)`);
  t.diagnostic(`asked: ${JSON.stringify(asked)}`);
});

test("a storage that fails at random in every method is no worse than none", async (t) => {
  const first = await open(t, "unreliable");
  await first.plays();
  const second = await open(t, "unreliable");
  await second.plays();
  /** When the picture stood for want of data. */
  const stalls = ({ events }) => events.filter((event) => event.includes("video waiting"));
  const already = [stalls(await first.seen()).length, stalls(await second.seen()).length];
  const viewers = [first, second];
  await Promise.all(viewers.map((viewer) => viewer.plays(20)));
  for (const [i, viewer] of viewers.entries()) {
    const seen = await viewer.seen();
    assert.deepEqual(stalls(seen).slice(already[i]), [], await viewer.report());
    assert.equal(seen.segments.at(-1).by, "engine", "the module is alive");
    assert.ok(!viewer.lines.some((line) => line.includes("no peer-to-peer on this page")), await viewer.report());
    await onlyTrue(viewer);
    const { asked, refused } = await storageOf(viewer);
    assert.ok(refused > 20, JSON.stringify({ asked, refused }));
    t.diagnostic(`${seen.peers} bytes from the peer, ${seen.origin} from the origin; refused ${refused}, asked ${JSON.stringify(asked)}`);
  }
});
