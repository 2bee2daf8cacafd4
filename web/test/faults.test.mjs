// Each fault of faults/ with our core, but for those of faults-alone.test.mjs: the
// viewer bears it. `make bench` prints the figures with the others' beside ours.

import { bears } from "./faults/bears.mjs";
import { faults } from "./faults/index.mjs";

// Most of their time goes by waiting.
await bears("faults, three at a time", faults.filter(({ alone }) => !alone), 3);
