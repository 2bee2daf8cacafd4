// Segments that are passed on while they still arrive: our viewers do so, and npm's
// among them are none the worse for what ours say to each other about it.

import assert from "node:assert/strict";
import test, { after } from "node:test";
import { startBrowser } from "./lib/browser.mjs";
import { SEGMENTS, startProxy } from "./lib/proxy.mjs";
import { startServer } from "./lib/server.mjs";
import { startSite } from "./lib/site.mjs";
import { Stage } from "./lib/stage.mjs";
import { until } from "./lib/until.mjs";

const file = { after };
const parts = { server: await startServer(file), site: await startSite(file), browser: await startBrowser(file) };

/** Runs in a page: `window.got(name)` tells of a segment how much of it came from peers, and whether it is whole. */
function followSegments() {
  const fromPeers = {};
  const whole = new Set();
  const given = {}; // the segment that each peer gives
  const name = (url) => url.slice(url.lastIndexOf("/") + 1);
  addEventListener("load", () => {
    const { engine } = window.viewer;
    engine.addEventListener("onSegmentStart", ({ segment, peerId }) => (given[peerId] = name(segment.url)));
    engine.addEventListener("onChunkDownloaded", (bytes, source, peerId) => {
      if (source === "p2p") fromPeers[given[peerId]] = (fromPeers[given[peerId]] ?? 0) + bytes;
    });
    engine.addEventListener("onSegmentLoaded", ({ segmentUrl }) => whole.add(name(segmentUrl)));
  });
  window.got = (name) => ({ fromPeers: fromPeers[name] ?? 0, isWhole: whole.has(name) });
}

const reports = async (viewers) => (await Promise.all(viewers.map((viewer) => viewer.report()))).join("\n\n");

test("a viewer passes a segment on while it arrives", async (t) => {
  const stage = new Stage(t, t.name, "ours", parts);
  const proxy = await startProxy(t, parts.server.url);
  const viewers = [];
  for (let i = 0; i < 2; i++) {
    viewers.push(await stage.open({ proxy, before: followSegments }));
    await viewers[i].plays(1);
  }
  for (const viewer of viewers) await viewer.until("they are connected", ({ connected }) => connected.length === 1);

  // One that is yet to come shall take the origin some four seconds.
  const latest = Math.max(...[...proxy.sent.keys()].map((path) => Number(/(\d+)\.ts$/.exec(path)?.[1] ?? 0)));
  const name = `${latest + 3}.ts`;
  proxy.rule(new RegExp(`/${name}$`), { rate: 10_000 });
  let got;
  const look = async () => (got = await Promise.all(viewers.map(({ page }) => page.evaluate((name) => window.got(name), name))));
  const report = () => reports(viewers);
  await until("one has a part of it from the other", async () => (await look()).some(({ fromPeers }) => fromPeers > 0), report);
  assert.ok(got.every(({ isWhole }) => !isWhole), `it was whole before: ${JSON.stringify(got)}\n${await report()}`);

  await until("both have it whole", async () => (await look()).every(({ isWhole }) => isWhole), report);
  const [, { requests, bytes, size }] = [...proxy.sent].find(([path]) => path.endsWith(name));
  assert.deepEqual({ requests, bytes }, { requests: 1, bytes: size }, await report());
  for (const viewer of viewers) await viewer.plays(1);
});

/** How a peer id begins; a letter after it says whose it is. */
const PREFIX = "-PM0203-";

test("npm's viewers take and give among ours that pass segments on", async (t) => {
  const stage = new Stage(t, t.name, "ours", parts);
  const proxy = await startProxy(t, parts.server.url);
  proxy.rule(SEGMENTS, { rate: 60_000 }); // so that most are announced while they arrive
  const viewers = [];
  for (const [loader, letter] of [["npm", "N"], ["ours", "O"], ["ours", "O"], ["npm", "N"]]) {
    const viewer = await stage.open({
      loader,
      proxy,
      hls: { enableWorker: loader === "ours" }, // it empties what npm's core would give
      // npm's core asks the origin for all that plays so soon.
      p2p: { highDemandTimeWindow: 4, trackerClientVersionPrefix: PREFIX + letter },
    });
    await viewer.plays(1);
    viewers.push(viewer);
  }

  const [npm, ours] = viewers;
  const taken = (letter, { byPeer }) =>
    Object.entries(byPeer).reduce((sum, [id, { taken }]) => sum + (id[PREFIX.length] === letter ? taken : 0), 0);
  await ours.until("it has taken two segments from npm's", (seen) => taken("N", seen) > 100_000);
  await npm.until("it has taken two segments from ours", (seen) => taken("O", seen) > 100_000);
  for (const viewer of viewers) {
    const { connected, events } = await viewer.plays(1);
    const troubles = events.filter((event) => / peer (gone|error) /.test(event));
    assert.deepEqual({ connected: connected.length, troubles }, { connected: 3, troubles: [] }, await viewer.report());
  }
});
