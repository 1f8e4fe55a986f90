// The tool that archives what is in the inbox, and moves into it what is not: mail in the trash or in spam, mail that was
// found, and mail that somebody else took away.

/** Let the tool among `tools` do what fits conversations that are `outside` of the inbox, or are not. */
export function turnArchive(tools, outside, phrases) {
  const tool = tools.querySelector("[data-verb=archive], [data-verb=restore]");
  const verb = outside ? "restore" : "archive";
  if (tool.dataset.verb === verb) return;
  const [name, word] = ["name", "word"].map((kind) => phrases.say(`tools.${verb}.${kind}`));
  tool.dataset.verb = verb;
  tool.ariaLabel = name;
  tool.title = outside ? name : `${name} (e)`;
  if (outside) tool.removeAttribute("aria-keyshortcuts");
  else tool.setAttribute("aria-keyshortcuts", "e");
  tool.querySelector("use").setAttribute("href", `#i-${outside ? "inbox" : "archive"}`);
  const shown = tool.querySelector("span");
  if (shown) shown.textContent = word;
}
