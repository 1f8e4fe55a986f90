// The state of stream, worker and mailboxes in one phrase: "Live" only if all of them work. Pure.

import { clock } from "./words.js";

const WAITING = "reauth_required";
const FAILING = ["gmail", "throttled", "keys", "error"];

/**
 * `connection` is the stream's state, `since` the Date when it was last heard or became degraded, or null; `late` is the
 * server's list of what is late, `mailboxes` are {id, email, state}, `saving` the words for acts on their way. Returns
 * {words, grade}, with `mend` where the mailboxes' page helps; grade: good, busy, warn or bad.
 */
export function standing({ connection, since, late, mailboxes, saving = "" }) {
  const down = lineDown(connection, since) ?? mailLate(mailboxes, late);
  return down ?? (saving ? { words: saving, grade: "busy" } : lineUp(connection, since, mailboxes));
}

function lineDown(connection, since) {
  const mailOf = since ? `This is the mail of ${clock(since)}` : "Trying again";
  const phrases = {
    "connecting": { words: "Connecting", grade: "busy" },
    "silent": { words: since ? `No sign of life since ${clock(since)}` : "No sign of life", grade: "warn" },
    "offline": { words: `Offline. ${mailOf}`, grade: "bad" },
    "waiting": { words: `Too many open windows. ${mailOf}`, grade: "warn" },
    "signed-out": { words: "Signed out", grade: "bad" },
  };
  return phrases[connection];
}

function mailLate(mailboxes, late) {
  const named = naming(mailboxes);
  const lateOnes = (reasons) => late.filter(({ account_id: id, reason }) => reasons.includes(reason) && named.has(id));
  const waiting = mailboxes.filter(({ state }) => state === WAITING).map(({ id }) => named.get(id));
  const [idle] = mailboxes.length ? late.filter(({ reason }) => reason === "worker") : [];
  const failing = lateOnes(FAILING);
  const slow = lateOnes(["push"]);
  if (waiting.length) return { words: `${several(waiting, "waits", "wait")} for your consent`, grade: "warn", mend: true };
  if (idle) return { words: `New mail waits${sinceWords(idle.since)}`, grade: "bad" };
  if (failing.length) {
    const who = several(failing.map(({ account_id: id }) => named.get(id)), "was", "were");
    return { words: `${who} not read${sinceWords(earliest(failing))}`, grade: "warn", mend: true };
  }
  if (slow.length) {
    const who = slow.length === mailboxes.length ? "New mail comes" : `${named.get(slow[0].account_id)}: new mail comes`;
    return { words: `${who} within a minute${sinceWords(earliest(slow))}`, grade: "warn", mend: true };
  }
  return undefined;
}

function lineUp(connection, since, mailboxes) {
  if (connection === "degraded") return { words: `A second late${sinceWords(since)}`, grade: "warn" };
  const first = mailboxes.some(({ state }) => state === "syncing");
  if (connection === "catching-up" || first) return { words: "Catching up", grade: "busy" };
  if (connection === "asking") return { words: "Live by asking: this network holds streams back", grade: "good" };
  return { words: "Live", grade: "good" };
}

/** Name mailboxes as "team@", or by the whole address where two names would be alike. */
function naming(mailboxes) {
  const local = ({ email }) => email.slice(0, email.lastIndexOf("@") + 1);
  const alike = (one) => mailboxes.filter((other) => local(other) === local(one)).length > 1;
  return new Map(mailboxes.map((one) => [one.id, alike(one) ? one.email : local(one)]));
}

function several([first, ...others], verb, verbs) {
  return others.length ? `${first} and ${others.length} more ${verbs}` : `${first} ${verb}`;
}

const earliest = (late) => late.map(({ since }) => since).filter(Boolean).sort()[0];
const sinceWords = (since) => (since ? ` since ${clock(new Date(since))}` : "");
