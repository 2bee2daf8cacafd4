/** The module's address beside this script, with its content's hash; set by build.mjs. */
declare const LOADER_WASM: string;

/** Go's own wasm_exec.js, taken from the toolchain by build.mjs. */
declare module "go:wasm_exec" {
  interface Go {
    argv: string[];
    importObject: WebAssembly.Imports;
    /** Called when the program ends, before anything else can call into it. */
    exit: (code: number) => void;
    /** Enters the program, for each of its timers and event listeners. */
    _resume(): void;
    /** Its timers by their ids; each resumes the program until it has been taken off. */
    _scheduledTimeouts: Map<number, ReturnType<typeof setTimeout>>;
    /** Settles when the Go program ends. */
    run(instance: WebAssembly.Instance): Promise<void>;
  }
  /** Installs what Go needs on globalThis; a Go program reads it when it starts. `restore` takes it away again. */
  export function loadGo(): { Go: new () => Go; restore: () => void };
}
