// make on machines that lack something: it ends in one sentence that says what to do.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import test, { after } from "node:test";
import { fileURLToPath } from "node:url";

const top = fileURLToPath(new URL("../../..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "p2p-mediastream-make-"));
after(() => {
  chmodSync(checkout, 0o755);
  rmSync(folder, { recursive: true });
});

const UNNEEDED = new Set([".git", "bin", "node_modules"]);

// As much of a checkout as it takes to come as far as these tests do.
const checkout = join(folder, "mein Ordner für Größe");
for (const path of ["Makefile", ".ci", "go.mod", "go.sum", "web/package.json", "web/package-lock.json", "web/.npmrc"]) {
  cpSync(join(top, path), join(checkout, path), { recursive: true });
}
for (const place of [".", "web"]) {
  for (const entry of readdirSync(join(top, place), { withFileTypes: true })) {
    if (entry.isDirectory() && !UNNEEDED.has(entry.name)) mkdirSync(join(checkout, place, entry.name), { recursive: true });
  }
}

/** A command on the PATH, as its file. */
function found(name) {
  const path = process.env.PATH.split(delimiter).map((place) => join(place, name)).find(existsSync);
  assert(path, `${name} is not on the PATH`);
  return path;
}

const ORDINARY = ["sh", "env", "make", "awk", "cat", "dirname", "find", "grep", "head", "ls", "mkdir", "rm", "sed", "touch", "tr", "true", "uname"];
let machines = 0;

/** A PATH of ordinary commands, and of others: scripts by their names, or true for what is here. */
function machine(commands) {
  const bin = join(folder, `bin${machines++}`);
  mkdirSync(bin);
  for (const name of ORDINARY) symlinkSync(found(name), join(bin, name));
  for (const [name, script] of Object.entries({ go: true, node: true, npm: true, ...commands })) {
    rmSync(join(bin, name), { force: true });
    if (script === true) symlinkSync(name === "node" ? process.execPath : found(name), join(bin, name));
    else if (script) writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }
  return bin;
}

/** Runs make on a machine, where it is to fail; returns all that it says but make's own last words. */
function make(target, { commands = {}, env = {}, by = [] } = {}) {
  const [command, ...args] = [...by, "make", target];
  const inherited = { ...process.env };
  for (const name of ["MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES"]) delete inherited[name]; // those of the make that runs the tests
  const options = { cwd: checkout, encoding: "utf8", env: { ...inherited, PATH: machine(commands), ...env } };
  const { status, error, stdout, stderr } = spawnSync(found(command), args, options);
  assert.ifError(error);
  assert.equal(status, 2, stdout + stderr);
  return (stdout + stderr).split("\n").filter((line) => line && !/^make(\[\d+\])?: /.test(line));
}

const INSTALL_GO = "please install version 1.21 or later from https://go.dev/dl/.";
const INSTALL_NODE = "please install version 20 or later from https://nodejs.org/.";

for (const [name, commands, sentence] of [
  ["no Go", { go: "" }, `Go is missing: ${INSTALL_GO}`],
  ["an old Go", { go: "echo go version go1.19.8 linux/amd64" }, `Go 1.19.8 is too old: ${INSTALL_GO}`],
  ["a Go from before it knew GOVERSION", { go: "echo go version go1.15 linux/amd64" }, `Go 1.15 is too old: ${INSTALL_GO}`],
  ["no Node", { node: "" }, `Node.js is missing: ${INSTALL_NODE}`],
  ["an old Node", { node: "echo v18.19.0" }, `Node.js 18.19.0 is too old: ${INSTALL_NODE}`],
  ["no npm", { npm: "" }, "npm is missing: please install version 9 or later from https://nodejs.org/."],
  ["an old npm", { npm: "echo 8.19.4" }, "npm 8.19.4 is too old: please install version 9 or later from https://nodejs.org/."],
]) {
  for (const target of ["run", "check"]) {
    test(`${name}: make ${target}`, () => assert.deepEqual(make(target, { commands }), [sentence]));
  }
}

test("a Go that cannot fetch the one of go.mod", () => {
  const go = 'if [ "$GOTOOLCHAIN" = local ]; then echo go version go1.21.3 linux/amd64; else echo no network >&2; exit 1; fi';
  const [fetches, sentence, ...more] = make("build", { commands: { go } });
  assert.match(fetches, /^Go 1\.21\.3 fetches Go 1\.\d+\.\d+/);
  assert.match(sentence, /^Go 1\.21\.3 cannot fetch Go 1\.\d+\.\d+, .* please install that or a later one from https:\/\/go\.dev\/dl\/, or check/);
  assert.deepEqual(more, []);
});

// Nobody listens on port 1.
const nowhere = "http://127.0.0.1:1";

test("no network for the Go modules", () => {
  const env = { GOPROXY: nowhere, GOMODCACHE: join(folder, "modules"), GOFLAGS: "-modcacherw -mod=mod" };
  const [fetches, sentence, ...more] = make("build", { env });
  assert.equal(fetches, "Fetching the Go modules");
  assert.match(sentence, /^The Go modules did not come \(go: .*127\.0\.0\.1:1.*refused\): please check the network, .*HTTPS_PROXY, and run make again\.$/);
  assert.deepEqual(more, []);
});

test("no network for the npm packages", () => {
  const env = { npm_config_registry: nowhere, npm_config_cache: join(folder, "packages"), npm_config_fetch_retries: "0" };
  const [fetches, sentence, ...more] = make("web/node_modules/.installed", { env });
  assert.equal(fetches, "Fetching the npm packages");
  assert.match(sentence, /^The npm packages did not come \(.*127\.0\.0\.1:1.*\): please check the network, .*HTTPS_PROXY, and run make again\.$/);
  assert.deepEqual(more, []);
});

test("npm packages that do not come for a reason of their own", () => {
  const said = make("web/node_modules/.installed", { commands: { npm: 'if [ "$1" != ci ]; then echo 10.0.0; exit; fi; echo no space left; exit 1' } });
  assert.deepEqual(said, ["Fetching the npm packages", "no space left", "The npm packages did not come, for the reason above."]);
});

test("a checkout that is not to be written to", (t) => {
  chmodSync(checkout, 0o555);
  t.after(() => chmodSync(checkout, 0o755));
  // Permissions do not hold for root, unless it gives that up.
  const by = process.getuid() === 0 ? ["setpriv", "--bounding-set", "-dac_override"] : [];
  const [sentence, ...more] = make("build", { by });
  assert.match(sentence, /^No permission to write to .*\/mein Ordner für Größe\/: please build as its owner \(\w+\), or clone to where you may write\.$/);
  assert.deepEqual(more, []);
});

test("tests without a browser, where there is no apt", () => {
  const commands = { bash: true, id: "echo 1000" };
  const [sentence, ...more] = make("test-tools", { commands, env: { CHROMIUM: "", FIREFOX: "" } });
  assert.match(sentence, /^The tests need chromium firefox-esr ffmpeg .*: please install them, or name browsers that are elsewhere in CHROMIUM and FIREFOX, and try again\.$/);
  assert.deepEqual(more, []);
});

test("tests without a browser, where apt fails", () => {
  const commands = { bash: true, id: "echo 0", "apt-get": "echo E: no network >&2; exit 100" };
  const said = make("test-tools", { commands, env: { CHROMIUM: "", FIREFOX: "" } });
  assert.equal(said.at(-2), "E: no network");
  assert.match(said.at(-1), /^apt could not install chromium .*: please install them in another way, and try again\.$/);
});

test("a bench of which one part fails: the others are run, and it is named", () => {
  for (const name of ["loader.wasm", "loader.wasm.gz", "loader.wasm.br"]) {
    mkdirSync(join(checkout, "web/dist"), { recursive: true });
    writeFileSync(join(checkout, "web/dist", name), "12345");
  }
  const says = 'echo "ran $*"';
  const commands = { go: says, make: says, node: `${says}; case "$*" in *transfer*) exit 1 ;; esac` };
  const path = machine({ ...commands, wc: true });
  const { status, stdout, stderr } = spawnSync(join(checkout, ".ci/bench"), { encoding: "utf8", env: { PATH: path } });
  assert.equal(stderr, "\nThese failed:\n  main-thread time of a transfer: node web/bench/transfer.mjs\n");
  assert.equal(status, 1);
  const [plan] = stdout.split("\n===");
  const minutes = [...plan.matchAll(/^ *(\d+) min {2}/gm)].map(([, number]) => Number(number));
  assert.equal(Number(/^ *(\d+) min in all/m.exec(plan)[1]), minutes.reduce((sum, number) => sum + number));
  const ran = stdout.match(/^ran .*$/gm);
  assert.equal(ran.length, minutes.length - 1); // that of sizes is the shell's own
  assert.match(stdout, /^web\/dist\/loader\.wasm\.br +5 bytes$/m);
  const benches = readdirSync(join(top, "web/bench")).filter((name) => name.endsWith(".mjs") && name !== "lib.mjs");
  assert.deepEqual(ran.filter((line) => line.includes("web/bench/")).map((line) => line.split("/").at(-1)).sort(), benches.sort());
});
