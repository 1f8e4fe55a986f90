// Buttons for the terms of Gmail's search language that people want most: each puts its term into the question or takes
// it out. One that lacks a word leaves that to be typed.

const termsOf = (query) => query.split(/\s+/u).filter(Boolean);
const lacksWord = (term) => term.endsWith(":");
const isOf = (term) => (one) => (lacksWord(term) ? one.startsWith(term) : one === term);

export class Chips {
  #list; #box;

  /** `list` holds the buttons; `box` is the field of the question, in its form. */
  constructor(list, box) {
    [this.#list, this.#box] = [list, box];
    list.addEventListener("click", ({ target }) => target.closest("[data-term]") && this.#turn(target.dataset.term));
  }

  /** Show which terms the question has; without one there is nothing to narrow. */
  draw(query) {
    const terms = termsOf(query);
    this.#list.hidden = !query;
    for (const chip of this.#list.querySelectorAll("[data-term]")) {
      chip.ariaPressed = String(terms.some(isOf(chip.dataset.term)));
    }
  }

  #turn(term) {
    const terms = termsOf(this.#box.value);
    const rest = terms.filter((one) => !isOf(term)(one));
    const isAdded = rest.length === terms.length;
    this.#box.value = [...rest, ...(isAdded ? [term] : [])].join(" ");
    if (isAdded && lacksWord(term)) this.#box.focus();
    else this.#box.form.requestSubmit();
  }
}
