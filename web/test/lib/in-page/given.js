// Runs before anything else in a page: `window.writeGiven(hls, segments)` writes down
// in a list what hls.js is given from then on: { url, size, sha256, by, emptied }.

window.writeGiven = (hls, segments) => {
  const Loader = hls.config.fLoader ?? hls.config.loader;
  hls.config.fLoader = class extends Loader {
    load(context, config, callbacks) {
      super.load(context, config, {
        ...callbacks,
        onSuccess: (response, stats, given, details) => {
          write(response.data, context.url, details ? "player" : "engine");
          callbacks.onSuccess(response, stats, given, details);
        },
      });
    }
  };

  /** Over plain http there is no WebCrypto. */
  async function sha256(data) {
    if (crypto.subtle) return crypto.subtle.digest("SHA-256", data);
    return (await import("/node_modules/@noble/hashes/sha2.js")).sha256(new Uint8Array(data));
  }

  /** Before hls.js gets it: a moment later its worker has it, and it is empty here. */
  function write(data, url, by) {
    const segment = { url, size: data.byteLength, sha256: undefined, by, get emptied() { return data.byteLength === 0; } };
    segments.push(segment);
    sha256(data.slice(0)).then((digest) => {
      segment.sha256 = Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
    });
  }
};
