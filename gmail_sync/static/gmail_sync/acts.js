// The reader's acts on their way: sent, repeated with the same op until the server has it, undone, and settled by the
// log. The page shows them at once (overlay.js).

import { keyOf } from "./listing.js";
import { threadsOf } from "./overlay.js";
import { uuid } from "./uuid.js";
import { acts, halves, opposite } from "./verbs.js";

const FIRST_MS = 1_000;
const LONGEST_MS = 30_000;
const GIVE_UP_MS = 600_000; // of waiting: a night in which the laptop sleeps is one wait
const UNDONE_MOST = 20;
const SETTLED_MOST = 200;
const ADDRESS = "/actions/";

export class Acts {
  #post; #overlay; #redraw; #refused;
  #done = []; // what can be undone: {verb, ops}, the latest last
  #settled = []; // as the log told lately: an answer that was overtaken may still hold them open

  /**
   * post(address, body) resolves to {status, reason, seconds} or rejects without a connection; redraw(threads) draws
   * conversations anew; refused(op, reason) says that an act was not done.
   */
  constructor({ post, overlay, redraw, refused }) {
    this.#post = post;
    this.#overlay = overlay;
    this.#redraw = redraw;
    this.#refused = refused;
  }

  /** Do a verb with conversations. Returns {verb, ops}, or null if it changes nothing. What is `quiet` the page did by
   * itself: it is not undone. */
  act(verb, conversations, { quiet = false, difference } = {}) {
    const ops = acts(verb, conversations, difference);
    if (!ops.length) return null;
    const done = { verb, ops };
    for (const op of ops) Object.assign(op, { quiet, seen: this.#overlay.position });
    for (const op of ops) this.#begin(op, ADDRESS, bodyOf(op), this.#after(op));
    if (!quiet) this.#remember(done);
    this.#redraw(threadsOf(ops));
    return done;
  }

  /** Take the latest act back; what others changed since stays. Returns it, or null if there is none. */
  undo() {
    const last = this.#done.pop();
    if (!last) return null;
    for (const op of last.ops) this.#undo(op);
    this.#redraw(threadsOf(last.ops));
    return last;
  }

  /** Take an act back, or take it back anew where that was refused. */
  takeBack(op) {
    this.#forget(op);
    this.#undo(op);
    this.#redraw(threadsOf([op]));
  }

  /** Take an act's outcome, as the log tells it. */
  settled({ op: id, state, reason, failed = [] }) {
    this.#settled = [...this.#settled, id].slice(-SETTLED_MOST);
    const op = this.#close(id);
    if (!op) return;
    if (state === "dropped" && op.undoneBy) this.#close(op.undoneBy); // it was never sent: there is nothing to take back
    else if (state !== "done") this.#tell(op, reason || (failed.length ? "gone" : state));
  }

  /**
   * Take the acts that the server holds open, `asked` being those that it had when it was asked;
   * threadsOfMessages(accountId, ids) names the conversations of messages.
   */
  reconcile(open, asked, threadsOfMessages) {
    const ids = new Set(open.map(({ op }) => op));
    for (const id of asked) if (!ids.has(id)) this.#close(id);
    const strange = open.filter(({ op }) => !this.#overlay.get(op) && !this.#settled.includes(op));
    for (const op of strange) this.#overlay.open(found(op, threadsOfMessages));
  }

  /** The acts that the server has taken, by id. */
  get accepted() { return this.#overlay.all().filter(({ sent }) => sent).map(({ op }) => op); }

  /** True while something has not reached the server. */
  get unsent() { return this.#overlay.all().some(({ sent }) => !sent); }

  #undo(op) {
    const undo = { op: uuid(), account_id: op.account_id, changes: op.undo, touched: op.touched };
    Object.assign(undo, { verb: opposite(op.verb), subjects: op.subjects, undoes: op });
    op.undoneBy = undo.op;
    this.#begin(undo, `${ADDRESS}${op.op}/undo/`, { op: undo.op }, this.#after(op).then(() => op.arrival));
  }

  /** Resolves once all that was done before with the same conversations is at the server, or cannot be: the server
   * does what comes first first, and requests overtake each other. */
  #after({ touched }) {
    const keys = new Set(touched);
    const earlier = this.#overlay.all().filter((op) => !op.sent && op.touched.some((key) => keys.has(key)));
    return Promise.all(earlier.map(({ arrival }) => arrival)).then(() => true);
  }

  /** Lay an act over the truth, and send it once `before` has arrived. */
  #begin(op, address, body, before = Promise.resolve(true)) {
    Object.assign(op, { at: Date.now(), sent: false });
    this.#overlay.open(op);
    op.arrival = before.then((arrived) => (arrived ? this.#send(op, address, body) : this.#close(op.op) && false));
  }

  /** Resolves to true when the server has the act. */
  async #send(op, address, body) {
    let waited = 0;
    for (let wait = FIRST_MS; waited < GIVE_UP_MS; wait = Math.min(2 * wait, LONGEST_MS)) {
      if (!this.#overlay.get(op.op)) return true; // the log was faster than the answer
      const answer = await this.#post(address, body).catch(() => null);
      op.sent = answer?.status === 200 || answer?.status === 202;
      if (op.sent) return true;
      if (answer?.status === 413 && op.ones?.length > 1) return this.#halve(op);
      const final = answer && answer.status < 500 && answer.status !== 429;
      if (final) return this.#fail(op, answer.reason ?? "other");
      const pause = Math.max(wait, (answer?.seconds ?? 0) * 1_000);
      await new Promise((resolve) => setTimeout(resolve, pause));
      waited += pause;
    }
    return this.#fail(op, "unreachable");
  }

  /** Send in two what was too much at once; nothing of it was stored. What was undone meanwhile is not sent at all.
   * What waits for the act waits for its parts. */
  async #halve(op) {
    const parts = op.undoneBy ? [] : halves(op);
    for (const part of parts) {
      Object.assign(part, { quiet: op.quiet, seen: op.seen });
      this.#begin(part, ADDRESS, bodyOf(part));
    }
    for (const done of this.#done) done.ops = done.ops.flatMap((one) => (one === op ? parts : [one]));
    this.#close(op.op);
    await Promise.all(parts.map(({ arrival }) => arrival));
    return false; // an undo that waits for it has nothing to take back
  }

  #fail(op, reason) {
    if (this.#close(op.op)) this.#tell(op, reason);
    return false;
  }

  #close(id) {
    const op = this.#overlay.close(id);
    if (op) this.#redraw(threadsOf([op]));
    return op;
  }

  #tell(op, reason) {
    this.#forget(op);
    if (op.undoes) this.#remember({ verb: op.undoes.verb, ops: [op.undoes] }); // it is still to be undone
    this.#refused(op, reason);
  }

  #remember(done) {
    this.#done = [...this.#done, done].sort((one, other) => one.ops[0].at - other.ops[0].at).slice(-UNDONE_MOST);
  }

  #forget(op) {
    for (const done of this.#done) done.ops = done.ops.filter((one) => one !== op);
    this.#done = this.#done.filter(({ ops }) => ops.length);
  }
}

const bodyOf = ({ op, account_id, add, remove, messages, threads, seen }) => ({
  op, account_id, add, remove, messages, seen, threads: threads.map(({ id, up_to }) => ({ id, up_to })),
});

/** An act that another page of the reader's began; an undo has `changes`: what it adds and removes by message. */
function found(op, threadsOfMessages) {
  const { account_id: accountId, changes } = op;
  const ids = changes ? Object.keys(changes) : (op.messages ?? []);
  const differences = Object.entries(changes ?? {}).map(([id, [add, remove]]) => [keyOf(accountId, id), { add, remove }]);
  return {
    op: op.op, account_id: accountId, add: op.add ?? [], remove: op.remove ?? [], messages: ids, threads: [],
    ...(changes && { changes: new Map(differences) }),
    touched: threadsOfMessages(accountId, ids), subjects: [], sent: true, at: Date.now(),
  };
}
