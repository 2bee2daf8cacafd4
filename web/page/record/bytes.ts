import type { Source } from "./source.js";

/** Bytes by source: what came and went within a second, or on average in each. */
export interface Traffic {
  origin: number;
  peers: number;
  given: number;
}

/** The traffic at a moment. */
export interface Rates extends Traffic {
  /** By performance.now(). */
  readonly at: number;
}

/** Rates are shown of so long. */
export const SHOWN_S = 60;
/** Each is the mean of so many seconds, or a segment every two of them would be a comb. */
export const MEAN_S = 4;
const KEPT_S = SHOWN_S + MEAN_S + 2;

/** Of less than this the shares say nothing: everybody begins with a segment or two from the origin. */
const ENOUGH = 250_000;

/** Bytes by source. */
export class Bytes {
  /** Downloaded from the origin. */
  origin = 0;
  /** Downloaded from peers, whether used or thrown away. */
  peers = 0;
  /** Given to peers. */
  given = 0;
  /** In segments that are here as a whole, each once. */
  private used = 0;
  private readonly seconds = new Map<number, Traffic>();

  constructor(source: Pick<Source, "on">) {
    source.on("onChunkDownloaded", (at, bytes, from) => this.count(at, from === "http" ? "origin" : "peers", bytes));
    source.on("onChunkUploaded", (at, bytes) => this.count(at, "given", bytes));
    source.on("onSegmentLoaded", (_, { bytesLength }) => (this.used += bytesLength));
  }

  get received(): number {
    return this.origin + this.peers;
  }

  /**
   * What the origin was spared, at least: without peers it would have sent each of these
   * segments. What peers gave in vain is none of it, as the segment had to be fetched again.
   */
  get saved(): number {
    return Math.min(this.peers, Math.max(0, this.used - this.origin));
  }

  /** The part of what was received that peers gave, 0 to 1; undefined while that is too little to tell. */
  get share(): number | undefined {
    return shareOf(this);
  }

  /** The whole seconds before `now`, summed up. */
  last(seconds: number, now: number): Traffic {
    return this.sum(secondOf(now) - seconds, secondOf(now));
  }

  /** What was received and given in each `step` of the last minute, in whole seconds, the latest first. */
  lastMinute(step: number, now: number): Traffic[] {
    const current = secondOf(now);
    return Array.from({ length: SHOWN_S / step }, (_, i) => this.sum(current - (i + 1) * step, current - i * step));
  }

  /** The rates at each full second of the last minute, in bytes a second, the oldest first. They do not change later. */
  rates(now: number): Rates[] {
    const current = secondOf(now);
    return Array.from({ length: SHOWN_S + 2 }, (_, i) => {
      const second = current - SHOWN_S - 1 + i;
      const { origin, peers, given } = this.sum(second - MEAN_S, second);
      return { at: second * 1000, origin: origin / MEAN_S, peers: peers / MEAN_S, given: given / MEAN_S };
    });
  }

  private sum(from: number, to: number): Traffic {
    const sum = { origin: 0, peers: 0, given: 0 };
    for (let i = from; i < to; i++) {
      const second = this.seconds.get(i);
      if (!second) continue;
      sum.origin += second.origin;
      sum.peers += second.peers;
      sum.given += second.given;
    }
    return sum;
  }

  private count(at: number, what: keyof Traffic, bytes: number): void {
    this[what] += bytes;
    const current = secondOf(at);
    let second = this.seconds.get(current);
    if (!second) {
      second = { origin: 0, peers: 0, given: 0 };
      this.seconds.set(current, second);
      for (const old of this.seconds.keys()) {
        if (old <= current - KEPT_S) this.seconds.delete(old);
      }
    }
    second[what] += bytes;
  }
}

/** The part of what was received that peers gave, 0 to 1; undefined of too little. */
export function shareOf({ origin, peers }: Traffic): number | undefined {
  return origin + peers < ENOUGH ? undefined : peers / (origin + peers);
}

function secondOf(at: number): number {
  return Math.floor(at / 1000);
}
