// Two logs side by side.

/** How many common lines to show around those that differ. */
const AROUND = 4;

/**
 * Where two logs differ, by the longest common subsequence: "  " stands before
 * lines of both, "- " and "+ " before those of one.
 */
export function diff(theirs, ours) {
  const lengths = Array.from({ length: theirs.length + 1 }, () => new Array(ours.length + 1).fill(0));
  for (let i = theirs.length - 1; i >= 0; i--) {
    for (let j = ours.length - 1; j >= 0; j--) {
      lengths[i][j] = theirs[i] === ours[j] ? lengths[i + 1][j + 1] + 1 : Math.max(lengths[i + 1][j], lengths[i][j + 1]);
    }
  }
  const lines = [];
  let [i, j] = [0, 0];
  while (i < theirs.length || j < ours.length) {
    if (i < theirs.length && j < ours.length && theirs[i] === ours[j]) {
      lines.push(`  ${theirs[i++]}`);
      j++;
    } else if (j >= ours.length || (i < theirs.length && lengths[i + 1][j] >= lengths[i][j + 1])) {
      lines.push(`- ${theirs[i++]}`);
    } else {
      lines.push(`+ ${ours[j++]}`);
    }
  }
  const isNear = (_, at) => lines.slice(Math.max(0, at - AROUND), at + AROUND + 1).some((line) => !line.startsWith("  "));
  return lines.filter(isNear);
}

/** Whether two logs say the same. */
export function same(theirs, ours) {
  return theirs.length === ours.length && theirs.every((line, i) => line === ours[i]);
}
