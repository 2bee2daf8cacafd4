// Somebody else's site: it serves a page of its own and npm packages, and is of
// another origin than the server under test.

import { once } from "node:events";
import { readFile } from "node:fs/promises";
import http from "node:http";
import { extname, join, normalize } from "node:path";
import * as places from "./places.mjs";

const types = { ".js": "text/javascript", ".mjs": "text/javascript" };
const npm = "/node_modules";
const conformance = "/conformance/";

/** The core of npm, in the single file that it ships for import maps. */
export const NPM_CORE = `${npm}/p2p-media-loader-core/dist/p2p-media-loader-core.es.js`;
/** That of 2.2, which never meets 2.3. */
export const NPM_CORE_22 = `${npm}/p2p-media-loader-core-2.2/dist/p2p-media-loader-core.es.js`;
/** Ours, at a server of the given address. */
export const ourCore = (url) => `${url}/dist/p2p-media-loader-core.js`;

/**
 * Starts the site; it ends with `t`.
 *
 * @param pages the HTML of further pages by their path.
 */
export async function startSite(t, pages = {}) {
  const server = http.createServer((request, response) => void serve(request, response, pages));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const origin = `http://127.0.0.1:${server.address().port}`;
  return {
    origin,
    /**
     * The address of a page with a player.
     *
     * @param setup `core`, the address of a Core, or `bundle`, that of an engine with
     *   its Core in one file; `stream`; `p2p`, the Core's configuration; `engine`, one
     *   of the engines below; `hls` or `shaka`, the player's configuration; `csp`, the
     *   page's policy; `script`, another one than the engine's: of in-page/, or a
     *   path from /.
     */
    page: (setup) => `${origin}/player.html?${new URLSearchParams({ setup: JSON.stringify(setup) })}`,
  };
}

async function serve(request, response, pages) {
  const { pathname, searchParams } = new URL(request.url, "http://site");
  if (Object.hasOwn(pages, pathname)) {
    response.writeHead(200, { "Content-Type": "text/html; charset=utf-8" }).end(pages[pathname]);
    return;
  }
  if (pathname === "/player.html") {
    const setup = JSON.parse(searchParams.get("setup"));
    response.writeHead(200, {
      "Content-Type": "text/html; charset=utf-8",
      ...(setup.csp && { "Content-Security-Policy": setup.csp }),
    });
    response.end(page(setup));
    return;
  }
  const root = pathname.startsWith(npm) ? places.web : pathname.startsWith(conformance) ? places.tests : places.lib;
  try {
    const bytes = await readFile(join(root, normalize(pathname)));
    response.writeHead(200, { "Content-Type": types[extname(pathname)] ?? "application/octet-stream" }).end(bytes);
  } catch {
    response.writeHead(404).end();
  }
}

/** The engines of npm: how a page imports each, where it is, and the script that makes a player with it. */
const engines = {
  "hls.js": { name: "p2p-media-loader-hlsjs", folder: "p2p-media-loader-hlsjs", script: "player" },
  "hls.js 2.2": { name: "p2p-media-loader-hlsjs", folder: "p2p-media-loader-hlsjs-2.2", script: "player" },
  shaka: { name: "p2p-media-loader-shaka", folder: "p2p-media-loader-shaka", script: "shaka" },
};

/** Everything but the entry of the core is the same, whichever core it is. */
function page(setup) {
  const engine = engines[setup.engine ?? "hls.js"];
  const script = setup.script ?? engine.script;
  const imports = {
    "hls.js": `${npm}/hls.js/dist/hls.min.mjs`,
    [engine.name]: setup.bundle ?? `${npm}/${engine.folder}/dist/${engine.name}.es.js`,
    "p2p-media-loader-core": setup.core,
  };
  const json = (value) => JSON.stringify(value).replaceAll("<", "\\u003c");
  return `<!doctype html>
<meta charset="utf-8">
<title>player</title>
<script type="importmap">${json({ imports })}</script>
<script type="application/json" id="setup">${json(setup)}</script>
<video id="video" muted autoplay playsinline></video>
${script === "shaka" ? `<script src="${npm}/shaka-player/dist/shaka-player.compiled.js"></script>` : ""}
<script type="module" src="${script.startsWith("/") ? "" : "/in-page/"}${script}.js"></script>`;
}
