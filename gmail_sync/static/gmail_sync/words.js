// Dates as people say them, in the reader's own time zone and language; and names. Pure.

const [FIRST_DATE_MS, LAST_DATE_MS] = [-62_135_596_800_000, 253_402_300_799_999];
const DAY_MS = 86_400_000;
const UNITS = [["day", DAY_MS], ["hour", 3_600_000], ["minute", 60_000]];
const format = (options) => new Intl.DateTimeFormat(undefined, options);
const time = format({ hour: "numeric", minute: "2-digit" });
const day = format({ day: "numeric", month: "short" });
const dayAndYear = format({ day: "numeric", month: "short", year: "numeric" });
const full = format({ dateStyle: "full", timeStyle: "short" });
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });

/** A message's date, within the years 1 to 9999: others are nobody's (in views.py, too). */
export const dateOf = (milliseconds) => new Date(Math.min(Math.max(milliseconds, FIRST_DATE_MS), LAST_DATE_MS));

/** A message's date in the list: the time today, the day this year, else the year too. */
export function listDate(date, now = new Date()) {
  if (date.toDateString() === now.toDateString()) return time.format(date);
  return (date.getFullYear() === now.getFullYear() ? day : dayAndYear).format(date);
}

export const fullDate = (date) => full.format(date);

/** "in 6 days", "3 minutes ago", "now". */
export function moment(date, now = new Date()) {
  const difference = date - now;
  const [unit, length] = UNITS.find(([, ms]) => Math.abs(difference) >= ms) ?? ["minute", Infinity];
  if (length === Infinity) return difference > 0 ? "in a moment" : "just now";
  return relative.format(Math.trunc(difference / length), unit);
}

/** Whom a message is from, in a word; one of an earlier release has only the header's text. */
export const senderOf = ({ from, from_name: name, from_address: address }) => name || address || from;
