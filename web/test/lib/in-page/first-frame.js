// A page that measures the time to the first frame, with the engine or without.

import Hls from "hls.js";
import { HlsJsP2PEngine } from "p2p-media-loader-hlsjs";

const setup = JSON.parse(document.getElementById("setup").textContent);
const Player = setup.plain ? Hls : HlsJsP2PEngine.injectMixin(Hls);
const video = document.getElementById("video");
const began = performance.now();
video.requestVideoFrameCallback(() => (window.firstFrame = performance.now() - began));
const hls = new Player({
  enableWorker: true,
  workerPath: "/node_modules/hls.js/dist/hls.worker.js",
  startLevel: 0,
  ...setup.hls,
  ...(!setup.plain && { p2p: { core: setup.p2p } }),
});
hls.loadSource(setup.stream);
hls.attachMedia(video);
