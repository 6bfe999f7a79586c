// On a shared tablet: after the clinic's time without a touch the page is covered and asks for the password or the passkey in
// place. What was typed stays under the cover. The server locks by itself too (accounts/sign_in.py); touches are told to it once
// a minute. A page that was loaded while locked has the same form and no cover.
import { askPasskey, hasPasskeys } from "./passkey.js";

const { idleMinutes, unlockUrl, username } = document.body.dataset;
const IDLE = Number(idleMinutes) * 60_000;
const TELL_EVERY = 60_000;
let touched = Date.now();
let told = Date.now();

const csrf = () => document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";
const send = (body) => fetch(unlockUrl, { method: "POST", body, headers: { "X-CSRFToken": csrf(), "X-Requested-With": "fetch" } });

const dialog = document.querySelector("[data-idle-lock]");
const form = document.querySelector("[data-idle-form]");
const said = form.querySelector("[data-idle-said]");
const passkey = form.querySelector("[data-passkey]");

function cover() {
  if (dialog.open) return;
  document.body.style.visibility = "hidden";
  dialog.style.visibility = "visible";
  dialog.showModal();
  form.password.focus();
}

function uncover() {
  form.reset();
  said.textContent = "";
  touched = told = Date.now();
  dialog.close();
  document.body.style.visibility = "";
}

function touch() {
  const now = Date.now();
  if (dialog.open) return;
  // A tablet that slept wakes by the touch: it is covered before it is used.
  if (now - touched > IDLE) return cover();
  touched = now;
  if (now - told > TELL_EVERY) {
    told = now;
    send(new FormData()).then((answer) => answer.status === 423 && cover(), () => {});
  }
}

/** Sends what was given, and uncovers the page or says what is wrong. */
async function open(body, wrong) {
  const answer = await send(body);
  if (answer.status === 204) return uncover();
  if (answer.redirected || answer.status === 401) said.textContent = `The session of ${username} has ended. Sign in again in another window; what you typed stays here.`;
  else said.textContent = answer.status === 429 ? "Too many tries. Wait some minutes." : wrong;
}

async function openByPasskey() {
  const ask = new FormData();
  ask.set("ask", "passkey");
  const answer = await send(ask);
  if (answer.status === 404) {
    said.textContent = "This account has no passkey: type the password.";
    return;
  }
  const credential = JSON.stringify(await askPasskey(await answer.json()));
  if (!dialog) {
    form.credential.value = credential;
    form.submit();
    return;
  }
  const body = new FormData();
  body.set("credential", credential);
  await open(body, "This passkey is not of this account.");
}

const NO_NETWORK = "No network. What you typed stays here; try again when it is back.";

if (dialog) {
  for (const name of ["pointerdown", "keydown", "wheel"]) addEventListener(name, touch, { capture: true, passive: true });
  addEventListener("visibilitychange", () => Date.now() - touched > IDLE && cover());
  setInterval(() => Date.now() - touched > IDLE && cover(), 5_000);
  dialog.addEventListener("cancel", (event) => event.preventDefault());
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    open(new FormData(form), "This is not the password.").catch(() => (said.textContent = NO_NETWORK));
  });
}

passkey.hidden = !hasPasskeys();
passkey.addEventListener("click", () =>
  openByPasskey().catch((error) => {
    said.textContent = error instanceof TypeError ? NO_NETWORK : "The passkey was not asked: try again, or type the password.";
  }),
);
