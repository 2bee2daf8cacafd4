// What the origin does to viewers.

import { SEGMENTS } from "../lib/proxy.mjs";

const pause = (seconds) => new Promise((resolve) => setTimeout(resolve, 1000 * seconds));

export default [
  {
    name: "the origin answers 503 for segments for 10 s",
    async run(stage) {
      const viewer = await stage.open();
      await viewer.plays();
      const asked = viewer.proxy.requests(SEGMENTS);
      const end = viewer.proxy.rule(SEGMENTS, { status: 503 });
      await pause(10);
      const requests = viewer.proxy.requests(SEGMENTS) - asked;
      end();
      const { time } = await viewer.seen();
      await viewer.until("it plays on", (seen) => seen.time > time + 5);
      const { stood } = await viewer.plays();
      return { "requests in vain": requests, "the picture stood still, s": stood };
    },
  },
];
