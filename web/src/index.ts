export { Core } from "./core.js";
export { CoreRequestError, RequestError } from "./errors.js";
export type {
  HttpRequestErrorType,
  PeerRequestErrorType,
  RequestAbortErrorType,
  RequestErrorType,
} from "./errors.js";
export * from "./types.js";
export { generateStreamShortId } from "./stream-id.js";
export { debug } from "./debug.js";
