// The panels "Events" and "Put it on your page" as a visitor uses them.

import assert from "node:assert/strict";
import test, { after } from "node:test";
import { startBrowser } from "./lib/browser.mjs";
import { printed } from "./lib/examples.mjs";
import { startServer } from "./lib/server.mjs";
import { until } from "./lib/until.mjs";

const file = { after };
const server = await startServer(file);
/** A name for this machine under which a page is no secure one. */
const NAME = "lan.test";
const browser = await startBrowser(file, [`--host-resolver-rules=MAP ${NAME} 127.0.0.1`]);

test("events appear, are filtered, held, copied and cleared", async (t) => {
  const viewer = await browser.open(t, `${server.url}/`);
  const { page } = viewer;
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  const log = page.getByRole("region", { name: "Events", exact: true });
  const rows = () => log.locator("li").allTextContents();
  const segmentRows = async () => (await rows()).filter((row) => /\d+\.ts: \d+ kB from the origin/.test(row));

  await until("segments and the player are told of", async () =>
    (await segmentRows()).length > 0 && (await rows()).some((row) => row.includes("Plays ")), async () => (await rows()).join("\n"));
  // Each segment that the loader says it has is a line.
  const { events } = await viewer.until("some segments are loaded", ({ events }) => events.filter((e) => / loaded /.test(e)).length >= 8);
  const names = events.filter((event) => / loaded /.test(event)).map((event) => / loaded (\S+)/.exec(event)[1]);
  await until("all of them are shown", async () => {
    const shown = await rows();
    return names.every((name) => shown.filter((row) => new RegExp(`/${name}: \\d+ kB from `).test(row)).length === 1);
  }, async () => (await rows()).join("\n"));

  await log.getByRole("checkbox", { name: "Segments" }).uncheck();
  await until("no segment is shown", async () => (await rows()).length > 0 && (await segmentRows()).length === 0);
  await log.getByRole("checkbox", { name: "Segments" }).check();
  await log.getByRole("searchbox").fill(names[0].toUpperCase());
  await until("one line is shown", async () => (await rows()).length === 1 && (await rows())[0].includes(names[0]));
  await log.getByRole("button", { name: "Copy" }).click();
  await log.getByText("Copied", { exact: true }).waitFor();
  assert.match(await page.evaluate(() => navigator.clipboard.readText()), new RegExp(`^\\d\\d:\\d\\d:\\d\\d\\.\\d segments \\S*${names[0]}: .*\\n$`));
  await log.getByRole("searchbox").fill("");

  await log.getByRole("button", { name: "Pause" }).click();
  const held = await rows();
  const noted = await page.evaluate(() => viewer.journal.entries.length);
  await until("more is noted", () => page.evaluate((before) => viewer.journal.entries.length > before, noted));
  assert.deepEqual(await rows(), held);
  await log.getByRole("button", { name: "Clear" }).click();
  await until("nothing is shown", async () => (await rows()).length === 0);
  await log.getByRole("button", { name: "Pause" }).click();
  await until("what came after is shown", async () => {
    const now = await rows();
    return now.length > 0 && now.every((row) => !held.includes(row));
  });
});

test("a burst of events is drawn in part, as text, and never moves the focus", async (t) => {
  const { page } = await browser.open(t, `${server.url}/?p2p=off`);
  const search = page.getByRole("searchbox");
  await search.focus();
  // What is told may hold anybody's text, such as a tracker's.
  await page.evaluate(() => {
    for (let i = 0; i < 1000; i++) {
      const error = new Error(`<img src=x onerror=alert(1)> ${i}`);
      viewer.hls.trigger("hlsError", { type: "otherError", details: "internalException", fatal: false, error });
    }
  });
  const rows = page.locator("#log li");
  await until("they are shown", async () => (await rows.allTextContents()).some((row) => row.includes("<img src=x onerror=alert(1)> 999")));
  assert.equal(await rows.count(), 100);
  assert.equal(await page.locator("#log img").count(), 0);
  assert.ok(await search.evaluate((element) => element === document.activeElement));
});

test("the tabs go by keyboard, and a snippet is copied as it is printed", async (t) => {
  const { page } = await browser.open(t, `${server.url}/`);
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  const selected = () => page.getByRole("tab", { selected: true }).textContent();
  await page.getByRole("tab", { name: "Import map" }).focus();
  for (const [key, title] of [["ArrowRight", "npm"], ["ArrowRight", "Script tag"], ["ArrowRight", "Import map"], ["ArrowLeft", "Script tag"], ["Home", "Import map"], ["End", "Script tag"]]) {
    await page.keyboard.press(key);
    assert.equal(await selected(), title, key);
    assert.equal(await page.evaluate(() => document.activeElement.textContent), title, key);
    assert.equal(await page.getByRole("tabpanel").count(), 1);
  }
  await page.keyboard.press("Tab"); // to the button, and past the tabs that are not chosen
  await page.keyboard.press("Enter");
  await page.getByRole("tabpanel").getByText("Copied", { exact: true }).waitFor();
  const { "index.html": text } = await printed(page, "Script tag");
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), text);
});

test("under another name the snippets have that name, and are selected where nothing can be copied", async (t) => {
  const { port } = new URL(server.url);
  const { page } = await browser.open(t, `http://${NAME}:${port}/?swarm=${encodeURIComponent('"</script><b>')}`);
  await page.getByRole("tab").first().waitFor();
  assert.equal(await page.evaluate(() => isSecureContext), false);
  for (const tab of ["Import map", "npm", "Script tag"]) {
    const text = Object.values(await printed(page, tab)).join("");
    const hosts = [...text.matchAll(/(?:https?|wss?):\/\/([^/"]+)\//g)].map(([, host]) => host);
    assert.ok(hosts.length >= 3, text);
    assert.deepEqual([...new Set(hosts)], [`${NAME}:${port}`]);
    assert.ok(text.includes(`"stun:${NAME}:${server.stunPort}"`), text);
  }
  const { "index.html": text } = await printed(page, "Import map");
  await page.getByRole("button", { name: "Select index.html" }).click();
  await page.getByRole("tabpanel").getByText("Selected:").waitFor();
  assert.equal((await page.evaluate(() => String(getSelection()))).trim(), text.trim());
});
