// Many pages of ours in one process, each of the very modules that browsers get: node pages.mjs.
// Reads one JSON command a line, and prints one JSON line for each answer.
import { createInterface } from "node:readline";
import { EventSource as Source } from "eventsource";

const { fetch: send } = globalThis;
const pages = new Map();
const sources = new Set();

// A page's name is the first folder of its addresses, which no server sees: it tells whose cookies to send.
globalThis.fetch = (address, init = {}) => {
  const url = new URL(address);
  const [, name, path] = /^\/([^/]+)(\/.*)$/.exec(url.pathname);
  url.pathname = path;
  return send(url, { ...init, headers: { ...init.headers, Cookie: pages.get(name).cookie } });
};
globalThis.EventSource = class extends Source {
  constructor(url) {
    super(url, { fetch });
    sources.add(this);
  }
  close() {
    super.close();
    sources.delete(this);
  }
};
globalThis.window = new EventTarget();
globalThis.document = Object.assign(new EventTarget(), { visibilityState: "visible" });
globalThis.location = { href: "http://127.0.0.1/" };
globalThis.reportError = (error) => console.error(error);
Object.defineProperty(navigator, "onLine", { value: true });

const { EventStream } = await import("../../realtime/static/realtime/event-stream.js");
const { EVENT_TYPES: types } = await import("../../gmail_sync/static/gmail_sync/event-types.js");

class Page {
  #name; #web; #stream;
  events = []; // the id of each, and after how many milliseconds it came
  resets = [];

  constructor({ name, web, cookie, cursor }) {
    this.#name = name;
    this.#web = web;
    this.cookie = cookie;
    pages.set(name, this);
    this.open(cursor);
  }

  open(cursor) {
    this.#stream = new EventStream({
      url: `${this.#web}/${this.#name}/events/`,
      ticket: `${this.#web}/${this.#name}/events/ticket/`,
      types,
      cursor,
      share: false,
      onEvent: (type, { at }, id) => this.events.push([id, Date.now() - Date.parse(at)]),
      onReset: (reason) => this.resets.push(reason),
      onForeign: () => this.resets.push("foreign"),
    });
  }

  get cursor() { return this.#stream.cursor; }

  reload() {
    this.#stream.close();
    this.open(this.#stream.cursor);
  }
}

function each(what) {
  return Object.fromEntries([...pages].map(([name, page]) => [name, what(page)]));
}

const COMMANDS = {
  open({ page }) {
    new Page(page);
  },
  reload({ name }) {
    pages.get(name).reload();
  },
  streams: () => ({ open: [...sources].filter(({ readyState }) => readyState === Source.OPEN).length }),
  cursors: () => ({ pages: each(({ cursor }) => cursor) }),
  events: () => ({ pages: each(({ events, resets }) => ({ events, resets })) }),
};

for await (const line of createInterface({ input: process.stdin })) {
  const command = JSON.parse(line);
  const answer = COMMANDS[command.do](command);
  console.log(JSON.stringify({ what: command.do, ...answer }));
}
process.exit(0);
