// What the measurements share: the parts of the browser tests, without a test
// runner to end them.

/** Runs a measurement with a `t` that ends what was started, the last one first; returns what it gives. */
export async function measure(run) {
  const ends = [];
  try {
    return await run({ after: (end) => ends.push(end) });
  } finally {
    for (const end of ends.reverse()) await end();
  }
}

export function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** A line of the report: what was measured, the figure, and the aim if there is one. */
export function report(what, figure, aim = "") {
  console.log(`${what.padEnd(58)} ${figure.padStart(14)}  ${aim}`);
}
