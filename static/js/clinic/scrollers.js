// A table too wide for its card scrolls in it: then the keyboard must reach it too.
function reach() {
  for (const table of document.querySelectorAll(".card > .table, .table-scroll > .table")) {
    const box = table.parentElement;
    if (box.scrollWidth <= box.clientWidth || box.hasAttribute("tabindex")) continue;
    box.tabIndex = 0;
    if (!box.hasAttribute("aria-label") && !box.hasAttribute("aria-labelledby")) {
      box.setAttribute("role", "region");
      box.setAttribute("aria-label", box.querySelector("caption, h2")?.textContent.trim() || "Table");
    }
  }
}

reach();
window.addEventListener("resize", reach);
document.addEventListener("htmx:afterSettle", reach);
