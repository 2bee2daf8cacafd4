// A thread of its own for SHA-256: a browser may compute it on the thread that asks, as
// Chromium 156 does, for a millisecond or more for each megabyte.

import { joined, type Chunks } from "./chunks.js";

/** What runs there. It gives back the buffer that it was given. */
const SOURCE = `onmessage = async ({ data: [id, buffer] }) => {
  const digest = await crypto.subtle.digest("SHA-256", buffer).catch(() => null);
  postMessage([id, digest, buffer], [buffer]);
};`;

/** How many segments are kept joined for the player: so many may come at a time. */
const KEPT = 3;

type Pieces = readonly (Uint8Array | Chunks)[];

/** One whose digest is waited for. */
interface Waiting {
  pieces: Pieces;
  done: (digest: Uint8Array | undefined) => void;
}

/** The thread, from the first digest on. Secure pages alone can have it. */
export class DigestThread {
  /** Null where there is none, or none any more: a page's policy may not want it. */
  private worker: Worker | null | undefined;
  private readonly waiting = new Map<number, Waiting>();
  /** Those that came back last. */
  private readonly kept: { pieces: Pieces; buffer: ArrayBuffer }[] = [];
  private last = 0;

  /** The digest of all bytes; undefined where it cannot be computed there. */
  compute(pieces: Pieces): Promise<Uint8Array | undefined> {
    if (this.worker === undefined) this.worker = this.start();
    const { worker } = this;
    if (!worker) return Promise.resolve(undefined);
    const buffer = joined(pieces);
    const id = ++this.last;
    worker.postMessage([id, buffer], [buffer]);
    return new Promise((done) => this.waiting.set(id, { pieces, done }));
  }

  /** The bytes in a buffer of the caller's own, if they were joined for a digest just now: the player need not wait for a copy. */
  take(pieces: Pieces): ArrayBuffer | undefined {
    const at = this.kept.findIndex((one) => isSame(one.pieces, pieces));
    return at < 0 ? undefined : this.kept.splice(at, 1)[0]!.buffer;
  }

  private start(): Worker | null {
    try {
      const worker = new Worker(URL.createObjectURL(new Blob([SOURCE], { type: "text/javascript" })));
      worker.onmessage = ({ data: [id, digest, buffer] }: MessageEvent<[number, ArrayBuffer | null, ArrayBuffer]>) => {
        const pieces = this.waiting.get(id)?.pieces;
        if (pieces && this.kept.push({ pieces, buffer }) > KEPT) this.kept.shift();
        this.answer(id, digest ? new Uint8Array(digest) : undefined);
      };
      worker.onerror = (event) => {
        event.preventDefault(); // it is no fault of the page's
        worker.terminate();
        this.worker = null;
        for (const id of [...this.waiting.keys()]) this.answer(id, undefined);
      };
      return worker;
    } catch {
      return null;
    }
  }

  private answer(id: number, digest: Uint8Array | undefined): void {
    this.waiting.get(id)?.done(digest);
    this.waiting.delete(id);
  }
}

function isSame(some: Pieces, others: Pieces): boolean {
  return some.length === others.length && some.every((piece, i) => piece === others[i]);
}
