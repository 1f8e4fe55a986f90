// One page's place in the stream. Contiguity decides: the number after the last one is new, a lower one was seen
// before, a higher one means that something is missing. Pure: it opens nothing and keeps no time.

import { parseCursor } from "./cursor.js";

/** Frames outside the numbering; they repeat the last number that was delivered on their stream. */
export const CONTROL_TYPES = ["ready", "hb", "reset", "status", "late", "presence", "bye"];

export class Reader {
  #at;
  #missedAt = null;

  /** @param {?string} cursor everything up to here is on the page already; null: start at the first frame. */
  constructor(cursor) {
    this.#at = parseCursor(cursor);
    /** Whether something is missing and the stream has not yet begun again at our cursor. */
    this.waiting = false;
  }

  /** What this page has seen up to, to be asked for next. */
  get cursor() {
    return this.#at && `${this.#at.epoch}-${this.#at.seq}`;
  }

  /**
   * Judge one frame:
   * "deliver" it is next; "drop" seen before, or of no use now; "gap" the stream must begin again at our cursor;
   * "reset" the page must read its state again; "foreign" it belongs to other numbers; "control" nothing to deliver.
   */
  judge(type, id, payload) {
    const frame = parseCursor(id);
    if (!frame) return "drop";
    if (type === "bye") return "control";
    this.#at ??= frame;
    if (frame.epoch !== this.#at.epoch) return "foreign";
    if (type === "reset") return this.#jump(frame, payload.reason !== "ahead" && frame.seq === this.#at.seq);
    if (type === "ready" && frame.seq <= this.#at.seq) this.waiting = false;
    if (CONTROL_TYPES.includes(type)) return frame.seq > this.#at.seq ? this.#miss(type, frame) : "control";
    if (frame.seq <= this.#at.seq) return "drop";
    if (frame.seq > this.#at.seq + 1) return this.#miss(type, frame);
    this.#at = frame;
    this.waiting = false;
    return "deliver";
  }

  #miss(type, frame) {
    // While we wait, a heartbeat is the time to ask once more: the first question may have got lost.
    if (this.waiting) return type === "hb" ? "gap" : "drop";
    // The stream began at our cursor and skips it again: the missing event is of a type that nobody listens to.
    if (this.#missedAt === this.#at.seq) return this.#jump(frame, false);
    this.#missedAt = this.#at.seq;
    this.waiting = true;
    return "gap";
  }

  #jump(frame, nothingMissed) {
    this.#at = frame;
    this.#missedAt = null;
    this.waiting = false;
    return nothingMissed ? "drop" : "reset";
  }
}
