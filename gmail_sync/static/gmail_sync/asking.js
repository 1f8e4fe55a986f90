// The page's questions to the server: the list, the acts that are open, and an act.

import { limited } from "./limited.js";
import { post } from "./posting.js";

const KEPT_ALIVE_BYTES = 60_000; // browsers refuse more
const MOST_PAGES = 6; // a longer list is cut to this when it is read again

/** The questions of a page; `page` has the addresses, and the mailbox that is shown. */
export function asking(page) {
  const ask = (address, { headers, ...options } = {}, send = limited) =>
    send(address, { ...options, headers: { Accept: "application/json", ...headers } });

  async function list(before) {
    const query = new URLSearchParams({ account: page.account, ...(before && { before }) });
    const answer = await ask(`${page.messages}?${query}`);
    if (answer.status === 404) location.assign("/"); // the shown mailbox is no longer theirs
    return read(answer);
  }

  return {
    list,

    /** At least `count` messages, if there are as many. The first page's cursor holds for all. */
    async whole(count) {
      const whole = await list();
      for (let pages = 1; whole.older && whole.messages.length < count && pages < MOST_PAGES; pages += 1) {
        const { messages, older, unread, head } = await list(whole.older);
        Object.assign(whole, { messages: [...whole.messages, ...messages], older, unread, head });
      }
      return whole;
    },

    /** What `words` find ("q=lease", "view=starred"): in the mirror with `here`, else a page of all mail. */
    async search(words, { here, after, signal } = {}) {
      const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
      const more = { account: page.account, tz: timeZone ?? "", ...(here && { here: 1 }), ...(after && { after }) };
      return read(await ask(`${page.find}?${words}&${new URLSearchParams(more)}`, { signal }));
    },

    /** The reader's acts that are not settled, however many pages of them there are. */
    async openActs() {
      const found = [];
      for (let after = 0; after !== undefined; ) {
        const part = await read(await ask(`/actions/?open=1${after ? `&after=${after}` : ""}`));
        found.push(...(part.open ?? []));
        after = part.after;
      }
      return found;
    },

    /** The labels of a mailbox; `anew` has the server list them again, too. */
    async labels(accountId, { anew = false } = {}) {
      return (await read(await ask(`/labels/${accountId}/`, {}, anew ? post : limited))).labels;
    },

    /** The unread mail of labels of a mailbox, by id. */
    async unread(accountId, ids) {
      const query = new URLSearchParams(ids.map((id) => ["id", id]));
      return (await read(await ask(`/labels/${accountId}/unread/?${query}`))).unread;
    },

    async post(address, body) {
      const headers = { "Content-Type": "application/json" };
      const text = JSON.stringify(body);
      const keepalive = text.length < KEPT_ALIVE_BYTES; // whoever opens a conversation meanwhile loses no act
      const answer = await ask(address, { headers, body: text, keepalive }, post);
      const { reason } = await answer.json().catch(() => ({}));
      return { status: answer.status, reason, seconds: Number(answer.headers.get("Retry-After")) || 0 };
    },
  };
}

function read(answer) {
  if (!answer.ok) throw new Error(`${new URL(answer.url).pathname} answered ${answer.status}`);
  return answer.json();
}
