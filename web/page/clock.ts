import { signal } from "@preact/signals";

/** How often the panels are drawn. Records change far more often than anybody can see. */
const TICK_MS = 250;

/**
 * The time by performance.now(). Who reads it in a panel has the panel drawn with
 * each tick. It stands still while nobody can see the page.
 */
export const now = signal(performance.now());

function tick(): void {
  if (!document.hidden) now.value = performance.now();
}

setInterval(tick, TICK_MS);
document.addEventListener("visibilitychange", tick);
