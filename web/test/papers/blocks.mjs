// The papers, and what in them claims to work: fenced blocks, and commands in the
// midst of sentences.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Marked } from "marked";
import { pages } from "../../docs.mjs";
import * as places from "../lib/places.mjs";

const root = join(places.web, "..");

/** Paths of all papers, from the repository's root. */
export const papers = [
  "README.md",
  "web/README.md",
  ...pages().keys(),
  ...readdirSync(join(root, ".github")).filter((name) => name.endsWith(".md")).map((name) => `.github/${name}`),
];

/** What begins like one of these, between backquotes, is a command. */
const commands = /^(?:[A-Z]+="[^"]*" )*(?:make|go|node|npm|git|docker|sudo|curl|ffmpeg|p2p-mediastream|\.ci\/\w+|bin\/\S+|tools\/systemd\/\S+) \S/;

/** What begins like one of these is flags of a tool that the paper has named. */
const flags = /^-[a-z]+( |$)/;

/** Blocks of a paper, each with its language, its text and its place; commands in sentences are of language sh, flags of language flags. */
export function blocksOf(path) {
  const source = readFileSync(join(root, path), "utf8");
  const blocks = [];
  let from = 0;
  const place = (raw) => {
    const at = source.indexOf(raw, from);
    if (at >= 0) from = at;
    return `${path}:${source.slice(0, from).split("\n").length}`;
  };
  const marked = new Marked();
  marked.walkTokens(marked.lexer(source), (token) => {
    if (token.type === "code") blocks.push({ language: token.lang ?? "", text: token.text, place: place(token.raw) });
    if (token.type === "codespan" && commands.test(token.text)) blocks.push({ language: "sh", text: token.text, place: place(token.raw) });
    if (token.type === "codespan" && flags.test(token.text)) blocks.push({ language: "flags", text: token.text, place: place(token.raw), tools: toolsOf(source) });
  });
  return blocks;
}

/** The tools that a paper names, with the words that say which of their jobs: "./tools/load stun". */
function toolsOf(source) {
  return [...new Set([...source.matchAll(/`go run (\.\/tools\/\w+(?: [a-z]+)?)/g)].map(([, tool]) => tool))];
}
