// Where the player is in the stream, and what it has of what comes next.

import type { MediaFragment } from "hls.js";
import type { StreamType } from "../../src/types.js";
import type { Player } from "../player/player.js";
import type { Download, Segments } from "./segments.js";
import { runtimeIdOf } from "./source.js";

/** A segment of the playlist near the playhead. Times are in seconds from the playhead, negative behind it. */
export interface Near {
  readonly number: number;
  readonly start: number;
  readonly end: number;
  readonly download: Download | undefined;
  /** Loaded, or in the player's buffer: of what is there for long the download is forgotten. */
  readonly isHere: boolean;
  /** Not here yet, and to be shown soon. */
  readonly isUrgent: boolean;
}

export interface Range {
  readonly start: number;
  readonly end: number;
}

export class Playhead {
  constructor(
    private readonly player: Player,
    private readonly video: HTMLVideoElement,
    private readonly segments: Segments,
  ) {}

  /** A segment that begins less than so many seconds ahead is urgent, as the loader is set; undefined without one. */
  get urgentWithin(): number | undefined {
    return this.player.engine?.getConfig().core.mainStream.highDemandTimeWindow;
  }

  /** Whether a download is of what will be shown soon. */
  isUrgent({ segment: { startTime, endTime } }: Download): boolean {
    const { currentTime } = this.video;
    return endTime > currentTime && startTime - currentTime < (this.urgentWithin ?? 0);
  }

  /** The segments from so many seconds behind the playhead to so many ahead, in order: the picture's, or those of sound of its own. */
  near(type: StreamType, behind: number, ahead: number): Near[] {
    const { currentTime } = this.video;
    const within = this.urgentWithin ?? 0;
    const near: Near[] = [];
    for (const frag of this.fragmentsOf(type)) {
      const { sn, start: startTime, end: endTime } = frag;
      const start = startTime - currentTime;
      const end = endTime - currentTime;
      if (end <= -behind || start >= ahead) continue;
      const download = this.segments.of(runtimeIdOf(frag));
      const isHere = download?.outcome === "loaded" || this.isBuffered(startTime, endTime);
      near.push({ number: sn, start, end, download, isHere, isUrgent: !isHere && end > 0 && start < within });
    }
    return near;
  }

  /** In how many seconds a recording ends; undefined of a live stream. */
  get endsIn(): number | undefined {
    const { duration, currentTime } = this.video;
    return Number.isFinite(duration) ? duration - currentTime : undefined;
  }

  /** What the player has in its buffer between the two, in seconds from the playhead. */
  buffered(behind: number, ahead: number): Range[] {
    const { buffered, currentTime } = this.video;
    const ranges: Range[] = [];
    for (let i = 0; i < buffered.length; i++) {
      const start = Math.max(-behind, buffered.start(i) - currentTime);
      const end = Math.min(ahead, buffered.end(i) - currentTime);
      if (start < end) ranges.push({ start, end });
    }
    return ranges;
  }

  /** How many seconds can be played before the buffer ends. */
  get bufferAhead(): number {
    const { buffered, currentTime } = this.video;
    for (let i = 0; i < buffered.length; i++) {
      if (buffered.start(i) <= currentTime && currentTime <= buffered.end(i)) return buffered.end(i) - currentTime;
    }
    return 0;
  }

  private fragmentsOf(type: StreamType): MediaFragment[] {
    const { levels, loadLevel, audioTracks, audioTrack } = this.player.hls;
    const playlist = type === "main" ? levels[loadLevel] : audioTracks[audioTrack];
    return playlist?.details?.fragments ?? [];
  }

  private isBuffered(start: number, end: number): boolean {
    const { buffered } = this.video;
    const middle = (start + end) / 2;
    for (let i = 0; i < buffered.length; i++) {
      if (buffered.start(i) <= middle && middle <= buffered.end(i)) return true;
    }
    return false;
  }
}
