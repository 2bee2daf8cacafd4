// Lets a test break the Go module while it runs: `breakModule("panic")` has the
// next call from Go into our code throw, which is a panic in Go that ends the
// program; `breakModule("trap")` kills the WebAssembly instance under it.

(() => {
  let how;
  window.breakModule = (given) => (how = given);

  const { apply } = Reflect;
  Reflect.apply = (target, receiver, args) => {
    if (how === "panic" && target.name === "emit") {
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
})();
