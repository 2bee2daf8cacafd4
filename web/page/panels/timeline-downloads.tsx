// When each download began and ended, as a bar.

import { scaleLinear } from "d3-scale";
import { useState } from "preact/hooks";
import { type Download, LANES, type Segments } from "../record/segments.js";
import { describe, shortNameOf } from "./timeline-words.js";
import { useSize } from "./size.js";

/** So long is a second, so that what comes every two of them has room for its number. */
const SECOND_PX = 15;
const LONGEST_S = 60;
const LANE = { height: 26, text: 10, bar: 13, thick: 9 };
const AXIS = 20;
/** What takes no time is seen as this. */
const THINNEST = 4;
/** What a number takes. */
const TEXT = 26;

export function TimelineDownloads({ segments, at }: { segments: Segments; at: number }) {
  const [ref, width] = useSize<HTMLDivElement>();
  const span = Math.min(LONGEST_S, Math.max(1, Math.floor(width / SECOND_PX)));
  const downloads = segments.since(at - span * 1000, at);
  const [chosen, choose] = useState<number>();
  const shown = downloads.find(({ id }) => id === chosen);

  const step = (event: KeyboardEvent) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by || downloads.length === 0) return;
    event.preventDefault();
    const current = shown ? downloads.indexOf(shown) : by < 0 ? downloads.length : -1;
    choose(downloads[Math.min(downloads.length - 1, Math.max(0, current + by))]!.id);
  };
  return (
    <div class="downloads">
      <h3 id="downloads-title">When each was fetched</h3>
      <div
        class="chart" ref={ref} tabIndex={0} role="listbox" aria-labelledby="downloads-title" aria-orientation="horizontal"
        aria-activedescendant={shown && idOf(shown)} onKeyDown={step}
      >
        {width > 0 && <Chart downloads={downloads} chosen={shown} choose={choose} at={at} span={span} width={width} />}
      </div>
      <p class="hint caption">{shown ? describe(shown, at) : "Point at a bar, or go through them with the arrow keys."}</p>
    </div>
  );
}

function idOf({ id }: Download): string {
  return `download-${id}`;
}

interface Props {
  downloads: Download[];
  chosen: Download | undefined;
  choose: (id: number) => void;
  at: number;
  span: number;
  width: number;
}

function Chart({ downloads, chosen, choose, at, span, width }: Props) {
  const x = scaleLinear([at - span * 1000, at], [0, width]);
  const hasSecondary = downloads.some(({ type }) => type === "secondary");
  const lanes = LANES * (hasSecondary ? 2 : 1);
  const height = lanes * LANE.height + AXIS;
  const topOf = ({ type, lane }: Download) => ((type === "secondary" ? LANES : 0) + lane) * LANE.height;
  const textAt = withRoom(downloads, x, width - TEXT);
  return (
    <svg width={width} height={height} role="presentation">
      {hasSecondary && <text class="said" x={0} y={LANES * LANE.height + LANE.text}>sound</text>}
      {downloads.map((download) => (
        <Bar
          key={download.id} download={download} left={x(download.began)} right={x(download.ended ?? at)} top={topOf(download)}
          textAt={textAt.get(download)} isChosen={download === chosen} choose={choose} at={at}
        />
      ))}
      <line x1={0} x2={width} y1={height - AXIS + 0.5} y2={height - AXIS + 0.5} />
      {ticks(span).map((ago) => (
        <text key={ago} class={ago === 0 ? "last" : "tick"} x={x(at - ago * 1000)} y={height - 5}>{ago === 0 ? "now" : `${ago} s ago`}</text>
      ))}
    </svg>
  );
}

interface BarProps {
  download: Download;
  left: number;
  right: number;
  top: number;
  /** Where its number is, if there is room for it. */
  textAt: number | undefined;
  isChosen: boolean;
  choose: (id: number) => void;
  at: number;
}

function Bar({ download, left, right, top, textAt, isChosen, choose, at }: BarProps) {
  const { id, source, outcome } = download;
  const begin = Math.max(0, left);
  const width = Math.max(THINNEST, right - begin);
  const y = top + LANE.bar;
  return (
    <g class={`bar ${source} ${outcome.replace(" ", "-")}${isChosen ? " chosen" : ""}`} onPointerEnter={() => choose(id)}>
      <g id={idOf(download)} role="option" aria-selected={isChosen} aria-label={describe(download, at)}>
        <rect class="room" x={begin - 2} width={width + 4} y={top} height={LANE.height} />
        <rect x={begin} width={width} y={y} height={LANE.thick} rx="2" />
      </g>
      {textAt !== undefined && <text x={textAt} y={top + LANE.text}>{shortNameOf(download)}</text>}
      {outcome === "failed" && <text class="mark" x={begin + width + 2} y={y + LANE.thick}>✕</text>}
      {(outcome === "aborted" || outcome === "unknown") && <text class="mark" x={begin + width + 2} y={y + LANE.thick}>–</text>}
    </g>
  );
}

/** Where the numbers are of those whose number does not lie on another's of the same lane. */
function withRoom(downloads: Download[], x: (at: number) => number, rightmost: number): Map<Download, number> {
  const textAt = new Map<Download, number>();
  const ends = new Map<string, number>();
  for (const download of downloads) {
    const lane = `${download.type} ${download.lane}`;
    const left = Math.max(0, Math.min(x(download.began), rightmost));
    if (left < (ends.get(lane) ?? 0)) continue;
    ends.set(lane, left + TEXT);
    textAt.set(download, left);
  }
  return textAt;
}

function ticks(span: number): number[] {
  return Array.from({ length: Math.floor((span - 4) / 10) + 1 }, (_, i) => i * 10);
}
