// The mailboxes' page: the state of each, as it changes.

import { EventStream } from "../realtime/event-stream.js";
import { EVENT_TYPES } from "./event-types.js";
import { limited } from "./limited.js";
import { drawProgress } from "./progress.js";
import { Phrases } from "./phrases.js";
import { SignedOut } from "./signed-out.js";
import { StateLine } from "./state-line.js";
import { fullDate, lateWords, moment } from "./words.js";

const FACTS_MS = 30_000; // no event tells of a watch, or of a sync that found nothing
const SPREAD_MS = 3_000;
const UNREAD_CARDS = '[data-late]:not([data-late=""], [data-late="push"])'; // each is not read, for a reason that has words

const page = document.body.dataset;
const readJson = (id) => JSON.parse(document.getElementById(id)?.textContent ?? "[]");
if (!document.getElementById("phrases")) {
  setTimeout(() => location.reload(), SPREAD_MS * (1 + Math.random()));
  throw new Error("the page is of the former release");
}
const stateWords = readJson("state-words");
const words = readJson("late-words");
const mailboxes = readJson("accounts");
const cards = document.getElementById("cards");
const phrases = new Phrases(readJson("phrases"));
const line = new StateLine(document.querySelector("[data-connection]"), phrases);
const signedOut = new SignedOut(phrases);

drawMoments();
line.mailboxes(mailboxes);
setInterval(() => document.visibilityState === "visible" && refreshFacts(), FACTS_MS);
new EventStream({
  types: EVENT_TYPES,
  url: page.events,
  cursor: page.cursor,
  ticket: page.ticket,
  onEvent: (type, payload) => type === "account.status" && applyStatus(payload),
  onReset: () => setTimeout(() => location.reload(), Math.random() * SPREAD_MS),
  onState: (state) => {
    line.connection(state);
    signedOut.follow(state);
  },
  onLate: (late) => {
    line.late(late);
    refreshFacts();
  },
});

function applyStatus({ account_id: id, state, email, done, total, can_act: canAct }) {
  if (signedOut.away) return;
  const card = cards.querySelector(`[data-account="${id}"]`);
  if (!card || state === "disconnected") {
    if (card || state !== "disconnected") location.reload(); // the page was made for other mailboxes
    return;
  }
  if (card.querySelector(".card-address").textContent !== email) {
    location.reload(); // it was renamed, and its forms name it too
    return;
  }
  const allows = canAct === undefined ? card.dataset.canAct : String(canAct);
  if (card.dataset.state !== state || card.dataset.canAct !== allows) refreshFacts();
  card.dataset.canAct = allows;
  card.dataset.state = state;
  card.querySelector(".state-words").textContent = stateWords[state];
  for (const mailbox of mailboxes) if (mailbox.id === id) mailbox.state = state;
  line.mailboxes(mailboxes);
  if (total !== undefined) drawProgress(card, done, total);
}

/** Take the facts from a fresh copy of this page, and keep open what the reader has opened. */
async function refreshFacts() {
  if (signedOut.away) return;
  const answer = await limited(location.href).catch(() => null);
  const text = answer?.ok ? await answer.text().catch(() => null) : null;
  if (text === null) return; // the next refresh tries again
  const fresh = new DOMParser().parseFromString(text, "text/html");
  for (const card of fresh.querySelectorAll("[data-account]")) {
    const shown = cards.querySelector(`[data-account="${card.dataset.account}"]`);
    if (!shown) continue;
    shown.dataset.late = card.dataset.late;
    shown.dataset.since = card.dataset.since ?? "";
    shown.querySelector(".facts").replaceWith(card.querySelector(".facts"));
    if (shown.dataset.state === card.dataset.state) {
      shown.querySelector(".state-words").textContent = card.querySelector(".state-words").textContent;
    }
  }
  drawMoments();
}

function drawMoments() {
  for (const card of cards.querySelectorAll(UNREAD_CARDS)) {
    card.querySelector(".state-words").textContent = lateWords(words[card.dataset.late], card.dataset.since);
  }
  for (const element of document.querySelectorAll("time.moment")) {
    const date = new Date(element.dateTime);
    element.textContent = moment(date, phrases);
    element.title = fullDate(date);
  }
}
