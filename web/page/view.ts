// What the address bar says of the page. Whoever opens the same address sees the
// same, so each setting has its place in the query, and the defaults have none.

export const LOADERS = ["ours", "javascript", "none"] as const;
/** Our loader, npm's JavaScript core, or hls.js by itself. */
export type Loader = (typeof LOADERS)[number];

/** The height in pixels of what was chosen to play, or that hls.js chooses by bandwidth; undefined is where everybody begins. */
export type Rendition = number | "auto" | undefined;

/** Bounds of what an address may ask for. */
export const MOST_UPLOAD = 1_000_000;
const MOST_HEIGHT = 10_000;
const MOST_OTHERS = 16;

export interface View {
  loader: Loader;
  /** The playlist's address, absolute. */
  stream: string;
  /** The tracker's address. */
  tracker: string;
  /** What names the presentation among its viewers. */
  swarm: string;
  p2p: boolean;
  /** What peers are given at most, in kbit/s; undefined is without a limit. */
  uploadLimit: number | undefined;
  /** The highest rendition's height in pixels; undefined is any. */
  highest: number | undefined;
  /** What plays, as far as the highest allows it. */
  rendition: Rendition;
  /** How many more viewers the page has in frames. */
  others: number;
  /** Whether it is the video alone, as in such a frame. */
  small: boolean;
}

/** What a view is in an address that says nothing. */
export function defaults(page: URL): View {
  const stream = new URL("/hls/master.m3u8", page);
  return {
    loader: "ours",
    stream: stream.href,
    tracker: `${page.protocol === "https:" ? "wss:" : "ws:"}//${page.host}/`,
    swarm: swarmOf(stream.href, page),
    p2p: true,
    uploadLimit: undefined,
    highest: undefined,
    rendition: undefined,
    others: 0,
    small: false,
  };
}

/**
 * What names the presentation where the address does not. A stream of this server is
 * named by its path alone, so that a viewer at localhost and one at an address of the
 * local network meet; others also by where they are. The query is left out, as by the
 * loader itself: it may have a viewer's own token.
 */
export function swarmOf(stream: string, page: URL): string {
  const { host, pathname } = new URL(stream);
  return `p2p-mediastream-demo${host === page.host ? "" : `/${host}`}${pathname}`;
}


/**
 * Reads the query: `loader`, `stream`, `tracker`, `swarm`, `p2p=off`, `upload` in
 * kbit/s, `highest` as a height, `rendition` as a height or `auto`, `viewers` in
 * frames, `small=on`.
 *
 * What makes no sense is left out, and each such is told to `complain`.
 */
export function readView(page: URL, complain: (complaint: string) => void): View {
  const query = page.searchParams;
  const view = defaults(page);
  const read = (name: string, take: (text: string) => boolean, expected: string) => {
    const text = query.get(name);
    if (text !== null && !take(text)) complain(`${name}=${text} in the address is not ${expected}, and is left out.`);
  };
  const number = (text: string, into: "uploadLimit" | "highest" | "rendition" | "others", most: number) => {
    if (!/^[1-9]\d*$/.test(text) || Number(text) > most) return false;
    view[into] = Number(text);
    return true;
  };
  read("loader", (text) => isLoader(text) && Boolean((view.loader = text)), `one of ${LOADERS.join(", ")}`);
  read("stream", (text) => {
    const url = parse(text, page);
    if (!url || !/^https?:$/.test(url.protocol)) return false;
    view.stream = url.href;
    view.swarm = swarmOf(url.href, page);
    return true;
  }, "an http address");
  read("tracker", (text) => {
    const url = parse(text);
    if (!url || !/^wss?:$/.test(url.protocol)) return false;
    view.tracker = url.href;
    return true;
  }, "a ws or wss address");
  read("swarm", (text) => text !== "" && Boolean((view.swarm = text)), "a name");
  read("p2p", (text) => onOrOff(text, (on) => (view.p2p = on)), "on or off");
  read("upload", (text) => number(text, "uploadLimit", MOST_UPLOAD), "a number of kbit/s");
  read("highest", (text) => number(text, "highest", MOST_HEIGHT), "a height in pixels");
  read("rendition", (text) => {
    if (text === "auto") view.rendition = text;
    return text === "auto" || number(text, "rendition", MOST_HEIGHT);
  }, "a height in pixels or auto");
  read("viewers", (text) => number(text, "others", MOST_OTHERS), `a number up to ${MOST_OTHERS}`);
  read("small", (text) => onOrOff(text, (on) => (view.small = on)), "on or off");
  return view;
}

function parse(text: string, base?: URL): URL | undefined {
  try {
    return new URL(text, base);
  } catch {
    return undefined;
  }
}

function isLoader(text: string): text is Loader {
  return (LOADERS as readonly string[]).includes(text);
}

function onOrOff(text: string, take: (on: boolean) => void): boolean {
  if (text !== "on" && text !== "off") return false;
  take(text === "on");
  return true;
}

/** The address of a view. What else the query has, such as `?debug`, stays. */
export function addressOf(view: View, page: URL): string {
  const url = new URL(page);
  const usual = defaults(page);
  const say = (name: string, value: string | undefined, unsaid: string | undefined) => {
    if (value === undefined || value === unsaid) url.searchParams.delete(name);
    else url.searchParams.set(name, value);
  };
  say("loader", view.loader, usual.loader);
  say("stream", view.stream, usual.stream);
  say("tracker", view.tracker, usual.tracker);
  say("swarm", view.swarm, swarmOf(view.stream, page));
  say("p2p", view.p2p ? "on" : "off", "on");
  say("upload", view.uploadLimit?.toString(), undefined);
  say("highest", view.highest?.toString(), undefined);
  say("rendition", view.rendition?.toString(), undefined);
  say("viewers", view.others.toString(), "0");
  say("small", view.small ? "on" : "off", "off");
  return url.href;
}
