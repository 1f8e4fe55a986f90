// One leader among the tabs of a browser: whoever holds the lock, or a shared worker where there are no locks. Messages
// reach every other tab of the same name.

const STEAL_LIMIT_MS = 5_000; // it is granted at once

const canLock = () => Boolean(globalThis.navigator?.locks);

export const canShareTabs = () => Boolean(globalThis.BroadcastChannel && (canLock() || globalThis.SharedWorker));

export class Tabs {
  #connection; #onLead; #onLost; #onMessage;
  #channel = null;
  #queue = null;
  #release = null;

  /**
   * `connection` is {name, url, types}: the name that is shared, and what to connect to.
   * onLead(): this tab holds the lock now; onLost(): another one took it; onMessage(message): another tab spoke.
   */
  constructor(connection, { onLead, onLost, onMessage }) {
    this.#connection = connection;
    this.#onLead = onLead;
    this.#onLost = onLost;
    this.#onMessage = onMessage;
  }

  get leading() { return this.#release !== null; }

  join() {
    this.#channel = new BroadcastChannel(this.#connection.name);
    this.#channel.onmessage = ({ data }) => this.#onMessage(data);
    if (canLock()) this.#enqueue();
    else this.#employ();
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

  /** Take the lead from a leader that no longer answers. */
  steal() {
    if (!canLock()) {
      this.#leadAlone();
      return;
    }
    this.#queue?.abort();
    this.#request({ steal: true });
  }

  #enqueue() {
    this.#queue = new AbortController();
    this.#request({ signal: this.#queue.signal });
  }

  async #request(options) {
    const channel = this.#channel;
    let granted = false;
    let release = null;
    const doWithout = () => granted || channel !== this.#channel || this.#leadAlone();
    if (options.steal) setTimeout(doWithout, STEAL_LIMIT_MS);
    try {
      await navigator.locks.request(this.#connection.name, options, () => {
        granted = true;
        if (channel !== this.#channel) return undefined; // left while the lock was on its way
        return new Promise((resolve) => {
          release = this.#release = resolve;
          this.#onLead();
        });
      });
      doWithout(); // answered without a lock
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

  /** The worker, of which there is one for all tabs that name it alike. */
  #employ() {
    try {
      const { name, url, types } = this.#connection;
      const told = JSON.stringify({ name, url: new URL(url, location.href).href, types });
      const options = { type: "module", name: told };
      const worker = new SharedWorker(new URL("tabs-worker.js", import.meta.url), options);
      worker.onerror = () => this.#leadAlone(); // its file could not be loaded
    } catch {
      queueMicrotask(() => this.#leadAlone());
    }
  }

  /** The browser gives this page neither a lock nor a worker that answers: it has nobody to share with. */
  #leadAlone() {
    if (this.leading || this.#channel === null) return;
    this.#release = () => {};
    this.#channel.close();
    this.#channel = { postMessage() {}, close() {} };
    this.#onLead();
  }
}
