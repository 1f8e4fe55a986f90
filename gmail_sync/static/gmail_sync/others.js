// The words for another member's act that took a conversation out of the inbox. Pure.

/** Returns "" unless somebody else than `me` did it. */
export function othersAct({ by, added_label_ids: added = [], removed_label_ids: removed = [] }, me, phrases) {
  if (!by || by.id === me) return "";
  if (added.includes("TRASH")) return phrases.say("others_act.trash", { name: by.name });
  return phrases.say(removed.includes("INBOX") ? "others_act.archive" : "others_act.other", { name: by.name });
}
