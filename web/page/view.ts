// Puts the numbers on the page. Reads them, changes none.

import { nameOf } from "./identity.js";
import type { Stats } from "./stats.js";

const SVG = "http://www.w3.org/2000/svg";
/** The chart's line between received and given, and its height. */
const LINE = 14;
const HEIGHT = 20;

export function element<T extends Element = HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no element #${id}`);
  return found as unknown as T;
}

export function show(stats: Stats): void {
  const { share } = stats;
  element("share").textContent = share === undefined ? "–" : `${Math.round(share * 100)} %`;
  element("bar-peers").style.transform = `scaleX(${share ?? 0})`;
  element("hint").textContent = share === undefined
    ? "Nothing received yet."
    : `${formatBytes(stats.peers)} of ${formatBytes(stats.origin + stats.peers)} received so far.`;
  element("origin").textContent = formatBytes(stats.origin);
  element("peers-bytes").textContent = formatBytes(stats.peers);
  element("given").textContent = formatBytes(stats.given);
  showPeers(stats);
  showChart(stats);
}

export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const units = ["kB", "MB", "GB", "TB"];
  const power = Math.min(Math.floor(Math.log10(bytes) / 3), units.length);
  const value = bytes / 1000 ** power;
  return `${value.toFixed(value < 10 ? 1 : 0)} ${units[power - 1]}`;
}

/** Messages in plain words, one for each cause; undefined takes one back. */
export class Notices {
  private readonly items = new Map<string, HTMLLIElement>();

  set(cause: string, text: string | undefined): void {
    let item = this.items.get(cause);
    if (text === undefined) {
      item?.remove();
      this.items.delete(cause);
      return;
    }
    if (!item) {
      item = document.createElement("li");
      this.items.set(cause, item);
      element("notices").append(item);
    }
    if (item.textContent !== text) item.textContent = text;
  }
}

function showPeers(stats: Stats): void {
  const rows = [...stats.connected].map(([peerId, { taken, given }]) => {
    const row = document.createElement("li");
    const name = document.createElement("code");
    name.textContent = nameOf(peerId);
    row.title = peerId;
    row.append(name, `${formatBytes(taken)} from, ${formatBytes(given)} to`);
    return row;
  });
  element("peers").replaceChildren(...rows);
  element("nobody").hidden = rows.length > 0;
}

function showChart(stats: Stats): void {
  const minute = stats.lastMinute();
  const scale = Math.max(
    1,
    ...minute.map(({ origin, peers }) => (origin + peers) / LINE),
    ...minute.map(({ given }) => given / (HEIGHT - LINE)),
  );
  const bars = minute.flatMap(({ origin, peers, given }, x) => [
    bar("peers", x, LINE - peers / scale, peers / scale),
    bar("origin", x, LINE - (peers + origin) / scale, origin / scale),
    bar("given", x, LINE, given / scale),
  ]);
  const line = document.createElementNS(SVG, "line");
  setAttributes(line, { x1: 0, x2: minute.length, y1: LINE, y2: LINE });
  element<SVGElement>("chart").replaceChildren(...bars.filter((made) => made !== undefined), line);
}

function bar(kind: string, x: number, y: number, height: number): SVGElement | undefined {
  if (height <= 0) return undefined;
  const rect = document.createElementNS(SVG, "rect");
  setAttributes(rect, { class: kind, x: x + 0.1, y, width: 0.8, height });
  return rect;
}

function setAttributes(target: Element, attributes: Record<string, string | number>): void {
  for (const [name, value] of Object.entries(attributes)) target.setAttribute(name, String(value));
}
