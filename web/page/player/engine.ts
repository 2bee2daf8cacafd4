// The engine of P2P Media Loader below hls.js, on one core or the other.

import type { CoreEventMap, DefinedCoreConfig, DynamicCoreConfig, CoreConfig } from "../../src/types.js";
import type Hls from "hls.js";
import type { HlsConfig } from "hls.js";
import type { Loader } from "../view.js";

/** What npm's engine is to this page, with the settings and events that our core has beside npm's. */
export interface Engine {
  addEventListener<K extends keyof CoreEventMap>(event: K, listener: CoreEventMap[K]): void;
  getConfig(): { core: DefinedCoreConfig };
  applyDynamicConfig(config: { core?: DynamicCoreConfig }): void;
}

export type HlsWithEngine = Hls & { readonly p2pEngine: Engine };
type HlsWithEngineClass = new (config: Partial<HlsConfig> & { p2p: { core: CoreConfig } }) => HlsWithEngine;

interface EngineModule {
  HlsJsP2PEngine: { injectMixin(hls: typeof Hls): HlsWithEngineClass };
}

/** Adds the engine to hls.js. Only what is asked for is fetched. */
export async function withEngine(hls: typeof Hls, loader: Exclude<Loader, "none">): Promise<HlsWithEngineClass> {
  const module: unknown = loader === "ours" ? await import("p2p-media-loader-hlsjs") : await import("./javascript.js");
  return (module as EngineModule).HlsJsP2PEngine.injectMixin(hls);
}
