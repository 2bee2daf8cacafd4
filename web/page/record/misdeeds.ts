// Peers that were cut off for what they did. A connection that is lost is none of
// these: the code of the error tells them apart.

import type { Viewer } from "../viewer.js";
import { nameOf, viewerOf } from "./identity.js";
import type { Source } from "./source.js";

/** By the code of the peer's error, what it is cut off for. */
const MISDEEDS: Partial<Record<string, { cause: string; what: string }>> = {
  "p2p-segment-validation-failed": { cause: "lies", what: "gave false bytes. They were not played, and it was cut off." },
  "peer-protocol-violation": { cause: "violations", what: "broke the rules of the exchange, and was cut off." },
  "peer-response-bytes-length-mismatch": { cause: "violations", what: "broke the rules of the exchange, and was cut off." },
};
/** So many are named; of more the number is told. */
const NAMED = 5;
/** So many are remembered, the latest: whoever comes again under new names is to cost nothing. */
const REMEMBERED = 500;

export function watchMisdeeds({ troubles }: Viewer, source: Source): void {
  /** By cause, names by viewer. */
  const culprits = new Map<string, { what: string; names: Map<string, string> }>();

  source.on("onPeerError", (_, { peerId, error }) => {
    const misdeed = MISDEEDS[(error as { code?: string }).code ?? ""];
    if (!misdeed) return;
    const known = culprits.get(misdeed.cause) ?? { what: misdeed.what, names: new Map<string, string>() };
    culprits.set(misdeed.cause, known);
    known.names.set(viewerOf(peerId), nameOf(peerId));
    if (known.names.size > REMEMBERED) known.names.delete(known.names.keys().next().value!);
    tell();
  });
  // It was given another chance: its accuser was wrong.
  source.on("onPeerConnect", (_, { peerId }) => {
    for (const { names } of culprits.values()) names.delete(viewerOf(peerId));
    tell();
  });

  function tell(): void {
    for (const [cause, { what, names }] of culprits) {
      troubles.set(cause, names.size === 0 ? undefined : `${list([...names.values()])} ${what}`);
    }
  }
}

function list(names: string[]): string {
  if (names.length === 1) return `The peer ${names[0]}`;
  const more = names.length > NAMED ? `, and ${names.length - NAMED} more` : "";
  return `Each of the peers ${names.slice(0, NAMED).join(", ")}${more}`;
}
