// A cursor is `<epoch>-<seq>`. Outside this file it is an opaque text.

/** {epoch, seq}, or null if the text is no cursor. */
export function parseCursor(text) {
  const match = /^([a-z0-9]{1,16})-(\d{1,19})$/.exec(text ?? "");
  return match && { epoch: match[1], seq: Number(match[2]) };
}

/** Whether cursor `a` is behind cursor `b` of the same epoch. */
export function isBehind(a, b) {
  const [left, right] = [parseCursor(a), parseCursor(b)];
  return Boolean(left && right && left.epoch === right.epoch && left.seq < right.seq);
}
