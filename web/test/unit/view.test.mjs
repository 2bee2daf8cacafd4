import assert from "node:assert/strict";
import test from "node:test";
import { load } from "./bundle.mjs";

const { readView, addressOf, defaults } = await load('export * from "./page/view.ts"');
const page = (query = "") => new URL(`https://demo.test:49199/${query}`);

/** What a query is read as, and what is complained of. */
function read(query) {
  const complaints = [];
  return { view: readView(page(query), (complaint) => complaints.push(complaint)), complaints };
}

test("an address that says nothing", () => {
  const { view, complaints } = read("");
  assert.deepEqual(view, {
    loader: "ours",
    stream: "https://demo.test:49199/hls/master.m3u8",
    tracker: "wss://demo.test:49199/",
    swarm: "p2p-mediastream-demo/hls/master.m3u8",
    p2p: true,
    uploadLimit: undefined,
    highest: undefined,
    rendition: undefined,
    others: 0,
    small: false,
  });
  assert.deepEqual(complaints, []);
  assert.equal(addressOf(view, page()), page().href);
});

test("every setting has its place in the address, and is read back", () => {
  const view = {
    loader: "javascript",
    stream: "http://other.test/a%20b/live.m3u8?token=1&x=%26",
    tracker: "ws://tracker.test/?a=b",
    swarm: "a swarm & more",
    p2p: false,
    uploadLimit: 1500,
    highest: 720,
    rendition: 480,
    others: 8,
    small: true,
  };
  const address = addressOf(view, page("?debug=*#there"));
  assert.deepEqual(read(new URL(address).search), { view, complaints: [] });
  assert.match(address, /debug=\*.*#there$/, "what else the address has stays");
  assert.equal(addressOf(defaults(page()), new URL(address)), page("?debug=*#there").href);
});

test("another stream has another swarm, unless one is named", () => {
  assert.equal(read("?stream=https://a.test/x/y.m3u8").view.swarm, "p2p-mediastream-demo/a.test/x/y.m3u8");
  assert.equal(read("?stream=/x.m3u8?id=2").view.swarm, "p2p-mediastream-demo/x.m3u8");
  assert.equal(read("?stream=/x/y.m3u8").view.stream, "https://demo.test:49199/x/y.m3u8");
  assert.equal(read("?stream=/x/y.m3u8&swarm=mine").view.swarm, "mine");
});

test("what makes no sense is named and left out", () => {
  const usual = read("").view;
  for (const query of [
    "loader=theirs",
    "loader=toString",
    "loader=",
    "stream=javascript:alert(1)",
    "stream=blob:https://a.test/1",
    "stream=http://",
    "tracker=https://a.test/",
    "tracker=a",
    "swarm=",
    "p2p=no",
    "upload=0",
    "upload=-1",
    "upload=1e3",
    "upload=1000001",
    "highest=720p",
    "highest=99999",
    "rendition=Auto",
    "rendition=0",
    "viewers=17",
    "viewers=0",
    "small=1",
  ]) {
    const { view, complaints } = read(`?${query}`);
    assert.deepEqual(view, usual, query);
    assert.equal(complaints.length, 1, query);
    assert.ok(complaints[0].startsWith(query.slice(0, query.indexOf("=") + 1)), complaints[0]);
  }
});

test("an address is written in one way", () => {
  assert.equal(read("?tracker=wss://demo.test:49199").view.tracker, "wss://demo.test:49199/");
});

test("a rendition may be left to the bandwidth", () => {
  const { view } = read("?rendition=auto");
  assert.equal(view.rendition, "auto");
  assert.equal(new URL(addressOf(view, page())).search, "?rendition=auto");
});

test("of a setting given twice the first counts", () => {
  assert.equal(read("?highest=480&highest=720").view.highest, 480);
});
