// Reads the stream with undici's EventSource: node with_undici.mjs URL COOKIE. One JSON line an event.
import { Agent, EventSource } from "undici";
import { TYPES } from "./types.mjs";

const [url, cookie] = process.argv.slice(2);
const withCookie = (dispatch) => (options, handler) =>
  dispatch({ ...options, headers: { ...options.headers, cookie } }, handler);
const source = new EventSource(url, { node: { dispatcher: new Agent().compose(withCookie) } });
for (const type of TYPES) {
  source.addEventListener(type, ({ lastEventId, data }) => {
    console.log(JSON.stringify({ id: lastEventId, event: type, data: JSON.parse(data) }));
  });
}

// Its timer of the next attempt does not keep Node running.
const running = setInterval(() => {
  if (source.readyState === EventSource.CLOSED) clearInterval(running);
}, 1_000);
