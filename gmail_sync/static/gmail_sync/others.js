// The words for another member's act that took a conversation out of the inbox. Pure.

import { plain } from "./words.js";

/** Returns "" unless somebody else than `me` did it. */
export function othersAct({ by, added_label_ids: added = [], removed_label_ids: removed = [] }, me, phrases) {
  if (!by || by.id === me) return "";
  const name = plain(by.name) || phrases.say("faces.nobody");
  if (added.includes("TRASH")) return phrases.say("others_act.trash", { name });
  return phrases.say(removed.includes("INBOX") ? "others_act.archive" : "others_act.other", { name });
}
