// What trackers do to viewers.

import { startServer } from "../lib/server.mjs";

const pause = (seconds) => new Promise((resolve) => setTimeout(resolve, 1000 * seconds));

/** A newcomer who has met nobody after so long is not waited for, in seconds. */
const LONG_ALONE = 60;

export default [
  {
    name: "the tracker is killed, and back after 10 s",
    loaders: ["ours", "npm"],
    async run(stage) {
      const first = await startServer(stage.t, { args: ["--generator", "off"], stun: "off" });
      const { tracker } = first;
      const viewers = [await stage.open({ tracker }), await stage.open({ tracker })];
      for (const viewer of viewers) await viewer.until("they have met", ({ connected }) => connected.length === 1);
      await first.stop("SIGKILL");
      await pause(10);
      for (const viewer of viewers) {
        const { connected } = await viewer.plays(0.5);
        if (connected.length !== 1) throw new Error(`the peers went with the tracker\n${await viewer.report()}`);
      }
      await startServer(stage.t, { args: ["--generator", "off", "--listen", new URL(tracker).host], stun: "off" });
      const newcomer = await stage.open({ tracker });
      const since = performance.now();
      await newcomer.until(
        "the newcomer has met somebody",
        ({ connected }) => connected.length > 0 || performance.now() - since > 1000 * LONG_ALONE,
      );
      const alone = (performance.now() - since) / 1000;
      await newcomer.plays(1);
      return { "the newcomer is alone for, s": alone < LONG_ALONE ? alone : `over ${LONG_ALONE}` };
    },
  },
];
