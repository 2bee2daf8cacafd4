// What each core must log where the two are meant to differ: npm.txt and ours.txt
// have it for each such scenario, as the test names it. Where our core's log is
// another one before its module runs, both stand there.

import { readFile } from "node:fs/promises";

const WHEN = { early: ", before the module runs", ready: ", with the module" };
/** How the storage was set up is compared where nothing differs. */
const SETTING = /^(common|mainStream|secondaryStream)[.,]/;

/** Returns what gives the lines that npm's core, or ours, must log in the scenario of that title; none where nothing is said. */
export async function readStated() {
  const [npm, ours] = await Promise.all(["npm.txt", "ours.txt"].map(sectionsOf));
  return {
    npm: (title) => npm.get(title) ?? [],
    ours: (title, when) => ours.get(title + WHEN[when]) ?? ours.get(title) ?? [],
  };
}

async function sectionsOf(file) {
  const text = await readFile(new URL(file, import.meta.url), "utf8");
  const sections = text.split(/^# /m).slice(1).map((section) => section.trimEnd().split("\n"));
  return new Map(sections.map(([title, ...lines]) => [title, lines]));
}

/** Of a log that goes round in circles: which lines there are. Chunks are cut by chance. */
export function distinct(log) {
  return [...new Set(log)].filter((line) => !line.startsWith("event onChunk")).sort();
}

/** A log as it stands there. */
export function brief(log) {
  return log.filter((line) => !SETTING.test(line));
}
