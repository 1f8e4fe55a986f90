// The people who share a mailbox, put together: what this page tells of itself, and where it shows the others.

import { Faces } from "./faces.js";
import { Presence } from "./presence.js";
import { Readers } from "./readers.js";

/** Returns the page's presence; say(sentence) speaks to screen readers. */
export function colleagues({ page, find, phrases, lists, reader, say }) {
  const faces = new Faces(find("faces"), phrases, say);
  const readers = new Readers({ lists, reader, phrases });
  const presence = new Presence({
    url: page.presence,
    accountId: page.account ? Number(page.account) : null,
    reading: () => reader.key,
    onPeople: (people) => faces.show(people),
    onReaders: (...told) => readers.show(...told),
  });
  reader.onTurn = () => {
    readers.draw();
    presence.turn();
  };
  return presence;
}
