// The Go module: one for the whole page, however many Cores there are. This file
// decides when it is fetched, compiled and run, and tells when it is gone.

import { loadGo } from "go:wasm_exec";
import { debug } from "./debug.js";
import type { LoaderModule } from "./port.js";

// When the module starts. It must not compete with the first frame: its download
// begins at once but gives way, and it is compiled and run when the player has
// its first segment, or after this time if that takes longer.
const START_AFTER_MS = 1500;
/** How long a busy page may put off the start once the first segment is there. */
const IDLE_WITHIN_MS = 300;
/** Pauses between attempts to fetch the module; after the last it never runs. */
const RETRY_AFTER_MS = [1000, 5000, 15_000];

export type ModuleState =
  | { readonly name: "loading" }
  | { readonly name: "ready"; readonly module: LoaderModule }
  | { readonly name: "dead"; readonly reason: string };

/** The life of the module. It goes from loading to ready or dead, and from ready to dead. */
export class ModuleLife {
  private current: ModuleState = { name: "loading" };
  private readonly watchers = new Set<() => void>();
  private fetched: Promise<Response> | undefined;
  private started = false;

  get state(): ModuleState {
    return this.current;
  }

  /** Calls the watcher after each change of state. Returns what ends that. */
  watch(watcher: () => void): () => void {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  }

  /** Begins the download. Only the first call does something. */
  prefetch(): void {
    if (this.fetched || this.current.name !== "loading") return;
    if (typeof WebAssembly !== "object") {
      this.die("this browser has no WebAssembly");
      return;
    }
    this.fetched = fetchModule();
    this.fetched.catch(() => undefined); // start() looks at it
    setTimeout(() => void this.start(), START_AFTER_MS);
  }

  /** The player has a segment to show: the module may have the processor soon. */
  mayStart(): void {
    if (this.started) return;
    if (typeof requestIdleCallback === "function") {
      requestIdleCallback(() => void this.start(), { timeout: IDLE_WITHIN_MS });
    } else {
      setTimeout(() => void this.start());
    }
  }

  /** The module has handed itself over. */
  becomeReady(module: LoaderModule): void {
    if (this.current.name === "loading") this.change({ name: "ready", module });
  }

  /** The module cannot run, or has ended: from now on everything goes over HTTP. */
  die(reason: unknown): void {
    if (this.current.name === "dead") return;
    const text = reason instanceof Error ? reason.message : String(reason);
    console.warn(`p2p-mediastream: no peer-to-peer on this page, HTTP only: ${text}`);
    debug("p2pml-core:module")("dead", reason);
    this.change({ name: "dead", reason: text });
  }

  private change(state: ModuleState): void {
    this.current = state;
    for (const watcher of [...this.watchers]) watcher();
  }

  private async start(): Promise<void> {
    if (this.started || !this.fetched || this.current.name !== "loading") return;
    this.started = true;
    try {
      await this.run(await compileWithRetries(this.fetched));
      this.die("the module has ended");
    } catch (error) {
      this.die(error);
    }
  }

  /**
   * Runs the module until it ends. It calls the function on globalThis that its
   * first argument names, with what it offers.
   */
  private async run(compiled: WebAssembly.Module): Promise<void> {
    const Go = loadGo();
    const go = new Go();
    const name = `p2p-mediastream-${crypto.getRandomValues(new Uint32Array(2)).join("-")}`;
    const page = globalThis as unknown as Record<string, unknown>;
    page[name] = (module: LoaderModule) => {
      delete page[name];
      this.becomeReady(module);
    };
    go.argv = ["loader", name];
    await go.run(await WebAssembly.instantiate(compiled, go.importObject));
  }
}

/** The one module of this page. */
export const pageModule = new ModuleLife();

async function fetchModule(): Promise<Response> {
  const response = await fetch(new URL(LOADER_WASM, import.meta.url), { priority: "low" });
  if (!response.ok) throw new Error(`HTTP status ${response.status} for ${response.url}`);
  return response;
}

async function compileWithRetries(first: Promise<Response>): Promise<WebAssembly.Module> {
  let response = first;
  for (const pause of RETRY_AFTER_MS) {
    try {
      return await compile(await response);
    } catch (error) {
      // What does not compile, or may not by the page's CSP, never will.
      if (error instanceof WebAssembly.CompileError) throw error;
      debug("p2pml-core:module")("again in %d ms:", pause, error);
    }
    await new Promise((resolve) => setTimeout(resolve, pause));
    response = fetchModule();
  }
  return compile(await response);
}

/** Streaming compilation wants the right MIME type, which not every server sends. */
async function compile(response: Response): Promise<WebAssembly.Module> {
  const type = response.headers.get("Content-Type")?.split(";")[0]?.trim().toLowerCase();
  if (type === "application/wasm") return WebAssembly.compileStreaming(response);
  return WebAssembly.compile(await response.arrayBuffer());
}
