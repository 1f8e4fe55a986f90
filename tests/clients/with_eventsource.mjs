// Reads the stream with npm `eventsource`: node with_eventsource.mjs URL COOKIE. One JSON line an event.
import { EventSource } from "eventsource";
import { TYPES } from "./types.mjs";

const [url, cookie] = process.argv.slice(2);
const source = new EventSource(url, {
  fetch: (input, init) => fetch(input, { ...init, headers: { ...init.headers, Cookie: cookie } }),
});
for (const type of TYPES) {
  source.addEventListener(type, ({ lastEventId, data }) => {
    console.log(JSON.stringify({ id: lastEventId, event: type, data: JSON.parse(data) }));
  });
}

// Its timer of the next attempt does not keep Node running.
const running = setInterval(() => {
  if (source.readyState === EventSource.CLOSED) clearInterval(running);
}, 1_000);
