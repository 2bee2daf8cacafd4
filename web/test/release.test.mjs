// What makes a release: the workflows, and goreleaser's configuration as far as it
// can be checked without goreleaser, which takes minutes to compile (`make
// release-check` does, in a workflow).

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { join, posix } from "node:path";
import test, { describe } from "node:test";
import { promisify } from "node:util";
import * as places from "./lib/places.mjs";

const run = promisify(execFile);
const root = join(places.web, "..");
const read = (name) => readFile(join(root, name), "utf8");

const goreleaser = await read(".goreleaser.yaml");
const makefile = await read("Makefile");

/** A YAML list in brackets. */
const list = (name) => new RegExp(`^ *${name}: \\[(.*)\\]$`, "m").exec(goreleaser)[1].split(", ");

test("the workflows are valid", async () => {
  await run("go", ["run", "github.com/rhysd/actionlint/cmd/actionlint@v1.7.12", "-shellcheck="], { cwd: root });
});

test("actions are named by commit, each with its version, and each in one version", async () => {
  const pins = new Map();
  for (const name of await readdir(join(root, ".github/workflows"))) {
    for (const [, used] of (await read(`.github/workflows/${name}`)).matchAll(/^ *(?:- )?uses: (.*)$/gm)) {
      if (used.startsWith("./")) continue;
      const [, action, pin] = /^([\w/-]+)@([0-9a-f]{40} # v\d+\.\d+\.\d+)$/.exec(used) ?? assert.fail(used);
      assert.equal(pins.get(action) ?? pin, pin, action);
      pins.set(action, pin);
    }
  }
  assert.ok(pins.size > 5, `${[...pins.keys()]}`);
});

test("the npm package has the version of the release that is to be, in both its files", async () => {
  const [{ version }, lock] = (await Promise.all(["web/package.json", "web/package-lock.json"].map(read))).map((text) => JSON.parse(text));
  assert.deepEqual([lock.version, lock.packages[""].version], [version, version]);
  // What is new is below a heading of its own until it is released.
  const [, coming, released] = /^## \[Unreleased\]\n+What will be (\S+),|^## \[(\d\S+)\]/m.exec(await read(".github/CHANGELOG.md"));
  assert.equal(coming ?? released, version);
});

test("what is released is what the cross builds are of", () => {
  const released = list("goos").flatMap((os) => list("goarch").map((arch) => `${os}/${arch}`));
  assert.deepEqual(/^PLATFORMS := (.*)$/m.exec(makefile)[1].split(" "), released);
});

test("make builds and workflows ask for what there is", async () => {
  const targets = new Set([...makefile.matchAll(/^([a-z-]+):/gm)].map(([, name]) => name));
  const files = (await readdir(join(root, ".github/workflows"))).map((name) => `.github/workflows/${name}`);
  let calls = 0;
  for (const name of [...files, ".goreleaser.yaml", "tools/Dockerfile", ".ci/run"]) {
    for (const [, target] of (await read(name)).matchAll(/^(?! *#).*(?:[:-] | {4}|exec )make ([a-z-]+)/gm)) {
      assert.ok(targets.has(target), `make ${target} in ${name}`);
      calls++;
    }
  }
  assert.ok(calls >= 6, `${calls} calls of make`);
});

describe("an archive", async () => {
  const { stdout } = await run("git", ["ls-files"], { cwd: root });
  const names = stdout.trim().split("\n");
  const files = /^    files:\n((?: {6}.*\n)+)/m.exec(goreleaser)[1];
  const paths = [...files.matchAll(/^ {6}- (?:src: )?(\S+)$/gm)].map(([, path]) => path);
  const of = (path) => names.filter((name) => name === path || (path.endsWith("/*") && name.startsWith(path.slice(0, -1))));

  test("has only what is there", () => {
    assert.ok(paths.length >= 4, `${paths}`);
    for (const path of paths) assert.ok(of(path).length > 0, path);
  });

  test("has what its papers link to, and the repository the rest", async () => {
    const archive = paths.flatMap(of);
    const elsewhere = "https://github.com/p2p-mediastream/p2p-mediastream/blob/main/";
    let [within, without] = [0, 0];
    for (const paper of archive.filter((name) => name.endsWith(".md"))) {
      for (const [, target] of (await read(paper)).matchAll(/\]\(([^)#\s]+)[^)]*\)/g)) {
        if (target.startsWith(elsewhere)) {
          assert.ok(names.includes(target.slice(elsewhere.length)), `${paper} links to ${target}, which is not there`);
          without++;
        } else if (!/^[a-z]+:/.test(target)) {
          assert.ok(archive.includes(posix.join(posix.dirname(paper), target)), `${paper} links to ${target}, which is not in an archive`);
          within++;
        }
      }
    }
    assert.ok(within > 20 && without > 5, `${within} links within, ${without} without`);
  });
});
