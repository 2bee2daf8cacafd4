import createDebug from "debug";

/** The npm package `debug`; our namespaces begin with `p2pml-core:`. */
export const debug = createDebug;
