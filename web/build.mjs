// Builds web/dist from what is there: dist/loader.wasm (made by Go before),
// src/generated/settings.ts (made by tools/settings), src and page. See the
// Makefile, which calls this in the right order.

import { execFile, execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, extname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import zlib from "node:zlib";
import * as esbuild from "esbuild";
import { paperwork } from "./paperwork.mjs";
import { goToolchain } from "./wasm-exec.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, "dist");
const modules = join(here, "node_modules");

/** What npm gets from the server. */
const PACKAGE = "p2p-mediastream.tgz";

const written = new Set(["loader.wasm", ".keep", PACKAGE]);

await Promise.all([buildLibraries(), buildPage(), buildTypes()]);
copyNpmFiles();
for (const [name, contents] of await paperwork()) write(name, contents);
removeStale();
await Promise.all([pack(), compressAll()]);

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
 * engine is the file that every other page would load too, and hls.js is one that
 * stays when the page changes. Of npm's core, to compare with, comes what is asked
 * for.
 */
async function buildPage() {
  const worker = asset("hls.worker", ".js", readFileSync(join(modules, "hls.js/dist/hls.worker.js")));
  const [hls] = await bundle({ entryPoints: { hls: "hls.js" }, entryNames: "assets/[name]-[hash]" });
  const outputs = await bundle({
    entryPoints: {
      controls: join(here, "page/player/controls.ts"),
      page: join(here, "page/page.tsx"),
      "page-style": join(here, "page/style/page.css"),
    },
    entryNames: "assets/[name]-[hash]",
    chunkNames: "assets/[name]-[hash]",
    splitting: true,
    jsx: "automatic",
    jsxImportSource: "preact",
    define: { HLS_WORKER: JSON.stringify(beside(worker)) },
    plugins: [{
      name: "beside",
      setup({ onResolve }) {
        onResolve({ filter: /^hls\.js$/ }, () => ({ path: beside(hls), external: true }));
        onResolve({ filter: /^p2p-media-loader-hlsjs$/ }, ({ importer }) =>
          importer.endsWith("javascript.ts") ? undefined : { path: "../p2p-media-loader-hlsjs.js", external: true });
        onResolve({ filter: /^p2p-media-loader-core$/ }, () => ({ path: join(modules, "p2p-media-loader-core/dist/p2p-media-loader-core.es.js") }));
      },
    }],
  });
  let html = readFileSync(join(here, "page/index.html"), "utf8");
  for (const name of [hls, ...outputs]) {
    html = html.replaceAll(name.replace(/-[A-Z0-9]+(\.\w+)$/, "$1"), name);
  }
  write("index.html", html);
  write("favicon.svg", readFileSync(join(here, "page/favicon.svg")));
}

/**
 * hls.js and npm's engine as they ship, for pages that have nothing of their own: those
 * that page/snippets.ts prints run as pasted, also where there is no internet.
 */
function copyNpmFiles() {
  for (const path of ["hls.js/dist/hls.min.mjs", "p2p-media-loader-hlsjs/dist/p2p-media-loader-hlsjs.es.min.js"]) {
    write(`npm/${basename(path)}`, readFileSync(join(modules, path)));
  }
}

/** The npm package, so that npm can have it from the server. The same files make the same bytes. */
async function pack() {
  const temporary = mkdtempSync(join(tmpdir(), "p2p-mediastream-pack-"));
  try {
    const flags = ["--silent", "--ignore-scripts", "--pack-destination", temporary];
    await promisify(execFile)("npm", ["pack", ...flags], { cwd: here, shell: process.platform === "win32" });
    const [made] = readdirSync(temporary);
    write(PACKAGE, readFileSync(join(temporary, made)));
  } finally {
    rmSync(temporary, { recursive: true });
  }
}

/** Writes a file with its hash in the name, which is returned. */
function asset(name, extension, bytes) {
  const path = `assets/${name}-${hash(bytes)}${extension}`;
  write(path, bytes);
  return path;
}

/** What a script in assets calls a file there. */
function beside(path) {
  return path.replace(/^assets\//, "./");
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
  const kinds = new Set([".js", ".mjs", ".css", ".html", ".svg", ".wasm"]);
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
