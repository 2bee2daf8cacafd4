// The papers as pages: docs/*.md, and those of the server's rooms, as HTML for
// dist/docs, which the server has at /docs/. They need no script. A link from one
// paper to another leads there on GitHub and here; one to any other file of the
// repository leads to GitHub from here.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import { Marked } from "marked";
import { gfmHeadingId } from "marked-gfm-heading-id";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "..");
const repository = "https://github.com/p2p-mediastream/p2p-mediastream";

/** Names of pages, by the path in the repository. README.md is the list of the others. */
export function pages() {
  const docs = readdirSync(join(here, "docs")).filter((name) => name.endsWith(".md"));
  return new Map([
    ...docs.map((name) => [`web/docs/${name}`, name === "README.md" ? "index.html" : name.replace(/md$/, "html")]),
    ["server/README.md", "server.html"],
    ["server/tracker/README.md", "tracker.html"],
  ]);
}

/** Pairs of a name in dist and its contents. */
export async function papers() {
  const files = [];
  for (const [path, name] of pages()) files.push([`docs/${name}`, page(path, readFileSync(join(root, path), "utf8"))]);
  for (const name of readdirSync(join(here, "docs"))) {
    if (name.endsWith(".svg")) files.push([`docs/${name}`, readFileSync(join(here, "docs", name))]);
  }
  const { outputFiles } = await esbuild.build({ entryPoints: [join(here, "docs/papers.css")], bundle: true, minify: true, write: false });
  return [...files, ["docs/papers.css", outputFiles[0].contents]];
}

/** One paper as a page. */
export function page(path, text) {
  const title = /^# (.+)$/m.exec(text)?.[1];
  if (!title) throw new Error(`${path} has no title`);
  const marked = new Marked(gfmHeadingId(), {
    walkTokens: (token) => {
      if (token.type === "link") token.href = target(path, token.href);
    },
    renderer: {
      // A table may be wider than a phone: it scrolls by itself then, by keys too.
      table(token) {
        const cells = (row, name) => row.map((cell) => `<${name}>${this.parser.parseInline(cell.tokens)}</${name}>`).join("");
        const rows = token.rows.map((row) => `<tr>${cells(row, "td")}</tr>\n`).join("");
        return `<div class="wide" tabindex="0" role="region" aria-label="Table"><table>\n<thead><tr>${cells(token.header, "th")}</tr></thead>\n<tbody>\n${rows}</tbody></table></div>\n`;
      },
    },
  });
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${marked.parseInline(title).replace(/<[^>]+>/g, "")} – p2p-mediastream</title>
<link rel="icon" href="../dist/favicon.svg" type="image/svg+xml">
<link rel="stylesheet" href="papers.css">
<header><nav aria-label="Site"><a href="../">p2p-mediastream</a> <a href="./">Papers</a> <a href="${repository}">Source</a></nav></header>
<main>
${marked.parse(text)}</main>
</html>
`;
}

/** Where a link of a paper leads from its page. */
function target(path, href) {
  if (/^([a-z]+:|#|\/)/.test(href)) return href;
  const [file, fragment] = href.split("#");
  const linked = posix.normalize(posix.join(posix.dirname(path), file));
  if (!existsSync(join(root, linked))) throw new Error(`${path} links to ${href}, which is not there`);
  const page = pages().get(linked);
  const address = page ? page.replace(/^index\.html$/, "./") : `${repository}/blob/main/${linked}`;
  return fragment ? `${address}#${fragment}` : address;
}
