// A mail's frame: its height, and what it tells of itself. The only file that looks into a frame; nothing runs in there.

import { LIMIT_MS } from "./limited.js";

const TALLEST = 20_000;
const MOST_SHRINKS = 20; // of a mail whose styles move it for ever, and the page below it too
const LOOKS_MS = [0, 300, 1_500, 4_000]; // pictures and fonts come later; WebKit tells a frame's listeners nothing
// A mail cannot put itself in the place of these.
const rootOf = Object.getOwnPropertyDescriptor(Document.prototype, "documentElement").get;

/**
 * Keep the frame as tall as its mail. `onShown` gets {held, hosts, retry, refused} each time that a document is there, and
 * {missing: true} where there is none of ours: no answer came, or none in time, or a proxy's.
 */
export function follow(frame, onShown = () => {}) {
  const look = () => {
    const root = rootIn(frame);
    if (root && frame.contentWindow.location.href === "about:blank") return;
    clearTimeout(frame.limit);
    if (root?.dataset.held === undefined) return onShown({ missing: true });
    const { sheet, held, hosts, retry, refused } = root.dataset;
    frame.parentElement.classList.toggle("sheet-frame", sheet !== undefined);
    const named = (hosts ?? "").split(" ").filter(Boolean);
    onShown({ held: Number(held ?? 0), hosts: named, retry: Number(retry ?? 0), refused: refused !== undefined });
    Object.assign(frame, { reach: 0, shrinks: 0 });
    watch(frame, root);
    for (const ms of LOOKS_MS) setTimeout(() => measure(frame), ms);
  };
  frame.addEventListener("load", look);
  frame.addEventListener("overdue", () => onShown({ missing: true }));
  const there = documentIn(frame);
  if (!there || there.readyState === "complete") look();
  onceSeen(frame, () => expect(frame)); // until then a browser may put it off
}

/** Load the mail anew, whatever is in its frame. */
export function load(frame, address) {
  expect(frame);
  frame.contentWindow.location.replace(address);
}

/** Bound the wait as that for any other request; the browser gives a frame no limit. */
function expect(frame) {
  clearTimeout(frame.limit);
  frame.limit = setTimeout(() => frame.dispatchEvent(new Event("overdue")), LIMIT_MS);
}

function onceSeen(frame, then) {
  const observer = new IntersectionObserver((entries) => {
    if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
    observer.disconnect();
    if (rootIn(frame)?.dataset.held === undefined) then();
  });
  observer.observe(frame);
}

/** True while the reader has marked some of the mail. */
export function isHeld(frame) { return Boolean(rootIn(frame)) && frame.contentWindow.getSelection()?.isCollapsed === false; }

/** Null for the browser's own page about what did not come; the policy lets no stranger's in. */
function documentIn(frame) {
  try {
    return frame.contentDocument;
  } catch {
    return null;
  }
}

function rootIn(frame) {
  const there = documentIn(frame);
  return there && rootOf.call(there);
}

function watch(frame, root) {
  frame.observer?.disconnect();
  frame.observer = new ResizeObserver(() => requestAnimationFrame(() => measure(frame)));
  frame.observer.observe(root);
}

function measure(frame) {
  const root = rootIn(frame);
  if (!root) return;
  const box = Math.ceil(root.getBoundingClientRect().height);
  const { clientWidth: width, clientHeight: known } = frame;
  if (root.scrollHeight > Math.max(box, known) + 1) frame.reach = root.scrollHeight; // what lies in no box
  const bar = frame.contentWindow.innerHeight - root.clientHeight; // to scroll what is too wide
  const height = Math.min(TALLEST, Math.max(box, frame.reach) + bar);
  if (height <= 0 || Math.abs(height - Number(frame.height)) <= 1) return;
  if (width !== frame.measured) Object.assign(frame, { measured: width, shrinks: 0 });
  if (height < Number(frame.height) && (frame.shrinks += 1) > MOST_SHRINKS) return;
  frame.height = height;
}

/** Take the focus back from a frame in which nothing is selected, to what `home` returns, so that keys reach the page. */
export function keepKeys(home) {
  addEventListener("blur", () => {
    const frame = document.activeElement;
    if (!(frame instanceof HTMLIFrameElement) || !frame.classList.contains("frame")) return;
    setTimeout(() => {
      const root = rootIn(frame);
      const inside = root?.ownerDocument.activeElement;
      const rests = !inside || inside === root || inside.localName === "body";
      if (rests && frame.contentWindow?.getSelection()?.isCollapsed !== false) home()?.focus({ preventScroll: true });
    });
  });
}
