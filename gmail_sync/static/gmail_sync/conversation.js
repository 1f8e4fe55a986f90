// The page of the former release asks for this; the present one has the list beside it (inbox.js).

const SPREAD_MS = 3_000;

setTimeout(() => location.reload(), SPREAD_MS * (1 + Math.random()));
