// A page with hls.js and the engine, as its makers write it; `plain` leaves the
// engine out.

import Hls from "hls.js";
import { HlsJsP2PEngine } from "p2p-media-loader-hlsjs";

const setup = JSON.parse(document.getElementById("setup").textContent);
await window.configure?.(setup.p2p); // what a test cannot write in JSON
const Player = setup.plain ? Hls : HlsJsP2PEngine.injectMixin(Hls);
const hls = new Player({
  enableWorker: true,
  workerPath: "/node_modules/hls.js/dist/hls.worker.js",
  startLevel: 0,
  ...setup.hls,
  ...(!setup.plain && { p2p: { core: setup.p2p } }),
});
// One rendition for everybody, so that all are in one swarm.
hls.on(Hls.Events.MANIFEST_PARSED, () => (hls.loadLevel = 0));
window.viewer = { hls, engine: hls.p2pEngine };
hls.loadSource(setup.stream);
hls.attachMedia(document.getElementById("video"));
