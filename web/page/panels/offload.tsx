import { now } from "../clock.js";
import { formatBytes, formatShare } from "../format.js";
import { type Bytes, shareOf } from "../record/bytes.js";
import type { Viewer } from "../viewer.js";
import { Panel } from "./panel.js";

/** How much peers gave, and what the origin was spared. */
export function Offload({ viewer: { bytes, engine } }: { viewer: Viewer }) {
  const lately = shareOf(bytes.last(60, now.value));
  const without = bytes.origin + bytes.saved;
  return (
    <Panel name="offload" title="From peers">
      <p class={bytes.peers > 0 ? "share" : "share none"}><output id="share">{formatShare(bytes.share)}</output></p>
      <p class="saved">{inWords(bytes, engine !== undefined)}</p>
      <Bar what="Without peers the origin would send" kind="without" bytes={without} of={without} />
      <Bar what="The origin has sent" kind="origin" bytes={bytes.origin} of={without} />
      <dl>
        <div><dt><i class="key origin" />From the origin</dt><dd id="origin">{formatBytes(bytes.origin)}</dd></div>
        <div><dt><i class="key peers" />From peers</dt><dd id="peers-bytes">{formatBytes(bytes.peers)}</dd></div>
        <div><dt><i class="key given" />Given to peers</dt><dd id="given">{formatBytes(bytes.given)}</dd></div>
        <div><dt>From peers in the last minute</dt><dd>{formatShare(lately)}</dd></div>
      </dl>
    </Panel>
  );
}

function inWords({ origin, peers, received, saved }: Bytes, hasLoader: boolean): string {
  if (received === 0) return "Nothing received yet.";
  if (!hasLoader) return `hls.js plays by itself: all ${formatBytes(origin)} came from the origin.`;
  if (peers === 0) return `All ${formatBytes(origin)} so far came from the origin.`;
  return `${formatBytes(peers)} of ${formatBytes(received)} came from peers. The origin was spared ${formatBytes(saved)}.`;
}

/** A length to compare. It repeats in a drawing what its caption says. */
function Bar({ what, kind, bytes, of }: { what: string; kind: string; bytes: number; of: number }) {
  const part = of === 0 ? 0 : (100 * bytes) / of;
  return (
    <div class="compared">
      <p>{what} <b>{formatBytes(bytes)}</b></p>
      <svg width="100%" height="10" aria-hidden="true">
        <rect class="track" width="100%" height="10" rx="5" />
        <rect class={kind} width={`${part}%`} height="10" rx="5" />
      </svg>
    </div>
  );
}
