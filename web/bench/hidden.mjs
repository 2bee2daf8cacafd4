// What a viewer gives from a hidden tab, as a share of what it gives from a
// visible one: bytes per second to a page that takes as fast as it can. The last
// line is of a tab that has been hidden for so long that a browser lets its timers
// run once a minute. Our core and npm's by turns.

import { startBrowser } from "../test/lib/browser.mjs";
import { startServer } from "../test/lib/server.mjs";
import { NPM_CORE, ourCore, startSite } from "../test/lib/site.mjs";
import { startSizes } from "../test/lib/sizes.mjs";
import { until } from "../test/lib/until.mjs";
import { measure, median, report } from "./lib.mjs";

const ROUNDS = 5;
const BYTES = 1e6;
const [WARM_UP, COUNT] = [10, 60];
/** Chromium waits for five minutes, unless told. */
const SOON = "--enable-features=IntensiveWakeUpThrottling:grace_period_seconds/1";

await measure(async (t) => {
  const [server, origin, site] = [await startServer(t), await startSizes(t), await startSite(t)];

  async function open(browser, core, swarmId, settings) {
    const context = settings ? await browser.newContext() : browser.contexts()[0];
    const page = await context.newPage();
    const manifest = `${origin}/${BYTES}/stream.m3u8`;
    const p2p = { swarmId, announceTrackers: [server.tracker], rtcConfig: { iceServers: [] }, ...settings };
    await page.goto(site.page({ script: "transfer", core, segmentBytes: BYTES, manifest, p2p }));
    await until("the page is ready", () => page.evaluate(() => typeof window.load === "function"));
    return page;
  }

  const load = (page, ...args) => page.evaluate((args) => window.load(...args), args);

  /** Bytes per second that the giver gives to a newcomer. */
  async function rate(browser, core, swarmId) {
    const fromPeers = { simultaneousHttpDownloads: 0, httpDownloadTimeWindow: 0, httpDownloadInitialTimeoutMs: 60_000 };
    const taker = await open(browser, core, swarmId, fromPeers);
    await load(taker, 0, WARM_UP);
    const began = performance.now();
    const { p2p, http } = await load(taker, WARM_UP, COUNT);
    const seconds = (performance.now() - began) / 1000;
    if (http > 0) throw new Error(`${http} bytes came from the origin`);
    await taker.context().close();
    return p2p / seconds;
  }

  console.log("\nWhat a hidden tab gives, as a share of what it gives when visible");
  for (const [name, core] of [["ours", ourCore(server.url)], ["npm 2.3.1", NPM_CORE]]) {
    for (const [hidden, flags] of [["hidden", []], ["hidden for minutes", [SOON]]]) {
      await measure(async (t) => {
        const { browser } = await startBrowser(t, flags);
        const swarm = `${name} ${hidden}`;
        const giver = await open(browser, core, swarm);
        await load(giver, 0, COUNT, true);
        const shares = [];
        const rates = [];
        for (let i = 0; i < ROUNDS; i++) {
          await giver.bringToFront();
          const visible = await rate(browser, core, swarm);
          await giver.context().pages()[0].bringToFront();
          await until("it is hidden", () => giver.evaluate(() => document.hidden));
          const unseen = await rate(browser, core, swarm);
          shares.push(unseen / visible);
          rates.push(visible);
        }
        report(`${name}, ${hidden}`, `${(100 * median(shares)).toFixed(0)} %`, `of ${(median(rates) / 1e6).toFixed(0)} MB/s; aim: all`);
      });
    }
  }
});
