// A message's attachments, as links to download. Names are written as text only.

import { isLate, retryAfter } from "./again.js";
import { limited } from "./limited.js";

const UNITS = ["B", "kB", "MB"];

/** Ask for the attachments and list them; inline pictures are in the mail itself. `late` is told how that ends. */
export async function listFiles(list, late) {
  const answer = await limited(list.dataset.parts, { headers: { Accept: "application/json" } }).catch(() => null);
  const told = answer?.ok ? await answer.json().catch(() => null) : {};
  if (isLate(answer) || told === null) return late.missed("files", retryAfter(answer));
  late.came();
  if (!answer.ok) return;
  const items = told.attachments.filter(({ inline }) => !inline).map(item);
  list.replaceChildren(...items);
  list.hidden = items.length === 0;
}

function item({ filename, size, url }) {
  const [line, link, name, weight] = ["li", "a", "span", "small"].map((tag) => document.createElement(tag));
  Object.assign(link, { className: "file", href: url, download: "" });
  name.dir = "auto";
  name.textContent = filename;
  weight.textContent = sizeWords(size);
  link.append(name, " ", weight);
  line.append(link);
  return line;
}

/** "640 kB", "1.2 MB". */
function sizeWords(bytes) {
  const power = Math.min(UNITS.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  const amount = bytes / 1000 ** power;
  return `${amount.toLocaleString(undefined, { maximumFractionDigits: power > 1 && amount < 10 ? 1 : 0 })} ${UNITS[power]}`;
}
