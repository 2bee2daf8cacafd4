// How a page is made: what axe-core finds in it, whether it fits, what the keyboard reaches.

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as places from "./places.mjs";
import { until } from "./until.mjs";

const axe = await readFile(join(places.modules, "axe-core/axe.min.js"), "utf8");
const GRAVE = ["serious", "critical"];

/** The widths of a phone, a tablet, a desk, and both schemes of colours. */
export const LOOKS = [360, 768, 1280].flatMap((width) => ["light", "dark"].map((scheme) => ({ width, scheme })));

export async function look({ page }, { width, scheme }) {
  await page.setViewportSize({ width, height: 800 });
  await page.emulateMedia({ colorScheme: scheme });
}

/** What axe-core finds that is serious or worse: a line for each element. */
export async function findsOfAxe({ page }) {
  // As the debugger's own code, which the page's policy does not concern.
  const protocol = await page.context().newCDPSession(page);
  await protocol.send("Runtime.evaluate", { expression: axe });
  await protocol.detach();
  const { violations, passes } = await page.evaluate(() => window.axe.run(document, { iframes: false }));
  if (passes.length === 0) throw new Error("axe-core has looked at nothing");
  return violations
    .filter(({ impact }) => GRAVE.includes(impact))
    .flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.join(" ")}: ${node.failureSummary}`));
}

/** What sticks out of the page to the right, so that it scrolls sideways: a line for each element. */
export async function sticksOut({ page }) {
  return page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) return [];
    return [...document.querySelectorAll("body *")]
      .filter((element) => element.getBoundingClientRect().right > clientWidth + 0.5)
      .map((element) => `${element.tagName}#${element.id}.${element.getAttribute("class") ?? ""} ends at ${element.getBoundingClientRect().right} of ${clientWidth}`);
  });
}

/** Waits until the picture of the video is another one than it was, as it is seen on the screen. */
export async function picturesMove({ page }) {
  const { x, y, width, height } = await page.locator("#video").evaluate((video) => {
    video.scrollIntoView({ block: "center" });
    return video.getBoundingClientRect().toJSON();
  });
  // Without the controls, which move by themselves.
  const clip = { x, y, width, height: height / 3 };
  const before = await page.screenshot({ clip });
  await until("the picture moves", async () => !before.equals(await page.screenshot({ clip })));
}

/**
 * Goes through the page by the Tab key, from its start until nothing more has the
 * focus: gives each stop, with whether it was drawn otherwise while it had the focus.
 */
export async function tabThrough({ page }) {
  await page.evaluate(() => {
    document.activeElement?.blur();
    getSelection().setPosition(document.body, 0);
  });
  const stops = [];
  for (;;) {
    await page.keyboard.press("Tab");
    const stop = await page.evaluate(takeFocus);
    if (stops.length > 0) stops.at(-1).marked = stop.leftMarked;
    if (!stop.name) return stops;
    if (stops.length > 300) throw new Error(`the keyboard does not get out:\n${stops.slice(-20).map(({ name }) => name).join("\n")}`);
    stops.push(stop);
  }
}

/** Runs in the page: tells of the element that has the focus, and whether the one before was marked. */
function takeFocus() {
  const path = [];
  for (let element = document.activeElement; element; element = element.shadowRoot?.activeElement) path.push(element);
  const marks = (elements) => elements.map((element) => {
    const { outlineStyle, outlineWidth, outlineColor, boxShadow } = getComputedStyle(element);
    return outlineStyle === "none" || outlineWidth === "0px" ? boxShadow : `${outlineStyle} ${outlineWidth} ${outlineColor} ${boxShadow}`;
  }).join("; ");
  const left = window.focusedBefore;
  const leftMarked = left && marks(left.path) !== left.marks;
  if (path.length === 0 || path[0] === document.body) {
    window.focusedBefore = undefined;
    return { leftMarked };
  }
  window.focusedBefore = { path, marks: marks(path) };
  const inner = path.at(-1);
  const box = inner.getBoundingClientRect();
  return {
    leftMarked,
    name: path.map((element) => `${element.localName}${element.id ? `#${element.id}` : ""}`).join(" > "),
    says: [inner.ariaLabel, inner.ariaLabelledByElements?.[0]?.textContent, inner.labels?.[0]?.textContent, inner.textContent]
      .map((text) => text?.trim().slice(0, 60)).find(Boolean),
    isInView: box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight,
  };
}

/** Where the Tab key should stop, in the order of the document. */
export async function tabStops({ page }) {
  return page.evaluate(() => {
    const stops = [];
    const walk = (root, path) => {
      for (const element of root.querySelectorAll("*")) {
        const name = `${element.localName}${element.id ? `#${element.id}` : ""}`;
        const isUnchosen = element.type === "radio" && !element.checked;
        if (element.tabIndex >= 0 && !element.disabled && !isUnchosen && element.checkVisibility({ visibilityProperty: true })) {
          stops.push([...path, name].join(" > "));
        }
        if (element.shadowRoot) walk(element.shadowRoot, [...path, name]);
      }
    };
    walk(document, []);
    return stops;
  });
}
