// Segment data as it came: in pieces, which are joined only for those who need it so.

/** Messages that are shorter than this on average are joined: each piece takes more memory than that. */
const SHORT = 512;

/** Some messages as one run of bytes. The module asks for its parts. */
export class Chunks {
  readonly pieces: readonly Uint8Array[];
  /** How many there were. */
  readonly messages: number;

  constructor(messages: readonly Uint8Array[]) {
    this.pieces = messages;
    this.messages = messages.length;
    if (messages.length > 1 && this.length < SHORT * messages.length) {
      const whole = new Uint8Array(this.length);
      this.copyTo(whole, 0);
      this.pieces = [whole];
    }
  }

  get length(): number {
    return this.pieces.reduce((sum, piece) => sum + piece.byteLength, 0);
  }

  /** Puts all bytes into a larger array, from `at` on. */
  copyTo(whole: Uint8Array, at: number): void {
    for (const piece of this.pieces) {
      whole.set(piece, at);
      at += piece.byteLength;
    }
  }

  /** The bytes from `start` to before `end`: a view of the piece that has them all, or a copy. */
  subarray(start: number, end: number): Uint8Array {
    let at = 0;
    for (const piece of this.pieces) {
      if (start >= at && end <= at + piece.byteLength) return piece.subarray(start - at, end - at);
      at += piece.byteLength;
    }
    const whole = new Uint8Array(at);
    this.copyTo(whole, 0);
    return whole.slice(start, end);
  }
}

/** All bytes in a buffer of their own. */
export function joined(pieces: readonly (Uint8Array | Chunks)[]): ArrayBuffer {
  const whole = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    if (piece instanceof Chunks) piece.copyTo(whole, at);
    else whole.set(piece, at);
    at += piece.length;
  }
  return whole.buffer;
}
