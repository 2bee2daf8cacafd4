// What happened, one line of plain words for each event. Bytes that come and go are
// too many to be told one by one, and a segment is told of when it has ended.

import type Hls from "hls.js";
import { ErrorDetails, Events } from "hls.js";
import type { DownloadSource, Segment, StreamType } from "../../src/types.js";
import { formatBytes } from "../format.js";
import { nameOf } from "./identity.js";
import type { Segments } from "./segments.js";
import type { Source } from "./source.js";

type JournalSource = Pick<Source, "on">;
type Downloads = Pick<Segments, "downloads">;

export const KINDS = ["segments", "peers", "tracker", "warnings", "player"] as const;
export type Kind = (typeof KINDS)[number];

export interface Entry {
  /** Counts up from 1. */
  readonly id: number;
  /** By Date.now(). */
  readonly at: number;
  readonly kind: Kind;
  readonly text: string;
}

/** The oldest of more than these are forgotten. */
export const ENTRIES_KEPT = 400;
/** What others wrote, such as a tracker's warning, may be long. */
const LETTERS_KEPT = 300;

export class Journal {
  /** The oldest first. Never changed, but replaced. */
  entries: readonly Entry[] = [];
  private added = 0;
  /** What the tracker said last, by type of stream. */
  private readonly viewers = new Map<StreamType, number>();

  /** @param segments has heard of an event before the journal does. */
  constructor(source: JournalSource, hls: Hls, segments: Downloads) {
    this.noteSegments(source, segments);
    this.notePeers(source);
    this.notePlayer(hls);
  }

  clear(): void {
    this.entries = [];
  }

  /** @param at by performance.now(), which stands still while the machine sleeps, so that its origin says nothing of the time of day. */
  private note(at: number, kind: Kind, text: string): void {
    const ago = performance.now() - at;
    const short = text.length > LETTERS_KEPT ? `${text.slice(0, LETTERS_KEPT)}…` : text;
    this.entries = [...this.entries.slice(1 - ENTRIES_KEPT), { id: ++this.added, at: Date.now() - ago, kind, text: short }];
  }

  private noteSegments(source: JournalSource, { downloads }: Downloads): void {
    source.on("onSegmentLoaded", (at, { segmentUrl, bytesLength, downloadSource, peerId }) => {
      // Of the parts of one file, which have one address, it is the one that ended last.
      const [download] = downloads.filter(({ segment, outcome }) => segment.url === segmentUrl && outcome === "loaded")
        .sort((one, other) => other.ended! - one.ended!);
      const took = download?.ended === undefined ? "" : ` in ${formatTime(download.ended - download.began)}`;
      const name = download ? nameOfSegment(download.segment) : fileOf(segmentUrl);
      this.note(at, "segments", `${name}: ${formatBytes(bytesLength)} from ${giver(downloadSource, peerId)}${took}`);
    });
    source.on("onSegmentAbort", (at, { segment }) => {
      this.note(at, "segments", `${nameOfSegment(segment)}: given up, as it is not needed any more`);
    });
    source.on("onSegmentError", (at, { segment, downloadSource, peerId, error }) => {
      this.note(at, "segments", `${nameOfSegment(segment)}: failed from ${giver(downloadSource, peerId)}: ${error.message || error.type}`);
    });

    function nameOfSegment({ runtimeId, url, byteRange }: Segment): string {
      if (!byteRange) return fileOf(url);
      const { number } = downloads.findLast(({ segment }) => segment.runtimeId === runtimeId) ?? {};
      return `${fileOf(url)}, ${number === undefined ? "init" : `segment ${number}`}`;
    }
  }

  private notePeers(source: JournalSource): void {
    source.on("onPeerConnect", (at, { peerId, streamType }) => {
      this.note(at, "peers", `Connected to ${nameOf(peerId)}${whatFor(streamType)}`);
    });
    source.on("onPeerClose", (at, { peerId, streamType }) => {
      this.note(at, "peers", `The connection to ${nameOf(peerId)}${whatFor(streamType)} has ended`);
    });
    source.on("onPeerError", (at, { peerId, error }) => {
      this.note(at, "peers", `Trouble with ${nameOf(peerId)}: ${error.message}`);
    });
    source.on("onTrackerError", (at, { error }) => this.note(at, "tracker", `Error: ${wordsOf(error)}`));
    source.on("onTrackerWarning", (at, { warning }) => this.note(at, "tracker", `Warning: ${wordsOf(warning)}`));
    source.on("onTrackerReply", (at, { streamType, viewers }) => {
      if (this.viewers.get(streamType) === viewers) return; // it replies three times a minute
      this.viewers.set(streamType, viewers);
      this.note(at, "tracker", `It counts ${viewers === 1 ? "one viewer" : `${viewers} viewers`} of this rendition${whatFor(streamType)}`);
    });
    source.on("onWarning", (at, { warning }) => this.note(at, "warnings", `${warning.message} (${warning.code})`));
    source.on("onWarningOver", (at, { code }) => this.note(at, "warnings", `Over: ${code}`));
  }

  private notePlayer(hls: Hls): void {
    const note = (text: string) => this.note(performance.now(), "player", text);
    hls.on(Events.MANIFEST_PARSED, (_, { levels }) => {
      note(`The stream has ${levels.length === 1 ? "one rendition" : `${levels.length} renditions`}`);
    });
    hls.on(Events.LEVEL_SWITCHED, (_, { level }) => {
      const { height, bitrate } = hls.levels[level] ?? {};
      note(`Plays ${height ? `${height}p` : `rendition ${level}`}${bitrate ? `, ${(bitrate / 1e6).toFixed(1)} Mbit/s` : ""}`);
    });
    hls.on(Events.ERROR, (_, { fatal, details, error }) => {
      if (fatal) note(`Cannot go on (${details}): ${error.message}`);
      else if (details === ErrorDetails.BUFFER_STALLED_ERROR) note("Stalled: what comes next is not here yet");
      else note(`Goes on after ${details}: ${error.message}`);
    });
  }
}

function giver(source: DownloadSource, peerId: string | undefined): string {
  if (source === "http") return "the origin";
  return peerId === undefined ? "a peer" : `peer ${nameOf(peerId)}`;
}

/** Sound of its own is a stream of its own, with connections of its own. */
function whatFor(streamType: StreamType): string {
  return streamType === "secondary" ? " for sound" : "";
}

/** The last two parts of an address's path: the file, and most often the rendition. */
function fileOf(url: string): string {
  return new URL(url).pathname.split("/").slice(-2).join("/").replace(/^\//, "");
}

function wordsOf(value: unknown): string {
  return value instanceof Error ? value.message : String(value);
}

function formatTime(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}
