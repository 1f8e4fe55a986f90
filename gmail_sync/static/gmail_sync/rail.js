// The links to views: which of them are about the mailboxes of this page, and which view is seen.

/** True for a link to a view of the mailbox that is shown, or of all. */
export const isOurs = (link, account) => (new URL(link.href).searchParams.get("account") ?? "") === account;

/** Mark the view that is seen; "" is none. */
export function markView(name, account) {
  for (const link of document.querySelectorAll("nav a[data-view]")) {
    if (isOurs(link, account) && link.dataset.view === name) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

/** Tell the unread mail of each mailbox, of all, and of what is `shown`. */
export function drawCounts(byMailbox, shown) {
  const numbers = new Map([...byMailbox, ["all", [...byMailbox.values()].reduce((sum, one) => sum + one, 0)], ["shown", shown]]);
  for (const place of document.querySelectorAll("#views [data-unread-of]")) {
    const { unreadOf: of } = place.dataset;
    const number = numbers.get(Number(of) || of) ?? 0;
    place.hidden = number === 0;
    place.firstElementChild.textContent = number;
  }
}

/** Put the focus on the first label, in the rail or in the menu that it is where there is no room for one. */
export function enterLabels(rail) {
  const label = rail.querySelector("[data-labels] a");
  if (!label) return;
  if (!label.checkVisibility()) rail.showPopover();
  label.focus();
}
