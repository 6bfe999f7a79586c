// When the sign-in has run out: ask again in place, in another tab, and go on here as if nothing had happened.
const loginPath = () => new URL(document.body.dataset.loginUrl || "/accounts/login/", location.href).pathname;

/** Whether an answer is the sign-in page, or says that one is needed. */
export const isSignedOut = (response) =>
  response.status === 401 ||
  (response.redirected && new URL(response.url).pathname.startsWith(loginPath()));

/** Signing in again changes the CSRF token: take the new one into every form. False while still signed out. */
export async function renewToken() {
  const response = await fetch(location.href, { credentials: "same-origin", headers: { "X-Renew": "token" } });
  if (isSignedOut(response) || !response.ok) return false;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const token = page.querySelector("input[name=csrfmiddlewaretoken]")?.value;
  if (!token) return false;
  for (const input of document.querySelectorAll("input[name=csrfmiddlewaretoken]")) input.value = token;
  document.body.setAttribute("hx-headers", JSON.stringify({ "X-CSRFToken": token }));
  return true;
}

let notice = null;
const waiting = new Set();

async function tryAgain() {
  if (!notice) return;
  let back = false;
  try {
    back = await renewToken();
  } catch {
    return; // No network: the next look at this tab tries again.
  }
  if (!back || !notice) return;
  notice.remove();
  notice = null;
  const all = [...waiting];
  waiting.clear();
  for (const resume of all) resume();
}

/** Show the question; call `resume` once the person is back. */
export function askToSignIn(resume) {
  if (resume) waiting.add(resume);
  if (notice) return;
  notice = document.createElement("div");
  notice.className = "message warning notice";
  notice.setAttribute("role", "alert");
  const words = document.createElement("p");
  words.textContent = "Your sign-in has run out. Everything on this page is still here.";
  const link = document.createElement("a");
  link.className = "btn btn-primary";
  link.target = "_blank";
  link.rel = "opener";
  link.href = loginPath();
  link.textContent = "Sign in in a new tab, then come back";
  notice.append(words, link);
  document.body.append(notice);
}

document.addEventListener("visibilitychange", () => {
  if (!document.hidden) tryAgain();
});
window.addEventListener("focus", tryAgain);
setInterval(() => {
  if (notice && !document.hidden) tryAgain();
}, 5000);
