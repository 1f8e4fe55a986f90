// The words for acts that Gmail has not confirmed: none for 3 s, then "Saving", and after 30 s how many. Time changes
// the words only.

const SILENT_MS = 3_000;
const LONG_MS = 30_000;
const LOOK_MS = 500;

export class Saving {
  #overlay; #phrases; #tell;
  #timer = 0;

  /** tell(words) is called when they change, with "" when nothing is to be said. */
  constructor(overlay, phrases, tell) {
    this.#overlay = overlay;
    this.#phrases = phrases;
    this.#tell = tell;
  }

  /** Look at the open acts, now and until there is none. */
  watch() {
    clearTimeout(this.#timer);
    const open = this.#overlay.all();
    this.#tell(this.words(open.map(({ at }) => at), Date.now()));
    if (open.length) this.#timer = setTimeout(() => this.watch(), LOOK_MS);
  }

  words(begun, now) {
    const age = now - Math.min(...begun);
    if (!begun.length || age < SILENT_MS) return "";
    const late = begun.filter((at) => now - at >= LONG_MS).length;
    return late ? this.#phrases.say("unconfirmed", { n: late }) : this.#phrases.say("saving");
  }
}
