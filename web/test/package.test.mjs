// What `npm pack` makes, installed in empty projects: all that is needed is there
// and nothing else, every compiler finds the types, and Vite finds the module.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { cp, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import test, { after } from "node:test";
import { promisify } from "node:util";
import { publint } from "publint";
import { sources } from "../provenance.mjs";
import { startBrowser } from "./lib/browser.mjs";
import { openUnchanged, provesOurs, temporaryFolder, viteProject } from "./lib/examples.mjs";
import * as places from "./lib/places.mjs";
import { startServer } from "./lib/server.mjs";
import { build, install, startVite } from "./lib/vite.mjs";

const run = promisify(execFile);
const file = { after };
const manifest = JSON.parse(await readFile(join(places.web, "package.json"), "utf8"));

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
  const needed = ["LICENSE", "README.md", "dist/THIRD-PARTY.txt", "dist/loader.wasm", "dist/loader.wasm.json", ...modules, "package.json"];
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

test("the server has the same file", async (t) => {
  const server = await startServer(t);
  const response = await fetch(`${server.url}/dist/p2p-mediastream.tgz`);
  assert.equal(response.headers.get("Content-Type"), "application/gzip");
  assert.equal(response.headers.get("Content-Encoding"), null);
  assert.deepEqual(Buffer.from(await response.arrayBuffer()), await readFile(tarball));
});

test("publint finds nothing to mend", async () => {
  const { messages, pkg } = await publint({ strict: true, pack: { tarball: new Uint8Array(await readFile(tarball)).buffer } });
  assert.equal(pkg.name, manifest.name);
  assert.deepEqual(messages, []);
});

test("the module can be made again, byte by byte, as its record says", async (t) => {
  const record = JSON.parse(await readFile(join(places.web, "dist/loader.wasm.json"), "utf8"));
  const module = await readFile(join(places.web, "dist/loader.wasm"));
  assert.equal(record.sha256, createHash("sha256").update(module).digest("hex"));
  assert.equal(record.bytes, module.length);
  assert.ok(manifest.repository.url.includes(record.repository));
  // In another folder, without the repository, and with nothing but what is said to be its source.
  const folder = await temporaryFolder(t);
  for (const name of sources) await cp(join(places.web, "..", name), join(folder, name), { recursive: true });
  await run("bash", ["-c", record.build], { cwd: folder });
  assert.ok(module.equals(await readFile(join(folder, record.file))), "it came out different");
});

test("it names the licences of all that others wrote of it", async () => {
  const text = await readFile(join(places.web, "dist/THIRD-PARTY.txt"), "utf8");
  const named = [...text.matchAll(/^={72}\n(.+) \S+$/gm)].map(([, name]) => name);
  for (const name of ["Go", "github.com/pion/webrtc/v4", "github.com/coder/websocket", "npm @noble/hashes", "npm p2p-media-loader-hlsjs", "npm p2p-media-loader-shaka"]) {
    assert.ok(named.includes(name), name);
  }
  // What is in no file of the package is not in the list.
  for (const name of ["github.com/prometheus/client_golang", "npm preact", "npm hls.js", "npm p2p-media-loader-core"]) {
    assert.ok(!named.includes(name), name);
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

test("an override puts it below the engines of 2.3 and 2.2, of which npm says nothing", async (t) => {
  for (const engines of [["hlsjs", "shaka"], ["hlsjs-2.2"]]) {
    const dependencies = Object.fromEntries(engines.map((name) => {
      const [, version] = /^(?:npm:\S+@)?(\S+)$/.exec(manifest.devDependencies[`p2p-media-loader-${name}`]);
      return [`p2p-media-loader-${name.split("-")[0]}`, version];
    }));
    const folder = await temporaryFolder(t);
    const overrides = { "p2p-media-loader-core": `file:${tarball}` };
    await writeFile(join(folder, "package.json"), JSON.stringify({ private: true, dependencies, overrides }));
    const { stderr } = await install(folder, "--strict-peer-deps");
    assert.equal(stderr, "");
    const { stdout } = await run("npm", ["ls", "--all", "--json"], { cwd: folder }); // which fails where anything does not fit
    for (const [name, { dependencies: below }] of Object.entries(JSON.parse(stdout).dependencies)) {
      assert.equal(below["p2p-media-loader-core"].version, manifest.version, name);
    }
    const { name } = JSON.parse(await readFile(join(folder, "node_modules/p2p-media-loader-core/package.json"), "utf8"));
    assert.equal(name, manifest.name);
  }
});

// The next release has another version, and needs the override: this test ends with the first one.
test("as a dependency by the name of npm's core it is what the engine for hls.js 2.3.1 has below it", async (t) => {
  const folder = await temporaryFolder(t);
  const dependencies = { "p2p-media-loader-hlsjs": manifest.devDependencies["p2p-media-loader-hlsjs"], "p2p-media-loader-core": `file:${tarball}` };
  await writeFile(join(folder, "package.json"), JSON.stringify({ private: true, dependencies }));
  const { stderr } = await install(folder, "--strict-peer-deps");
  assert.equal(stderr, "");
  const { name } = JSON.parse(await readFile(join(folder, "node_modules/p2p-media-loader-core/package.json"), "utf8"));
  assert.equal(name, manifest.name);
  assert.ok(!existsSync(join(folder, "node_modules/p2p-media-loader-hlsjs/node_modules")), "the engine has a core of its own");
});

test("in the place of npm's core it plays in a project of Vite, and shares", async (t) => {
  const server = await startServer(t);
  const browser = await startBrowser(t);
  const unchanged = await openUnchanged(t, browser, server);
  const folder = await viteProject(t, server, tarball);
  await install(folder);
  const installed = JSON.parse(await readFile(join(folder, "node_modules/p2p-media-loader-core/package.json"), "utf8"));
  assert.equal(installed.name, manifest.name);
  assert.ok(!existsSync(join(folder, "node_modules/p2p-media-loader-hlsjs/node_modules")), "the engine has a core of its own");

  const dev = await startVite(t, "dev", folder);
  await provesOurs(t, browser, dev, unchanged);

  await build(folder); // ../swaps.test.mjs plays one
  const assets = await readdir(join(folder, "dist/assets"));
  const module = await readFile(join(folder, "dist/assets", assets.find((name) => name.endsWith(".wasm"))));
  assert.deepEqual(module, await readFile(join(places.web, "dist/loader.wasm")));
});
