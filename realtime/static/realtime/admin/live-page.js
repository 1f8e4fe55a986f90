// A page for operators that asks for its changing part again: every few seconds while somebody looks, and at once
// when the operator's own stream tells of a change.

import { EventStream } from "../event-stream.js";

const EVERY_MS = 3_000;
const AT_ONCE_MS = 300; // one answer for what comes together
const GIVE_UP_MS = 10_000;
const WORDS = {
  ok: "This page keeps itself up to date.",
  stale: "The server does not answer: what you see is old. Trying again.",
  gone: "You are signed out, or may not see this any more: load the page again.",
};

/** Call `draw(document)` with each fresh copy of the part, until the server refuses it. */
export function keepFresh(draw, everyMs = EVERY_MS) {
  const line = document.getElementById("live");
  let timer = 0;
  let busy = false;

  const say = (state) => {
    if (line.dataset.live === state) return;
    line.dataset.live = state;
    line.querySelector(".live-words").textContent = WORDS[state];
  };
  const soon = (ms) => {
    clearTimeout(timer);
    if (line.dataset.live !== "gone") timer = setTimeout(refresh, ms);
  };
  const refresh = async () => {
    if (busy || document.visibilityState !== "visible") return soon(everyMs);
    busy = true;
    say(await ask(draw));
    busy = false;
    soon(everyMs);
  };

  document.addEventListener("visibilitychange", () => soon(0));
  const { events: url, ticket, cursor } = line.dataset;
  const types = line.dataset.types.split(" ");
  new EventStream({ url, cursor, ticket, types, onEvent: () => soon(AT_ONCE_MS), onReset: () => soon(AT_ONCE_MS) });
  soon(everyMs);
}

async function ask(draw) {
  const headers = { "X-Refresh": "1" };
  try {
    const answer = await fetch(location.href, { headers, redirect: "manual", signal: AbortSignal.timeout(GIVE_UP_MS) });
    if (answer.type === "opaqueredirect" || answer.status === 403 || answer.status === 404) return "gone";
    if (!answer.ok) return "stale";
    draw(new DOMParser().parseFromString(await answer.text(), "text/html"));
    return "ok";
  } catch (error) {
    console.warn("the page could not be refreshed", error);
    return "stale";
  }
}
