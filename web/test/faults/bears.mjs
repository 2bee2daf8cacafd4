// Plays faults with our core, as a test each; the table of figures comes at the end.

import test, { after, describe } from "node:test";
import { startBrowser } from "../lib/browser.mjs";
import { startServer } from "../lib/server.mjs";
import { startSite } from "../lib/site.mjs";
import { play, Stage, table } from "../lib/stage.mjs";

/** Tests that the viewer bears each of the faults, with so many of them going on at a time. */
export async function bears(title, faults, concurrency) {
  const file = { after };
  const parts = { server: await startServer(file), site: await startSite(file), browser: await startBrowser(file) };
  const results = [];
  describe(title, { concurrency }, () => {
    for (const fault of faults) {
      test(fault.name, async (t) => {
        const figures = await play(fault, new Stage(t, fault.name, "ours", parts));
        results.push({ fault: fault.name, loader: "ours", figures });
      });
    }
  });
  after(() => console.log(table(results)));
}
