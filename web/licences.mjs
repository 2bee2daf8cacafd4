// What others wrote of that which is in dist, and in the server, with their licences:
// dist/THIRD-PARTY.txt for the npm package, dist/docs/third-party.txt for all. Of
// JavaScript the bundler says which packages are in a file, of Go the toolchain does.

import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import { goToolchain } from "./wasm-exec.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const own = join(here, "src/index.ts");
// As build.mjs has it for the page, which compares with it.
const others = join(here, "node_modules/p2p-media-loader-core/dist/p2p-media-loader-core.es.js");

export async function licences() {
  const libraries = await bundled(["src/index.ts", "p2p-media-loader-hlsjs", "p2p-media-loader-shaka"], { "p2p-media-loader-core": own });
  const page = await bundled(["page/**/*.ts", "page/**/*.tsx"], { "p2p-media-loader-core": others });
  const module = goModules("./wasm", { GOOS: "js", GOARCH: "wasm" });
  const server = goModules("./server", {});
  const packed = notices("in the npm package p2p-mediastream", [...libraries, ...module]);
  const all = notices("in p2p-mediastream: its npm package, its page and its server", [...libraries, ...page, ...module, ...server]);
  return [["THIRD-PARTY.txt", packed], ["docs/third-party.txt", all]];
}

/** The npm packages that files of these entries are made of. */
async function bundled(entryPoints, alias) {
  const { metafile } = await esbuild.build({
    absWorkingDir: here, entryPoints, alias, plugins: [goToolchain], define: { LOADER_WASM: '""', HLS_WORKER: '""' },
    bundle: true, format: "esm", write: false, metafile: true, outdir: "nowhere", jsx: "automatic", jsxImportSource: "preact", logLevel: "error",
  });
  const folders = new Set();
  for (const { inputs } of Object.values(metafile.outputs)) {
    for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
      const folder = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0];
      if (folder && bytesInOutput > 0) folders.add(folder);
    }
  }
  return [...folders].map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(here, folder, "package.json"), "utf8"));
    return { name: `npm ${name}`, version, texts: licenceTexts(join(here, folder), `npm ${name}`, license) };
  });
}

/** The Go modules that a program is made of, and Go itself. */
function goModules(program, system) {
  const go = (...args) => execFileSync("go", args, { cwd: join(here, ".."), encoding: "utf8", env: { ...process.env, ...system } }).trim();
  const format = "{{with .Module}}{{if not .Main}}{{.Path}}\t{{.Version}}\t{{.Dir}}{{end}}{{end}}";
  const lines = new Set(go("list", "-deps", "-f", format, program).split("\n").filter(Boolean));
  const modules = [...lines].map((line) => {
    const [name, version, folder] = line.split("\t");
    return { name, version, texts: licenceTexts(folder, name) };
  });
  const [version, folder] = go("env", "GOVERSION", "GOROOT").split("\n");
  return [...modules, { name: "Go", version, texts: licenceTexts(folder, "Go") }];
}

/** The licence and the notices of a package; of one that comes without a text, what its package.json says. */
function licenceTexts(folder, name, stated) {
  const files = readdirSync(folder).filter((file) => /^(licen[cs]e|copying|notice|patents)([.-].*)?$/i.test(file)).sort();
  if (files.length > 0) return files.map((file) => readFileSync(join(folder, file), "utf8").trim());
  if (!stated) throw new Error(`${name} has no licence: it cannot be given to others`);
  return [`The package has no text of its licence; its package.json names it: ${stated}`];
}

function notices(where, parts) {
  const byName = new Map(parts.map((part) => [`${part.name} ${part.version}`, part]));
  const names = [...byName.keys()].sort();
  const sections = names.map((name) => `${"=".repeat(72)}\n${name}\n\n${byName.get(name).texts.join("\n\n")}\n`);
  return `What others wrote of that which is ${where}, and their licences.\n\n${sections.join("\n")}`;
}
