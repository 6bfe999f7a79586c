// The one place that says whether what was typed is kept. The rail and the top bar each have a line for it.
const LOOK = { waiting: "is-waiting", offline: "is-offline", signedOut: "is-offline", conflict: "is-offline" };
const WORDS = {
  saved: "All changes saved",
  saving: "Saving…",
  waiting: "Not saved yet",
  offline: "Offline, kept here",
  signedOut: "Signed out, kept here",
  conflict: "Changed elsewhere, kept here",
};

export const clock = (when = new Date()) =>
  `${String(when.getHours()).padStart(2, "0")}:${String(when.getMinutes()).padStart(2, "0")}`;

export function showSaveState(state, at = "") {
  const text = state === "saved" ? `${WORDS.saved} ${at || clock()}` : WORDS[state];
  for (const line of document.querySelectorAll("[data-save-state]")) {
    if (line.textContent !== text) line.textContent = text;
    line.className = `save-state ${LOOK[state] ?? ""}`.trim();
    line.dataset.state = state;
  }
}
