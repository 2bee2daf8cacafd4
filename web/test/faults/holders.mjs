// An origin that is out while one peer of four holds what the others need.

import assert from "node:assert/strict";
import { makeMedia, MEDIA } from "../lib/media.mjs";
import { SEGMENTS, startProxy } from "../lib/proxy.mjs";
import { startServer } from "../lib/server.mjs";
import { pause, timed } from "../lib/until.mjs";

const OUT_S = 10;
const OTHERS = 3;

/** Viewers who hold little: what they need next comes from elsewhere all the time. */
const frugal = {
  hls: { maxBufferLength: 4, maxMaxBufferLength: 4 },
  p2p: { highDemandTimeWindow: 4, httpDownloadTimeWindow: 4, p2pDownloadTimeWindow: 4 },
};

/** How often the picture stood for want of data. */
const waits = ({ events }) => events.filter((line) => line.includes("video waiting")).length;

/**
 * Plays the outage.
 *
 * @param server the origin, and `stream`, the path of what is played there.
 * @param holder settings of the one who holds, and `holds`, whether it does.
 * @param meanwhile happens in the middle of it; what it gives is among the figures.
 */
async function outage(stage, { server, stream, holder, holds, meanwhile = () => ({}) }) {
  const ends = [];
  const refuse = (proxy) => ends.push(proxy.rule(SEGMENTS, { status: 503 }));
  const open = async (settings, prepare = () => undefined) => {
    const proxy = await startProxy(stage.t, server.url);
    prepare(proxy);
    return stage.open({ proxy, stream: `${proxy.url}${stream}`, ...settings });
  };
  const first = await open(holder);
  await first.until("it holds what the others need", holds);
  const others = await Promise.all(Array.from({ length: OTHERS }, () => open(frugal)));
  await Promise.all(others.map((viewer) => viewer.plays(1)));
  const haveMet = ({ connected }) => stage.loader === "plain" || connected.length === OTHERS;
  await Promise.all(others.map((viewer) => viewer.until("it has met the others", haveMet)));
  const all = [first, ...others];
  const before = await Promise.all(all.map((viewer) => viewer.seen()));
  const since = performance.now();
  all.forEach(({ proxy }) => refuse(proxy));
  const figures = await meanwhile((settings) => open(settings, refuse));
  await pause(OUT_S - (performance.now() - since) / 1000);
  const after = await Promise.all(all.map((viewer) => viewer.seen()));
  ends.forEach((end) => end());
  const stalls = after.reduce((sum, seen, i) => sum + waits(seen) - waits(before[i]), 0);
  const played = after.map(({ time }, i) => time - before[i].time);
  if (stage.loader === "ours") {
    const report = async () => (await Promise.all(all.map((viewer) => viewer.report()))).join("\n\n");
    assert.equal(stalls, 0, await report());
    assert.ok(Math.min(...played) > OUT_S - 2, `they played ${played} s\n${await report()}`);
    const taken = after.map(({ peers }, i) => peers - before[i].peers).slice(1);
    assert.ok(Math.min(...taken) > 0, `they took ${taken} bytes from peers\n${await report()}`);
  }
  await Promise.all(all.map((viewer) => viewer.plays(1)));
  return {
    "stalls of four viewers": stalls,
    "played meanwhile at least, s": Math.min(...played),
    ...figures,
  };
}

export default [
  {
    name: "the origin answers 503 for 10 s, and one of four viewers of a film holds it",
    told: / error \S+ http http-error HTTP status 503/,
    alone: true,
    async run(stage) {
      const film = await makeMedia(stage.t, 40);
      const server = await startServer(stage.t, { args: ["--generator", "off", "--hls-dir", film], stun: "off" });
      return outage(stage, {
        server,
        stream: `/hls/${MEDIA.ts}`,
        holder: { hls: { maxBufferLength: 60 }, p2p: { highDemandTimeWindow: 60 } },
        holds: ({ segments }) => segments.length >= 20,
        async meanwhile(open) {
          if (stage.loader === "plain") return {};
          const newcomer = await open({});
          const starts = newcomer.until("a frame is shown", ({ frames }) => frames > 0);
          const startsAfter = await timed(stage.loader === "ours" ? starts : Promise.race([starts, pause(OUT_S / 2)]));
          const { origin, frames } = await newcomer.seen();
          if (stage.loader === "ours") assert.equal(origin, 0, await newcomer.report());
          return { "who comes meanwhile starts after, s": frames > 0 ? startsAfter : `over ${OUT_S / 2}` };
        },
      });
    },
  },
  {
    name: "the origin answers 503 for 10 s, live, and one of four viewers holds what the others need",
    told: / error \S+ http http-error HTTP status 503/,
    alone: true,
    run: (stage) => outage(stage, {
      server: stage.server,
      stream: "/hls/master.m3u8",
      holder: {},
      holds: ({ segments, frames }) => segments.length >= 8 && frames > 0,
    }),
  },
];
