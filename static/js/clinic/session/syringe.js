// What is drawn up: doses, lots, their expiry, and a vial that is scanned.
import { read } from "../shared/numbers.js";
import { all, chip, one, said, tell } from "./form.js";

export const doses = () => all("[data-dose]").filter((row) => (read(one("[data-dose-ml]", row)) ?? 0) > 0);
export const drawnMl = () => doses().reduce((sum, row) => sum + read(one("[data-dose-ml]", row)), 0);

/** The expiry of the lot that is chosen, in colour when it is near, and what is left of it. */
export function showExpiry(select) {
  const place = one("[data-expiry]", select.closest("td"));
  const { until, days, left } = select.selectedOptions[0].dataset;
  place.replaceChildren();
  if (!until) return;
  place.append(Number(days) <= 30 ? chip(`${days} day${days === "1" ? "" : "s"}`, "warn") : said("span", "", until), said("span", "", left));
}

/** Every proposed vial was looked at: that is also the vial check of the list. */
export function acceptAll(box) {
  for (const row of doses()) one("[data-read]", row).checked = box.checked && Boolean(one("[data-lot]", row).value);
  for (const tick of all("[data-looked]")) tick.checked = box.checked;
}

/** Another vial than the one that was read. */
export function lotChanged(select) {
  showExpiry(select);
  one("[data-read]", select.closest("tr")).checked = false;
  one("[data-accept-all]").checked = false;
}

function scanSaid(text, wrong = false) {
  const place = one("[data-scan-said]");
  place.textContent = text;
  place.classList.toggle("is-wrong", wrong);
}

function pick(row, option) {
  const select = one("[data-lot]", row);
  select.value = option.value;
  showExpiry(select);
  one("[data-read]", row).checked = true;
  scanSaid(`${row.dataset.name}: lot ${option.textContent} read.`);
  tell(one("[data-read]", row));
}

/** The lot as printed is found here; a code is read by the server. */
export async function scan(field) {
  const text = field.value.trim();
  if (!text) return;
  const rows = all("[data-dose]");
  const offered = rows.flatMap((row) => [...one("[data-lot]", row).options].map((option) => [row, option]));
  const first = ([row]) => rows.find((each) => each.dataset.product === row.dataset.product) === row;
  const named = offered.filter((each) => each[1].textContent.trim().toLowerCase() === text.toLowerCase() && first(each));
  if (named.length === 1) {
    pick(...named[0]);
    field.value = "";
    return;
  }
  try {
    const response = await fetch(field.dataset.scan, {
      method: "POST",
      body: new URLSearchParams({ scan: text, csrfmiddlewaretoken: one("[name=csrfmiddlewaretoken]").value }),
      credentials: "same-origin",
      headers: { Accept: "application/json", "X-Requested-With": "XMLHttpRequest" },
    });
    const found = await response.json();
    const hit = offered.find((each) => each[1].value === String(found.lot) && first(each));
    if (hit) {
      pick(...hit);
      field.value = "";
    } else {
      scanSaid(found.message || "This lot came after the page was opened. Save the draft, then scan again.", true);
      field.select();
    }
  } catch {
    scanSaid("The code could not be looked up just now. Type the lot number as it is printed on the vial.", true);
  }
}
