// Long lives of pages, in short; `make bench` has longer ones.

import test, { after } from "node:test";
import { live, lives, startParts } from "./lib/lives.mjs";

const parts = await startParts({ after });

for (const [life, rounds] of [
  [lives.recording, 400],
  [lives.live, 60],
  [lives.watching, 1],
  [lives.switches, 100],
  [lives.players, 20],
]) {
  test(`${rounds} ${life.rounds}`, async (t) => {
    for (const page of await live(t, life, parts, rounds)) t.diagnostic(JSON.stringify(page));
  });
}
