// How costs of transfers are shown.

import { median } from "../lib.mjs";

/** Some times, in ms, as the table shows them: median (least to most). */
export function figure(times) {
  return `${median(times).toFixed(2)} (${Math.min(...times).toFixed(2)} to ${Math.max(...times).toFixed(2)})`;
}

/** Of each round by itself: what else the machine does changes more slowly. */
export function ratio(mine, theirs) {
  return median(mine.map((time, round) => time / theirs[round])).toFixed(2);
}

/** Prints rows of texts in columns of these widths. */
export function table(widths, rows) {
  for (const row of rows) console.log(row.map((text, column) => text.padEnd(widths[column])).join("").trimEnd());
}
