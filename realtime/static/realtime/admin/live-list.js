// A list of the admin that keeps itself up to date. Rows stay where they are while the reader chooses among them.

import { keepFresh } from "./live-page.js";

const rowsOf = (root) => [...root.querySelectorAll("#result_list > tbody > tr")];
const keyOf = (row) => row.querySelector("input.action-select")?.value ?? row.querySelector("th a, td a")?.href;
const chosen = () => document.querySelector("input.action-select:checked") !== null;

keepFresh((fresh) => {
  const table = document.querySelector("#result_list > tbody");
  const pages = fresh.getElementById("live-pages");
  if (!table !== !fresh.getElementById("result_list")) {
    if (!chosen()) location.reload(); // the first row has come, or the last one has gone: another page altogether
    return;
  }
  document.getElementById("live-pages").replaceWith(document.adoptNode(pages));
  if (table) drawRows(table, rowsOf(fresh));
});

function drawRows(table, fresh) {
  const known = new Map(rowsOf(table).map((row) => [keyOf(row), row]));
  const rows = fresh.map((row) => {
    const former = known.get(keyOf(row));
    if (!former) return document.adoptNode(row);
    drawCells(former, row);
    return former;
  });
  const shown = rowsOf(table);
  if (rows.length !== shown.length || rows.some((row, place) => row !== shown[place])) table.replaceChildren(...rows);
}

/** Only what differs, and never the box that the reader may have ticked. */
function drawCells(row, fresh) {
  [...fresh.children].forEach((cell, place) => {
    const former = row.children[place];
    if (cell.className === "action-checkbox" || former.outerHTML === cell.outerHTML) return;
    former.replaceWith(document.adoptNode(cell));
  });
}
