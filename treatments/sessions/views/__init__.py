"""The session: chart it while the patient is in the chair, read it over, sign it, read it later."""

from datetime import date, datetime
from decimal import Decimal

from django.contrib import messages
from django.http import Http404, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.views.decorators.http import require_http_methods, require_POST

from mesoclinic.accounts.permissions import Permission, allowed
from mesoclinic.core import drafts
from mesoclinic.core.findings import MIN_BLOCK_REASON, MIN_WARN_REASON, Refused, ordered
from mesoclinic.core.once import once
from mesoclinic.core.quantities import ZERO, plain
from patients.actions import note_viewing
from treatments.plans.models import TreatmentPlan
from treatments.schedule.models import Appointment
from treatments.sessions import actions, queries, rules
from treatments.sessions.forms import GPA7, LATER_MOMENTS, MEASURES, Paper, fields_of
from treatments.sessions.models import TreatmentSession
from treatments.sessions.queries import DENSITY, DRAFT_KIND
from treatments.sessions.queries.scans import lot_scanned
from treatments.sessions.views.charting import (
    as_last_json,
    checks_of,
    contents_json,
    course_json,
    densities_of,
    drawn_on_map,
    fill_as_last,
    last_words,
    sections_of,
)
from treatments.sessions.views.discarding import session_discard
from treatments.sessions.views.keeping import session_keep, session_safety, session_scan
from treatments.sessions.views.versions import both_versions, typed_in

__all__ = [
    "session",
    "session_addendum",
    "session_discard",
    "session_keep",
    "session_safety",
    "session_scan",
    "session_sign",
    "session_start",
    "session_start_for_plan",
    "session_void",
]

#: The fields of a session that are kept as typed until it is signed.
_WAITING = tuple(MEASURES)


# ── starting ─────────────────────────────────────────────────────────────────────────────────────


@allowed(Permission.RUN_SESSION)
@require_POST
@once
def session_start(request, pk):
    """The session of an appointment: the one begun, or a new one."""
    appointment = get_object_or_404(Appointment.objects.select_related("patient"), pk=pk)
    return _start(request, appointment.patient, appointment=appointment)


@allowed(Permission.RUN_SESSION)
@require_POST
@once
def session_start_for_plan(request, pk):
    """The next session of a plan, for somebody who came without an appointment."""
    plan = get_object_or_404(TreatmentPlan.objects.select_related("patient"), pk=pk)
    return _start(request, plan.patient, plan=plan)


def _start(request, patient, **of):
    reasons, began = _reasons(request.POST), timezone.now()
    try:
        session = actions.start_session(**of, by=request.user, clinic=request.clinic, reasons=reasons)
    except Refused as refused:
        page = {
            "nav_on": "patients",
            "patient": patient,
            "step": "",
            "title": "Start the session",
            **_findings(refused.findings, reasons, request, refused=refused.findings if reasons else ()),
            "unsigned": queries.unsigned_of(patient, by=request.user),
        }
        return render(request, "treatments/sessions/session_start.html", page, status=422)
    if session.is_draft and session.started_at < began:
        since = date_format(timezone.localtime(session.started_at), "j M, H:i")
        messages.info(
            request,
            f"Session {session.number} was begun on {since} and is not signed. It stands as it was left.",
        )
    return redirect("sessions:session", session.pk)


# ── charting ─────────────────────────────────────────────────────────────────────────────────────


@allowed(Permission.RUN_SESSION)
@require_http_methods(["GET", "POST"])
def session(request, pk):
    """A draft to chart, as it was left; or what was signed, to read."""
    sheet = _sheet(request, pk)
    if request.method == "POST":
        return _chart(request, sheet)
    note_viewing(patient=sheet.patient, by=request.user, page="session")
    if not sheet.is_draft:
        return _signed_page(request, sheet)
    ref = queries.reference()
    lots = _lots(sheet)
    paper = Paper.as_typed(_typed(sheet), sheet, ref, lots)
    return _page(request, paper, ref, lots)


def _chart(request, sheet):
    """Keep what was posted: “Save draft”, “Review & sign”, “Same as last”, or take a colleague's version."""
    do = request.POST.get("do", "draft")
    if not sheet.is_draft:
        messages.error(request, "This session is signed. Add an addendum below.")
        return redirect("sessions:session", sheet.pk)
    if do == "theirs":
        _drop(request, sheet)
    if do in ("theirs", "other"):
        return redirect("sessions:session", sheet.pk)
    ref, lots = queries.reference(), _lots(sheet)
    if do == "same":
        return _same_as_last(request, sheet, lots)
    if do == "scan":
        return _scan(request, sheet, lots)
    if _kept_elsewhere(request, sheet):
        there = typed_in(sheet.sheet_draft)
        both = both_versions(sheet, ref, lots, there=there, here=request.POST)
        if both:
            fields = request.POST.copy()
            paper = Paper.as_typed(fields, sheet, ref, lots)
            return _page(request, paper, ref, lots, both=both, take="other", status=409)
    paper = Paper.posted(request.POST, sheet, ref, lots)
    if not paper.is_valid():
        _keep(request, sheet, request.POST)
        return _page(request, paper, ref, lots, status=422)
    try:
        actions.save_draft(session=sheet, by=request.user, revision=paper.revision(), chart=paper.chart())
    except actions.ChangedMeanwhile as changed:
        _keep(request, sheet, request.POST)
        sheet = _sheet(request, sheet.pk)
        there = fields_of(sheet)
        both = both_versions(sheet, ref, lots, there=there, here=request.POST)
        fields = request.POST.copy()
        fields["revision"] = str(changed.revision)  # “keep mine” is then an answer
        paper = Paper.as_typed(fields, sheet, ref, lots)
        return _page(request, paper, ref, lots, both=both, take="theirs", status=409)
    except Refused as refused:
        _keep(request, sheet, request.POST)
        return _page(request, paper, ref, lots, refused=refused.findings, status=422)
    _keep_waiting(request, sheet)
    if do == "review":
        return redirect("sessions:sign", sheet.pk)
    messages.success(request, "Draft saved.")
    return redirect("sessions:session", sheet.pk)


def _same_as_last(request, sheet, lots):
    """As last time, without a script. Safety, checklist, lots and pain are asked anew."""
    last = sheet.sheet_last
    if last is None:
        messages.error(request, "This plan has no signed session yet.")
        return redirect("sessions:session", sheet.pk)
    fields = request.POST.copy()
    fill_as_last(fields, sheet, lots)
    _keep(request, sheet, fields)
    messages.success(
        request, f"Zones, points and ml as in session {last['number']}. Lots are today's first to expire."
    )
    return redirect("sessions:session", sheet.pk)


def _scan(request, sheet, lots):
    """A scanned vial, without a script: its lot is chosen and read."""
    products = [row["product"] for row in sheet.sheet_components]
    found = lot_scanned(
        request.POST.get("scan", ""),
        {product: lots.get(product, []) for product in products},
        clinic=sheet.clinic,
        on=sheet.performed_on,
        at=timezone.now(),
    )
    fields = request.POST.copy()
    fields["scan"] = ""
    if found.lot is None:
        messages.error(request, found.message)
    else:
        prefix = f"dose-{found.lot.product_id}-0"
        fields[f"{prefix}-lot"], fields[f"{prefix}-read"] = str(found.lot.pk), "on"
        messages.success(request, f"Lot {found.lot.number} is chosen and read.")
    _keep(request, sheet, fields)
    return redirect("sessions:session", sheet.pk)


def _kept_elsewhere(request, sheet):
    """Whether this person's other window kept something that this one has not seen."""
    if sheet.sheet_draft is None or "draft_seen" not in request.POST:
        return False
    return request.POST["draft_seen"] != str(sheet.sheet_draft["revision"])


# ── signing ──────────────────────────────────────────────────────────────────────────────────────


@allowed(Permission.SIGN_SESSION)
@require_http_methods(["GET", "POST"])
@once(to="sessions:session")
def session_sign(request, pk):
    """Read the session over with all that the rules say, and sign it."""
    if request.method != "POST":
        sheet = _sheet(request, pk)
        if not sheet.is_draft:
            return redirect("sessions:session", pk)
        if _has_unsaved(sheet):
            return _save_first(request, pk)
        return _review_page(request, sheet)
    reasons = _reasons(request.POST)
    try:
        actions.sign_session(
            session=TreatmentSession(pk=pk), by=request.user, reasons=reasons, measurements=_measurements
        )
    except TreatmentSession.DoesNotExist as nothing:
        raise Http404 from nothing
    except Refused as refused:
        if any(finding.code == UNSAVED for finding in refused.findings):
            return _save_first(request, pk)
        sheet = _sheet(request, pk)
        return _review_page(request, sheet, refused=refused.findings, reasons=reasons, status=422)
    messages.success(request, "Session signed.")
    return redirect("sessions:session", pk)


#: Refuses a signature while something typed is not in what would be signed.
UNSAVED = "session:unsaved"
SAVE_FIRST = "Something typed here is not in the session yet. Look it over, then press “Review & sign”."


def _save_first(request, pk):
    messages.error(request, SAVE_FIRST)
    return redirect("sessions:session", pk)


def _has_unsaved(sheet):
    """Whether this person typed something that is not in the stored chart."""
    draft = sheet.sheet_draft
    if draft is None or "revision" not in draft["fields"]:
        return False
    paper = Paper.posted(_typed(sheet), sheet, queries.reference(), _lots(sheet))
    return not paper.is_valid() or paper.chart() != queries.chart_of(sheet)


def _measurements(sheet, ref):
    """The figures that waited, of a session that is held: those of who signs, else of who began."""
    if _has_unsaved(sheet):
        raise Refused.because(SAVE_FIRST, code=UNSAVED)
    kept = sheet.sheet_draft["fields"] if sheet.sheet_draft else sheet.sheet_first_draft
    if kept is None:
        return []
    kept, fields = drafts.as_posted(drafts.Draft(fields=kept)), fields_of(sheet)
    fields.update({name: kept.get(name, "") for name in _WAITING})
    paper = Paper.posted(fields, sheet, ref, {})
    if not paper.main.is_valid():
        return []
    zone = _density_zone(sheet, ref)
    return paper.measurements(ref, zone.id if zone else None)


# ── afterwards ───────────────────────────────────────────────────────────────────────────────────


@allowed(Permission.SIGN_SESSION)
@require_POST
@once
def session_addendum(request, pk):
    """Add to a signed session, with the reason."""
    sheet = _sheet(request, pk)
    text, reason = request.POST.get("text", ""), request.POST.get("reason", "")
    try:
        actions.add_addendum(session=sheet, by=request.user, text=text, reason=reason)
    except Refused as refused:
        typed = {"text": text, "reason": reason}
        return _signed_page(request, sheet, refused=refused.findings, typed=typed, status=422)
    messages.success(request, "Addendum added.")
    return redirect("sessions:session", pk)


@allowed(Permission.SIGN_SESSION)
@require_POST
@once
def session_void(request, pk):
    """Make a signed session void. Nothing goes back to stock."""
    sheet = _sheet(request, pk)
    try:
        actions.void_session(session=sheet, by=request.user, reason=request.POST.get("reason", ""))
    except Refused as refused:
        return _signed_page(request, sheet, refused=refused.findings, status=422)
    messages.success(
        request, "The session is void. What was injected stays used: nothing was returned to stock."
    )
    return redirect("sessions:session", pk)


# ── what is typed and kept ───────────────────────────────────────────────────────────────────────


def _sheet(request, pk):
    sheet = queries.sheets(user=request.user).filter(pk=pk).first()
    if sheet is None:
        raise Http404
    return sheet


def _lots(sheet):
    products = [row["product"] for row in sheet.sheet_components]
    return queries.lots_to_choose(sheet.clinic, products, sheet.performed_on)


def _typed(sheet):
    """The fields as they were left: the unsent draft; else the stored session, with the figures that wait."""
    stored = fields_of(sheet)
    if sheet.sheet_draft is None:
        return stored
    kept = drafts.as_posted(drafts.Draft(fields=sheet.sheet_draft["fields"]))
    if "revision" in kept:
        return kept
    for name in _WAITING:
        if kept.get(name):
            stored[name] = kept[name]
    return stored


def _mine(request, sheet):
    return {"owner": request.user, "kind": DRAFT_KIND, "subject": queries.draft_subject(sheet)}


def _keep(request, sheet, fields):
    drafts.save_draft(**_mine(request, sheet), url=request.path, posted=fields)


def _drop(request, sheet):
    drafts.drop_draft(**_mine(request, sheet))


def _keep_waiting(request, sheet):
    """The chart is stored; only the measurements still wait for the signature."""
    waiting = QueryDict(mutable=True)
    waiting.update({name: request.POST[name] for name in _WAITING if request.POST.get(name)})
    if waiting:
        _keep(request, sheet, waiting)
    elif sheet.sheet_draft is not None:
        _drop(request, sheet)


def _reasons(posted):
    return {name.removeprefix("reason:"): text for name, text in posted.items() if name.startswith("reason:")}


# ── the pages ────────────────────────────────────────────────────────────────────────────────────


def _frame(sheet):
    return {
        "nav_on": "today",
        "patient": sheet.patient,
        "step": "",
        "session": sheet,
        "title": f"Session {sheet.number} of {sheet.plan.sessions_planned}",
        "room_name": sheet.room.name if sheet.room else "",
    }


def _page(request, paper, ref, lots, *, refused=(), both=None, take="", status=200):
    sheet = paper.sheet
    review_due = rules.review_due(sheet.number, sheet.plan.sessions_planned, sheet.clinic.review_at_session)
    checks = checks_of(paper.main, ref)
    progress = sections_of(paper, checks, review_due=review_due)
    page = {
        **_frame(sheet),
        "paper": paper,
        "form": paper.main,
        "forms": paper.forms[1:],
        "refused": refused,
        "both": both,
        "take": take,
        "draft_kind": DRAFT_KIND,
        "draft_subject": queries.draft_subject(sheet),
        "draft_seen": sheet.sheet_draft["revision"] if sheet.sheet_draft else 0,
        "saved_at": _saved_at(sheet),
        "progress": progress,
        "missing": sum(1 for section in progress if section["state"] == "missing"),
        "sections": {section["code"]: section for section in progress},
        "zones": [form.row for form in paper.zones],
        "drawn": [form.row for form in paper.drawn],
        "densities": densities_of(paper),
        "course": course_json(sheet),
        "picture_cm2": rules.PICTURE_CM2,
        "techniques": rules.TECHNIQUES,
        "spacing_cm": queries.spacing_cm(sheet.plan),
        "syringe": _syringe(paper),
        "checks": checks,
        "last": sheet.sheet_last,
        "last_words": last_words(sheet),
        "as_last": as_last_json(sheet, lots, fields_of(sheet)),
        "pain_hint": _pain_hint(sheet.sheet_last),
        "later_pain": [paper.main[f"pain_{moment}"] for moment in LATER_MOMENTS],
        "seen": _reactions(paper),
        "figures": _figures(paper, ref),
        "plot": _plot(sheet, ref),
        "review_due": review_due,
    }
    return render(request, "treatments/sessions/session.html", page, status=status)


def _pain_hint(last):
    return f"last session {last['pain']}" if last and last["pain"] is not None else ""


def _saved_at(sheet):
    if sheet.sheet_draft is None:
        return sheet.saved_at
    return datetime.fromisoformat(sheet.sheet_draft["saved_at"])


def _syringe(paper):
    """The lines of the syringe by product, with what the shelf does not hold."""
    lines = []
    for component in paper.sheet.sheet_components:
        forms = [f for f in paper.doses if f.component is component]
        used = [f for f in forms if f["ml"].value() or f["lot"].value()] or forms[:1]
        gone = [f for f in used if f.gone]
        lines.append(
            {
                "component": component,
                "contents": contents_json(component),
                "used": used,
                "spare": [f for f in forms if f not in used],
                "gone": [_why_gone(paper.sheet, f) for f in gone],
                "short": _short(paper.sheet, component, forms[0]),
            }
        )
    actives = sum(1 for row in paper.sheet.sheet_components if row["active"])
    most = min(paper.sheet.clinic.max_actives, 6)
    return {
        "lines": lines,
        "actives": actives,
        "most": most,
        "single": paper.sheet.cocktail_version.kind == "single",
        "right": 2 <= actives <= most,
    }


def _why_gone(sheet, form):
    """A lot that is charted and may not be used any more, by its number."""
    lot = str(form["lot"].value())
    row = next((r for r in sheet.sheet_doses if str(r["lot"]) == lot), None)
    named = f"Lot {row['number']}" if row else "The lot chosen"
    said = "is recalled" if row and row["status"] == "recalled" else "may not be used"
    instead = (
        f"Choose the lot that was drawn up; {form.instead.number} is the next to expire."
        if form.instead
        else "Receive or release another."
    )
    return f"{named} {said}. {instead}"


def _short(sheet, component, form):
    """What is missing on the shelf for what was planned."""
    share = queries.share_out(
        component["product"],
        component["name"],
        Decimal(component["ml"]),
        list(form.lots.values()),
        sheet.performed_on,
        timezone.now(),
    )
    return share.missing


def _reactions(paper):
    first = [f for f in paper.reactions if f.effect.from_seed and not f.effect.is_urgent]
    rest = [f for f in paper.reactions if f not in first]
    shown = [f for f in rest if f["seen"].value()]
    return {
        "first": [*first, *shown],
        "others": [f for f in rest if f not in shown and not f.effect.is_urgent],
        "urgent": [f for f in rest if f not in shown and f.effect.is_urgent],
    }


def _density_zone(sheet, ref):
    """Where density is counted: where it was the last time, else the vertex, else the first assessed zone."""
    codes = [row["zone"] for row in sheet.sheet_figures if row["scale"] == DENSITY][:1]
    assessed = [row["code"] for row in sheet.sheet_areas]
    codes += ["VERTEX"] if "VERTEX" in assessed else assessed[:1]
    return next((zone for code in codes for zone in ref.zones if zone.code == code), None)


def _figures(paper, ref):
    """The figures of “Since last session”: the field, the last value, and the difference where one is typed."""
    sheet, zone = paper.sheet, _density_zone(paper.sheet, ref)
    rows = []
    for name, code in MEASURES.items():
        scale = ref.scales.get(code)
        if scale is None:
            continue
        last = _last_figure(sheet, code, zone)
        where = f", {zone.name.partition(' (')[0].lower()}" if code == DENSITY and zone else ""
        rows.append(
            {
                "field": paper.main[name],
                "label": f"{paper.main.fields[name].label}{where}",
                "unit": "/cm²" if code == DENSITY else scale.unit,
                "last": last,
                "better": 1 if scale.higher_is_better else -1,
                "change": _change(paper.main[name].value(), last, scale.higher_is_better),
            }
        )
    return rows


def _last_figure(sheet, code, zone):
    values = [
        Decimal(str(row["value"]))
        for row in sheet.sheet_figures
        if row["scale"] == code and (code != DENSITY or zone is None or row["zone"] in (zone.code, None))
    ]
    return values[0] if values else None


def _change(typed, last, higher_is_better):
    """“+9” and how good that is; None while nothing is typed."""
    try:
        difference = Decimal(str(typed or "").replace(",", ".")) - last
    except (ArithmeticError, TypeError):
        return None
    sign = "+" if difference > 0 else "−" if difference < 0 else "±"
    good = difference == 0 or (difference > 0) == higher_is_better
    return {"text": f"{sign}{plain(abs(difference))}", "level": "ok" if good else "warn"}


def _plot(sheet, ref):
    """The density so far, as a line in a box of 300 × 64; nothing before there are two figures."""
    zone = _density_zone(sheet, ref)
    values = [
        float(row["value"])
        for row in sheet.sheet_figures
        if row["scale"] == DENSITY and (zone is None or row["zone"] in (zone.code, None))
    ][:8][::-1]
    if len(values) < 2:
        return None
    low, high = min(values), max(values)
    span = (high - low) or 1
    step = 284 / (len(values) - 1)
    points = [
        (round(8 + n * step, 1), round(56 - (value - low) / span * 44, 1)) for n, value in enumerate(values)
    ]
    return {
        "points": points,
        "line": " ".join(f"{x},{y}" for x, y in points),
        "label": f"Density from {values[0]:g} to {values[-1]:g} hairs/cm²",
    }


def _findings(findings, reasons, request, *, refused=()):
    """What parts/_findings.html takes. ``refused`` are those still in the way after a try."""
    missing = {
        f.code
        for f in refused
        if f.asks
        and len(reasons.get(f.code, "").strip()) < (MIN_BLOCK_REASON if f.blocks else MIN_WARN_REASON)
    }
    return {
        "findings": ordered(f for f in findings if f.blocks or f.warns),
        "passed": ordered(f for f in findings if not (f.blocks or f.warns)),
        "reasons": reasons,
        "missing": missing,
        "may_override": request.user.may(Permission.OVERRIDE),
    }


def _review_page(request, sheet, *, refused=(), reasons=None, status=200):
    ref = queries.reference()
    standing = queries.standing(sheet, ref, by=request.user, at=timezone.now())
    known = {finding.code for finding in standing.findings}
    findings = [*standing.findings, *(f for f in refused if f.code not in known)]
    draft = queries.as_draft(sheet, ref)
    shown = _findings(findings, {**standing.answered, **(reasons or {})}, request, refused=refused)
    unticked = [f for f in shown["findings"] if f.where == "checklist"]
    left = {finding.code.removeprefix("checklist:") for finding in unticked}
    labels = [item.label for item in ref.items if item.code in left]
    page = {
        **_frame(sheet),
        **shown,
        "findings": [f for f in shown["findings"] if f.where != "checklist"],
        "unticked": unticked,
        "unticked_labels": ", ".join(labels[:4]) + ("…" if len(labels) > 4 else ""),
        "unticked_open": any(shown["reasons"].get(f.code) for f in unticked),
        "can_sign": not any(finding.fixed for finding in findings),
        "draft": draft,
        "drawn_ml": rules.drawn_ml(draft.doses),
        "delivered_ml": rules.delivered_ml(draft.zones),
        "waste_ml": rules.waste_ml(draft.doses, draft.zones),
        "pain": _pain(sheet),
        "refused": refused,
    }
    return render(request, "treatments/sessions/session_sign.html", page, status=status)


def _pain(sheet):
    moments = dict(TreatmentSession.pain.rel.related_model.Moment.choices)
    return [(moments[row["moment"]], row["score"]) for row in sheet.sheet_pain]


def _later_moments(sheet):
    """The moments whose pain can still be added, as (value, words)."""
    known = {row["moment"] for row in sheet.sheet_pain}
    words = dict(TreatmentSession.pain.rel.related_model.Moment.choices)
    return [(m, words[m]) for m in rules.LATER_MOMENTS if m not in known]


def _day(text):
    return date.fromisoformat(text) if text else None


def _signed_page(request, sheet, *, refused=(), typed=None, status=200):
    draft_ml = sum((Decimal(row["ml"]) for row in sheet.sheet_doses), ZERO)
    points = sum(row["points"] for row in sheet.sheet_zones)
    delivered = rules.delivered_ml(
        [rules.ZoneFact(row["code"], row["points"], Decimal(row["ml"])) for row in sheet.sheet_zones]
    )
    page = {
        **_frame(sheet),
        "refused": refused,
        "typed": typed or {},
        "drawn_ml": draft_ml,
        "delivered_ml": delivered,
        "points": points,
        "pain": _pain(sheet),
        "later_moments": _later_moments(sheet),
        "relief": queries.relief_facts(sheet),
        "reactions": [
            {
                **row,
                "began": _day(row["began"]),
                "ended": _day(row["ended"]),
                "added": row["added"] and datetime.fromisoformat(row["added"]),
                "check_in": row["days"] and rules.check_in_name(row["days"]),
            }
            for row in sheet.sheet_reactions
        ],
        "check_ins": [
            {**row, "due": _day(row["due"]), "name": rules.check_in_name(row["days"])}
            for row in sheet.sheet_check_ins
        ],
        "doses": [
            {**row, "expires_on": datetime.fromisoformat(row["expires"]).date()} for row in sheet.sheet_doses
        ],
        "zones": [
            {**row, "label": f"{row['code'].partition('_')[0].capitalize()} {row['points']}", "state": "done"}
            for row in sheet.sheet_zones
        ],
        "drawn": drawn_on_map(sheet.sheet_zones),
        "wasted_ml": sum((Decimal(row["wasted"]) for row in sheet.sheet_doses), ZERO),
        "addenda": [{**row, "at": datetime.fromisoformat(row["at"])} for row in sheet.sheet_addenda],
        "overrides": [{**row, "at": datetime.fromisoformat(row["at"])} for row in sheet.acknowledged],
        "change": dict(GPA7).get(str(sheet.review_change), ""),
        "next_words": date_format(sheet.next_on, "D j M Y") if sheet.next_on else "",
    }
    return render(request, "treatments/sessions/session_signed.html", page, status=status)
