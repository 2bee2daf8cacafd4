import { generationOf, nameOf, viewerOf } from "./identity.js";
import { Rate } from "./rate.js";
import type { Source } from "./source.js";

export interface Peer {
  readonly id: string;
  readonly name: string;
  readonly generation: string;
  /** When it came, by performance.now(). */
  readonly since: number;
  /** Bytes taken from it and given to it. */
  taken: number;
  given: number;
  readonly taking: Rate;
  readonly giving: Rate;
  /** Connections to it: one for each stream type. */
  connections: number;
}

/** Who is connected, and how fast bytes come and go. */
export class Peers {
  /** By what the peer ids of one viewer have in common: it has one id for each rendition. */
  readonly connected = new Map<string, Peer>();
  /** How fast the origin sends. */
  readonly origin = new Rate();

  constructor(source: Source) {
    source.on("onPeerConnect", (at, { peerId }) => {
      const peer = this.find(peerId) ?? newPeer(peerId, at);
      peer.connections++;
      this.connected.set(viewerOf(peerId), peer);
    });
    source.on("onPeerClose", (_, { peerId }) => {
      const peer = this.find(peerId);
      if (peer && --peer.connections === 0) this.connected.delete(viewerOf(peerId));
    });
    source.on("onChunkDownloaded", (at, bytes, from, peerId) => {
      if (from === "http") this.origin.add(at, bytes);
      const peer = peerId === undefined ? undefined : this.find(peerId);
      if (!peer) return;
      peer.taken += bytes;
      peer.taking.add(at, bytes);
    });
    source.on("onChunkUploaded", (at, bytes, peerId) => {
      const peer = this.find(peerId);
      if (!peer) return;
      peer.given += bytes;
      peer.giving.add(at, bytes);
    });
  }

  private find(peerId: string): Peer | undefined {
    return this.connected.get(viewerOf(peerId));
  }
}

function newPeer(id: string, since: number): Peer {
  return {
    id, name: nameOf(id), generation: generationOf(id), since,
    taken: 0, given: 0, taking: new Rate(), giving: new Rate(), connections: 0,
  };
}
