import assert from "node:assert/strict";
import test from "node:test";
import { load } from "./bundle.mjs";

const { layOut, NODE_WIDTH, NODE_HEIGHT } = await load('export * from "./page/panels/swarm-layout.ts"');
const { Seating } = await load('export * from "./page/panels/swarm-seats.ts"');

const overlap = (a, b) => Math.abs(a.x - b.x) < NODE_WIDTH + 3 && Math.abs(a.y - b.y) < NODE_HEIGHT + 3;

/** How far a point is from a node with round ends; less than 0 inside it. */
function distance({ x, y }, node) {
  const reach = (NODE_WIDTH - NODE_HEIGHT) / 2;
  const nearest = Math.max(node.x - reach, Math.min(x, node.x + reach));
  return Math.hypot(x - nearest, y - node.y) - NODE_HEIGHT / 2;
}

/** Points of the line between two nodes. */
function lineBetween({ dock: a }, { dock: b }) {
  return Array.from({ length: 201 }, (_, i) => ({ x: a.x + ((b.x - a.x) * i) / 200, y: a.y + ((b.y - a.y) * i) / 200 }));
}

// On a phone with letters twice as large and a half larger, zoomed to 400 %, on a phone, and wider.
for (const width of [143, 204, 286, 306, 566, 690, 900]) {
  test(`up to 20 peers can be read where the picture is ${width} wide`, () => {
    for (let n = 0; n <= 20; n++) {
      const { height, self, origin, seats } = layOut(n, width);
      assert.ok(seats.length >= n, `${seats.length} seats`);
      const nodes = [self, origin, ...seats];
      nodes.forEach((node, i) => {
        assert.ok(node.x >= NODE_WIDTH / 2 && node.x <= width - NODE_WIDTH / 2, `node ${i} of ${n} is at ${node.x} across`);
        assert.ok(node.y >= NODE_HEIGHT / 2 && node.y <= height - NODE_HEIGHT / 2, `node ${i} of ${n} is at ${node.y} down`);
        for (const other of nodes.slice(0, i)) assert.ok(!overlap(node, other), `of ${n}, node ${i} lies on another`);
        if (node === self) return;
        const line = lineBetween(self, node);
        for (const other of nodes) {
          if (other === self || other === node) continue;
          const least = Math.min(...line.map((point) => distance(point, other)));
          assert.ok(least > -1, `of ${n}, the line to node ${i} goes ${-least} below another`);
        }
      });
    }
  });
}

test("on a phone 20 peers have room on one screen", () => {
  assert.ok(layOut(20, 306).height < 500);
});

test("a picture with one more row leaves each on its side, and above and below whom it was", () => {
  for (const width of [306, 566]) {
    for (let n = 1; n < 40; n++) {
      const [fewer, more] = [layOut(n, width).seats.slice(0, n), layOut(n + 1, width).seats];
      fewer.forEach((a, i) => {
        assert.equal(more[i].x, a.x, `seat ${i} of ${n}`);
        fewer.forEach((b, j) => assert.equal(Math.sign(more[i].y - more[j].y), Math.sign(a.y - b.y), `seats ${i} and ${j} of ${n}`));
      });
    }
  }
});

test("who stays keeps its seat when others come and go, as long as there are so many", () => {
  const seating = new Seating();
  const seat = (ids, seats) => Object.fromEntries(seating.seat(ids, seats));
  assert.deepEqual(seat(["a", "b", "c"], 7), { a: 0, b: 1, c: 2 });
  assert.deepEqual(seat(["b", "c", "d", "e"], 7), { b: 1, c: 2, d: 0, e: 3 });
  assert.deepEqual(seat(["e", "c"], 3), { c: 2, e: 0 });
});
