// What the origin does to viewers.

import assert from "node:assert/strict";
import { PLAYLISTS, SEGMENTS, startProxy } from "../lib/proxy.mjs";
import { pause, timed } from "../lib/until.mjs";

/** How long a segment of the test card lasts. */
const SEGMENT_S = 2;

const starts = (viewer) => viewer.until("a frame is shown", ({ frames }) => frames > 0);

/** Its picture moves on by so many seconds. */
async function playsOn(viewer, seconds) {
  const { time } = await viewer.seen();
  return viewer.until(`it plays on for ${seconds} s`, (seen) => seen.time > time + seconds);
}

/**
 * Plays a viewer and, beside it, one that comes in the middle, while segments are
 * treated so for some seconds.
 */
async function outage(stage, seconds, treatment) {
  const viewer = await stage.open();
  const before = await viewer.plays();
  const asked = viewer.proxy.requests(SEGMENTS);
  const end = viewer.proxy.rule(SEGMENTS, treatment);
  await pause(seconds / 2);
  const proxy = await startProxy(stage.t, stage.server.url);
  const endToo = proxy.rule(SEGMENTS, treatment);
  // A swarm of its own: the first one cannot help it.
  const newcomer = await stage.open({ proxy, p2p: { swarmId: `${stage.swarmId}, too late` } });
  await pause(seconds / 2);
  const requests = viewer.proxy.requests(SEGMENTS) - asked;
  assert.ok(requests > 0 && proxy.requests(SEGMENTS) > 0, await viewer.report());
  end();
  endToo();
  const startsAfter = await timed(starts(newcomer));
  const { stood, segments } = await playsOn(viewer, 3);
  return {
    "requests in vain": requests,
    "the picture stood still, s": stood - before.stood,
    "segments left out": gaps(segments),
    "who came meanwhile starts after, s": startsAfter,
  };
}

/** A film of what is on now: one file, whose segments are ranges of it. Gives the file and its playlist. */
async function makeFilm(server, name) {
  const address = `${server.url}/hls/`;
  const text = async (url) => (await fetch(url)).text();
  const master = await text(`${address}master.m3u8`);
  const variant = new URL(master.split("\n").find((line) => line && !line.startsWith("#")), `${address}master.m3u8`);
  const segments = [...(await text(variant)).matchAll(/((?:#.*\n)+)([^#\n].*)/g)];
  const parts = await Promise.all(segments.map(async ([, , uri]) => Buffer.from(await (await fetch(new URL(uri, variant))).arrayBuffer())));
  let at = 0;
  const lines = segments.map(([, tags], i) => {
    // Where the test card begins anew its timestamps do too.
    const kept = tags.match(/^#(?:EXTINF:.*|EXT-X-DISCONTINUITY)$/gm);
    const line = `${kept.join("\n")}\n#EXT-X-BYTERANGE:${parts[i].length}@${at}\n${name}`;
    at += parts[i].length;
    return line;
  });
  const head = ["#EXTM3U", "#EXT-X-VERSION:4", "#EXT-X-TARGETDURATION:3", "#EXT-X-PLAYLIST-TYPE:VOD"];
  return { file: Buffer.concat(parts), playlist: [...head, ...lines, "#EXT-X-ENDLIST", ""].join("\n") };
}

export default [
  {
    name: "the origin answers 503 for segments for 10 s",
    told: / error \S+ http http-error HTTP status 503/,
    run: (stage) => outage(stage, 10, { status: 503 }),
  },
  {
    name: "the origin drops connections for segments for 6 s",
    told: / error \S+ http http-error/,
    run: (stage) => outage(stage, 6, { drop: true }),
  },
  {
    name: "the origin answers 429 for 6 s, and asks to be left alone for 3",
    told: / error \S+ http http-error HTTP status 429/,
    async run(stage) {
      const viewer = await stage.open();
      const before = await viewer.plays();
      const asked = viewer.proxy.requests(SEGMENTS);
      const headers = { "Retry-After": "3", "Access-Control-Expose-Headers": "Retry-After" };
      const end = viewer.proxy.rule(SEGMENTS, { status: 429, headers });
      await pause(6);
      const requests = viewer.proxy.requests(SEGMENTS) - asked;
      end();
      const { stood, segments } = await playsOn(viewer, 4);
      if (stage.loader === "ours") assert.ok(requests > 0 && requests <= 3, `asked ${requests} times\n${await viewer.report()}`);
      return {
        "requests in vain": requests,
        "the picture stood still, s": stood - before.stood,
        "segments left out": gaps(segments),
      };
    },
  },
  {
    name: "the origin takes 4 s for headers",
    async run(stage) {
      const proxy = await startProxy(stage.t, stage.server.url);
      proxy.rule(SEGMENTS, { delay: 4000 });
      const viewer = await stage.open({ proxy });
      const startsAfter = await timed(starts(viewer));
      return { "starts after, s": startsAfter, "requests": proxy.requests(SEGMENTS) };
    },
  },
  {
    name: "connections to the origin break after 15 kB",
    told: / error \S+ http http-error/,
    async run(stage) {
      const viewer = await stage.open();
      const before = await viewer.plays(1);
      const { proxy } = viewer;
      const [bytes, requests] = [proxy.bytes(SEGMENTS), proxy.requests(SEGMENTS)];
      const end = proxy.rule(SEGMENTS, { cutAfter: 15_000 });
      await pause(6);
      const tried = proxy.requests(SEGMENTS) - requests;
      assert.ok(tried > 0, await viewer.report());
      end();
      const { stood, segments } = await playsOn(viewer, 3);
      return {
        "requests": tried,
        "fetched twice, %": (100 * proxy.again(SEGMENTS)) / (proxy.bytes(SEGMENTS) - bytes),
        "the picture stood still, s": stood - before.stood,
        "segments left out": gaps(segments),
      };
    },
  },
  {
    name: "a segment is 404 at the origin",
    told: / error \S+ http http-error HTTP status 404/,
    async run(stage) {
      const viewer = await stage.open({ hls: { liveSyncDurationCount: 3 } });
      const before = await viewer.plays(1);
      const missing = Math.floor(Date.now() / 1000 / SEGMENT_S); // which begins now, and nobody has asked for
      const path = new RegExp(`/${missing}\\.ts$`);
      viewer.proxy.rule(path, { status: 404 });
      const { stood, segments } = await playsOn(viewer, 6 * SEGMENT_S);
      const requests = viewer.proxy.requests(path);
      assert.ok(requests > 0 && segments.every((one) => numberOf(one) !== missing), await viewer.report());
      return { "requests for it": requests, "the picture stood still, s": stood - before.stood, "segments left out": gaps(segments) };
    },
  },
  {
    name: "the origin is a little slower than the stream for 10 s",
    async run(stage) {
      const viewer = await stage.open();
      const before = await viewer.plays(1);
      const rate = (0.9 * viewer.proxy.bytes(SEGMENTS)) / viewer.proxy.requests(SEGMENTS) / SEGMENT_S;
      const asked = viewer.proxy.requests(SEGMENTS);
      const end = viewer.proxy.rule(SEGMENTS, { rate });
      await pause(10);
      end();
      assert.ok(viewer.proxy.requests(SEGMENTS) > asked);
      const { stood, segments } = await playsOn(viewer, 3);
      return { "the picture stood still, s": stood - before.stood, "segments left out": gaps(segments) };
    },
  },
  {
    name: "the origin redirects to one that knows no ranges",
    async run(stage) {
      const { file, playlist } = await makeFilm(stage.server, "film.ts");
      const [proxy, other] = [await startProxy(stage.t, stage.server.url), await startProxy(stage.t, stage.server.url)];
      other.rule(/film\.ts$/, { body: file });
      proxy.rule(/film\.ts$/, { status: 302, headers: { Location: `${other.url}/film.ts` } });
      proxy.rule(/film\.m3u8$/, { body: playlist });
      const viewer = await stage.open({ proxy, stream: `${proxy.url}/film.m3u8` });
      const { stood } = await viewer.plays(3);
      return { "the picture stood still, s": stood };
    },
  },
  {
    name: "addresses are signed, and expire after 4 s",
    async run(stage) {
      const signed = async () => {
        const proxy = await startProxy(stage.t, stage.server.url);
        proxy.rule(PLAYLISTS, { rewrite: (text) => text.replace(/^[^#].*\.ts$/gm, `$&?until=${Date.now() + 4000}`) });
        proxy.rule(SEGMENTS, { status: ({ searchParams }) => (Date.now() > Number(searchParams.get("until")) ? 403 : undefined) });
        return proxy;
      };
      const [first, second] = [await stage.open({ proxy: await signed() }), await stage.open({ proxy: await signed() })];
      const viewers = [first, second];
      await Promise.all(viewers.map((viewer) => viewer.plays(8)));
      const seen = await Promise.all(viewers.map((viewer) => viewer.seen()));
      const bytes = viewers.map(({ proxy }) => proxy.bytes(SEGMENTS));
      const shared = seen[0].peers + seen[1].peers;
      return {
        "the picture stood still, s": Math.max(...seen.map(({ stood }) => stood)),
        "fetched twice, %": (100 * viewers.reduce((sum, { proxy }) => sum + proxy.again(SEGMENTS), 0)) / (bytes[0] + bytes[1]),
        "from each other, %": (100 * shared) / (shared + bytes[0] + bytes[1]),
      };
    },
  },
  {
    name: "the origin says nothing to who comes, and a viewer has the segments",
    told: / (error|abort) \S+ http /,
    loaders: ["ours", "npm"],
    async run(stage) {
      const viewer = await stage.open();
      await viewer.plays(1);
      const proxy = await startProxy(stage.t, stage.server.url);
      proxy.rule(SEGMENTS, { until: new Promise(() => undefined) });
      const newcomer = await stage.open({ proxy });
      const startsAfter = await timed(starts(newcomer));
      assert.ok(proxy.requests(SEGMENTS) > 0, await newcomer.report());
      const { stood } = await playsOn(newcomer, 4);
      return { "starts after, s": startsAfter, "the picture stood still, s": stood };
    },
  },
];

function numberOf({ url }) {
  return Number(/(\d+)\.ts/.exec(url)?.[1]);
}

/** How many segments a live player has passed over. */
function gaps(segments) {
  const numbers = segments.map(numberOf);
  return numbers.slice(1).reduce((sum, number, i) => sum + Math.max(0, number - numbers[i] - 1), 0);
}
