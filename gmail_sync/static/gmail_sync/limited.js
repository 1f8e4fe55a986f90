// A request that ends. A network may take one and never answer it: a page that waits for it says nothing and asks no
// more, and it holds one of the six connections that a browser has for us.

export const LIMIT_MS = 20_000;

/** A signal that ends what takes longer, or earlier with `signal`. */
export const limit = (signal) => AbortSignal.any([AbortSignal.timeout(LIMIT_MS), signal].filter(Boolean));

/** Fetch; rejects as `fetch` does, and when the whole answer is not there in time. A redirect is refused, unless told. */
export const limited = (address, { signal, ...options } = {}) => fetch(address, {
  redirect: "error",
  ...options,
  signal: limit(signal),
});
