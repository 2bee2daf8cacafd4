/** The roof comes down when what is below it has sunk to this part. */
const LOW = 0.35;

/**
 * The end of an axis: a round number above the highest value. It stays where it
 * was while that suits, so that the scale does not jump with each value.
 */
export function roof(former: number, highest: number, least: number): number {
  const fits = highest <= former && highest >= former * LOW;
  if (fits || (former === least && highest <= least)) return former;
  return Math.max(least, roundUp(highest));
}

/** The next of 1, 1.5, 2, 3, 5, 7.5, 10, 15… */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 1)));
  return [1, 1.5, 2, 3, 5, 7.5, 10].map((digit) => digit * power).find((round) => round >= value)!;
}
