// Runs before anything else in a page: `window.held()` tells what the Go module
// holds on to, once it runs.

(() => {
  // Go's own script keeps its tables on an object that nobody else gets: the first
  // to be given such a property.
  let go;
  const name = "_scheduledTimeouts";
  Object.defineProperty(Object.prototype, name, {
    configurable: true,
    set(timeouts) {
      delete Object.prototype[name];
      go = this;
      go[name] = timeouts;
    },
  });

  window.held = () => ({
    /** Bytes of WebAssembly memory. */
    wasm: go._inst.exports.mem.buffer.byteLength,
    /** JavaScript's objects and strings that Go refers to, and the functions among them. */
    values: go._ids.size,
    functions: [...go._ids.keys()].filter((value) => typeof value === "function").length,
    timers: go._scheduledTimeouts.size,
  });
})();
