// Only for the pages of photographs: sends each picture with its progress, shows it when it is ready, opens the camera
// with the first picture laid over it, and moves the slider of a comparison. Pictures stay in memory; without this
// script the forms work as they are.

const CAMERA = document.querySelector("[data-camera]");
const LEAST_LIGHT = 60;
const LEVEL_DEGREES = 3;
/** Seconds until a picture is looked for again. */
const WAITS_S = [1, 2, 4, 8, 16];

// ── sending one picture ──────────────────────────────────────────────────────

/** What is said of a view: in the camera while it shows this view, else beside its form. */
function placeOf(form, name) {
  return (CAMERA.open && shown === form ? CAMERA : form).querySelector(`[data-photo-${name}]`);
}

function say(form, ...said) {
  form.querySelector("[data-photo-said]").replaceChildren();
  placeOf(form, "said").replaceChildren(...said);
}

function send(form, picture, key = crypto.randomUUID()) {
  const body = new FormData(form);
  body.set("once", key);
  body.set("file", picture, picture.name ?? "camera.jpg");
  const bar = placeOf(form, "progress");
  const request = new XMLHttpRequest();
  request.open("POST", form.action);
  request.setRequestHeader("Accept", "application/json");
  request.responseType = "json";
  request.upload.addEventListener("progress", (event) => {
    if (event.lengthComputable) bar.value = event.loaded / event.total;
  });
  request.addEventListener("loadend", () => {
    bar.hidden = true;
    if (shown === form) CAMERA.querySelector("[data-camera-take]").disabled = false;
    if (request.status === 201) {
      say(form, "Sent. It is being prepared.");
      form.reset();
      refresh(form.closest("li"), WAITS_S);
    } else if (request.status === 422 && request.response) {
      say(form, request.response.error);
    } else {
      // The same key is sent again, so that a picture that did arrive is not there twice.
      const again = document.createElement("button");
      again.type = "button";
      again.className = "btn";
      again.textContent = "Try again";
      again.addEventListener("click", () => send(form, picture, key));
      say(form, `${request.status ? "It was not kept." : "No connection."} The picture is still here. `, again);
    }
  });
  bar.value = 0;
  bar.hidden = false;
  say(form, "Sending…");
  request.send(body);
}

/** The page as the server has it now; null without a connection: the page says how to look again. */
async function freshPage() {
  try {
    const answer = await fetch(location.pathname);
    return new DOMParser().parseFromString(await answer.text(), "text/html");
  } catch {
    return null;
  }
}

/** Puts what changed of one view, and what is counted of all, into this page. Returns the view as it is now. */
function renew(line, page) {
  const fresh = page.getElementById(line.id);
  if (!fresh) return null;
  for (const part of ["photo-count", "photo-skip"]) {
    const here = document.querySelector(`[data-${part}]`);
    here?.replaceChildren(...page.querySelector(`[data-${part}]`)?.cloneNode(true).childNodes ?? []);
  }
  for (const part of ["photo-state", "photo-pictures", "photo-skip-one"]) {
    line.querySelector(`[data-${part}]`)?.replaceChildren(...fresh.querySelector(`[data-${part}]`)?.cloneNode(true).childNodes ?? []);
  }
  return fresh;
}

/** The view as the server has it now; while the picture is being prepared, again a little later. */
async function refresh(line, waits) {
  const page = await freshPage();
  const fresh = page && renew(line, page);
  if (!fresh) return;
  const isWaiting = fresh.querySelector("[data-photo-waiting]");
  const last = [...fresh.querySelectorAll("[data-photo-pictures] > *")].at(-1);
  const form = line.querySelector("[data-photo-form]");
  if (!isWaiting) say(form, last?.matches("[data-photo-refused]") ? last.textContent : "Kept.");
  else if (waits.length) setTimeout(() => refresh(line, waits.slice(1)), waits[0] * 1000);
}

for (const form of document.querySelectorAll("[data-photo-form]")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    event.stopImmediatePropagation();
    const [chosen] = form.elements.file.files;
    if (!chosen) say(form, "Choose a picture first.");
    else if (chosen.size > form.dataset.photoLimit) say(form, form.dataset.photoTooLarge);
    else send(form, chosen);
  }, true);
}

// ── the camera ───────────────────────────────────────────────────────────────

let stream = null;
/** The form of the view that the camera shows. */
let shown = null;
let tilt = null;

async function openCamera(form) {
  try {
    stream ??= await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 4096 }, height: { ideal: 3072 } } });
  } catch {
    say(form, "The camera may not be used here. Choose a file.");
    return;
  }
  shown = form;
  CAMERA.querySelector("[data-camera-title]").textContent = form.dataset.photoName;
  CAMERA.querySelector("[data-camera-video]").srcObject = stream;
  CAMERA.querySelector("[data-photo-said]").replaceChildren();
  CAMERA.querySelector("[data-photo-progress]").hidden = true;
  CAMERA.querySelector("[data-camera-next]").hidden = !nextForm();
  showGhost(form.dataset.photoGhost);
  if (!CAMERA.open) CAMERA.showModal();
  const button = CAMERA.querySelector("[data-camera-take]");
  button.disabled = false;
  button.focus();
}

function nextForm() {
  const forms = [...document.querySelectorAll("[data-photo-form]")];
  return forms[forms.indexOf(shown) + 1];
}

function stopCamera() {
  for (const track of stream?.getTracks() ?? []) track.stop();
  stream = null;
  shown?.querySelector("[data-photo-camera]").focus();
  shown = null;
}

function showGhost(address) {
  const ghost = CAMERA.querySelector("[data-camera-ghost]");
  const strength = CAMERA.querySelector("[data-camera-strength]");
  ghost.hidden = strength.hidden = true;
  if (!address) return;
  const first = new Image();
  first.addEventListener("load", () => {
    if (shown?.dataset.photoGhost !== address) return;
    ghost.width = first.naturalWidth;
    ghost.height = first.naturalHeight;
    ghost.getContext("2d").drawImage(first, 0, 0);
    ghost.hidden = strength.hidden = false;
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
  if (!video.videoWidth) return;
  const form = shown;
  CAMERA.querySelector("[data-camera-take]").disabled = true;
  const canvas = document.createElement("canvas");
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  canvas.getContext("2d").drawImage(video, 0, 0);
  canvas.toBlob((picture) => send(form, picture), "image/jpeg", 0.95);
}

/** Advice: how the device is held, how far away to stand, and whether there is light. */
function hint() {
  const video = CAMERA.querySelector("[data-camera-video]");
  if (!CAMERA.open || !video.videoWidth) return;
  const small = document.createElement("canvas");
  small.width = small.height = 16;
  const drawn = small.getContext("2d", { willReadFrequently: true });
  drawn.drawImage(video, 0, 0, 16, 16);
  const { data } = drawn.getImageData(0, 0, 16, 16);
  let light = 0;
  for (let i = 0; i < data.length; i += 4) light += data[i + 1] / 256;
  const said = [];
  if (tilt !== null) said.push(Math.abs(tilt) <= LEVEL_DEGREES ? "level" : `tilted ${Math.round(tilt)}°`);
  const { photoDistance } = shown.dataset;
  if (photoDistance) said.push(photoDistance === "contact" ? "in contact" : `${photoDistance} cm away`);
  said.push(light < LEAST_LIGHT ? "too dark" : "light enough");
  const hints = CAMERA.querySelector("[data-camera-hints]");
  if (hints.textContent !== said.join(" · ")) hints.textContent = said.join(" · ");
}

if (CAMERA && navigator.mediaDevices?.getUserMedia) {
  for (const button of document.querySelectorAll("[data-photo-camera]")) {
    button.hidden = false;
    button.addEventListener("click", () => openCamera(button.closest("form")));
  }
  CAMERA.querySelector("[data-camera-take]").addEventListener("click", take);
  CAMERA.querySelector("[data-camera-next]").addEventListener("click", () => openCamera(nextForm()));
  CAMERA.querySelector("[data-camera-close]").addEventListener("click", () => CAMERA.close());
  CAMERA.querySelector("[data-camera-opacity]").addEventListener("input", setStrength);
  CAMERA.addEventListener("close", stopCamera);
  window.addEventListener("deviceorientation", (event) => { tilt = event.gamma; });
  window.addEventListener("pagehide", () => CAMERA.close());
  setInterval(hint, 1000);
}

// ── the slider of a comparison ───────────────────────────────────────────────

const pair = document.querySelector("[data-photo-slider]");
if (pair) {
  const share = document.querySelector("[data-photo-share]");
  pair.classList.add("is-slider");
  share.closest("label").hidden = false;
  const cut = () => pair.style.setProperty("--cut", `${100 - share.value}%`);
  share.addEventListener("input", cut);
  cut();
}

// ── a paired phone ───────────────────────────────────────────────────────────

const paired = document.querySelector("[data-phone-arrived]");
/** Seconds between two looks at what a phone sent. */
const LOOK_EVERY_S = 4;

/** Looks for new pictures for as long as the phone is paired; a view is read again only when something changed. */
async function watchPhone(seen) {
  if (Date.now() > Date.parse(paired.dataset.phoneUntil)) return;
  let now = seen;
  try {
    const answer = await fetch(paired.dataset.phoneArrived);
    if (answer.ok) now = await answer.text();
  } catch {
    // No connection: looked at again.
  }
  if (seen !== null && now !== seen) {
    paired.querySelector("[data-phone-said]").textContent = "A picture arrived.";
    const page = await freshPage();
    for (const form of page ? document.querySelectorAll("[data-photo-form]") : []) renew(form.closest("li"), page);
  }
  setTimeout(() => watchPhone(now), LOOK_EVERY_S * 1000);
}

if (paired && document.querySelector("[data-photo-form]")) watchPhone(null);
