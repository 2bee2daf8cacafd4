// Viewers who go without a word, while another takes a segment from them.

import { readdir, readFile } from "node:fs/promises";
import { startBrowser } from "../lib/browser.mjs";
import { SEGMENTS } from "../lib/proxy.mjs";
import { until } from "../lib/until.mjs";

/** Runs in a page: lets it send so many bytes of segments, and one small message after another from then on. */
function stallAfter(bytes) {
  const { send } = RTCDataChannel.prototype;
  let left = bytes;
  RTCDataChannel.prototype.send = function (data) {
    if (data.byteLength > 1000 && (left -= data.byteLength) < 0) window.stalls = true;
    if (!window.stalls) send.call(this, data);
  };
}

/** The processes of a browser that was started by this one, by their ids. */
async function processes(root) {
  const parents = new Map();
  for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number)) {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
    parents.set(pid, Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]));
  }
  const all = [root];
  for (const pid of all) for (const [child, parent] of parents) if (parent === pid) all.push(child);
  return all;
}

/**
 * A seeder that goes in mid-segment, and what becomes of who takes from it.
 *
 * @param ends ends the seeder.
 */
function death(name, { ends, ownBrowser = false }) {
  return {
    name,
    loaders: ["ours", "npm"],
    async run(stage) {
      const p2p = { highDemandTimeWindow: 4 };
      const browser = ownBrowser ? await startBrowser(stage.t) : stage.browser;
      const seeder = await stage.open({ p2p, browser, before: { content: `(${stallAfter})(150_000)` } });
      await seeder.plays(6);
      const viewer = await stage.open({ p2p });
      await until("the seeder stands still in mid-segment", () => seeder.page.evaluate(() => window.stalls),
        async () => `${await seeder.report()}\n${await viewer.report()}`);
      const before = await viewer.seen();
      const asked = viewer.proxy.bytes(SEGMENTS);
      const since = performance.now();
      await ends(seeder, browser);
      await viewer.until("the seeder is missed", ({ connected }) => connected.length === 0);
      const noticed = (performance.now() - since) / 1000;
      const { stood, peers, origin } = await viewer.plays(4);
      return { "noticed after, s": noticed, "the picture stood still, s": stood - before.stood };
    },
  };
}

export default [
  death("the seeder's tab is closed in mid-segment", { ends: ({ page }) => page.close() }),
  death("the seeder's browser crashes in mid-segment", {
    ownBrowser: true,
    ends: async (_, browser) => {
      for (const pid of await processes(browser.pid)) process.kill(pid, "SIGKILL");
    },
  }),
];
