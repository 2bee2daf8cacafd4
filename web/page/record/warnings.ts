// What the loader itself warns of.

import type { StreamType, WarningCode } from "../../src/types.js";
import type { Viewer } from "../viewer.js";
import type { Severity } from "./troubles.js";
import type { Source } from "./source.js";

const SAID: Record<WarningCode, { severity: Severity; text: string }> = {
  "digests-missing": {
    severity: "warning",
    text: "The origin's list of digests cannot be had. Until it is back, what peers give is played unchecked.",
  },
  "digests-false": {
    severity: "warning",
    text: "The origin's list of digests is false: the origin's own segments contradict it. Until it has been right again, what peers give is played unchecked.",
  },
  "stun-failed": {
    severity: "warning",
    text: "A STUN server did not answer. Viewers in different networks may not be able to connect.",
  },
  "upload-limit-reached": {
    severity: "information",
    text: "The upload limit is reached: peers are given nothing more. The video plays on.",
  },
};

export function watchWarnings({ troubles, steering }: Viewer, source: Source): void {
  /** By code, the stream types that it was said of: it is over when it is over for each of them. */
  const said = new Map<string, Set<StreamType>>();
  source.on("onWarning", (_, { streamType, warning }) => {
    const { severity, text } = SAID[warning.code] ?? { severity: "warning", text: warning.message };
    said.set(warning.code, (said.get(warning.code) ?? new Set()).add(streamType));
    troubles.set(warning.code, text, severity);
  });
  source.on("onWarningOver", (_, { streamType, code }) => {
    said.get(code)?.delete(streamType);
    if (!said.get(code)?.size) troubles.set(code, undefined);
  });
  // Of who does not share, none of it is true.
  steering.view.subscribe(({ p2p }) => {
    if (p2p) return;
    said.clear();
    for (const code of Object.keys(SAID)) troubles.set(code, undefined);
  });
}
