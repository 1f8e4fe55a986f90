// The conversation's page: right heights, pictures on demand, attachments; what changes in it is taken from a fresh copy.

import { EventStream } from "../realtime/event-stream.js";
import { EVENT_TYPES } from "./event-types.js";
import { listFiles } from "./files.js";
import { follow, keepKeys } from "./mail-frame.js";
import { SignedOut } from "./signed-out.js";
import { StateLine } from "./state-line.js";
import { fullDate, listDate } from "./words.js";

const SOON_MS = 200; // a change of many labels brings many events
const SPREAD_MS = 3_000;
const AGAIN_MS = 5_000;

const page = document.body.dataset;
const messages = document.getElementById("messages");
const line = new StateLine(document.querySelector("[data-connection]"));
const signedOut = new SignedOut();
let timer = 0;

[...messages.children].forEach(begin);
keepKeys(document.getElementById("subject"));
new EventStream({
  types: EVENT_TYPES,
  url: page.events,
  cursor: page.cursor,
  onEvent: (type, payload) => {
    if (String(payload.account_id) !== page.account) return;
    if (type === "account.status") return payload.state === "disconnected" ? location.assign("/") : undefined;
    if (type === "mailbox.resynced" || threadOf(payload.message) === page.thread) refresh(SOON_MS);
  },
  onReset: () => refresh(Math.random() * SPREAD_MS),
  onState: (state) => {
    line.connection(state);
    signedOut.follow(state);
  },
  onLate: (late) => line.late(late),
});

/** A message that Gmail gave no thread is its own. */
function threadOf(message) {
  return message && (message.thread_id || message.id);
}

function begin(message) {
  drawDate(message);
  const frame = message.querySelector(".frame");
  const files = message.querySelector(".files");
  follow(frame, (told) => {
    drawHeld(message, told);
    if (told.retry) setTimeout(() => frame.isConnected && frame.contentWindow.location.reload(), told.retry * 1_000);
    else listFiles(files);
  });
  message.querySelector(".show-pictures")?.addEventListener("click", (event) => {
    event.preventDefault();
    frame.contentWindow.location.replace(withPictures(frame.src));
    message.querySelector(".held-words").textContent = "Pictures are shown.";
    message.querySelector(".held").dataset.shown = "";
    message.querySelector("summary").focus({ preventScroll: true });
    event.target.remove();
  });
}

function withPictures(address) {
  const url = new URL(address);
  url.searchParams.set("images", "1");
  return url.href;
}

function drawHeld(message, { held, hosts }) {
  const bar = message.querySelector(".held");
  const words = bar.querySelector(".held-words");
  if (!words || "shown" in bar.dataset) return;
  bar.toggleAttribute("data-none", held === 0);
  if (held) words.textContent = `${held === 1 ? "A picture is" : `${held} pictures are`} held back: loading ${held === 1 ? "it" : "them"} tells ${hosts.join(", ")} that you opened this.`;
}

function drawDate(message) {
  const element = message.querySelector(".message-when");
  const date = new Date(element.dateTime);
  element.textContent = listDate(date);
  element.title = fullDate(date);
}

function refresh(ms) {
  clearTimeout(timer);
  timer = setTimeout(takeFresh, ms);
}

/** Fetch this page again, and take from it which messages there are and how they are labelled. Open frames stay. */
async function takeFresh() {
  if (signedOut.away) return;
  const answer = await fetch(location.pathname, { redirect: "error" }).catch(() => null);
  if (answer?.status === 404) return leave();
  if (!answer?.ok) return refresh(AGAIN_MS * (1 + Math.random()));
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  const wanted = [...fresh.querySelectorAll("#messages > .message")];
  const ids = new Set(wanted.map(({ id }) => id));
  for (const shown of [...messages.children]) if (!ids.has(shown.id)) shown.remove();
  let arrived = 0;
  wanted.forEach((message, index) => {
    const shown = document.getElementById(message.id);
    if (shown) return relabel(shown, message);
    const added = document.importNode(message, true);
    messages.insertBefore(added, messages.children[index] ?? null);
    begin(added);
    arrived += 1;
  });
  document.getElementById("thread-count").textContent = fresh.getElementById("thread-count").textContent;
  if (arrived) document.getElementById("announcement").textContent = arrived === 1 ? "A new message" : `${arrived} new messages`;
}

function relabel(shown, { className, dataset }) {
  if (shown.className !== className) shown.className = className;
  shown.dataset.labels = dataset.labels;
}

/** Its last message is gone from Gmail. */
function leave() {
  messages.replaceChildren();
  document.getElementById("thread-count").textContent = "No messages";
  document.getElementById("announcement").textContent = "This conversation is no longer in Gmail";
}
