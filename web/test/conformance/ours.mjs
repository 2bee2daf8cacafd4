// What our core must log where it is meant to differ from npm's: ours.txt has it
// for each such scenario, as the test names it. Where our core's log is another
// one before its module runs, both stand there.

import { readFile } from "node:fs/promises";

const WHEN = { early: ", before the module runs", ready: ", with the module" };
/** How the storage was set up is compared where nothing differs. */
const SETTING = /^(common|mainStream|secondaryStream)[.,]/;

/** Returns what gives the lines that the scenario of that title must log; undefined where nothing is said. */
export async function readStated() {
  const text = await readFile(new URL("ours.txt", import.meta.url), "utf8");
  const sections = text.split(/^# /m).slice(1).map((section) => section.trimEnd().split("\n"));
  const logs = new Map(sections.map(([title, ...lines]) => [title, lines]));
  return (title, when) => logs.get(title + WHEN[when]) ?? logs.get(title);
}

/** A log as it stands there. */
export function brief(log) {
  return log.filter((line) => !SETTING.test(line));
}
