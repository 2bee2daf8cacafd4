// What can go wrong around a viewer; see Stage for what a fault is.

import deaths from "./deaths.mjs";
import holders from "./holders.mjs";
import life from "./life.mjs";
import lists from "./lists.mjs";
import origin from "./origin.mjs";
import peers from "./peers.mjs";
import trackers from "./trackers.mjs";

export const faults = [...trackers, ...life, ...origin, ...peers, ...lists, ...holders, ...deaths];
