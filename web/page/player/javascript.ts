// The engine and the core of npm, both in JavaScript, to compare with. The build
// leaves this import as it is, where elsewhere it puts the engine on our core.
export { HlsJsP2PEngine } from "p2p-media-loader-hlsjs";
