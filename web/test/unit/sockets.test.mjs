import assert from "node:assert/strict";
import test from "node:test";
import { load } from "./bundle.mjs";

const { Sockets } = await load('export { Sockets } from "./src/sockets.ts"');

/** A page's WebSocket, and all that were made. */
function newPage(t, configurable = true) {
  const made = [];
  class Socket extends EventTarget {
    isOpen = true;
    constructor(...args) {
      super();
      made.push(Object.assign(this, { args }));
    }
    close() {
      this.isOpen = false;
    }
  }
  const window = {};
  Object.defineProperty(window, "WebSocket", { value: Socket, configurable, writable: true });
  globalThis.window = window;
  t.after(() => delete globalThis.window);
  return { window, made, Socket };
}

test("the one that is awaited is closed, and no other", (t) => {
  const { window, made, Socket } = newPage(t);
  const sockets = new Sockets();
  new window.WebSocket("wss://page.test");
  sockets.awaitOne();
  assert.ok(new window.WebSocket("wss://tracker.test", []) instanceof Socket);
  assert.equal(window.WebSocket, Socket, "as it was");
  new window.WebSocket("wss://page.test");
  assert.deepEqual(made.map(({ args }) => args), [["wss://page.test"], ["wss://tracker.test", []], ["wss://page.test"]]);
  sockets.close();
  assert.deepEqual(made.map(({ isOpen }) => isOpen), [true, false, true]);
});

test("one that has ended is forgotten", (t) => {
  const { window, made } = newPage(t);
  const sockets = new Sockets();
  sockets.awaitOne();
  new window.WebSocket("wss://tracker.test");
  made[0].dispatchEvent(new Event("close"));
  sockets.close();
  assert.ok(made[0].isOpen);
});

test("a page that has locked WebSocket keeps it", (t) => {
  const { window, Socket } = newPage(t, false);
  const sockets = new Sockets();
  sockets.awaitOne();
  assert.equal(window.WebSocket, Socket);
  sockets.close();
});
