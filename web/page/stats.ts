import type { HlsJsP2PEngine } from "p2p-media-loader-hlsjs";

/** What came and went within one second, in bytes. */
export interface Second {
  origin: number;
  peers: number;
  given: number;
}

export interface PeerStats {
  /** Bytes taken from it and given to it. */
  taken: number;
  given: number;
  /** Connections to it: one for each stream type. */
  connections: number;
}

const SECONDS_KEPT = 60;

/** Bytes by source, as the engine's public events tell them. */
export class Stats {
  /** Bytes downloaded from the origin. */
  origin = 0;
  /** Bytes downloaded from peers. */
  peers = 0;
  /** Bytes uploaded to peers. */
  given = 0;
  /** Who is connected, by peer id. */
  readonly connected = new Map<string, PeerStats>();
  private readonly seconds = new Map<number, Second>();

  follow(engine: HlsJsP2PEngine): void {
    engine.addEventListener("onChunkDownloaded", (bytes, source, peerId) => {
      if (source === "http") return this.addFromOrigin(bytes);
      this.peers += bytes;
      this.now().peers += bytes;
      const peer = peerId === undefined ? undefined : this.connected.get(peerId);
      if (peer) peer.taken += bytes;
    });
    engine.addEventListener("onChunkUploaded", (bytes, peerId) => {
      this.given += bytes;
      this.now().given += bytes;
      const peer = this.connected.get(peerId);
      if (peer) peer.given += bytes;
    });
    engine.addEventListener("onPeerConnect", ({ peerId }) => {
      const peer = this.connected.get(peerId) ?? { taken: 0, given: 0, connections: 0 };
      peer.connections++;
      this.connected.set(peerId, peer);
    });
    engine.addEventListener("onPeerClose", ({ peerId }) => {
      const peer = this.connected.get(peerId);
      if (peer && --peer.connections === 0) this.connected.delete(peerId);
    });
  }

  addFromOrigin(bytes: number): void {
    this.origin += bytes;
    this.now().origin += bytes;
  }

  /** The part of what was received that peers gave, 0 to 1; undefined before the first byte. */
  get share(): number | undefined {
    const received = this.origin + this.peers;
    return received === 0 ? undefined : this.peers / received;
  }

  /** The last minute, the oldest second first. */
  lastMinute(): Second[] {
    const current = currentSecond();
    return Array.from({ length: SECONDS_KEPT }, (_, i) => {
      return this.seconds.get(current - SECONDS_KEPT + 1 + i) ?? { origin: 0, peers: 0, given: 0 };
    });
  }

  private now(): Second {
    const current = currentSecond();
    let second = this.seconds.get(current);
    if (!second) {
      second = { origin: 0, peers: 0, given: 0 };
      this.seconds.set(current, second);
      for (const old of this.seconds.keys()) {
        if (old <= current - SECONDS_KEPT) this.seconds.delete(old);
      }
    }
    return second;
  }
}

function currentSecond(): number {
  return Math.floor(performance.now() / 1000);
}
