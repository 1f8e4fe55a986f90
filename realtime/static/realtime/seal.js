// Opens what comes over a channel: sealed with AES-256-GCM by a key that only our server and this user's pages have, so
// that nobody between them reads it or speaks for the server. See docs/events.md.

const VERSION = 1;
const NONCE_BYTES = 12;

export class Seal {
  #key; #topic;

  /** As the ticket has them; without a `seal` the messages are plain. */
  constructor({ seal, topic }) {
    this.#key = seal && importKey(seal);
    this.#topic = new TextEncoder().encode(topic);
  }

  /** The message: {bye}, or {epoch, first, last, at, frames} or {presence} or both; null if it is none, or not ours. */
  async open(payload) {
    try {
      if (payload.v !== VERSION) return null;
      if (payload.bye) return { bye: payload.bye }; // asks us to look, and no more
      return checked(this.#key ? await this.#unseal(payload.sealed) : payload);
    } catch {
      return null;
    }
  }

  async #unseal(sealed) {
    const bytes = bytesOf(sealed);
    const how = { name: "AES-GCM", iv: bytes.subarray(0, NONCE_BYTES), additionalData: this.#topic };
    const opened = await crypto.subtle.decrypt(how, await this.#key, bytes.subarray(NONCE_BYTES));
    return JSON.parse(new TextDecoder().decode(opened));
  }
}

async function importKey(seal) {
  return crypto.subtle.importKey("raw", bytesOf(seal), "AES-GCM", false, ["decrypt"]).catch(() => null);
}

/** The bytes of base64, of either alphabet. */
function bytesOf(text) {
  return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
}

/** The message with its frames, [] for a bare notice; null if its numbers do not agree. */
function checked({ epoch, first, last, at, frames = [], presence }) {
  if (epoch === undefined && presence) return { presence };
  const whole = frames.length === 0 || frames.length === last - first + 1;
  const numbered = frames.every(({ id }, index) => id === `${epoch}-${first + index}`);
  return first <= last && whole && numbered ? { epoch, first, last, at, frames, presence } : null;
}
