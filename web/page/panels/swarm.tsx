import { now } from "../clock.js";
import { formatBytes, formatRate } from "../format.js";
import type { Peer } from "../record/peers.js";
import type { Viewer } from "../viewer.js";
import { Panel } from "./panel.js";
import { SwarmGraph } from "./swarm-graph.js";

/** Who shares with this viewer: as a graph, and in figures. */
export function Swarm({ viewer }: { viewer: Viewer }) {
  const at = now.value;
  const { peers, bytes } = viewer;
  const connected = [...peers.connected.values()];
  return (
    <Panel name="swarm" title="The swarm">
      <SwarmGraph viewer={viewer} at={at} />
      <p class="hint legend">
        <span><i class="key origin" />From the origin</span>
        <span><i class="key peers" />From peers</span>
        <span><i class="key given" />Given to peers</span>
        <span>The thicker, the faster.</span>
      </p>
      <div class="peer-box" tabIndex={0} role="region" aria-label="The swarm in figures">
        <table class="peer-table">
          <caption class="unseen">The origin and the peers that this viewer is connected to</caption>
          <thead>
            <tr>
              <th scope="col">Who</th>
              <th scope="col"><abbr title="Generation of P2P Media Loader">Gen.</abbr></th>
              <th scope="col" class="figure">From it</th>
              <th scope="col" class="figure">To it</th>
              <th scope="col" class="figure">Since</th>
            </tr>
          </thead>
          <tbody>
            <tr class="origin">
              <th scope="row">origin</th>
              <td>–</td>
              <Figure bytes={bytes.origin} rate={peers.origin.at(at)} />
              <td class="figure">–</td>
              <td class="figure">–</td>
            </tr>
            {connected.map((peer) => <Row key={peer.id} peer={peer} at={at} />)}
          </tbody>
        </table>
      </div>
      {connected.length === 0 && <Nobody viewer={viewer} />}
    </Panel>
  );
}

function Row({ peer, at }: { peer: Peer; at: number }) {
  return (
    <tr data-peer={peer.id}>
      <th scope="row"><code title={peer.id}>{peer.name}</code></th>
      <td>{peer.generation}</td>
      <Figure bytes={peer.taken} rate={peer.taking.at(at)} />
      <Figure bytes={peer.given} rate={peer.giving.at(at)} />
      <td class="figure">{formatAge(at - peer.since)}</td>
    </tr>
  );
}

/** What idles has an empty line, so that the rates of the others are seen, and rows stay as high. */
function Figure({ bytes, rate }: { bytes: number; rate: number }) {
  return (
    <td class="figure">
      {formatBytes(bytes)}
      <small>{rate > 0 ? formatRate(rate) : "\u00a0"}</small>
    </td>
  );
}

/** What to do when there is nobody. */
function Nobody({ viewer: { engine, steering } }: { viewer: Viewer }) {
  if (!engine || !steering.view.value.p2p) return <p class="nobody">Nobody is met: this viewer does not share.</p>;
  return (
    <p class="nobody">
      Nobody else is here yet. <a href={steering.address({ others: 0 })} target="_blank">Open another viewer</a>, in a window beside this
      one, and watch the two share.
    </p>
  );
}

/** How long something has lasted, such as 42 s or 3 min. */
function formatAge(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
