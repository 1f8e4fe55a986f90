// A page whose user is signed out shows a card, and holds no mail any more.

const DOUBT_MS = 3_000;

export class SignedOut {
  #phrases;

  /** True once the page has been put away. */
  away = false;

  constructor(phrases) {
    this.#phrases = phrases;
    window.addEventListener("pageshow", (event) => event.persisted && this.#doubt());
  }

  /** Follow the stream's state. */
  follow(state) {
    if (state !== "connecting") document.body.classList.remove("doubtful");
    if (state === "signed-out" && !this.away) this.#putAway();
    else if (this.away && ["live", "asking", "degraded"].includes(state)) location.reload();
  }

  /** Hide a page from the browser's memory until the stream knows its user; after 3 s without an answer show it. */
  #doubt() {
    document.body.classList.add("doubtful");
    setTimeout(() => document.body.classList.remove("doubtful"), DOUBT_MS);
  }

  #putAway() {
    this.away = true;
    const main = document.querySelector("main");
    const held = main.contains(document.activeElement);
    main.replaceChildren(document.getElementById("signed-out")?.content.cloneNode(true) ?? "");
    document.querySelectorAll(".rail, .bar-user").forEach((part) => part.remove());
    document.title = this.#phrases.say("signed_out_title");
    navigator.clearAppBadge?.().catch(() => {});
    if (held) main.focus();
  }
}
