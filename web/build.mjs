// Builds web/dist from what is there: dist/loader.wasm (made by Go before),
// src/generated/settings.ts (made by tools/settings), src and page. See the
// Makefile, which calls this in the right order.

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, extname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import zlib from "node:zlib";
import * as esbuild from "esbuild";
import { goToolchain } from "./wasm-exec.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, "dist");
const modules = join(here, "node_modules");

const written = new Set(["loader.wasm", ".keep"]);

await Promise.all([buildLibraries(), buildPage(), buildTypes()]);
removeStale();
await compressAll();

/** The core and the engines on top of it: one file each, nothing shared. */
async function buildLibraries() {
  await bundle({
    entryPoints: {
      "p2p-media-loader-core": join(here, "src/index.ts"),
      "p2p-media-loader-hlsjs": "p2p-media-loader-hlsjs",
      "p2p-media-loader-shaka": "p2p-media-loader-shaka",
    },
    alias: { "p2p-media-loader-core": join(here, "src/index.ts") },
    define: { LOADER_WASM: JSON.stringify(`./loader.wasm?v=${hash(readFileSync(join(dist, "loader.wasm")))}`) },
    plugins: [goToolchain],
  });
}

/**
 * The demo, which is served at / while everything else is below /dist/. Its
 * engine is the file that every other page would load too; hls.js is bundled, but
 * for its worker, which wants an address.
 */
async function buildPage() {
  const worker = readFileSync(join(modules, "hls.js/dist/hls.worker.js"));
  const workerName = `assets/hls.worker-${hash(worker)}.js`;
  write(workerName, worker);
  const outputs = await bundle({
    entryPoints: { page: join(here, "page/page.ts"), style: join(here, "page/style.css") },
    entryNames: "assets/[name]-[hash]",
    define: { HLS_WORKER: JSON.stringify(`./${workerName.slice("assets/".length)}`) },
    plugins: [{
      name: "engine-beside",
      setup({ onResolve }) {
        onResolve({ filter: /^p2p-media-loader-hlsjs$/ }, () => ({
          path: "../p2p-media-loader-hlsjs.js",
          external: true,
        }));
      },
    }],
  });
  let html = readFileSync(join(here, "page/index.html"), "utf8");
  for (const name of outputs) {
    html = html.replace(name.replace(/-[A-Z0-9]+(\.\w+)$/, "$1"), name);
  }
  write("index.html", html);
  write("favicon.svg", readFileSync(join(here, "page/favicon.svg")));
}

/**
 * Declarations: of the core by the compiler, of the engines as their packages have
 * them, with our core in the place of theirs.
 */
async function buildTypes() {
  const temporary = mkdtempSync(join(tmpdir(), "p2p-mediastream-types-"));
  try {
    const tsc = join(modules, "typescript/bin/tsc");
    const flags = ["-p", join(here, "tsconfig.types.json"), "--outDir", temporary];
    execFileSync(process.execPath, [tsc, ...flags], { stdio: "inherit" });
    writeDeclarations(temporary, "types", (text) => text);
  } finally {
    rmSync(temporary, { recursive: true });
  }
  for (const engine of ["hlsjs", "shaka"]) {
    const lib = join(modules, `p2p-media-loader-${engine}/lib`);
    writeDeclarations(lib, `types/${engine}`, (text) => text.replaceAll('"p2p-media-loader-core"', '"../index.js"'));
  }
}

/** Writes index.d.ts and what it leads to; the rest is nobody's business. */
function writeDeclarations(from, to, change) {
  const names = new Set(["index.js"]);
  for (const name of names) {
    const file = name.replace(/\.js$/, ".d.ts");
    const text = readFileSync(join(from, file), "utf8");
    write(join(to, file), change(text));
    for (const [, path] of text.matchAll(/(?:from|import\()\s*"(\.[^"]+)"/g)) names.add(join(dirname(name), path));
  }
}

/** Bundles into dist; returns the names of what was made. */
async function bundle(options) {
  const { outputFiles } = await esbuild.build({
    absWorkingDir: here,
    outdir: dist,
    bundle: true,
    minify: true,
    keepNames: true,
    format: "esm",
    target: "es2022",
    legalComments: "inline",
    write: false,
    ...options,
  });
  return outputFiles.map(({ path, contents }) => {
    const name = relative(dist, path);
    write(name, contents);
    return name;
  });
}

/** Leaves a file alone that has this content already, so that its age tells something. */
function write(name, contents) {
  const path = join(dist, name);
  written.add(name);
  if (existsSync(path) && readFileSync(path).equals(Buffer.from(contents))) return;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, contents);
}

/** Removes what a former build has left; names with hashes would pile up. */
function removeStale() {
  for (const name of filesOfDist()) {
    const source = name.replace(/\.(br|gz)$/, "");
    if (!written.has(source)) rmSync(join(dist, name));
  }
}

async function compressAll() {
  const kinds = new Set([".js", ".css", ".html", ".svg", ".wasm"]);
  const names = filesOfDist().filter((name) => kinds.has(extname(name)));
  await Promise.all(names.flatMap((name) => [compress(name, ".br", brotli), compress(name, ".gz", gzip)]));
}

/** Compresses unless the result is there and younger than its source. */
async function compress(name, extension, method) {
  const source = join(dist, name);
  const target = source + extension;
  if (existsSync(target) && statSync(target).mtimeMs >= statSync(source).mtimeMs) return;
  if (extname(name) === ".wasm" && extension === ".br") console.log("compressing the module (takes some seconds)");
  writeFileSync(target, await method(readFileSync(source)));
}

function brotli(bytes) {
  return promisify(zlib.brotliCompress)(bytes, {
    params: {
      [zlib.constants.BROTLI_PARAM_QUALITY]: 11,
      [zlib.constants.BROTLI_PARAM_LGWIN]: 22,
      [zlib.constants.BROTLI_PARAM_NPOSTFIX]: 1, // 10 KB less of the module than without
      [zlib.constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    },
  });
}

function gzip(bytes) {
  return promisify(zlib.gzip)(bytes, { level: 9 });
}

function filesOfDist() {
  return readdirSync(dist, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(dist, join(entry.parentPath ?? entry.path, entry.name)));
}

function hash(bytes) {
  return createHash("sha256").update(bytes).digest("hex").slice(0, 16);
}
