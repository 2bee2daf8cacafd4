// The Go module: one for the whole page, however many Cores there are. This file
// decides when it is fetched and run, and tells when it is gone.

import { loadGo } from "go:wasm_exec";
import { debug } from "./debug.js";
import { compileModule } from "./module-file.js";
import { PageLife } from "./page-life.js";
import type { LoaderModule, ModuleHost } from "./port.js";
import { Sockets } from "./sockets.js";

// When the module starts: once the playhead moves, or this long after the first
// manifest where it does not. Before the first frame it would compete with that
// for the line and the processor: fetched, though not run, after the first
// segment, it put the frame off by 50 ms, and now by less than 10 (`make bench`).
const START_AFTER_MS = 1500;

export type ModuleState =
  | { readonly name: "loading" }
  | { readonly name: "ready"; readonly module: LoaderModule }
  | { readonly name: "dead"; readonly message: string };

/** The life of the module. It goes from loading to ready or dead, and from ready to dead. */
export class ModuleLife {
  private current: ModuleState = { name: "loading" };
  private readonly watchers = new Set<() => void>();
  private wanted = false;
  /** Where a page says that the file is: the first that says it. */
  private file: string | undefined;
  private started = false;
  private readonly sockets = new Sockets();
  /** Keeps what is left of the module from running. */
  private silence: () => void = () => undefined;

  get state(): ModuleState {
    return this.current;
  }

  /** Calls the watcher after each change of state. Returns what ends that. */
  watch(watcher: () => void): () => void {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  }

  /**
   * A player has use for the module. Only the first call does something.
   *
   * @param file the address of loader.wasm, where the page gives one.
   */
  want(file: string | undefined): void {
    this.file ??= file;
    if (this.wanted || this.current.name !== "loading") return;
    this.wanted = true;
    if (typeof WebAssembly !== "object") {
      this.die("this browser has no WebAssembly");
      return;
    }
    setTimeout(() => void this.start(), START_AFTER_MS);
  }

  /** A player plays: the module may have the line and the processor. */
  async start(): Promise<void> {
    if (this.started || !this.wanted || this.current.name !== "loading") return;
    this.started = true;
    try {
      await this.run(await compileModule(this.file));
      this.die("the module has ended");
    } catch (error) {
      this.die(error);
    }
  }

  /** The module has handed itself over. */
  becomeReady(module: LoaderModule): void {
    if (this.current.name === "loading") this.change({ name: "ready", module });
  }

  /** Tells the module something, if it runs. When that throws it is broken. */
  tell(message: (module: LoaderModule) => void): void {
    if (this.current.name !== "ready") return;
    try {
      message(this.current.module);
    } catch (error) {
      this.die(error);
    }
  }

  /** The module cannot run, or has ended: from now on everything goes over HTTP. */
  die(reason: unknown): void {
    this.silence();
    this.sockets.close();
    if (this.current.name === "dead") return;
    const message = `no peer-to-peer on this page, HTTP only: ${reason instanceof Error ? reason.message : String(reason)}`;
    console.warn(`p2p-mediastream: ${message}`);
    debug("p2pml-core:module")("dead", reason);
    this.change({ name: "dead", message: message.split("\n", 1)[0]! }); // without Go's stack
  }

  private change(state: ModuleState): void {
    this.current = state;
    for (const watcher of [...this.watchers]) watcher();
  }

  /**
   * Runs the module until it ends. It calls the function on globalThis that its
   * first argument names, with what it offers, and gets a ModuleHost.
   */
  private async run(compiled: WebAssembly.Module): Promise<void> {
    const { Go, restore } = loadGo();
    const go = new Go();
    const name = `p2p-mediastream-${crypto.getRandomValues(new Uint32Array(2)).join("-")}`;
    const page = globalThis as unknown as Record<string, unknown>;
    page[name] = (module: LoaderModule) => {
      delete page[name];
      restore();
      queueMicrotask(() => this.becomeReady(module)); // once it has its host
      const host: ModuleHost = {
        died: (reason) => this.die(reason),
        awaitSocket: () => this.sockets.awaitOne(),
      };
      return host;
    };
    // Its timers and listeners outlive it, and would throw into the page.
    this.silence = () => {
      for (const timer of go._scheduledTimeouts.values()) clearTimeout(timer);
      go._scheduledTimeouts.clear();
      // Go can tell of its death and run on: a timer that it sets then would wait for it in a loop.
      go._scheduledTimeouts.set = (_id: number, timer: ReturnType<typeof setTimeout>) => {
        clearTimeout(timer);
        return go._scheduledTimeouts;
      };
      go._resume = () => undefined;
    };
    go.exit = this.silence;
    go.argv = ["loader", name];
    try {
      await go.run(await WebAssembly.instantiate(compiled, go.importObject));
    } finally {
      restore();
    }
  }
}

/** The one module of this page. */
export const pageModule = new ModuleLife();
new PageLife(pageModule);
