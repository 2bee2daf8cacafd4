// The systemd units, and the script that installs them, below folders of their own.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { appendFile, chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { promisify } from "node:util";
import { unable } from "./lib/container.mjs";
import * as places from "./lib/places.mjs";

const run = promisify(execFile);
const folder = join(places.web, "../tools/systemd");
const units = (await readdir(folder)).filter((name) => name.endsWith(".service"));
const program = "usr/local/bin/p2p-mediastream";
const unit = "etc/systemd/system/p2p-mediastream.service";
const configuration = "etc/p2p-mediastream/config.json";
const skip = process.platform !== "linux" ? "systemd is Linux's" : false;

/** A machine's folders, with what any machine has. */
async function machine(t) {
  const root = await mkdtemp(join(tmpdir(), "p2p-mediastream-test-"));
  t.after(() => rm(root, { recursive: true }));
  for (const path of ["usr/local/bin", "etc/systemd/system", "var/lib"]) await mkdir(join(root, path), { recursive: true });
  await writeFile(join(root, "usr/local/bin/other"), "somebody else's");
  return root;
}

const install = (root, ...args) => run(join(folder, "install"), args, { env: { ...process.env, DESTDIR: root } });
const snapshot = async (root) => {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  return Promise.all(entries.map(async (entry) => {
    const path = join(entry.parentPath ?? entry.path, entry.name);
    return [path, entry.isFile() ? await readFile(path, "base64") : "a folder"];
  })).then((list) => list.sort(([a], [b]) => (a < b ? -1 : 1)));
};

test("the units start again after a crash, and not after what stays wrong", async () => {
  const wrong = await run(places.server, ["--no-such-flag"]).catch((error) => error);
  assert.notEqual(wrong.code, 2); // that of a crash
  for (const name of units) {
    const text = await readFile(join(folder, name), "utf8");
    assert.match(text, /^Restart=always$/m);
    assert.equal(/^RestartPreventExitStatus=(.*)$/m.exec(text)[1], String(wrong.code), name);
  }
});

test("systemd accepts the units, and finds them hardened", { skip }, async (t) => {
  const root = await machine(t);
  await cp("/usr/lib/systemd/system", join(root, "usr/lib/systemd/system"), { recursive: true, verbatimSymlinks: true });
  await install(root);
  // With all that the comment of the server's has for a drop-in.
  const lines = [...(await readFile(join(root, unit), "utf8")).matchAll(/^# {3}(\S.*)$/gm)].map(([, line]) => line);
  assert.ok(lines.length > 1 && lines[0] === "[Service]", `${lines}`);
  await mkdir(join(root, `${unit}.d`));
  await writeFile(join(root, `${unit}.d/all.conf`), lines.join("\n"));
  const { stdout, stderr } = await run("systemd-analyze", ["verify", "--man=no", `--root=${root}`, ...units]);
  assert.equal(stdout + stderr, "");
  // Of 10, which is no protection at all; what is left of the server's is the network.
  for (const [name, limit] of [["p2p-mediastream.service", 1.5], ["p2p-mediastream-generator.service", 0.5]]) {
    const { stdout } = await run("systemd-analyze", ["security", "--offline=true", "--no-pager", join(folder, name)]);
    const [, exposure] = /exposure level for \S+: ([\d.]+)/.exec(stdout);
    t.diagnostic(`${name}: ${exposure}`);
    assert.ok(Number(exposure) <= limit, stdout);
  }
});

test("the units' command lines are the program's", { skip }, async () => {
  assert.equal(units.length, 2);
  for (const name of units) {
    const [, path, args] = /^ExecStart=(\S+)(.*)$/m.exec(await readFile(join(folder, name), "utf8"));
    assert.equal(path, `/${program}`);
    // It would start, but is asked for its version only.
    const { stdout } = await run(places.server, [...args.trim().split(" ").filter(Boolean), "--version"]);
    assert.match(stdout, /^p2p-mediastream /);
  }
});

test("installing is undone to the last file, also when it was done twice", { skip }, async (t) => {
  const root = await machine(t);
  const before = await snapshot(root);
  await install(root);
  const installed = await snapshot(root);
  assert.deepEqual(await readFile(join(root, program)), await readFile(places.server));
  await install(root);
  assert.deepEqual(await snapshot(root), installed);
  await install(root, "--undo");
  assert.deepEqual(await snapshot(root), before);
  assert.match((await install(root, "--undo")).stdout, /nothing is installed/);
});

test("a newer program takes the old one's place, and is removed too", { skip }, async (t) => {
  const root = await machine(t);
  const before = await snapshot(root);
  await install(root);
  const newer = join(root, "newer");
  await writeFile(newer, "#!/bin/sh\n", { mode: 0o755 });
  await install(root, newer);
  assert.equal(await readFile(join(root, program), "utf8"), "#!/bin/sh\n");
  await rm(newer);
  await install(root, "--undo");
  assert.deepEqual(await snapshot(root), before);
});

test("what somebody else has put or changed stays", { skip }, async (t) => {
  const root = await machine(t);
  await writeFile(join(root, unit), "of the distribution");
  const before = await snapshot(root);
  await assert.rejects(install(root), { code: 1, stderr: /install: \/etc\/systemd\/system\/p2p-mediastream\.service is there and was not installed by this script.*: move it away first\n$/ });
  assert.deepEqual(await snapshot(root), before);

  await rm(join(root, unit));
  await install(root);
  await appendFile(join(root, unit), "# changed\n");
  await writeFile(join(root, configuration), "{}");
  await assert.rejects(install(root), { code: 1 });
  const { stdout } = await install(root, "--undo");
  assert.match(stdout, /left \/etc\/systemd\/system\/p2p-mediastream\.service/);
  assert.match(stdout, /left \/etc\/p2p-mediastream, which is not empty/);
  assert.match(await readFile(join(root, unit), "utf8"), /# changed\n$/);
  assert.equal(await readFile(join(root, configuration), "utf8"), "{}");
});

test("what is in the way is said in one sentence", { skip: unable }, async (t) => {
  const root = await machine(t);
  await assert.rejects(install(root, "/nowhere/program"), { code: 1, stderr: /^\S+install: \/nowhere\/program is no program\n$/ });
  await assert.rejects(install(root, "--remove"), { code: 1, stderr: /^\S+install: --remove is no option: see \S+install --help\n$/ });
  const alone = join(root, "install");
  await cp(join(folder, "install"), alone);
  await chmod(root, 0o755);
  await assert.rejects(run(alone, [], { env: { ...process.env, DESTDIR: root } }), { code: 1, stderr: /there is no program to install: run make build, or name one/ });

  // With a /run of its own, the machine is what that says.
  const inRun = (script) => run("unshare", ["--mount", "sh", "-c", `mount -t tmpfs none /run; ${script}`, alone]);
  await assert.rejects(inRun('"$0"'), { code: 1, stderr: /^\S+install: this machine is not run by systemd: start the program in another way\n$/ });
  const asNobody = 'mkdir -p /run/systemd/system; exec unshare --setgid 65534 --setuid 65534 "$0" --undo';
  await assert.rejects(inRun(asNobody), { code: 1, stderr: /^(\S+install): only root may do this: sudo \1 --undo\n$/ });
});
