// Tapping the chosen number again takes the answer back: "not asked" differs from 0.
let wasChecked = null;

document.addEventListener("pointerdown", (event) => {
  const label = event.target.closest?.("[data-nrs] label");
  wasChecked = label?.control?.checked ? label.control : null;
});

document.addEventListener("click", (event) => {
  const input = event.target;
  if (!(input instanceof HTMLInputElement) || input !== wasChecked || !input.closest("[data-nrs]")) return;
  wasChecked = null;
  input.checked = false;
  input.dispatchEvent(new Event("change", { bubbles: true }));
});
