// A consent that is drawn says so by itself; clearing the drawing goes back to the typed name (see signature.js).
for (const form of document.querySelectorAll("[data-consent]")) {
  form.classList.add("can-draw");
  form.querySelector("[data-signature-strokes]")?.addEventListener("change", ({ target }) => {
    const method = target.value ? "drawn" : "typed";
    const choice = form.querySelector(`[name="method"][value="${method}"]`);
    if (choice) choice.checked = true;
  });
}
