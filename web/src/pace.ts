// How long the origin takes for a segment, for what is loaded without the module: what
// wasm/scheduler/times.go is for the rest, and with the numbers of that.

/** By how much the origin may be slower than it was: the module comes over the same line. */
const CAUTION = 2;
/** What it takes, beside the transfer, to go on elsewhere, and again while nobody is met, in seconds. */
const HANDOVER_S = 0.5;
/** Where the origin is not known to be quick, what is needed so soon, or within twice its length, is urgent. */
const UNSURE_S = 4;

/** What was measured of one stream type. The slowest so far counts: there were few. */
export class Pace {
  /** Seconds for each that a segment plays. */
  private perSecond = 0;
  /** Seconds for each bit: a film that begins in black has a small first segment. */
  private perBit = 0;

  /** A segment of so many seconds and bytes has taken so long, in ms. */
  took(ms: number, length: number, size: number): void {
    const seconds = Math.max(1, ms) / 1000;
    this.perSecond = Math.max(this.perSecond, seconds / length);
    this.perBit = Math.max(this.perBit, seconds / (8 * size));
  }

  /**
   * How long the origin takes for segments of that bitrate, in seconds for each that they
   * play; undefined where nothing was measured.
   *
   * @param bitrate in bits per second, 0 where it is not known.
   */
  of(bitrate: number): number | undefined {
    return Math.max(this.perSecond, bitrate * this.perBit) || undefined;
  }

  /** How long before its turn a segment of that length is urgent, in seconds, at that rate of playing. */
  urgency(length: number, rate: number, bitrate: number): number {
    const lasts = length / rate;
    const takes = CAUTION * (this.of(bitrate) ?? Infinity) * length;
    return takes < lasts ? takes + 2 * HANDOVER_S : Math.max(UNSURE_S, 2 * lasts);
  }
}
