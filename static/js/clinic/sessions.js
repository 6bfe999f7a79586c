// The session page, live: how much is ticked, drawn and changed since last time. The form says all of it without this too.
const form = document.querySelector("form[data-session]");

const read = (input) => {
  const number = Number.parseFloat((input?.value ?? "").replace(",", "."));
  return Number.isFinite(number) ? number : null;
};
const plain = (text) => {
  const said = document.createElement("span");
  said.textContent = text;
  return said;
};
const chip = (text, level) => {
  const said = document.createElement("span");
  said.className = `chip c-${level}`;
  said.textContent = text;
  return said;
};

function countTicks() {
  const count = form.querySelector('[data-count="short"]');
  const ticks = [...form.querySelectorAll("[data-short]")];
  if (!count || !ticks.length) return;
  const done = ticks.filter((tick) => tick.checked).length;
  count.textContent = `${done} of ${ticks.length}`;
  count.className = `chip ${done === ticks.length ? "c-ok" : "c-warn"}`;
}

function tickPhase(all) {
  for (const tick of all.closest("fieldset").querySelectorAll('[name="check"]')) tick.checked = all.checked;
}

function sumDrawn() {
  const drawn = [...form.querySelectorAll("[data-dose-ml]")].reduce((sum, input) => sum + (read(input) ?? 0), 0);
  const text = drawn.toLocaleString(document.documentElement.lang || "en", { maximumFractionDigits: 2 });
  form.querySelectorAll("[data-drawn]").forEach((place) => {
    place.textContent = text;
  });
}

/** The expiry of the lot that is chosen, in colour when it is near, and what is left of it. */
function showExpiry(select) {
  const place = select.closest("td").querySelector("[data-expiry]");
  const { until, days, left } = select.selectedOptions[0].dataset;
  place.replaceChildren();
  if (!until) return;
  place.append(Number(days) <= 30 ? chip(`${days} day${days === "1" ? "" : "s"}`, "warn") : plain(until), plain(left));
}

function showChange(input) {
  const place = input.closest(".figure").querySelector("[data-change]");
  const now = read(input);
  const last = Number.parseFloat(input.dataset.last);
  place.replaceChildren();
  if (now === null || !Number.isFinite(last)) return;
  const change = Math.round((now - last) * 10) / 10;
  const sign = change > 0 ? "+" : change < 0 ? "−" : "±";
  const good = change * Number(input.dataset.better) >= 0;
  place.append(chip(`${sign}${Math.abs(change)}`, good ? "ok" : "warn"));
}

/** “No reactions” and a reaction cannot both be so: the last one said counts. */
function keepOneAnswer(changed) {
  const none = form.querySelector("[data-no-reactions]");
  if (changed === none && none.checked) {
    for (const seen of form.querySelectorAll("[data-reaction]")) seen.checked = false;
  } else if (changed.matches("[data-reaction]") && changed.checked) {
    none.checked = false;
  }
}

form?.addEventListener("input", ({ target }) => {
  if (target.matches("[data-dose-ml]")) sumDrawn();
  if (target.matches("[data-last]")) showChange(target);
});

form?.addEventListener("change", ({ target }) => {
  if (target.matches("[data-all]")) tickPhase(target);
  if (target.matches("[data-lot]")) showExpiry(target);
  if (target.matches("[data-reaction], [data-no-reactions]")) keepOneAnswer(target);
  if (target.matches('[name="check"], [data-all]')) countTicks();
});
