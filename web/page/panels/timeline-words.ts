// What the drawings and the list of the timeline say of a download.

import { formatBytes, formatRate } from "../format.js";
import type { Download } from "../record/segments.js";

/** The media sequence number, or what has none; of sound of its own it says so. */
export function nameOfSegment({ number, type }: Pick<Download, "number" | "type">): string {
  return `${number ?? "init"}${type === "secondary" ? ", sound" : ""}`;
}

/** The number's last digits, for drawings: neighbours differ in them. */
export function shortNameOf({ number }: Pick<Download, "number">): string {
  return number === undefined ? "init" : `${number}`.slice(-3);
}

export function whereFrom({ source, peer }: Download): string {
  return source === "origin" ? "Origin" : `Peer ${peer ?? ""}`.trimEnd();
}

export function lasted({ began, ended }: Download, now: number): number {
  return (ended ?? now) - began;
}

export function formatMs(ms: number): string {
  return ms < 10_000 ? `${Math.round(ms)} ms` : `${Math.round(ms / 1000)} s`;
}

export function outcomeInWords(download: Download): string {
  const { outcome, reason } = download;
  if (outcome === "failed") return reason ? `failed (${reason})` : "failed";
  if (outcome === "aborted") return "called off";
  if (outcome === "unknown") return "not heard of again";
  return outcome;
}

/** In bytes a second; undefined where a part may have come before. */
export function rateOf({ bytes, isResumed, began, ended }: Download): number | undefined {
  if (bytes === undefined || ended === undefined || isResumed || ended <= began) return undefined;
  return (1000 * bytes) / (ended - began);
}

/** All that is known of a download, in a sentence. */
export function describe(download: Download, now: number): string {
  const rate = rateOf(download);
  return [
    `Segment ${nameOfSegment(download)}`,
    whereFrom(download),
    `${outcomeInWords(download)}, ${formatMs(lasted(download, now))}`,
    download.bytes === undefined ? "" : formatBytes(download.bytes),
    rate === undefined ? "" : formatRate(rate),
  ].filter(Boolean).join(" · ");
}
