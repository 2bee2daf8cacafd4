// SHA-256 of segments (FIPS 180-4). Browsers compute it on secure pages alone: on others,
// such as http:// in a local network, it is computed here.

import { sha256 as begin } from "@noble/hashes/sha2.js";
import { Chunks, joined } from "./chunks.js";
import { DigestThread } from "./digest-thread.js";

/** For so long the main thread is held up at a time, in ms. */
const SLICE_MS = 4;
/** So many bytes are taken between two looks at the clock: well within that on a slow phone. */
const STEP = 64 * 1024;

const thread = new DigestThread();

/** The digest of all bytes. They must not change before it is there. */
export async function sha256(pieces: readonly (Uint8Array | Chunks)[]): Promise<Uint8Array> {
  const { subtle } = crypto as { subtle?: SubtleCrypto };
  if (!subtle) return inSlices(pieces);
  const digest = await thread.compute(pieces);
  if (digest) return digest;
  try {
    return new Uint8Array(await subtle.digest("SHA-256", joined(pieces)));
  } catch {
    return inSlices(pieces); // it has run out of memory
  }
}

/** All bytes in a buffer of the caller's own: that of their digest, where there was one just now. */
export function bufferOf(pieces: readonly (Uint8Array | Chunks)[]): ArrayBuffer {
  return thread.take(pieces) ?? joined(pieces);
}

/** Leaves the main thread free for others again and again. */
async function inSlices(pieces: readonly (Uint8Array | Chunks)[]): Promise<Uint8Array> {
  const hash = begin.create();
  let until = performance.now() + SLICE_MS;
  for (const part of pieces.flatMap((piece) => (piece instanceof Chunks ? piece.pieces : [piece]))) {
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
