/** The options that npm's core does not have. */
export const OWN_OPTIONS = /** @type {const} */ ([
  "loaderWasmUrl",
  "segmentsSha256Url",
  "isSegmentSha256Required",
  "uploadRateLimit",
  "uploadTotalLimit",
  "isMeteredUploadEnabled",
  "maxPeers",
  "minViewers",
]);
