// The operators' dashboard: what needs attention and how it stands, kept fresh, and the plots of the last hour.

import { keepFresh } from "../realtime/admin/live-page.js";
import { Plot } from "./plots.js";

const EVERY_MS = 10_000;
const PARTS = ["attention", "facts"];

const figures = [...document.querySelectorAll("[data-plot]")];
const plots = new Map(figures.map((figure) => [figure.dataset.plot, new Plot(figure)]));

draw(document);
keepFresh((fresh) => {
  for (const id of PARTS) {
    const [shown, next] = [document.getElementById(id), fresh.getElementById(id)];
    if (shown.innerHTML !== next.innerHTML) shown.replaceWith(document.adoptNode(next));
  }
  draw(fresh);
}, EVERY_MS);

function draw(source) {
  const { times, plots: drawn } = JSON.parse(source.getElementById("plots-json").textContent);
  for (const { id, unit, lines } of drawn) plots.get(id)?.draw(times, unit, lines);
}
