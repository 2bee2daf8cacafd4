// Everything that the page gave us and that we call: listeners, callbacks,
// validators. What they throw is theirs; it must not end our work.

/** Calls a function of the page; what it throws reaches the console, not us. */
export function callPage(call: () => void): void {
  try {
    call();
  } catch (error) {
    reportLater(error);
  }
}

/** Reports as an uncaught error would be, after what runs now. */
export function reportLater(error: unknown): void {
  queueMicrotask(() => {
    if (typeof reportError === "function") reportError(error);
    else console.error(error);
  });
}
