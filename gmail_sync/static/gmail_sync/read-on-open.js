// What the reader has had before them for a second is read: shown, in view, in a tab that is looked at.

const LOOKED_MS = 1_000;

export class ReadOnOpen {
  #mark; #observer;
  #inView = new Map(); // the timer of each frame that is in view, 0 in a tab that nobody looks at
  #turn = () => this.#look();

  /** `mark(frame)` is called after the second; `scroller` is what the frames are seen in. */
  constructor(scroller, mark) {
    this.#mark = mark;
    this.#observer = new IntersectionObserver((entries) => this.#seen(entries), { root: scroller });
    document.addEventListener("visibilitychange", this.#turn);
  }

  /** Look after a frame whose mail is there. */
  shown(frame) {
    this.#observer.unobserve(frame); // a new document in it is looked at anew
    this.#observer.observe(frame);
  }

  /** Mark nothing any more: the reader has said so, or goes. */
  end() {
    this.#observer.disconnect();
    for (const timer of this.#inView.values()) clearTimeout(timer);
    this.#inView.clear();
    document.removeEventListener("visibilitychange", this.#turn);
  }

  #seen(entries) {
    for (const { target, isIntersecting } of entries) {
      clearTimeout(this.#inView.get(target));
      if (isIntersecting) this.#inView.set(target, 0);
      else this.#inView.delete(target);
    }
    this.#look();
  }

  #look() {
    for (const [frame, timer] of this.#inView) {
      if (document.hidden) {
        clearTimeout(timer);
        this.#inView.set(frame, 0);
      } else if (!timer) {
        this.#inView.set(frame, setTimeout(() => this.#mark(frame), LOOKED_MS));
      }
    }
  }
}
