// One set of buttons that moves to the row under the pointer: twenty thousand rows carry none.

import { turnArchive } from "./archive-tool.js";
import { isOutside } from "./listing.js";

/** Let the buttons follow the pointer over `list`; rows() are those of the list that is shown. */
export function followPointer(list, buttons, rows, phrases) {
  list.addEventListener("pointerover", ({ target }) => {
    const row = target.closest(".row.acts");
    if (!row || buttons.parentElement === row) return;
    row.append(buttons); // they go with a row that leaves, and come back
    turnArchive(buttons, isOutside(rows().conversation(rows().keyOf(row))), phrases);
  });
}
