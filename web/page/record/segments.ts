// Each download of a segment: where from, from when to when, and how it ended.

import type { DownloadSource, Segment, SegmentLoadDetails, StreamType } from "../../src/types.js";
import { nameOf } from "./identity.js";
import type { Place, Source } from "./source.js";

export type Outcome = "under way" | "loaded" | "failed" | "aborted" | "unknown";

export interface Download {
  /** Counts the downloads, from 0. */
  readonly id: number;
  readonly segment: Segment;
  readonly type: StreamType;
  /** The segment's media sequence number, where it has one. */
  readonly number: number | undefined;
  readonly source: "origin" | "peers";
  /** The peer's id and name; undefined for the origin. */
  readonly peerId: string | undefined;
  readonly peer: string | undefined;
  /** Which of its type's lanes it has to itself, from 0. */
  readonly lane: number;
  /** By performance.now(). */
  readonly began: number;
  ended: number | undefined;
  outcome: Outcome;
  /** Of the whole segment, once it is loaded. */
  bytes: number | undefined;
  /** Whether an earlier download of the segment had broken off, and may have brought a part of it. */
  readonly isResumed: boolean;
  /** Why it failed, in the loader's own words. */
  reason: string | undefined;
}

/** So many downloads are remembered, and those that ended longer ago than this are not. */
export const DOWNLOADS_KEPT = 400;
export const KEPT_MS = 120_000;
/** Of what nothing more was heard for so long, no end will be heard. */
export const SILENT_MS = 60_000;
/** How many lie side by side at most; more share the last lane. */
export const LANES = 4;
/** Two in one lane are so far apart at least, so that they can be told apart. */
const LANE_GAP_MS = 250;

/** What happens to each segment. */
export class Segments {
  /** In the order in which they began. */
  readonly downloads: Download[] = [];
  private begun = 0;

  constructor(source: Pick<Source, "on" | "onRestart" | "placeOf">) {
    source.on("onSegmentStart", (at, { segment, downloadSource, peerId }) => {
      const former = this.underWay(segment, downloadSource, peerId);
      if (former) end(former, at, "unknown");
      this.begin(at, segment, downloadSource, peerId, source.placeOf(segment));
    });
    source.on("onSegmentLoaded", (at, loaded) => {
      const download = this.whatLoaded(loaded);
      if (!download) return;
      download.bytes = loaded.bytesLength;
      end(download, at, "loaded");
    });
    source.on("onSegmentError", (at, { segment, downloadSource, peerId, error }) => {
      const download = this.underWay(segment, downloadSource, peerId);
      if (!download) return;
      download.reason = [error.type, error.message].filter(Boolean).join(", ");
      end(download, at, "failed");
    });
    source.on("onSegmentAbort", (at, { segment, downloadSource, peerId }) => {
      const download = downloadSource && this.underWay(segment, downloadSource, peerId);
      if (download) end(download, at, "aborted");
    });
    source.onRestart((at) => {
      for (const download of this.downloads) if (download.outcome === "under way") end(download, at, "aborted");
    });
  }

  /** What has been fetched at any time since `from`, in the order in which it began. */
  since(from: number, now: number): Download[] {
    this.forget(now);
    return this.downloads.filter(({ ended = now }) => ended >= from);
  }

  /** The download that says most of a segment: the one that loaded it, or else the latest. */
  of(runtimeId: string): Download | undefined {
    const its = ({ segment }: Download) => segment.runtimeId === runtimeId;
    return this.downloads.findLast((download) => its(download) && download.outcome === "loaded")
      ?? this.downloads.findLast(its);
  }

  private begin(at: number, segment: Segment, from: DownloadSource, peerId: string | undefined, place: Place): void {
    this.forget(at);
    this.downloads.push({
      ...place,
      id: this.begun++,
      segment,
      source: from === "http" ? "origin" : "peers",
      peerId: peerId ?? undefined,
      peer: peerId ? nameOf(peerId) : undefined,
      lane: this.freeLane(at, place.type),
      began: at,
      ended: undefined,
      outcome: "under way",
      bytes: undefined,
      isResumed: this.brokeOff(segment),
      reason: undefined,
    });
  }

  /** Whether the last that was heard of a segment is that a download of it broke off. */
  private brokeOff({ runtimeId }: Segment): boolean {
    const last = this.downloads.findLast(({ segment }) => segment.runtimeId === runtimeId);
    return last !== undefined && last.outcome !== "loaded";
  }

  private underWay({ runtimeId }: Segment, from: DownloadSource, peerId: string | undefined): Download | undefined {
    return this.downloads.find((download) => download.segment.runtimeId === runtimeId && isFrom(download, from, peerId)
      && download.outcome === "under way");
  }

  /** The event names the address alone, which the parts of one file share: their size tells them apart, or who was first. */
  private whatLoaded({ segmentUrl, bytesLength, downloadSource, peerId }: SegmentLoadDetails): Download | undefined {
    const possible = this.downloads.filter((download) => download.segment.url === segmentUrl
      && isFrom(download, downloadSource, peerId) && download.outcome === "under way");
    return possible.find(({ segment: { byteRange } }) => byteRange && byteRange.end - byteRange.start + 1 === bytesLength)
      ?? possible[0];
  }

  private freeLane(at: number, type: StreamType): number {
    const taken = new Set<number>();
    for (const download of this.downloads) {
      const { ended = Infinity } = download;
      if (download.type === type && ended + LANE_GAP_MS > at) taken.add(download.lane);
    }
    let lane = 0;
    while (lane < LANES - 1 && taken.has(lane)) lane++;
    return lane;
  }

  private forget(now: number): void {
    for (const download of this.downloads) {
      if (download.outcome === "under way" && now - download.began > SILENT_MS) end(download, now, "unknown");
    }
    const old = this.downloads.findIndex(({ ended = now }) => now - ended <= KEPT_MS);
    this.downloads.splice(0, Math.max(old === -1 ? this.downloads.length : old, this.downloads.length + 1 - DOWNLOADS_KEPT));
  }
}

function isFrom(download: Download, from: DownloadSource, peerId: string | undefined): boolean {
  return (download.source === "origin") === (from === "http") && download.peerId === (peerId ?? undefined);
}

function end(download: Download, at: number, outcome: Outcome): void {
  download.ended = at;
  download.outcome = outcome;
}
