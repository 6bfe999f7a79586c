// Drawing a zone on the picture, by finger, pen, mouse or keys. An outline is corners in percent of the picture.
const LEFT = 20;
const TOP = -6;
const WIDTH = 320;
const HEIGHT = 400;
const MOST = 40;
const NEAR = 4; // Percent: a corner set this near the first one closes the outline.

export const cornersOf = (text) =>
  text
    .split(/\s+/)
    .filter(Boolean)
    .map((pair) => pair.split(",").map(Number));
export const inPicture = ([x, y]) => [LEFT + (x / 100) * WIDTH, TOP + (y / 100) * HEIGHT];
export const picturePoints = (corners) => corners.map((corner) => inPicture(corner).map((v) => v.toFixed(1)).join(",")).join(" ");

const rounded = (value) => Math.round(Math.min(Math.max(value, 0), 100) * 10) / 10;
const apart = ([x1, y1], [x2, y2]) => Math.hypot(x1 - x2, y1 - y2);

/** Fewer corners for the same shape (Douglas and Peucker). */
function simplified(line, slack) {
  if (line.length < 3) return line;
  const [first, last] = [line[0], line.at(-1)];
  const long = apart(first, last) || 1e-9;
  let far = 0;
  let at = 0;
  line.forEach(([x, y], n) => {
    const off = Math.abs((last[0] - first[0]) * (first[1] - y) - (first[0] - x) * (last[1] - first[1])) / long;
    const away = long < 1e-6 ? apart(first, [x, y]) : off;
    if (n && n < line.length - 1 && away > far) [far, at] = [away, n];
  });
  if (far <= slack) return [first, last];
  return [...simplified(line.slice(0, at + 1), slack).slice(0, -1), ...simplified(line.slice(at), slack)];
}

const HINT = "Draw round the area, or tap its corners and close at the first. Keys: arrows move, Enter sets a corner, F finishes, Escape stops.";

export class Drawing {
  constructor(svg, button, hint, closed) {
    Object.assign(this, { svg, button, hint, closed, on: false, corners: [], line: null, cursor: [50, 40] });
    this.said = hint?.textContent ?? "";
    this.layer = svg.querySelector("[data-drawing]");
    button.addEventListener("click", () => (this.on ? this.finish() : this.begin()));
    svg.addEventListener("pointerdown", (event) => this.down(event));
    svg.addEventListener("pointermove", (event) => this.move(event));
    svg.addEventListener("pointerup", (event) => this.up(event));
    // A tap that drew is not also a tap on the zone under it.
    svg.addEventListener(
      "click",
      (event) => {
        if (!this.drew) return;
        this.drew = false;
        event.preventDefault();
        event.stopPropagation();
      },
      true,
    );
    svg.addEventListener("pointercancel", () => this.dropLine());
    svg.addEventListener("keydown", (event) => this.key(event));
  }

  begin() {
    this.on = true;
    this.corners = [];
    this.button.setAttribute("aria-pressed", "true");
    this.button.textContent = "Finish the zone";
    this.svg.classList.add("is-drawing");
    this.svg.setAttribute("tabindex", "0");
    this.svg.focus({ preventScroll: true });
    this.say(HINT);
    this.show();
  }

  stop(words = "") {
    this.on = false;
    this.corners = [];
    this.dropLine();
    this.button.setAttribute("aria-pressed", "false");
    this.button.textContent = "Draw a zone";
    this.svg.classList.remove("is-drawing");
    this.svg.removeAttribute("tabindex");
    this.layer.replaceChildren();
    this.say(words || this.said);
  }

  say(words) {
    if (this.hint) this.hint.textContent = words;
  }

  /** Three corners make a zone; fewer make none. */
  finish() {
    const { corners } = this;
    if (corners.length < 3) {
      this.stop(corners.length ? "Three corners at least make a zone. Nothing was drawn." : "");
      this.button.focus();
      return;
    }
    const refused = this.closed(corners);
    this.stop(refused);
    this.button.focus();
  }

  at(event) {
    const box = this.svg.getScreenCTM().inverse();
    const spot = new DOMPoint(event.clientX, event.clientY).matrixTransform(box);
    return [rounded(((spot.x - LEFT) / WIDTH) * 100), rounded(((spot.y - TOP) / HEIGHT) * 100)];
  }

  down(event) {
    this.drew = this.on;
    if (!this.on || !event.isPrimary || event.button > 0) return;
    event.preventDefault();
    try {
      this.svg.setPointerCapture(event.pointerId);
    } catch {
      // The pointer is gone already: a very short tap.
    }
    this.line = [this.at(event)];
  }

  move(event) {
    if (!this.line || !event.isPrimary) return;
    for (const each of event.getCoalescedEvents?.() ?? [event]) this.line.push(this.at(each));
    this.show();
  }

  up(event) {
    if (!this.line || !event.isPrimary) return;
    const { line } = this;
    this.line = null;
    const long = line.reduce((sum, spot, n) => sum + (n ? apart(spot, line[n - 1]) : 0), 0);
    if (long < NEAR) {
      this.corner(line[0]);
      return;
    }
    let slack = 0.6;
    let corners = simplified(line, slack);
    while (corners.length > MOST) corners = simplified(line, (slack *= 1.5));
    if (corners.length > 3 && apart(corners[0], corners.at(-1)) < NEAR) corners.pop();
    this.corners = corners;
    this.finish();
  }

  corner(spot) {
    if (this.corners.length >= 3 && apart(spot, this.corners[0]) < NEAR) {
      this.finish();
      return;
    }
    if (this.corners.length < MOST) this.corners.push(spot);
    this.show();
  }

  key(event) {
    if (!this.on) return;
    const step = event.shiftKey ? 10 : 2;
    const moves = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] };
    const move = moves[event.key];
    if (move) this.cursor = this.cursor.map((value, n) => rounded(value + move[n]));
    else if (event.key === "Enter" || event.key === " ") this.corner([...this.cursor]);
    else if (event.key === "Backspace") this.corners.pop();
    else if (event.key.toLowerCase() === "f") this.finish();
    else if (event.key === "Escape") this.stop();
    else return;
    event.preventDefault();
    event.stopPropagation();
    if (this.on) this.show();
  }

  dropLine() {
    this.line = null;
    if (this.on) this.show();
  }

  make(kind, attributes) {
    const made = document.createElementNS(this.svg.namespaceURI, kind);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    return made;
  }

  show() {
    const shown = this.line && this.line.length > 1 ? this.line : this.corners;
    const [cx, cy] = inPicture(this.cursor);
    this.layer.replaceChildren(
      this.make("polygon", { class: "drawing-line", points: picturePoints(shown) }),
      ...this.corners.map((corner) => {
        const [x, y] = inPicture(corner);
        return this.make("circle", { class: "drawing-dot", cx: x, cy: y, r: 4 });
      }),
      this.make("path", { class: "drawing-cursor", d: `M${cx - 9} ${cy}H${cx + 9}M${cx} ${cy - 9}V${cy + 9}` }),
    );
    if (this.corners.length) this.say(`${this.corners.length} corner${this.corners.length === 1 ? "" : "s"}. ${HINT}`);
  }
}
