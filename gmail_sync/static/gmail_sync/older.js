// The end of the list: older messages on a press, and where they are once the mirror has no more.

export class Older {
  #find; #phrases; #listing; #refetch; #ask; #drawn;
  #inGmail = [...document.querySelectorAll(".in-gmail")];

  /** ask(before) reads a page; drawn() draws the list again. */
  constructor({ find, phrases, listing, refetch, ask, drawn }) {
    [this.#find, this.#phrases, this.#listing] = [find, phrases, listing];
    [this.#refetch, this.#ask, this.#drawn] = [refetch, ask, drawn];
    find("older").addEventListener("click", () => this.#show());
  }

  /** Take the mailboxes of an answer: which have older mail in Gmail. */
  load(accounts) {
    const there = new Set(accounts.filter((account) => account.older_in_gmail).map(({ id }) => String(id)));
    for (const words of this.#inGmail) words.dataset.there = there.has(words.dataset.account);
  }

  draw() {
    const more = this.#listing.older !== null;
    this.#find("older").hidden = !more;
    for (const words of this.#inGmail) words.hidden = more || words.dataset.there !== "true";
  }

  async #show() {
    const button = this.#find("older");
    const from = this.#listing.older;
    button.disabled = true;
    this.#tell("");
    try {
      const { answer, missing } = await this.#refetch.question(() => this.#ask(from));
      if (from !== this.#listing.older) return; // the list was read again meanwhile
      this.#listing.append(answer, missing);
      this.#drawn();
    } catch (error) {
      console.warn("older messages could not be read", error);
      this.#tell(this.#phrases.say("older_failed"));
    } finally {
      button.disabled = false;
    }
  }

  #tell(words) {
    const trouble = this.#find("older-trouble");
    if (trouble) trouble.textContent = words;
  }
}
