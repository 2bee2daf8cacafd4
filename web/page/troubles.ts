// Says in plain words what is missing, and keeps trying.

import Hls, { ErrorDetails, ErrorTypes, Events } from "hls.js";
import type { HlsJsP2PEngine } from "p2p-media-loader-hlsjs";
import type { Addresses } from "./address.js";
import type { Stats } from "./stats.js";
import type { Notices } from "./view.js";

const RETRY_AFTER_MS = 3000;
/** A decoder that fails again so soon after a new start cannot play this. */
const RECOVER_AFTER_MS = 5000;
/** A tracker that has not failed for so long is taken for well. */
const TRACKER_QUIET_MS = 60_000;
/** After so many stalls the fixed rendition is too much for this viewer's line. */
const STALLS_BEFORE_RELEASE = 3;

export function reportTroubles(
  hls: Hls,
  engine: HlsJsP2PEngine,
  stats: Stats,
  notices: Notices,
  where: Addresses,
): void {
  if (!where.p2p) notices.set("p2p", "Sharing is switched off on this page (p2p=off).");
  else reportPeerTroubles(hls, engine, notices, where);
  reportPlayerTroubles(hls, notices, where);
  releaseWhenStalling(hls);

  // What hls.js loads by itself the engine tells nothing of.
  hls.on(Events.FRAG_LOADED, (_, { frag, networkDetails }) => {
    if (networkDetails) stats.addFromOrigin(frag.stats.loaded);
  });
}

function reportPeerTroubles(hls: Hls, engine: HlsJsP2PEngine, notices: Notices, where: Addresses): void {
  if (typeof RTCPeerConnection === "undefined") {
    notices.set("webrtc", "This browser has no WebRTC, so the video comes from the origin alone.");
  }
  hls.on(Events.FRAG_LOADED, (_, { frag, networkDetails }) => {
    if (!networkDetails || frag.sn === "initSegment") return;
    notices.set("loader", "The loader cannot run here (it needs WebAssembly), so the video comes from the origin alone.");
  });

  let timer: ReturnType<typeof setTimeout> | undefined;
  const trackerIsWell = () => {
    clearTimeout(timer);
    notices.set("tracker", undefined);
  };
  const trackerIsIll = () => {
    clearTimeout(timer);
    timer = setTimeout(trackerIsWell, TRACKER_QUIET_MS);
    notices.set("tracker", `The tracker at ${where.tracker} does not answer. New viewers are not found until it does; the video plays on.`);
  };
  engine.addEventListener("onTrackerError", trackerIsIll);
  engine.addEventListener("onTrackerWarning", ({ warning }) => {
    // A peer that cannot be reached is warned of in this way too.
    if (!(warning instanceof Error && warning.message.startsWith("connection to "))) trackerIsIll();
  });
  engine.addEventListener("onPeerConnect", trackerIsWell);
}

function reportPlayerTroubles(hls: Hls, notices: Notices, where: Addresses): void {
  let recovered = -Infinity;
  const later = (again: () => void) => setTimeout(again, RETRY_AFTER_MS);
  hls.on(Events.ERROR, (_, { fatal, type, details }) => {
    if (!fatal) return;
    if (details === ErrorDetails.MANIFEST_LOAD_ERROR || details === ErrorDetails.MANIFEST_LOAD_TIMEOUT) {
      notices.set("stream", `There is no stream at ${where.stream} yet. Looking again every few seconds.`);
      later(() => hls.loadSource(where.stream));
    } else if (type === ErrorTypes.NETWORK_ERROR) {
      notices.set("stream", "The origin does not answer. Trying again every few seconds.");
      later(() => hls.startLoad());
    } else if (type === ErrorTypes.MEDIA_ERROR && performance.now() - recovered > RECOVER_AFTER_MS) {
      recovered = performance.now();
      hls.recoverMediaError();
    } else {
      notices.set("player", `The player has stopped (${details}). Reload the page to try again.`);
    }
  });
  hls.on(Events.FRAG_BUFFERED, () => notices.set("stream", undefined));
}

function releaseWhenStalling(hls: Hls): void {
  let stalls = 0;
  hls.on(Events.ERROR, (_, { details }) => {
    if (details === ErrorDetails.BUFFER_STALLED_ERROR && ++stalls === STALLS_BEFORE_RELEASE) hls.loadLevel = -1;
  });
}
