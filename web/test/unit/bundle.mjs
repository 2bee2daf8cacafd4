// Bundles TypeScript for node, so that the tests run what the browser runs.

import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import { goToolchain } from "../../wasm-exec.mjs";

const web = join(dirname(fileURLToPath(import.meta.url)), "../..");

/** Where the bundles look for the Go module unless told. */
export const moduleUrl = "https://page.test/loader.wasm";

let loads = 0;

/**
 * The exports of a TypeScript source given as text, with imports below web/; new
 * ones each time.
 *
 * @param beside where the bundle looks for the Go module.
 */
export async function load(source, { beside = moduleUrl } = {}) {
  const { outputFiles } = await esbuild.build({
    stdin: { contents: source, resolveDir: web, loader: "ts" },
    absWorkingDir: web,
    bundle: true,
    format: "esm",
    target: "es2022",
    write: false,
    define: { LOADER_WASM: JSON.stringify(beside) },
    plugins: [goToolchain],
  });
  const text = `${outputFiles[0].text}\n// ${++loads}`;
  return import(`data:text/javascript;base64,${Buffer.from(text).toString("base64")}`);
}

/** npm p2p-media-loader-core, in the single file that it ships for bundlers. */
export async function loadRealCore() {
  globalThis.window ??= globalThis;
  globalThis.navigator ??= { userAgent: "node" };
  globalThis.WebSocket ??= class {};
  return import(join(web, "node_modules/p2p-media-loader-core/dist/p2p-media-loader-core.es.js"));
}
