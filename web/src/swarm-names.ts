// How this page's viewers name what they share. The names are settled once in the
// life of a Core: changed in between, the page's storage would have a segment
// under one of them and be asked for it under another.

import type { Config } from "./config.js";
import type { LoaderSettings } from "./port.js";
import type { SegmentKey } from "./storage.js";
import type { SegmentWithStream, StreamType } from "./types.js";

export class SwarmNames {
  private readonly swarmIds: Record<StreamType, string>;

  /** @param manifestUrl the name where the page gives none. */
  constructor(config: Config, manifestUrl: string) {
    const swarmId = (type: StreamType) => String(config.stream(type).swarmId ?? "") || manifestUrl;
    this.swarmIds = { main: swarmId("main"), secondary: swarmId("secondary") };
  }

  /** Of a segment in the page's storage; the same as in wasm/wire. */
  key({ stream, externalId }: SegmentWithStream): SegmentKey {
    const swarmId = this.swarmIds[stream.type];
    return [swarmId, `v2-${swarmId}-${stream.type}-${stream.index}`, externalId];
  }

  /** The settings for the module, with which it comes to the same names. */
  settings(config: Config): LoaderSettings {
    const { mainStream, secondaryStream, ...common } = config.copy();
    return {
      ...common,
      mainStream: { ...mainStream, swarmId: this.swarmIds.main },
      secondaryStream: { ...secondaryStream, swarmId: this.swarmIds.secondary },
    };
  }
}
