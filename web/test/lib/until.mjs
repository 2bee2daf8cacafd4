// Waiting for what must come true.

const EVERY_MS = 100;
/** What takes so long does not come, even where everything is slow. */
const DEADLINE_MS = 60_000;

/**
 * Asks until the answer is truthy, and returns it.
 *
 * @param what in words, for whoever reads the failure.
 * @param report tells, when it never comes, what was there instead.
 */
export async function until(what, ask, report = () => "") {
  const deadline = performance.now() + DEADLINE_MS;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (performance.now() > deadline) {
      throw new Error(`waited ${DEADLINE_MS / 1000} s in vain until ${what}\n${await report()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
  }
}

/** Lets so many seconds go by, for what has no end of its own that could be waited for. */
export const pause = (seconds) => new Promise((resolve) => setTimeout(resolve, 1000 * seconds));

/** How many seconds it takes until the promise settles. */
export async function timed(promise) {
  const began = performance.now();
  await promise;
  return (performance.now() - began) / 1000;
}
