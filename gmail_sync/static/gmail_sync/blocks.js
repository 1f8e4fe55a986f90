// Days with their headings, chapters in them, and blocks of rows in those: a block out of sight costs little and a chapter
// out of sight nothing (content-visibility). None spans two days, so that days are headings to jump by.

import { dayOf, dayWords } from "./days.js";

const FULL = 20; // rows, about a window: all that is in a block in sight is laid out for each new row
const BLOCKS = 20; // of a chapter: the browser looks for each frame which of those that it has ever seen are in sight

export class Blocks {
  #container; #blankDay; #limits; #words;

  /** `blankDay` and `blankRow` are templates, `words` has those of the days that have names. */
  constructor(container, blankDay, blankRow, words) {
    this.#container = container;
    this.#blankDay = blankDay;
    this.#limits = blankRow.dataset;
    this.#words = words;
    for (const section of container.querySelectorAll(".day")) this.#name(section);
  }

  /** Put a row between its neighbours, of which either may be missing, under the heading of its day. */
  insert(row, above, below) {
    const day = dayOf(this.#dateOf(row));
    if (row.isConnected && dayIn(row) === day && before(row) === above) return;
    const former = row.closest(".block");
    if (above && dayIn(above) === day) above.after(row);
    else if (below && below !== row && dayIn(below) === day) below.before(row);
    else this.#newDay(row, day, above);
    if (former && former !== row.closest(".block")) tidy(former);
    split(row.closest(".block"), row);
  }

  remove(row) {
    const block = row.closest(".block");
    row.remove();
    tidy(block);
  }

  #newDay(row, day, above) {
    const section = this.#blankDay.content.firstElementChild.cloneNode(true);
    section.dataset.day = day;
    section.querySelector(".block").prepend(row);
    if (above) above.closest(".day").after(section);
    else this.#container.prepend(section);
    this.#name(section);
  }

  #name(section) {
    const words = dayWords(section.dataset.day, this.#dateOf(section.querySelector(".row")), this.#words);
    const heading = section.querySelector("h3");
    if (heading.textContent !== words) heading.textContent = words;
  }

  #dateOf(row) {
    const { firstDate, lastDate } = this.#limits;
    return new Date(Math.min(Math.max(Number(row.dataset.date), Number(firstDate)), Number(lastDate)));
  }
}

const dayIn = (row) => row.closest(".day").dataset.day;

/** The row, block, chapter or day before another one, wherever that is. */
function before(part) {
  const beside = part.previousElementSibling;
  if (beside && !beside.matches("h3")) return beside;
  return part.matches(".day") ? undefined : before(part.parentElement)?.lastElementChild;
}

/** Take off a block that is empty, and what it was the last of. */
function tidy(part) {
  if (part.querySelector(".row")) return;
  const whole = part.parentElement;
  part.remove();
  if (!part.matches(".day")) tidy(whole);
}

/** Begin another block or chapter: with the part that has come to an end of a full one, or else with the lower half. */
function split(whole, part) {
  const full = whole.matches(".block") ? FULL : BLOCKS;
  if (whole.children.length <= full) return;
  const second = whole.cloneNode(false);
  if (part === whole.firstElementChild) {
    whole.before(second);
    second.append(part);
  } else {
    const parts = part === whole.lastElementChild ? [part] : [...whole.children].slice(full / 2);
    const held = parts.some((one) => one.contains(document.activeElement)) && document.activeElement;
    second.append(...parts);
    whole.after(second);
    if (held) held.focus({ preventScroll: true });
  }
  if (whole.matches(".block")) split(whole.parentElement, second);
}
