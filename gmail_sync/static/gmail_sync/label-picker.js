// The dialog in which labels are put on conversations and taken off. What is chosen there becomes an act (desk.js).

import { isComposing } from "./keys.js";
import { filled } from "./labels.js";

export class LabelPicker {
  #dialog; #box; #list; #told; #of; #phrases; #labels; #apply; #relist;
  #conversations = [];

  /** apply(conversations, {add, remove}) is called with what was chosen; relist(accountId) has a mailbox's labels listed. */
  constructor({ find, phrases, labels, relist, apply }) {
    [this.#phrases, this.#labels, this.#relist, this.#apply] = [phrases, labels, relist, apply];
    [this.#dialog, this.#box, this.#list] = ["label-picker", "label-find", "label-list"].map(find);
    [this.#told, this.#of] = ["label-told", "label-of"].map(find);
    this.#box.addEventListener("input", () => this.#narrow());
    this.#box.addEventListener("keydown", (event) => event.key === "Enter" && !isComposing(event) && this.#take());
    this.#dialog.querySelectorAll("[data-close]").forEach((button) => button.addEventListener("click", () => this.#dialog.close("")));
    this.#dialog.addEventListener("close", () => this.#closed()); // the focus is back in the list by then
  }

  /** Let labels be chosen for conversations of one mailbox. */
  open(conversations) {
    const [{ account_id: accountId, newest }] = conversations;
    this.#conversations = conversations;
    this.#of.textContent = this.#phrases.say("labels.of", { n: conversations.length, subject: newest.subject || "…" });
    this.#box.value = "";
    this.#list.replaceChildren();
    this.#draw();
    this.#dialog.returnValue = "";
    this.#dialog.showModal();
    this.#relist(accountId);
  }

  /** Take the mailbox's labels again, with what has been chosen so far. */
  update(accountId) {
    if (this.#dialog.open && this.#conversations[0].account_id === accountId) this.#draw();
  }

  #draw() {
    const known = new Map(this.#choices.map((choice) => [choice.value, choice.closest("li")]));
    const labels = this.#labels.of(this.#conversations[0].account_id);
    this.#list.replaceChildren(...labels.map((label) => known.get(label.id) ?? this.#item(label)));
    this.#narrow();
  }

  #item(label) {
    const item = filled("blank-label-choice", label);
    const choice = item.querySelector("input");
    const having = this.#conversations.filter(({ messages }) => messages.some(({ label_ids: ids }) => ids.includes(label.id)));
    choice.value = label.id;
    choice.checked = having.length === this.#conversations.length;
    choice.indeterminate = having.length > 0 && !choice.checked;
    choice.dataset.had = choice.checked ? "all" : having.length ? "some" : "none";
    return item;
  }

  get #choices() { return [...this.#list.querySelectorAll("input")]; }

  #narrow() {
    const text = this.#box.value.trim().toLocaleLowerCase();
    for (const item of this.#list.children) item.hidden = !item.textContent.toLocaleLowerCase().includes(text);
    const some = [...this.#list.children].some(({ hidden }) => !hidden);
    const words = this.#list.children.length ? "labels.no_match" : "labels.none";
    this.#told.textContent = some ? "" : this.#phrases.say(words, { text: this.#box.value.trim() });
  }

  /** Enter in the box takes the first label that it left. */
  #take() {
    const first = [...this.#list.children].find(({ hidden }) => !hidden);
    if (this.#box.value.trim() && first) first.querySelector("input").click();
  }

  #closed() {
    if (this.#dialog.returnValue !== "apply") return;
    const changed = this.#choices.filter(({ indeterminate }) => !indeterminate);
    const add = changed.filter(({ checked, dataset }) => checked && dataset.had !== "all");
    const remove = changed.filter(({ checked, dataset }) => !checked && dataset.had !== "none");
    const ids = (choices) => choices.map(({ value }) => value);
    if (add.length + remove.length) this.#apply(this.#conversations, { add: ids(add), remove: ids(remove) });
  }
}
