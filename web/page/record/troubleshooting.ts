// Says in plain words what is missing or wrong, as long as it is.

import Hls from "hls.js";
import type { Viewer } from "../viewer.js";
import { watchWhetherAlone } from "./alone.js";
import { watchMisdeeds } from "./misdeeds.js";
import { watchPlayback } from "./playback.js";
import type { Source } from "./source.js";
import { watchTracker } from "./tracker.js";
import { watchWarnings } from "./warnings.js";

export function watchForTroubles(viewer: Viewer, source: Source): void {
  const { engine, troubles } = viewer;
  if (!Hls.isSupported()) {
    troubles.set("player", "This browser has no Media Source Extensions, which the player needs; please use a current one.");
    return;
  }
  watchPlayback(viewer, source);
  if (!engine) {
    troubles.set("p2p", "Without a loader all of the video comes from the origin.", "information");
    return;
  }
  if (!hasConnections()) {
    troubles.set("webrtc", "This browser has no WebRTC, so the video comes from the origin alone.");
  }
  watchSwitch(viewer);
  watchTracker(viewer, source);
  watchWhetherAlone(viewer, source);
  watchWarnings(viewer, source);
  watchMisdeeds(viewer, source);
}

function watchSwitch({ troubles, steering }: Viewer): void {
  steering.view.subscribe(({ p2p }) => {
    troubles.set("p2p", p2p ? undefined : "Sharing is switched off: all of the video comes from the origin.", "information");
    if (!p2p) troubles.set("tracker", undefined); // nobody asks it
  });
}

/** WebRTC can be missing, or be refused. */
function hasConnections(): boolean {
  try {
    new RTCPeerConnection().close();
    return true;
  } catch {
    return false;
  }
}
