// The page's questions to the server: the list, the acts that are open, and an act.

const ASK_LIMIT_MS = 20_000;
const KEPT_ALIVE_BYTES = 60_000; // browsers refuse more
const MOST_PAGES = 6; // a longer list is cut to this when it is read again

/** The questions of a page; `page` has the addresses, and the mailbox that is shown. */
export function asking(page) {
  async function ask(address, options = {}) {
    const answer = await fetch(address, {
      ...options,
      headers: { Accept: "application/json", ...options.headers },
      redirect: "error",
      signal: AbortSignal.timeout(ASK_LIMIT_MS),
    });
    return answer;
  }

  async function list(before) {
    const query = new URLSearchParams({ account: page.account, ...(before && { before }) });
    const answer = await ask(`${page.messages}?${query}`);
    if (answer.status === 404) location.assign("/"); // the shown mailbox is no longer theirs
    if (!answer.ok) throw new Error(`the list answered ${answer.status}`);
    return answer.json();
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

    /** The reader's acts that are not settled. */
    async openActs() {
      const answer = await ask("/actions/?open=1");
      if (!answer.ok) throw new Error(`the open acts: ${answer.status}`);
      return (await answer.json()).open ?? [];
    },

    async post(address, body) {
      const token = document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";
      const headers = { "Content-Type": "application/json", "X-CSRFToken": token };
      const text = JSON.stringify(body);
      const keepalive = text.length < KEPT_ALIVE_BYTES; // whoever opens a conversation meanwhile loses no act
      const answer = await ask(address, { method: "POST", headers, body: text, keepalive });
      const { reason } = await answer.json().catch(() => ({}));
      return { status: answer.status, reason, seconds: Number(answer.headers.get("Retry-After")) || 0 };
    },
  };
}
