// “Same as last”: the figures of the session before, put into this one.
import { all, form, one, tell } from "./form.js";
import { show } from "./progress.js";
import { showExpiry } from "./syringe.js";

/** Everything but safety, checklist, lots and pain; a vial that was read stays in its line. */
export function sameAsLast(button) {
  const last = JSON.parse(button.dataset.same);
  document.dispatchEvent(new Event("map:remember"));
  const readProducts = new Set(all("[data-dose]").filter((row) => one("[data-read]", row).checked).map((row) => row.dataset.product));
  for (const box of all("[data-zone-on]")) box.checked = false;
  for (const [name, text] of Object.entries(last)) {
    const dose = /^dose-(\d+)-(\d+)-(ml|lot)$/.exec(name);
    if (dose && readProducts.has(dose[1]) && (dose[2] !== "0" || dose[3] === "lot")) continue;
    const input = form.elements[name];
    if (!input) continue;
    if (input.type === "checkbox") input.checked = true;
    else input.value = text;
    if (dose?.[3] === "lot") showExpiry(input);
  }
  tell(one("[data-zone-on]"));
  show();
}
