// Dates as people say them, in the reader's own time zone and language. Pure.

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

export const fullDate = (date) => full.format(date);

/** "in 6 days", "3 minutes ago", "now". */
export function moment(date, now = new Date()) {
  const difference = date - now;
  const [unit, length] = UNITS.find(([, ms]) => Math.abs(difference) >= ms) ?? ["minute", Infinity];
  if (length === Infinity) return difference > 0 ? "in a moment" : "just now";
  return relative.format(Math.trunc(difference / length), unit);
}

/** The name in `Name <address>`, else the address. */
export function senderName(from) {
  const match = /^\s*(?:"((?:[^"\\]|\\.)*)"|([^<]*?))\s*<([^>]*)>\s*$/.exec(from);
  if (!match) return from;
  const [, quoted, plain, address] = match;
  return (quoted?.replace(/\\(.)/g, "$1") || plain || address).trim();
}
