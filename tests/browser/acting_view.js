// Two people on one mailbox: this page acts, the other changes labels, the server does acts late and refuses some, and
// the list is read again at any moment. The log is heard in order, each event once, as the stream promises. Returns faults.
async ([seed, steps]) => {
  const load = (name) => import(`/static/gmail_sync/${name}.js`);
  const [{ Listing }, { Overlay, relabelled }, { View }, verbs] =
    await Promise.all(["listing", "overlay", "view", "verbs"].map(load));
  let state = seed;
  const random = (below) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 1;
    return (state >>> 8) % below;
  };
  const mails = new Map();
  const add = (id) => mails.set(id, {
    id, account_id: 1, thread_id: `t${random(5)}`, internal_date: 1_000 + mails.size * 10 + random(10),
    label_ids: ["INBOX", "UNREAD"].slice(0, 1 + random(2)),
  });
  for (let number = 0; number < 12; number += 1) add(`m${number}`);
  const inbox = () => [...mails.values()].filter(({ label_ids: labels }) => labels.includes("INBOX") && !labels.includes("TRASH"));
  const unread = () => inbox().filter(({ label_ids: labels }) => labels.includes("UNREAD")).length;
  const log = [];
  let heard = 0;
  const tell = (type, payload) => log.push([type, { account_id: 1, ...payload }]);
  const answer = () => ({
    cursor: log.length, head: `e-${log.length}`, older: null, unread: unread(), accounts: [{ id: 1, unread: unread(), exact: true }],
    messages: inbox().sort((a, b) => b.internal_date - a.internal_date).map((message) => structuredClone(message)),
  });
  const listing = new Listing(null);
  const overlay = new Overlay();
  const view = new View(listing, overlay);
  const waiting = [];
  const hidden = new Map(); // what the reader took away: it may not be seen again while its act is open
  const faults = [];
  listing.load(answer());
  const hear = (count) => {
    for (; heard < log.length && count > 0; count -= 1) {
      const [type, payload] = log[heard];
      heard += 1;
      if (type === "action.settled") { overlay.close(payload.op); hidden.delete(payload.op); }
      else listing.apply(type, payload, `e-${heard}`);
    }
  };
  const relabel = (message, difference) => {
    const before = message.label_ids;
    message.label_ids = relabelled(before, difference);
    const [added, removed] = [message.label_ids.filter((one) => !before.includes(one)), before.filter((one) => !message.label_ids.includes(one))];
    if (added.length + removed.length === 0) return;
    tell("message.changed", { message: structuredClone(message), added_label_ids: added, removed_label_ids: removed });
  };
  const settle = () => {
    const op = waiting.shift();
    if (!op) return;
    if (random(4) === 0) return tell("action.settled", { op: op.op, state: "refused" });
    const upTo = (id) => op.threads.find((thread) => thread.id === id)?.date ?? -1;
    for (const message of mails.values()) {
      if (op.messages.includes(message.id) || message.internal_date <= upTo(message.thread_id)) relabel(message, op);
    }
    tell("action.settled", { op: op.op, state: "done" });
  };
  const act = () => {
    const seen = view.all();
    if (!seen.length) return;
    const verb = ["archive", "trash", "read", "unread", "star", "unstar"][random(6)];
    for (const op of verbs.acts(verb, [seen[random(seen.length)]])) {
      overlay.open(op);
      waiting.push(op);
      if (op.remove.includes("INBOX")) hidden.set(op.op, [...op.undo.keys()]);
    }
  };
  const others = () => {
    const message = [...mails.values()][random(mails.size)];
    const label = ["INBOX", "UNREAD", "STARRED"][random(3)];
    const has = message.label_ids.includes(label);
    relabel(message, has ? { remove: [label] } : { add: [label] });
  };
  const arrive = () => {
    const id = `n${mails.size}`;
    add(id);
    tell("message.added", { message: structuredClone(mails.get(id)) });
  };
  const refetch = () => { hear(Infinity); listing.load(answer()); };
  const moves = [act, act, others, arrive, settle, settle, () => hear(1), () => hear(5), refetch];
  for (let step = 0; step < steps; step += 1) {
    moves[random(moves.length)]();
    const keys = new Set(view.all().flatMap(({ messages }) => messages.map(({ id }) => `1:${id}`)));
    for (const taken of hidden.values()) if (taken.some((key) => keys.has(key))) faults.push(`seen again at ${step}`);
    if (view.unread < 0) faults.push(`a count below zero at ${step}`);
  }
  while (waiting.length) settle();
  hear(Infinity);
  listing.load(answer());
  const labels = (messages) => messages.map(({ id, label_ids: held }) => `${id} ${[...held].sort()}`).sort().join("; ");
  if (labels(view.all().flatMap(({ messages }) => messages)) !== labels(inbox())) faults.push("the end is not the truth");
  if (view.unread !== unread()) faults.push(`${view.unread} unread of ${unread()}`);
  if (overlay.size) faults.push("an act is open still");
  return faults;
}
