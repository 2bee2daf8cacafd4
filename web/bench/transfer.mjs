// What a transfer between two viewers costs the main threads of their pages: our
// core and npm's by turns, with the same viewer at the other end. At first, what a
// page holds after much more than its storage takes. ROUNDS=7 by default.

import { startSizes } from "../test/lib/sizes.mjs";
import { measure, report } from "./lib.mjs";
import { MB, Pages } from "./transfer/pages.mjs";
import { figure, ratio, table } from "./transfer/table.mjs";

const rounds = Number(process.env.ROUNDS ?? 7);
/** What a page is given, and what it may keep of that. */
const KEEP_AFTER = 300;
const KEEP_MIB = 64;

await measure(async (t) => {
  const pages = await Pages.start(t);
  const origin = await startSizes(t);

  console.log(`\nArray buffers of a page after ${KEEP_AFTER} MB in segments of 1 MB, storage limit ${KEEP_MIB} MiB`);
  const giver = await pages.openGiver({ core: "npm", origin, segmentBytes: 1e6, count: KEEP_AFTER });
  const taker = await pages.openTaker("ours", giver, { settings: { segmentMemoryStorageLimit: KEEP_MIB } });
  await taker.load(0, KEEP_AFTER, true);
  report("held at last", `${(await taker.heldBytes() / MB).toFixed(0)} MB`, "aim: within 128 MiB of the limit");
  await taker.close();
  await giver.viewer.close();

  const rows = [];
  for (const [segmentBytes, count] of [[1e6, 112], [200e3, 248]]) {
    const npm = await pages.openGiver({ core: "npm", origin, segmentBytes, count });
    const ours = await pages.openGiver({ core: "ours", origin, segmentBytes, count });
    const costs = { ours: [], npm: [], oursGives: [] };
    for (let i = 0; i < rounds; i++) {
      costs.ours.push(await pages.transfer("ours", npm));
      costs.npm.push(await pages.transfer("npm", npm));
      costs.oursGives.push(await pages.transfer("npm", ours));
    }
    await npm.viewer.close();
    await ours.viewer.close();

    const all = (core, what) => costs[core].map((cost) => cost[what]);
    for (const [what, mine, theirs, aim] of [
      ["received", all("ours", "taken"), all("npm", "taken"), "at most 1.00"],
      ["sent", all("oursGives", "given"), all("npm", "given"), ""],
    ]) {
      rows.push([`${what}, segments of ${segmentBytes / 1000} kB`, figure(mine), figure(theirs), ratio(mine, theirs), aim]);
    }
  }
  console.log(`\nMain-thread time between two pages, ms for each MB: median (least to most) of ${rounds} rounds`);
  table([32, 24, 24, 8, 0], [["", "our core", "npm 2.3.1", "ratio", "aim"], ...rows]);
});
