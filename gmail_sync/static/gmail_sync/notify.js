// Notices of the system's for new mail, while no page of Finito in this browser is looked at; on a button, and remembered.

import { addressOf } from "./row.js";
import { counts } from "./listing.js";
import { threadOf } from "./conversations.js";
import { plain } from "./words.js";

const LOOKED_AT = "finito/looked-at"; // a lock that every page holds while it is looked at
const TELLS = "finito/tells"; // the lock of the one page that tells
const TOGETHER_MS = 10_000; // what comes within it after the first is told as a number

export class Notify {
  #phrases; #settings; #button; #state; #open;
  #shown = new Map(); // by conversation; "" is the number
  #more = 0;
  #timer = 0;
  #tells = false;
  #release = null;

  /** `button` turns it on and off, `state` has the words for how it stands; open(key, address) opens a conversation. */
  constructor({ phrases, settings, button, state, open }) {
    [this.#phrases, this.#settings, this.#button] = [phrases, settings, button];
    [this.#state, this.#open] = [state, open];
    if (!globalThis.Notification || !navigator.locks) return; // the button stays hidden
    button.hidden = false;
    button.addEventListener("click", () => this.#turn());
    document.addEventListener("visibilitychange", () => this.#look());
    navigator.locks.request(TELLS, () => new Promise(() => (this.#tells = true)));
    this.#look();
    this.#draw();
  }

  /** Take a mail event. */
  hear(type, { account_id: accountId, message }) {
    if (!message) return;
    const key = threadOf({ ...message, account_id: accountId });
    if (!counts(message.label_ids ?? [])) this.#close(key);
    else if (type === "message.added") this.#arrived(key, { ...message, account_id: accountId });
  }

  get #isOn() { return this.#settings.get("notify") === "on" && Notification.permission === "granted"; }

  async #turn() {
    const wanted = !this.#isOn;
    if (wanted) await Notification.requestPermission();
    this.#settings.set("notify", wanted ? "on" : "off");
    this.#draw();
  }

  #draw() {
    const denied = Notification.permission === "denied";
    this.#button.setAttribute("aria-pressed", String(this.#isOn));
    this.#state.textContent = this.#phrases.say(`notify.${denied ? "denied" : this.#isOn ? "on" : "off"}`);
  }

  #look() {
    this.#release?.();
    this.#release = null;
    if (document.hidden) return;
    navigator.locks.request(LOOKED_AT, { mode: "shared" }, () => this.#hold());
    for (const key of [...this.#shown.keys()]) this.#close(key);
  }

  /** Hold the lock until one looks away; not if one has by now, or it is held already. */
  #hold() {
    return document.hidden || this.#release ? undefined : new Promise((release) => (this.#release = release));
  }

  async #arrived(key, message) {
    if (!this.#tells || !this.#isOn) return;
    const { held } = await navigator.locks.query();
    if (held.some(({ name }) => name === LOOKED_AT)) return;
    if (this.#timer) {
      this.#more += 1;
      return;
    }
    this.#timer = setTimeout(() => this.#tellMore(), TOGETHER_MS);
    const isPlain = this.#settings.get("sender") === "off";
    const sender = plain(message.from_name, message.from_address, message.from);
    const [title, body] = isPlain ? [this.#phrases.say("notify.plain"), ""] : [sender, plain(message.subject)];
    this.#show(key, title, body, addressOf(message));
  }

  #tellMore() {
    this.#timer = 0;
    if (this.#more && document.hidden) this.#show("", this.#phrases.say("notify.several", { n: this.#more }), "", "/");
    this.#more = 0;
  }

  #show(key, title, body, address) {
    const notice = new Notification(title, { body, tag: `finito ${key}` });
    this.#shown.set(key, notice);
    notice.onclick = () => {
      window.focus();
      this.#close(key);
      this.#open(key, address);
    };
  }

  #close(key) {
    this.#shown.get(key)?.close();
    this.#shown.delete(key);
  }
}
