/** The module's address beside this script, with its content's hash; set by build.mjs. */
declare const LOADER_WASM: string;

/** Go's own wasm_exec.js, taken from the toolchain by build.mjs. */
declare module "go:wasm_exec" {
  interface Go {
    argv: string[];
    importObject: WebAssembly.Imports;
    /** Settles when the Go program ends. */
    run(instance: WebAssembly.Instance): Promise<void>;
  }
  /** Installs what Go needs on globalThis, and gives the class. */
  export function loadGo(): new () => Go;
}
