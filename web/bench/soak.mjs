// What pages hold on to after long lives: thousands of segments, level switches and
// players by the hundred, and half an hour of live. That goes by 15 times as fast:
// all timers are, and with them the tracker's, the offers' and the playlists' turns,
// and the segments come as often; only the network is not, which has 15 times as
// much to do. It ends with an error when a page holds too much. LIVE=500 segments of
// live by default.

import { live, lives, MOST_BUFFERS, startParts } from "../test/lib/lives.mjs";
import { measure, report } from "./lib.mjs";

const MB = 1e6;
const ROUNDS = { recording: 3500, live: Number(process.env.LIVE ?? 500), watching: 30, switches: 500, players: 200 };

await measure(async (t) => {
  const parts = await startParts(t);
  console.log("\nWhat pages hold on to that may store 4 MiB: before and after");
  for (const [name, rounds] of Object.entries(ROUNDS)) {
    const pages = await live(t, lives[name], parts, rounds);
    console.log(`${rounds} ${lives[name].rounds}`);
    const most = (when, what) => Math.max(...pages.map((page) => page[when][what]));
    const both = (what, show) => `${show(most("early", what))}, ${show(most("late", what))}`;
    const megabytes = (bytes) => `${(bytes / MB).toFixed(1)} MB`;
    report("  JavaScript's heap", both("heap", megabytes));
    report("  array buffers", both("buffers", megabytes));
    report("  at most, with garbage", megabytes(Math.max(...pages.map(({ buffers }) => buffers))), `bound: ${megabytes(MOST_BUFFERS)}`);
    report("  WebAssembly memory", both("wasm", megabytes));
    report("  JavaScript's values in Go", both("values", String));
    report("  connections", both("connections", String));
  }
});
