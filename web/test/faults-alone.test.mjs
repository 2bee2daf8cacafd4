// The faults of faults/ that are about load or about times, which nothing else may
// have a part in: the viewer bears them, too.

import { bears } from "./faults/bears.mjs";
import { faults } from "./faults/index.mjs";

await bears("faults, one at a time", faults.filter(({ alone }) => alone), 1);
