// What `npm pack` makes, installed in empty projects: all that is needed is there
// and nothing else, every compiler finds the types, and Vite finds the module.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after } from "node:test";
import { promisify } from "node:util";
import { startBrowser } from "./lib/browser.mjs";
import { copyViteExample, provesOurs, startExamples } from "./lib/examples.mjs";
import * as places from "./lib/places.mjs";
import { startServer } from "./lib/server.mjs";
import { build, install, startVite } from "./lib/vite.mjs";

const run = promisify(execFile);
const file = { after };
const manifest = JSON.parse(await readFile(join(places.web, "package.json"), "utf8"));

async function temporaryFolder(t) {
  const folder = await mkdtemp(join(tmpdir(), "p2p-mediastream-test-"));
  t.after(() => rm(folder, { recursive: true, force: true, maxRetries: 10 }));
  return folder;
}

const packed = await temporaryFolder(file);
const { stdout } = await run("npm", ["pack", "--json", "--pack-destination", packed], { cwd: places.web });
const [{ filename, files }] = JSON.parse(stdout);
const tarball = join(packed, filename);

// One project has everything that the package can go with.
const project = await temporaryFolder(file);
await cp(join(places.web, ".npmrc"), join(project, ".npmrc"));
await writeFile(join(project, "package.json"), '{ "private": true, "type": "module" }');
await install(project, tarball, ...["hls.js", "shaka-player"].map((name) => `${name}@${manifest.devDependencies[name]}`));

test("it has what is needed, and nothing else", async () => {
  const names = files.map(({ path }) => path).sort();
  const modules = ["core", "hlsjs", "shaka"].map((name) => `dist/p2p-media-loader-${name}.js`);
  const needed = ["LICENSE", "README.md", "dist/loader.wasm", ...modules, "package.json"];
  assert.deepEqual(names.filter((name) => !/^dist\/types\/.*\.d\.ts$/.test(name)), needed);
  const license = await Promise.all(["LICENSE", "../LICENSE"].map((path) => readFile(join(places.web, path), "utf8")));
  assert.equal(license[0], license[1]);

  const entries = JSON.stringify([manifest.exports, manifest.main, manifest.types, manifest.typesVersions]).match(/\.\/[\w./-]+\.\w+/g);
  for (const path of entries.filter((path) => path.includes("/dist/"))) assert.ok(names.includes(path.slice(2)), path);
  for (const name of names.filter((name) => name.endsWith(".d.ts"))) {
    const text = await readFile(join(places.web, name), "utf8");
    for (const [, path] of text.matchAll(/(?:from|import\() ?"(\.[^"]+)\.js"/g)) {
      const target = join(name, "..", `${path}.d.ts`);
      assert.ok(names.includes(target), `${target}, which ${name} imports`);
    }
  }
});

test("bundlers see where the module is", async () => {
  for (const name of ["core", "hlsjs", "shaka"]) {
    const text = await readFile(join(places.web, `dist/p2p-media-loader-${name}.js`), "utf8");
    // What Vite, webpack and others look for; a variable there would hide it.
    assert.match(text, /new URL\("\.\/loader\.wasm[^"]*",\s*import\.meta\.url\)/, name);
  }
});

test("Node imports every entry", async () => {
  const entries = ["p2p-mediastream", "p2p-mediastream/hlsjs", "p2p-mediastream/shaka"];
  const source = `
    const modules = await Promise.all(${JSON.stringify(entries)}.map((name) => import(name)));
    new modules[0].Core();
    console.log(JSON.stringify(modules.map(Object.keys)), import.meta.resolve("p2p-mediastream/loader.wasm"));
    process.exit();`;
  const { stdout, stderr } = await run(process.execPath, ["--input-type=module", "--eval", source], { cwd: project });
  assert.equal(stderr, "");
  const [exports, wasm] = stdout.trim().split(" ");
  assert.deepEqual(JSON.parse(exports), [
    ["Core", "CoreRequestError", "RequestError", "debug", "generateStreamShortId"], ["HlsJsP2PEngine"], ["ShakaP2PEngine"],
  ]);
  assert.ok((await stat(new URL(wasm))).size > 1e6);
});

// All declarations are checked once; again they would cost a quarter of a minute,
// and Shaka's own fail in node16.
const resolutions = {
  bundler: { compilers: ["typescript", "typescript-5"], module: "esnext" },
  node16: { compilers: ["typescript", "typescript-5"], module: "node16" },
  node10: { compilers: ["typescript-5"], module: "esnext" },
};
const checksAll = (compiler, resolution) => compiler === "typescript" && resolution === "bundler";

for (const [moduleResolution, { compilers, ...options }] of Object.entries(resolutions)) {
  for (const compiler of compilers) {
    test(`its types are found and compile: ${compiler}, ${moduleResolution}`, async () => {
      await cp(join(places.web, "test/types/program.mts"), join(project, "program.mts"));
      const config = join(project, `tsconfig.${compiler}.${moduleResolution}.json`);
      const compilerOptions = {
        target: "es2022", lib: ["es2022", "dom"], types: [], strict: true, noEmit: true,
        skipLibCheck: !checksAll(compiler, moduleResolution), moduleResolution, ...options,
      };
      await writeFile(config, JSON.stringify({ compilerOptions, files: ["program.mts"] }));
      const tsc = join(places.modules, compiler, "bin/tsc");
      const { stdout } = await run(process.execPath, [tsc, "-p", config, "--pretty", "false"]).catch((error) => error);
      assert.equal(stdout, "");
    });
  }
}

test("in the place of npm's core it plays in a project of Vite, and shares", async (t) => {
  const server = await startServer(t);
  const addressOf = await startExamples(t, server);
  const browser = await startBrowser(t);
  const unchanged = await browser.open(t, addressOf("before"));
  await unchanged.plays();
  const folder = await copyViteExample(t, server, tarball);
  await install(folder);
  const installed = JSON.parse(await readFile(join(folder, "node_modules/p2p-media-loader-core/package.json"), "utf8"));
  assert.equal(installed.name, manifest.name);
  assert.ok(!existsSync(join(folder, "node_modules/p2p-media-loader-hlsjs/node_modules")), "the engine has a core of its own");

  const dev = await startVite(t, "dev", folder);
  await provesOurs(await browser.open(t, dev), unchanged);

  await build(folder); // ../swaps.test.mjs plays one
  const assets = await readdir(join(folder, "dist/assets"));
  const module = await readFile(join(folder, "dist/assets", assets.find((name) => name.endsWith(".wasm"))));
  assert.deepEqual(module, await readFile(join(places.web, "dist/loader.wasm")));
});
