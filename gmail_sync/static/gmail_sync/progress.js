// The progress of a mailbox's first sync; nothing is shown before the total is known.

export function drawProgress(element, done, total) {
  element.querySelector(".progress-words").hidden = !total;
  element.querySelector(".done").textContent = done;
  element.querySelector(".total").textContent = total;
  const bar = element.querySelector("progress");
  if (!bar) return;
  bar.max = total || 1;
  bar.value = done;
}
