// One message of a conversation: its date, its frame, pictures on demand, attachments.

import { listFiles } from "./files.js";
import { Late } from "./late.js";
import { follow, isHeld, load } from "./mail-frame.js";
import { fullDate, listDate } from "./words.js";

/**
 * Begin a message of the server's; `phrases` are the page's words, announce(words) tells screen readers, onRead(frame) is
 * called each time that its mail, and no refusal, is in its frame.
 */
export function begin(message, { phrases, announce, onRead }) {
  drawDate(message);
  const frame = message.querySelector(".frame");
  const files = message.querySelector(".files");
  let address = frame.src;
  const mail = new Late(frame.parentElement, { phrases, announce, ask: () => askAgain() });
  const listed = new Late(files, { phrases, announce, ask: () => listFiles(files, listed) });
  const askAgain = () => (isHeld(frame) ? mail.missed("layout") : load(frame, address));
  follow(frame, (told) => {
    if (told.missing || (told.refused && told.retry)) return mail.missed("mail", told.retry);
    if (told.retry) mail.missed("layout", told.retry);
    else mail.came();
    drawHeld(message, phrases, told);
    listFiles(files, listed);
    if (!told.refused) onRead(frame);
  });
  message.querySelector(".show-pictures")?.addEventListener("click", (event) => {
    event.preventDefault();
    address = withPictures(frame.src);
    load(frame, address);
    message.querySelector(".held-words").textContent = phrases.say("reader.shown");
    message.querySelector(".held").dataset.shown = "";
    message.querySelector("summary").focus({ preventScroll: true });
    event.target.remove();
  });
}

/** Take over what a fresh copy tells of it: its labels, and whether only Gmail has it. */
export function relabel(shown, { dataset }) {
  shown.dataset.labels = dataset.labels;
  shown.toggleAttribute("data-unstored", "unstored" in dataset);
}

function withPictures(address) {
  const url = new URL(address);
  url.searchParams.set("images", "1");
  return url.href;
}

function drawHeld(message, phrases, { held, hosts }) {
  const bar = message.querySelector(".held");
  const words = bar.querySelector(".held-words");
  if (!words || "shown" in bar.dataset) return;
  bar.toggleAttribute("data-none", held === 0);
  if (held) words.textContent = phrases.say("reader.held", { n: held, hosts: hosts.join(", ") });
}

function drawDate(message) {
  const element = message.querySelector(".message-when");
  const date = new Date(element.dateTime);
  element.textContent = listDate(date);
  element.title = fullDate(date);
}
