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
