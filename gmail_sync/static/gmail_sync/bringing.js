// Fetches the article of a conversation; one that does not come in time is asked for again.

import { Again, isLate, retryAfter } from "./again.js";
import { limited } from "./limited.js";

const TRIES = 4; // half a minute: whoever has waited longer has gone on to something else

/**
 * Return {article}, or {late: true} after the last try; neither, if the server must say why not. tell(seconds) is called
 * before each wait; `signal` ends it all.
 */
export async function bring(address, signal, tell) {
  const again = new Again(TRIES);
  for (;;) {
    const answer = await limited(address, { redirect: "manual", signal }).catch(() => null);
    const text = answer?.ok ? await answer.text().catch(() => null) : "";
    if (signal.aborted) return {};
    if (text !== null && !isLate(answer)) return { article: articleIn(text) };
    const wait = again.wait(retryAfter(answer));
    if (wait === null) return { late: true };
    tell(Math.ceil(wait / 1_000));
    await pause(wait, signal);
    if (signal.aborted) return {};
  }
}

const articleIn = (text) => new DOMParser().parseFromString(text, "text/html").getElementById("reader");

/** Wait, but no longer than until the signal. */
function pause(ms, signal) {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
    signal.addEventListener("abort", resolve, { once: true });
  });
}
