// SHA-256 of segments (FIPS 180-4). Browsers compute it off the main thread, but on secure
// pages alone: on others, such as http:// in a local network, it is computed here.

import { sha256 as begin } from "@noble/hashes/sha2.js";
import { Chunks } from "./chunks.js";

/** For so long the main thread is held up at a time, in ms. */
const SLICE_MS = 4;
/** So many bytes are taken between two looks at the clock: well within that on a slow phone. */
const STEP = 64 * 1024;

/** Where pieces are joined for the browser, which copies them; it grows to the largest segment. */
let scratch = new Uint8Array();

/** The digest of all bytes. They must not change before it is there. */
export async function sha256(pieces: readonly (Uint8Array | Chunks)[]): Promise<Uint8Array> {
  const parts = pieces.flatMap((piece) => (piece instanceof Chunks ? piece.pieces : [piece]));
  const { subtle } = crypto as { subtle?: SubtleCrypto };
  if (!subtle) return inSlices(parts);
  try {
    return new Uint8Array(await subtle.digest("SHA-256", joinedForNow(parts)));
  } catch {
    return inSlices(parts); // it has run out of memory
  }
}

/** All bytes in a row, until the next call. */
function joinedForNow(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  if (parts.length === 1) return parts[0] as Uint8Array<ArrayBuffer>;
  const length = parts.reduce((sum, { byteLength }) => sum + byteLength, 0);
  if (scratch.byteLength < length) scratch = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    scratch.set(part, at);
    at += part.byteLength;
  }
  return scratch.subarray(0, length);
}

/** Leaves the main thread free for others again and again. */
async function inSlices(parts: readonly Uint8Array[]): Promise<Uint8Array> {
  const hash = begin.create();
  let until = performance.now() + SLICE_MS;
  for (const part of parts) {
    for (let at = 0; at < part.byteLength; at += STEP) {
      hash.update(part.subarray(at, at + STEP));
      if (performance.now() < until) continue;
      await othersTurn();
      until = performance.now() + SLICE_MS;
    }
  }
  return hash.digest();
}

/** Resolves once others had their turn. Timers would take a second each in a hidden tab. */
function othersTurn(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}
