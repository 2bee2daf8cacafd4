// What the server tells everybody of its tracker.

import { defaults, type View } from "../view.js";

/** The page does not wait longer than this for an answer. */
const ASK_FOR_MS = 2000;

export interface Stats {
  /** Members of all swarms. */
  peersCount: number;
  /** By info hash in hexadecimal. */
  peersCountPerInfoHashPerTracker: Record<string, number>[];
}

/** Whether the tracker is that of the server that the page came from. */
export function isOwnTracker({ tracker }: Pick<View, "tracker">): boolean {
  return tracker === defaults(new URL(location.href)).tracker;
}

/** Undefined where the server does not answer, or is not ours. */
export async function readStats(): Promise<Stats | undefined> {
  try {
    const response = await fetch("stats.json", { cache: "no-store", signal: AbortSignal.timeout(ASK_FOR_MS) });
    return response.ok ? ((await response.json()) as Stats) : undefined;
  } catch {
    return undefined;
  }
}

/** How many the tracker counts in a swarm. */
export function viewersOf(stats: Stats, infoHash: string): number {
  const hex = Array.from(infoHash, (letter) => letter.charCodeAt(0).toString(16).padStart(2, "0")).join("");
  return stats.peersCountPerInfoHashPerTracker.reduce((sum, counts) => sum + (counts[hex] ?? 0), 0);
}
