// The labels that people made, by mailbox: which of them a conversation has, and how they are shown.

export class Labels {
  #byMailbox;

  /** `byMailbox` has, by id, labels as {id, name, hue} in Gmail's order (labels.py); null before they were listed. */
  constructor(byMailbox) {
    this.#byMailbox = new Map(Object.entries(byMailbox).map(([id, labels]) => [Number(id), labels]));
  }

  of(accountId) { return this.#byMailbox.get(accountId) ?? []; }
  name(accountId, id) { return this.of(accountId).find((label) => label.id === id)?.name ?? id; }

  /** The mailboxes of which no label was ever listed. */
  get unlisted() { return [...this.#byMailbox.keys()].filter((id) => this.#byMailbox.get(id) === null); }

  /** Take all labels of a mailbox, Gmail's own among them. Returns false if nothing is new. */
  set(accountId, labels) {
    const [former, own] = [this.#byMailbox.get(accountId), labels.filter(({ type }) => type === "user")];
    this.#byMailbox.set(accountId, own);
    return JSON.stringify(former) !== JSON.stringify(own);
  }

  /** Those that any of the messages of a mailbox has. */
  among(accountId, messages) {
    const there = new Set(messages.flatMap(({ label_ids: labels }) => labels));
    return this.of(accountId).filter(({ id }) => there.has(id));
  }
}

/** Show labels in an element; the same ones again touch nothing. */
export function drawLabels(element, labels) {
  const shown = labels.map(({ id, name, hue }) => `${id} ${hue ?? ""} ${name}`).join("\n");
  if ((element.dataset.shown ?? "") === shown && (shown || !element.firstChild)) return;
  element.dataset.shown = shown;
  element.replaceChildren(...labels.map((label) => filled("blank-label", label)));
}

/** Show the labels of a mailbox as links to their views. */
export function drawLinks(list, accountId, labels) {
  const current = list.querySelector("[aria-current]")?.dataset.view;
  list.replaceChildren(...labels.map((label) => {
    const item = filled("blank-label-link", label);
    const link = item.querySelector("a");
    link.href = `/?${new URLSearchParams({ account: accountId, view: label.id })}`;
    link.dataset.view = label.id;
    if (label.id === current) link.setAttribute("aria-current", "page");
    return item;
  }));
}

/** A copy of a blank element with a label's name and hue. */
export function filled(blank, { name, hue }) {
  const copy = document.getElementById(blank).content.firstElementChild.cloneNode(true);
  copy.querySelector(".label-name").textContent = name;
  copy.querySelector(".hue").dataset.hue = hue ?? "";
  return copy;
}
