// What changes something goes to the server by POST, with the token that it wants. A sign-in in another tab makes that
// another one: then the page takes the new one, if it is still the same user's.

import { limit, limited } from "./limited.js";

const fields = (page) => [...page.querySelectorAll("[name=csrfmiddlewaretoken]")];
let renewal = null; // one for all that are refused together

/** Fetch by POST. Rejects as `limited` does; the second try is within the limit of the first. */
export async function post(address, { headers, signal, ...options }) {
  const within = limit(signal);
  const send = () => limited(address, {
    ...options,
    signal: within,
    method: "POST",
    headers: { ...headers, "X-CSRFToken": fields(document)[0]?.value ?? "" },
  });
  const answer = await send();
  return isAboutTheToken(answer) && (await renewed()) ? send() : answer;
}

/** True for Django's page: what our own addresses refuse they refuse in JSON. */
const isAboutTheToken = ({ status, headers }) => status === 403 && !headers.get("Content-Type")?.includes("json");

const renewed = () => (renewal ??= renew().finally(() => (renewal = null)));

/** Resolves to true if there is a new token; a page of another user is loaded anew. */
async function renew() {
  const answer = await limited(document.body.dataset.accounts);
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  const { user } = fresh.body.dataset;
  const token = fields(fresh)[0]?.value;
  if (!user || !token) return false; // something between answers in the server's place
  if (user !== document.body.dataset.user) {
    location.reload();
    return false;
  }
  for (const field of fields(document)) field.value = token;
  return true;
}
