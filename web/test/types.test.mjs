// Our declarations, as the build leaves them in dist/types, against those of npm
// p2p-media-loader-core, and under the engines that are made for that.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { promisify } from "node:util";
import * as places from "./lib/places.mjs";

const core = join(places.modules, "p2p-media-loader-core/lib");
const ours = join(places.web, "dist/types/index.d.ts");
const sources = join(places.web, "test/types");
const compilers = ["typescript", "typescript-5"];
const strict = {
  target: "es2022",
  lib: ["es2022", "dom", "dom.iterable"],
  types: [],
  strict: true,
  exactOptionalPropertyTypes: true,
  skipLibCheck: false,
  noEmit: true,
};
const resolutions = {
  bundler: { module: "esnext", moduleResolution: "bundler" },
  node16: { module: "node16", moduleResolution: "node16" },
};

/** Compiles a file of types/; returns what the compiler finds wrong, a line each. */
async function compile(t, compiler, file, options) {
  const folder = await mkdtemp(join(tmpdir(), "p2p-mediastream-test-"));
  t.after(() => rm(folder, { recursive: true }));
  const project = join(folder, "tsconfig.json");
  await writeFile(project, JSON.stringify({ compilerOptions: { ...strict, ...options }, files: [join(sources, file)] }));
  const tsc = join(places.modules, compiler, "bin/tsc");
  const { stdout } = await promisify(execFile)(process.execPath, [tsc, "-p", project, "--pretty", "false"]).catch((error) => error);
  return stdout.split("\n").filter((line) => line.includes("error TS"));
}

for (const compiler of compilers) {
  test(`each of our types can stand for npm's, and the other way round: ${compiler}`, async (t) => {
    const paths = { "p2p-mediastream": [ours] };
    assert.deepEqual(await compile(t, compiler, "same.ts", { ...resolutions.bundler, paths, allowJs: true }), []);
  });

  for (const [name, resolution] of Object.entries(resolutions)) {
    test(`npm's engines compile with ours as with npm's core: ${compiler}, ${name}`, async (t) => {
      const [withOurs, withTheirs] = await Promise.all(
        [ours, join(core, "index.d.ts")].map((path) => {
          const paths = { "p2p-media-loader-core": [path] };
          return compile(t, compiler, "engines.mts", { ...resolution, paths });
        }),
      );
      assert.deepEqual(withOurs, withTheirs);
      if (name === "bundler") assert.deepEqual(withOurs, []);
    });
  }
}

test("no type of npm's is left out", async () => {
  const compared = await readFile(join(sources, "same.ts"), "utf8");
  const types = await readFile(join(core, "types.d.ts"), "utf8");
  const names = [...types.matchAll(/^export (?:declare )?(?:type|class|interface|const|function) (\w+)/gm)].map(([, name]) => name);
  const index = await readFile(join(core, "index.d.ts"), "utf8");
  for (const [, list] of index.matchAll(/\{([^}]+)\}/g)) names.push(...list.split(",").map((name) => name.trim()));
  assert.ok(names.length > 30, names.join());
  assert.deepEqual(names.filter((name) => !new RegExp(`Theirs\\.${name}\\b`).test(compared)), []);
});
