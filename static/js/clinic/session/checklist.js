// The checklist before and after: ticks, and how many of those that must be are done.
import { all } from "./form.js";

const ticks = (part) => all(`[data-checklist="${part}"] [name="check"]`);

/** The routine; what is looked at or decided is its own tap. */
export function tickAll(box) {
  for (const tick of all('[name="check"]:not([data-own])', box.closest("[data-checklist]"))) tick.checked = box.checked;
}

/** Done and asked for, of what must be: a tick also answers what is asked with it. */
export function counted(part) {
  const boxes = ticks(part);
  const on = new Set(all('[name="check"]:checked').map((tick) => tick.dataset.code));
  const must = boxes.filter((tick) => "must" in tick.dataset);
  return [must.filter((tick) => on.has(tick.dataset.code) || on.has(tick.dataset.askedWith)).length, must.length];
}
