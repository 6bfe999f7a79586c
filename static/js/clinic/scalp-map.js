// A tap on the scalp map works the row of the same zone. The rows are the form; the map only shows and points.
import { read, short, write } from "./shared/numbers.js";
import { Drawing, cornersOf, inPicture, picturePoints } from "./shared/drawing.js";

const FIGURES = ["area", "spacing", "points", "ml", "depth"];
const MOST_UNDO = 60;

class ScalpMap {
  constructor(svg) {
    this.svg = svg;
    this.table = document.getElementById(svg.dataset.scalpMap);
    if (!this.table) return;
    this.spacing = Number.parseFloat(svg.dataset.spacing) || 1;
    this.areaOnly = "areaOnly" in this.table.dataset;
    this.current = null;
    this.rows = new Map();
    this.past = [];
    for (const row of this.table.querySelectorAll("[data-zone-row]")) this.rows.set(row.dataset.zoneRow, row);
    svg.setAttribute("role", "group");
    for (const zone of svg.querySelectorAll("[data-zone]")) this.bring(zone);
    this.table.dataset.live = "";
    // Before a hand or a key changes something: one step back is the whole field, not a letter.
    this.table.addEventListener("focusin", () => this.remember());
    this.table.addEventListener("input", (event) => this.typed(event.target));
    this.table.addEventListener("pointerdown", () => this.remember(), true);
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
    document.addEventListener("map:show", () => this.show());
    this.part = svg.closest("#map");
    this.undoButton = this.part?.querySelector("[data-undo]");
    this.undoButton?.addEventListener("click", () => this.undo());
    (this.part ?? svg).addEventListener("keydown", (event) => {
      if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "z" || event.target.matches("input, textarea")) return;
      event.preventDefault();
      this.undo();
    });
    document.addEventListener("map:remember", () => this.remember());
    const draw = this.part?.querySelector("[data-draw]");
    if (draw) {
      this.drawing = new Drawing(svg, draw, this.part.querySelector("[data-map-hint]"), (corners) => this.drawn(corners));
    }
    this.show();
  }

  /** A zone of the picture answers to hand and key. */
  bring(zone) {
    zone.setAttribute("role", "button");
    zone.setAttribute("tabindex", "0");
    zone.addEventListener("click", () => !this.drawing?.on && this.tap(zone.dataset.zone));
    zone.addEventListener("keydown", (event) => {
      if (this.drawing?.on || (event.key !== "Enter" && event.key !== " ")) return;
      event.preventDefault();
      this.tap(zone.dataset.zone);
    });
    if (zone.classList.contains("on")) this.current = zone.dataset.zone;
  }

  isOn(row) {
    return row.querySelector("[data-zone-on]").checked;
  }

  /** Not chosen: choose it. Chosen: set it. Being set: let it go. */
  tap(code) {
    const row = this.rows.get(code);
    if (!row) return;
    const box = row.querySelector("[data-zone-on]");
    if (box.checked && this.current !== code) {
      this.current = code;
      this.show();
      return;
    }
    this.remember();
    box.checked = !box.checked;
    this.current = box.checked ? code : null;
    if (box.checked) this.fill(row);
    this.tell(box);
  }

  /** The form hears of it, and with it whoever keeps the draft. */
  tell(input) {
    input.dispatchEvent(new Event("change", { bubbles: true }));
  }

  /** A zone just chosen gets its usual area, the points that follow, and the last zone's ml and depth. */
  fill(row) {
    if (!this.isOn(row)) return;
    this.current = row.dataset.zoneRow;
    const area = row.querySelector("[data-zone-area]");
    if (area && !area.value) area.value = area.dataset.default ?? "";
    const apart = row.querySelector("[data-zone-spacing]");
    if (apart && !apart.value) apart.value = short(this.spacing, 2);
    const points = row.querySelector("[data-zone-points]");
    if (points && !points.value) this.follow(row);
    for (const name of ["ml", "depth"]) {
      const input = row.querySelector(`[data-zone-${name}]`);
      const model = [...this.rows.values()].find(
        (other) => other !== row && this.isOn(other) && other.querySelector(`[data-zone-${name}]`)?.value,
      );
      if (input && !input.value && model) input.value = model.querySelector(`[data-zone-${name}]`).value;
    }
  }

  /** As many points as the area takes at this spacing. */
  follow(row) {
    const points = row.querySelector("[data-zone-points]");
    const apart = read(row.querySelector("[data-zone-spacing]")) ?? this.spacing;
    const area = read(row.querySelector("[data-zone-area]")) ?? 0;
    if (points && apart > 0 && area > 0) points.value = write(Math.max(area / apart ** 2, 1), 0);
  }

  typed(input) {
    // The points follow their spacing; a number of points that was counted stays.
    if (input.matches("[data-zone-spacing]")) this.follow(input.closest("[data-zone-row]"));
    this.show();
  }

  // ── undo ──

  inputs() {
    return [...this.table.querySelectorAll("input[name]")];
  }

  state() {
    return this.inputs().map((input) => (input.type === "checkbox" ? input.checked : input.value));
  }

  /** What stands now, before it changes. */
  remember() {
    const state = this.state();
    const last = this.past.at(-1);
    if (last && JSON.stringify(last.state) === JSON.stringify(state)) return;
    this.past.push({ state, current: this.current });
    if (this.past.length > MOST_UNDO) this.past.shift();
    if (this.undoButton) this.undoButton.disabled = false;
  }

  undo() {
    const now = JSON.stringify(this.state());
    let last = this.past.pop();
    while (last && JSON.stringify(last.state) === now) last = this.past.pop();
    if (last) {
      this.inputs().forEach((input, place) => {
        if (input.type === "checkbox") input.checked = last.state[place];
        else input.value = last.state[place];
      });
      this.current = last.current;
      this.tell(this.table.querySelector("input[name]"));
    }
    if (this.undoButton) this.undoButton.disabled = !this.past.length;
  }

  // ── drawn zones ──

  /** An outline was closed: it takes the first line that is free. */
  drawn(corners) {
    const row = [...this.rows.values()].find((each) => "drawn" in each.dataset && !this.isOn(each) && !each.querySelector("[data-outline]").value);
    if (!row) return "Every line for a drawn zone is taken. Save the draft, then draw the next.";
    this.remember();
    row.querySelector("[data-outline]").value = corners.map(([x, y]) => `${x},${y}`).join(" ");
    const name = row.querySelector("[data-drawn-name]");
    const taken = [...this.rows.values()].map((each) => each.querySelector("[data-drawn-name]")?.value);
    let number = 1;
    while (taken.includes(`Drawn ${number}`)) number += 1;
    if (!name.value) name.value = `Drawn ${number}`;
    row.querySelector("[data-zone-area]").value = write(this.areaOf(corners), 1);
    const box = row.querySelector("[data-zone-on]");
    box.checked = true;
    this.fill(row);
    this.tell(box);
    return "";
  }

  /** Its share of the picture; the figure is there to be corrected. */
  areaOf(corners) {
    let twice = 0;
    corners.forEach(([x1, y1], n) => {
      const [x2, y2] = corners[(n + 1) % corners.length];
      twice += x1 * y2 - x2 * y1;
    });
    return Math.max((Math.abs(twice) / 2 / 10000) * Number(this.svg.dataset.picture || 0), 0.1);
  }

  /** The shape of a drawn zone, made where there is none yet. */
  shapeOf(code, row) {
    const corners = cornersOf(row.querySelector("[data-outline]").value);
    let zone = this.svg.querySelector(`[data-zone="${CSS.escape(code)}"]`);
    if (!corners.length || !this.isOn(row)) {
      zone?.remove();
      return;
    }
    if (!zone) {
      zone = document.createElementNS(this.svg.namespaceURI, "g");
      zone.setAttribute("class", "zone is-drawn");
      zone.dataset.zone = code;
      for (const kind of ["polygon", "text"]) zone.append(document.createElementNS(this.svg.namespaceURI, kind));
      zone.firstChild.setAttribute("class", "zone-shape");
      zone.lastChild.setAttribute("class", "zone-label");
      zone.lastChild.dataset.label = "";
      this.svg.querySelector("[data-drawn-zones]").append(zone);
      this.bring(zone);
    }
    zone.dataset.name = zone.dataset.short = row.querySelector("[data-drawn-name]").value || "Drawn";
    zone.querySelector("polygon").setAttribute("points", picturePoints(corners));
    const middle = corners.reduce(([x, y], corner) => [x + corner[0] / corners.length, y + corner[1] / corners.length], [0, 0]);
    const [x, y] = inPicture(middle);
    zone.querySelector("[data-label]").setAttribute("x", x);
    zone.querySelector("[data-label]").setAttribute("y", y);
  }

  // ── what it shows ──

  show() {
    let points = 0;
    let area = 0;
    let ml = 0;
    const treated = [];
    for (const [code, row] of this.rows) {
      const on = this.isOn(row);
      row.classList.toggle("is-on", on);
      row.classList.toggle("is-current", on && code === this.current);
      const figures = Object.fromEntries(FIGURES.map((name) => [name, read(row.querySelector(`[data-zone-${name}]`)) ?? 0]));
      if ("drawn" in row.dataset) this.shapeOf(code, row);
      if (on) {
        points += figures.points;
        area += figures.area;
        ml += figures.points * figures.ml;
        treated.push({ code, row, name: row.querySelector("[data-drawn-name]")?.value || row.dataset.zoneName, ...figures });
      }
      this.draw(code, on, figures);
    }
    this.total("points", write(points, 0));
    this.total("area", write(area, area % 1 ? 1 : 0));
    this.total("ml", write(ml, 2));
    document.dispatchEvent(new CustomEvent("map:shown", { detail: { treated, ml } }));
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
