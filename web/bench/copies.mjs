// How often each segment leaves the origin: live in two places, and a film of two
// minutes, with 2, 4 and 8 viewers, each a page of its own in one browser, who join
// 2 s apart: with our core, with npm's and its defaults, with npm's tuned by hand to
// the place, with both in one swarm, with our core and one among them who gives everybody
// false bytes, and with hls.js alone, which shows what the machine bears.
//
// Live, segments count that were first asked for 10 s after the last one joined, for
// SECONDS=60 from then on; of a film all do. All combinations take most of an hour;
// ONLY=text plays those with that text in their names. CAUSES=1 tells how each viewer
// began, and of each segment that left more than once who fetched it and when.

import { again, starts } from "./copies/causes.mjs";
import { combinations } from "./copies/combinations.mjs";
import { play } from "./copies/swarm.mjs";
import { measure } from "./lib.mjs";

const seconds = Number(process.env.SECONDS ?? 60);
const only = process.env.ONLY ?? "";

const digits = (number, count = 0) => (Number.isFinite(number) ? number.toFixed(count) : "-");

/** The columns: heading, width, and what stands there. */
const COLUMNS = [
  ["", 44, ({ name }) => name],
  ["copies", 8, ({ copies }) => digits(copies, 2)],
  ["aim", 6, ({ aim }) => aim ?? ""],
  ["bytes", 7, ({ bytes }) => digits(bytes, 2)],
  ["of", 5, ({ names }) => names.length],
  ["before", 8, ({ before }) => digits(before, 1)],
  ["again", 7, ({ again }) => digits(again, 1)],
  ["stalls", 17, ({ stalls, stalledS, longestS }) => `${stalls}${stalls ? `, ${digits(stalledS)} s (${digits(longestS, 1)})` : ""}`],
  ["false", 7, ({ untrue }) => untrue],
  ["first frame", 13, ({ firstFrame: { median, most } }) => `${digits(median)}, ${digits(most)}`],
  ["from peers", 12, ({ fromPeers }) => `${digits(100 * fromPeers)} %`],
  ["peers", 7, ({ peers }) => peers],
  ["behind", 0, ({ behind }) => (behind ? [behind.median, behind.least, behind.most].map((s) => digits(s, 1)).join(", ") : "")],
];
const row = (cells) => COLUMNS.map(([, width], i) => String(cells[i]).padEnd(width)).join("").trimEnd();

console.log(`
Copies of a segment that leave the origin, by requests and by bytes, and of how many
segments. Before: requests a viewer for segments before those. Again: of the requests to
get going, those for what had left already, a viewer. Stalls: how many, how long in
all, and the longest. False: segments that players got, and the origin has not. First frame:
ms, median and most. Peers: of the loneliest viewer. Behind: seconds behind live, median, least and most.
Viewers that stand still ask for nothing: with many stalls few copies mean little.
`);
console.log(row(COLUMNS.map(([heading]) => heading)));
for (const combination of combinations.filter(({ name }) => name.includes(only))) {
  const { figures, records } = await measure((t) => play(t, combination, seconds));
  console.log(row(COLUMNS.map(([, , cell]) => cell({ ...combination, ...figures }))));
  for (const { name, met, asked, gone } of figures.lied ?? []) {
    console.log(`  who gave "${name}" met ${met} viewers, was asked ${asked} times and cut off by ${gone}`);
  }
  if (process.env.CAUSES) console.log([...starts(records), ...again(figures.names, records)].join("\n"));
}
