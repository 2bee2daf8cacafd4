// A server in front of the server, one for each viewer: it counts what goes to
// that viewer, and is told to hold, refuse or turn aside requests.

import { once } from "node:events";
import http from "node:http";
import net from "node:net";

/** Starts a proxy in front of `target`, such as http://127.0.0.1:1234. */
export async function startProxy(t, target) {
  const proxy = new Proxy(target);
  proxy.server.listen(0, "127.0.0.1");
  await once(proxy.server, "listening");
  t.after(() => proxy.close());
  return proxy;
}

class Proxy {
  /** By path: { requests, bytes, first }: bytes of body that were sent, and when it was first asked for. */
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

  /**
   * Requests whose path matches are treated so from now on: `until`, a promise
   * to wait for, `status`, to answer with instead. Returns what ends that.
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
    const { pathname } = new URL(request.url, this.url);
    const count = this.count(pathname);
    count.requests++;
    for (const rule of this.rules.filter(({ pattern }) => pattern.test(pathname))) {
      await rule.until;
      if (rule.status) {
        response.writeHead(rule.status, { "Access-Control-Allow-Origin": "*" }).end();
        return;
      }
    }
    const { hostname, port } = this.target;
    const onward = http.request(
      { hostname, port, path: request.url, method: request.method, headers: request.headers, agent: false },
      (answer) => {
        response.writeHead(answer.statusCode, answer.headers);
        answer.on("data", (chunk) => {
          if (!response.destroyed) count.bytes += chunk.length;
        });
        answer.pipe(response);
        answer.on("error", () => response.destroy());
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

/** Paths of segments. */
export const SEGMENTS = /^\/hls\/.*\.ts$/;
export const MODULE = /\/loader\.wasm$/;
