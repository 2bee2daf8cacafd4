// Viewers of 2.3 and of 2.2, which never meet: our core under each of the two
// engines of npm with hls.js, in a swarm with npm's own core of that generation.

import test, { after, describe } from "node:test";
import { startBrowser } from "./lib/browser.mjs";
import { exchange } from "./lib/exchange.mjs";
import { goLive, makeMedia, MEDIA } from "./lib/media.mjs";
import { startProxy } from "./lib/proxy.mjs";
import { startServer } from "./lib/server.mjs";
import { NPM_CORE, NPM_CORE_22, ourCore, startSite } from "./lib/site.mjs";

const file = { after };
const media = await makeMedia(file);
const live = await startServer(file);
const recorded = await startServer(file, { args: ["--generator", "off", "--hls-dir", media] });
const site = await startSite(file);
const browser = await startBrowser(file);

/** Opens a viewer behind a proxy of its own, in the swarm of the test's name. */
async function open(t, { engine, core, server, stream, hls, p2p }) {
  const proxy = await startProxy(t, server.url);
  const setup = {
    engine,
    core,
    stream: `${proxy.url}/hls/${stream}`,
    // The worker of hls.js empties the buffers that npm's core shares.
    hls: { enableWorker: core === ours, ...hls },
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
const generations = [
  { generation: "2.3", engine: "hls.js", npm: NPM_CORE },
  { generation: "2.2", engine: "hls.js 2.2", npm: NPM_CORE_22 },
];

const both = ["main", "secondary"];
/** Tell whether a fifth of what is recorded has been read. */
const mainAhead = ({ loaded }) => loaded.main.http >= 600_000;
const bothAhead = (seen) => mainAhead(seen) && seen.loaded.secondary.http >= 60_000;
/** As far behind live as leaves time for peers. */
const atDistance = { liveSyncDurationCount: 8 };
const streams = [
  { what: "live audio renditions", start: (t) => goLive(t, media, "audio"), hls: atDistance, types: both },
  { what: "recorded MPEG-TS", start: () => MEDIA.ts, has: mainAhead },
  { what: "recorded byte ranges", start: () => MEDIA.ranges, has: mainAhead },
  { what: "recorded audio renditions", start: () => MEDIA.audio, has: bothAhead, types: both },
];

// Most of their time players wait: two exchanges at a time do not disturb each other.
describe("one swarm", { concurrency: 2 }, () => {
  for (const { generation, engine, npm } of generations) {
    for (const { what, start, hls, has, types } of streams) {
      // Whoever gives what is recorded reads on to the end.
      const all = has && { hls: { maxBufferLength: 60 }, p2p: { highDemandTimeWindow: 60 } };
      const pair = async (t, giver, taker) => {
        const setup = { engine, server: recorded, stream: await start(t), hls };
        await exchange(t, {
          giver: () => open(t, { ...setup, core: giver, ...all }),
          taker: () => open(t, { ...setup, core: taker }),
          has, types,
        });
      };
      test(`${what}: ours takes from npm's ${generation}`, (t) => pair(t, npm, ours));
      test(`${what}: npm's ${generation} takes from ours`, (t) => pair(t, ours, npm));
    }

    test(`live, a swarm of npm's ${generation}, ours and npm's again`, async (t) => {
      const viewers = [];
      for (const core of [npm, ours, npm]) {
        viewers.push(await open(t, { engine, core, server: live, stream: "master.m3u8", hls: atDistance }));
        await viewers.at(-1).plays(1);
      }
      for (const viewer of viewers) {
        await viewer.until("it has had to do with both others", ({ byPeer }) => Object.keys(byPeer).length === 2);
      }
      const [, middle] = viewers;
      const { byPeer } = await middle.until("ours has given and taken", ({ peers, given }) => peers >= 50_000 && given >= 50_000);
      t.diagnostic(JSON.stringify(byPeer));
      await Promise.all(viewers.map((viewer) => viewer.plays(1)));
    });
  }
});
