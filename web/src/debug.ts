/** The npm package `debug`; our namespaces begin with `p2pml-core:`. */
export { debug } from "debug";
