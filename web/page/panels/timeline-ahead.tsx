// The stream around the playhead: what is here, what is on its way, what is urgent.

import { scaleLinear } from "d3-scale";
import type { Near, Playhead } from "../record/playhead.js";
import { outcomeInWords, shortNameOf, whereFrom } from "./timeline-words.js";
import { useSize } from "./size.js";

const BEHIND_S = 6;
const AHEAD_S = 20;
/** A row of cells, with what is said above it and what is free below. */
const ROW = { said: 20, cell: 28, gap: 6 };
const BUFFER = 6;
/** Below the buffer are times. */
const BELOW = 24;
/** Cells narrower than this have no room for their number. */
const ROOM = 24;
/** Below this width fewer times have room. */
const NARROW = 420;
/** What "the stream ends" takes. */
const ENDS = 100;

/** Drawn anew with each `at`. */
export function TimelineAhead({ playhead }: { playhead: Playhead; at: number }) {
  const [ref, width] = useSize<HTMLDivElement>();
  const near = playhead.near("main", BEHIND_S, AHEAD_S);
  const sound = playhead.near("secondary", BEHIND_S, AHEAD_S);
  const within = playhead.urgentWithin;
  const { endsIn = Infinity } = playhead;
  const urgent = [...near, ...sound].filter(({ isUrgent }) => isUrgent).length;
  return (
    <div class="ahead">
      <h3>What is needed next</h3>
      <div class="chart" ref={ref}>
        {width > 0 && <Chart playhead={playhead} near={near} sound={sound} within={within} endsIn={endsIn} width={width} />}
      </div>
      <p class="hint caption">
        {playhead.bufferAhead.toFixed(0)} s are in the player's buffer.{" "}
        {within !== undefined && `Urgent is what begins less than ${within} s ahead and is not here: ${count(urgent)}.`}
        {endsIn < AHEAD_S && ` ${endInWords(endsIn)}`}
      </p>
    </div>
  );
}

function count(segments: number): string {
  return segments === 0 ? "nothing now" : segments === 1 ? "1 segment" : `${segments} segments`;
}

interface Props {
  playhead: Playhead;
  near: Near[];
  sound: Near[];
  within: number | undefined;
  /** Infinity where no end is known. */
  endsIn: number;
  width: number;
}

function Chart({ playhead, near, sound, within, endsIn, width }: Props) {
  const x = scaleLinear([-BEHIND_S, AHEAD_S], [0, width]).clamp(true);
  const rows = sound.length > 0 ? [near, sound] : [near];
  const topOf = (row: number) => row * (ROW.said + ROW.cell) + ROW.said;
  const bufferTop = topOf(rows.length - 1) + ROW.cell + ROW.gap;
  const height = bufferTop + BUFFER + BELOW;
  return (
    <svg role="img" aria-label={allInWords(near, sound, endsIn)} width={width} height={height}>
      {within !== undefined && (
        <>
          <rect class="window" x={x(0)} width={x(Math.min(within, endsIn)) - x(0)} y={0} height={bufferTop + BUFFER} />
          {x(endsIn) - x(0) > ENDS && <text class="said" x={x(0) + 6} y={13}>urgent within {within} s</text>}
        </>
      )}
      {sound.length > 0 && <text class="said" x={0} y={topOf(1) - 5}>sound</text>}
      {rows.map((row, i) => row.map((segment) => (
        <Cell key={`${i} ${segment.number}`} segment={segment} x={x(segment.start)} width={x(segment.end) - x(segment.start)} top={topOf(i)} />
      )))}
      {endsIn < AHEAD_S && (
        <>
          <line class="end" x1={x(endsIn)} x2={x(endsIn)} y1={0} y2={bufferTop + BUFFER} />
          {x(endsIn) + ENDS < width && <text class="said" x={x(endsIn) + 6} y={topOf(0) + ROW.cell / 2} dy="0.35em">the stream ends</text>}
        </>
      )}
      {playhead.buffered(BEHIND_S, AHEAD_S).map(({ start, end }, i) => (
        <rect key={i} class="buffer" x={x(start)} width={x(end) - x(start)} y={bufferTop} height={BUFFER} />
      ))}
      <line class="playhead" x1={x(0)} x2={x(0)} y1={0} y2={bufferTop + BUFFER + 4} />
      {(width < NARROW ? [0, 10, 20] : [0, 5, 10, 15, 20]).map((ahead) => (
        <text key={ahead} class={ahead === AHEAD_S ? "last" : "tick"} x={x(ahead)} y={height - 4}>{ahead === 0 ? "playhead" : `+${ahead} s`}</text>
      ))}
    </svg>
  );
}

function Cell({ segment, x, width, top }: { segment: Near; x: number; width: number; top: number }) {
  const { download, isUrgent } = segment;
  const kinds = ["cell", download?.source, download?.outcome.replace(" ", "-"), isUrgent && "urgent"];
  return (
    <g class={kinds.filter(Boolean).join(" ")}>
      <title>{inWords(segment)}</title>
      <rect x={x + 1} width={Math.max(0, width - 2)} y={top} height={ROW.cell} rx="3" />
      {width >= ROOM && <text x={x + width / 2} y={top + ROW.cell / 2} dy="0.35em">{shortNameOf(segment)}</text>}
    </g>
  );
}

function allInWords(near: Near[], sound: Near[], endsIn: number): string {
  return [
    `The segments around the playhead: ${near.map(inWords).join(", ")}.`,
    sound.length > 0 && `Of the sound: ${sound.map(inWords).join(", ")}.`,
    endsIn < AHEAD_S && endInWords(endsIn),
  ].filter(Boolean).join(" ");
}

function endInWords(endsIn: number): string {
  return `The stream ends in ${Math.max(0, endsIn).toFixed(0)} s.`;
}

function inWords({ number, download, isHere, isUrgent }: Near): string {
  const said = download ? `${whereFrom(download)}, ${outcomeInWords(download)}` : isHere ? "in the buffer" : "not asked for";
  return `${number} ${said}${isUrgent ? ", urgent" : ""}`;
}
