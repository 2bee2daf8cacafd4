// Two viewers whose offers cross, more than one of each and over two trackers: one
// connection comes of it, the same at both ends, and bytes flow over it.

import assert from "node:assert/strict";
import test, { after } from "node:test";
import { startBrowser } from "./lib/browser.mjs";
import { startMatchmaker } from "./lib/matchmaker.mjs";
import { startServer } from "./lib/server.mjs";
import { NPM_CORE, ourCore, startSite } from "./lib/site.mjs";
import { until } from "./lib/until.mjs";

const file = { after };
const server = await startServer(file);
const site = await startSite(file);
const browser = await startBrowser(file);

const cores = { ours: ourCore(server.url), npm: NPM_CORE };

/** Runs in a page: keeps all connections that it makes in sight. */
function keepConnections() {
  const Usual = window.RTCPeerConnection;
  window.made = [];
  window.RTCPeerConnection = class extends Usual {
    constructor(...args) {
      super(...args);
      window.made.push(this);
    }
  };
  /** Of those that have met another end and are not closed: their fingerprints here and there, and state. */
  window.connections = () => {
    const name = (description) => /a=ice-ufrag:(\S+)/.exec(description?.sdp ?? "")?.[1];
    return window.made
      .filter(({ connectionState, remoteDescription }) => remoteDescription && !/closed|failed/.test(connectionState))
      .map((c) => ({ here: name(c.localDescription), there: name(c.remoteDescription), state: c.connectionState }));
  };
}

/** The first one's id is the lower one. */
for (const [low, high] of [["ours", "ours"], ["ours", "npm"], ["npm", "ours"]]) {
  test(`offers cross between ${low}, of the lower id, and ${high}`, async (t) => {
    const matchmaker = await startMatchmaker(t, 2);
    const open = (core, prefix) => {
      const p2p = {
        swarmId: t.name,
        announceTrackers: matchmaker.urls,
        rtcConfig: { iceServers: [] },
        trackerClientVersionPrefix: prefix,
        // npm's core would ask the origin for nearly all of the stream's window.
        highDemandTimeWindow: 4,
      };
      const stream = `${server.url}/hls/master.m3u8`;
      return browser.open(t, site.page({ core: cores[core], stream, hls: { liveSyncDurationCount: 8 }, p2p }), {
        before: keepConnections,
      });
    };
    const viewers = await Promise.all([open(low, "-PM0203-A"), open(high, "-PM0203-Z")]);
    await until("they are brought together", () => matchmaker.met);
    const connections = () => Promise.all(viewers.map(({ page }) => page.evaluate(() => window.connections())));
    const settled = ([[one, ...more], [other, ...others]]) =>
      one?.state === "connected" && other?.state === "connected" && more.length === 0 && others.length === 0 &&
      one.here === other.there && one.there === other.here;
    let seen;
    await until("one connection is left", async () => settled((seen = await connections())), () => JSON.stringify(seen));
    t.diagnostic(`one connection after ${Math.round(performance.now() - matchmaker.met)} ms`);
    await until("bytes flow", async () => {
      const [one, other] = await Promise.all(viewers.map((viewer) => viewer.seen()));
      return one.peers + other.peers > 100_000;
    }, async () => (await Promise.all(viewers.map((viewer) => viewer.report()))).join("\n\n"));
    const later = await connections();
    assert.ok(settled(later), JSON.stringify(later));
    assert.deepEqual(later, seen, "it is the same connection still");
    for (const viewer of viewers) {
      const { connected } = await viewer.seen();
      assert.equal(connected.length, 1, await viewer.report());
    }
  });
}
