// Whether the tracker and the loader do their part in finding other viewers.

import type { TrackerLostWarning } from "../../src/types.js";
import type { Viewer } from "../viewer.js";
import type { Source } from "./source.js";

/** While the tracker is away the page tries so often whether it is back, where the loader does not tell. */
const TRY_EVERY_MS = 3000;

export function watchTracker({ troubles, steering }: Viewer, source: Source): void {
  const { loader, tracker } = steering.view.value;
  const isWell = () => troubles.set("tracker", undefined);
  const isAway = (retryAt?: number) => {
    troubles.set("tracker", `The tracker at ${tracker} does not answer. New viewers are not found until it does; the video plays on.`, "warning", retryAt);
  };
  source.on("onTrackerReply", isWell);
  source.on("onPeerConnect", isWell);
  source.on("onTrackerWarning", (at, { warning }) => {
    if (loader !== "ours") return isAway();
    if (isLoss(warning)) return isAway(at + warning.retryInMs);
    // A peer that cannot be reached is warned of in this way too; what is the tracker's doing names it.
    if (warning instanceof Error && warning.message.includes(tracker)) troubles.set("tracker", `The tracker complains: ${warning.message}`);
  });
  if (loader !== "ours") {
    source.on("onTrackerError", () => isAway());
    setInterval(tryWhetherBack, TRY_EVERY_MS);
  } else {
    if (typeof WebAssembly === "undefined") loaderIsGone("this browser has no WebAssembly");
    source.on("onTrackerError", (_, { error }) => loaderIsGone(error instanceof Error ? error.message : String(error)));
  }

  function loaderIsGone(why: string): void {
    troubles.set("loader", `The loader cannot run: ${why}. The video comes from the origin alone.`);
    isWell(); // nobody asks it any more
  }

  /** The last try, which has until the next. */
  let socket: WebSocket | undefined;

  function tryWhetherBack(): void {
    socket?.close();
    socket = undefined;
    if (!troubles.has("tracker")) return;
    try {
      socket = new WebSocket(tracker);
    } catch {
      return; // a page with TLS may not use a tracker without it
    }
    socket.onopen = isWell;
  }
}

function isLoss(warning: unknown): warning is TrackerLostWarning {
  return warning instanceof Error && "retryInMs" in warning;
}
