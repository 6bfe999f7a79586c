// One key, one thing: "/" finds, "n" new, arrows in the calendar. An element says its own key in data-key.
const typing = (element) => element.closest("input, textarea, select, [contenteditable]") !== null;

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (!(event.target instanceof Element) || typing(event.target)) return;
  const wanted = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (!wanted || wanted.closest("[inert], [hidden]")) return;
  event.preventDefault();
  if (wanted.matches("input, textarea, select")) {
    wanted.focus();
    wanted.select?.();
  } else {
    wanted.click();
  }
});
