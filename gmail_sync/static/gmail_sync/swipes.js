// Swipes on rows, for fingers: to the right archives, to the left moves to the trash. Each is also a button.

const BEGIN_PX = 12; // a finger that moves less means a press
const DONE_PX = 96;
const VERBS = { 1: "archive", [-1]: "trash" };

/** Let rows of `list` be swiped where `wanted()`; done(row, verb) is called when one was. */
export function swipes(list, phrases, done, wanted) {
  let held = null; // {row, link, x, moved}

  list.addEventListener("pointerdown", (event) => {
    const row = event.target.closest(".row.acts");
    if (event.pointerType !== "touch" || !event.isPrimary || !row || !wanted()) return;
    held = { row, link: row.querySelector(".row-link"), x: event.clientX, moved: 0 };
  });
  list.addEventListener("pointermove", (event) => {
    if (!held || !event.isPrimary) return;
    held.moved = event.clientX - held.x;
    if (Math.abs(held.moved) >= BEGIN_PX) draw(held, phrases);
  });
  list.addEventListener("pointerup", (event) => event.isPrimary && end(true));
  list.addEventListener("pointercancel", () => end(false)); // the list is scrolled instead
  list.addEventListener("click", (event) => event.target.closest("[data-swiped]") && event.preventDefault(), true);

  function end(lifted) {
    if (!held) return;
    const { row, link, moved } = held;
    held = null;
    link.style.translate = "";
    row.removeAttribute("data-swipe");
    setTimeout(() => row.removeAttribute("data-swiped"));
    if (lifted && Math.abs(moved) >= DONE_PX) done(row, VERBS[Math.sign(moved)]);
  }
}

function draw({ row, link, moved }, phrases) {
  link.style.translate = `${moved}px`;
  row.dataset.swipe = phrases.say(`swipes.${VERBS[Math.sign(moved)]}`);
  row.dataset.swiped = Math.abs(moved) >= DONE_PX ? "done" : "";
  row.classList.toggle("to-left", moved < 0);
}
