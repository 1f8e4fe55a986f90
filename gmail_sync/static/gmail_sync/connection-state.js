// The stream's state on the page: a dot and a word or two.

const WORDS = {
  "connecting": "Connecting",
  "live": "Live",
  "catching-up": "Catching up",
  "degraded": "Live, with delay",
  "offline": "Offline, trying again",
  "waiting": "Too many open windows",
  "signed-out": "Signed out",
};
const CALM_MS = 2_000; // a stream that is renewed is back before anybody need know

/** Returns the function to call with each new state. */
export function showConnection(element) {
  const words = element.querySelector(".connection-words");
  let timer = 0;
  const draw = (state) => {
    element.dataset.connection = state;
    words.textContent = WORDS[state];
    if (state === "signed-out") words.replaceChildren(signInLink(element.dataset.signIn));
  };
  return (state) => {
    clearTimeout(timer);
    const passing = state === "connecting" || state === "catching-up";
    if (passing && element.dataset.connection === "live") timer = setTimeout(draw, CALM_MS, state);
    else draw(state);
  };
}

function signInLink(href) {
  const link = document.createElement("a");
  link.href = href;
  link.textContent = "Signed out: sign in again";
  return link;
}
