// The safety questions: who changed what, and what the checks of the cocktail say to it.
import { all, form, one } from "./form.js";

export function safetyNone(box) {
  for (const topic of all("[data-topic]:not([data-gap])")) {
    one('[data-answer="same"]', topic).checked = box.checked && !one('[data-answer="changed"]', topic).checked;
  }
}

let asking = null;

/** What has changed, against the checks of the cocktail. Without a network signing asks all the same. */
export async function checkSafety() {
  asking?.abort();
  const place = document.getElementById("safety-findings");
  if (!one('[data-answer="changed"]:checked')) {
    place.replaceChildren();
    return;
  }
  const mine = (asking = new AbortController());
  try {
    const response = await fetch(one("[data-safety-url]").dataset.safetyUrl, {
      method: "POST",
      body: new FormData(form),
      credentials: "same-origin",
      signal: mine.signal,
    });
    if (!response.ok || response.redirected) return;
    const box = document.createElement("template");
    box.innerHTML = await response.text();
    if (mine === asking) place.replaceChildren(...box.content.firstElementChild.childNodes);
  } catch {
    // Away, or asked again since.
  }
}

export const answered = () => all("[data-topic]").filter((topic) => one("[data-answer]:checked", topic)).length;
