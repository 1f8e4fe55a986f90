// Dates as people say them, in the reader's own time zone and language, and texts of strangers. Pure.

const DAY_MS = 86_400_000;
const UNITS = [["day", DAY_MS], ["hour", 3_600_000], ["minute", 60_000]];
const format = (options) => new Intl.DateTimeFormat(undefined, options);
const time = format({ hour: "numeric", minute: "2-digit" });
const day = format({ day: "numeric", month: "short" });
const dayAndYear = format({ day: "numeric", month: "short", year: "numeric" });
const full = format({ dateStyle: "full", timeStyle: "short" });
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });

/** A message's date in the list: the time today, the day this year, else the year too. */
export function listDate(date, now = new Date()) {
  if (date.toDateString() === now.toDateString()) return time.format(date);
  return (date.getFullYear() === now.getFullYear() ? day : dayAndYear).format(date);
}

/** A moment as people name it on the same day: "14:02"; later with its day. */
export const clock = (date, now = new Date()) =>
  date.toDateString() === now.toDateString() ? time.format(date) : `${day.format(date)}, ${time.format(date)}`;

export const fullDate = (date) => full.format(date);

/** "in 6 days", "3 minutes ago"; within a minute the words of `phrases`. */
export function moment(date, phrases, now = new Date()) {
  const difference = date - now;
  const [unit, length] = UNITS.find(([, ms]) => Math.abs(difference) >= ms) ?? ["minute", Infinity];
  if (length === Infinity) return phrases.say(difference > 0 ? "dates.soon" : "dates.just_now");
  return relative.format(Math.trunc(difference / length), unit);
}

/** A sentence of the server's with the time put in. */
export function lateWords(sentence = "", since = null) {
  return since ? sentence.replace("{since}", clock(new Date(since))) : sentence.replace(" since {since}", "");
}

// Embeddings, overrides and isolates reorder what stands around them; the marks of Hebrew and Arabic mail stay (plain.py).
const TURNS = /[\u202A-\u202E\u2066-\u2069]/g;
const SEEN = /[^\p{Cc}\p{Cf}\p{Z}\p{Mn}\u115F\u1160\u2800\u3164\uFFA0]/u;

/** The first of the texts that shows anything, without the characters that reorder other text; or "". */
export const plain = (...texts) => texts.map((text = "") => text.replace(TURNS, "")).find((rest) => SEEN.test(rest)) ?? "";
