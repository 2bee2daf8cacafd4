// Stands for the core in the import map of a page with an engine: the core under
// test, and all that the engine asks of it and hears from it in window.told.

import { describe } from "./describe.js";
import { recorded } from "./recorded.js";

const { underTest } = JSON.parse(document.getElementById("setup").textContent);
const api = await import(underTest);

window.told = [];

export const { CoreRequestError, RequestError, generateStreamShortId, debug } = api;
export const Core = recorded(api.Core, ({ kind, name, args, segment }) => {
  const told = args.map((arg) => describe(arg?.bandwidth > 0 ? { ...arg, bandwidth: "is one" } : arg)).join(", ");
  const of = segment ?? args[0]?.segment?.runtimeId ?? args[0]?.segmentUrl ?? (name === "loadSegment" ? args[0] : undefined);
  window.told.push({ kind, name, of, line: `${kind} ${name}(${told})` });
});
