// A page that runs scenarios on the core that the import map names, one after
// the other, so that what is thrown into the page can be laid at one's door.

import * as api from "p2p-media-loader-core";
import { Kit } from "./kit.js";

const setup = JSON.parse(document.getElementById("setup").textContent);
/** What takes so long does not come. */
const LONGEST_MS = 15_000;

let current;
const uncaught = (error) => current?.note(`uncaught: ${error?.message ?? error}`);
addEventListener("error", (event) => uncaught(event.error ?? event.message));
addEventListener("unhandledrejection", (event) => uncaught(event.reason));

/** Runs a scenario; its log. */
window.runScenario = async (file, name) => {
  const { scenarios } = await import(`../scenarios/${file}`);
  const { run, sorted = false } = scenarios.find((scenario) => scenario.name === name);
  const kit = new Kit(api, setup);
  kit.sorted = sorted;
  current = kit;
  try {
    await Promise.race([run(kit), kit.pause(LONGEST_MS).then(() => kit.note("in vain: the end"))]);
  } catch (error) {
    kit.note(`the scenario threw: ${error.stack}`);
  }
  await kit.pause(30); // for what comes late
  kit.note(`loadSegment resolved ${kit.settled} times`);
  current = undefined;
  const { log } = kit;
  kit.log = [];
  kit.close();
  return sorted ? log.sort() : log;
};

/** Resolves when the Go module runs. */
window.moduleRuns = async () => {
  const core = new api.Core();
  core.setManifestResponseUrl(`${setup.origin}/master.m3u8`);
  while (!window.instantiated || Object.keys(globalThis).some((key) => key.startsWith("p2p-mediastream-"))) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  core.destroy();
};
window.isReady = true;
