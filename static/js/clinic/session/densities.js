// How much of each ingredient comes to a square centimetre, zone by zone, and what is left over.
import { read, short, write } from "../shared/numbers.js";
import { all, one, said } from "./form.js";
import { checkNumber, deviations, remark } from "./remarks.js";
import { doses, drawnMl } from "./syringe.js";

/** mg per ml of each ingredient in the syringe as it is filled. */
function strengths() {
  const total = drawnMl();
  const mg = new Map();
  for (const row of all("[data-dose][data-contents]")) {
    const ml = doses()
      .filter((each) => each.dataset.product === row.dataset.product)
      .reduce((sum, each) => sum + read(one("[data-dose-ml]", each)), 0);
    for (const [name, strength] of JSON.parse(row.dataset.contents)) {
      if (ml > 0) mg.set(name, (mg.get(name) ?? 0) + ml * strength);
    }
  }
  return new Map([...mg].map(([name, amount]) => [name, amount / total]));
}

/** What the scalp map shows now. */
export const onMap = { treated: [], ml: 0 };

export function showDensities() {
  const { treated, ml } = onMap;
  const mix = strengths();
  const drawn = drawnMl();
  for (const row of all("[data-zone-row]")) {
    const zone = treated.find((each) => each.row === row);
    const place = one("[data-zone-density]", row);
    const each = zone && zone.area > 0 && zone.points > 0 && zone.ml > 0 ? (zone.points * zone.ml) / zone.area : 0;
    const mg = [...mix].map(([name, strength]) => `${name} ${short(each * strength, 3)}`).join(", ");
    if (place) place.textContent = each ? `${write(each, 3)} ml/cm²${mg ? ` · mg/cm²: ${mg}` : ""}` : "";
    const wrong = zone ? all("[data-least]", row).map(checkNumber).filter(Boolean) : [];
    remark(one("[data-zone-remark]", row), zone ? wrong[0] || deviations(zone) : "", !wrong.length);
  }
  const table = one("[data-densities]");
  const names = [...mix.keys()];
  const head = table.tHead.rows[0];
  head.replaceChildren(said("th", "", "Zone"), said("th", "n", "ml/cm²"), ...names.map((name) => said("th", "n", `${name} mg/cm²`)));
  for (const cell of head.cells) cell.scope = "col";
  table.tBodies[0].replaceChildren(
    ...treated.map((zone) => {
      const each = zone.area > 0 ? Math.max(zone.points * zone.ml, 0) / zone.area : 0;
      const line = document.createElement("tr");
      const title = said("th", "", zone.name);
      title.scope = "row";
      line.append(title, said("td", "n", write(each, 3)), ...names.map((name) => said("td", "n", write(each * mix.get(name), 3))));
      return line;
    }),
  );
  for (const place of all("[data-drawn-ml]")) place.textContent = short(drawn, 2);
  const waste = drawn - ml;
  one("[data-waste]").textContent = write(Math.max(waste, 0), 2);
  const over = ml > drawn * 1.05;
  remark(one("[data-remark-volume]"), over ? `${write(ml, 2)} ml delivered, only ${short(drawn, 2)} ml drawn up. Correct the points, the ml per point or the doses.` : "");
}
