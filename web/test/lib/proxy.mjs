// A server in front of the server, one for each viewer: it counts what goes to
// that viewer, and is told to hold, refuse or turn aside requests.

import { once } from "node:events";
import http from "node:http";
import net from "node:net";
import { Readable } from "node:stream";
import { pause } from "./until.mjs";

/** Starts a proxy in front of `target`, such as http://127.0.0.1:1234. */
export async function startProxy(t, target) {
  const proxy = new Proxy(target);
  proxy.server.listen(0, "127.0.0.1");
  await once(proxy.server, "listening");
  t.after(() => proxy.close());
  return proxy;
}

class Proxy {
  /**
   * By path: { requests, bytes, first, size }: bytes of body that were sent, when it
   * was first asked for, and how many bytes the whole of it has.
   */
  sent = new Map();
  /** What went wrong between proxy and server. */
  failures = new Set();
  rules = [];
  stalled = false;
  sockets = new Set();

  constructor(target) {
    this.target = new URL(target);
    this.server = http.createServer((request, response) => void this.serve(request, response));
    this.server.on("upgrade", (request, socket, head) => this.tunnel(request, socket, head));
    this.server.on("connection", (socket) => this.remember(socket));
  }

  get url() {
    return `http://127.0.0.1:${this.server.address().port}`;
  }

  /** All bytes of the paths that match. */
  bytes(pattern) {
    return this.sum(pattern, "bytes");
  }

  requests(pattern) {
    return this.sum(pattern, "requests");
  }

  /** Bytes of the paths that match beyond one copy of each. */
  again(pattern) {
    let sum = 0;
    for (const [path, { bytes, size = Infinity }] of this.sent) if (pattern.test(path)) sum += Math.max(0, bytes - size);
    return sum;
  }

  /**
   * Requests whose path matches are treated so from now on, those of several rules
   * so as all say. Returns what ends that for requests to come.
   *
   * @param treatment before it is answered, in this order: `until`, a promise to
   *   wait for; `delay`, ms; `drop`, to close the connection. What is answered
   *   instead: `status`, and `headers`, each of them a value or what gives it for
   *   the request's URL; or `body`, a text or bytes, whole whatever is asked for; or
   *   `endless`, a text that comes again and again.
   *   And of what the server answers: `ignoreRange`, as if none had been asked for;
   *   `rewrite`, what makes another text of the body; `rate`, bytes a second at which
   *   it comes; `cutAfter` and `stallAfter`, how many bytes of it come before the
   *   connection closes, or nothing more does.
   */
  rule(pattern, treatment) {
    const rule = { pattern, ...treatment };
    this.rules.push(rule);
    return () => (this.rules = this.rules.filter((other) => other !== rule));
  }

  /** Holds requests whose path matches, until what it returns is called. */
  hold(pattern) {
    let release;
    const released = new Promise((resolve) => (release = resolve));
    this.rule(pattern, { until: released });
    return release;
  }

  /** Lets nothing through, in neither direction, until what it returns is called; no connection is closed. */
  stall() {
    this.stalled = true;
    for (const socket of this.sockets) stop(socket);
    return () => {
      this.stalled = false;
      for (const socket of this.sockets) {
        socket.uncork();
        socket.resume();
      }
    };
  }

  report() {
    const lines = [...this.sent].map(([path, { requests, bytes }]) => `  ${path}: ${requests} requests, ${bytes} bytes`);
    return [`proxy ${this.url} sent`, ...lines, ...this.failures].join("\n");
  }

  close() {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
  }

  async serve(request, response) {
    const url = new URL(request.url, this.url);
    const count = this.count(url.pathname);
    count.requests++;
    const treatment = {};
    for (const rule of this.rules.filter(({ pattern }) => pattern.test(url.pathname))) {
      await rule.until;
      if (rule.delay) await new Promise((resolve) => setTimeout(resolve, rule.delay));
      if (rule.drop) return void request.socket.destroy();
      if (answersInstead(rule, url, count, response)) return;
      Object.assign(treatment, rule);
    }
    const { hostname, port } = this.target;
    const headers = { ...request.headers };
    if (treatment.ignoreRange) delete headers.range;
    if (treatment.rewrite) for (const name of ["accept-encoding", "if-none-match"]) delete headers[name];
    const onward = http.request(
      { hostname, port, path: request.url, method: request.method, headers, agent: false },
      (answer) => {
        answer.on("error", () => response.destroy());
        count.size = sizeOf(answer) ?? count.size;
        if (treatment.rewrite) return void rewrite(answer, treatment.rewrite, response);
        response.writeHead(answer.statusCode, answer.headers);
        if (treatment.cutAfter ?? treatment.stallAfter) return passPart(answer, treatment, count, response);
        if (treatment.rate) return void passSlowly(answer, treatment.rate, count, response);
        answer.on("data", (chunk) => {
          if (!response.destroyed) count.bytes += chunk.length;
        });
        answer.pipe(response);
      },
    );
    onward.on("error", (error) => {
      if (!response.destroyed) this.failures.add(`${this.target}: ${error.message}`);
      response.destroy(); // as if the server were not there
    });
    response.on("close", () => onward.destroy());
    request.pipe(onward);
  }

  /** Passes a WebSocket on, as it comes. */
  tunnel(request, socket, head) {
    const onward = net.connect(this.target.port, this.target.hostname, () => {
      const headers = request.rawHeaders.map((text, i) => (i % 2 ? `${text}\r\n` : `${text}: `)).join("");
      onward.write(`${request.method} ${request.url} HTTP/1.1\r\n${headers}\r\n`);
      onward.write(head);
      onward.pipe(socket).pipe(onward);
    });
    this.remember(onward);
    for (const end of [socket, onward]) {
      end.on("error", () => undefined);
      end.on("close", () => {
        socket.destroy();
        onward.destroy();
      });
    }
  }

  remember(socket) {
    this.sockets.add(socket);
    if (this.stalled) stop(socket);
    socket.on("close", () => this.sockets.delete(socket));
  }

  count(path) {
    let count = this.sent.get(path);
    if (!count) this.sent.set(path, (count = { requests: 0, bytes: 0, first: performance.now() }));
    return count;
  }

  sum(pattern, what) {
    let sum = 0;
    for (const [path, count] of this.sent) if (pattern.test(path)) sum += count[what];
    return sum;
  }
}

function stop(socket) {
  socket.cork();
  socket.pause();
}

/** Answers a request itself where the rule says so. */
function answersInstead({ status, headers, body, endless }, url, count, response) {
  const given = (value) => (typeof value === "function" ? value(url) : value);
  const code = given(status) ?? ((body ?? endless) && 200);
  if (!code) return false;
  if (body) {
    count.size = Buffer.byteLength(body);
    count.bytes += count.size;
  }
  response.writeHead(code, { "Access-Control-Allow-Origin": "*", ...given(headers) });
  if (endless) Readable.from(repeat(endless, count)).on("error", () => undefined).pipe(response);
  else response.end(body);
  return true;
}

function* repeat(text, count) {
  for (;;) {
    count.bytes += Buffer.byteLength(text);
    yield text;
  }
}

/** How many bytes the whole has of which this is an answer. */
function sizeOf({ headers }) {
  const size = /\/(\d+)$/.exec(headers["content-range"] ?? "")?.[1] ?? headers["content-length"];
  return size && Number(size);
}

async function rewrite(answer, change, response) {
  let text = "";
  for await (const chunk of answer.setEncoding("utf8")) text += chunk;
  const { "content-length": _, etag: __, ...headers } = answer.headers;
  response.writeHead(answer.statusCode, headers).end(change(text));
}

/** Sends the beginning of a body. What was sent before the connection closes shall arrive. */
function passPart(answer, { cutAfter, stallAfter }, count, response) {
  let left = cutAfter ?? stallAfter;
  answer.on("data", (chunk) => {
    const part = chunk.subarray(0, left);
    left -= part.length;
    count.bytes += part.length;
    if (part.length > 0) response.write(part);
    if (part.length > 0 && left === 0 && cutAfter !== undefined) setTimeout(() => response.destroy(), CUT_MS);
  });
  answer.on("end", () => {
    if (left > 0) response.end();
  });
}

/** Sends a body bit by bit, until the page wants no more of it. */
async function passSlowly(answer, rate, count, response) {
  const bit = Math.ceil(rate * BIT_S);
  try {
    for await (const chunk of answer) {
      for (let at = 0; at < chunk.length && !response.destroyed; at += bit) {
        const part = chunk.subarray(at, at + bit);
        count.bytes += part.length;
        response.write(part);
        await pause(part.length / rate);
      }
    }
    response.end();
  } catch {
    response.destroy(); // the server's answer has ended before its time
  }
}

/** What comes slowly comes so often. */
const BIT_S = 0.05;

/** After so long bytes that were sent have come to the page: it throws away what it has not read. */
const CUT_MS = 100;

/** Paths of segments. */
export const SEGMENTS = /^\/hls\/.*\.ts$/;
export const PLAYLISTS = /^\/hls\/.*\.m3u8$/;
export const MODULE = /\/loader\.wasm$/;
export const LISTS = /\/segments-sha256\.json$/;
