// Has the player go on after what hls.js gives up at.

import Hls, { ErrorDetails, ErrorTypes, Events } from "hls.js";

const RETRY_AFTER_MS = 3000;
/** A decoder that fails again so soon after a new start cannot play this. */
const RECOVER_AFTER_MS = 5000;
/** After so many stalls within so long the fixed rendition is too much for this viewer's line. */
const STALLS_BEFORE_RELEASE = 3;
const STALLS_WITHIN_MS = 60_000;

/**
 * @param release has the player choose the rendition by bandwidth.
 * @param giveUp is told why the player has stopped for good.
 */
export function recover(hls: Hls, stream: string, release: () => void, giveUp: (details: ErrorDetails) => void): void {
  let recovered = -Infinity;
  let stalls: number[] = [];
  const later = (again: () => void) => setTimeout(again, RETRY_AFTER_MS);
  hls.on(Events.ERROR, (_, { fatal, type, details }) => {
    const now = performance.now();
    if (details === ErrorDetails.BUFFER_STALLED_ERROR) {
      stalls = [...stalls.filter((at) => now - at < STALLS_WITHIN_MS), now];
      if (stalls.length === STALLS_BEFORE_RELEASE) release();
    }
    if (!fatal) return;
    if (isMissing(details)) later(() => hls.loadSource(stream));
    else if (type === ErrorTypes.NETWORK_ERROR) later(() => hls.startLoad());
    else if (type === ErrorTypes.MEDIA_ERROR && !isUndecodable(details) && now - recovered > RECOVER_AFTER_MS) {
      recovered = now;
      hls.recoverMediaError();
    } else giveUp(details);
  });
}

/** Whether there is no stream, or none yet: a server that starts may answer with a page of its own. */
export function isMissing(details: ErrorDetails): boolean {
  const missing: readonly string[] = [ErrorDetails.MANIFEST_LOAD_ERROR, ErrorDetails.MANIFEST_LOAD_TIMEOUT, ErrorDetails.MANIFEST_PARSING_ERROR];
  return missing.includes(details);
}

/** Whether this browser has no decoder for any rendition. */
function isUndecodable(details: ErrorDetails): boolean {
  return details === ErrorDetails.MANIFEST_INCOMPATIBLE_CODECS_ERROR;
}
