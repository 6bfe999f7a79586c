// The form of the session page, and how its parts are found and written.
export const form = document.querySelector("form[data-session]");
export const all = (selector, root = form) => [...root.querySelectorAll(selector)];
export const one = (selector, root = form) => root.querySelector(selector);

export const said = (tag, className, text) => {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
};
export const chip = (text, level) => said("span", `chip c-${level}`, text);

/** The form hears of a change made by the page itself, and with it whoever keeps the draft. */
export const tell = (input) => input?.dispatchEvent(new Event("change", { bubbles: true }));
