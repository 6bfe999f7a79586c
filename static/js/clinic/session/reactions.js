// Reactions that were seen, or the word that there were none: one or the other.
import { all, one } from "./form.js";

export function keepOneAnswer(changed) {
  const none = one("[data-no-reactions]");
  if (changed === none && none.checked) {
    for (const box of all("[data-reaction]")) box.checked = false;
  } else if (changed.matches("[data-reaction]") && changed.checked) {
    none.checked = false;
  }
}
