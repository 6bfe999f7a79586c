// The session page, live: how far it is, what is drawn, what differs from last time and from the plan. The form says all of
// it without this too. Nothing here asks the server but a scan and the safety questions. What each part does is in session/.
import { tickAll } from "./session/checklist.js";
import { onMap, showDensities } from "./session/densities.js";
import { all, form, one } from "./session/form.js";
import { moveOn, openTo, show } from "./session/progress.js";
import { keepOneAnswer } from "./session/reactions.js";
import { checkNext, checkNumber, showChange } from "./session/remarks.js";
import { checkSafety, safetyNone } from "./session/safety.js";
import { sameAsLast } from "./session/same-as-last.js";
import { acceptAll, lotChanged, scan } from "./session/syringe.js";

if (form) {
  document.documentElement.classList.add("has-script");
  for (const part of all("[data-part]")) part.dataset.state = one(`[data-progress="${part.dataset.part}"]`).className.replace("is-", "");

  document.addEventListener("map:shown", ({ detail }) => {
    Object.assign(onMap, detail);
    showDensities();
    show();
  });

  form.addEventListener("input", ({ target }) => {
    if (target.matches("[data-least]:not([data-zone-row] *)")) checkNumber(target);
    if (target.matches("[data-last]")) showChange(target);
    if (target.matches("[data-not-before]")) checkNext(target);
    if (target.matches("[data-dose-ml]")) showDensities();
    show();
  });

  form.addEventListener("change", ({ target }) => {
    if (target.matches("[data-safety-none]")) safetyNone(target);
    if (target.closest("#safety")) checkSafety();
    if (target.matches('[data-answer="changed"]')) one("[data-safety-none]").checked = false;
    if (target.matches("[data-all]")) tickAll(target);
    if (target.matches('[name="check"]') && !target.checked) one("[data-all]", target.closest("[data-checklist]")).checked = false;
    if (target.matches("[data-accept-all]")) acceptAll(target);
    if (target.matches("[data-read]") && !target.checked) one("[data-accept-all]").checked = false;
    if (target.matches("[data-lot]")) lotChanged(target);
    if (target.matches("[data-reaction], [data-no-reactions]")) keepOneAnswer(target);
    if (target.matches("[data-not-before]")) checkNext(target);
    if (target.matches("[data-ghosts]")) document.getElementById("scalp").classList.toggle("no-ghosts", !target.checked);
    const part = target.closest("[data-part]");
    if (part) part.dataset.touched = "yes";
    show();
  });

  form.addEventListener("click", (event) => {
    moveOn(event.target);
    const same = event.target.closest("[data-same]");
    if (same) {
      event.preventDefault();
      sameAsLast(same);
    }
    if (event.target.closest("[data-scan-go]")) {
      event.preventDefault();
      scan(one("[data-scan]"));
    }
  });
  // A press gives the focus before it is a click: what folded then would move away under the finger.
  let pressed = false;
  form.addEventListener("pointerdown", () => (pressed = true));
  for (const over of ["pointerup", "pointercancel"]) window.addEventListener(over, () => (pressed = false));
  form.addEventListener("focusin", ({ target }) => pressed || moveOn(target));

  // A scanner ends with Enter: the vial is looked up, the form stays.
  one("[data-scan]")?.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    scan(event.target);
  });

  for (const link of all("[data-progress]")) {
    link.addEventListener("click", () => {
      const part = openTo(link.hash.slice(1));
      setTimeout(() => one("summary", part)?.focus(), 0);
    });
  }
  if (location.hash) openTo(location.hash.slice(1))?.scrollIntoView({ block: "center" });
  all("[data-last]").forEach(showChange);
  checkSafety();
  document.dispatchEvent(new Event("map:show"));
  show();
}
