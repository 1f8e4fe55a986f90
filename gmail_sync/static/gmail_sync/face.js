// The round sign of a colleague: initials in a colour of their own, hollow while they are away. Screen readers skip it.

const letter = (word) => [...word][0]?.toLocaleUpperCase() ?? "";

export function face({ id, name, state }) {
  const initials = document.createElement("span");
  const words = name.split(/\s+/u);
  initials.className = "face";
  initials.dataset.hue = 1 + (id % 6);
  initials.dataset.state = state;
  initials.title = name;
  initials.ariaHidden = "true";
  initials.textContent = letter(words[0]) + (words.length > 1 ? letter(words.at(-1)) : "");
  return initials;
}
