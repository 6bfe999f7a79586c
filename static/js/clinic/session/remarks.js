// What cannot be, what differs from last time, and what differs from the plan, said where it is typed.
import { read, short } from "../shared/numbers.js";
import { chip, form, one, said } from "./form.js";

export function showDifference(input) {
  const { was } = input.dataset;
  const row = input.closest("[data-zone-row]");
  const counts = !row || one("[data-zone-on]", row).checked;
  const number = read(input);
  const before = Number.parseFloat((was ?? "").replace(",", "."));
  const differs = counts && input.value !== "" && (Number.isFinite(before) && number !== null ? Math.abs(number - before) > 1e-9 : input.value.trim().toLowerCase() !== was.trim().toLowerCase());
  input.classList.toggle("differs", differs && was !== "");
  const place = input.parentElement.querySelector(":scope > .was");
  if (!differs || was === "") place?.remove();
  else if (!place) input.after(said("span", "was", `was ${was}`));
}

export function showChange(input) {
  const place = one("[data-change]", input.closest(".figure"));
  const now = read(input);
  const last = Number.parseFloat(input.dataset.last);
  place.replaceChildren();
  if (now === null || !Number.isFinite(last)) return;
  const change = Math.round((now - last) * 10) / 10;
  const sign = change > 0 ? "+" : change < 0 ? "−" : "±";
  const good = change * Number(input.dataset.better) >= 0;
  const told = Math.abs(change) >= Number.parseFloat(input.dataset.smallest);
  place.append(chip(`${sign}${Math.abs(change)}`, told ? (good ? "ok" : "warn") : "plain"));
}

export function remark(place, text, asks = false) {
  if (!place) return;
  place.hidden = !text;
  if (place.textContent !== text) place.textContent = text;
  place.classList.toggle("asks", asks);
}

/** A number that cannot be is remarked where it stands, while it is typed. */
export function checkNumber(input) {
  const text = input.value.trim();
  const number = read(input);
  const zoneOn = input.closest("[data-zone-row]")?.querySelector("[data-zone-on]").checked;
  let words = "";
  if (text && (number === null || !/^[-−]?\d*[.,]?\d*$/.test(text))) words = "Type a number.";
  else if (number !== null && number < 0) words = "Below zero: type 0 or more.";
  else if (zoneOn && number === 0) words = "Above 0, or untick the zone.";
  input.toggleAttribute("aria-invalid", Boolean(words));
  if (words) input.setAttribute("aria-invalid", "true");
  input.classList.toggle("is-invalid", Boolean(words));
  const own = input.id && form.querySelector(`[data-remark-for="${CSS.escape(input.id)}"]`);
  if (own) remark(own, words);
  return words && `${input.closest("label")?.firstChild?.textContent?.trim() || "Given"}: ${words}`;
}

export function checkNext(input) {
  const early = input.value && input.value <= input.dataset.notBefore;
  input.classList.toggle("is-invalid", Boolean(early));
  if (early) input.setAttribute("aria-invalid", "true");
  else input.removeAttribute("aria-invalid");
  remark(one(`[data-remark-for="${input.id}"]`), early ? "This day is not after the session. Choose a later one." : "");
}

const course = form ? JSON.parse(form.dataset.course || "{}") : {};
const outside = (value, [low, high]) => (low !== null && value < low) || (high !== null && value > high);
const range = ([low, high]) => (low === null ? `up to ${high}` : high === null ? `from ${low}` : `${low}–${high}`);

/** What differs from plan or protocol in one zone: signing will ask why. */
export function deviations(zone) {
  const asks = [];
  if (!course.assessed?.includes(zone.code)) asks.push("not among the assessed zones");
  if (zone.depth && outside(zone.depth, course.depth) && zone.depth !== course.proposedDepth) asks.push(`${short(zone.depth, 1)} mm, the protocol says ${range(course.depth)}`);
  if (zone.ml && outside(zone.ml, course.ml) && zone.ml !== course.proposedMl) asks.push(`${short(zone.ml, 3)} ml per point, the protocol says ${range(course.ml)}`);
  if (zone.spacing && course.spacing !== null && zone.spacing !== course.spacing) asks.push(`${short(zone.spacing, 2)} cm apart, the protocol says ${course.spacing}`);
  return asks.length ? `Differs from the plan: ${asks.join("; ")}. Signing asks why.` : "";
}
