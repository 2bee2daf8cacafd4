// Where the nodes of the swarm's graph are. This viewer is in the middle of a frame,
// the origin in the middle of its upper side, and the peers have seats along all
// sides, so that a line from the middle goes below no other. A picture that is narrow
// gets more rows. One that has no room for three nodes side by side, because the
// browser's letters are large, has the peers in a column below.

export const NODE_WIDTH = 88;
export const NODE_HEIGHT = 38;

/** What is left free between two nodes. */
const GAP = 6;
/** And around all of them: half of a border. */
const MARGIN = 2;
/** How far below a node's border a line ends. */
const INSIDE = 4;
/** Above this viewer, beside it and below it. */
const LEAST_ROWS = 3;
const LEAST_HEIGHT = 260;

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** The middle of a node, and where lines to it end. */
export interface Place extends Point {
  readonly dock: Point;
}

export interface Layout {
  readonly height: number;
  readonly self: Place;
  readonly origin: Place;
  /** For so many peers or more; to lay out one for more of them leaves each on its side and in its order. */
  readonly seats: Place[];
}

/** The picture for so many peers at that width. */
export function layOut(peers: number, width: number): Layout {
  const fit = Math.floor((width - 2 * MARGIN + GAP) / (NODE_WIDTH + GAP));
  return fit < 3 ? inColumn(peers, width) : inFrame(peers, width, fit % 2 === 0 ? fit - 1 : fit);
}

/** With an odd number of columns, so that one is in the middle. */
function inFrame(peers: number, width: number, columns: number): Layout {
  const besideCorners = 2 * (columns - 2) - 1; // the origin has one
  const rows = Math.max(LEAST_ROWS, Math.ceil((peers - besideCorners) / 2));
  const height = Math.max(LEAST_HEIGHT, heightOf(rows));
  const [middle, last, bottom] = [(columns - 1) / 2, columns - 1, rows - 1];
  const place = (column: number, row: number): Place => {
    const x = between(column / last, NODE_WIDTH, width);
    const y = between(row / bottom, NODE_HEIGHT, height);
    const [inX, inY] = [inwards(column, last), inwards(row, bottom)];
    const end = (NODE_HEIGHT / 2 - INSIDE) / Math.hypot(inX, inY);
    const dock = { x: x + inX * ((NODE_WIDTH - NODE_HEIGHT) / 2 + end), y: y + inY * end };
    return { x, y, dock };
  };
  const center = { x: width / 2, y: height / 2 };
  return {
    height,
    self: { ...center, dock: center },
    origin: place(middle, 0),
    seats: Array.from(seatsOf(middle, last, bottom), ([column, row]) => place(column, row)),
  };
}

/** Which way the middle is from there. */
function inwards(at: number, last: number): -1 | 0 | 1 {
  return at === 0 ? 1 : at === last ? -1 : 0;
}

/** The seats of a frame by column and row, in the order in which they are taken: the first few are far from each other. */
function* seatsOf(middle: number, last: number, bottom: number): Generator<[number, number]> {
  yield* [[middle, bottom], [0, 1], [last, 1]] as [number, number][];
  yield* [[0, bottom], [last, bottom], [0, 0], [last, 0]] as [number, number][];
  for (let out = 1; out < middle; out++) {
    for (const row of [0, bottom]) yield* [[middle - out, row], [middle + out, row]] as [number, number][];
  }
  for (let row = 2; row < bottom; row++) yield* [[0, row], [last, row]] as [number, number][];
}

/** The peers to the right, so that lines to them run beside them. */
function inColumn(peers: number, width: number): Layout {
  const above = 3; // the origin, the line from it, and this viewer
  const place = (part: number, row: number): Place => {
    const [x, y] = [between(part, NODE_WIDTH, width), MARGIN + NODE_HEIGHT / 2 + row * (NODE_HEIGHT + GAP)];
    return { x, y, dock: { x: x - NODE_WIDTH / 2, y } };
  };
  const [origin, self] = [place(0, 0), place(0, 2)];
  const left = MARGIN + NODE_HEIGHT / 4;
  return {
    height: heightOf(above + peers),
    self: { ...self, dock: { x: left, y: self.y } },
    origin: { ...origin, dock: { x: left, y: origin.y } },
    seats: Array.from({ length: peers }, (_, i) => place(1, above + i)),
  };
}

function heightOf(rows: number): number {
  return 2 * MARGIN + rows * (NODE_HEIGHT + GAP) - GAP;
}

/** Where a node's middle is that is that part of the way from one end of the picture to the other. */
function between(part: number, size: number, whole: number): number {
  return MARGIN + size / 2 + part * (whole - 2 * MARGIN - size);
}
