// Each fault of test/faults with our core, with npm's and with hls.js alone, one
// after the other, in one table. ONLY=text plays those with that text in their names.

import { faults } from "../test/faults/index.mjs";
import { startBrowser } from "../test/lib/browser.mjs";
import { startServer } from "../test/lib/server.mjs";
import { startSite } from "../test/lib/site.mjs";
import { LOADERS, play, Stage, table } from "../test/lib/stage.mjs";
import { measure } from "./lib.mjs";

const only = process.env.ONLY ?? "";
const results = [];

await measure(async (file) => {
  const parts = { server: await startServer(file), site: await startSite(file), browser: await startBrowser(file) };
  for (const fault of faults.filter(({ name }) => name.includes(only))) {
    const { name, loaders = Object.keys(LOADERS) } = fault;
    for (const loader of loaders) {
      try {
        const figures = await measure((t) => play(fault, new Stage(t, name, loader, parts)));
        results.push({ fault: name, loader, figures });
      } catch (error) {
        console.error(`${name}, ${LOADERS[loader].title}: ${error.message.split("\n", 1)}`);
        results.push({ fault: name, loader, error });
      }
    }
  }
});

console.log(`\nFaults\n${table(results)}`);
const failed = results.filter(({ loader, error }) => loader === "ours" && error);
if (failed.length > 0) process.exit(1);
