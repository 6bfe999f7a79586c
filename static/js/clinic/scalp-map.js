// A tap on the scalp map works the row of the same zone. The rows are the form; the map only shows and points.
const locale = document.documentElement.lang || "en";

/** "0,03" and "0.03" are the same number. */
const read = (input) => {
  const number = Number.parseFloat((input?.value ?? "").replace(",", "."));
  return Number.isFinite(number) ? number : 0;
};
const write = (value, digits) =>
  value.toLocaleString(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits, useGrouping: false });

class ScalpMap {
  constructor(svg) {
    this.svg = svg;
    this.table = document.getElementById(svg.dataset.scalpMap);
    if (!this.table) return;
    this.spacing = Number.parseFloat(svg.dataset.spacing) || 1;
    this.areaOnly = "areaOnly" in this.table.dataset;
    this.current = null;
    this.rows = new Map();
    for (const row of this.table.querySelectorAll("[data-zone-row]")) this.rows.set(row.dataset.zoneRow, row);
    svg.setAttribute("role", "group");
    for (const zone of svg.querySelectorAll("[data-zone]")) {
      zone.setAttribute("role", "button");
      zone.setAttribute("tabindex", "0");
      zone.addEventListener("click", () => this.tap(zone.dataset.zone));
      zone.addEventListener("keydown", (event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        this.tap(zone.dataset.zone);
      });
      if (zone.classList.contains("on")) this.current = zone.dataset.zone;
    }
    this.table.dataset.live = "";
    this.table.addEventListener("input", () => this.show());
    this.table.addEventListener("change", (event) => {
      if (event.target.matches("[data-zone-on]")) this.fill(event.target.closest("[data-zone-row]"));
      this.show();
    });
    this.table.addEventListener("focusin", (event) => {
      const row = event.target.closest("[data-zone-row]");
      if (row && this.isOn(row)) {
        this.current = row.dataset.zoneRow;
        this.show();
      }
    });
    this.show();
  }

  isOn(row) {
    return row.querySelector("[data-zone-on]").checked;
  }

  /** Not chosen: choose it. Chosen: set it. Being set: let it go. */
  tap(code) {
    const row = this.rows.get(code);
    if (!row) return;
    const box = row.querySelector("[data-zone-on]");
    if (!box.checked) {
      box.checked = true;
      this.current = code;
      this.fill(row);
    } else if (this.current !== code) {
      this.current = code;
    } else {
      box.checked = false;
      this.current = null;
    }
    box.dispatchEvent(new Event("change", { bubbles: true }));
  }

  /** A zone just chosen gets its usual area, the points that follow, and the last zone's ml and depth. */
  fill(row) {
    if (!this.isOn(row)) return;
    this.current = row.dataset.zoneRow;
    const area = row.querySelector("[data-zone-area]");
    if (area && !area.value) area.value = area.dataset.default ?? "";
    const points = row.querySelector("[data-zone-points]");
    if (points && !points.value) points.value = write(read(area) / this.spacing ** 2, 0);
    for (const name of ["ml", "depth"]) {
      const input = row.querySelector(`[data-zone-${name}]`);
      const model = [...this.rows.values()].find(
        (other) => other !== row && this.isOn(other) && other.querySelector(`[data-zone-${name}]`)?.value,
      );
      if (input && !input.value && model) input.value = model.querySelector(`[data-zone-${name}]`).value;
    }
  }

  show() {
    let points = 0;
    let area = 0;
    let ml = 0;
    for (const [code, row] of this.rows) {
      const on = this.isOn(row);
      row.classList.toggle("is-on", on);
      row.classList.toggle("is-current", on && code === this.current);
      const figures = {
        area: read(row.querySelector("[data-zone-area]")),
        points: read(row.querySelector("[data-zone-points]")),
        ml: read(row.querySelector("[data-zone-ml]")),
      };
      if (on) {
        points += figures.points;
        area += figures.area;
        ml += figures.points * figures.ml;
      }
      this.draw(code, on, figures);
    }
    this.total("points", write(points, 0));
    this.total("area", write(area, area % 1 ? 1 : 0));
    this.total("ml", write(ml, 2));
  }

  draw(code, on, { points, area }) {
    const zone = this.svg.querySelector(`[data-zone="${CSS.escape(code)}"]`);
    if (!zone) return;
    const current = on && code === this.current;
    zone.classList.toggle("done", on && !current);
    zone.classList.toggle("on", current);
    zone.setAttribute("aria-pressed", String(on));
    const figure = this.areaOnly ? area : points;
    const unit = this.areaOnly ? "cm²" : "points";
    const shown = on && figure ? `${zone.dataset.short} ${figure}` : zone.dataset.short;
    zone.querySelector("[data-label]").textContent = shown;
    // Begins with what is to be read on the map: somebody who speaks to the page says what they see.
    zone.setAttribute("aria-label", `${on && figure ? `${shown} ${unit}` : shown}, ${zone.dataset.name}`);
  }

  total(name, text) {
    for (const place of document.querySelectorAll(`[data-total-${name}="${this.svg.id}"]`)) place.textContent = text;
  }
}

document.querySelectorAll("[data-scalp-map]").forEach((svg) => new ScalpMap(svg));
