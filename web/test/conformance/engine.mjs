// What the engine of npm asks of a core and hears from it, as far as it must be
// the same each time: not when, nor how far ahead.

/** Asked time and again, as often as the player likes. */
const OFTEN = [
  "updatePlayback", "isSegmentLoadable", "hasSegment", "getStream", "updateStream", "getConfig", "setActiveLevelBitrate",
  "setIsLive", "abortSegmentLoading",
];

/** The engine's calls up to the first segment, and in what order it began and ended after that. */
export function calls(told, same) {
  const made = told.filter(({ kind }) => kind === "call");
  const first = made.findIndex(({ name }) => name === "loadSegment");
  const later = made.slice(first).filter(({ name }) => !OFTEN.includes(name) && name !== "loadSegment");
  return [...made.slice(0, first + 1), ...later].map(({ line }) => same(line));
}

/**
 * The first segments that the player got before it loaded the stream again: what
 * was asked and told of each, in the order of the alphabet, since a core may load ahead.
 */
export function segments(all, count, same) {
  const first = all.findIndex(({ name }) => name === "loadSegment");
  const told = all.slice(0, all.findIndex(({ name }, i) => name === "destroy" && i > first));
  const got = told.filter(({ name }) => name === "onSuccess").map(({ of }) => of);
  return [...new Set(got)].slice(0, count).flatMap((segment) => [
    `## ${same(segment)}`,
    ...told.filter(({ of, name }) => of === segment && name !== "isSegmentLoadable").map(({ line }) => same(line)).sort(),
  ]);
}

/** What breaks the rules for any one segment: each request is answered once, and after it was made. */
export function faults(told) {
  const found = [];
  const open = new Map();
  for (const { kind, name, of } of told) {
    if (name === "loadSegment" && kind === "call") open.set(of, (open.get(of) ?? 0) + 1);
    if (kind !== "callback") continue;
    open.set(of, (open.get(of) ?? 0) - 1);
    if (open.get(of) < 0) found.push(`${name} for ${of}, which nobody waits for`);
  }
  return found;
}
