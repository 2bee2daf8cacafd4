// What viewers and segments are called in what they write down.

/** How a peer id begins; the viewer's number follows, so that a record says who gave what. */
export const PREFIX = "-PM0203-";

export const viewerOf = (peerId) => Number(peerId[PREFIX.length]);

/** By address or path: a number alone can be one of each rendition. */
export const segmentOf = (url) => url.split("/").slice(-2).join("/");
