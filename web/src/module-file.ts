// The file of the Go module: where it can be, and how it is fetched and compiled.

import { debug } from "./debug.js";

/** Pauses between attempts to fetch the module; after the last it never runs. */
const RETRY_AFTER_MS = [1000, 5000, 15_000];
/** Where node_modules can have this package: in the other's place, by its own name, and as pnpm keeps what nobody named. */
const FOLDERS = ["p2p-media-loader-core", "p2p-mediastream", ".pnpm/node_modules/p2p-media-loader-core"];
/** How every WebAssembly module begins. */
const MAGIC = [0, 0x61, 0x73, 0x6d];

/** The places were asked and none has the module: asking again would not help. */
class NotThere extends Error {}

/**
 * Fetches the Go module and compiles it.
 *
 * @param given where the page says that it is; nowhere else is it looked for then.
 * @throws {Error} that names the places, when none of them has it.
 * @throws {WebAssembly.CompileError} for a file that this browser cannot run, or
 *   may not by the page's CSP.
 */
export async function compileModule(given: string | undefined): Promise<WebAssembly.Module> {
  for (const pause of RETRY_AFTER_MS) {
    try {
      return await compileFirst(placesOf(given));
    } catch (error) {
      if (error instanceof NotThere || error instanceof WebAssembly.CompileError) throw error;
      debug("p2pml-core:module")("again in %d ms:", pause, error);
    }
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
  return compileFirst(placesOf(given));
}

/**
 * The file is beside this script, and bundlers that know `new URL` with a literal
 * carry it along. Vite's dev server does not always: up to Vite 7 it moves the
 * script alone to node_modules/.vite/deps, and a package that is linked from
 * outside the project is at an address below /@fs/ that it refuses. The project's
 * node_modules has both.
 */
function placesOf(given: string | undefined): string[] {
  if (given !== undefined) return [given];
  let beside: string;
  try {
    beside = new URL(LOADER_WASM, import.meta.url).href;
  } catch {
    return []; // a classic script, which does not know its own address
  }
  const project = /^(.*?\/)(?:@fs\/|node_modules\/\.)/.exec(beside)?.[1];
  if (project === undefined) return [beside];
  return [beside, ...FOLDERS.map((folder) => `${project}node_modules/${folder}/dist/loader.wasm`)];
}

/** Compiles what the first place has that has a module. */
async function compileFirst(places: string[]): Promise<WebAssembly.Module> {
  const failures: string[] = [];
  for (const place of places) {
    const response = await fetch(place, { priority: "low" }).catch((cause) => {
      throw new Error(
        `${place} could not be fetched (${String(cause)}): the server is away, or does not allow this page's origin, ` +
          "or connect-src of the page's Content-Security-Policy does not.",
        { cause },
      );
    });
    const { status, url } = response;
    if (status >= 500) throw new Error(`HTTP status ${status} for ${url}`);
    const compiled = response.ok && (await compile(response));
    if (compiled) return compiled;
    failures.push(`${url} (${response.ok ? "is something else" : `HTTP status ${status}`})`);
  }
  throw new NotThere(
    `loader.wasm was not found at ${failures.join(", ") || "any address, as this script does not know its own"}. ` +
      "Serve the file from the package's folder dist beside this script, or tell the Core where it is " +
      "with the option loaderWasmUrl.",
  );
}

/**
 * Streaming compilation wants the right MIME type, without parameters, which not
 * every server sends.
 * Undefined for what is no module: a server may answer with a page of its own
 * when a file is missing.
 */
async function compile(response: Response): Promise<WebAssembly.Module | undefined> {
  const type = response.headers.get("Content-Type")?.trim().toLowerCase();
  if (type === "application/wasm") return WebAssembly.compileStreaming(response);
  const bytes = await response.arrayBuffer();
  const start = new Uint8Array(bytes, 0, Math.min(MAGIC.length, bytes.byteLength));
  return MAGIC.every((byte, i) => byte === start[i]) ? WebAssembly.compile(bytes) : undefined;
}
