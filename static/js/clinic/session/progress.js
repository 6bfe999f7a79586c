// How far the page is: a state and a line for each section, the grid at the top, and sections that fold when done.
import { short, write } from "../shared/numbers.js";
import { counted } from "./checklist.js";
import { onMap } from "./densities.js";
import { all, form, one } from "./form.js";
import { showDifference } from "./remarks.js";
import { answered } from "./safety.js";
import { doses, drawnMl } from "./syringe.js";

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** A day of a date field as the pages write it: 3 Mar 2027. */
function dayText(iso) {
  const [year, month, day] = iso.split("-").map(Number);
  return day ? `${day} ${MONTHS[month - 1]} ${year}` : "";
}

function states() {
  const lines = doses();
  const readLines = lines.filter((row) => one("[data-read]", row).checked && one("[data-lot]", row).value);
  const [before, mustBefore] = counted("before");
  const [later, mustLater] = counted("later");
  const points = onMap.treated.reduce((sum, zone) => sum + zone.points, 0);
  const pain = one('[name="pain_during"]:checked');
  const seen = all("[data-reaction]:checked").length;
  const none = one("[data-no-reactions]")?.checked;
  const report = form.elements.since_last?.value.trim();
  const figures = all("[data-last]").filter((input) => input.value).length;
  const next = form.elements.next_on?.value ?? "";
  const topics = all("[data-topic]").length;
  const wrong = onMap.treated.some((zone) => !(zone.points > 0 && zone.ml > 0 && zone.area > 0 && zone.depth > 0 && zone.depth <= 13));
  const need = (done) => (done ? "done" : "missing");
  const may = (done) => (done ? "done" : "open");
  return {
    since: [may(figures || report), `${figures} measured${report ? ", a report" : ""}`],
    safety: [need(answered() === topics), answered() < topics ? `${answered()} of ${topics} asked` : one('[data-answer="changed"]:checked') ? "changed" : "no change"],
    checklist: [need(before === mustBefore), `${before} of ${mustBefore}`],
    syringe: [need(lines.length && readLines.length === lines.length), `${readLines.length} of ${lines.length} lots read`],
    map: [need(points > 0 && !wrong), `${points} points · ${write(onMap.ml, 2)} of ${short(drawnMl(), 2)} ml`],
    pain: [need(pain), pain ? `worst ${pain.value}` : ""],
    reactions: [need(seen || none), seen ? `${seen} seen` : none ? "none" : ""],
    aftercare: [need(later === mustLater), [`${later} of ${mustLater}`, dayText(next)].filter(Boolean).join(" · ")],
    note: [may(form.elements.note?.value.trim()), form.elements.note?.value.trim() ? "written" : ""],
  };
}

const WORDS = { done: "complete", missing: "missing", open: "optional" };
const LEVELS = { done: "ok", missing: "warn", open: "plain" };

export function show() {
  const now = states();
  let missing = 0;
  for (const [code, [state, line]] of Object.entries(now)) {
    const part = document.getElementById(`part-${code}`);
    if (!part) continue;
    missing += state === "missing";
    part.dataset.state = state;
    one("[data-part-line]", part).textContent = line;
    const mark = one("[data-part-chip]", part);
    mark.textContent = WORDS[state];
    mark.className = `chip c-${LEVELS[state]}`;
    const link = one(`[data-progress="${code}"]`);
    link.className = `is-${state}`;
    one("[data-state-word]", link).textContent = `, ${WORDS[state]}`;
  }
  for (const part of ["before", "later"]) {
    const [done, must] = counted(part);
    const place = one(`[data-checklist="${part}"] [data-count]`);
    if (place) place.textContent = `${done} of ${must}`;
  }
  one("[data-still]").textContent = missing
    ? `${missing} section${missing === 1 ? "" : "s"} still missing: the grid at the top leads there.`
    : "Everything that signing asks for is here.";
  all("[data-was]").forEach(showDifference);
}

let here = null;

/** A section that is complete folds to its line once the hand goes on to another one. */
export function moveOn(target) {
  const part = target.closest?.("[data-part]") ?? null;
  if (!part || part === here) return;
  const left = here;
  here = part;
  // After the tap has done its work: nothing moves away under a finger.
  if (left && left.dataset.touched && left.dataset.state === "done") {
    setTimeout(() => {
      if (left !== here && !left.contains(document.activeElement)) left.open = false;
    }, 0);
  }
}

export function openTo(id) {
  const target = document.getElementById(id);
  for (let part = target?.closest("details"); part; part = part.parentElement.closest("details")) part.open = true;
  return target;
}
