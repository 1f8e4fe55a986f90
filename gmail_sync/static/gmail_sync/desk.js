// The lists and the open conversation as one acts on them: keys, ticks, toolbars, row buttons and swipes become acts.

import { Acts } from "./acts.js";
import { Choosing } from "./choosing.js";
import { actable } from "./conversations.js";
import { isPlain, isTyping, Keys } from "./keys.js";
import { LabelPicker } from "./label-picker.js";
import { Notices } from "./notices.js";
import { Opening } from "./opening.js";
import { Outcomes } from "./outcomes.js";
import { enterLabels } from "./rail.js";
import { followPointer } from "./row-acts.js";
import { ShownList } from "./shown-list.js";
import { swipes } from "./swipes.js";

const MANY_TRASHED = 100;
const ACTS = ["archive", "trash", "restore", "read", "unread", "star"];
const LEAVING = ["archive", "trash"];
const HELD = ["next", "previous"]; // a key that is held steps, and acts once
const VIEWS = { "inbox": "inbox", "unread-mail": "unread", "starred": "starred", "sent": "sent", "all": "all" };

export class Desk {
  #list; #reader; #phrases; #find; #redraw; #settings; #view;
  #keys = new Keys();

  /**
   * `lists` are those of ShownList; `post` and `redraw` are those of Acts, `relist` that of LabelPicker; view(name) lets
   * one of the views be seen.
   */
  constructor({ lists, reader, head, overlay, phrases, find, post, redraw, accountsPage, labels, relist, settings, view }) {
    [this.#reader, this.#phrases, this.#find, this.#redraw] = [reader, phrases, find, redraw];
    [this.#settings, this.#view] = [settings, view];
    this.#list = new ShownList(lists, (key) => this.choosing.drop(key));
    this.choosing = new Choosing({ find, phrases, list: this.#list });
    this.opening = new Opening({ reader, list: this.#list, head, find, settings, phrases, notices: () => this.notices });
    this.notices = new Notices(find("says"), find("announcement"), phrases, {
      undo: () => this.#undo(),
      giveBack: () => (reader.subject ? reader.subject.focus({ preventScroll: true }) : this.place.enter()),
    });
    this.outcomes = new Outcomes({
      notices: this.notices, phrases, labels, accountsPage,
      again: ({ undoes, verb, touched, add, remove }) => (undoes ? this.acts.takeBack(undoes) : this.#act(verb, touched, { add, remove })),
      mark: (key, words) => this.#rows.mark(key, words),
    });
    this.acts = new Acts({ post, overlay, redraw, refused: (...told) => this.outcomes.refused(...told) });
    this.picker = new LabelPicker({ find, phrases, labels, relist, apply: (ones, difference) => this.#do("label", ones, difference) });
    this.#listen();
  }

  #listen() {
    const list = this.#find("list");
    document.addEventListener("keydown", (event) => this.#pressed(event));
    document.addEventListener("visibilitychange", () => document.hidden && this.#sweep());
    followPointer(list, this.#find("row-acts"), () => this.#rows, this.#phrases);
    list.addEventListener("click", (event) => this.#clicked(event));
    list.addEventListener("focusin", (event) => this.#entered(event));
    this.#find("content").addEventListener("click", (event) => this.#clickedReader(event));
    swipes(list, this.#phrases, (row, verb) => this.do(verb, [this.#rows.keyOf(row)]), () => this.#settings.get("swipes") === "on");
  }

  get #rows() { return this.#list.rows; }
  get place() { return this.#list.place; }

  /** Let one of the lists be acted on, now that it is seen. */
  turn(name) {
    this.choosing.clear();
    this.choosing.draw();
    this.#list.turn(name);
    this.draw();
  }

  /** Draw what is ticked and open, after the rows have changed. */
  draw() {
    this.place.settle();
    this.opening.draw();
    this.choosing.draw();
  }

  #pressed(event) {
    if (event.defaultPrevented || isTyping(event.target) || !this.#find("list")) return; // signed out
    if (this.#settings.get("keys") === "off" && event.key.length === 1) return;
    const meant = this.#keys.verb(event);
    const verb = meant === "choose-nothing" && !this.choosing.size ? "back" : meant;
    if (!verb || (verb === "back" && !this.#reader.key)) return;
    event.preventDefault();
    if (!event.repeat || HELD.includes(verb)) this.do(verb);
  }

  #clicked(event) {
    const key = this.#rows.keyOf(event.target);
    const link = event.target.closest(".row-link");
    const star = event.target.closest(".row-star");
    const tick = event.target.closest(".row-tick input");
    const verb = event.target.closest("[data-verb]")?.dataset.verb;
    if (link && !link.target && isPlain(event)) {
      event.preventDefault();
      this.opening.open(key);
    }
    if (tick && event.shiftKey) this.choosing.extend(key);
    else if (tick) this.choosing.toggle(key, tick.checked);
    if (tick) this.choosing.draw();
    else if (star) this.#act("star", [key]);
    else if (verb && key) this.do(verb === "read" && !this.#rows.conversation(key).unread ? "unread" : verb, [key]);
    else if (verb) this.do(verb);
  }

  #clickedReader(event) {
    const verb = event.target.closest("#reader [data-verb]")?.dataset.verb;
    if (!verb || !isPlain(event)) return;
    event.preventDefault();
    this.do(verb, [this.#reader.key]);
  }

  #entered(event) {
    const key = this.#rows.keyOf(event.target);
    this.#sweep(key);
    if (key) this.place.take(key);
  }

  /** Take off the rows that others took, now that the reader looks elsewhere. */
  #sweep(except) {
    if (this.#rows.sweep(except)) this.#redraw([]);
  }

  /** Do what a key or a button says, with `keys`, or else with what is ticked, open or the reader's row. */
  do(verb, keys) {
    const { key } = this.place;
    const moves = {
      "next": () => this.#step(1),
      "previous": () => this.#step(-1),
      "back": () => this.opening.close(),
      "open": () => this.#rows.link(key)?.click(),
      "keys": () => this.#find("keys").showModal(),
      "undo": () => this.#undo(),
      "labels": () => enterLabels(this.#find("views")),
      "choose": () => this.choosing.canTake(key) && this.choosing.toggle(key),
      "choose-range": () => this.choosing.canTake(key) && this.choosing.extend(key),
      "choose-all": () => this.choosing.all(),
      "choose-nothing": () => this.choosing.clear(),
    };
    const meant = () => (this.choosing.size ? this.choosing.keys : [this.#reader.key ?? key]);
    if (ACTS.includes(verb)) this.#act(verb, keys ?? meant());
    else if (VIEWS[verb]) this.#view(VIEWS[verb]);
    else if (verb === "label") this.#label(keys ?? meant());
    else moves[verb]?.();
    if (verb.startsWith("choose")) this.choosing.draw();
  }

  #step(step) { return this.#reader.key ? this.opening.step(step) : this.place.move(step); }

  /** Of these, the conversations that may be acted on, as the reader sees them. */
  #acting(keys) {
    const { key: open, acts } = this.#reader;
    const acting = keys.filter((key) => key && (key === open ? acts : this.choosing.canTake(key)));
    const seen = acting.map((key) => (key === open ? this.#reader.conversation() : this.#rows.conversation(key)));
    return seen.map(actable).filter(Boolean);
  }

  #label(keys) {
    const conversations = this.#acting(keys);
    const mailboxes = new Set(conversations.map(({ account_id: id }) => id));
    if (mailboxes.size > 1) this.notices.tell(this.#phrases.say("labels.several"));
    else if (conversations.length) this.picker.open(conversations);
  }

  #act(verb, keys, difference) { this.#do(verb, this.#acting(keys), difference); }

  #do(verb, conversations, difference) {
    const exact = verb === "star" && conversations.every(({ starred }) => starred) ? "unstar" : verb;
    if (!conversations.length) return;
    const many = { n: conversations.length };
    if (verb === "trash" && many.n > MANY_TRASHED && !confirm(this.#phrases.say("confirm_trash", many))) return;
    const { key: open } = this.#reader;
    const isOpen = conversations.some(({ key }) => key === open);
    const order = isOpen && LEAVING.includes(verb) ? this.#rows.keys : [];
    const at = order.indexOf(open);
    this.choosing.clear();
    const done = this.acts.act(exact, conversations, { difference });
    this.draw();
    if (verb === "unread" && isOpen) this.#reader.hold();
    const stays = (keys) => keys.find((key) => this.#rows.row(key));
    if (done && isOpen && LEAVING.includes(verb)) {
      this.opening.advance(at < 0 ? undefined : stays(order.slice(at + 1)), stays(order.slice(0, Math.max(at, 0)).reverse()));
    }
    if (done) this.outcomes.did(done);
  }

  #undo() {
    const undone = this.acts.undo();
    this.notices.withdraw();
    this.notices.announce(this.#phrases.say(undone ? "undone" : "nothing_to_undo"));
  }
}
