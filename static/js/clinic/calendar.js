// Cards of the calendar are carried: by mouse, pen or finger (pointer events), or by keyboard (M, arrows, Enter). The server has the last
// word: it answers 200 with what was done, or 422 with the reason and other times, and then the card goes back.
// Without this script the same is done from the appointment's own page.
import { askToSignIn } from "./shared/sign-in.js";

document.documentElement.classList.add("has-script");

document.addEventListener("change", (event) => {
  if (event.target.matches?.("[data-sends]")) event.target.form.requestSubmit();
});

const FURTHEST = 299;
const START_AFTER = 5; // px: less is a click
let held = null;
let press = null;

// What was sent is not yet answered: until then the card's row and length are the old ones.
const cardToTake = (target) => target.closest?.(".slot[data-place]:not(.is-sent)");
const box = () => document.getElementById("answer");
const clamp = (n, low, high) => Math.min(Math.max(n, low), high);
const stepOf = (grid) => parseFloat(getComputedStyle(grid).gridAutoRows) || 5;

// A class for each decimal digit, as the tag grid_place writes them and css/day-grid.scss reads them.
const digits = (name, number) => [...String(number)].reverse().map((digit, place) => `${name}${10 ** place}-${digit}`);

function put(card, t, length) {
  for (const name of [...card.classList]) if (/^(t|len)10*-\d$/.test(name)) card.classList.remove(name);
  card.classList.add(...digits("t", t), ...digits("len", length));
  card.classList.toggle("is-short", length < 5);
}

function instant(column, t) {
  const at = new Date(column.dataset.start);
  at.setUTCMinutes(at.getUTCMinutes() + 5 * t);
  return `${at.toISOString().slice(0, 16)}Z`;
}

function rowsOf(column) {
  return Math.min(Math.floor(column.getBoundingClientRect().height / stepOf(column)), FURTHEST + 1);
}

// The clock beside a row: the labels count from the top, and an hour that is missing or comes twice is labelled so.
function clockAt(t) {
  const labels = [...document.querySelectorAll(".day-hours span")].map((span) => [Number(span.dataset.t), span.textContent]);
  const [from, text] = labels.filter(([at]) => at <= t).pop() || labels[0] || [0, "0:00"];
  const minutes = (t - from) * 5;
  const [hour, minute] = text.split(":").map(Number);
  const total = hour * 60 + minute + minutes;
  return `${Math.floor(total / 60) % 24}:${String(total % 60).padStart(2, "0")}`;
}

function show() {
  const { card, t, length } = held;
  put(card, t, length);
  if (card.parentElement !== held.column) held.column.append(card);
  const clock = `${clockAt(t)}–${clockAt(t + length)}`;
  card.querySelector(".slot-time").textContent = clock;
  if (held.by === "keys") say(`${clock}, ${held.column.dataset.title}. Enter saves, Escape leaves it.`);
}

function say(text) {
  const words = document.createElement("p");
  words.className = "sub";
  words.setAttribute("role", "status");
  words.textContent = text;
  box()?.replaceChildren(words);
}

function take(card, by) {
  const column = card.closest("[data-column]");
  held = {
    card, column, by, stretches: false,
    t: Number(card.dataset.t), length: Number(card.dataset.len),
    before: { t: Number(card.dataset.t), length: Number(card.dataset.len), column, next: card.nextElementSibling, time: card.querySelector(".slot-time").textContent },
  };
  card.classList.add("is-held");
}

function letGo() {
  held?.card.classList.remove("is-held");
  document.documentElement.classList.remove("is-dragging");
  held = null;
}

function back(one) {
  one.before.column.insertBefore(one.card, one.before.next);
  put(one.card, one.before.t, one.before.length);
  one.card.querySelector(".slot-time").textContent = one.before.time;
}

async function drop() {
  const one = held;
  const { t, length, column, before, card } = one;
  const moved = t !== before.t || length !== before.length || column !== before.column;
  letGo();
  if (!moved) {
    if (one.by === "keys") box()?.replaceChildren();
    return;
  }
  const form = new FormData();
  // Stretched only, or lower than the hours shown: the top stays where it truly was.
  form.set("start", instant(column, t));
  if (length !== before.length) form.set("minutes", String(5 * length));
  if (column.dataset.clinician && column !== before.column) form.set("clinician", column.dataset.clinician);
  if (column.dataset.room && column !== before.column) form.set("room", column.dataset.room);
  card.classList.add("is-sent");
  await send(card.dataset.place, form, () => back(one));
  card.classList.remove("is-sent");
}

async function send(address, form, undo) {
  let response;
  try {
    response = await fetch(address, {
      method: "POST",
      body: form,
      headers: { "X-Requested-With": "calendar", ...JSON.parse(document.body.getAttribute("hx-headers") || "{}") },
    });
  } catch {
    undo();
    say("The network is away: nothing was moved. Try again when it is back.");
    return;
  }
  if (response.redirected || response.status === 401) {
    undo();
    askToSignIn(() => {});
    return;
  }
  if (response.status !== 200 && response.status !== 422) {
    undo();
    say(response.status === 403 ? "Your account may not do this." : "That did not go through. Nothing was moved; try again.");
    return;
  }
  const said = await response.text();
  if (response.status === 422) undo();
  else await refresh();
  box().innerHTML = said;
  box().focus({ preventScroll: false });
  box().scrollIntoView({ block: "nearest" });
}

// The page as it is now: only the grid is taken from it. Never under a card that is in somebody's hand.
async function refresh() {
  let fresh;
  do {
    while (held || press) await new Promise((resolve) => setTimeout(resolve, 50));
    fresh = new DOMParser().parseFromString(await (await fetch(location.href)).text(), "text/html");
  } while (held || press);
  const now = document.getElementById("calendar");
  const then = fresh.getElementById("calendar");
  if (now && then) {
    const { scrollLeft } = now;
    now.replaceWith(then);
    then.scrollLeft = scrollLeft;
  }
  const sub = fresh.querySelector(".page-head .sub");
  if (sub) document.querySelector(".page-head .sub")?.replaceWith(sub);
}

// ── by pointer ──────────────────────────────────────────────────────────────────────────────────
document.addEventListener("pointerdown", (event) => {
  const card = cardToTake(event.target);
  if (!card || event.button !== 0 || held || getComputedStyle(card.parentElement).display !== "grid") return;
  const stretches = event.target.closest("[data-stretch]") !== null;
  if (event.pointerType !== "mouse" && !stretches && !event.target.closest("[data-grip]")) return;
  const rect = card.getBoundingClientRect();
  press = { card, stretches, id: event.pointerId, x: event.clientX, y: event.clientY, inside: event.clientY - rect.top };
});

document.addEventListener("pointermove", (event) => {
  if (!press || event.pointerId !== press.id) return;
  if (!held) {
    if (Math.hypot(event.clientX - press.x, event.clientY - press.y) < START_AFTER) return;
    take(press.card, "pointer");
    held.stretches = press.stretches;
    document.documentElement.classList.add("is-dragging");
  }
  event.preventDefault();
  if (held.stretches) {
    const more = Math.round((event.clientY - press.y) / stepOf(held.column));
    held.length = clamp(held.before.length + more, 1, Math.min(96, rowsOf(held.column) - held.t));
  } else {
    const column = columnAt(event.clientX) || held.column;
    const rect = column.getBoundingClientRect();
    held.column = column;
    held.t = clamp(Math.round((event.clientY - press.inside - rect.top) / stepOf(column)), 0, rowsOf(column) - 1);
  }
  show();
});

function columnAt(x) {
  return [...document.querySelectorAll("[data-column]")].find((column) => {
    const rect = column.getBoundingClientRect();
    return x >= rect.left && x <= rect.right;
  });
}

document.addEventListener("pointerup", (event) => {
  if (!press || event.pointerId !== press.id) return;
  press = null;
  if (!held) return;
  // The click that follows a drop opens nothing.
  const swallow = (click) => { click.preventDefault(); click.stopPropagation(); };
  document.addEventListener("click", swallow, { capture: true, once: true });
  setTimeout(() => document.removeEventListener("click", swallow, { capture: true }), 0);
  drop();
});

document.addEventListener("pointercancel", () => {
  press = null;
  if (!held) return;
  back(held);
  letGo();
});

document.addEventListener("dragstart", (event) => {
  if (event.target.closest?.(".slot[data-place]")) event.preventDefault();
});

// ── by keyboard ─────────────────────────────────────────────────────────────────────────────────
document.addEventListener("keydown", (event) => {
  const card = cardToTake(event.target);
  if (held && event.key === "Escape") {
    const { card: was } = held;
    back(held);
    letGo();
    say("It stays where it was.");
    was.querySelector("a")?.focus();
    event.preventDefault();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (!held) {
    if (!card || event.key.toLowerCase() !== "m") return;
    event.preventDefault();
    take(card, "keys");
    show();
    return;
  }
  if (held.by !== "keys") return;
  const columns = [...document.querySelectorAll("[data-column]")];
  const at = columns.indexOf(held.column);
  const rows = rowsOf(held.column);
  const ways = {
    ArrowUp: () => { if (event.shiftKey) held.length = Math.max(1, held.length - 1); else held.t = Math.max(0, held.t - 1); },
    ArrowDown: () => { if (event.shiftKey) held.length = Math.min(96, held.length + 1); else held.t = Math.min(rows - 1, held.t + 1); },
    ArrowLeft: () => { held.column = columns[Math.max(0, at - 1)]; },
    ArrowRight: () => { held.column = columns[Math.min(columns.length - 1, at + 1)]; },
  };
  if (event.key === "Enter") {
    event.preventDefault();
    drop();
  } else if (ways[event.key]) {
    event.preventDefault();
    ways[event.key]();
    show();
    held.card.querySelector("a")?.focus({ preventScroll: true });
  }
});

// ── what the answer offers ──────────────────────────────────────────────────────────────────────
document.addEventListener("submit", (event) => {
  if (!event.target.matches?.("[data-place-form]") || !box()) return;
  event.preventDefault();
  send(event.target.action, new FormData(event.target), () => {});
});
