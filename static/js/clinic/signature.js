// A signature drawn in the box: kept as strokes, lists of points in the box's own units. Without this the name is typed.
const CLOSE = 2; // nearer points say nothing

for (const place of document.querySelectorAll("[data-signature]")) {
  const pad = place.querySelector("svg");
  const line = pad.querySelector("path");
  const form = place.closest("form");
  const field = form.querySelector("[data-strokes]");
  const { width, height } = pad.viewBox.baseVal;
  let strokes = [];
  let pen = null;

  const draw = () => {
    line.setAttribute("d", strokes.map((stroke) => `M${stroke.map((point) => point.join(" ")).join("L")}`).join(" "));
  };
  const keep = () => {
    field.value = strokes.length ? JSON.stringify({ strokes }) : "";
    draw();
  };
  const at = ({ clientX, clientY }) => {
    const box = pad.getBoundingClientRect();
    const within = (value, most) => Math.min(most, Math.max(0, Math.round(value)));
    return [
      within(((clientX - box.left) / box.width) * width, width),
      within(((clientY - box.top) / box.height) * height, height),
    ];
  };
  const follow = (event) => {
    const point = at(event);
    const last = pen.at(-1);
    if (Math.hypot(point[0] - last[0], point[1] - last[1]) >= CLOSE) pen.push(point);
  };
  const choose = (method) => {
    const choice = form.querySelector(`[name="method"][value="${method}"]`);
    if (choice) choice.checked = true;
  };

  pad.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    event.preventDefault();
    pad.setPointerCapture(event.pointerId);
    pen = [at(event)];
    strokes.push(pen);
    choose("drawn");
  });
  pad.addEventListener("pointermove", (event) => {
    if (!pen) return;
    for (const each of event.getCoalescedEvents?.() ?? [event]) follow(each);
    draw();
  });
  const lift = () => {
    if (!pen) return;
    pen = null;
    keep();
  };
  pad.addEventListener("pointerup", lift);
  pad.addEventListener("pointercancel", lift);
  place.querySelector("[data-signature-clear]").addEventListener("click", () => {
    strokes = [];
    keep();
    choose("typed");
  });

  // A form that came back still holds what was drawn.
  try {
    strokes = JSON.parse(field.value || '{"strokes":[]}').strokes;
    draw();
  } catch {
    strokes = [];
  }
  place.hidden = false;
  form.classList.add("can-draw");
}
