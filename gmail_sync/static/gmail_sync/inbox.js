// The inbox: events in, truth and the reader's acts together, rows and counts out.

import { EventStream } from "../realtime/event-stream.js";
import { asking } from "./asking.js";
import { colleagues } from "./colleagues.js";
import { byAge, threadOf } from "./conversations.js";
import { Desk } from "./desk.js";
import { Drawing } from "./drawing.js";
import { EVENT_TYPES } from "./event-types.js";
import { Found } from "./found.js";
import { Head } from "./head.js";
import { LabelCounts } from "./label-counts.js";
import { LabelNews } from "./label-news.js";
import { Labels } from "./labels.js";
import { Listing } from "./listing.js";
import { keepKeys } from "./mail-frame.js";
import { Mailboxes } from "./mailboxes.js";
import { Notify } from "./notify.js";
import { Older } from "./older.js";
import { othersAct } from "./others.js";
import { Overlay } from "./overlay.js";
import { Phrases } from "./phrases.js";
import { Reader } from "./reader.js";
import { Refetch } from "./refetch.js";
import { messagesOf } from "./row.js";
import { Rows } from "./rows.js";
import { Saving } from "./saving.js";
import { Search } from "./search.js";
import { Settings } from "./settings.js";
import { SignedOut } from "./signed-out.js";
import { StateLine } from "./state-line.js";
import { View } from "./view.js";

const SPREAD_MS = 3_000; // after a reset many pages ask at once (RULES R9)
const SOON_MS = 400; // a change of many labels brings many events, and one question
const MINUTE_MS = 60_000;

const page = document.body.dataset;
const find = (id) => document.getElementById(id);
const readJson = (id) => JSON.parse(find(id).textContent);
if (!find("blank-day")?.content.querySelector(".chapter")) {
  setTimeout(() => location.reload(), SPREAD_MS * (1 + Math.random()));
  throw new Error("the page is of the former release");
}
const first = readJson("first-listing");
// Older pages have an address for readers without scripts.
if (page.before) location.replace(page.account ? `/?account=${page.account}` : "/");

const phrases = new Phrases(readJson("phrases"));
const accounts = new Map(first.accounts.map((account) => [account.id, account]));
const listing = new Listing(page.account ? Number(page.account) : null);
const overlay = Object.assign(new Overlay(), { position: page.cursor });
const view = new View(listing, overlay);
const labels = new Labels(readJson("labels"));
const rows = new Rows(find("rows"), find("blank-row"), accounts, phrases.part("days"), { labels });
const found = new Found({ find, phrases, accounts, account: page.account, labels, overlay });
const settings = new Settings();
const draw = new Drawing(() => ({ view, rows, found, signedOut, head, listing, older, mailboxes, desk, reader, saving }));
const head = new Head(phrases, find);
const mailboxes = new Mailboxes(find("mailboxes"), first.accounts, readJson("late-words"));
const line = new StateLine(document.querySelector("[data-connection]"), phrases);
const saving = new Saving(overlay, phrases, (words) => line.saving(words));
const signedOut = new SignedOut(phrases);
const server = asking(page);
const refetch = new Refetch({ ask: readAgain, load: take, apply: (event) => applyMail(...event) });
const older = new Older({ find, phrases, listing, refetch, ask: server.list, drawn: () => !signedOut.away && draw.all() });
const reader = new Reader({ overlay, phrases, labels, read: (seen) => desk.acts.act("read", [seen], { quiet: true }), announce });
const lists = { inbox: { rows, heading: find("list-title") }, found: { rows: found.rows, heading: find("found-title") } };
const desk = new Desk({
  lists, reader, head, overlay, phrases, find, labels, settings, post: server.post, accountsPage: page.accounts,
  redraw: (threads) => draw.acts(threads),
  relist: (accountId) => labelNews.take(accountId, { anew: true }),
  view: (name) => search.view(name),
});
const search = new Search({
  find, phrases, accounts, labels, ask: server.search, account: page.account, found,
  turn: (name, title) => draw.turn(name, title),
  opening: desk.opening,
});
const notify = new Notify({ phrases, settings, button: find("notify"), state: find("notify-state"), open: openNotice });
const labelNews = new LabelNews({ labels, ask: server.labels, changed: takeLabels });
const labelCounts = new LabelCounts({ rail: find("views"), ask: server.unread });
const presence = colleagues({ page, find, phrases, lists: [rows, found.rows], reader, say: announce });

keepKeys(() => reader.subject);
settings.offer(find("settings"), find("settings-open"));
if ("unlisted" in page) refetch.within(0); // a conversation's address: it came first
else take({ ...first, messages: [...messagesOf(find("rows")), ...readJson("in-conversations")].sort(byAge) });
tellLate(first.accounts.map(({ late }) => late).filter(Boolean));
if (first.accounts.some(({ can_act: canAct }) => canAct)) takeOpenActs([]);
new EventStream({
  types: EVENT_TYPES,
  url: page.events,
  cursor: page.cursor,
  ticket: page.ticket,
  onEvent: (type, payload, id) => {
    refetch.keep([type, payload, id]);
    reader.hear(type, payload);
    labelCounts.hear(type, payload);
    notify.hear(type, payload);
    if (type === "account.status") presence.status(payload);
    if (type === "account.status") applyStatus(payload);
    else if (type === "action.settled") desk.acts.settled(payload);
    else if (type === "mailbox.labels") labelNews.take(payload.account_id);
    else if (type === "mailbox.resynced") refetch.within(Math.random() * SPREAD_MS);
    else applyMail(type, payload, id);
    overlay.position = id;
  },
  onReset: () => {
    refetch.within(Math.random() * SPREAD_MS);
    reader.refresh(Math.random() * SPREAD_MS);
    labelCounts.reset();
  },
  onState: (state) => {
    line.connection(state);
    signedOut.follow(state);
    if (state === "signed-out") [presence, reader].forEach((one) => one.end());
  },
  onLate: tellLate,
  onPresence: (told) => presence.hear(told),
});
setInterval(() => rows.refreshDates(), MINUTE_MS);
addEventListener("beforeunload", (event) => desk.acts.unsent && event.preventDefault());

function takeLabels(accountId) {
  if (signedOut.away) return;
  desk.picker.update(accountId);
  labelCounts.follow();
  draw.all();
  draw.acts([]);
}

function announce(words) { desk.notices.announce(words); }

function take(answer) {
  if (signedOut.away) return;
  if (!mailboxes.load(answer.accounts)) return location.reload();
  for (const account of answer.accounts) accounts.set(account.id, account);
  listing.load(answer);
  older.load(answer.accounts);
  presence.follow(answer.accounts);
  line.mailboxes(mailboxes.all());
  draw.all();
}

function tellLate(late) {
  line.late(late);
  mailboxes.late(late);
}

function applyMail(type, payload, id) {
  if (type === "mailbox.counts" && !listing.count(payload)) refetch.within(SOON_MS);
  if (type === "mailbox.counts") draw.countsSoon();
  if (!type.startsWith("message.")) return;
  search.hear(type, payload).forEach((key) => draw.soon(`found ${key}`, () => search.show(key)));
  const words = othersAct(payload, Number(page.user), phrases);
  const known = listing.message(payload.account_id, payload.message.id);
  const { arrived, unsure } = listing.apply(type, payload, id);
  if (unsure) refetch.within(SOON_MS);
  if (arrived) head.arrived();
  const key = threadOf({ ...payload.message, account_id: payload.account_id });
  if (known && threadOf(known) !== key) draw.conversationSoon(threadOf(known), {}); // Gmail moved it
  draw.conversationSoon(key, { arrived, words });
  reader.taken(key, words);
}

function applyStatus(status) {
  if (status.state === "disconnected" && reader.element?.dataset.account === String(status.account_id)) location.replace("/");
  const outcome = mailboxes.apply(status);
  line.mailboxes(mailboxes.all());
  if (outcome === "strange" && status.account_id === listing.accountId) location.assign("/");
  else if (outcome === "strange" || outcome === "renamed") location.reload();
  if (outcome === "fuller") refetch.within(SOON_MS);
  const account = accounts.get(status.account_id);
  if (account && status.can_act !== undefined && account.can_act !== status.can_act) {
    account.can_act = status.can_act;
    draw.all();
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
    return ids.map((id) => listing.message(accountId, id) ?? found.message(accountId, id)).filter(Boolean).map(threadOf);
  });
  draw.acts([...overlay.threads()]);
}

function openNotice(key, address) {
  if (rows.row(key)) desk.opening.open(key);
  else location.assign(address);
}
