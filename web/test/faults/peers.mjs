// What peers do to viewers.

import assert from "node:assert/strict";
import { Encounter, p2p } from "./encounter.mjs";

const WITH_PEERS = ["ours", "npm"];
const LIARS = ["ends early", "ends late", "a terabyte", "below zero", "of another"];
/** They give what is not the segment; the last three as if it were still on its way to them. */
const FALSE = ["false", "half false", "another's", "passes false", "passes half", "passes other"];
/** They give nothing of what they say that they have, or that is on its way to them, or half of it. */
const SILENT = ["is silent", "passes none on", "passes half on"];
const HARMLESS = ["no bytes", "is absent", "babbles"];
const FLOODS = ["announces", "asks", "asks for none", "unasked", "in pieces", "never ends", "empty parts"];

const count = (lines, pattern) => lines.filter((line) => pattern.test(line)).length;

/** Where somebody stays who says that he has all, one of the two may leave all to the other: it never comes first. */
const shares = ({ peers, given }) => peers > 0 || given > 0;

export default [
  {
    name: "peers that lie about segments",
    loaders: WITH_PEERS,
    async run(stage) {
      const encounter = await Encounter.begin(stage, ...LIARS, ...HARMLESS);
      await encounter.until("each was asked", ({ asked, left }) => asked > 0 || left);
      const honest = await stage.open({ p2p });
      await honest.until("it shares with who was lied to", shares);
      return encounter.figures(LIARS);
    },
  },
  {
    name: "peers that give false bytes",
    loaders: WITH_PEERS,
    async run(stage) {
      const encounter = await Encounter.begin(stage, ...FALSE);
      await encounter.until("each was asked, and left", ({ asked, left }) => asked > 0 && left);
      const { viewer } = encounter;
      const honest = await stage.open({ p2p });
      await honest.until("it takes from who was lied to", ({ peers }) => peers > 0);
      return encounter.figures(FALSE, "p2p-segment-validation-failed");
    },
  },
  {
    name: "peers that announce all and give nothing, or half",
    alone: true, // a silent one is told of when it was asked for long enough, which on a busy machine it may never be
    loaders: WITH_PEERS,
    async run(stage) {
      const encounter = await Encounter.begin(stage, ...SILENT);
      await encounter.until("each was asked", ({ asked }) => asked > 0);
      const { viewer } = encounter;
      const isTold = ({ events }) => count(events, / error \S+ p2p bytes-receiving-timeout/) >= SILENT.length;
      if (stage.loader === "ours") await viewer.until("the page is told of each", isTold);
      const honest = await stage.open({ p2p });
      await honest.until("it shares with who was left waiting", shares);
      const asked = (await encounter.told()).reduce((sum, liar) => sum + liar.asked, 0);
      return { "asked, times": asked, ...(await encounter.figures()) };
    },
  },
  {
    name: "peers that flood",
    alone: true,
    loaders: WITH_PEERS,
    async run(stage) {
      const encounter = await Encounter.begin(stage, ...FLOODS);
      await encounter.until("each flood is over", ({ over }) => over);
      return encounter.figures(FLOODS);
    },
  },
  {
    name: "a peer that stalls in mid-segment",
    loaders: WITH_PEERS,
    async run(stage) {
      const encounter = await Encounter.begin(stage, "stalls");
      await encounter.until("it is left", ({ left }) => left);
      const figures = await encounter.figures(["stalls"]);
      const { viewer } = encounter;
      const [{ gave }] = await encounter.told();
      let twice = 0;
      for (const { id, size, half } of gave) {
        const fetched = viewer.proxy.bytes(new RegExp(`/${id}\\.ts$`));
        twice += Math.max(0, fetched - (size - half));
      }
      if (stage.loader === "ours") assert.equal(twice, 0, await viewer.report());
      return { ...figures, "bytes fetched once more, kB": twice / 1000 };
    },
  },
];
