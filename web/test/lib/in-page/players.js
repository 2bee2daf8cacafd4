// A page with several players: `player(name, swarmId)` gives one that is loading,
// and `window.players[name]` tells of it what a test wants to know.

import Hls from "hls.js";
import { HlsJsP2PEngine } from "p2p-media-loader-hlsjs";

const setup = JSON.parse(document.getElementById("setup").textContent);
const HlsWithP2P = HlsJsP2PEngine.injectMixin(Hls);
document.querySelector("video").remove();
window.players = {};

window.player = (name, swarmId) => {
  const video = document.createElement("video");
  Object.assign(video, { muted: true, autoplay: true, playsInline: true, width: 160 });
  document.body.append(video);
  const hls = new HlsWithP2P({
    enableWorker: true,
    workerPath: "/node_modules/hls.js/dist/hls.worker.js",
    ...setup.hls,
    p2p: { core: { ...setup.p2p, swarmId } },
  });
  hls.on(Hls.Events.MANIFEST_PARSED, () => (hls.loadLevel = 0));
  const told = { taken: {}, given: {}, loaded: 0, connected: [], ends: [], fatal: [] };
  const add = (to, peer, bytes) => (to[peer] = (to[peer] ?? 0) + bytes);
  const on = (event, listener) => hls.p2pEngine.addEventListener(event, listener);
  on("onPeerConnect", ({ peerId }) => told.connected.push(peerId));
  on("onPeerClose", ({ peerId }) => (told.connected = told.connected.filter((id) => id !== peerId)));
  on("onChunkDownloaded", (bytes, source, peer) => source === "p2p" && add(told.taken, peer, bytes));
  on("onChunkUploaded", (bytes, peer) => add(told.given, peer, bytes));
  on("onTrackerError", ({ error }) => told.ends.push(error.message));
  on("onSegmentLoaded", () => told.loaded++);
  hls.on("hlsError", (_, { details, fatal }) => fatal && told.fatal.push(details));
  window.players[name] = {
    video,
    hls,
    get told() {
      return { ...told, time: video.currentTime };
    },
  };
  hls.loadSource(setup.stream);
  hls.attachMedia(video);
};
