// The words for acts: what was done, with the way back, and what was refused, with the reason and a mark on the row.

export class Outcomes {
  #notices; #phrases; #labels; #accountsPage; #again; #mark;
  #told = []; // the acts that were last said to be done
  #refusals = new Map(); // {ops, notice} by what was refused and why: a notice each, however many acts it is about

  /** again(op) does an act or an undo anew, mark(key, words) writes words into a row, `accountsPage` is where consents are
   * given. */
  constructor({ notices, phrases, labels, accountsPage, again, mark }) {
    [this.#notices, this.#phrases, this.#labels] = [notices, phrases, labels];
    [this.#accountsPage, this.#again, this.#mark] = [accountsPage, again, mark];
  }

  did({ verb, ops }) {
    this.#told = ops;
    this.#notices.did(this.#sentence("did", verb, ops));
  }

  refused(op, reason) {
    if (!op.verb || op.quiet) return; // another page of the reader's says it, or they did nothing
    const known = this.#phrases.say(`reasons.${reason}`) || this.#phrases.say("reasons.other");
    if (this.#told.includes(op)) this.#notices.withdraw();
    const address = ["read_only", "reauth_required"].includes(reason) && this.#accountsPage;
    for (const key of op.touched) this.#mark(key, this.#phrases.say(`not_done.${op.verb}`));
    const kind = [op.verb, reason].join();
    const former = this.#refusals.get(kind);
    const ops = [...(former?.notice.isConnected ? former.ops : []), op];
    const again = () => ops.forEach((one) => this.#again(one));
    const words = this.#sentence("refused", op.verb, ops);
    const notice = this.#notices.refused(words, known, { again, address, instead: former?.notice });
    this.#refusals.set(kind, { ops, notice });
  }

  #sentence(kind, verb, ops) {
    const subjects = ops.flatMap((op) => op.subjects);
    return this.#phrases.say(`${kind}.${verb}`, { n: subjects.length, subject: subjects[0] || "…", change: this.#change(ops[0]) });
  }

  /** "Receipts added, Travel removed" */
  #change({ account_id: accountId, add = [], remove = [] }) {
    const names = (ids) => ids.map((id) => this.#labels.name(accountId, id)).join(", ");
    const parts = [add.length && ["added", add], remove.length && ["removed", remove]].filter(Boolean);
    return parts.map(([how, ids]) => this.#phrases.say(`labels.${how}`, { names: names(ids) })).join(", ");
  }
}
