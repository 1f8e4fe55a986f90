// One row of the list: what a conversation shows of itself, and what the server's rows tell.

import { fullDate, listDate, plain } from "./words.js";

const NOWHERE = { id: "", email: "", short: "" };

/** Write a conversation into its row, touching only what differs; ids begin with `of`. */
export function fill(row, { newest, messages, unread, starred }, account = NOWHERE, template, of = "") {
  const blank = template.content.firstElementChild;
  const key = `${newest.account_id}:${newest.id}`;
  const link = row.querySelector(".row-link");
  const write = (part, text) => writeText(row.querySelector(part), text);
  const wordsOf = (part) => blank.querySelector(part).textContent; // "(no subject)": a link needs a text
  Object.assign(row.dataset, {
    key,
    thread: newest.thread_id,
    date: newest.internal_date,
    labels: newest.label_ids.join(" "),
  });
  for (const [name, is] of Object.entries({ unread, starred, acts: account.can_act === true })) {
    if (row.classList.contains(name) !== is) row.classList.toggle(name, is);
  }
  write(".row-sender", senders(messages, wordsOf(".row-sender")));
  write(".row-count", String(messages.length));
  row.querySelector(".row-n").hidden = messages.length === 1;
  write(".row-short", account.short ?? account.email);
  write(".row-rest", account.email.slice((account.short ?? account.email).length));
  write(".row-subject", plain(newest.subject, wordsOf(".row-subject")));
  write(".row-snippet", plain(newest.snippet));
  link.setAttribute("href", addressOf(newest));
  link.setAttribute("aria-describedby", `${of}about-${key}`);
  row.querySelector(".row-subject").id = `${of}subject-${key}`;
  row.querySelector(".row-snippet").id = `${of}about-${key}`;
  const [tick, star] = [row.querySelector(".row-tick input"), row.querySelector(".row-star")];
  tick.setAttribute("aria-labelledby", `choose ${of}subject-${key}`);
  star.setAttribute("aria-pressed", String(starred));
  tick.disabled = star.disabled = account.can_act !== true;
  row.classList.remove("gone");
  const place = row.querySelector(".row-place"); // what was refused, until something happens to the row
  if (!place.hidden) Object.assign(place, { hidden: true, textContent: "" });
  refreshDate(row, template);
}

/** Say in a row that somebody else took its conversation; it keeps its place until `fill` or the list's next look. */
export function tellGone(row, words) {
  row.classList.add("gone");
  row.classList.remove("unread", "acts");
  row.querySelector(".row-snippet").textContent = words;
}

export function refreshDate(row, template) {
  const { firstDate, lastDate } = template.dataset;
  const date = new Date(Math.min(Math.max(Number(row.dataset.date), Number(firstDate)), Number(lastDate)));
  const element = row.querySelector(".row-date");
  const iso = date.toISOString();
  if (element.dateTime !== iso) element.dateTime = iso;
  const full = fullDate(date);
  if (element.title !== full) element.title = full;
  writeText(element, listDate(date));
}

/** The messages that the server's rows tell: of a conversation of several, none (they come beside the rows). */
export function messagesOf(container) {
  const rows = [...container.querySelectorAll(".row")].filter((row) => row.querySelector(".row-n").hidden);
  return rows.map((row) => {
    const [accountId, id] = row.dataset.key.split(":");
    const text = (part) => row.querySelector(part).textContent;
    return {
      id,
      account_id: Number(accountId),
      thread_id: row.dataset.thread,
      label_ids: row.dataset.labels.split(" "),
      from: text(".row-sender"), // the shown text
      subject: text(".row-subject"),
      snippet: text(".row-snippet"),
      internal_date: Number(row.dataset.date),
    };
  });
}

/** The address of a conversation's own page. */
export const addressOf = ({ account_id: accountId, thread_id: thread, id }) =>
  `/conversations/${accountId}/${encodeURIComponent(thread || id)}/`;

/** The one sender in full, or the first names of several, oldest first. */
function senders(messages, nobody) {
  const named = messages.map((message) => plain(message.from_name, message.from_address, message.from, nobody));
  const names = [...new Set(named.reverse())];
  return names.length === 1 ? names[0] : names.map((name) => (name === nobody ? name : firstName(name))).join(", ");
}

/** "Ann" of "Ann Lee", "Lee" of "Lee, Ann". */
const firstName = (name) => (name.split(" ").find((word) => plain(word)) ?? name).replace(/,+$/u, "") || name;

function writeText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
