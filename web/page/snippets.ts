// What to paste so that a page of one's own plays this stream in this way: for an
// import map, for npm, for a script tag. Addresses in, text out; nothing else in the
// repository repeats these pages, and the tests run them as the demo prints them.
//
// All that a page loads comes from the server, hls.js and npm's engine included, so
// that a page runs as pasted: from any site, from a file, and where there is no
// internet.

/** Where everything is; absolute. */
export interface Addresses {
  /** The folder of the server's scripts, with a slash at its end. */
  dist: string;
  stream: string;
  tracker: string;
  /** Undefined where there is none. */
  stun: string | undefined;
  swarm: string;
}

export interface Snippet {
  name: "import-map" | "npm" | "script";
  title: string;
  /** The line that was there before; undefined where there was none. */
  before: string | undefined;
  /** The line that is there instead. It is a line of one of the texts. */
  after: string;
  /** What stays as it was, in words. */
  unchanged: string;
  texts: SnippetText[];
}

/** Something to paste. */
export interface SnippetText {
  /** A file's name, or what else to do with it. */
  title: string;
  text: string;
}

// npm's packages, in the versions that the server has too.
export const VERSIONS = { hls: "1.7.4", engine: "2.3.1", vite: "8" };
const CDN = "https://cdn.jsdelivr.net/npm";

export function snippets(addresses: Addresses): Snippet[] {
  return [importMap(addresses), npm(addresses), script(addresses)];
}

function importMap(addresses: Addresses): Snippet {
  const { dist } = addresses;
  const entry = (core: string) => `"p2p-media-loader-core": ${quote(core)}`;
  const after = entry(`${dist}p2p-media-loader-core.js`);
  return {
    name: "import-map",
    title: "Import map",
    before: entry(`${CDN}/p2p-media-loader-core@${VERSIONS.engine}/dist/p2p-media-loader-core.es.min.js`),
    after,
    unchanged: "hls.js, the engine of P2P Media Loader and your script stay as they are, wherever they come from.",
    texts: [{
      title: "index.html",
      text: page([
        `<script type="importmap">`,
        `  {`,
        `    "imports": {`,
        `      "hls.js": ${quote(`${dist}npm/hls.min.mjs`)},`,
        `      "p2p-media-loader-hlsjs": ${quote(`${dist}npm/p2p-media-loader-hlsjs.es.min.js`)},`,
        `      ${after}`,
        `    }`,
        `  }`,
        `</script>`,
        ...player(addresses, `"hls.js"`, `import { HlsJsP2PEngine } from "p2p-media-loader-hlsjs";`),
      ]),
    }],
  };
}

function npm(addresses: Addresses): Snippet {
  const after = `"overrides": { "p2p-media-loader-core": ${quote(`${addresses.dist}p2p-mediastream.tgz`)} }`;
  return {
    name: "npm",
    title: "npm",
    before: undefined,
    after,
    unchanged: "The other packages, the bundler's settings and your script stay as they are: the engine gets our core where it asks for npm's.",
    texts: [
      {
        title: "package.json",
        text: lines([
          `{`,
          `  "private": true,`,
          `  "dependencies": { "hls.js": "${VERSIONS.hls}", "p2p-media-loader-hlsjs": "${VERSIONS.engine}" },`,
          `  "devDependencies": { "vite": "${VERSIONS.vite}" },`,
          `  ${after}`,
          `}`,
        ]),
      },
      {
        title: "index.html",
        text: page(player(addresses, `"hls.js"`, `import { HlsJsP2PEngine } from "p2p-media-loader-hlsjs";`)),
      },
      { title: "Then", text: lines(["npm install", "npx vite"]) },
    ],
  };
}

function script(addresses: Addresses): Snippet {
  const { dist } = addresses;
  const from = (engine: string) => `import { HlsJsP2PEngine } from ${quote(engine)};`;
  const after = from(`${dist}p2p-media-loader-hlsjs.js`);
  return {
    name: "script",
    title: "Script tag",
    before: from(`${CDN}/p2p-media-loader-hlsjs@${VERSIONS.engine}/+esm`),
    after,
    unchanged: "hls.js and the rest of your script stay as they are; the engine is npm's too, in one file with our core.",
    texts: [{ title: "index.html", text: page(player(addresses, quote(`${dist}npm/hls.min.mjs`), after)) }],
  };
}

function page(body: string[]): string {
  return lines([
    `<!doctype html>`,
    `<meta charset="utf-8">`,
    `<title>Video from peers</title>`,
    `<video id="video" controls muted autoplay playsinline width="640"></video>`,
    ...body,
  ]);
}

/** The script that plays, the same in all of them but for where it imports from. */
function player({ stream, tracker, stun, swarm }: Addresses, hls: string, importOfEngine: string): string[] {
  return [
    `<script type="module">`,
    `  import Hls from ${hls};`,
    `  ${importOfEngine}`,
    ``,
    `  const HlsWithP2P = HlsJsP2PEngine.injectMixin(Hls);`,
    `  const hls = new HlsWithP2P({`,
    `    liveSyncDurationCount: 8, // so far behind live there is time to share`,
    `    p2p: {`,
    `      core: {`,
    `        swarmId: ${quote(swarm)},`,
    `        announceTrackers: [${quote(tracker)}],`,
    `        rtcConfig: { iceServers: [${stun === undefined ? "" : `{ urls: ${quote(stun)} }`}] },`,
    `      },`,
    `    },`,
    `  });`,
    `  hls.loadSource(${quote(stream)});`,
    `  hls.attachMedia(document.getElementById("video"));`,
    `</script>`,
  ];
}

/** A string for JSON and JavaScript alike, which ends neither the string nor the script element that it is in. */
function quote(text: string): string {
  return JSON.stringify(text).replaceAll("<", "\\u003c").replaceAll("\u2028", "\\u2028").replaceAll("\u2029", "\\u2029");
}

function lines(list: string[]): string {
  return list.map((line) => `${line}\n`).join("");
}
