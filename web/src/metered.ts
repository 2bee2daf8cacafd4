// Links that cost whoever uses them, as far as the browser tells: Chromium tells that
// it is to save data, and on Android and ChromeOS what kind of network it is on.
// Safari and Firefox tell neither.

import type { LoaderSettings } from "./port.js";

/** The Network Information API, of which TypeScript's library knows nothing. */
type NetworkInformation = EventTarget & { type?: string; saveData?: boolean };

function network(): NetworkInformation | undefined {
  return (globalThis.navigator as (Navigator & { connection?: NetworkInformation }) | undefined)?.connection;
}

function isMetered(): boolean {
  const connection = network();
  return connection?.saveData === true || connection?.type === "cellular";
}

/** The settings for the link that there is: nothing is given where that costs, unless the page wants it. */
export function onThisLink(settings: LoaderSettings): LoaderSettings {
  if (settings.isMeteredUploadEnabled || !isMetered()) return settings;
  const { mainStream, secondaryStream } = settings;
  return {
    ...settings,
    mainStream: { ...mainStream, isP2PUploadDisabled: true },
    secondaryStream: { ...secondaryStream, isP2PUploadDisabled: true },
  };
}

/** Calls the watcher when the link begins to cost, or ends to. Returns what ends that. */
export function watchLink(watcher: () => void): () => void {
  const connection = network();
  let was = isMetered();
  const follow = () => {
    if (was === isMetered()) return;
    was = !was;
    watcher();
  };
  connection?.addEventListener?.("change", follow);
  return () => connection?.removeEventListener?.("change", follow);
}
