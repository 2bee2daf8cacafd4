// Firefox and Chromium in one swarm: each takes from the other, with our core at
// both ends, and with npm's in Firefox.

import test, { after } from "node:test";
import { startBrowser } from "./lib/browser.mjs";
import { exchange } from "./lib/exchange.mjs";
import { startFirefox } from "./lib/firefox.mjs";
import { startServer } from "./lib/server.mjs";
import { startSite } from "./lib/site.mjs";
import { Stage } from "./lib/stage.mjs";

const file = { after };
const parts = { server: await startServer(file), site: await startSite(file) };
const chromium = { name: "Chromium", browser: await startBrowser(file), loader: "ours" };
const firefox = { name: "Firefox", browser: await startFirefox(file), loader: "ours" };
const npmFirefox = { ...firefox, name: "Firefox with npm's core", loader: "npm" };

for (const [giver, taker] of [
  [chromium, firefox],
  [firefox, chromium],
  [chromium, npmFirefox],
  [npmFirefox, chromium],
]) {
  test(`${taker.name} takes from ${giver.name}`, async (t) => {
    const stage = new Stage(t, t.name, "ours", parts);
    // npm's core asks the origin for all that plays so soon, and leaves a peer the rest.
    const open = ({ browser, loader }) => stage.open({ browser, loader, p2p: { highDemandTimeWindow: 4 } });
    await exchange(t, { giver: () => open(giver), taker: () => open(taker) });
  });
}
