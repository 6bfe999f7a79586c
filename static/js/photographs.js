// Only for the pages of photographs: sends each picture with its progress, opens the camera with the first picture laid
// over it, and moves the slider of a comparison. Pictures stay in memory; without this script the forms work as they are.

const CAMERA = document.querySelector("[data-camera]");
const LEAST_LIGHT = 60;
const LEVEL_DEGREES = 3;

// ── sending one picture ──────────────────────────────────────────────────────

function send(form, picture) {
  const body = new FormData(form);
  if (picture) body.set("file", picture, "camera.jpg");
  const said = form.querySelector("[data-photo-said]");
  const bar = form.querySelector("[data-photo-progress]");
  const request = new XMLHttpRequest();
  request.open("POST", form.action);
  request.setRequestHeader("Accept", "application/json");
  request.responseType = "json";
  request.upload.addEventListener("progress", (event) => {
    if (event.lengthComputable) bar.value = event.loaded / event.total;
  });
  request.addEventListener("load", () => {
    bar.hidden = true;
    if (request.status === 201) {
      said.textContent = "Sent. It is being prepared.";
      // The next picture of this view is another one.
      form.elements.once.value = crypto.randomUUID();
      form.reset();
    } else if (request.status === 422 && request.response) {
      said.textContent = request.response.error;
    } else {
      offerAgain(form, picture, "It was not kept.");
    }
  });
  for (const trouble of ["error", "timeout"]) {
    request.addEventListener(trouble, () => offerAgain(form, picture, "No connection."));
  }
  bar.value = 0;
  bar.hidden = false;
  said.textContent = "Sending…";
  request.send(body);
}

/** The same key is sent again, so that a picture that did arrive is not there twice. */
function offerAgain(form, picture, why) {
  form.querySelector("[data-photo-progress]").hidden = true;
  const again = document.createElement("button");
  again.type = "button";
  again.className = "btn";
  again.textContent = "Try again";
  again.addEventListener("click", () => send(form, picture));
  form.querySelector("[data-photo-said]").replaceChildren(`${why} The picture is still here. `, again);
}

for (const form of document.querySelectorAll("[data-photo-form]")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    event.stopImmediatePropagation();
    const [chosen] = form.elements.file.files;
    if (chosen) send(form, chosen);
    else form.querySelector("[data-photo-said]").textContent = "Choose a picture first.";
  }, true);
}

// ── the camera ───────────────────────────────────────────────────────────────

let stream = null;
let open = null;
let tilt = null;

async function openCamera(form) {
  try {
    stream ??= await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 4096 }, height: { ideal: 3072 } } });
  } catch {
    form.querySelector("[data-photo-said]").textContent = "The camera may not be used here. Choose a file.";
    return;
  }
  open = form;
  CAMERA.hidden = false;
  CAMERA.querySelector("[data-camera-title]").textContent = form.dataset.photoName;
  CAMERA.querySelector("[data-camera-video]").srcObject = stream;
  showGhost(form.dataset.photoGhost);
  CAMERA.querySelector("[data-camera-take]").focus();
}

function closeCamera() {
  for (const track of stream?.getTracks() ?? []) track.stop();
  stream = null;
  CAMERA.hidden = true;
  open?.querySelector("[data-photo-camera]").focus();
}

function showGhost(address) {
  const ghost = CAMERA.querySelector("[data-camera-ghost]");
  const strength = CAMERA.querySelector("[data-camera-strength]");
  ghost.hidden = strength.hidden = !address;
  if (!address) return;
  const first = new Image();
  first.addEventListener("load", () => {
    ghost.width = first.naturalWidth;
    ghost.height = first.naturalHeight;
    ghost.getContext("2d").drawImage(first, 0, 0);
  });
  first.src = address;
  setStrength();
}

function setStrength() {
  CAMERA.querySelector("[data-camera-ghost]").style.opacity = CAMERA.querySelector("[data-camera-opacity]").value / 100;
}

/** The picture as the camera gives it, drawn nowhere else. */
function take() {
  const video = CAMERA.querySelector("[data-camera-video]");
  const canvas = document.createElement("canvas");
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  canvas.getContext("2d").drawImage(video, 0, 0);
  canvas.toBlob((picture) => send(open, picture), "image/jpeg", 0.95);
}

/** Advice: how the device is held, how far away to stand, and whether there is light. */
function hint() {
  const video = CAMERA.querySelector("[data-camera-video]");
  if (CAMERA.hidden || !video.videoWidth) return;
  const small = document.createElement("canvas");
  small.width = small.height = 16;
  const drawn = small.getContext("2d", { willReadFrequently: true });
  drawn.drawImage(video, 0, 0, 16, 16);
  const { data } = drawn.getImageData(0, 0, 16, 16);
  let light = 0;
  for (let i = 0; i < data.length; i += 4) light += data[i + 1] / 256;
  const said = [];
  if (tilt !== null) said.push(Math.abs(tilt) <= LEVEL_DEGREES ? "level" : `tilted ${Math.round(tilt)}°`);
  const { photoDistance } = open.dataset;
  if (photoDistance) said.push(photoDistance === "contact" ? "in contact" : `${photoDistance} cm away`);
  said.push(light < LEAST_LIGHT ? "too dark" : "light enough");
  CAMERA.querySelector("[data-camera-hints]").textContent = said.join(" · ");
}

if (CAMERA && navigator.mediaDevices?.getUserMedia) {
  for (const button of document.querySelectorAll("[data-photo-camera]")) {
    button.hidden = false;
    button.addEventListener("click", () => openCamera(button.closest("form")));
  }
  CAMERA.querySelector("[data-camera-take]").addEventListener("click", take);
  CAMERA.querySelector("[data-camera-close]").addEventListener("click", closeCamera);
  CAMERA.querySelector("[data-camera-opacity]").addEventListener("input", setStrength);
  window.addEventListener("deviceorientation", (event) => { tilt = event.gamma; });
  window.addEventListener("pagehide", closeCamera);
  setInterval(hint, 1000);
}

// ── the slider of a comparison ───────────────────────────────────────────────

const pair = document.querySelector("[data-photo-slider]");
const share = document.querySelector("[data-photo-share]");
if (pair && share) {
  const later = pair.querySelectorAll("img")[1];
  const cut = () => { later.style.clipPath = `inset(0 0 0 ${100 - share.value}%)`; };
  share.addEventListener("input", cut);
  cut();
}
