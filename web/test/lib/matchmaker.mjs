// Trackers that bring two peers together at the same moment: each gets the other's
// offers before anybody can have answered, from every tracker.

import { once } from "node:events";
import { WebSocketServer } from "ws";

/** Starts `trackers` of them; they end with `t`. */
export async function startMatchmaker(t, trackers) {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
  await once(server, "listening");
  t.after(() => {
    for (const socket of server.clients) socket.terminate();
    server.close();
  });
  return new Matchmaker(server, trackers);
}

/** How many offers of each peer go to the other. */
const OFFERS = 2;

class Matchmaker {
  /** Announcements and their sockets, by tracker and peer id, until all are there. */
  #waiting = new Map();
  #sockets = new Map();

  constructor(server, trackers) {
    const address = `ws://127.0.0.1:${server.address().port}`;
    this.urls = Array.from({ length: trackers }, (_, i) => `${address}/${i}`);
    server.on("connection", (socket, { url }) => {
      socket.on("message", (text) => this.#hear(socket, url, JSON.parse(text)));
    });
  }

  #hear(socket, tracker, { peer_id, info_hash, to_peer_id, offer_id, answer, offers = [] }) {
    const name = (peer) => `${tracker} ${peer}`;
    this.#sockets.set(name(peer_id), socket);
    if (answer) {
      this.#sockets.get(name(to_peer_id)).send(JSON.stringify({ action: "announce", info_hash, peer_id, offer_id, answer }));
      return;
    }
    socket.send(JSON.stringify({ action: "announce", info_hash, interval: 120, complete: 0, incomplete: 2 }));
    if (offers.length === 0 || this.met) return;
    const messages = offers
      .slice(0, OFFERS)
      .map(({ offer_id, offer }) => JSON.stringify({ action: "announce", info_hash, peer_id, offer_id, offer }));
    this.#waiting.set(name(peer_id), { tracker, socket, messages });
    if (this.#waiting.size === 2 * this.urls.length) this.#meet();
  }

  #meet() {
    /** When they were brought together. */
    this.met = performance.now();
    const all = [...this.#waiting.values()];
    for (const { tracker, socket } of all) {
      const other = all.find((one) => one.tracker === tracker && one.socket !== socket);
      for (const message of other.messages) socket.send(message);
    }
  }
}
