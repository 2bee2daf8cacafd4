import type { Player } from "./player/player.js";
import type { Renditions } from "./player/renditions.js";
import type { Steering } from "./player/steering.js";
import type { Bytes } from "./record/bytes.js";
import type { Journal } from "./record/journal.js";
import type { Peers } from "./record/peers.js";
import type { Playhead } from "./record/playhead.js";
import type { Segments } from "./record/segments.js";
import type { Troubles } from "./record/troubles.js";

/** This page as a viewer of the stream: the player, and what was recorded of it. */
export interface Viewer extends Player {
  /** What it is called on its own page and on the others'. */
  readonly name: string;
  /** The address of the server's STUN; undefined where it runs none. */
  readonly stun: string | undefined;
  readonly video: HTMLVideoElement;
  readonly renditions: Renditions;
  readonly steering: Steering;
  readonly bytes: Bytes;
  readonly peers: Peers;
  readonly segments: Segments;
  readonly playhead: Playhead;
  readonly journal: Journal;
  readonly troubles: Troubles;
}
