// How long our module takes from its instantiation to its first word, beside
// tools/emptymodule, which has the same libraries and does nothing: each time in
// a new page, by turns. PAIRS=15 by default.

import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import http from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as esbuild from "esbuild";
import { startBrowser } from "../test/lib/browser.mjs";
import * as places from "../test/lib/places.mjs";
import { until } from "../test/lib/until.mjs";
import { goToolchain } from "../wasm-exec.mjs";
import { measure, median, report } from "./lib.mjs";

const pairs = Number(process.env.PAIRS ?? 15);

await measure(async (t) => {
  const site = await startSite(t, {
    ours: await readFile(join(places.web, "dist/loader.wasm")),
    empty: await buildEmptyModule(t),
  });
  const { browser } = await startBrowser(t);

  async function start(name) {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(`${site}/?module=${name}.wasm`);
    const taken = await until("the module is ready", () => page.evaluate(() => window.started));
    await context.close();
    return taken;
  }

  const taken = { empty: [], ours: [] };
  for (const name in taken) await start(name);
  for (let i = 0; i < pairs; i++) {
    for (const name of i % 2 ? ["ours", "empty"] : ["empty", "ours"]) taken[name].push(await start(name));
  }
  const ms = (times) => `${median(times).toFixed(1)} ms`;
  const spread = (times) => `${Math.min(...times).toFixed(1)} to ${Math.max(...times).toFixed(1)}`;
  console.log(`\nFrom instantiation to ready, ${pairs} pairs`);
  report("an empty module with the same libraries, median", ms(taken.empty), spread(taken.empty));
  report("our module, median", ms(taken.ours), spread(taken.ours));
  report("ratio", (median(taken.ours) / median(taken.empty)).toFixed(2), "aim: at most 1.25");
});

/** Compiles tools/emptymodule as the Makefile compiles ours. */
async function buildEmptyModule(t) {
  const folder = await mkdtemp(join(tmpdir(), "p2p-mediastream-bench-"));
  t.after(() => rm(folder, { recursive: true }));
  const path = join(folder, "empty.wasm");
  execFileSync("go", ["build", "-trimpath", "-ldflags=-s -w", "-o", path, "./tools/emptymodule"], {
    cwd: join(places.web, ".."),
    env: { ...process.env, GOOS: "js", GOARCH: "wasm" },
    stdio: "inherit",
  });
  return readFile(path);
}

/** Serves the page and the modules; returns the address. */
async function startSite(t, modules) {
  const { outputFiles } = await esbuild.build({
    entryPoints: [join(places.lib, "in-page/start.js")],
    bundle: true,
    format: "esm",
    write: false,
    plugins: [goToolchain],
  });
  const files = new Map([
    ["/", ["text/html", '<!doctype html><title>start</title><script type="module" src="/start.js"></script>']],
    ["/start.js", ["text/javascript", outputFiles[0].text]],
    ...Object.entries(modules).map(([name, bytes]) => [`/${name}.wasm`, ["application/wasm", bytes]]),
  ]);
  const server = http.createServer((request, response) => {
    const [type, body] = files.get(new URL(request.url, "http://site").pathname) ?? [];
    response.writeHead(type ? 200 : 404, { "Content-Type": type ?? "text/plain" }).end(body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${server.address().port}`;
}
