// Viewers who go without a word, while another takes a segment from them.

import { startBrowser } from "../lib/browser.mjs";
import { until } from "../lib/until.mjs";

/** Runs in a page: of the third message with segment data it sends half, and nothing after that. */
function stallInMidSegment() {
  const { send } = RTCDataChannel.prototype;
  let messages = 0;
  RTCDataChannel.prototype.send = function (data) {
    if (window.stalls) return;
    window.stalls = data.byteLength > 1000 && ++messages === 3; // a command is shorter
    send.call(this, window.stalls ? data.slice(0, data.byteLength / 2) : data);
  };
}

/** What is left of it when nothing is on its way is not waited for longer, in seconds. */
const PATIENCE = 10;

/** How many bytes of segments a viewer got that it had already, or did not keep. */
async function inVain(viewer) {
  const since = performance.now();
  let least = Infinity;
  await viewer.until("nothing is on its way", ({ origin, peers, loaded: { main } }) => {
    least = Math.min(least, origin + peers - main.http - main.p2p);
    return least === 0 || performance.now() - since > 1000 * PATIENCE;
  });
  return least;
}

/** @param ends ends the seeder. */
const death = (name, ends) => ({
  name,
  alone: true,
  told: / peer gone /,
  loaders: ["ours", "npm"],
  async run(stage) {
    // npm's core would ask the origin for nearly all of the stream's window.
    const p2p = { highDemandTimeWindow: 4 };
    const browser = await startBrowser(stage.t);
    const seeder = await stage.open({ browser, p2p, before: stallInMidSegment });
    await seeder.plays(3);
    const viewer = await stage.open({ p2p });
    const stalls = () => seeder.page.evaluate(() => window.stalls);
    await until("the seeder stands still in mid-segment", stalls, () => viewer.report());
    const { stood: before } = await viewer.seen();
    const since = performance.now();
    await ends(seeder, browser);
    await viewer.until("the seeder is missed", ({ connected }) => connected.length === 0);
    const noticed = (performance.now() - since) / 1000;
    const { stood } = await viewer.plays(4);
    const twice = await inVain(viewer);
    if (stage.loader === "ours" && twice > 0) throw new Error(`${twice} bytes were fetched twice\n${await viewer.report()}`);
    return { "noticed after, s": noticed, "the picture stood still, s": stood - before, "bytes fetched twice": twice };
  },
});

export default [
  death("the seeder's tab is closed in mid-segment", ({ page }) => page.close()),
  death("the seeder's browser crashes in mid-segment", (_, browser) => browser.crash()),
];
