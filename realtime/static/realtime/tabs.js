// One leader among the tabs of a browser: whoever holds the lock. Messages reach every other tab of the same name.

export const canShareTabs = () => Boolean(globalThis.navigator?.locks && globalThis.BroadcastChannel);

export class Tabs {
  #name; #onLead; #onLost; #onMessage;
  #channel = null;
  #queue = null;
  #release = null;

  /** onLead(): this tab holds the lock now; onLost(): another one took it; onMessage(message): another tab spoke. */
  constructor(name, { onLead, onLost, onMessage }) {
    this.#name = name;
    this.#onLead = onLead;
    this.#onLost = onLost;
    this.#onMessage = onMessage;
  }

  get leading() { return this.#release !== null; }

  join() {
    this.#channel = new BroadcastChannel(this.#name);
    this.#channel.onmessage = ({ data }) => this.#onMessage(data);
    this.#enqueue();
  }

  leave() {
    this.#queue?.abort();
    this.#release?.();
    this.#release = null;
    this.#channel?.close();
    this.#channel = null;
  }

  send(message) {
    this.#channel?.postMessage(message);
  }

  /** Take the lock from a leader that no longer answers. */
  steal() {
    this.#queue?.abort();
    this.#request({ steal: true });
  }

  #enqueue() {
    this.#queue = new AbortController();
    this.#request({ signal: this.#queue.signal });
  }

  async #request(options) {
    const channel = this.#channel;
    let release = null;
    try {
      await navigator.locks.request(this.#name, options, () => {
        if (channel !== this.#channel) return undefined; // left while the lock was on its way
        return new Promise((resolve) => {
          release = this.#release = resolve;
          this.#onLead();
        });
      });
    } catch (error) {
      if (error.name !== "AbortError") {
        if (channel === this.#channel) this.#leadAlone();
      } else if (release !== null && release === this.#release) {
        this.#release = null;
        this.#onLost();
        this.#enqueue();
      } // else we left the queue ourselves
    }
  }

  /** The browser refuses locks to this page: it has nobody to share with. */
  #leadAlone() {
    this.#release = () => {};
    this.#onLead();
  }
}
