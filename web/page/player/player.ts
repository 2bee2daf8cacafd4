// The player: hls.js from npm, and below it the loader that the view asks for.

import Hls, { type HlsConfig } from "hls.js";
import type { View } from "../view.js";
import { type Engine, withEngine } from "./engine.js";
import { recover } from "./recovery.js";
import type { Renditions } from "./renditions.js";

/** hls.js's worker beside this script; set by build.mjs. */
declare const HLS_WORKER: string;

/** Everybody stays so far behind live, so that all are at the same place: 8 segments of 2 s. */
const SEGMENTS_BEHIND_LIVE = 8;

export interface Player {
  readonly hls: Hls;
  /** Undefined where hls.js plays by itself. */
  readonly engine: Engine | undefined;
}

/** How others find this viewer, and what it is called. */
export interface Meeting {
  /** The address of a STUN server. */
  stun: string | undefined;
  /** How the peer id begins. */
  peerIdPrefix: string;
}

/** Makes a player, which plays once it is told to `start`, so that nothing of it is missed. */
export async function makePlayer(view: View, { stun, peerIdPrefix }: Meeting): Promise<Player> {
  const config: Partial<HlsConfig> = {
    // hls.js hands its worker the very buffers that npm's core has stored, which
    // gives its peers nothing then.
    enableWorker: view.loader !== "javascript",
    workerPath: new URL(HLS_WORKER, import.meta.url).href,
    liveSyncDurationCount: SEGMENTS_BEHIND_LIVE,
    // Parts of segments are not shared, and nobody needs them so far behind live.
    lowLatencyMode: false,
    liveDurationInfinity: true, // by which the controls know live
    backBufferLength: 30,
  };
  if (view.loader === "none") return { hls: new Hls(config), engine: undefined };
  const HlsWithEngine = await withEngine(Hls, view.loader);
  const hls = new HlsWithEngine({
    ...config,
    p2p: {
      core: {
        swarmId: view.swarm,
        announceTrackers: [view.tracker],
        rtcConfig: { iceServers: stun ? [{ urls: stun }] : [] },
        trackerClientVersionPrefix: peerIdPrefix,
        isP2PDisabled: !view.p2p,
        ...(view.uploadLimit === undefined ? {} : { uploadRateLimit: view.uploadLimit }),
      },
    },
  });
  return { hls, engine: hls.p2pEngine };
}

/** Has the player load and play. `giveUp` is told why it has stopped for good, if it has. */
export function start(
  { hls }: Player, stream: string, video: HTMLVideoElement, renditions: Renditions, giveUp: (why: string) => void,
): void {
  recover(hls, stream, () => renditions.release(), giveUp);
  hls.loadSource(stream);
  hls.attachMedia(video);
}
