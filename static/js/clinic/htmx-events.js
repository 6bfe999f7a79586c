// What htmx does not do by itself: never swap a sign-in page into a fragment, and say so when nothing came back.
import { askToSignIn } from "./shared/sign-in.js";

const loginPath = new URL(document.body.dataset.loginUrl || "/accounts/login/", location.href).pathname;

function say(text) {
  const box = document.getElementById("messages");
  if (!box) return;
  const message = document.createElement("div");
  message.className = "message error";
  const words = document.createElement("p");
  words.textContent = text;
  message.append(words);
  box.replaceChildren(message);
}

document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr } = event.detail;
  const landed = xhr.responseURL ? new URL(xhr.responseURL).pathname : "";
  if (xhr.status !== 401 && !landed.startsWith(loginPath)) return;
  event.detail.shouldSwap = false;
  event.detail.isError = false;
  const again = event.detail.requestConfig;
  askToSignIn(() => window.htmx.trigger(again.elt, again.triggeringEvent?.type || "change"));
});

// htmx notes the page's address for a history that is not used here. It names a session: nothing of that stays in the browser.
try {
  sessionStorage.removeItem("htmx-current-path-for-history");
} catch {
  // No storage at all.
}

document.addEventListener("htmx:sendError", () => say("The network is away. What you typed is still here; try again when it is back."));
document.addEventListener("htmx:responseError", (event) => {
  const { status } = event.detail.xhr;
  if (status === 401) return;
  const words = { 403: "Your account may not do this.", 503: "The server is busy. What you typed is still here; try again in a moment." };
  say(words[status] ?? "That did not go through. Try again; nothing was half saved.");
});
