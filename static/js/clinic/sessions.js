// The session page, live: how far it is, what is drawn, what differs from last time and from the plan. The form says all of
// it without this too. Nothing here asks the server but a scan.
import { read, short, write } from "./shared/numbers.js";

const form = document.querySelector("form[data-session]");
const all = (selector, root = form) => [...root.querySelectorAll(selector)];
const one = (selector, root = form) => root.querySelector(selector);

const said = (tag, className, text) => {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
};
const chip = (text, level) => said("span", `chip c-${level}`, text);

/** The form hears of a change made by the page itself, and with it whoever keeps the draft. */
const tell = (input) => input?.dispatchEvent(new Event("change", { bubbles: true }));

// ── safety ──

function safetyNone(box) {
  for (const topic of all("[data-topic]")) {
    const same = one('[data-answer="same"]', topic);
    if (box.checked && !one('[data-answer="changed"]', topic).checked) same.checked = true;
    else if (!box.checked) same.checked = false;
  }
}

let asking = null;

/** What has changed, against the checks of the cocktail. Without a network signing asks all the same. */
async function checkSafety() {
  asking?.abort();
  const place = document.getElementById("safety-findings");
  if (!one('[data-answer="changed"]:checked')) {
    place.replaceChildren();
    return;
  }
  const mine = (asking = new AbortController());
  try {
    const response = await fetch(one("[data-safety-url]").dataset.safetyUrl, {
      method: "POST",
      body: new FormData(form),
      credentials: "same-origin",
      signal: mine.signal,
    });
    if (!response.ok || response.redirected) return;
    const box = document.createElement("template");
    box.innerHTML = await response.text();
    if (mine === asking) place.replaceChildren(...box.content.firstElementChild.childNodes);
  } catch {
    // Away, or asked again since.
  }
}

const answered = () => all("[data-topic]").filter((topic) => one("[data-answer]:checked", topic)).length;

// ── checklist ──

const ticks = (part) => all(`[data-checklist="${part}"] [name="check"]`);

function tickAll(box) {
  for (const tick of all('[name="check"]', box.closest("[data-checklist]"))) tick.checked = box.checked;
}

/** Done and asked for, of what must be: a tick also answers what is asked with it. */
function counted(part) {
  const boxes = ticks(part);
  const on = new Set(all('[name="check"]:checked').map((tick) => tick.dataset.code));
  const must = boxes.filter((tick) => "must" in tick.dataset);
  return [must.filter((tick) => on.has(tick.dataset.code) || on.has(tick.dataset.askedWith)).length, must.length];
}

// ── the syringe ──

const doses = () => all("[data-dose]").filter((row) => (read(one("[data-dose-ml]", row)) ?? 0) > 0);
const drawnMl = () => doses().reduce((sum, row) => sum + read(one("[data-dose-ml]", row)), 0);

/** The expiry of the lot that is chosen, in colour when it is near, and what is left of it. */
function showExpiry(select) {
  const place = one("[data-expiry]", select.closest("td"));
  const { until, days, left } = select.selectedOptions[0].dataset;
  place.replaceChildren();
  if (!until) return;
  place.append(Number(days) <= 30 ? chip(`${days} day${days === "1" ? "" : "s"}`, "warn") : said("span", "", until), said("span", "", left));
}

function acceptAll(box) {
  for (const row of doses()) one("[data-read]", row).checked = box.checked && Boolean(one("[data-lot]", row).value);
}

/** Another vial than the one that was read. */
function lotChanged(select) {
  showExpiry(select);
  one("[data-read]", select.closest("tr")).checked = false;
  one("[data-accept-all]").checked = false;
}

function scanSaid(text, wrong = false) {
  const place = one("[data-scan-said]");
  place.textContent = text;
  place.classList.toggle("is-wrong", wrong);
}

function pick(row, option) {
  const select = one("[data-lot]", row);
  select.value = option.value;
  showExpiry(select);
  one("[data-read]", row).checked = true;
  scanSaid(`${row.dataset.name}: lot ${option.textContent} read.`);
  tell(one("[data-read]", row));
}

/** The lot as printed is found here; a code is read by the server. */
async function scan(field) {
  const text = field.value.trim();
  if (!text) return;
  const rows = all("[data-dose]");
  const offered = rows.flatMap((row) => [...one("[data-lot]", row).options].map((option) => [row, option]));
  const first = ([row]) => rows.find((each) => each.dataset.product === row.dataset.product) === row;
  const named = offered.filter((each) => each[1].textContent.trim().toLowerCase() === text.toLowerCase() && first(each));
  if (named.length === 1) {
    pick(...named[0]);
    field.value = "";
    return;
  }
  try {
    const response = await fetch(field.dataset.scan, {
      method: "POST",
      body: new URLSearchParams({ scan: text, csrfmiddlewaretoken: one("[name=csrfmiddlewaretoken]").value }),
      credentials: "same-origin",
      headers: { Accept: "application/json", "X-Requested-With": "XMLHttpRequest" },
    });
    const found = await response.json();
    const hit = offered.find((each) => each[1].value === String(found.lot) && first(each));
    if (hit) {
      pick(...hit);
      field.value = "";
    } else {
      scanSaid(found.message || "This lot came after the page was opened. Save the draft, then scan again.", true);
      field.select();
    }
  } catch {
    scanSaid("The code could not be looked up just now. Type the lot number as it is printed on the vial.", true);
  }
}

// ── same as last ──

/** Everything but safety, checklist, lots and pain; a vial that was read stays in its line. */
function sameAsLast(button) {
  const last = JSON.parse(button.dataset.same);
  document.dispatchEvent(new Event("map:remember"));
  const readProducts = new Set(all("[data-dose]").filter((row) => one("[data-read]", row).checked).map((row) => row.dataset.product));
  for (const box of all("[data-zone-on]")) box.checked = false;
  for (const [name, text] of Object.entries(last)) {
    const dose = /^dose-(\d+)-(\d+)-(ml|lot)$/.exec(name);
    if (dose && readProducts.has(dose[1]) && (dose[2] !== "0" || dose[3] === "lot")) continue;
    const input = form.elements[name];
    if (!input) continue;
    if (input.type === "checkbox") input.checked = true;
    else input.value = text;
    if (dose?.[3] === "lot") showExpiry(input);
  }
  tell(one("[data-zone-on]"));
  show();
}

// ── what differs from last time, and what cannot be ──

function showDifference(input) {
  const { was } = input.dataset;
  const row = input.closest("[data-zone-row]");
  const counts = !row || one("[data-zone-on]", row).checked;
  const number = read(input);
  const before = Number.parseFloat((was ?? "").replace(",", "."));
  const differs = counts && input.value !== "" && (Number.isFinite(before) && number !== null ? Math.abs(number - before) > 1e-9 : input.value.trim().toLowerCase() !== was.trim().toLowerCase());
  input.classList.toggle("differs", differs && was !== "");
  const place = input.parentElement.querySelector(":scope > .was");
  if (!differs || was === "") place?.remove();
  else if (!place) input.after(said("span", "was", `was ${was}`));
}

function remark(place, text, asks = false) {
  if (!place) return;
  place.hidden = !text;
  if (place.textContent !== text) place.textContent = text;
  place.classList.toggle("asks", asks);
}

/** A number that cannot be is remarked where it stands, while it is typed. */
function checkNumber(input) {
  const text = input.value.trim();
  const number = read(input);
  const zoneOn = input.closest("[data-zone-row]")?.querySelector("[data-zone-on]").checked;
  let words = "";
  if (text && (number === null || !/^[-−]?\d*[.,]?\d*$/.test(text))) words = "Type a number.";
  else if (number !== null && number < 0) words = "Below zero: type 0 or more.";
  else if (zoneOn && number === 0) words = "Above 0, or untick the zone.";
  input.toggleAttribute("aria-invalid", Boolean(words));
  if (words) input.setAttribute("aria-invalid", "true");
  input.classList.toggle("is-invalid", Boolean(words));
  const own = input.id && form.querySelector(`[data-remark-for="${CSS.escape(input.id)}"]`);
  if (own) remark(own, words);
  return words && `${input.closest("label")?.firstChild?.textContent?.trim() || "Given"}: ${words}`;
}

function checkNext(input) {
  const early = input.value && input.value <= input.dataset.notBefore;
  input.classList.toggle("is-invalid", Boolean(early));
  if (early) input.setAttribute("aria-invalid", "true");
  else input.removeAttribute("aria-invalid");
  remark(one(`[data-remark-for="${input.id}"]`), early ? "This day is not after the session. Choose a later one." : "");
}

const course = form ? JSON.parse(form.dataset.course || "{}") : {};
const outside = (value, [low, high]) => (low !== null && value < low) || (high !== null && value > high);
const range = ([low, high]) => (low === null ? `up to ${high}` : high === null ? `from ${low}` : `${low}–${high}`);

/** What differs from plan or protocol in one zone: signing will ask why. */
function deviations(zone) {
  const asks = [];
  if (!course.assessed?.includes(zone.code)) asks.push("not among the assessed zones");
  if (zone.depth && outside(zone.depth, course.depth) && zone.depth !== course.proposedDepth) asks.push(`${short(zone.depth, 1)} mm, the protocol says ${range(course.depth)}`);
  if (zone.ml && outside(zone.ml, course.ml) && zone.ml !== course.proposedMl) asks.push(`${short(zone.ml, 3)} ml per point, the protocol says ${range(course.ml)}`);
  if (zone.spacing && course.spacing !== null && zone.spacing !== course.spacing) asks.push(`${short(zone.spacing, 2)} cm apart, the protocol says ${course.spacing}`);
  return asks.length ? `Differs from the plan: ${asks.join("; ")}. Signing asks why.` : "";
}

// ── per cm² ──

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

function showDensities({ treated, ml }) {
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

// ── how far the page is ──

let onMap = { treated: [], ml: 0 };

function states() {
  const lines = doses();
  const readLines = lines.filter((row) => one("[data-read]", row).checked && one("[data-lot]", row).value);
  const [before, mustBefore] = counted("before");
  const [later, mustLater] = counted("later");
  const points = onMap.treated.reduce((sum, zone) => sum + zone.points, 0);
  const pain = one('[name="pain_during"]:checked');
  const seen = all("[data-reaction]:checked").length;
  const none = one("[data-no-reactions]")?.checked;
  const report = form.elements.since_last?.value.trim();
  const figures = all("[data-last]").filter((input) => input.value).length;
  const next = form.elements.next_on?.value ?? "";
  const decision = one('[name="review_decision"]:checked');
  const topics = all("[data-topic]").length;
  const wrong = onMap.treated.some((zone) => !(zone.points > 0 && zone.ml > 0 && zone.area > 0 && zone.depth > 0 && zone.depth <= 13));
  const need = (done) => (done ? "done" : "missing");
  const may = (done) => (done ? "done" : "open");
  return {
    since: [may(figures || report), `${figures} measured${report ? ", a report" : ""}`],
    safety: [need(answered() === topics), answered() < topics ? `${answered()} of ${topics} asked` : one('[data-answer="changed"]:checked') ? "changed" : "no change"],
    checklist: [need(before === mustBefore), `${before} of ${mustBefore}`],
    syringe: [need(lines.length && readLines.length === lines.length), `${readLines.length} of ${lines.length} lots read`],
    map: [need(points > 0 && !wrong), `${points} points · ${write(onMap.ml, 2)} of ${short(drawnMl(), 2)} ml`],
    pain: [need(pain), pain ? `worst ${pain.value}` : ""],
    reactions: [need(seen || none), seen ? `${seen} seen` : none ? "none" : ""],
    aftercare: [need(later === mustLater), [`${later} of ${mustLater}`, next].filter(Boolean).join(" · ")],
    note: [may(form.elements.note?.value.trim()), form.elements.note?.value.trim() ? "written" : ""],
    review: [need(decision), decision?.value ?? ""],
  };
}

const WORDS = { done: "complete", missing: "missing", open: "optional" };
const LEVELS = { done: "ok", missing: "warn", open: "plain" };

function show() {
  const now = states();
  let missing = 0;
  for (const [code, [state, line]] of Object.entries(now)) {
    const part = document.getElementById(`part-${code}`);
    if (!part) continue;
    missing += state === "missing";
    part.dataset.state = state;
    one("[data-part-line]", part).textContent = line;
    const mark = one("[data-part-chip]", part);
    mark.textContent = WORDS[state];
    mark.className = `chip c-${LEVELS[state]}`;
    const link = one(`[data-progress="${code}"]`);
    link.className = `is-${state}`;
    one("[data-state-word]", link).textContent = `, ${WORDS[state]}`;
  }
  for (const part of ["before", "later"]) {
    const [done, must] = counted(part);
    const place = one(`[data-checklist="${part}"] [data-count]`);
    if (place) place.textContent = `${done} of ${must}`;
  }
  one("[data-still]").textContent = missing
    ? `${missing} section${missing === 1 ? "" : "s"} still missing: the grid at the top leads there.`
    : "Everything that signing asks for is here.";
  all("[data-was]").forEach(showDifference);
}

/** A section that is complete folds to its line once the hand goes on to another one. */
let here = null;
function moveOn(target) {
  const part = target.closest?.("[data-part]") ?? null;
  if (!part || part === here) return;
  const left = here;
  here = part;
  // After the tap has done its work: nothing moves away under a finger.
  if (left && left.dataset.touched && left.dataset.state === "done") {
    setTimeout(() => {
      if (left !== here && !left.contains(document.activeElement)) left.open = false;
    }, 0);
  }
}

function openTo(id) {
  const target = document.getElementById(id);
  for (let part = target?.closest("details"); part; part = part.parentElement.closest("details")) part.open = true;
  return target;
}

function keepOneAnswer(changed) {
  const none = one("[data-no-reactions]");
  if (changed === none && none.checked) {
    for (const box of all("[data-reaction]")) box.checked = false;
  } else if (changed.matches("[data-reaction]") && changed.checked) {
    none.checked = false;
  }
}

function showChange(input) {
  const place = one("[data-change]", input.closest(".figure"));
  const now = read(input);
  const last = Number.parseFloat(input.dataset.last);
  place.replaceChildren();
  if (now === null || !Number.isFinite(last)) return;
  const change = Math.round((now - last) * 10) / 10;
  const sign = change > 0 ? "+" : change < 0 ? "−" : "±";
  const good = change * Number(input.dataset.better) >= 0;
  place.append(chip(`${sign}${Math.abs(change)}`, good ? "ok" : "warn"));
}

if (form) {
  document.documentElement.classList.add("has-script");
  for (const part of all("[data-part]")) part.dataset.state = one(`[data-progress="${part.dataset.part}"]`).className.replace("is-", "");

  document.addEventListener("map:shown", ({ detail }) => {
    onMap = detail;
    showDensities(detail);
    show();
  });

  form.addEventListener("input", ({ target }) => {
    if (target.matches("[data-least]:not([data-zone-row] *)")) checkNumber(target);
    if (target.matches("[data-last]")) showChange(target);
    if (target.matches("[data-not-before]")) checkNext(target);
    if (target.matches("[data-dose-ml]")) showDensities(onMap);
    show();
  });

  form.addEventListener("change", ({ target }) => {
    if (target.matches("[data-safety-none]")) safetyNone(target);
    if (target.closest("#safety")) checkSafety();
    if (target.matches('[data-answer="changed"]')) one("[data-safety-none]").checked = false;
    if (target.matches("[data-all]")) tickAll(target);
    if (target.matches('[name="check"]') && !target.checked) one("[data-all]", target.closest("[data-checklist]")).checked = false;
    if (target.matches("[data-accept-all]")) acceptAll(target);
    if (target.matches("[data-read]") && !target.checked) one("[data-accept-all]").checked = false;
    if (target.matches("[data-lot]")) lotChanged(target);
    if (target.matches("[data-reaction], [data-no-reactions]")) keepOneAnswer(target);
    if (target.matches("[data-not-before]")) checkNext(target);
    if (target.matches("[data-ghosts]")) document.getElementById("scalp").classList.toggle("no-ghosts", !target.checked);
    const part = target.closest("[data-part]");
    if (part) part.dataset.touched = "yes";
    show();
  });

  form.addEventListener("click", (event) => {
    moveOn(event.target);
    const same = event.target.closest("[data-same]");
    if (same) {
      event.preventDefault();
      sameAsLast(same);
    }
    if (event.target.closest("[data-scan-go]")) {
      event.preventDefault();
      scan(one("[data-scan]"));
    }
  });
  form.addEventListener("focusin", ({ target }) => moveOn(target));

  // A scanner ends with Enter: the vial is looked up, the form stays.
  one("[data-scan]")?.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    scan(event.target);
  });

  for (const link of all("[data-progress]")) {
    link.addEventListener("click", () => {
      const part = openTo(link.hash.slice(1));
      setTimeout(() => one("summary", part)?.focus(), 0);
    });
  }
  if (location.hash) openTo(location.hash.slice(1))?.scrollIntoView({ block: "center" });
  all("[data-last]").forEach(showChange);
  checkSafety();
  document.dispatchEvent(new Event("map:show"));
  show();
}
