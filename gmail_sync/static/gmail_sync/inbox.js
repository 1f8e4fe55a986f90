// The inbox: events in, truth and the reader's acts together, rows and counts out.

import { EventStream } from "../realtime/event-stream.js";
import { asking } from "./asking.js";
import { threadOf } from "./conversations.js";
import { Desk } from "./desk.js";
import { EVENT_TYPES } from "./event-types.js";
import { Faces } from "./faces.js";
import { Head } from "./head.js";
import { Listing } from "./listing.js";
import { Mailboxes } from "./mailboxes.js";
import { Older } from "./older.js";
import { othersAct } from "./others.js";
import { Overlay } from "./overlay.js";
import { Phrases } from "./phrases.js";
import { Presence } from "./presence.js";
import { Refetch } from "./refetch.js";
import { messagesOf } from "./row.js";
import { Rows } from "./rows.js";
import { Saving } from "./saving.js";
import { SignedOut } from "./signed-out.js";
import { StateLine } from "./state-line.js";
import { View } from "./view.js";

const SPREAD_MS = 3_000; // after a reset many pages ask at once (RULES R9)
const SOON_MS = 400; // a change of many labels brings many events, and one question
const MINUTE_MS = 60_000;

const page = document.body.dataset;
const find = (id) => document.getElementById(id);
const readJson = (id, otherwise = {}) => JSON.parse(find(id)?.textContent ?? "null") ?? otherwise; // in a deploy, of the former release
if (!find("blank-day")) {
  setTimeout(() => location.reload(), SPREAD_MS * (1 + Math.random()));
  throw new Error("the page is of the former release");
}
const first = readJson("first-listing");
// Older pages have an address for readers without scripts.
if (page.before) location.replace(page.account ? `/?account=${page.account}` : "/");

const phrases = new Phrases(readJson("phrases"));
const accounts = new Map(first.accounts.map((account) => [account.id, account]));
const listing = new Listing(page.account ? Number(page.account) : null);
const overlay = new Overlay();
const view = new View(listing, overlay);
const rows = new Rows(find("rows"), find("blank-row"), accounts, phrases.part("days"));
const head = new Head(phrases, find);
const mailboxes = new Mailboxes(find("mailboxes"), first.accounts, readJson("late-words"));
const line = new StateLine(document.querySelector("[data-connection]"));
const saving = new Saving(overlay, phrases, (words) => line.saving(words));
const signedOut = new SignedOut();
const server = asking(page);
const desk = new Desk({ rows, overlay, phrases, find, post: server.post, redraw, accountsPage: page.accounts });
const faces = find("faces") && new Faces(find("faces"), (words) => desk.notices.announce(words)); // the former release has none
const presence = new Presence({
  url: page.presence,
  token: document.querySelector("[name=csrfmiddlewaretoken]")?.value,
  accountId: page.account ? Number(page.account) : null,
  onPeople: (people) => faces?.show(people),
});
const refetch = new Refetch({ ask: readAgain, load: take, apply: (event) => applyMail(...event) });
const older = new Older({ find, phrases, listing, refetch, ask: server.list, drawn: () => !signedOut.away && drawAll() });

take({ ...first, messages: [...messagesOf(find("rows")), ...readJson("in-conversations", [])].sort(byDate) });
tellLate(first.accounts.map(({ late }) => late).filter(Boolean));
if (first.accounts.some(({ can_act: canAct }) => canAct)) takeOpenActs([]);
new EventStream({
  types: EVENT_TYPES,
  url: page.events,
  cursor: page.cursor,
  onEvent: (type, payload, id) => {
    refetch.keep([type, payload, id]);
    if (type === "account.status") presence.status(payload);
    if (type === "account.status") applyStatus(payload);
    else if (type === "action.settled") desk.acts.settled(payload);
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
setInterval(() => rows.refreshDates(), MINUTE_MS);
addEventListener("beforeunload", (event) => desk.acts.unsent && event.preventDefault());

function byDate(a, b) { return b.internal_date - a.internal_date; }

function take(answer) {
  if (signedOut.away) return;
  if (!mailboxes.load(answer.accounts)) {
    location.reload();
    return;
  }
  for (const account of answer.accounts) accounts.set(account.id, account);
  listing.load(answer);
  older.load(answer.accounts);
  presence.follow(answer.accounts);
  line.mailboxes(mailboxes.all());
  drawAll();
}

function tellLate(late) {
  line.late(late);
  mailboxes.late(late);
}

function applyMail(type, payload, id) {
  if (type === "mailbox.counts" && !listing.count(payload)) refetch.within(SOON_MS);
  if (type === "mailbox.counts") drawCounts();
  if (!type.startsWith("message.")) return;
  const words = othersAct(payload, Number(page.user), phrases);
  const known = listing.message(payload.account_id, payload.message.id);
  const { arrived, unsure } = listing.apply(type, payload, id);
  if (unsure) refetch.within(SOON_MS);
  if (arrived) head.arrived();
  drawConversation(threadOf(known ?? { ...payload.message, account_id: payload.account_id }), { arrived, words });
  drawCounts();
}

function applyStatus(status) {
  const outcome = mailboxes.apply(status);
  line.mailboxes(mailboxes.all());
  if (outcome === "strange" && status.account_id === listing.accountId) location.assign("/");
  else if (outcome === "strange" || outcome === "renamed") location.reload();
  if (outcome === "fuller") refetch.within(SOON_MS);
  const account = accounts.get(status.account_id);
  if (account && status.can_act !== undefined && account.can_act !== status.can_act) {
    account.can_act = status.can_act;
    drawAll();
  }
}

/** Read as many messages as are shown, so that nobody loses their place, and the acts that are open still. */
async function readAgain() {
  if (overlay.size) await takeOpenActs(desk.acts.accepted);
  return server.whole(listing.size);
}

async function takeOpenActs(asked) {
  const open = await server.openActs().catch(() => null);
  if (!open) return;
  desk.acts.reconcile(open, asked, (accountId, ids) => {
    return ids.map((id) => listing.message(accountId, id)).filter(Boolean).map(threadOf);
  });
  redraw([...overlay.threads()]);
}

function redraw(threads) {
  for (const key of threads) drawConversation(key);
  saving.watch();
  drawCounts();
}

function drawConversation(key, { arrived = false, words = "" } = {}) {
  const conversation = view.conversation(key);
  if (conversation) rows.show(conversation, arrived);
  else if (words && rows.row(key) && !document.hidden) rows.leave(key, words);
  else rows.hide(key);
}

function drawAll() {
  rows.replace(view.all());
  drawCounts();
}

function drawCounts() {
  if (signedOut.away) return;
  head.count(view.unread, listing.exact);
  older.draw();
  find("listing").dataset.empty = rows.count ? "no" : mailboxes.emptyReason();
  desk.place.settle();
  desk.draw();
}
