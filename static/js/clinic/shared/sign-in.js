// When the sign-in has run out: ask again in place, and go on here as if nothing had happened.
const loginPath = () => new URL(document.body.dataset.loginUrl || "/accounts/login/", location.href).pathname;

/** Whether an answer is the sign-in page, or says that one is needed. */
export const isSignedOut = (response) =>
  response.status === 401 ||
  (response.redirected && new URL(response.url).pathname.startsWith(loginPath()));

const pageOf = async (response) => new DOMParser().parseFromString(await response.text(), "text/html");
const tokenOf = (page) => page.querySelector("input[name=csrfmiddlewaretoken]")?.value;

/** Signing in again changes the CSRF token: take the new one into every form. False while signed out, or somebody else is in. */
export async function renewToken() {
  const response = await fetch(location.href, { credentials: "same-origin", headers: { "X-Renew": "token" } });
  if (isSignedOut(response) || !response.ok) return false;
  const page = await pageOf(response);
  const token = tokenOf(page);
  if (!token || page.body.dataset.user !== document.body.dataset.user) return false;
  for (const input of document.querySelectorAll("input[name=csrfmiddlewaretoken]")) input.value = token;
  document.body.setAttribute("hx-headers", JSON.stringify({ "X-CSRFToken": token }));
  return true;
}

let notice = null;
const waiting = new Set();

/** Back where it was, if the sign-in stands again. */
async function tryAgain() {
  if (!notice) return false;
  let back = false;
  try {
    back = await renewToken();
  } catch {
    return false; // No network: the next look at this tab tries again.
  }
  if (!back || !notice) return false;
  notice.remove();
  notice = null;
  const all = [...waiting];
  waiting.clear();
  for (const resume of all) resume();
  return true;
}

const made = (tag, attributes, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
};

const send = (url, fields) =>
  fetch(url, { method: "POST", credentials: "same-origin", body: new URLSearchParams(fields) });

/** The sign-in page's own form, filled from here: what it asks for and where it goes is the server's. */
async function signIn(username, password) {
  const page = await pageOf(await fetch(loginPath(), { credentials: "same-origin" }));
  const fields = { csrfmiddlewaretoken: tokenOf(page) ?? "", login: username, password };
  return send(loginPath(), fields);
}

/** What stands in the way, in the server's own words; nothing once signed in. */
async function refusalOf(response) {
  const { pathname } = new URL(response.url);
  const page = await pageOf(response);
  if (response.ok && !pathname.startsWith(loginPath()) && !pathname.includes("/2fa/")) return { in: true };
  if (pathname.includes("/2fa/")) return { code: pathname, token: tokenOf(page) };
  const words = page.querySelector(".invalid-feedback, .alert, .errorlist, .field-error, [data-error-summary] li, h1")?.textContent.trim();
  return { words: words || "That did not sign you in. Try again." };
}

function form() {
  const name = made("input", { class: "form-control", name: "username", autocomplete: "username", required: "" });
  name.value = document.body.dataset.username || "";
  const password = made("input", { class: "form-control", name: "password", type: "password", autocomplete: "current-password", required: "" });
  const code = made("input", { class: "form-control", name: "code", inputmode: "numeric", autocomplete: "one-time-code" });
  const codeLine = made("label", { hidden: "" }, "Code of your second step", code);
  const wrong = made("p", { class: "wrong", role: "status" });
  const button = made("button", { class: "btn btn-primary", type: "submit" }, "Sign in");
  const link = made("a", { class: "btn", target: "_blank", rel: "opener", href: loginPath() }, "In a new tab");
  const box = made(
    "form",
    { class: "sign-in-again", "data-many": "" },
    made("p", {}, "Your sign-in has run out. Everything on this page is still here."),
    made("label", {}, "Username", name),
    made("label", {}, "Password", password),
    codeLine,
    wrong,
    made("div", { class: "actions" }, button, link),
  );
  let second = null;
  box.addEventListener("submit", async (event) => {
    event.preventDefault();
    wrong.textContent = "";
    button.disabled = true;
    try {
      const response = second
        ? await send(second.code, { csrfmiddlewaretoken: second.token ?? "", code: code.value })
        : await signIn(name.value, password.value);
      const refused = await refusalOf(response);
      password.value = refused.in ? "" : password.value;
      if (refused.code) {
        if (second) wrong.textContent = "That code was not accepted. Try again.";
        second = refused;
        codeLine.hidden = false;
        code.focus();
      } else if (!refused.in) {
        second = null;
        wrong.textContent = refused.words;
        password.select();
      } else if (!(await tryAgain()) && notice) {
        wrong.textContent = "This page belongs to somebody else. Sign in as them, or copy what you need.";
      }
    } catch {
      wrong.textContent = "The network is away. Everything is still here; try again when it is back.";
    } finally {
      button.disabled = false;
    }
  });
  return box;
}

/** Show the question; call `resume` once the person is back. */
export function askToSignIn(resume) {
  if (resume) waiting.add(resume);
  if (notice) return;
  notice = made("div", { class: "message warning notice", role: "alertdialog", "aria-label": "Sign in again" }, form());
  document.body.append(notice);
}

document.addEventListener("visibilitychange", () => {
  if (!document.hidden) tryAgain();
});
window.addEventListener("focus", tryAgain);
setInterval(() => {
  if (notice && !document.hidden && !notice.contains(document.activeElement)) tryAgain();
}, 5000);
