// One private channel of Supabase Realtime over a socket of its own: Phoenix's JSON protocol, 1.0.0. It is joined once.
// Whatever ends it (a refusal, silence, a close of the channel or of the socket) is told once, and nothing comes after.

import { Moment } from "./moment.js";

const JOIN_LIMIT_MS = 15_000; // a refusal comes after 5 s, a project that was asleep takes a few
const BEAT_MS = 20_000; // after each reply; the server closes a socket that has said nothing for 60 s
const REPLY_LIMIT_MS = 5_000;
const EVENT = "frames";

export class SupabaseChannel {
  #topic; #token; #onJoined; #onMessage; #onBeat; #onLost;
  #socket;
  #refs = 0;
  #awaited = ""; // the ref of the reply that is due
  #joined = false;
  #timer = 0;
  #heardAt = new Moment();
  #tokenAt = new Moment();

  /** onJoined(), onMessage(payload) for each broadcast, onBeat() for each reply to a heartbeat, onLost(). */
  constructor({ url, key, topic, token, onJoined, onMessage, onBeat, onLost }) {
    this.#topic = `realtime:${topic}`;
    this.#token = token;
    this.#onJoined = onJoined;
    this.#onMessage = onMessage;
    this.#onBeat = onBeat;
    this.#onLost = onLost;
    const address = new URL(url);
    address.search = new URLSearchParams({ apikey: key, vsn: "1.0.0" });
    this.#socket = new WebSocket(address);
    this.#socket.onopen = () => this.#join();
    this.#socket.onmessage = ({ data }) => this.#hear(data);
    this.#socket.onclose = () => this.#lose();
    this.#expect("", JOIN_LIMIT_MS);
  }

  /** Offer a token that holds for so many seconds. It is taken once ours has lived for half of them: each one that the
   * server gets has it ask the project's policies again. */
  renew(token, seconds) {
    if (this.#tokenAt.age < (seconds * 1_000) / 2) return;
    this.#token = token;
    this.#tokenAt = new Moment();
    if (this.#joined) this.#push("access_token", { access_token: token });
  }

  /** Look at the line now: timers sleep in hidden tabs and closed laptops. */
  check() {
    if (this.#heardAt.age > BEAT_MS + REPLY_LIMIT_MS) this.#lose();
  }

  /** End it, and tell nobody. */
  close() {
    clearTimeout(this.#timer);
    this.#onLost = () => {};
    this.#socket.onopen = this.#socket.onmessage = this.#socket.onclose = null;
    this.#socket.close();
  }

  #join() {
    const config = {
      private: true,
      broadcast: { ack: false, self: false },
      presence: { enabled: false, key: "" },
      postgres_changes: [],
    };
    this.#expect(this.#push("phx_join", { access_token: this.#token, config }), JOIN_LIMIT_MS);
  }

  #beat() {
    this.#expect(this.#push("heartbeat", {}, "phoenix"), REPLY_LIMIT_MS);
  }

  #push(event, payload, topic = this.#topic) {
    const ref = String((this.#refs += 1));
    this.#socket.send(JSON.stringify({ topic, event, payload, ref, ...(event === "phx_join" && { join_ref: ref }) }));
    return ref;
  }

  #expect(ref, limitMs) {
    this.#awaited = ref;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#lose(), limitMs);
  }

  #hear(text) {
    this.#heardAt = new Moment();
    const { topic, event, ref, payload } = read(text);
    if (event === "phx_reply" && ref === this.#awaited) this.#takeReply(payload);
    if (topic !== this.#topic) return;
    if (event === "phx_close" || event === "phx_error") this.#lose();
    if (event === "broadcast" && payload?.event === EVENT) this.#onMessage(payload.payload);
  }

  #takeReply(payload) {
    if (payload?.status !== "ok") {
      this.#lose();
      return;
    }
    // The next timer is set in the handler of a reply: those that timers set sleep for a minute in hidden pages.
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#beat(), BEAT_MS);
    if (this.#joined) {
      this.#onBeat();
    } else {
      this.#joined = true;
      this.#onJoined();
    }
  }

  #lose() {
    const tell = this.#onLost;
    this.close();
    tell();
  }
}

/** What a text of the socket says; nothing if it is not what the protocol says. */
function read(text) {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}
