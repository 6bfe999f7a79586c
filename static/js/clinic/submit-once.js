// A second click on a form that is on its way does nothing. The server's own guard is the hidden `once` key.
const ready = (form) => {
  delete form.dataset.sent;
  for (const button of document.querySelectorAll(".btn.is-sent")) {
    button.classList.remove("is-sent");
    button.removeAttribute("aria-disabled");
  }
};

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post" || form.matches("[hx-post], [data-many]")) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  // Not `disabled`: a disabled button would not send its own name and value.
  event.submitter?.classList.add("is-sent");
  event.submitter?.setAttribute("aria-disabled", "true");
  // A file that downloads leaves the page where it is.
  setTimeout(ready, 8000, form);
});

// Back brought the page out of the browser's memory, with a key that was used. As it stands it may be sent again: it is answered
// as before. As soon as something in it is changed it is another form, and has a key of its own.
const renewKey = ({ currentTarget: form }) => {
  form.elements.once.value = crypto.randomUUID();
};
window.addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  document.querySelectorAll("form[data-sent]").forEach(ready);
  for (const { form } of document.querySelectorAll("input[name=once]")) {
    form?.addEventListener("input", renewKey, { once: true });
  }
});
