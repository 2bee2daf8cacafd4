// The demo: hls.js from npm, the engine of P2P Media Loader from npm, and our
// core below it.

import Hls, { Events } from "hls.js";
import { HlsJsP2PEngine } from "p2p-media-loader-hlsjs";
import { addresses, stunPort } from "./address.js";
import { nameOf, newPeerIdPrefix } from "./identity.js";
import { reportTroubles } from "./troubles.js";
import { Stats } from "./stats.js";
import { element, Notices, show } from "./view.js";

/** hls.js's worker beside this script; set by build.mjs. */
declare const HLS_WORKER: string;

/** Everybody stays so far behind live, so that all are at the same place: 8 segments of 2 s. */
const SEGMENTS_BEHIND_LIVE = 8;
const SHOW_EVERY_MS = 500;

const where = addresses(location, await stunPort());
const peerIdPrefix = newPeerIdPrefix();
const video = element<HTMLVideoElement>("video");
const notices = new Notices();
const stats = new Stats();

element("me").textContent = nameOf(peerIdPrefix);
setInterval(() => show(stats), SHOW_EVERY_MS);

if (Hls.isSupported()) play();
else notices.set("player", "This browser has no Media Source Extensions, which the player needs.");

function play(): void {
  const HlsWithP2P = HlsJsP2PEngine.injectMixin(Hls);
  const hls = new HlsWithP2P({
    enableWorker: true,
    workerPath: new URL(HLS_WORKER, import.meta.url).href,
    liveSyncDurationCount: SEGMENTS_BEHIND_LIVE,
    backBufferLength: 30,
    p2p: {
      core: {
        swarmId: where.swarm,
        announceTrackers: [where.tracker],
        rtcConfig: { iceServers: where.stun ? [{ urls: where.stun }] : [] },
        trackerClientVersionPrefix: peerIdPrefix,
        isP2PDisabled: !where.p2p,
      },
    },
  }) as Hls & { p2pEngine: HlsJsP2PEngine };
  const engine = hls.p2pEngine;
  stats.follow(engine);
  reportTroubles(hls, engine, stats, notices, where);

  // Viewers of one rendition can share, so everybody begins with the one that
  // the manifest lists first, and stays there. Whose line cannot carry it
  // stalls, and is released to choose by bandwidth.
  hls.on(Events.MANIFEST_PARSED, (_, { firstLevel }) => {
    hls.startLevel = firstLevel;
    hls.loadLevel = firstLevel;
  });
  hls.on(Events.LEVEL_SWITCHED, (_, { level }) => {
    const { width, height, bitrate } = hls.levels[level]!;
    const size = width && height ? `${width} × ${height}, ` : "";
    element("rendition").textContent = `${size}${(bitrate / 1e6).toFixed(1)} Mbit/s`;
  });

  hls.loadSource(where.stream);
  hls.attachMedia(video);

  // For tests and the console: the player, the engine with its events, the
  // bytes so far, and this viewer's name.
  Object.assign(window, { viewer: { hls, engine, stats, name: nameOf(peerIdPrefix) } });
}
