// What a page writes with npm's engines, compiled with our core in the place of
// theirs. This only has to compile; see ../types.test.mjs.

import Hls from "hls.js";
import { Core, type CoreConfig, type CoreEventMap } from "p2p-media-loader-core";
import {
  HlsJsP2PEngine,
  type HlsJsP2PEngineConfig,
  type HlsWithP2PConfig,
  type HlsWithP2PInstance,
} from "p2p-media-loader-hlsjs";
import { ShakaP2PEngine, type ShakaP2PEngineConfig } from "p2p-media-loader-shaka";

const core: CoreConfig = {
  swarmId: "s",
  announceTrackers: ["wss://tracker.example"],
  rtcConfig: { iceServers: [{ urls: "stun:stun.example" }], iceTransportPolicy: "relay" },
  mainStream: { isP2PUploadDisabled: true },
};
const config: HlsWithP2PConfig<typeof Hls> = {
  p2p: { core, onHlsJsCreated: (created: HlsWithP2PInstance<typeof Hls>) => void created.p2pEngine },
};
const hls: HlsWithP2PInstance<Hls> = new (HlsJsP2PEngine.injectMixin(Hls))({ startLevel: 0, p2p: { core } });
const onPeerConnect: CoreEventMap["onPeerConnect"] = ({ peerId, streamType }) => void `${peerId} ${streamType}`;
hls.p2pEngine.addEventListener("onPeerConnect", onPeerConnect);
hls.p2pEngine.addEventListener("onSegmentError", ({ error }) => void (error.type === "http-error"));
hls.p2pEngine.applyDynamicConfig({ core: { isP2PDisabled: true } });
const given: HlsJsP2PEngineConfig = hls.p2pEngine.getConfig();
export const limit: number | undefined = given.core.segmentMemoryStorageLimit;

const shaka = new ShakaP2PEngine({ core });
shaka.addEventListener("onChunkDownloaded", (bytes, source, peerId) => void [bytes, source, peerId]);
export const window: number = (shaka.getConfig() satisfies ShakaP2PEngineConfig).core.mainStream.highDemandTimeWindow;
export const loadable: boolean = new Core(core).isSegmentLoadable(String(config));
