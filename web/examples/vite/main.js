// Nothing here tells whose core it is; see "p2p-media-loader-core" in package.json.

import Hls from "hls.js";
import { HlsJsP2PEngine } from "p2p-media-loader-hlsjs";

const HlsWithP2P = HlsJsP2PEngine.injectMixin(Hls);
const hls = new HlsWithP2P({
  liveSyncDurationCount: 8, // so far behind live there is time to share
  p2p: {
    core: {
      announceTrackers: ["ws://localhost:49199/"],
      rtcConfig: { iceServers: [{ urls: "stun:localhost:3478" }] },
    },
  },
});

const bytes = { http: 0, p2p: 0 };
hls.p2pEngine.addEventListener("onChunkDownloaded", (length, source) => {
  bytes[source] += length;
  document.getElementById(source).value = Math.round(bytes[source] / 1000);
});

hls.loadSource("http://localhost:49199/hls/master.m3u8");
hls.attachMedia(document.getElementById("video"));
