// An origin that does what a scenario tells it, and remembers what it was asked.
//
// A scenario posts the plan of a segment to /plan/RUN/NAME: a list of steps, one
// for each request, the last one for all that follow. A step may have
//   status, headers   instead of what a good origin answers
//   words             that follow the status
//   size              of the whole segment; 5000 bytes unless told
//   ignoreRange       sends the whole, with 200, whatever is asked for
//   shift             moves the range that is sent, and told, by so many bytes
//   gzip              sends it compressed
//   length            the Content-Length to claim; null for none
//   send              how many bytes of the body to send, then `then`:
//   then              "end" (the default), "break" or "hang"
//   wait              ms before the headers; "forever" for never
//   redirect          the name of the segment to go to

import { once } from "node:events";
import http from "node:http";
import { gzipSync } from "node:zlib";

const SIZE = 5000;
/** After so long the bytes before a break have come to the page: it throws away what it has not read. */
const BREAK_MS = 200;

/** Starts the origin; it ends with `t`. Returns its address. */
export async function startScriptedOrigin(t) {
  const origin = new ScriptedOrigin();
  origin.server.listen(0, "127.0.0.1");
  await once(origin.server, "listening");
  t.after(() => {
    origin.server.closeAllConnections();
    origin.server.close();
  });
  return `http://127.0.0.1:${origin.server.address().port}`;
}

/** What the segments consist of: byte i of a segment is i mod 251. */
function bytes(from, to) {
  return Buffer.from(Array.from({ length: Math.max(0, to - from) }, (_, i) => (from + i) % 251));
}

class ScriptedOrigin {
  plans = new Map();
  /** By run: the requests in the order in which they came. */
  asked = new Map();
  server = http.createServer((request, response) => {
    response.setHeader("Access-Control-Allow-Origin", "*");
    response.setHeader("Access-Control-Allow-Headers", "*");
    response.setHeader("Access-Control-Expose-Headers", "*");
    response.setHeader("Cache-Control", "no-store");
    void this.answer(request, response);
  });

  async answer(request, response) {
    const { pathname } = new URL(request.url, "http://origin");
    if (request.method === "OPTIONS") return response.end();
    const [, what, run, name] = pathname.split("/");
    if (what === "plan") {
      this.plans.set(`${run}/${name}`, JSON.parse(await text(request)));
      return response.end();
    }
    if (what === "asked") return response.end(JSON.stringify(this.asked.get(run) ?? []));
    return this.segment(run, name, request, response);
  }

  async segment(run, name, request, response) {
    if (!this.asked.has(run)) this.asked.set(run, []);
    const asked = this.asked.get(run);
    const count = asked.filter((other) => other.name === name).length;
    const entry = { name, range: request.headers.range ?? "", token: request.headers["x-token"] ?? "", cut: false };
    asked.push(entry);
    response.on("close", () => (entry.cut = !response.writableFinished));
    const plan = this.plans.get(`${run}/${name}`) ?? [{}];
    const step = plan[Math.min(count, plan.length - 1)];
    if (step.wait === "forever") return;
    if (step.wait) await new Promise((resolve) => setTimeout(resolve, step.wait));
    if (step.redirect) return response.writeHead(302, { Location: `/segment/${run}/${step.redirect}` }).end();
    if (step.status && step.status !== 200) return response.writeHead(step.status, step.words, step.headers).end();
    this.body(step, request, response);
  }

  body({ size = SIZE, ignoreRange, shift = 0, gzip, length, send, then = "end", headers }, request, response) {
    const range = ignoreRange ? null : /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "");
    const from = range ? Number(range[1]) + shift : 0;
    const to = range && range[2] ? Number(range[2]) + 1 + shift : size;
    const whole = gzip ? gzipSync(bytes(from, to)) : bytes(from, to);
    const claimed = length === undefined ? whole.length : length;
    response.writeHead(range ? 206 : 200, {
      ...(claimed !== null && { "Content-Length": claimed }),
      ...(gzip && { "Content-Encoding": "gzip" }),
      ...(range && { "Content-Range": `bytes ${from}-${to - 1}/${size}` }),
      ...headers,
    });
    const sent = send === undefined ? whole : bytes(from, from + send);
    if (then === "hang") response.write(sent);
    else if (then === "break") response.write(sent, () => setTimeout(() => response.destroy(), BREAK_MS));
    else response.end(sent);
  }
}

async function text(request) {
  let all = "";
  for await (const chunk of request.setEncoding("utf8")) all += chunk;
  return all;
}
