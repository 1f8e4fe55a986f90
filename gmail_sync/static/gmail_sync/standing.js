// The state of stream, worker and mailboxes in one phrase: "Live" only if all of them work. Pure.

import { clock } from "./words.js";

const WAITING = "reauth_required";
const FAILING = ["gmail", "throttled", "keys", "error"];
const DOWN = { "connecting": "busy", "silent": "warn", "offline": "bad", "waiting": "warn", "signed-out": "bad" };

/**
 * `connection` is the stream's state, `since` the Date when it was last heard or became degraded, or null; `late` is the
 * server's list of what is late, `mailboxes` are {id, email, state}, `saving` the words for acts on their way, `phrases`
 * those of the page. Returns {words, grade}, with `mend` where the mailboxes' page helps; grade: good, busy, warn or bad.
 */
export function standing({ connection, since, late, mailboxes, saving = "", phrases }) {
  const say = saying(phrases);
  const down = lineDown(connection, since, say) ?? mailLate(mailboxes, late, say);
  return down ?? (saving ? { words: saving, grade: "busy" } : lineUp(connection, since, mailboxes, say));
}

/** Says a phrase of the line; one that tells a time has a form with and one without it. */
const saying = (phrases) => (name, { since, ...values } = {}) => {
  const form = since === undefined ? "" : since ? ".since" : ".ever";
  return phrases.say(`line.${name}${form}`, { ...values, time: since && clock(new Date(since)) });
};

function lineDown(connection, since, say) {
  const grade = DOWN[connection];
  if (!grade) return undefined;
  const name = connection.replace("-", "_");
  return { words: ["connecting", "signed-out"].includes(connection) ? say(name) : say(name, { since }), grade };
}

function mailLate(mailboxes, late, say) {
  const named = naming(mailboxes);
  const lateOnes = (reasons) => late.filter(({ account_id: id, reason }) => reasons.includes(reason) && named.has(id));
  const waiting = mailboxes.filter(({ state }) => state === WAITING);
  const [idle] = mailboxes.length ? late.filter(({ reason }) => reason === "worker") : [];
  const failing = lateOnes(FAILING);
  const slow = lateOnes(["push"]);
  const many = (ids) => ({ name: named.get(ids[0]), n: ids.length, more: ids.length - 1 });
  if (waiting.length) return { words: say("consent", many(waiting.map(({ id }) => id))), grade: "warn", mend: true };
  if (idle) return { words: say("idle", { since: idle.since }), grade: "bad" };
  if (failing.length) {
    const ids = failing.map(({ account_id: id }) => id);
    return { words: say("unread", { ...many(ids), since: earliest(failing) }), grade: "warn", mend: true };
  }
  if (slow.length) {
    const all = slow.length === mailboxes.length;
    const words = say(all ? "slow" : "slow_one", { name: named.get(slow[0].account_id), since: earliest(slow) });
    return { words, grade: "warn", mend: true };
  }
  return undefined;
}

function lineUp(connection, since, mailboxes, say) {
  if (connection === "degraded") return { words: say("degraded", { since }), grade: "warn" };
  const first = mailboxes.some(({ state }) => state === "syncing");
  if (connection === "catching-up" || first) return { words: say("catching_up"), grade: "busy" };
  return { words: say(connection === "asking" ? "asking" : "live"), grade: "good" };
}

/** Name mailboxes as "team@", or by the whole address where two names would be alike. */
function naming(mailboxes) {
  const local = ({ email }) => email.slice(0, email.lastIndexOf("@") + 1);
  const alike = (one) => mailboxes.filter((other) => local(other) === local(one)).length > 1;
  return new Map(mailboxes.map((one) => [one.id, alike(one) ? one.email : local(one)]));
}

const earliest = (late) => late.map(({ since }) => since).filter(Boolean).sort()[0] ?? null;
