// What becomes of an origin's list of digests.

import assert from "node:assert/strict";
import { LISTS, startProxy } from "../lib/proxy.mjs";
import { timed, until } from "../lib/until.mjs";

/** A treatment that makes other entries of a list's, oldest first: `{ number, name, hex }`. */
const change = (by) => ({
  rewrite(text) {
    const entries = Object.entries(JSON.parse(text)).map(([name, hex]) => ({ number: Number.parseInt(name), name, hex }));
    const changed = by(entries.sort((one, other) => one.number - other.number));
    return JSON.stringify(Object.fromEntries(changed.map(({ name, hex }) => [name, hex])));
  },
});
const falsify = (entry) => ({ ...entry, hex: (entry.hex[0] === "0" ? "1" : "0") + entry.hex.slice(1) });
/** So much of a list is sent at most, in MB: what the page reads, and what is on its way when it stops. */
const MOST_SENT = 32;

/**
 * @param treatment what becomes of the list, as Proxy.rule has it.
 * @param code that of the warning that tells the page.
 * @param more asserts more of a viewer that has asked for it, some time after.
 */
const list = (name, treatment, code, more = () => undefined) => ({
  name: `the list of digests ${name}`,
  loaders: ["ours"], // others ask for none
  async run(stage) {
    const viewers = [];
    const ends = [];
    for (let i = 0; i < 2; i++) {
      const proxy = await startProxy(stage.t, stage.server.url);
      ends.push(proxy.rule(LISTS, treatment));
      viewers.push(await stage.open({ proxy }));
      await viewers[i].plays(1);
    }
    const both = () => Promise.all(viewers.map((viewer) => viewer.seen()));
    const isTold = ({ events }) => events.some((line) => line.includes(` warning ${code} `));
    const report = async () => (await Promise.all(viewers.map((viewer) => viewer.report()))).join("\n\n");
    await until("a page is told", async () => (await both()).some(isTold), report);
    const asked = viewers.filter(({ proxy }) => proxy.requests(LISTS) > 0);
    assert.ok(asked.length > 0, "nobody has asked for the list");
    const stood = await Promise.all(viewers.map(async (viewer) => (await viewer.plays(3)).stood));
    asked.forEach(more);
    ends.forEach((end) => end());
    const taken = async () => (await both()).reduce((sum, { peers }) => sum + peers, 0);
    const before = await taken();
    const sharesAfter = await timed(until("they share again", async () => (await taken()) > before, report));
    return { "the picture stood still, s": Math.max(...stood), "shares again after, s": sharesAfter };
  },
});

export default [
  list("comes 8 s late", { delay: 8000 }, "digests-missing"),
  list("lags 6 s behind the playlist", change((entries) => entries.slice(0, -3)), "digests-missing"),
  list("is missing", { status: 404 }, "digests-missing"),
  list("is false for all segments", change((entries) => entries.map(falsify)), "digests-false"),
  list("is false for a segment in four", change((entries) => entries.map((entry) => (entry.number % 4 === 0 ? falsify(entry) : entry))), "digests-false"),
  list("never ends", { endless: `"1.ts": "${"0".repeat(64)}",\n`.repeat(1000) }, "digests-missing", ({ proxy }) => {
    const sent = proxy.bytes(LISTS) / proxy.requests(LISTS) / 1e6;
    assert.ok(sent < MOST_SENT, `${sent} MB were sent of it`);
  }),
  list("is no JSON", { body: "<!doctype html><title>not found</title>" }, "digests-missing"),
];
