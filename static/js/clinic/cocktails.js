// The formulation page answers every change with itself, computed by the server. What was typed while the answer was on its way stays,
// and what stood open stays open.
import { showSaveState } from "./shared/save-state.js";

const formulation = () => document.getElementById("formulation");
const texts = () => [...(formulation()?.querySelectorAll("input:not([type=hidden], [type=radio])") ?? [])];

let sent = new Map();
let typedSince = new Map();
let open = [];

// A button pressed right after typing: the typing asks the server first, and its answer swaps the button away under the
// finger, or while its own request waits in line. What was pressed is kept by name and value, and pressed in the new formulation page.
const BUTTON = "button[hx-post]";
let held = null;
let waiting = null;
const named = ({ name, value }) => ({ name, value });
const again = (asked) =>
  [...document.querySelectorAll(BUTTON)].find((b) => b.name === asked.name && b.value === asked.value);

document.addEventListener("pointerdown", ({ target }) => { held = target.closest?.(BUTTON) ?? null; }, true);
document.addEventListener(
  "pointerup",
  ({ target }) => {
    const swapped = held && !held.isConnected ? again(named(held)) : null;
    held = null;
    if (swapped?.contains(target)) swapped.click();
  },
  true,
);
document.addEventListener(
  "click",
  ({ target }) => {
    const button = formulation() && target.closest?.(BUTTON);
    if (button) waiting = named(button);
  },
  true,
);

document.addEventListener("htmx:beforeRequest", ({ detail }) => {
  if (detail.target?.id !== "formulation") return;
  if (detail.elt.matches(BUTTON)) waiting = null;
  sent = new Map(texts().map((input) => [input.id, input.value]));
  showSaveState("saving");
});

document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.target?.id !== "formulation" || !detail.shouldSwap) return;
  typedSince = new Map(
    texts()
      .filter((input) => sent.has(input.id) && sent.get(input.id) !== input.value)
      .map((input) => [input.id, input.value]),
  );
  open = [...formulation().querySelectorAll("details[open]")].map(({ id }) => id);
});

document.addEventListener("htmx:afterSettle", ({ detail }) => {
  if (detail.target?.id !== "formulation" && detail.elt?.id !== "formulation") return;
  for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  open = [];
  for (const [id, value] of typedSince) {
    const input = document.getElementById(id);
    if (input) input.value = value;
  }
  showSaveState(typedSince.size ? "waiting" : formulation().dataset.formulation, formulation().dataset.savedAt);
  // Said again, so that the server hears of it.
  if (typedSince.size) formulation().dispatchEvent(new Event("change", { bubbles: true }));
  typedSince = new Map();
  const asked = waiting;
  waiting = null;
  if (asked) again(asked)?.click();
});

for (const lost of ["htmx:sendError", "htmx:responseError"]) {
  document.addEventListener(lost, ({ detail }) => {
    if (detail.target?.id === "formulation") showSaveState(navigator.onLine ? "waiting" : "offline");
  });
}

// Choosing what to add changes nothing yet. Asking the server about it would swap the formulation page under the hand that goes to "Add".
for (const said of ["input", "change"]) {
  document.addEventListener(
    said,
    (event) => {
      if (event.target.closest("search")) event.stopPropagation();
    },
    true,
  );
}
