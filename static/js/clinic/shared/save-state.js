// The one place that says whether what was typed is kept. The rail and the top bar each have a line for it.
const LOOK = { waiting: "is-waiting", offline: "is-offline", away: "is-offline", signedOut: "is-offline", conflict: "is-offline" };
const WORDS = {
  saved: "All changes saved",
  saving: "Saving…",
  waiting: "Not saved yet",
  offline: "Offline, kept here",
  away: "Server busy, kept here; sent when it answers",
  signedOut: "Signed out, kept here",
  conflict: "Changed elsewhere, kept here",
};

// `at` is the clinic's clock as the server says it, "10:42"; the browser may stand in another zone.
export function showSaveState(state, at = "") {
  const text = state === "saved" ? `${WORDS.saved} ${at}`.trim() : WORDS[state];
  for (const line of document.querySelectorAll("[data-save-state]")) {
    if (line.textContent !== text) line.textContent = text;
    line.className = `save-state ${LOOK[state] ?? ""}`.trim();
    line.dataset.state = state;
  }
}
