// A real Firefox, driven over WebDriver BiDi, with viewers in it as in Chromium.

import { readFile } from "node:fs/promises";
import puppeteer from "puppeteer-core";
import { Browser } from "./browser.mjs";

/** Starts Firefox; it ends with `t`. FIREFOX names another than Debian's. */
export async function startFirefox(t) {
  const firefox = await puppeteer.launch({
    browser: "firefox",
    executablePath: process.env.FIREFOX ?? "/usr/bin/firefox-esr",
  });
  t.after(() => firefox.close());
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
