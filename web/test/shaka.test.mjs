// Shaka Player with the unmodified engine of npm on our core and on its own, 2.2,
// in one swarm.

import test, { after } from "node:test";
import { startBrowser } from "./lib/browser.mjs";
import { exchange } from "./lib/exchange.mjs";
import { makeMedia, MEDIA } from "./lib/media.mjs";
import { startProxy } from "./lib/proxy.mjs";
import { startServer } from "./lib/server.mjs";
import { NPM_CORE_22, ourCore, startSite } from "./lib/site.mjs";

const file = { after };
const media = await makeMedia(file);
const live = await startServer(file);
const recorded = await startServer(file, { args: ["--generator", "off", "--hls-dir", media] });
const site = await startSite(file);
const browser = await startBrowser(file);

/** Opens a viewer behind a proxy of its own, in the swarm of the test's name. */
async function open(t, { core, server, stream, shaka, p2p }) {
  const proxy = await startProxy(t, server.url);
  const setup = {
    engine: "shaka",
    core,
    stream: `${proxy.url}/hls/${stream}`,
    shaka,
    p2p: {
      swarmId: t.name,
      announceTrackers: [live.tracker],
      rtcConfig: { iceServers: [{ urls: `stun:127.0.0.1:${live.stunPort}` }] },
      // npm's core asks the origin for all that plays within this time.
      highDemandTimeWindow: 4,
      ...p2p,
    },
  };
  return browser.open(t, site.page(setup), { proxy });
}

const ours = ourCore(live.url);
const both = ["main", "secondary"];
/** Of what is recorded most has been read. */
const mainRead = ({ loaded }) => loaded.main.http >= 1_200_000;
const allRead = (seen) => mainRead(seen) && seen.loaded.secondary.http >= 150_000;
const streams = [
  { what: "live HLS", server: live, stream: "master.m3u8" },
  { what: "recorded HLS", server: recorded, stream: MEDIA.fmp4, has: mainRead },
  { what: "DASH", server: recorded, stream: MEDIA.dash, has: allRead, types: both },
  { what: "DASH byte ranges", server: recorded, stream: MEDIA.dashRanges, has: allRead, types: both },
];

for (const { what, server, stream, has, types } of streams) {
  const viewer = (t, core, more) => () => open(t, { core, server, stream, ...more });
  // Whoever gives what is recorded has read on to the end.
  const all = has && { shaka: { streaming: { bufferingGoal: 60 } }, p2p: { highDemandTimeWindow: 60 } };
  test(`${what}: ours takes from npm's core`, (t) =>
    exchange(t, { giver: viewer(t, NPM_CORE_22, all), taker: viewer(t, ours), has, types }));
  test(`${what}: npm's core takes from ours`, (t) =>
    exchange(t, { giver: viewer(t, ours, all), taker: viewer(t, NPM_CORE_22), has, types }));
}
