// A program that uses the package by its own name; see ../package.test.mjs.

import { Core, CoreRequestError, RequestError, debug, generateStreamShortId } from "p2p-mediastream";
import type { CoreConfig, RequestErrorType, Segment, SegmentStorage, StreamWithSegments } from "p2p-mediastream";
import { HlsJsP2PEngine, type HlsWithP2PInstance } from "p2p-mediastream/hlsjs";
import { ShakaP2PEngine, type PartialShakaEngineConfig } from "p2p-mediastream/shaka";
import Hls from "hls.js";

type OwnStream = { runtimeId: string; type: "main"; index: string; mine: number };

export function use(storage: SegmentStorage): string {
  const config: CoreConfig = {
    loaderWasmUrl: "/loader.wasm",
    customSegmentStorageFactory: (isLive) => (isLive ? storage : storage),
    httpRequestSetup: async (url, byteRange, signal) => new Request(url, { signal, headers: { Range: `${byteRange?.start}` } }),
  };
  const core = new Core<OwnStream>(config);
  const stream: StreamWithSegments<OwnStream> | undefined = core.getStream("id");
  const mine: number | undefined = stream?.mine;
  const segment: Segment | undefined = stream?.segments.get("s");
  core.addEventListener("onSegmentError", ({ error }) => {
    const type: RequestErrorType = error.type;
    debug("program")(type, error instanceof RequestError);
  });
  void core.loadSegment("s", { onSuccess: ({ data }) => data.byteLength, onError: (reason: CoreRequestError) => reason.type });
  const hls: HlsWithP2PInstance<Hls> = new (HlsJsP2PEngine.injectMixin(Hls))({ p2p: { core: config } });
  const shaka: PartialShakaEngineConfig = { core: config };
  new ShakaP2PEngine(shaka).applyDynamicConfig({ core: { isP2PDisabled: hls.p2pEngine.getConfig().core.mainStream.isP2PDisabled } });
  // @ts-expect-error there is no such setting
  new Core({ cachedSegmentsCount: 5 });
  return generateStreamShortId({ bitrate: mine ?? segment?.externalId ?? 0 });
}
