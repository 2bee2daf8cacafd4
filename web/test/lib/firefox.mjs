// A real Firefox, driven over WebDriver BiDi, with viewers in it as in Chromium.

import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import puppeteer from "puppeteer-core";
import { Browser } from "./browser.mjs";

/**
 * Starts Firefox; it ends with `t`. FIREFOX names another than Debian's. It has a home of
 * its own: root's Firefox does not start in another user's, which is what a container of
 * GitHub's has.
 */
export async function startFirefox(t) {
  const home = await mkdtemp(join(tmpdir(), "p2p-mediastream-test-"));
  let firefox;
  t.after(async () => {
    await firefox?.close();
    await rm(home, { recursive: true, force: true, maxRetries: 10 });
  });
  firefox = await puppeteer.launch({
    browser: "firefox",
    executablePath: process.env.FIREFOX ?? "/usr/bin/firefox-esr",
    env: { ...process.env, HOME: home },
  });
  return new Browser({ newContext: async () => contextOf(await firefox.createBrowserContext()) });
}

/** A context in the words of the library that drives Chromium, as far as Browser speaks them. */
function contextOf(context) {
  async function newPage() {
    const page = await context.newPage();
    page.addInitScript = async (script) => {
      const { path, content = path ? await readFile(path, "utf8") : script } = script;
      return page.evaluateOnNewDocument(content);
    };
    return page;
  }
  return { newPage, close: () => context.close() };
}
