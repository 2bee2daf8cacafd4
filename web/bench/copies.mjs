// How often each live segment leaves the origin with two viewers, of segments
// first asked for 10 s after the second has joined: with our core, and with
// npm's beside it. SECONDS=60 by default.

import { startBrowser } from "../test/lib/browser.mjs";
import { SEGMENTS, startProxy } from "../test/lib/proxy.mjs";
import { startServer } from "../test/lib/server.mjs";
import { NPM_CORE, ourCore, startSite } from "../test/lib/site.mjs";
import { measure, report } from "./lib.mjs";

const seconds = Number(process.env.SECONDS ?? 60);
/** After this a viewer that wants a segment has asked for it. */
const SETTLED_MS = 16_000;

async function copies(core) {
  let result;
  await measure(async (t) => {
    const server = await startServer(t);
    const proxy = await startProxy(t, server.url);
    const site = await startSite(t);
    const browser = await startBrowser(t);
    const url = site.page({
      core: core(server.url),
      stream: `${proxy.url}/hls/master.m3u8`,
      hls: { liveSyncDurationCount: 8 },
      p2p: {
        swarmId: "copies",
        announceTrackers: [server.tracker],
        rtcConfig: { iceServers: [{ urls: `stun:127.0.0.1:${server.stunPort}` }] },
      },
    });
    const first = await browser.open(t, url);
    await first.plays(3);
    const joined = performance.now();
    const second = await browser.open(t, url);
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));

    const now = performance.now();
    const counted = [...proxy.sent].filter(
      ([path, { first }]) => SEGMENTS.test(path) && first > joined + 10_000 && first < now - SETTLED_MS,
    );
    const requests = counted.reduce((sum, [, sent]) => sum + sent.requests, 0);
    const seen = [await first.seen(), await second.seen()];
    result = {
      segments: counted.length,
      copies: requests / counted.length,
      stalls: seen.map(({ events }) => events.filter((line) => line.includes("video waiting")).length),
      share: seen[1].peers / (seen[1].peers + seen[1].origin),
    };
  });
  return result;
}

for (const [name, core, aim] of [
  ["our core", ourCore, "aim: at most 1.25"],
  ["npm p2p-media-loader-core 2.3.1, its defaults", () => NPM_CORE, ""],
]) {
  const { segments, copies: figure, share, stalls } = await copies(core);
  console.log(`\nTwo live viewers 16 s behind, ${name}, ${segments} segments`);
  report("copies of a segment that leave the origin", figure.toFixed(2), aim);
  report("the second viewer's bytes from the first", `${(100 * share).toFixed(0)} %`);
  report("stalls of the first and the second", stalls.join(", "));
}
