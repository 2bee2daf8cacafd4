// Where things are.

import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
export const web = join(here, "../..");
export const modules = join(web, "node_modules");
export const lib = here;
export const tests = join(here, "..");
/** The server under test; P2P_MEDIASTREAM names another. */
export const server = process.env.P2P_MEDIASTREAM ?? join(web, "../bin/p2p-mediastream");
