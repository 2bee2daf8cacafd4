// Runs before anything else in a viewer's page, and writes down what the bench counts,
// and what it takes to tell afterwards why a segment left the origin again.

(() => {
  /** Milliseconds that all pages and the bench count alike. */
  const clock = () => performance.timeOrigin + performance.now();

  const record = {
    /** When the page had made its player, and how long its first frame took from there on, ms. */
    joined: undefined,
    firstFrame: undefined,
    /** When the picture stood for want of data, once it had moved: { from, to }; no `to` while it does. */
    stalls: [],
    /** How far behind the live edge the playhead was, each second: { at, behind }, in s. */
    places: [],
    /** Bytes of segments by where they came from. */
    bytes: { http: 0, p2p: 0 },
    /** The most peers that were connected at a time. */
    peers: 0,
    /** What became of downloads, and who came and went: { at, what, url, source, peer, slack, bytes, error }. */
    events: [],
    /** What hls.js was given, see given.js. */
    segments: [],
    /** Of the swarm that it announces itself in. */
    infoHash: undefined,
  };
  window.record = record;

  const { send } = WebSocket.prototype;
  WebSocket.prototype.send = function (message) {
    record.infoHash ??= JSON.parse(message).info_hash;
    send.call(this, message);
  };

  let viewer;
  Object.defineProperty(window, "viewer", {
    get: () => viewer,
    set: (given) => {
      viewer = given;
      record.joined = clock();
      const video = document.querySelector("video");
      followVideo(video);
      if (given.engine) followEngine(given.engine, video);
      window.writeGiven(given.hls, record.segments);
      setInterval(() => {
        const behind = given.hls.latency;
        if (behind > 0) record.places.push({ at: clock(), behind });
      }, 1000);
    },
  });

  function followVideo(video) {
    let moves = false;
    let stall;
    video.requestVideoFrameCallback(() => (record.firstFrame = clock() - record.joined));
    video.addEventListener("playing", () => {
      moves = true;
      if (stall) stall.to = clock();
      stall = undefined;
    });
    video.addEventListener("waiting", () => {
      const isAtEnd = video.duration - video.currentTime < 0.5;
      if (moves && !stall && !isAtEnd) record.stalls.push((stall = { from: clock() }));
    });
  }

  function followEngine(engine, video) {
    const connected = new Set();
    const note = (what, more) => record.events.push({ at: clock(), what, ...more });
    const of = ({ segment, downloadSource, peerId, error }) => ({
      url: segment.url,
      source: downloadSource,
      peer: peerId,
      slack: segment.startTime - video.currentTime,
      error: error && `${error.type} ${error.message}`,
    });
    const on = (event, listener) => engine.addEventListener(event, listener);
    on("onSegmentStart", (e) => note("start", of(e)));
    on("onSegmentAbort", (e) => note("abort", of(e)));
    on("onSegmentError", (e) => note("error", of(e)));
    on("onSegmentLoaded", ({ segmentUrl, downloadSource, peerId, bytesLength }) =>
      note("loaded", { url: segmentUrl, source: downloadSource, peer: peerId, bytes: bytesLength }),
    );
    on("onChunkDownloaded", (bytes, source) => (record.bytes[source] += bytes));
    on("onPeerConnect", ({ peerId }) => {
      connected.add(peerId);
      record.peers = Math.max(record.peers, connected.size);
      note("peer", { peer: peerId });
    });
    on("onPeerClose", ({ peerId }) => {
      connected.delete(peerId);
      note("peer gone", { peer: peerId });
    });
    on("onPeerError", ({ peerId, error }) => note("peer error", { peer: peerId, error: error?.message }));
  }
})();
