// What it costs a viewer's main thread that segments from peers are checked against
// their SHA-256: with a list of digests and without one by turns, and on a page over
// plain http, where browsers do not compute digests. ROUNDS=7 by default.

import { startSizes } from "../test/lib/sizes.mjs";
import { measure } from "./lib.mjs";
import { Pages } from "./transfer/pages.mjs";
import { figure, ratio, table } from "./transfer/table.mjs";

const rounds = Number(process.env.ROUNDS ?? 7);
const SIZES = [[1e6, 112], [200e3, 248]];

await measure(async (t) => {
  const pages = await Pages.start(t);
  const most = Math.max(...SIZES.map(([, count]) => count));
  const [listed, unlisted] = [await startSizes(t, { listed: most }), await startSizes(t)];

  const rows = [];
  for (const [segmentBytes, count] of SIZES) {
    const withList = await pages.openGiver({ core: "ours", origin: listed, segmentBytes, count });
    const without = await pages.openGiver({ core: "ours", origin: unlisted, segmentBytes, count });
    const costs = { checked: [], unchecked: [], insecure: [] };
    for (let i = 0; i < rounds; i++) {
      costs.checked.push((await pages.transfer("ours", withList)).taken);
      costs.unchecked.push((await pages.transfer("ours", without)).taken);
      costs.insecure.push((await pages.transfer("ours", withList, { insecure: true })).taken);
    }
    await withList.viewer.close();
    await without.viewer.close();
    const { checked, unchecked, insecure } = costs;
    const size = `segments of ${segmentBytes / 1000} kB`;
    rows.push([size, figure(checked), figure(unchecked), ratio(checked, unchecked), "at most 1.10"]);
    rows.push([`${size}, plain http`, figure(insecure), figure(unchecked), ratio(insecure, unchecked), ""]);
  }
  console.log(`\nMain-thread time of a viewer that receives, ms for each MB: median (least to most) of ${rounds} rounds`);
  table([36, 24, 24, 8, 0], [["", "checked", "not checked", "ratio", "aim"], ...rows]);
});
