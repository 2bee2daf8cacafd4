import assert from "node:assert/strict";
import test from "node:test";
import { load } from "./bundle.mjs";

const { ModuleLife, PageLife } = await load('export { ModuleLife } from "./src/module.ts"; export { PageLife } from "./src/page-life.ts"');

/** A page in our hands, and what its module is told. */
function newPage(t, { ready = true, connection } = {}) {
  t.mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  let [now, slept] = [0, 0];
  t.mock.method(Date, "now", () => now + slept);
  const page = Object.assign(new EventTarget(), { document: new EventTarget(), navigator: { connection } });
  const told = [];
  const module = Object.fromEntries(["rest", "wake", "reconnect"].map((name) => [name, () => told.push(name)]));
  const life = new ModuleLife();
  new PageLife(life, page);
  if (ready) life.becomeReady(module);
  return {
    page,
    life,
    module,
    say: (...names) => names.forEach((name) => page.dispatchEvent(new Event(name))),
    pass: (ms) => {
      for (const end = now + ms; now < end; now += 100) t.mock.timers.tick(100);
    },
    /** The machine sleeps: the clock goes on and timers do not. */
    sleep: (ms) => (slept += ms),
    /** What the module was told since the last call. */
    told: () => told.splice(0),
  };
}

test("a page that goes rests, and wakes when it comes back", (t) => {
  const { page, say, told } = newPage(t);
  say("pagehide");
  assert.deepEqual(told(), ["rest"], "before the event is over");
  page.document.dispatchEvent(new Event("freeze"));
  assert.deepEqual(told(), []);
  page.document.dispatchEvent(new Event("resume"));
  say("pageshow");
  assert.deepEqual(told(), ["wake"]);
  say("pageshow");
  assert.deepEqual(told(), [], "as each page does when it is loaded");
});

test("a hidden page that is frozen rests", (t) => {
  const { page, told } = newPage(t);
  page.document.dispatchEvent(new Event("freeze"));
  page.document.dispatchEvent(new Event("resume"));
  assert.deepEqual(told(), ["rest", "wake"]);
});

test("a page that was told that it goes, and stays, wakes", (t) => {
  const { say, pass, told } = newPage(t);
  say("pagehide");
  pass(1000);
  assert.deepEqual(told(), ["rest", "wake"]);
});

test("a module that comes while the page is away rests", (t) => {
  const { life, module, say, told } = newPage(t, { ready: false });
  say("pagehide", "online");
  assert.deepEqual(told(), []);
  life.becomeReady(module);
  assert.deepEqual(told(), ["rest"]);
  say("pageshow");
  assert.deepEqual(told(), ["wake"]);
});

test("a network that was gone for a moment, and for longer", (t) => {
  const { say, pass, told } = newPage(t);
  say("offline");
  pass(1000);
  say("online");
  assert.deepEqual(told(), ["reconnect"]);
  pass(10_000);
  say("offline");
  pass(5000);
  say("online");
  assert.deepEqual(told(), ["rest", "wake"]);
});

test("a network that comes and goes does not have the page hammer", (t) => {
  const { say, pass, told } = newPage(t);
  for (let i = 0; i < 100; i++) {
    say("offline", "online");
    pass(100);
  }
  pass(10_000);
  assert.deepEqual(told(), ["reconnect", "reconnect", "reconnect"], "at once, after 5 s, and when it is over");
});

test("another type of network", (t) => {
  const connection = Object.assign(new EventTarget(), { type: "wifi" });
  const { pass, told } = newPage(t, { connection });
  const change = (type) => {
    connection.type = type;
    connection.dispatchEvent(new Event("change"));
    pass(5000);
  };
  change("wifi"); // an estimate of speed
  change("none");
  assert.deepEqual(told(), []);
  change("cellular");
  assert.deepEqual(told(), ["rest", "wake"]);
});

test("a machine that has slept", (t) => {
  const { page, sleep, pass, told } = newPage(t);
  pass(60_000);
  sleep(4000);
  pass(2000);
  assert.deepEqual(told(), []);
  sleep(6000);
  pass(2000);
  assert.deepEqual(told(), ["rest", "wake"]);
  page.document.hidden = true; // its timers may wait for a minute
  pass(5000);
  sleep(62_000);
  pass(2000);
  assert.deepEqual(told(), []);
  sleep(70_000);
  pass(2000);
  assert.deepEqual(told(), ["rest", "wake"]);
});

test("a module that throws is dead, and is told nothing more", (t) => {
  const { life, module, say, pass, told } = newPage(t);
  const warned = t.mock.method(console, "warn", () => undefined);
  module.rest = () => { throw new Error("broken"); };
  say("pagehide");
  assert.equal(life.state.name, "dead");
  say("pageshow", "offline", "online");
  pass(60_000);
  assert.deepEqual(told(), []);
  assert.equal(warned.mock.callCount(), 1);
});

test("without a page there is nothing to follow", () => {
  assert.doesNotThrow(() => new PageLife(new ModuleLife(), {}));
});
