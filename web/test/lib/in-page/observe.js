// Runs before anything else in a page, and writes down what its player gets and
// shows. It learns of the player when the page sets `window.viewer`.

(() => {
  const seen = {
    /** Frames presented, by requestVideoFrameCallback. */
    frames: 0,
    /** Seconds for which the picture stood still: those between two frames, where there were over half a second. */
    stood: 0,
    /** Bytes of segments: from the origin, from peers, to peers. */
    origin: 0,
    peers: 0,
    given: 0,
    /** The same for each peer: { taken, given }. */
    byPeer: {},
    connected: [],
    /** Bytes of whole segments, by type of stream: { http, p2p }. */
    loaded: { main: { http: 0, p2p: 0 }, secondary: { http: 0, p2p: 0 } },
    /** What hls.js was given, see given.js. */
    segments: [],
    fatal: [],
    /** What happened, the latest last. */
    events: [],
  };
  window.seen = seen;

  const note = (...words) => {
    seen.events.push(`${(performance.now() / 1000).toFixed(2)} ${words.join(" ")}`);
    if (seen.events.length > 400) seen.events.shift();
  };
  addEventListener("error", (event) => note("uncaught", event.message));
  addEventListener("unhandledrejection", (event) => note("unhandled", event.reason));
  document.addEventListener("visibilitychange", () => note(document.visibilityState));

  document.addEventListener("DOMContentLoaded", () => {
    const video = document.querySelector("video");
    let shown;
    const gap = (now) => (now - shown > 500 ? (now - shown) / 1000 : 0);
    const count = (now) => {
      seen.frames++;
      past += gap(now);
      shown = now;
      video.requestVideoFrameCallback(count);
    };
    let past = 0;
    Object.defineProperty(seen, "stood", { enumerable: true, get: () => past + gap(performance.now()) });
    video.requestVideoFrameCallback(count);
    for (const name of ["playing", "stalled", "ended", "error"]) {
      video.addEventListener(name, () => note("video", name, video.currentTime.toFixed(2)));
    }
    // A browser on a busy machine waits for its decoder, too: with more than half a second there that is no want of data.
    video.addEventListener("waiting", () => {
      const ahead = bufferedAhead(video);
      note("video", ahead < 0.5 ? "waiting" : "decoding late", video.currentTime.toFixed(2), "with", ahead.toFixed(2), "s ahead");
    });
  });

  function bufferedAhead({ buffered, currentTime }) {
    for (let i = 0; i < buffered.length; i++) {
      if (buffered.start(i) <= currentTime && currentTime <= buffered.end(i)) return buffered.end(i) - currentTime;
    }
    return 0;
  }

  let viewer;
  Object.defineProperty(window, "viewer", {
    get: () => viewer,
    set: (given) => {
      viewer = given;
      if (given.engine) followEngine(given.engine);
      if (given.hls) followHls(given.hls);
      if (given.shaka) followShaka(given.shaka);
    },
  });

  function followEngine(engine) {
    const peer = (id) => (seen.byPeer[id] ??= { taken: 0, given: 0 });
    const name = ({ url }) => url.slice(url.lastIndexOf("/") + 1);
    const on = (event, listener) => engine.addEventListener(event, listener);
    on("onChunkDownloaded", (bytes, source, peerId) => {
      if (source === "http") return (seen.origin += bytes);
      seen.peers += bytes;
      peer(peerId).taken += bytes;
    });
    on("onChunkUploaded", (bytes, peerId) => {
      seen.given += bytes;
      peer(peerId).given += bytes;
    });
    on("onPeerConnect", ({ peerId }) => {
      note("peer", peerId);
      seen.connected.push(peerId);
    });
    on("onPeerClose", ({ peerId }) => {
      note("peer gone", peerId);
      seen.connected = seen.connected.filter((id) => id !== peerId);
    });
    on("onPeerError", ({ peerId, error }) => note("peer error", peerId, error?.code ?? "", error));
    on("onWarning", ({ warning }) => note("warning", warning.code, warning.message));
    on("onTrackerError", ({ error }) => note("tracker error", error?.message ?? error));
    on("onTrackerWarning", ({ warning }) => note("tracker warning", warning?.message ?? warning));
    on("onSegmentStart", (e) => note("start", name(e.segment), e.downloadSource, e.peerId ?? ""));
    on("onSegmentAbort", (e) => note("abort", name(e.segment), e.downloadSource, e.peerId ?? ""));
    on("onSegmentError", (e) => note("error", name(e.segment), e.downloadSource, e.error.type, e.error.message));
    on("onSegmentLoaded", (e) => {
      note("loaded", name({ url: e.segmentUrl }), e.bytesLength, e.downloadSource);
      seen.loaded[e.streamType][e.downloadSource] += e.bytesLength;
    });
  }

  function followShaka(player) {
    player.addEventListener("error", ({ detail: { severity, code, message } }) => {
      note("shaka", severity, code, message);
      if (severity === window.shaka.util.Error.Severity.CRITICAL) seen.fatal.push(message);
    });
  }

  function followHls(hls) {
    hls.on("hlsError", (_, { type, details, fatal, error }) => {
      note("hls.js", type, details, fatal ? "FATAL" : "", error?.message ?? "");
      if (fatal) seen.fatal.push(details);
    });
    hls.on("hlsFragBuffered", (_, { frag }) => note("buffered", frag.sn));
    window.writeGiven(hls, seen.segments);
  }
})();
