// Lets a test break the Go module while it runs: `breakModule("panic")` has the
// next call from Go into our code throw, which is a panic in Go that ends the
// program; `breakModule("trap")` kills the WebAssembly instance under it, and
// `breakModule("memory")` has it need more memory than this page lets it have.

(() => {
  const MOST_PAGES = 1024; // of 64 KiB
  let how;

  window.breakModule = (given) => {
    how = given;
    if (how !== "memory") return;
    const index = "x".repeat(MOST_PAGES << 16);
    window.viewer.engine.core.addStreamIfNoneExists({ runtimeId: "long", type: "main", index });
  };

  /** The same in the midst of a download from a peer, of the next one that begins. */
  window.breakModuleWhileTaking = (how) => {
    const { engine } = window.viewer;
    const onStart = ({ downloadSource }) => {
      if (downloadSource !== "p2p") return;
      engine.removeEventListener("onSegmentStart", onStart);
      window.breakModule(how);
    };
    engine.addEventListener("onSegmentStart", onStart);
  };

  const { apply } = Reflect;
  Reflect.apply = (target, receiver, args) => {
    if (how === "panic" && ["emit", "downloaded"].includes(target.name)) {
      how = undefined;
      throw new Error("broken by the test");
    }
    return apply(target, receiver, args);
  };

  const { instantiate } = WebAssembly;
  WebAssembly.instantiate = (module, imports) => {
    const { gojs } = imports;
    const clock = gojs["runtime.nanotime1"];
    gojs["runtime.nanotime1"] = (sp) => {
      if (how === "trap") throw new WebAssembly.RuntimeError("broken by the test");
      clock(sp);
    };
    return instantiate(module, imports);
  };

  WebAssembly.compileStreaming = async (response) => {
    const module = new Uint8Array(await (await response).arrayBuffer());
    return WebAssembly.compile(await bounded(module));
  };

  /** A promise of the module, with a maximum in its memory section. */
  function bounded(module) {
    const number = (at) => {
      let value = 0;
      for (let shift = 0; ; shift += 7) {
        const byte = module[at++];
        value += (byte & 0x7f) * 2 ** shift;
        if (byte < 0x80) return { value, end: at };
      }
    };
    const encoded = (value) => (value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...encoded(value >> 7)]);
    const MEMORY = 5;
    for (let at = 8; at < module.length; ) {
      const { value: size, end: body } = number(at + 1);
      if (module[at] === MEMORY) {
        const least = number(body + 2).value; // after how many there are, and the flags
        const limits = [1, 1, ...encoded(least), ...encoded(MOST_PAGES)];
        const parts = [module.subarray(0, at), [MEMORY, limits.length, ...limits], module.subarray(body + size)];
        return new Blob(parts.map((part) => new Uint8Array(part))).arrayBuffer();
      }
      at = body + size;
    }
    throw new Error("the module has no memory");
  }
})();
