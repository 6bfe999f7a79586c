// A long form is kept on the server while it is filled in: form[data-autosave-url]. Nothing about a patient is kept in the browser.
//
//   a change ── 2 s quiet, 5 s at most ──► POST the whole form ──► saved hh:mm
//                                            ├─ no network ──► offline, kept here; sent once on return
//                                            ├─ 503 ──► the database is away: kept here, sent when Retry-After says
//                                            ├─ signed out ──► asks in place, then sends
//                                            └─ 409 ──► somebody else changed it; they choose
//
// The answer is any 2xx; JSON {"saved": "10:42"} sets the clock, "seen" and "revision" go into the inputs of that name.
// 409 may carry {"url", "message"}, or {"html", "seen", "revision"}: both versions, with buttons data-choose="mine" and "theirs".
//
// input[name=autosave_key]: one key for one save. It is sent again until an answer came, so that a save whose answer was lost is
// the same save and not another window's.
import { askToSignIn, isSignedOut, renewToken } from "./shared/sign-in.js";
import { showSaveState } from "./shared/save-state.js";

const QUIET = 2000;
const LONGEST = 5000;
const RETRY = 10000;

const answer = async (response) => {
  try {
    return await response.clone().json();
  } catch {
    return {};
  }
};

class Autosave {
  constructor(form) {
    this.form = form;
    this.changes = 0; // How many changes there were,
    this.kept = 0; // and how many of them the server has.
    this.since = 0;
    this.timer = 0;
    this.sending = null;
    this.stopped = false;
    this.asking = false; // A submit waits for the draft.
    this.leaving = false; // A submit is under way.
    this.key = form.elements.autosave_key ?? null;
    this.newKey();
    for (const kind of ["input", "change"]) document.addEventListener(kind, (event) => this.heard(event));
    form.addEventListener("submit", (event) => this.beforeSubmit(event));
    window.addEventListener("online", () => this.save());
    window.addEventListener("offline", () => this.dirty && showSaveState("offline"));
    document.addEventListener("visibilitychange", () => document.hidden && this.save());
    window.addEventListener("beforeunload", (event) => {
      if (this.dirty && !this.leaving) event.preventDefault();
    });
  }

  newKey() {
    if (!this.key) return;
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    this.key.value = hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  }

  /** What the server says of itself goes back to it with the next save. */
  take({ seen, revision }) {
    const { autosave_seen: seenInput, revision: revisionInput } = this.form.elements;
    if (seenInput && seen !== undefined) seenInput.value = seen;
    if (revisionInput && revision !== undefined) revisionInput.value = revision;
  }

  get dirty() {
    return this.changes > this.kept;
  }

  heard(event) {
    // Also inputs that stand elsewhere and belong here by their form attribute.
    if (event.target.form === this.form && event.target.name) this.touch();
  }

  touch() {
    if (!this.dirty) this.since = Date.now();
    this.changes += 1;
    if (!this.stopped) showSaveState(navigator.onLine ? "waiting" : "offline");
    this.plan(Math.min(QUIET, Math.max(0, this.since + LONGEST - Date.now())));
  }

  plan(delay) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), delay);
  }

  /** Send what is not kept yet. One at a time; answers "saved", "offline", "away", "signedOut", "conflict" or "refused". */
  save() {
    clearTimeout(this.timer);
    if (!this.dirty || this.stopped) return Promise.resolve(this.stopped ? "conflict" : "saved");
    this.sending ??= this.send().finally(() => {
      this.sending = null;
    });
    return this.sending;
  }

  /** Everything but files: those go with the form itself. */
  fields() {
    const fields = new FormData(this.form);
    fields.delete("password_again");
    for (const [name, value] of [...fields]) if (value instanceof File) fields.delete(name);
    return fields;
  }

  post() {
    return fetch(this.form.dataset.autosaveUrl, {
      method: "POST",
      body: this.fields(),
      credentials: "same-origin",
      headers: { Accept: "application/json", "X-Requested-With": "XMLHttpRequest" },
    });
  }

  async send() {
    const sent = this.changes;
    showSaveState("saving");
    let response;
    try {
      response = await this.post();
      // A sign-in in another tab has changed the CSRF token: once more, with the new one.
      if (response.status === 403 && (await renewToken())) response = await this.post();
    } catch {
      showSaveState("offline");
      this.plan(RETRY);
      return "offline";
    }
    if (isSignedOut(response)) {
      showSaveState("signedOut");
      askToSignIn(() => this.save());
      return "signedOut";
    }
    if (response.status === 409) {
      this.stopped = true;
      showSaveState("conflict");
      this.askWhich(await answer(response));
      return "conflict";
    }
    if (response.status === 503) {
      showSaveState("away");
      this.plan(1000 * (Number(response.headers.get("Retry-After")) || 5));
      return "away";
    }
    if (!response.ok) {
      showSaveState("waiting");
      if (response.status >= 500) this.plan(RETRY);
      return "refused";
    }
    const said = await answer(response);
    this.take(said);
    this.newKey();
    this.kept = sent;
    if (this.dirty) {
      this.since = Date.now();
      showSaveState("waiting");
      this.plan(QUIET);
    } else {
      showSaveState("saved", said.saved);
    }
    return "saved";
  }

  askWhich(said) {
    const { url, message, html } = said;
    if (html) {
      this.askBoth(said);
      return;
    }
    const notice = document.createElement("div");
    notice.className = "message error notice";
    notice.setAttribute("role", "alert");
    const words = document.createElement("p");
    words.textContent = message || "This was changed in another window. What you typed here is still on this page.";
    notice.append(words);
    if (url) {
      const link = document.createElement("a");
      link.className = "btn";
      link.href = url;
      link.target = "_blank";
      link.textContent = "See the other version";
      notice.append(link);
    }
    document.body.append(notice);
  }

  /** Both versions in the page: theirs is a button of the form; mine is kept here, and typing goes on. */
  askBoth(said) {
    document.getElementById("both")?.remove();
    const box = document.createElement("template");
    box.innerHTML = said.html;
    const panel = box.content.firstElementChild;
    this.form.before(panel);
    panel.querySelector('[data-choose="mine"]').addEventListener("click", (event) => {
      event.preventDefault();
      this.take(said);
      this.newKey();
      this.stopped = false;
      this.changes += 1;
      panel.remove();
      this.save();
    });
    panel.scrollIntoView({ block: "center" });
  }

  /** Sending the form for good must not lose it to a sign-in page or a dead network: keep it first. */
  async beforeSubmit(event) {
    if (this.leaving || event.defaultPrevented) return;
    event.preventDefault();
    if (this.asking) return; // A second click while the first is on its way.
    this.asking = true;
    const { submitter } = event;
    await this.sending;
    this.changes += 1; // Always ask the server, so that a sign-in that ran out shows now.
    const outcome = await this.save();
    this.asking = false;
    if (["signedOut", "offline", "away"].includes(outcome)) return;
    // Both versions are on the page: only the choice itself goes on.
    if (outcome === "conflict" && document.getElementById("both") && !submitter?.dataset.choose) return;
    // Not within the event that was stopped: a form that is firing it takes no second one.
    await new Promise((resume) => setTimeout(resume));
    this.leaving = true;
    delete this.form.dataset.sent;
    this.form.requestSubmit(submitter);
    setTimeout(() => {
      this.leaving = false;
    }, 1000);
  }
}

document.querySelectorAll("form[data-autosave-url]").forEach((form) => new Autosave(form));
