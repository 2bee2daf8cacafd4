// What goes along with the scripts and the module: the papers as pages, where the
// module comes from, and the licences of what others wrote. build.mjs writes it.

import { papers } from "./docs.mjs";
import { licences } from "./licences.mjs";
import { provenance } from "./provenance.mjs";

/** Pairs of a name in dist and its contents. */
export async function paperwork() {
  return [...(await papers()), ...(await licences()), ...provenance()];
}
