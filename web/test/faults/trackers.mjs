// What trackers and STUN servers do to viewers.

import { once } from "node:events";
import { WebSocketServer } from "ws";
import { startServer } from "../lib/server.mjs";
import { pause, timed } from "../lib/until.mjs";

/** A newcomer who has met nobody after so long is not waited for, in seconds. */
const LONG_ALONE = 60;

/** Runs in a page: counts its connections that are not closed, and its sockets. */
function count() {
  const made = { RTCPeerConnection: [], WebSocket: [] };
  for (const [name, list] of Object.entries(made)) {
    const Usual = window[name];
    window[name] = class extends Usual {
      constructor(...args) {
        super(...args);
        list.push(this);
      }
    };
  }
  const open = {
    connections: () => made.RTCPeerConnection.filter((one) => one.connectionState !== "closed").length,
    sockets: () => made.WebSocket.filter((one) => one.readyState === WebSocket.OPEN).length,
  };
  window.most = { connections: 0, sockets: 0 };
  setInterval(() => {
    for (const [name, now] of Object.entries(open)) window.most[name] = Math.max(window.most[name], now());
  }, 50);
}

/** Ours opens no more connections than this; it is npm's core that has no bound. */
const MOST_CONNECTIONS = 70;

/** Starts a tracker that says all that it should not, and many offers, and then too much at once. */
async function startBabbler(t) {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
  await once(server, "listening");
  t.after(() => {
    for (const socket of server.clients) socket.terminate();
    server.close();
  });
  server.on("connection", (socket) => {
    socket.once("message", (text) => {
      const { info_hash, offers: [{ offer } = {}] = [] } = JSON.parse(text);
      const say = (message) => socket.send(JSON.stringify(message));
      socket.send(Buffer.from([0xff, 0, 1, 2]));
      socket.send('{"action":');
      say({ "failure reason": "the moon is full" });
      say({ action: "announce", info_hash, "failure reason": "the moon is new", "warning message": "howl" });
      say({ action: "dance", info_hash });
      say({ action: "announce", info_hash, interval: -5, complete: 1e30, incomplete: "many" });
      for (let i = 0; offer && i < 300; i++) {
        const id = String(i).padStart(20, "-");
        say({ action: "announce", info_hash, peer_id: id, offer_id: id, offer });
      }
      setTimeout(() => socket.send(`"${"x".repeat(2 << 20)}"`), 2000);
    });
  });
  return `ws://127.0.0.1:${server.address().port}`;
}

export default [
  {
    name: "a tracker babbles, beside one that does not",
    told: / tracker (warning|error) /,
    loaders: ["ours", "npm"],
    async run(stage) {
      const giver = await stage.open();
      await giver.plays(1);
      const babbler = await startBabbler(stage.t);
      const p2p = { announceTrackers: [babbler, stage.server.tracker] };
      const viewer = await stage.open({ p2p, before: count });
      await viewer.until("it has met the other", ({ connected }) => connected.length === 1);
      await viewer.until("it takes from it, or gives", ({ peers, given }) => peers + given > 0);
      await viewer.plays(5);
      const { connections, sockets } = await viewer.page.evaluate(() => window.most);
      if (stage.loader === "ours" && (connections > MOST_CONNECTIONS || sockets > 2)) {
        throw new Error(`${connections} connections and ${sockets} sockets were open\n${await viewer.report()}`);
      }
      return { "connections at most": connections, "sockets at most": sockets };
    },
  },
  {
    name: "the tracker is killed, and back after 10 s",
    told: / tracker (warning|error) /,
    loaders: ["ours", "npm"],
    async run(stage) {
      const first = await startServer(stage.t, { args: ["--generator", "off"], stun: "off" });
      const { tracker } = first;
      const viewers = [await stage.open({ tracker }), await stage.open({ tracker })];
      for (const viewer of viewers) await viewer.until("they have met", ({ connected }) => connected.length === 1);
      await first.stop("SIGKILL");
      await pause(10);
      for (const viewer of viewers) {
        const { connected } = await viewer.plays(0.5);
        if (connected.length !== 1) throw new Error(`the peers went with the tracker\n${await viewer.report()}`);
      }
      await startServer(stage.t, { args: ["--generator", "off", "--listen", new URL(tracker).host], stun: "off" });
      const newcomer = await stage.open({ tracker });
      const since = performance.now();
      await newcomer.until(
        "the newcomer has met somebody",
        ({ connected }) => connected.length > 0 || performance.now() - since > 1000 * LONG_ALONE,
      );
      const alone = (performance.now() - since) / 1000;
      await newcomer.plays(1);
      return { "the newcomer is alone for, s": alone < LONG_ALONE ? alone : `over ${LONG_ALONE}` };
    },
  },
  {
    // Those who have met need it no more; those who come have their own addresses. What the
    // page is told is tested in bounds.test.mjs: of a silent one it would take 40 s here.
    name: "the STUN server goes",
    loaders: ["ours", "npm"],
    async run(stage) {
      const stun = await startServer(stage.t, { args: ["--generator", "off"] });
      const p2p = { highDemandTimeWindow: 4, rtcConfig: { iceServers: [{ urls: `stun:127.0.0.1:${stun.stunPort}` }] } };
      const viewers = [await stage.open({ p2p }), await stage.open({ p2p })];
      for (const viewer of viewers) await viewer.until("they have met", ({ connected }) => connected.length === 1);
      await stun.stop("SIGKILL");
      const newcomer = await stage.open({ p2p });
      const meetsAfter = await timed(newcomer.until("the newcomer meets both", ({ connected }) => connected.length === 2));
      await newcomer.until("it shares", ({ peers, given }) => peers + given > 0);
      for (const viewer of [...viewers, newcomer]) await viewer.plays(1);
      return { "the newcomer meets both after, s": meetsAfter };
    },
  },
];
