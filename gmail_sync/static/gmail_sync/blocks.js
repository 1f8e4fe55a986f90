// Days with their headings, and blocks of rows in them: a block out of sight costs nothing (content-visibility), and a
// block never spans two days, so that days are headings to jump by.

import { dayOf, dayWords } from "./days.js";

const FULL = 40; // rows, about two windows: all that is in a block in sight is laid out for each new row

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
    if (row.isConnected && dayIn(row) === day && rowAbove(row) === above) return;
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

function rowAbove(row) {
  if (row.previousElementSibling) return row.previousElementSibling;
  const block = row.closest(".block");
  const before = block.previousElementSibling?.matches(".block")
    ? block.previousElementSibling
    : block.closest(".day").previousElementSibling?.lastElementChild;
  return before?.lastElementChild ?? undefined;
}

function tidy(block) {
  if (block.querySelector(".row")) return;
  const day = block.closest(".day");
  block.remove();
  if (!day.querySelector(".block")) day.remove();
}

/** Begin another block: with the row that has come to an end of a full one, or else with the lower half. */
function split(block, row) {
  if (block.children.length <= FULL) return;
  const second = block.cloneNode(false);
  if (row === block.firstElementChild) {
    block.before(second);
    second.append(row);
    return;
  }
  const rows = row === block.lastElementChild ? [row] : [...block.children].slice(FULL / 2);
  const held = rows.some((row) => row.contains(document.activeElement)) && document.activeElement;
  second.append(...rows);
  block.after(second);
  if (held) held.focus({ preventScroll: true });
}
