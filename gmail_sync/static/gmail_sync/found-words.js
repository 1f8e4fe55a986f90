// Which mailboxes have answered a question, and how, in words. Pure.

/** `accounts` maps ids to mailboxes. Of a view those are told that did not answer; nothing of what is only from here. */
export function toldOf(answer, accounts, isView, phrases) {
  const told = answer.accounts.filter(({ id, state }) => accounts.has(id) && !answer.here && !(isView && state === "ok"));
  return told.map(({ id, state, retry_after: seconds }) => {
    return phrases.say(`search.states.${state}`, { mailbox: accounts.get(id).short, seconds });
  }).join(" ");
}
