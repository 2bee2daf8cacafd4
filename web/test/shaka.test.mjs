// Shaka Player with the unmodified engine of npm on our core and on its own, 2.2,
// in one swarm.

import test, { after, describe } from "node:test";
import { startBrowser } from "./lib/browser.mjs";
import { exchange } from "./lib/exchange.mjs";
import { goLive, makeMedia, MEDIA } from "./lib/media.mjs";
import { startProxy } from "./lib/proxy.mjs";
import { startServer } from "./lib/server.mjs";
import { NPM_CORE_22, ourCore, startSite } from "./lib/site.mjs";

const file = { after };
const media = await makeMedia(file);
const server = await startServer(file, { args: ["--generator", "off", "--hls-dir", media] });
const site = await startSite(file);
const browser = await startBrowser(file);

/** Opens a viewer behind a proxy of its own, in the swarm of the test's name. */
async function open(t, { core, bundle, stream, shaka, p2p }) {
  const proxy = await startProxy(t, server.url);
  const setup = {
    engine: "shaka",
    core,
    bundle,
    stream: `${proxy.url}/hls/${stream}`,
    shaka,
    p2p: {
      swarmId: t.name,
      announceTrackers: [server.tracker],
      rtcConfig: { iceServers: [{ urls: `stun:127.0.0.1:${server.stunPort}` }] },
      // npm's core asks the origin for all that plays within this time.
      highDemandTimeWindow: 4,
      ...p2p,
    },
  };
  return browser.open(t, site.page(setup), { proxy });
}

const ours = ourCore(server.url);
const both = ["main", "secondary"];
/** Tell whether a fifth of what is recorded has been read. */
const mainAhead = ({ loaded }) => loaded.main.http >= 600_000;
const bothAhead = (seen) => mainAhead(seen) && seen.loaded.secondary.http >= 60_000;
const streams = [
  { what: "live HLS", start: (t) => goLive(t, media, "audio"), types: both },
  { what: "recorded HLS", start: () => MEDIA.fmp4, has: mainAhead },
  { what: "DASH", start: () => MEDIA.dash, has: bothAhead, types: both },
  { what: "DASH byte ranges", start: () => MEDIA.dashRanges, has: bothAhead, types: both },
];

/** Whoever gives what is recorded reads on to the end. */
const onToTheEnd = { shaka: { streaming: { bufferingGoal: 60 } }, p2p: { highDemandTimeWindow: 60 } };

// Most of their time players wait: two exchanges at a time do not disturb each other.
describe("one swarm", { concurrency: 2 }, () => {
  for (const { what, start, has, types } of streams) {
    const all = has && onToTheEnd;
    const pair = async (t, giver, taker) => {
      const stream = await start(t);
      await exchange(t, {
        giver: () => open(t, { core: giver, stream, ...all }),
        taker: () => open(t, { core: taker, stream }),
        has, types,
      });
    };
    test(`${what}: ours takes from npm's core`, (t) => pair(t, NPM_CORE_22, ours));
    test(`${what}: npm's core takes from ours`, (t) => pair(t, ours, NPM_CORE_22));
  }

  test("engine and core of ours in one file take from npm's core", (t) =>
    exchange(t, {
      giver: () => open(t, { core: NPM_CORE_22, stream: MEDIA.dash, ...onToTheEnd }),
      taker: () => open(t, { bundle: `${server.url}/dist/p2p-media-loader-shaka.js`, stream: MEDIA.dash }),
      has: bothAhead, types: both,
    }));
});
