// The inbox: events in, rows and counts out.

import { EventStream } from "../realtime/event-stream.js";
import { EVENT_TYPES } from "./event-types.js";
import { Faces } from "./faces.js";
import { Listing } from "./listing.js";
import { Mailboxes } from "./mailboxes.js";
import { Presence } from "./presence.js";
import { Refetch } from "./refetch.js";
import { Rows } from "./rows.js";
import { SignedOut } from "./signed-out.js";
import { StateLine } from "./state-line.js";

const SPREAD_MS = 3_000; // after a reset many pages ask at once (RULES R9)
const SOON_MS = 400; // a change of many labels brings many events, and one question
const ASK_LIMIT_MS = 20_000;
const MINUTE_MS = 60_000;
const MOST_PAGES = 6; // a longer list is cut to this when it is read again

const page = document.body.dataset;
const find = (id) => document.getElementById(id);
const readJson = (id) => JSON.parse(find(id)?.textContent ?? "{}"); // in a deploy, of the former release
const first = readJson("first-listing");
// Older pages have an address for readers without scripts.
if (page.before) location.replace(page.account ? `/?account=${page.account}` : "/");

const listing = new Listing(page.account ? Number(page.account) : null);
const rows = new Rows(find("rows"), find("blank-row"), new Map(first.accounts.map((account) => [account.id, account])));
const mailboxes = new Mailboxes(find("mailboxes"), first.accounts, readJson("late-words"));
const line = new StateLine(document.querySelector("[data-connection]"));
const signedOut = new SignedOut();
const faces = find("faces") && new Faces(find("faces"), say); // the former release has none
const presence = new Presence({
  url: page.presence,
  token: document.querySelector("[name=csrfmiddlewaretoken]")?.value,
  accountId: page.account ? Number(page.account) : null,
  onPeople: (people) => faces?.show(people),
});
const refetch = new Refetch({ ask: readAgain, load: take, apply: (event) => applyMail(...event) });

take({ ...first, messages: rows.messages() }); // the server drew them
tellLate(first.accounts.map(({ late }) => late).filter(Boolean));
new EventStream({
  types: EVENT_TYPES,
  url: page.events,
  cursor: page.cursor,
  onEvent: (type, payload, id) => {
    refetch.keep([type, payload, id]);
    if (type === "account.status") presence.status(payload);
    if (type === "account.status") applyStatus(payload);
    else if (type === "mailbox.resynced") refetch.within(Math.random() * SPREAD_MS);
    else applyMail(type, payload, id);
  },
  onReset: () => refetch.within(Math.random() * SPREAD_MS),
  onState: (state) => {
    line.connection(state);
    signedOut.follow(state);
    if (state === "signed-out") presence.end();
  },
  onLate: tellLate,
  onPresence: (told) => presence.hear(told),
});
find("older").addEventListener("click", showOlder);
setInterval(() => rows.refreshDates(), MINUTE_MS);

function take(answer) {
  if (signedOut.away) return;
  if (!mailboxes.load(answer.accounts)) {
    location.reload();
    return;
  }
  listing.load(answer);
  rows.replace(listing.shown());
  drawOlderInGmail(answer.accounts);
  presence.follow(answer.accounts);
  line.mailboxes(mailboxes.all());
  drawCounts();
}

function tellLate(late) {
  line.late(late);
  mailboxes.late(late);
}

function applyMail(type, payload, id) {
  if (type === "mailbox.counts" && !listing.count(payload)) refetch.within(SOON_MS);
  if (type === "mailbox.counts") drawCounts();
  if (!type.startsWith("message.")) return;
  const { show, hide, arrived, unsure } = listing.apply(type, payload, id);
  if (show) rows.show(show, arrived);
  if (hide) rows.hide(hide);
  if (unsure) refetch.within(SOON_MS);
  if (arrived) announce();
  drawCounts();
}

function applyStatus(status) {
  const outcome = mailboxes.apply(status);
  line.mailboxes(mailboxes.all());
  if (outcome === "strange" && status.account_id === listing.accountId) location.assign("/");
  else if (outcome === "strange" || outcome === "renamed") location.reload();
  if (outcome === "fuller") refetch.within(SOON_MS);
}

async function ask(before) {
  const query = new URLSearchParams({ account: page.account, ...(before && { before }) });
  const answer = await fetch(`${page.messages}?${query}`, {
    headers: { Accept: "application/json" },
    redirect: "error",
    signal: AbortSignal.timeout(ASK_LIMIT_MS),
  });
  if (answer.status === 404) location.assign("/"); // the shown mailbox is no longer theirs
  if (!answer.ok) throw new Error(`the list answered ${answer.status}`);
  return answer.json();
}

/** Read as many messages as are shown, so that nobody loses their place. The first page's cursor holds for all. */
async function readAgain() {
  const whole = await ask();
  for (let pages = 1; whole.older && whole.messages.length < rows.count && pages < MOST_PAGES; pages += 1) {
    const { messages, older, unread, head } = await ask(whole.older);
    Object.assign(whole, { messages: [...whole.messages, ...messages], older, unread, head });
  }
  return whole;
}

async function showOlder() {
  const button = find("older");
  const from = listing.older;
  button.disabled = true;
  tellTrouble("");
  try {
    const { answer, missing } = await refetch.question(() => ask(from));
    if (signedOut.away || from !== listing.older) return; // the list was read again meanwhile
    listing.append(answer, missing);
    rows.replace(listing.shown());
    drawCounts();
  } catch (error) {
    console.warn("older messages could not be read", error);
    tellTrouble("The older messages did not come: no connection. Try again.");
  } finally {
    button.disabled = false;
  }
}

function tellTrouble(words) {
  const trouble = find("older-trouble");
  if (trouble) trouble.textContent = words;
}

function drawOlderInGmail(accounts) {
  const there = new Set(accounts.filter((account) => account.older_in_gmail).map(({ id }) => String(id)));
  for (const words of document.querySelectorAll(".in-gmail")) words.dataset.there = there.has(words.dataset.account);
}

function drawCounts() {
  if (signedOut.away) return;
  const unread = Math.max(0, listing.unread);
  const told = listing.exact ? `${unread}` : `${unread}+`; // we have seen that many; Gmail may know of more
  document.title = `${unread ? `(${told}) ` : ""}Inbox - Finito`;
  navigator.setAppBadge?.(unread).catch(() => {}); // of an installed page
  find("unread").dataset.count = unread;
  find("unread").querySelector(".count-number").textContent = told;
  find("older").hidden = listing.older === null;
  for (const words of document.querySelectorAll(".in-gmail")) {
    words.hidden = listing.older !== null || words.dataset.there !== "true";
  }
  find("listing").dataset.empty = rows.count ? "no" : mailboxes.emptyReason();
}

/** Speak politely to screen readers. */
function say(words) {
  const region = find("announcement"); // gone with the mail of who is signed out
  if (region) region.textContent = words;
}

/** Tell screen readers of new mail politely, once for many messages. */
let unannounced = 0;
function announce() {
  unannounced += 1;
  if (unannounced > 1) return;
  setTimeout(() => {
    if (signedOut.away) return;
    say(unannounced === 1 ? "One new message" : `${unannounced} new messages`);
    unannounced = 0;
  }, SPREAD_MS);
}
