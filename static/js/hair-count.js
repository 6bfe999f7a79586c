// Only for the page of a hair count: each press on the picture becomes a mark at once, arrows and Enter do the same, and
// zooming keeps the place. The marks are text in a hidden field, which is kept on the server while one counts.

const form = document.querySelector("[data-hair-count]");
const SVG = "http://www.w3.org/2000/svg";
const STEP_PX = 8;

if (form) {
  const picture = form.querySelector("input[type=image]");
  const field = form.querySelector(".hair-field");
  const plane = form.querySelector(".hair-stage svg");
  const marks = form.querySelector("[data-hair-marks]");
  const { points: kept, shown_zoom: shownZoom } = form.elements;
  const [width, height] = [picture.width, picture.height].map((side) => side / Number(shownZoom.value));
  let points = kept.value.split(" ").filter(Boolean).map((pair) => pair.split(",").map(Number));
  let cross = null;

  const zoom = () => Number(shownZoom.value);

  const circle = (x, y, name, radius) => {
    const drawn = document.createElementNS(SVG, "circle");
    for (const [key, value] of Object.entries({ cx: x, cy: y, r: radius, class: name })) drawn.setAttribute(key, value);
    return drawn;
  };

  const draw = () => {
    marks.replaceChildren(...points.map(([x, y]) => circle(x * width * zoom(), y * height * zoom(), "", 5)));
    if (cross) marks.append(circle(cross[0] * width * zoom(), cross[1] * height * zoom(), "hair-cross", 9));
    form.querySelector("[data-hair-number]").textContent = points.length;
  };

  const keep = (now) => {
    points = now;
    kept.value = points.map(([x, y]) => `${x.toFixed(4)},${y.toFixed(4)}`).join(" ");
    kept.dispatchEvent(new Event("input", { bubbles: true }));
    draw();
  };

  const within = (value) => Math.min(1, Math.max(0, value));

  const zoomTo = (times) => {
    const middle = [(field.scrollLeft + field.clientWidth / 2) / zoom(), (field.scrollTop + field.clientHeight / 2) / zoom()];
    shownZoom.value = times;
    for (const each of [picture, plane]) {
      each.setAttribute("width", Math.round(width * times));
      each.setAttribute("height", Math.round(height * times));
    }
    plane.setAttribute("viewBox", `0 0 ${width * times} ${height * times}`);
    // The grid was drawn for the first size.
    form.querySelector(".hair-grid").setAttribute("transform", `scale(${times / drawnFor})`);
    for (const button of form.querySelectorAll("[name=zoom]")) {
      button.toggleAttribute("aria-current", button.value === String(times));
      if (button.value === String(times)) button.setAttribute("aria-current", "true");
    }
    field.scrollTo(middle[0] * times - field.clientWidth / 2, middle[1] * times - field.clientHeight / 2);
    draw();
  };
  const drawnFor = zoom();

  form.addEventListener("click", (event) => {
    const button = event.target.closest("[name=zoom], [name=undo]");
    if (event.target === picture) {
      event.preventDefault();
      // A key pressed on it gives no place: the keys have the cross.
      if (event.detail === 0) return;
      const box = picture.getBoundingClientRect();
      keep([...points, [within((event.clientX - box.left) / box.width), within((event.clientY - box.top) / box.height)]]);
    } else if (button) {
      event.preventDefault();
      if (button.name === "undo") keep(points.slice(0, -1));
      else zoomTo(Number(button.value));
    }
  });

  const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  field.addEventListener("keydown", (event) => {
    const move = MOVES[event.key];
    if (move) {
      event.preventDefault();
      cross ??= [0.5, 0.5];
      cross = [
        within(cross[0] + move[0] * STEP_PX / (width * zoom())),
        within(cross[1] + move[1] * STEP_PX / (height * zoom())),
      ];
      draw();
      marks.lastElementChild.scrollIntoView({ block: "nearest", inline: "nearest" });
    } else if (event.key === "Enter" && cross) {
      event.preventDefault();
      keep([...points, cross]);
    }
  });
}
