// The numbers that the page tells: unread mail in head, title and icon, and what arrived above the reader's place; and
// which of its lists is seen.

const SPOKEN_MS = 3_000; // many messages are told once
const SCROLLED_PX = 40; // about a row

export class Head {
  #phrases; #find; #scroller;
  #counted = "";
  #subject = "";
  #name; // of the list that is shown
  #left = 0; // the reader's place in the inbox, while something else is seen
  #scrolled = false; // as the last scroll has left it: to look at each mail would lay out the page once more
  #waiting = 0;
  #unspoken = 0;

  constructor(phrases, find) {
    this.#phrases = phrases;
    this.#find = find;
    this.#name = phrases.say("title");
    this.#scroller = find("listing");
    find("news").addEventListener("click", () => this.#toTheTop());
    this.#scroller.addEventListener("scroll", () => {
      this.#scrolled = this.#scroller.scrollTop >= SCROLLED_PX;
      if (!this.#scrolled) this.#tellWaiting(0);
    });
  }

  /** Tell the unread count; unless `exact` it is a lower bound, since Gmail may know of more. */
  count(unread, exact) {
    const told = exact ? `${unread}` : `${unread}+`;
    this.#counted = unread ? `(${told}) ` : "";
    this.#title();
    navigator.setAppBadge?.(unread).catch(() => {}); // of an installed page
    const element = this.#find("unread");
    element.dataset.count = unread;
    element.querySelector(".count-number").textContent = told;
    this.#icon(unread > 0);
  }

  /** Let the title be a conversation's subject, or with "" the inbox again. */
  reading(subject) {
    this.#subject = subject;
    this.#title();
  }

  /** Let what was `found` be seen, under its name, or the inbox again, where it was left. */
  turn(found, name) {
    if (found && !this.#scroller.hidden) this.#left = this.#scroller.scrollTop;
    this.#find("found").hidden = !found;
    this.#find("inbox-head").hidden = this.#scroller.hidden = found;
    if (!found) this.#scroller.scrollTop = this.#left;
    this.#scrolled = !found && this.#left >= SCROLLED_PX;
    this.#name = name || this.#phrases.say("title");
    this.#title();
  }

  #title() { document.title = `${this.#subject || `${this.#counted}${this.#name}`} - Finito`; }

  /** Tell of new mail: to screen readers politely, and to whoever has scrolled by a number at the top. */
  arrived() {
    if (this.#scrolled) this.#tellWaiting(this.#waiting + 1);
    this.#unspoken += 1;
    if (this.#unspoken > 1) return;
    setTimeout(() => {
      const region = this.#find("announcement");
      if (region) region.textContent = this.#phrases.say("new", { n: this.#unspoken });
      this.#unspoken = 0;
    }, SPOKEN_MS);
  }

  #tellWaiting(number) {
    if (number === this.#waiting) return;
    this.#waiting = number;
    const news = this.#find("news");
    const held = news === document.activeElement;
    news.hidden = number === 0;
    news.querySelector("span").textContent = this.#phrases.say("waiting", { n: number });
    if (held && news.hidden) this.#find("list-title").focus({ preventScroll: true });
  }

  #toTheTop() {
    this.#scroller.scrollTo({ top: 0 });
    this.#tellWaiting(0);
  }

  #icon(hasUnread) {
    const link = document.querySelector("link[rel=icon]");
    link.dataset.read ??= link.getAttribute("href");
    const address = hasUnread ? link.dataset.unread : link.dataset.read;
    if (address && link.getAttribute("href") !== address) link.setAttribute("href", address);
  }
}
