import { formatBytes, formatRate } from "../format.js";
import type { Playhead } from "../record/playhead.js";
import { type Download, KEPT_MS, type Segments } from "../record/segments.js";
import { formatMs, lasted, nameOfSegment, outcomeInWords, rateOf, whereFrom } from "./timeline-words.js";

const ROWS = 12;

/** The latest downloads, in figures. */
export function TimelineList({ segments, playhead, at }: { segments: Segments; playhead: Playhead; at: number }) {
  const latest = segments.since(at - KEPT_MS, at).slice(-ROWS).reverse();
  return (
    <div class="list">
      <h3 id="list-title">The latest</h3>
      <table aria-labelledby="list-title">
        <thead>
          <tr>
            <th scope="col">Segment</th><th scope="col">From</th><th scope="col">Time</th><th scope="col">Size</th>
            <th scope="col" class="rate">Rate</th>
          </tr>
        </thead>
        <tbody>
          {latest.map((download) => (
            <Row key={download.id} download={download} isUrgent={playhead.isUrgent(download)} at={at} />
          ))}
        </tbody>
      </table>
      {latest.length === 0 && <p class="hint">Nothing has been fetched yet.</p>}
    </div>
  );
}

function Row({ download, isUrgent, at }: { download: Download; isUrgent: boolean; at: number }) {
  const { outcome, source, peer, bytes } = download;
  const rate = rateOf(download);
  const isUnderWay = outcome === "under way";
  const state = isUnderWay ? (isUrgent ? "urgent" : "now") : outcomeInWords(download);
  return (
    <tr class={outcome.replace(" ", "-")}>
      <th scope="row">{nameOfSegment(download)}</th>
      <td><i class={`key ${source}`} />{peer ?? whereFrom(download)}</td>
      <td>{formatMs(lasted(download, at))}</td>
      {bytes === undefined
        ? <td colSpan={2} class={isUnderWay && isUrgent ? "state urgent" : "state"}>{state}</td>
        : <><td>{formatBytes(bytes)}</td><td class="rate">{rate === undefined ? "–" : formatRate(rate)}</td></>}
    </tr>
  );
}
