// The headings of the list: the names by which people call a day (on the server: days.py). Pure.

const DAY_MS = 86_400_000;
const format = (options) => new Intl.DateTimeFormat(undefined, options);
const month = format({ month: "long" });
const monthAndYear = format({ month: "long", year: "numeric" });
const dayNumber = (date) => Math.floor(Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()) / DAY_MS);

/** The key of the heading for a date, in the reader's time zone. Weeks begin on Monday. */
export function dayOf(date, now = new Date()) {
  const ago = dayNumber(now) - dayNumber(date);
  const weekday = (now.getDay() + 6) % 7;
  if (ago <= 0) return "today";
  if (ago === 1) return "yesterday";
  if (ago <= weekday) return "week";
  if (ago <= weekday + 7) return "last-week";
  return `${String(date.getFullYear()).padStart(4, "0")}-${String(date.getMonth() + 1).padStart(2, "0")}`;
}

/** The words of a heading; `words` has those of the days that have names. */
export function dayWords(key, date, words, now = new Date()) {
  return words[key] ?? (date.getFullYear() === now.getFullYear() ? month : monthAndYear).format(date);
}
