// The views beside the inbox, by their names in an address, with the labels that make each (on the server: wanted.py). Pure.

const VIEWS = {
  unread: ["INBOX", "UNREAD"], starred: ["STARRED"], sent: ["SENT"], all: [], spam: ["SPAM"], trash: ["TRASH"],
};
const HIDDEN = ["SPAM", "TRASH"]; // they are in no view but their own

/** The labels that make a view; one that is not named here is a label itself. */
export const labelsOf = (name) => VIEWS[name] ?? [name];

/** The words of an address, as of `location.search`, that say what is to be found. */
export function wantedIn(search) {
  const words = new URLSearchParams(search);
  const kind = ["view", "q"].find((name) => words.get(name));
  return kind ? `${new URLSearchParams({ [kind]: words.get(kind) })}` : "";
}

/** True for a message with these labels that a view of `wanted` begins to show. */
export function enters(labels, wanted) { return wanted.every((label) => labels.includes(label)) && stays(labels, wanted); }

/** True for one that it goes on showing: mail that is read stays in the view of unread mail until that is left. */
export function stays(labels, wanted) {
  const lasting = wanted.filter((label) => label !== "UNREAD");
  const hidden = HIDDEN.filter((label) => !wanted.includes(label));
  return lasting.every((label) => labels.includes(label)) && !hidden.some((label) => labels.includes(label));
}
