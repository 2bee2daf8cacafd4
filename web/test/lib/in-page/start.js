// A page that starts a Go module, and sets `window.started` to how long that took.

import { loadGo } from "go:wasm_exec";

const { Go } = loadGo();
const compiled = await WebAssembly.compileStreaming(fetch(new URLSearchParams(location.search).get("module")));
const go = new Go();
go.argv = ["loader", "ready"];
window.ready = () => {
  window.started = performance.now() - began;
  return () => undefined;
};
const began = performance.now();
void go.run(await WebAssembly.instantiate(compiled, go.importObject));
