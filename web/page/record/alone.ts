// Why there are no peers, while there are none.

import type { Viewer } from "../viewer.js";
import type { Source } from "./source.js";
import { isOwnTracker, readStats, viewersOf } from "./stats.js";

const LOOK_EVERY_MS = 1000;
/** Who has just become alone wants to hear at once who else is there; later it is not worth a request a second. */
const FIRST_MS = 30_000;
const LOOK_LATER_EVERY_MS = 10_000;
/** Two viewers need a few seconds to meet; after so long something is in the way. */
const MEETING_TAKES_MS = 15_000;

/** How many viewers the tracker counts, this one included. */
export interface Count {
  /** Of this rendition; undefined where the loader does not tell. */
  rendition: number | undefined;
  /** On the whole server; undefined where that is not the page's. */
  server: number | undefined;
}

export function watchWhetherAlone({ troubles, peers, steering }: Viewer, source: Source): void {
  // What holds the loader off says all there is to say.
  const causes = ["p2p", "tracker", "webrtc", "loader", "stream"];
  /** What the tracker has last said of each stream type. */
  const replies = new Map<string, { infoHash: string; viewers: number }>();
  let othersSince: number | undefined;
  let aloneSince: number | undefined;
  let lookedAt = -Infinity;
  let isLooking = false;
  source.on("onTrackerReply", (_, { streamType, infoHash, viewers }) => replies.set(streamType, { infoHash, viewers }));
  source.on("onPeerConnect", tell);
  source.on("onPeerClose", tell);
  setInterval(() => void tick(), LOOK_EVERY_MS);

  function isAlone(): boolean {
    return peers.connected.size === 0 && !causes.some((cause) => troubles.has(cause));
  }

  function tell(): void {
    if (isAlone()) return;
    aloneSince = othersSince = undefined;
    troubles.set("peers", undefined);
  }

  async function tick(): Promise<void> {
    if (!isAlone()) return tell();
    const now = performance.now();
    aloneSince ??= now;
    const isDue = now - aloneSince < FIRST_MS || now - lookedAt >= LOOK_LATER_EVERY_MS;
    // A server that is slow is not asked again before it has answered.
    if (document.hidden || isLooking || !isDue) return;
    lookedAt = now;
    isLooking = true;
    await look();
    isLooking = false;
  }

  async function look(): Promise<void> {
    const count = await counted();
    if (!isAlone()) return tell();
    const others = Math.max(count.rendition ?? count.server ?? 1, 1) > 1;
    othersSince = others ? (othersSince ?? performance.now()) : undefined;
    const inVain = othersSince !== undefined && performance.now() - othersSince > MEETING_TAKES_MS;
    troubles.set("peers", describe(count, inVain), inVain ? "warning" : "information");
  }

  async function counted(): Promise<Count> {
    const stats = isOwnTracker(steering.view.value) ? await readStats() : undefined;
    const renditions = [...replies.values()].map(({ infoHash, viewers }) => (stats ? viewersOf(stats, infoHash) : viewers));
    return { rendition: renditions.length > 0 ? Math.max(...renditions) : undefined, server: stats?.peersCount };
  }
}

/** Undefined while nothing is known. */
export function describe({ rendition, server }: Count, inVain: boolean): string | undefined {
  const count = rendition ?? server;
  if (count === undefined || server === 0 || count === 0) return undefined; // not announced yet
  if (count > 1) {
    const where = rendition === undefined ? "" : " of this rendition";
    const who = `No peers yet. The tracker counts ${count} viewers${where}, this one included`;
    return inVain
      ? `${who}, but no connection to any of them has come about. A firewall may be in the way, or they cannot connect.`
      : `${who}; connecting.`;
  }
  if (server !== undefined && server > 1) {
    return `No peers yet. The tracker counts ${server} viewers, this one included, but no other of the same rendition and swarm.`;
  }
  return "No peers yet. You are the only viewer that the tracker counts: open another viewer, and the two will share.";
}
