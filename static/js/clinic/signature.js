// A signature drawn on the tablet, kept as strokes of whole-number points in a box of 600 by 200 (core/signatures.py).
// Without this script the name is typed; the pad stays hidden.
const WIDTH = 600;
const HEIGHT = 200;
const MOST_POINTS = 4000;
const clamp = (n, most) => Math.min(Math.max(Math.round(n), 0), most);

class SignaturePad {
  constructor(set) {
    this.pad = set.querySelector("[data-signature-pad]");
    this.ink = set.querySelector("[data-signature-ink]");
    this.field = set.querySelector("[data-signature-strokes]");
    this.strokes = this.read();
    this.pen = null;
    set.querySelector("[data-signature-draw]").hidden = false;
    this.pad.addEventListener("pointerdown", (event) => this.down(event));
    this.pad.addEventListener("pointermove", (event) => this.move(event));
    for (const name of ["pointerup", "pointercancel"]) this.pad.addEventListener(name, (event) => this.up(event));
    set.querySelector("[data-signature-clear]").addEventListener("click", () => {
      this.strokes = [];
      this.write();
    });
    this.draw();
  }

  /** What came back with a wrong form is still there. */
  read() {
    try {
      const strokes = JSON.parse(this.field.value || "[]");
      const isPoint = (point) => Array.isArray(point) && point.length === 2 && point.every(Number.isInteger);
      return Array.isArray(strokes) ? strokes.filter((s) => Array.isArray(s) && s.length && s.every(isPoint)) : [];
    } catch {
      return [];
    }
  }

  point(event) {
    const box = this.pad.getBoundingClientRect();
    return [
      clamp(((event.clientX - box.left) / box.width) * WIDTH, WIDTH),
      clamp(((event.clientY - box.top) / box.height) * HEIGHT, HEIGHT),
    ];
  }

  down(event) {
    if (this.pen !== null || (event.pointerType === "mouse" && event.button !== 0)) return;
    event.preventDefault();
    this.pen = event.pointerId;
    this.pad.setPointerCapture(event.pointerId);
    this.strokes.push([this.point(event)]);
    this.draw();
  }

  move(event) {
    if (event.pointerId !== this.pen) return;
    const stroke = this.strokes.at(-1);
    for (const each of event.getCoalescedEvents?.() ?? [event]) {
      const [x, y] = this.point(each);
      const [lastX, lastY] = stroke.at(-1);
      // Two units apart looks the same and is half the data.
      if (Math.hypot(x - lastX, y - lastY) >= 2 && this.count() < MOST_POINTS) stroke.push([x, y]);
    }
    this.draw();
  }

  up(event) {
    if (event.pointerId !== this.pen) return;
    this.pen = null;
    this.write();
  }

  count() {
    return this.strokes.reduce((sum, stroke) => sum + stroke.length, 0);
  }

  draw() {
    const path = this.strokes.map(([first, ...rest]) => `M${first.join(" ")}L${(rest.length ? rest : [first]).map((p) => p.join(" ")).join(" ")}`);
    this.ink.setAttribute("d", path.join(""));
  }

  write() {
    this.draw();
    this.field.value = this.strokes.length ? JSON.stringify(this.strokes) : "";
    this.field.dispatchEvent(new Event("change", { bubbles: true }));
  }
}

document.querySelectorAll("[data-signature]").forEach((set) => new SignaturePad(set));
