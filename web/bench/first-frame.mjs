// Time to the first frame, from `new Hls()` on: with the loader and without it,
// by turns, in the same page with a cold cache. PAIRS=30 by default.

import { startBrowser } from "../test/lib/browser.mjs";
import { startServer } from "../test/lib/server.mjs";
import { ourCore, startSite } from "../test/lib/site.mjs";
import { until } from "../test/lib/until.mjs";
import { measure, median, report } from "./lib.mjs";

const pairs = Number(process.env.PAIRS ?? 30);

await measure(async (t) => {
  const server = await startServer(t);
  const site = await startSite(t);
  const { browser } = await startBrowser(t);

  async function firstFrame(plain) {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(
      site.page({
        script: "first-frame",
        core: ourCore(server.url),
        plain,
        stream: `${server.url}/hls/master.m3u8`,
        hls: { liveSyncDurationCount: 8 },
        p2p: {
          swarmId: "first-frame",
          announceTrackers: [server.tracker],
          rtcConfig: { iceServers: [{ urls: `stun:127.0.0.1:${server.stunPort}` }] },
        },
      }),
    );
    const taken = await until("a frame is shown", () => page.evaluate(() => window.firstFrame));
    await context.close();
    return taken;
  }

  await firstFrame(true);
  await firstFrame(false);
  const plain = [];
  const loader = [];
  for (let i = 0; i < pairs; i++) {
    for (const isPlain of i % 2 ? [true, false] : [false, true]) {
      (isPlain ? plain : loader).push(await firstFrame(isPlain));
    }
  }
  const differences = loader.map((time, i) => time - plain[i]);
  const ms = (time) => `${time.toFixed(0)} ms`;
  console.log(`\nTime to first frame, ${pairs} pairs`);
  report("plain hls.js, median", ms(median(plain)));
  report("with the loader, median", ms(median(loader)));
  report("difference of a pair, median", ms(median(differences)), "aim: at most 40 ms");
});
