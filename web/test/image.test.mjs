// The container image without a container engine: the steps of tools/Dockerfile
// are carried out by hand in a clean folder, and what the last stage copies is run
// as an engine would.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { arch, tmpdir } from "node:os";
import { join } from "node:path";
import test, { after } from "node:test";
import { promisify } from "node:util";
import { startContainer, unable } from "./lib/container.mjs";
import { command, readStages } from "./lib/dockerfile.mjs";
import * as places from "./lib/places.mjs";

const run = promisify(execFile);
const root = join(places.web, "..");
const read = (name) => readFile(join(root, name), "utf8");

const stages = readStages(await read("tools/Dockerfile"));
const [build, image] = [stages.find(({ name }) => name === "build"), stages.at(-1)];
const values = (word) => image.steps.filter((step) => step.word === word).map(({ rest }) => rest);
const compose = await read("tools/compose.yaml");

/** Which the builder names, since there is no git in the build. */
const commit = "0123456789abcdef0123456789abcdef01234567";

test("a linter finds nothing", async () => {
  const env = { ...process.env, PATH: `${process.env.PATH}:${join(root, "bin/test-tools/hadolint/bin")}` };
  await run("hadolint", [join(root, "tools/Dockerfile")], { env });
});

test("what git ignores is not sent to the builder", async () => {
  const patterns = async (name) => (await read(name)).split("\n").filter((line) => line && !line.startsWith("#"));
  const wanted = (await patterns(".gitignore")).map((line) => {
    const [, not, path] = /^(!?)(.*?)\/?$/.exec(line);
    return not + (path.startsWith("/") ? path.slice(1) : `**/${path}`);
  });
  assert.deepEqual((await patterns(".dockerignore")).sort(), [...wanted, ".git"].sort());
});

test("the compose file is one", async () => {
  const { stdout } = await run("go", ["run", "github.com/compose-spec/compose-go/v2/cmd@v2.16.2", join(root, "tools/compose.yaml")]);
  assert.match(stdout, /target: \/app\/config\.json/);
  assert.match(stdout, /dockerfile: tools\/Dockerfile/);
});

test("its steps make a program that runs by itself", { skip: unable }, async (t) => {
  const temporary = await mkdtemp(join(tmpdir(), "p2p-mediastream-test-"));
  t.after(() => rm(temporary, { recursive: true }));
  const [source, out, files] = ["src", "out", "files"].map((name) => join(temporary, name));

  await t.test("the stage that builds", async () => {
    const { stdout } = await run("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], { cwd: root, maxBuffer: 1 << 24 });
    for (const name of stdout.split("\0").filter(Boolean)) await cp(join(root, name), join(source, name), { force: true });
    const given = { TARGETOS: "linux", TARGETARCH: arch().replace("x64", "amd64"), VERSION: "v1.2.3", COMMIT: commit };
    const { COMMIT, ...env } = process.env;
    for (const step of build.steps) {
      if (step.word === "ARG") {
        assert.ok(given[step.rest], `the argument ${step.rest}`);
        env[step.rest] = given[step.rest];
      } else if (step.word === "RUN") {
        await run("sh", ["-c", command(step).replaceAll("/out/", `${out}/`)], { cwd: source, env, maxBuffer: 1 << 24 });
      } else {
        assert.match(`${step.word} ${step.rest}`, /^(COPY --from=node |WORKDIR \/src|COPY \. \.)/, "a step that this test knows");
      }
    }
  });

  await t.test("the image's files", async () => {
    for (const name of ["app", "proc"]) await mkdir(join(files, name), { recursive: true }); // the engine makes them
    for (const rest of values("COPY")) {
      const [, from, to] = /^(--from=build \/out|\S+) (\/\S*)$/.exec(rest);
      await cp(from.startsWith("--from") ? out : join(root, from), join(files, to), { recursive: true });
    }
    assert.deepEqual(await readdir(files), ["LICENSE", "app", "p2p-mediastream", "proc"]);
  });

  await t.test("the program in it", async () => {
    const [workdir] = values("WORKDIR");
    assert.ok(compose.includes(`target: ${workdir}/config.json`));
    // The configuration of the compose file, but at an address of this run alone.
    const host = `127.${process.pid >> 16}.${(process.pid >> 8) & 255}.${process.pid & 255}`;
    const content = JSON.parse(await readFile(join(root, "tools", /^ {4}file: (\S+)$/m.exec(compose)[1]), "utf8"));
    for (const [key, protocol] of [["listen", "tcp"], ["stun", "udp"]]) {
      assert.ok(values("EXPOSE")[0].split(" ").includes(`${content[key].slice(1)}/${protocol}`), `the image's port for ${key}`);
      content[key] = host + content[key];
    }
    await writeFile(join(files, workdir, "config.json"), JSON.stringify(content));

    const container = await startContainer(t, { files, command: JSON.parse(values("ENTRYPOINT")[0]), user: values("USER")[0], folder: workdir });
    assert.match(container.output, /^p2p-mediastream v1\.2\.3$/m);
    assert.match(container.output, /^ +config +config\.json$/m);
    assert.match(await container.status("NSpid"), /\t1$/, "it is process 1");
    assert.match(await container.status("Uid"), /^[1-9]/, "it is not root");
    assert.equal(await container.status("CapEff"), "0000000000000000");
    assert.match(await readFile(`/proc/${container.pid}/mountinfo`, "utf8"), / \/ ro,/, "its root is read-only");

    const health = JSON.parse(/CMD (\[.*\])$/.exec(values("HEALTHCHECK")[0])[1]);
    await container.execute(health);
    const url = `http://${host}:49199`;
    for (const [path, type] of [
      ["/", "text/html"],
      ["/dist/p2p-media-loader-core.js", "text/javascript"],
      ["/dist/loader.wasm", "application/wasm"],
      ["/hls/master.m3u8", "application/vnd.apple.mpegurl"],
    ]) {
      const response = await fetch(url + path);
      assert.equal(response.status, 200, path);
      assert.ok(response.headers.get("Content-Type").startsWith(type), `${path}: ${response.headers.get("Content-Type")}`);
    }
    assert.equal((await (await fetch(`${url}/dist/loader.wasm.json`)).json()).commit, commit);
    assert.equal(await container.stop(), 0, container.output);
    assert.doesNotMatch(container.output, /level=(WARN|ERROR)/);
  });
});
