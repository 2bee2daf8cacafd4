// One swarm of the bench: viewers who join one after the other, and what they cost
// the origin.

import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { startBrowser } from "../../test/lib/browser.mjs";
import { makeMedia, MEDIA } from "../../test/lib/media.mjs";
import * as places from "../../test/lib/places.mjs";
import { SEGMENTS, startProxy } from "../../test/lib/proxy.mjs";
import { startServer } from "../../test/lib/server.mjs";
import { NPM_CORE, ourCore, startSite } from "../../test/lib/site.mjs";
import { Truth } from "../../test/lib/truth.mjs";
import { pause } from "../../test/lib/until.mjs";
import { median } from "../lib.mjs";
import { PREFIX, segmentOf } from "./names.mjs";

/** Viewers join so far apart. */
const APART_S = 2;
/** Of a live stream the segments count that were first asked for so long after the last one joined. */
const SETTLED_S = 10;
/** A film is played for so much less than it lasts: its end has been loaded by then. */
const AHEAD_S = 20;
/** What viewers were given is compared with what the origin has, which keeps a live segment for a minute. */
const LEARN_EVERY_S = 10;

/**
 * Plays a combination until so many seconds after the last viewer has joined, a film
 * to its end.
 *
 * @returns `figures`, as below, and `records`: each viewer's, as record.js writes it.
 */
export async function play(t, combination, seconds) {
  const { filmS, viewers, loaders, tuned } = combination;
  const film = filmS && (await makeMedia(t, filmS));
  const server = await startServer(t, film ? { args: ["--generator", "off", "--hls-dir", film] } : {});
  const proxy = await startProxy(t, server.url);
  const site = await startSite(t);
  const { browser } = await startBrowser(t);

  const kinds = {
    ours: { core: ourCore(server.url) },
    npm: { core: NPM_CORE },
    tuned: { core: NPM_CORE, p2p: tuned },
    // hls.js's worker empties the segments that npm's core would give: its viewers stand still then.
    unemptied: { core: NPM_CORE, p2p: tuned, hls: { enableWorker: false } },
    plain: { core: NPM_CORE, plain: true }, // the page imports it and leaves it
  };
  async function open(i) {
    const { p2p, hls, ...kind } = kinds[loaders[i % loaders.length]];
    const page = await (await browser.newContext()).newPage();
    for (const path of [join(places.lib, "in-page/given.js"), fileURLToPath(new URL("record.js", import.meta.url))]) {
      await page.addInitScript({ path });
    }
    await page.goto(
      site.page({
        ...kind,
        hls: { ...combination.hls, ...hls },
        stream: `${proxy.url}/hls/${film ? MEDIA.ts : "master.m3u8"}`,
        p2p: {
          swarmId: "copies",
          announceTrackers: [server.tracker],
          rtcConfig: { iceServers: [{ urls: `stun:127.0.0.1:${server.stunPort}` }] },
          trackerClientVersionPrefix: PREFIX + i,
          ...p2p,
        },
      }),
    );
    return page;
  }

  /** They meet all viewers, and say that they have everything. Returns their page. */
  async function openLiars() {
    const setup = {
      script: "hostile",
      tracker: server.tracker,
      infoHash: await pages[0].evaluate(() => window.record.infoHash),
      stream: `${server.url}/hls/${film ? dirname(MEDIA.ts) : "180p"}/`,
      everything: film && [0, filmS / 2],
      liars: combination.liars,
      meets: viewers,
    };
    const page = await (await browser.newContext()).newPage();
    await page.goto(site.page(setup));
    return page;
  }

  const pages = [];
  let liars;
  for (let i = 0; i < viewers; i++) {
    const [page] = await Promise.all([open(i), i + 1 < viewers && pause(APART_S)]);
    pages.push(page);
    if (i === 0 && combination.liars.length > 0) liars = await openLiars();
  }
  const read = () => Promise.all(pages.map((page) => page.evaluate(() => window.record)));
  const truth = new Truth(server.url);
  const learn = async () => Promise.all((await read()).map(({ segments }) => truth.learn(segments)));
  const end = performance.now() + 1000 * (film ? filmS - AHEAD_S : seconds);
  for (let left; (left = end - performance.now()) > 0; ) {
    await learn(); // while the origin has it
    await pause(Math.min(LEARN_EVERY_S, left / 1000));
  }
  const records = await read();
  await learn();
  const sent = [...proxy.sent].filter(([path]) => SEGMENTS.test(path)).map(([path, count]) => ({ path, ...count }));
  const untrue = sum(records, ({ segments }) => truth.compare(segments).untrue.length);
  const lied = await liars?.evaluate(() => window.told());
  return { figures: { ...figures(combination, sent, records, epoch(performance.now())), untrue, lied }, records };
}

/** Milliseconds as the pages count them. */
const epoch = (now) => performance.timeOrigin + now;

/**
 * The figures of a swarm, of what the origin has sent by path and of the viewers' records:
 * - `names`: of the segments that count;
 * - `copies` and `bytes`: how often each of them left the origin, by requests and by bytes;
 * - `before`: requests a viewer for segments that do not count yet;
 * - `again`: of all that viewers asked for to get going, what had left the origin already, a viewer;
 * - `stalls`, `stalledS` and `longestS`: of all viewers;
 * - `firstFrame`, ms, and `behind`, s, undefined for a film: least, median and most;
 * - `lied`: what has come of the liars, as in-page/hostile.js tells; undefined where there are none;
 * - `untrue`: how many segments that players got were not the origin's;
 * - `fromPeers`: the share of bytes; `peers`: how many the loneliest viewer had at most.
 */
function figures({ filmS, behindS, viewers }, sent, records, end) {
  const settled = filmS ? 0 : Math.max(...records.map(({ joined }) => joined)) + 1000 * SETTLED_S;
  // Whoever wants a segment has asked for it when it plays, which is a segment later at the latest.
  const last = filmS ? end : end - 1000 * (behindS + 2);
  const counted = sent.filter(({ first }) => epoch(first) > settled && epoch(first) < last);
  const early = sent.filter(({ first }) => epoch(first) <= settled);
  const starts = filmS ? counted : early;

  const bytes = (source) => sum(records, (record) => record.bytes[source]);
  const stalls = records.flatMap((record) => record.stalls);
  const lasted = ({ from, to = end }) => to - from;
  const places = records.flatMap((record) => record.places).filter(({ at }) => at > settled);
  return {
    names: counted.map(({ path }) => segmentOf(path)),
    copies: sum(counted, ({ requests }) => requests) / counted.length,
    bytes: sum(counted, ({ bytes }) => bytes) / sum(counted, ({ size }) => size),
    before: sum(early, ({ requests }) => requests) / viewers,
    again: sum(starts, ({ requests }) => requests - 1) / viewers,
    stalls: stalls.length,
    stalledS: sum(stalls, lasted) / 1000,
    longestS: Math.max(0, ...stalls.map(lasted)) / 1000,
    firstFrame: spread(records.map(({ firstFrame }) => firstFrame)),
    behind: filmS ? undefined : spread(places.map(({ behind }) => behind)),
    fromPeers: bytes("p2p") / (bytes("p2p") + bytes("http")),
    peers: Math.min(...records.map(({ peers }) => peers)),
  };
}

const sum = (list, number) => list.reduce((total, each) => total + number(each), 0);

function spread(numbers) {
  return { least: Math.min(...numbers), median: median(numbers), most: Math.max(...numbers) };
}
