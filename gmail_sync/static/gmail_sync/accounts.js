// The mailboxes' page: the state of each, as it changes.

import { EventStream } from "../realtime/event-stream.js";
import { showConnection } from "./connection-state.js";
import { drawProgress } from "./progress.js";
import { fullDate, moment } from "./words.js";

const FACTS_MS = 30_000; // no event tells of a watch, or of a sync that found nothing
const SPREAD_MS = 3_000;

const page = document.body.dataset;
const stateWords = JSON.parse(document.getElementById("state-words").textContent);
const cards = document.getElementById("cards");

drawMoments();
setInterval(() => document.visibilityState === "visible" && refreshFacts(), FACTS_MS);
new EventStream({
  url: page.events,
  cursor: page.cursor,
  onEvent: (type, payload) => type === "account.status" && applyStatus(payload),
  onReset: () => setTimeout(() => location.reload(), Math.random() * SPREAD_MS),
  onState: showConnection(document.querySelector("[data-connection]")),
});

function applyStatus({ account_id: id, state, done, total }) {
  const card = cards.querySelector(`[data-account="${id}"]`);
  if (!card || state === "disconnected") {
    if (card || state !== "disconnected") location.reload(); // the page was made for other mailboxes
    return;
  }
  if (card.dataset.state !== state) refreshFacts();
  card.dataset.state = state;
  card.querySelector(".state-words").textContent = stateWords[state];
  if (total !== undefined) drawProgress(card, done, total);
}

/** Take the facts from a fresh copy of this page; what the reader has open stays open. */
async function refreshFacts() {
  const answer = await fetch(location.href, { redirect: "error" }).catch(() => null);
  if (!answer?.ok) return; // the next time, then
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const facts of fresh.querySelectorAll(".facts")) {
    const { account } = facts.closest("[data-account]").dataset;
    cards.querySelector(`[data-account="${account}"] .facts`)?.replaceWith(facts);
  }
  drawMoments();
}

function drawMoments() {
  for (const element of document.querySelectorAll("time.moment")) {
    const date = new Date(element.dateTime);
    element.textContent = moment(date);
    element.title = fullDate(date);
  }
}
