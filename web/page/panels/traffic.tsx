import { scaleLinear } from "d3-scale";
import { area } from "d3-shape";
import { useRef } from "preact/hooks";
import { now } from "../clock.js";
import { formatBytes, formatRate } from "../format.js";
import { type Bytes, MEAN_S, type Rates, SHOWN_S } from "../record/bytes.js";
import { Panel } from "./panel.js";
import { roof } from "./roof.js";
import { useSize } from "./size.js";

const LEFT = 40;
const TOP = 10;
const BOTTOM = 22;
/** Below this width fewer times have room, in pixels. */
const NARROW = 360;
/** The axis shows this much at least, in bit/s. */
const LEAST = 500_000;
/** What was given has this part of what was received at least. */
const LEAST_BELOW = 0.25;
/** The caption sums up so many seconds, and so does each row of the table. */
const STEP_S = 10;

/** Bytes by source over the last minute: what was received above the line, what was given below. */
export function Traffic({ bytes }: { bytes: Bytes }) {
  const [ref, width, height] = useSize<HTMLDivElement>();
  const at = now.value;
  const { origin, peers, given } = bytes.last(STEP_S, at);
  return (
    <Panel name="traffic" title="Bytes by source">
      <ul class="legend" aria-hidden="true">
        <li><i class="key origin" />From the origin</li>
        <li><i class="key peers" />From peers</li>
        <li><i class="key given" />Given to peers, below the line</li>
      </ul>
      <div class="chart" ref={ref}>{width > 0 && <Chart rates={bytes.rates(at)} {...{ at, width, height }} />}</div>
      <p class="hint caption">
        In the last {STEP_S} s: {formatBytes(origin)} from the origin, {formatBytes(peers)} from peers, {formatBytes(given)} given
        to peers. The chart is the mean of {MEAN_S} s.
      </p>
      <details>
        <summary>Show as a table</summary>
        <table>
          <thead>
            <tr><th scope="col">Seconds ago</th><th scope="col">Origin</th><th scope="col">Peers</th><th scope="col">Given</th></tr>
          </thead>
          <tbody>
            {bytes.lastMinute(STEP_S, at).map((sum, i) => (
              <tr key={i}>
                <th scope="row">{i * STEP_S}–{(i + 1) * STEP_S}</th>
                <td>{formatBytes(sum.origin)}</td>
                <td>{formatBytes(sum.peers)}</td>
                <td>{formatBytes(sum.given)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </Panel>
  );
}

function Chart({ rates, at, width, height }: { rates: Rates[]; at: number; width: number; height: number }) {
  const roofs = useRef({ above: LEAST, below: LEAST * LEAST_BELOW });
  const highest = (of: (rate: Rates) => number) => Math.max(...rates.map((rate) => 8 * of(rate)));
  const above = roof(roofs.current.above, highest(({ origin, peers }) => origin + peers), LEAST);
  const below = roof(roofs.current.below, highest(({ given }) => given), above * LEAST_BELOW);
  roofs.current = { above, below };

  // The second that has not ended is not drawn: what is, only moves.
  const right = at - 1000;
  const x = scaleLinear([right - SHOWN_S * 1000, right], [LEFT, width]);
  const y = scaleLinear([-below, above], [height - BOTTOM, TOP]);
  const band = (low: (rate: Rates) => number, high: (rate: Rates) => number) =>
    area<Rates>((rate) => x(rate.at), (rate) => y(8 * low(rate)), (rate) => y(8 * high(rate)))(rates) ?? undefined;
  const { origin, peers, given } = rates[rates.length - 1]!;
  const label = `Rates of the last minute. Now ${formatRate(origin)} from the origin, ${formatRate(peers)} from peers, ${formatRate(given)} given to peers.`;
  return (
    <svg role="img" aria-label={label} width={width} height={height}>
      <g class="grid">
        {y.ticks(5).map((value) => (
          <g key={value} class={value === 0 ? "zero" : undefined}>
            <line x1={LEFT} x2={width} y1={y(value)} y2={y(value)} />
            <text x={LEFT - 6} y={y(value)} dy="0.32em">{megabits(value)}</text>
          </g>
        ))}
        <text class="unit" x={LEFT + 4} y={TOP} dy="0.6em">Mbit/s</text>
      </g>
      <svg x={LEFT} width={width - LEFT} height={height} viewBox={`${LEFT} 0 ${width - LEFT} ${height}`}>
        <path class="origin" d={band(() => 0, (rate) => rate.origin)} />
        <path class="peers" d={band((rate) => rate.origin, (rate) => rate.origin + rate.peers)} />
        <path class="given" d={band((rate) => -rate.given, () => 0)} />
      </svg>
      <g class="time">
        {(width < NARROW ? [60, 30, 0] : [60, 45, 30, 15, 0]).map((ago) => (
          <text key={ago} x={x(right - ago * 1000)} y={height - 4} class={ago === 0 ? "last" : ago === 60 ? "first" : undefined}>
            {ago === 0 ? "now" : `${ago} s ago`}
          </text>
        ))}
      </g>
    </svg>
  );
}

/** What is below the line is as much as if it were above. */
function megabits(value: number): string {
  return `${Math.abs(value) / 1e6}`;
}
