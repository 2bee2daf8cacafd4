// Compiles the snippets of JavaScript against the package's types: no setting, no
// event and no export in them is one that is not there.

import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import * as places from "../lib/places.mjs";

const run = promisify(execFile);

/** What a page has where a snippet begins. */
const page = `
import HlsClass from "hls.js";
import { HlsJsP2PEngine, type HlsWithP2PInstance } from "p2p-mediastream/hlsjs";
declare global {
  const Hls: typeof HlsClass;
  const HlsWithP2P: ReturnType<typeof HlsJsP2PEngine.injectMixin>;
  const hls: HlsWithP2PInstance<HlsClass>;
}`;

/** The places of the blocks that do not compile, each with what the compiler says. */
export async function compile(blocks, folder) {
  const dist = (path) => [join(places.web, "dist", path)];
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "page.d.ts"), page);
  const names = await Promise.all(blocks.map(async ({ text }, i) => {
    const name = `snippet-${i}.js`;
    await writeFile(join(folder, name), asModule(text));
    return name;
  }));
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify({
    compilerOptions: {
      target: "es2022", module: "esnext", moduleResolution: "bundler", lib: ["es2022", "dom"], types: [],
      allowJs: true, checkJs: true, strict: true, noImplicitAny: false, noEmit: true, skipLibCheck: true,
      paths: {
        "hls.js": [join(places.modules, "hls.js")],
        "p2p-mediastream": dist("types/index.d.ts"),
        "p2p-mediastream/hlsjs": dist("types/hlsjs/index.d.ts"),
        "p2p-mediastream/shaka": dist("types/shaka/index.d.ts"),
      },
    },
    files: ["page.d.ts", ...names],
  }));
  const tsc = join(places.modules, "typescript/bin/tsc");
  const { stdout } = await run(process.execPath, [tsc, "-p", folder, "--pretty", "false"]).catch((error) => error);
  const wrong = stdout.split("\n").filter((line) => line.includes("error"));
  return wrong.map((line) => line.replace(/^.*snippet-(\d+)\.js/, (_, i) => `${blocks[i].place}, in its line`));
}

/** A part of a configuration is put where it belongs; addresses of our scripts are those of the package. */
function asModule(text) {
  const whole = /^p2p: \{/.test(text) ? `new HlsWithP2P({\n${text}\n});` : text;
  const named = whole
    .replace(/"https?:\/\/[^"]+\/dist\/p2p-media-loader-(hlsjs|shaka)\.js"/g, '"p2p-mediastream/$1"')
    .replace(/"https?:\/\/[^"]+\/dist\/p2p-media-loader-core\.js"/g, '"p2p-mediastream"');
  return `${named}\nexport {};\n`;
}
