// A real browser, and viewers in it.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import * as places from "./places.mjs";
import { Truth } from "./truth.mjs";
import { pause, until } from "./until.mjs";

const executable = process.env.CHROMIUM ?? "/usr/bin/chromium";
const flags = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--autoplay-policy=no-user-gesture-required",
  // Without the hardware for it nothing resolves .local names.
  "--disable-features=WebRtcHideLocalIpsWithMdns",
  "--remote-debugging-port=0",
];

/**
 * Starts Chromium; it ends with `t`. It is Chromium as people run it: Playwright's
 * own flags and focus emulation would keep hidden tabs awake.
 *
 * @param more flags beside the usual ones.
 */
export async function startBrowser(t, more = []) {
  const profile = await mkdtemp(join(tmpdir(), "p2p-mediastream-test-"));
  const child = spawn(executable, [...flags, ...more, `--user-data-dir=${profile}`, "about:blank"], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let output = "";
  child.stderr.setEncoding("utf8").on("data", (text) => (output += text));
  child.on("error", (error) => (output += error.message));
  const exit = once(child, "exit").catch(() => undefined);
  let browser;
  t.after(async () => {
    await browser?.close();
    child.kill("SIGKILL");
    await exit;
    await rm(profile, { recursive: true, force: true, maxRetries: 10 });
  });
  const address = () => /DevTools listening on (ws:\S+)/.exec(output)?.[1];
  browser = await chromium.connectOverCDP(await until("Chromium listens", address, () => output), { noDefaults: true });
  return new Browser(browser);
}

export class Browser {
  constructor(browser) {
    this.browser = browser;
  }

  /** Stops all its processes for so many seconds, as if the machine slept. */
  async sleep(seconds) {
    const signal = await this.#signaller();
    signal("SIGSTOP");
    await pause(seconds);
    signal("SIGCONT");
  }

  /** Ends all its processes at once. */
  async crash() {
    const signal = await this.#signaller();
    signal("SIGKILL");
  }

  async #signaller() {
    const protocol = await this.browser.newBrowserCDPSession();
    const { processInfo } = await protocol.send("SystemInfo.getProcessInfo");
    return (name) => processInfo.forEach(({ id }) => process.kill(id, name));
  }

  /**
   * Opens a page with a player. It closes with `t`.
   *
   * Each is in a context of its own, so that none is hidden by another, unless
   * `tab` puts it into the window that all such tabs share.
   *
   * @param before what to run in the page before its scripts: a function, or { path }.
   * @param settings what Playwright's contexts are made with, such as a viewport; nothing for a `tab`.
   * @param prepare what to do with Playwright's page before it is opened.
   */
  async open(t, url, { proxy, before, tab = false, settings, prepare } = {}) {
    const context = tab ? this.browser.contexts()[0] : await this.browser.newContext(settings);
    const page = await context.newPage();
    t.after(() => (tab ? page.close() : context.close()));
    const viewer = new Viewer(page, proxy);
    for (const name of ["given", "observe"]) await page.addInitScript({ path: join(places.lib, `in-page/${name}.js`) });
    await page.addInitScript(() => localStorage.setItem("debug", "p2pml-core*"));
    if (before) await page.addInitScript(before);
    await prepare?.(page);
    await page.goto(url);
    return viewer;
  }
}

/** A page with a player, and what observe.js sees in it. */
class Viewer {
  lines = [];

  constructor(page, proxy) {
    this.page = page;
    this.proxy = proxy;
    page.on("console", (message) => this.lines.push(`${message.type()}: ${message.text()}`));
    page.on("pageerror", (error) => this.lines.push(`uncaught: ${error.message}`));
  }

  /** What has been seen so far, and where the video is. */
  seen() {
    return this.page.evaluate(() => {
      const video = document.querySelector("video");
      return {
        ...window.seen,
        time: video?.currentTime,
        visible: document.visibilityState === "visible",
        notices: document.getElementById("notices")?.innerText,
      };
    });
  }

  /** Waits until what was seen satisfies; returns it. */
  async until(what, satisfies) {
    let seen;
    await until(what, async () => satisfies((seen = await this.seen())), () => this.report());
    return seen;
  }

  /** Waits until so many seconds of video have been shown from now on. */
  async plays(seconds = 3) {
    const { time, frames } = await this.until("a frame is shown", ({ frames }) => frames > 0);
    const seen = await this.until(
      `${seconds} s more of video are shown`,
      (now) => now.time > time + seconds && now.frames > frames + 5 * seconds,
    );
    if (seen.fatal.length > 0) throw new Error(`the player gave up: ${seen.fatal}\n${await this.report()}`);
    return seen;
  }

  /** Compares all that hls.js was given so far with what the server of that address has; see Truth.compare. */
  async compare(origin) {
    const { segments } = await this.until("all is hashed", ({ segments }) => segments.every(({ sha256 }) => sha256));
    const truth = new Truth(origin);
    await truth.learn(segments);
    return truth.compare(segments);
  }

  async report() {
    const { segments, events, ...seen } = await this.seen().catch((error) => ({ segments: [], events: [], error }));
    return [
      `page ${this.page.url()}`,
      JSON.stringify(seen, undefined, 2),
      `${segments.length} segments: ${segments.map(({ url, size, by }) => `${url.slice(url.lastIndexOf("/") + 1)} ${size} ${by}`).join(", ")}`,
      "events:",
      ...events,
      "console:",
      ...this.lines.slice(-300),
      this.proxy?.report() ?? "",
    ].join("\n");
  }
}
