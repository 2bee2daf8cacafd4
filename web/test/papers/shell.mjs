// Runs the commands of a block one after the other, as a reader would, but for what
// would take hours, need the network or change the machine: of these it checks that
// what they name is there and takes these flags.

import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, stat, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import * as places from "../lib/places.mjs";
import { startServer } from "../lib/server.mjs";
import { until } from "../lib/until.mjs";

const run = promisify(execFile);
const root = join(places.web, "..");
const manifest = JSON.parse(readFileSync(join(places.web, "package.json"), "utf8"));
const repository = manifest.repository.url.replace(/^git\+|\.git$/g, "");

// A make that runs this test would make the one below its child.
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(MAKE|MFLAGS)/.test(name)));

/** What is to be done with a command that a pattern fits; `here` is the block's state. */
const rules = [
  [/^git clone (\S+)$/, (_, address) => assert.equal(address, repository)],
  [/^cd (\S+)$/, (here, folder) => {
    assert.equal(folder, basename(repository));
    here.folder = root;
  }],
  [/^make run$/, runs],
  [/^make ([\w ]+?)(?: [A-Z]+=\S+)*$/, async (here, targets) => {
    here.folder = root;
    const { stdout } = await run("make", ["help"], { cwd: root, env });
    for (const target of targets.split(" ")) assert.match(stdout, new RegExp(`^ +make ${target} `, "m"));
  }],
  // The reader has a project with the engine.
  [/^npm pkg set "overrides\.(\S+)=https:\/\/your-server\.example:49199(\/\S+)"$/, async (here, name, path) => {
    const { url } = await startServer(here.t);
    const project = { private: true, dependencies: { "p2p-media-loader-hlsjs": manifest.devDependencies["p2p-media-loader-hlsjs"] } };
    await writeFile(join(here.folder, "package.json"), JSON.stringify(project));
    await run("npm", ["pkg", "set", `overrides.${name}=${url}${path}`], { cwd: here.folder });
    here.installed = join(here.folder, "node_modules", name, "dist/loader.wasm");
  }],
  [/^npm install$/, async (here) => {
    await run("npm", ["install", "--prefer-offline"], { cwd: here.folder });
    assert.ok(existsSync(here.installed));
  }],
  [/^npm version \S+ --no-git-tag-version$/, () => {}], // which would change this repository
  [/^npm install "(\S+)@https:\/\/your-server\.example:49199(\/\S+)"$/, async (here, name, path) => {
    const { url } = await startServer(here.t);
    await run("npm", ["install", "--prefer-offline", `${name}@${url}${path}`], { cwd: here.folder });
    assert.ok(existsSync(join(here.folder, "node_modules", name, "dist/loader.wasm")));
  }],
  [/^npm update (\S+)$/, (_, name) => assert.ok(manifest.devDependencies[name])],
  [/^go run (\.\/tools\/\w+)(.*)$/, (_, tool, flags) =>
    run("go", ["run", tool, ...words(flags), ...(/ -h(elp)?$/.test(flags) ? [] : ["-h"])], { cwd: root, env })],
  [/^(?:([A-Z]+)="[^"]*" )?node (web\/bench\/\S+\.mjs)$/, async (_, variable, path) => {
    await run(process.execPath, ["--check", join(root, path)]);
    if (variable) assert.match(readFileSync(join(root, path), "utf8"), new RegExp(`process\\.env\\.${variable}\\b`));
  }],
  [/^bin\/p2p-mediastream (--\w+)$/, (_, flag) => run(places.server, [flag])],
  [/^p2p-mediastream --help$/, () => run(places.server, ["--help"])],
  [/^p2p-mediastream(.*)$/, async (here, flags) => {
    here.server = await startServer(here.t, { args: words(flags), cwd: here.folder });
  }],
  // The reader has one running, in another window.
  [/^curl -fsS http:\/\/localhost:49199(\/\S*)$/, async (here, path) => {
    here.server ??= await startServer(here.t);
    const { stdout } = await run("curl", ["-fsS", here.server.url + path]);
    assert.notEqual(stdout, "");
  }],
  [/^ffmpeg (.+)$/, async (here, flags) => {
    const film = ["-f", "lavfi", "-i", "testsrc2=d=6:s=320x180:r=10", "-c:v", "libx264", "-g", "10", "-preset", "ultrafast"];
    await run("ffmpeg", ["-v", "error", ...film, "film.mp4"], { cwd: here.folder });
    // What the reader stops with Ctrl-C ends by itself here.
    const endless = words(flags).includes("-stream_loop") ? ["-t", "3"] : [];
    await run("ffmpeg", ["-v", "error", ...words(flags).slice(0, -1), ...endless, words(flags).at(-1)], { cwd: here.folder });
  }],
  [/^sudo (tools\/systemd\/install)(?: (--undo))?$/, async (here, script, undo) => {
    // Into a folder, which takes no root and starts nothing.
    const inFolder = { cwd: root, env: { ...env, DESTDIR: here.folder } };
    await run(join(root, script), [places.server], inFolder);
    if (undo) await run(join(root, script), [undo], inFolder);
    assert.equal(existsSync(join(here.folder, "usr/local/bin/p2p-mediastream")), !undo);
  }],
  [/^sudo groupadd --system (\S+)$/, (_, group) => assert.ok(dropIn().includes(`SupplementaryGroups=${group}`))],
  // What certbot does with its hook; to choose a group takes root, and the folder is the unit's.
  [/^sudo certbot certonly --standalone -d \S+ --deploy-hook +'(install .* -g )(\S+)( .*)( \/\S+)'$/, async (here, before, group, files, target) => {
    assert.ok(dropIn().includes(`SupplementaryGroups=${group}`));
    assert.ok(unitFile().includes(`WorkingDirectory=${target.trim()}\n`));
    const live = await mkdtemp(join(here.folder, "live-"));
    for (const name of certificateFiles) await writeFile(join(live, name), name, { mode: 0o600 });
    await run("sh", ["-c", `${before}${process.getgid()}${files} "${here.folder}"`], { env: { ...env, RENEWED_LINEAGE: live } });
    for (const name of certificateFiles) assert.equal((await stat(join(here.folder, name))).mode & 0o777, 0o640, name);
  }],
  [/^sudo systemctl (?:enable --now|edit|restart) (\S+)$/, (_, unit) => assert.ok(existsSync(join(root, `tools/systemd/${unit}.service`)))],
  [/^systemctl status (\S+); journalctl -u \1 -n \d+$/, (_, unit) => assert.ok(existsSync(join(root, `tools/systemd/${unit}.service`)))],
  // There need be no Docker here; what builds the image is a test of its own.
  [/^docker (?:build|compose) -f (\S+) .*$/, (_, path) => assert.ok(existsSync(join(root, path)))],
  [/^docker run --network host --read-only -v "\$PWD\/config\.json:\/app\/config\.json:ro" p2p-mediastream$/, () =>
    assert.match(readFileSync(join(root, "tools/Dockerfile"), "utf8"), /^WORKDIR \/app$/m)],
  [/^(?:mkdir -p \S+|ulimit -n|echo '\{\}' > config\.json)$/, (here, line) => run("bash", ["-c", line], { cwd: here.folder })],
];

const unitFile = () => readFileSync(join(root, "tools/systemd/p2p-mediastream.service"), "utf8");

/** The lines of a drop-in that the server's unit describes in its comment. */
const dropIn = () => [...unitFile().matchAll(/^# {3}(\S.*)$/gm)].map(([, line]) => line);

/** What certbot writes of which the configuration names these two. */
const certificateFiles = ["fullchain.pem", "privkey.pem"];

/** A drop-in has nothing that the unit does not know of. */
export function checkDropIn(text) {
  const known = dropIn();
  for (const line of text.split("\n")) assert.ok(known.includes(line), `${line} is not in the unit's comment`);
}

/** As a shell has them, where quotes begin a word or stand at none. */
const words = (text) => (text.match(/'[^']*'|\S+/g) ?? []).map((word) => word.replace(/^'(.*)'$/, "$1"));

/** One of the tools knows these flags. */
export async function checkFlags(flags, tools) {
  const knows = async (tool) => run("go", ["run", ...words(tool), ...words(flags), "-h"], { cwd: root, env }).then(() => true, () => false);
  const answers = await Promise.all(tools.map(knows));
  assert.ok(answers.includes(true), `none of ${tools.join(", ")} takes ${flags}`);
}

/** @param folder an empty one, where the commands are run. */
export async function runShell(t, text, folder) {
  const here = { t, folder };
  for (const command of text.replaceAll("\\\n", "").split(/\n| && /).map((line) => line.trim()).filter(Boolean)) {
    const known = rules.find(([pattern]) => pattern.test(command));
    assert.ok(known, `no check knows the command: ${command}`);
    const [whole, ...parts] = known[0].exec(command);
    await known[1](here, ...(parts.length > 0 ? parts : [whole]));
  }
}

/** `make run`, on ports that are free: it greets, and Ctrl-C stops it. */
async function runs({ t }) {
  const make = spawn("make", ["run", "ARGS=--listen 127.0.0.1:0 --stun 127.0.0.1:0"], {
    cwd: root, env, detached: true, stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [make.stdout, make.stderr]) stream.setEncoding("utf8").on("data", (text) => (output += text));
  const exit = once(make, "exit");
  t.after(() => make.exitCode === null && make.signalCode === null && process.kill(-make.pid, "SIGKILL"));
  // The last line of the server's greeting; make says so, too, in a longer one.
  await until("it greets", () => /^Ctrl-C stops it\.$/m.test(output) || make.exitCode !== null, () => output);
  assert.match(output, /^ +open +http:\/\/127\.0\.0\.1:\d+\/$/m);
  process.kill(-make.pid, "SIGINT"); // as the terminal does, to all of them
  await exit;
}
