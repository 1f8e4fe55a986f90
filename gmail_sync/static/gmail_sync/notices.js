// What the page says at its edge: what was done with a way back, and what was refused, with the reason.

const UNDO_MS = 8_000;

export class Notices {
  #section; #phrases; #undo; #giveBack; #region;
  #bar = null;
  #timer = 0;

  /** `undo` takes the latest act back; `giveBack` takes the focus when a notice that has it goes. */
  constructor(section, region, phrases, { undo, giveBack }) {
    this.#section = section;
    this.#region = region;
    this.#phrases = phrases;
    this.#undo = undo;
    this.#giveBack = giveBack;
  }

  /** Tell screen readers at once. */
  announce(text) { this.#region.textContent = text; }

  /** Say for eight seconds what was done, with the way back. */
  did(text) {
    const button = element("button", this.#phrases.say("undo"), { type: "button" });
    button.append(" ", element("kbd", "z"));
    button.setAttribute("aria-keyshortcuts", "z");
    button.addEventListener("click", () => this.#undo());
    this.#show([icon("check"), element("p", text), button]);
    this.announce(this.#phrases.say("undo_key", { did: text }));
  }

  /** Say for eight seconds why nothing happens. */
  tell(text) {
    this.#show([icon("warn"), element("p", text)]);
    this.announce(text);
  }

  #show(parts) {
    this.withdraw();
    this.#bar = element("div", "", { className: "undo" });
    this.#bar.append(...parts);
    this.#section.append(this.#bar);
    this.#timer = setTimeout(() => this.withdraw(), UNDO_MS);
  }

  /** Take the undo bar away. */
  withdraw() {
    clearTimeout(this.#timer);
    if (this.#bar) this.#remove(this.#bar);
    this.#bar = null;
  }

  /** Say until it is dismissed that something was not done; `again` does it anew. Returns the notice, which takes the
   * place of the former one `instead`. */
  refused(title, reason, { again, address, instead }) {
    const notice = element("div", "", { className: "notice bad" });
    notice.setAttribute("role", "alert");
    const words = element("p", "");
    words.append(element("b", title), ` ${reason}`);
    const dismiss = element("button", "", { type: "button", className: "icon" });
    dismiss.setAttribute("aria-label", this.#phrases.say("dismiss"));
    dismiss.append(icon("close"));
    dismiss.addEventListener("click", () => this.#remove(notice));
    const ways = element("div", "");
    if (address) ways.append(element("a", this.#phrases.say("mailboxes"), { className: "button", href: address }));
    const button = element("button", this.#phrases.say("again"), { type: "button", className: "button" });
    button.addEventListener("click", () => {
      this.#remove(notice);
      again();
    });
    ways.append(button);
    notice.append(icon("warn"), words, dismiss, ways);
    const held = instead?.contains(document.activeElement);
    if (instead?.isConnected) instead.replaceWith(notice);
    else this.#section.prepend(notice);
    if (held) dismiss.focus();
    return notice;
  }

  #remove(notice) {
    const held = notice.contains(document.activeElement);
    notice.remove();
    if (held) this.#giveBack();
  }
}

const element = (tag, text, fields = {}) => Object.assign(document.createElement(tag), { textContent: text, ...fields });

function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  return svg;
}
