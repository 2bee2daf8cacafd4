// What media-tracks adds to media elements, of which its package has the types where
// nobody can import them.

import type { VideoRenditionList, VideoTrack, VideoTrackList } from "media-tracks";

declare global {
  interface HTMLMediaElement {
    readonly videoTracks: VideoTrackList;
    readonly videoRenditions: VideoRenditionList;
    addVideoTrack(kind: string): VideoTrack;
    removeVideoTrack(track: VideoTrack): void;
  }
}
