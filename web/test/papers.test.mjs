// Every command and snippet of the papers works, every link leads somewhere, and the
// papers are served. A block that no check knows is a fault of its own.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import test, { after, describe } from "node:test";
import { promisify } from "node:util";
import { pages } from "../docs.mjs";
import { startBrowser } from "./lib/browser.mjs";
import * as places from "./lib/places.mjs";
import { startServer } from "./lib/server.mjs";
import { startSite } from "./lib/site.mjs";
import { blocksOf, papers } from "./papers/blocks.mjs";
import { checkJSON } from "./papers/json.mjs";
import { checkCaddy, checkNginx } from "./papers/proxies.mjs";
import { checkDropIn, checkFlags, runShell } from "./papers/shell.mjs";
import { compile } from "./papers/types.mjs";

const run = promisify(execFile);
const root = join(places.web, "..");
const file = { after };
const server = await startServer(file);

async function emptyFolder(t) {
  const folder = await mkdtemp(join(tmpdir(), "p2p-mediastream-test-"));
  t.after(() => rm(folder, { recursive: true, force: true, maxRetries: 10 }));
  return folder;
}

const checks = {
  sh: async (t, text) => runShell(t, text, await emptyFolder(t)),
  json: async (t, text) => checkJSON(t, text, server, await emptyFolder(t)),
  html: (t, text) => plays(t, text),
  nginx: async (t, text) => checkNginx(t, text, await emptyFolder(t)),
  ini: (t, text) => checkDropIn(text),
  caddyfile: async (t, text) => checkCaddy(t, text, await emptyFolder(t)),
  flags: (t, text, tools) => checkFlags(text, tools),
  js: undefined, // all of them at once, below
  "": (t, text) => checkText(text),
};

const blocks = papers.flatMap(blocksOf);

describe("commands and snippets", () => {
  // One that is in several papers is checked once.
  const seen = new Set();
  for (const { language, text, place, tools } of blocks) {
    const key = `${language}\n${text}`;
    if (seen.has(key) || language === "js") continue;
    seen.add(key);
    test(`${place}: ${language || "text"}`, async (t) => {
      assert.ok(language in checks, `no check knows blocks of ${language}`);
      await checks[language](t, text, tools);
    });
  }

  test("JavaScript compiles against the package's types", async (t) => {
    const snippets = blocks.filter(({ language }) => language === "js");
    assert.ok(snippets.length > 5);
    assert.deepEqual(await compile(snippets, await emptyFolder(t)), []);
    const slips = [
      { place: "a slip", text: "p2p: { core: { uploadRateLimt: 1 } }" },
      { place: "another", text: 'hls.p2pEngine.addEventListener("onChunk", () => {});' },
      { place: "a third", text: 'import { Kernel } from "p2p-mediastream";' },
    ];
    assert.equal(new Set((await compile(slips, await emptyFolder(t))).map((line) => line.split(",")[0])).size, 3);
  });
});

/** A page is opened, with hls.js of this machine and the server of this run, and plays. */
async function plays(t, text) {
  const browser = await startBrowser(t);
  const changed = [
    [/https:\/\/cdn\.jsdelivr\.net\/npm\/hls\.js@1"/, '/node_modules/hls.js/dist/hls.min.js"'],
    [/localhost:49199/g, new URL(server.url).host],
    [/localhost:3478/g, `127.0.0.1:${server.stunPort}`],
    [/hls\.loadSource\(/, "window.viewer = { hls, engine: hls.p2pEngine };\n$&"],
  ].reduce((page, [pattern, by]) => {
    assert.match(page, pattern);
    return page.replace(pattern, by);
  }, text);
  const site = await startSite(t, { "/": changed });
  const viewers = [await browser.open(t, `${site.origin}/`), await browser.open(t, `${site.origin}/`)];
  for (const viewer of viewers) await viewer.plays();
  await viewers[1].until("one takes from the other", ({ peers, given }) => peers + given > 0);
}

/** Text is the usage of the program, a way through the rooms, or bytes of the protocol. */
async function checkText(text) {
  if (text.startsWith("p2p-mediastream ")) {
    const { stdout } = await run(places.server, ["--help"]);
    const flags = (from) => [...new Set(from.match(/--[a-z][\w-]*/g))].sort();
    const asking = ["--health", "--help", "--version"]; // which serve nothing
    assert.deepEqual(flags(text), flags(stdout).filter((flag) => !asking.includes(flag)));
  } else if (text.includes(" → ")) {
    const rooms = text.match(/[\w.-]+\/[\w./-]+/g);
    assert.ok(rooms.length > 0);
    for (const room of rooms) assert.ok(existsSync(join(root, room)), room);
  } else if (/^[0-9a-f]{8} /.test(text)) {
    const bytes = text.split("\n")[0].replaceAll(" ", "");
    const vectors = readFileSync(join(root, "wasm/wire/wire_test.go"), "utf8").replace(/" \+ "/g, "");
    assert.ok(vectors.includes(`"${bytes}"`), `${bytes} is no vector`);
  } else {
    assert.fail(`no check knows this text: ${text}`);
  }
}

describe("the papers", () => {
  test("each is served as a page, and each of its links leads somewhere", async () => {
    const seen = new Map();
    const load = async (address) => {
      if (!seen.has(address)) {
        const response = await fetch(address);
        seen.set(address, { status: response.status, text: await response.text() });
      }
      return seen.get(address);
    };
    for (const name of pages().values()) {
      const address = `${server.url}/docs/${name === "index.html" ? "" : name}`;
      const { status, text } = await load(address);
      assert.equal(status, 200, address);
      for (const [, href] of text.matchAll(/(?:href|src)="([^"]+)"/g)) {
        const target = new URL(href, address);
        if (target.origin !== server.url) continue;
        const fragment = target.hash.slice(1);
        target.hash = "";
        const linked = await load(target.href);
        assert.equal(linked.status, 200, `${name} links to ${href}`);
        if (fragment) assert.ok(linked.text.includes(`id="${fragment}"`), `${name} links to ${href}`);
      }
    }
    assert.equal((await load(`${server.url}/docs/third-party.txt`)).status, 200);
  });

  test("the links of those that are read on GitHub alone lead somewhere, too", () => {
    const served = pages();
    for (const path of papers.filter((path) => !served.has(path))) {
      for (const [, href] of readFileSync(join(root, path), "utf8").matchAll(/\]\(([^)\s]+)\)/g)) {
        if (/^[a-z]+:/.test(href)) continue;
        const [target, fragment] = href.split("#");
        const linked = target ? join(dirname(path), target) : path;
        assert.ok(existsSync(join(root, linked)), `${path} links to ${href}`);
        if (fragment) assert.ok(headings(linked).includes(fragment), `${path} links to ${href}`);
      }
    }
  });

  test("the list has each of them, and each says at once what it is for", () => {
    const list = readFileSync(join(places.web, "docs/README.md"), "utf8");
    for (const name of readdirSync(join(places.web, "docs")).filter((name) => name.endsWith(".md") && name !== "README.md")) {
      assert.ok(list.includes(`](${name})`), name);
      const [title, empty, first] = readFileSync(join(places.web, "docs", name), "utf8").split("\n");
      assert.match(title, /^# /, name);
      assert.equal(empty, "", name);
      assert.match(first, /^[A-Z`].+[.:]/, name);
    }
  });

  test("figures are those of the README, where their commands are", () => {
    const readme = readFileSync(join(root, "README.md"), "utf8");
    const has = (figure) => new RegExp(`(?<![\\d.])${figure.replace(".", "\\.")}(?![\\d]|\\.\\d)`).test(readme);
    for (const name of ["comparison.md", "production.md"]) {
      const text = readFileSync(join(places.web, "docs", name), "utf8").replace(/^```[^]*?^```/gm, "").replace(/https?:\S+/g, "");
      const figures = text.match(/(?<![\d.])\d+\.\d+(?![\d]|\.\d)/g);
      assert.ok(figures.length > 5, name);
      for (const figure of figures) assert.ok(has(figure), `${name} says ${figure}`);
    }
  });

  test("rooms import what the architecture says they may", async () => {
    const text = readFileSync(join(places.web, "docs/architecture.md"), "utf8");
    const rows = [...text.matchAll(/^\| (`[^|]+`) \| [^|]+ \| ([^|]+) \|$/gm)];
    const named = (cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name);
    const all = [];
    const may = new Map();
    for (const [, rooms, cell] of rows) {
      const [granted, but = ""] = cell.split("but for");
      const allowed = new Set(named(granted));
      if (cell.startsWith("all above")) all.forEach((room) => allowed.add(room));
      for (const room of named(but)) allowed.delete(room);
      if (cell.includes("all of `server`")) all.filter((room) => room.startsWith("server/")).forEach((room) => allowed.add(room));
      for (const room of named(rooms)) {
        may.set(room, { allowed, anything: cell.startsWith("anything") });
        all.push(room);
      }
    }
    const prefix = "github.com/p2p-mediastream/p2p-mediastream/";
    for (const system of [{}, { GOOS: "js", GOARCH: "wasm" }]) {
      const { stdout } = await run("go", ["list", "-f", '{{.ImportPath}} {{join .Imports " "}}', "./hls/...", "./wasm/...", "./server/..."], {
        cwd: root, env: { ...process.env, ...system },
      });
      for (const line of stdout.trim().split("\n")) {
        const [room, ...imports] = line.split(" ").filter((path) => path.startsWith(prefix)).map((path) => path.slice(prefix.length));
        const rules = may.get(room);
        if (room === "wasm" || /^wasm\/(native|simulation)\//.test(room)) continue; // what only starts the rest
        assert.ok(rules, `${room} is not among the rooms`);
        for (const path of imports) assert.ok(rules.allowed.has(path), `${room} imports ${path}`);
      }
    }
  });
});

/** The ids that GitHub gives the headings of a paper. */
function headings(path) {
  return [...readFileSync(join(root, path), "utf8").matchAll(/^#+ (.+)$/gm)]
    .map(([, text]) => text.toLowerCase().replace(/[^\w\- ]/g, "").replaceAll(" ", "-"));
}
