import type { StreamWithSegments } from "./types.js";

/** What the engine has told a Core since its last `destroy()`. The Core owns it. */
export interface Known {
  manifestUrl: string | undefined;
  isLive: boolean;
  activeLevelBitrate: number;
  playback: { position: number; rate: number } | undefined;
  readonly streams: Map<string, StreamWithSegments>;
}
