// Each fault of faults/ with our core: the viewer bears it. The table of figures
// comes at the end; `make bench` prints it with the others beside ours.

import test, { after, describe } from "node:test";
import { faults } from "./faults/index.mjs";
import { startBrowser } from "./lib/browser.mjs";
import { startServer } from "./lib/server.mjs";
import { startSite } from "./lib/site.mjs";
import { play, Stage, table } from "./lib/stage.mjs";

const file = { after };
const parts = { server: await startServer(file), site: await startSite(file), browser: await startBrowser(file) };
const results = [];

function bears(fault) {
  test(fault.name, async (t) => {
    const figures = await play(fault, new Stage(t, fault.name, "ours", parts));
    results.push({ fault: fault.name, loader: "ours", figures });
  });
}

// Most of their time goes by waiting.
describe("faults, three at a time", { concurrency: 3 }, () => faults.filter(({ alone }) => !alone).forEach(bears));
describe("faults, one at a time", () => faults.filter(({ alone }) => alone).forEach(bears));

after(() => console.log(table(results)));
