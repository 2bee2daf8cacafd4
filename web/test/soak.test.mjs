// Long lives of pages, in short; `make bench` has longer ones.

import test, { after, describe } from "node:test";
import { live, lives, startParts } from "./lib/lives.mjs";

const parts = await startParts({ after });

// In most of the longest one the viewers wait for each other: the others go by meanwhile.
describe("lives", { concurrency: 2 }, () => {
  for (const [life, rounds] of [
    [lives.live, 60],
    [lives.recording, 400],
    [lives.watching, 1],
    [lives.switches, 100],
    [lives.players, 20],
  ]) {
    test(`${rounds} ${life.rounds}`, async (t) => {
      for (const page of await live(t, life, parts, rounds)) t.diagnostic(JSON.stringify(page));
    });
  }
});
