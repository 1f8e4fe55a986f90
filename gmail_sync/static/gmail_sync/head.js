// The numbers that the page tells: unread mail in head, title and icon, and what arrived above the reader's place.

const SPOKEN_MS = 3_000; // many messages are told once
const SCROLLED_PX = 40; // about a row

export class Head {
  #phrases; #find; #scroller;
  #waiting = 0;
  #unspoken = 0;

  constructor(phrases, find) {
    this.#phrases = phrases;
    this.#find = find;
    this.#scroller = find("listing");
    find("news").addEventListener("click", () => this.#toTheTop());
    this.#scroller.addEventListener("scroll", () => this.#scroller.scrollTop < SCROLLED_PX && this.#tellWaiting(0));
  }

  /** Tell the unread count; unless `exact` it is a lower bound, since Gmail may know of more. */
  count(unread, exact) {
    const told = exact ? `${unread}` : `${unread}+`;
    document.title = `${unread ? `(${told}) ` : ""}${this.#phrases.say("title")} - Finito`;
    navigator.setAppBadge?.(unread).catch(() => {}); // of an installed page
    const element = this.#find("unread");
    element.dataset.count = unread;
    element.querySelector(".count-number").textContent = told;
    this.#icon(unread > 0);
  }

  /** Tell of new mail: to screen readers politely, and to whoever has scrolled by a number at the top. */
  arrived() {
    if (this.#scroller.scrollTop >= SCROLLED_PX) this.#tellWaiting(this.#waiting + 1);
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
