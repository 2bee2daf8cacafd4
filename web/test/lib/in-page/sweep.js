// Has the Go module collect its garbage, which it does after so many bytes have
// come: what is left then is in use.

import { Core } from "p2p-media-loader-core";

const SEGMENT_BYTES = 8e6;
const STREAM = "sweep";

export async function sweep() {
  const url = URL.createObjectURL(new Blob([new Uint8Array(SEGMENT_BYTES)]));
  const core = new Core({ swarmId: STREAM, announceTrackers: [], segmentMemoryStorageLimit: 1 });
  core.setManifestResponseUrl(url);
  core.addStreamIfNoneExists({ runtimeId: STREAM, type: "main", index: STREAM });
  // A collection shows by what Go refers to getting less, all at once. What it has
  // let go of has let go of something else by the second.
  let before = 0;
  let isFalling = false;
  let collections = 0;
  for (let i = 0; collections < 2; i++) {
    const segment = { runtimeId: `${i}`, externalId: i, url, byteRange: undefined, startTime: i, endTime: i + 1 };
    core.updateStream(STREAM, [segment]);
    await new Promise((onSuccess, onError) => void core.loadSegment(segment.runtimeId, { onSuccess, onError }));
    const { values } = window.held();
    if (values < before && !isFalling) collections++;
    isFalling = values < before;
    before = values;
  }
  core.destroy();
  URL.revokeObjectURL(url);
}
