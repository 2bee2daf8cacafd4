import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { scaleSqrt } from "d3-scale";
import { formatRate } from "../format.js";
import type { Peer } from "../record/peers.js";
import type { Viewer } from "../viewer.js";
import { layOut, NODE_HEIGHT, NODE_WIDTH, type Place, type Point } from "./swarm-layout.js";
import { Seating } from "./swarm-seats.js";

/** Before it is measured. */
const USUAL_WIDTH = 320;
/** The picture's unit is this part of the root's font size, a pixel as browsers come: it grows with the letters. */
const UNITS_PER_REM = 16;
/** How thick the line of a rate is, in bytes a second. */
const thickness = scaleSqrt().domain([0, 1_000_000]).range([2, 8]).clamp(true);
/** Between the lines of what comes and what goes. */
const LANE = 5;
/** So many letters of a generation have room beside a rate. */
const LONGEST_WITH_RATE = 4;

/** This viewer, the origin and the peers, with what moves between them. */
export function SwarmGraph({ viewer: { name, peers }, at }: { viewer: Viewer; at: number }) {
  const connected = [...peers.connected.values()];
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  const { height, self, origin, seats } = layOut(connected.length, width);
  const [seating] = useState(() => new Seating());
  const numbers = seating.seat(connected.map(({ id }) => id), seats.length);
  const placed = connected.map((peer) => ({ peer, place: seats[numbers.get(peer.id)!]! }));
  const count = connected.length === 1 ? "1 peer" : `${connected.length} peers`;
  return (
    <div class="graph" ref={box}>
      <svg style={{ width: rem(width), height: rem(height) }} viewBox={`0 0 ${width} ${height}`} role="img"
        aria-label={`The swarm as a graph: this viewer, ${name}, with the origin and ${count} around it. The table below has the figures.`}>
        <Edge self={self} other={origin} kind="origin" taking={peers.origin.at(at)} />
        {placed.map(({ peer, place }) => (
          <Edge key={peer.id} self={self} other={place} kind="peers" taking={peer.taking.at(at)} giving={peer.giving.at(at)} />
        ))}
        <Node place={origin} kind="origin" name="origin" more={shortRate(peers.origin.at(at))} />
        {placed.map(({ peer, place }) => <Node key={peer.id} place={place} kind="peer" name={peer.name} more={about(peer, at)} />)}
        <Node place={self} kind="self" name={name} more="this viewer" />
      </svg>
    </div>
  );
}

/** Its generation, and how fast it takes and gives; of a client with a long name, while bytes move, the latter alone. */
function about({ generation, taking, giving }: Peer, at: number): string {
  const rate = shortRate(taking.at(at) + giving.at(at));
  if (rate === "") return generation;
  return generation.length > LONGEST_WITH_RATE ? rate : `${generation} · ${rate}`;
}

/** Nothing where nothing moves. */
function shortRate(rate: number): string {
  return rate === 0 ? "" : formatRate(rate).replace("Mbit", "Mb");
}

/** The origin is a box with corners, peers are round, and this viewer is filled. */
function Node({ place, kind, name, more }: { place: Place; kind: "self" | "peer" | "origin"; name: string; more: string }) {
  return (
    <g class={`node ${kind}`} transform={`translate(${place.x} ${place.y})`}>
      <rect x={-NODE_WIDTH / 2} y={-NODE_HEIGHT / 2} width={NODE_WIDTH} height={NODE_HEIGHT} rx={kind === "origin" ? 0 : NODE_HEIGHT / 2} />
      <text class="name" y={more ? -3 : 4}>{name}</text>
      <text class="more" y={11}>{more}</text>
    </g>
  );
}

interface EdgeProps {
  self: Place;
  other: Place;
  kind: "origin" | "peers";
  /** In bytes a second. The origin is given nothing. */
  taking: number;
  giving?: number;
}

/** A line to this viewer, and beside its middle what moves along it. */
function Edge({ self, other, kind, taking, giving }: EdgeProps) {
  const [here, there] = [self.dock, other.dock];
  const lane = giving === undefined ? 0 : LANE;
  const visible = 1 - covered(here, there);
  return (
    <g class="edge">
      <line class="track" x1={here.x} y1={here.y} x2={there.x} y2={there.y} />
      <Flow from={there} to={here} kind={kind} rate={taking} lane={lane} arrowAt={0.6 * visible} />
      <Flow from={here} to={there} kind="given" rate={giving ?? 0} lane={lane} arrowAt={1 - 0.4 * visible} />
    </g>
  );
}

/** Which part of a line this viewer's box covers. */
function covered(here: Point, there: Point): number {
  return Math.min(1, NODE_WIDTH / 2 / Math.abs(there.x - here.x), NODE_HEIGHT / 2 / Math.abs(there.y - here.y));
}

interface FlowProps {
  from: Point;
  to: Point;
  kind: "origin" | "peers" | "given";
  rate: number;
  /** How far it is from that of the other direction. Each is to the right of its own. */
  lane: number;
  /** At which part of the way. */
  arrowAt: number;
}

/** While bytes move, dashes that run their way, and an arrow. */
function Flow({ from, to, kind, rate, lane, arrowAt }: FlowProps) {
  if (rate === 0) return null;
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const length = Math.hypot(dx, dy);
  const angle = (Math.atan2(dy, dx) * 180) / Math.PI;
  // As if the way were straight to the right.
  return (
    <g class={`flow ${kind}`} transform={`translate(${from.x} ${from.y}) rotate(${angle})`}>
      <line x2={length} y1={lane / 2} y2={lane / 2} stroke-width={thickness(rate)} />
      <path d="M-5-6 6 0-5 6Z" transform={`translate(${arrowAt * length} ${lane / 2})`} />
    </g>
  );
}

function rem(units: number): string {
  return `${units / UNITS_PER_REM}rem`;
}

/** In the picture's units. Larger letters make it higher, so that its box tells of them, too. */
function useWidth(box: { current: HTMLDivElement | null }): number {
  const [width, setWidth] = useState(USUAL_WIDTH);
  useLayoutEffect(() => {
    const measure = () => {
      const rootFont = parseFloat(getComputedStyle(document.documentElement).fontSize);
      setWidth(Math.max(1, Math.floor((box.current!.clientWidth / rootFont) * UNITS_PER_REM)));
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(box.current!);
    return () => observer.disconnect();
  }, []);
  return width;
}
