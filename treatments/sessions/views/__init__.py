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
from mesoclinic.core.findings import (
    MIN_BLOCK_REASON,
    MIN_WARN_REASON,
    Refused,
    ordered,
)
from mesoclinic.core.once import once
from mesoclinic.core.quantities import ZERO, plain
from patients.actions import note_viewing
from treatments.plans.models import TreatmentPlan
from treatments.schedule.models import Appointment
from treatments.sessions import actions, queries, rules
from treatments.sessions.forms import (
    GPA7,
    LATER_MOMENTS,
    MEASURES,
    Paper,
    fields_of,
    put_doses,
    put_zones,
)
from treatments.sessions.models import TreatmentSession
from treatments.sessions.queries import DENSITY, DRAFT_KIND

#: The fields of a session that are kept as typed until it is signed.
_WAITING = tuple(MEASURES)


# ── starting ─────────────────────────────────────────────────────────────────────────────────────


@allowed(Permission.RUN_SESSION)
@require_POST
@once
def session_start(request, pk):
    """The session of an appointment: the one begun, or a new one."""
    appointment = get_object_or_404(
        Appointment.objects.select_related("patient"), pk=pk
    )
    return _start(request, appointment.patient, appointment=appointment)


@allowed(Permission.RUN_SESSION)
@require_POST
@once
def session_start_for_plan(request, pk):
    """The next session of a plan, for somebody who came without an appointment."""
    plan = get_object_or_404(TreatmentPlan.objects.select_related("patient"), pk=pk)
    return _start(request, plan.patient, plan=plan)


def _start(request, patient, **of):
    reasons = _reasons(request.POST)
    try:
        session = actions.start_session(
            **of, by=request.user, clinic=request.clinic, reasons=reasons
        )
    except Refused as refused:
        page = {
            "nav_on": "patients",
            "patient": patient,
            "step": "",
            "title": "Start the session",
            **_findings(
                refused.findings,
                reasons,
                request,
                refused=refused.findings if reasons else (),
            ),
        }
        return render(
            request, "treatments/sessions/session_start.html", page, status=422
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
    return _page(request, paper, ref)


def _chart(request, sheet):
    """Keep what was posted: “Save draft”, “Review & sign”, “Same as last”, or take a colleague's version."""
    do = request.POST.get("do", "draft")
    if not sheet.is_draft:
        messages.error(request, "This session is signed. Add an addendum below.")
        return redirect("sessions:session", sheet.pk)
    if do == "theirs":
        _drop(request, sheet)
        return redirect("sessions:session", sheet.pk)
    ref, lots = queries.reference(), _lots(sheet)
    if do == "same":
        return _same_as_last(request, sheet, lots)
    paper = Paper.posted(request.POST, sheet, ref, lots)
    if not paper.is_valid():
        _keep(request, sheet, request.POST)
        return _page(request, paper, ref, status=422)
    try:
        actions.save_draft(
            session=sheet,
            by=request.user,
            revision=paper.revision(),
            chart=paper.chart(),
        )
    except actions.ChangedMeanwhile as changed:
        _keep(request, sheet, request.POST)
        both = _both_versions(changed, ref)
        fields = request.POST.copy()
        fields["revision"] = str(changed.revision)  # “keep mine” is then an answer
        paper = Paper.as_typed(fields, sheet, ref, lots)
        return _page(request, paper, ref, both=both, status=409)
    except Refused as refused:
        _keep(request, sheet, request.POST)
        return _page(request, paper, ref, refused=refused.findings, status=422)
    _keep_waiting(request, sheet)
    if do == "review":
        return redirect("sessions:sign", sheet.pk)
    messages.success(request, "Draft saved.")
    return redirect("sessions:session", sheet.pk)


def _same_as_last(request, sheet, lots):
    """Zones and ml as last time. Safety, checklist, lots and pain are asked anew, so nothing of them is copied."""
    last = sheet.sheet_last
    if last is None:
        messages.error(request, "This plan has no signed session yet.")
        return redirect("sessions:session", sheet.pk)
    fields = request.POST.copy()
    put_zones(fields, last["zones"])
    put_doses(fields, _as_last(sheet, last, lots))
    fields["technique"], fields["needle"] = last["technique"], last["needle"]
    _keep(request, sheet, fields)
    messages.success(
        request,
        f"Zones, points and ml as in session {last['number']}. Lots are today's first to expire.",
    )
    return redirect("sessions:session", sheet.pk)


def _as_last(sheet, last, lots):
    """What each product was given last time, out of today's lots."""
    now = timezone.now()
    for component in sheet.sheet_components:
        product = component["product"]
        given = sum(
            (Decimal(d["ml"]) for d in last["doses"] if d["product"] == product), ZERO
        )
        share = queries.share_out(
            product,
            component["name"],
            given,
            lots.get(product, []),
            sheet.performed_on,
            now,
        )
        for lot, ml in share.takes:
            yield product, lot, ml


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
            session=TreatmentSession(pk=pk),
            by=request.user,
            reasons=reasons,
            measurements=_measurements,
        )
    except TreatmentSession.DoesNotExist as nothing:
        raise Http404 from nothing
    except Refused as refused:
        if any(finding.code == UNSAVED for finding in refused.findings):
            return _save_first(request, pk)
        sheet = _sheet(request, pk)
        return _review_page(
            request, sheet, refused=refused.findings, reasons=reasons, status=422
        )
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
        return _signed_page(
            request, sheet, refused=refused.findings, typed=typed, status=422
        )
    messages.success(request, "Addendum added.")
    return redirect("sessions:session", pk)


@allowed(Permission.SIGN_SESSION)
@require_POST
@once
def session_void(request, pk):
    """Make a signed session void. Nothing goes back to stock."""
    sheet = _sheet(request, pk)
    try:
        actions.void_session(
            session=sheet, by=request.user, reason=request.POST.get("reason", "")
        )
    except Refused as refused:
        return _signed_page(request, sheet, refused=refused.findings, status=422)
    messages.success(
        request,
        "The session is void. What was injected stays used: nothing was returned to stock.",
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
    return {
        "owner": request.user,
        "kind": DRAFT_KIND,
        "subject": queries.draft_subject(sheet),
    }


def _keep(request, sheet, fields):
    drafts.save_draft(**_mine(request, sheet), url=request.path, posted=fields)


def _drop(request, sheet):
    drafts.drop_draft(**_mine(request, sheet))


def _keep_waiting(request, sheet):
    """The chart is stored; only the measurements still wait for the signature."""
    waiting = QueryDict(mutable=True)
    waiting.update({
        name: request.POST[name] for name in _WAITING if request.POST.get(name)
    })  # fmt: skip
    if waiting:
        _keep(request, sheet, waiting)
    elif sheet.sheet_draft is not None:
        _drop(request, sheet)


def _reasons(posted):
    return {
        name.removeprefix("reason:"): text
        for name, text in posted.items()
        if name.startswith("reason:")
    }


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


def _page(request, paper, ref, *, refused=(), both=None, status=200):
    sheet = paper.sheet
    page = {
        **_frame(sheet),
        "paper": paper,
        "form": paper.main,
        "forms": [*paper.zones, *paper.doses, *paper.reactions],
        "refused": refused,
        "both": both,
        "draft_kind": DRAFT_KIND,
        "draft_subject": queries.draft_subject(sheet),
        "saved_at": _saved_at(sheet),
        "zones": [form.row for form in paper.zones],
        "spacing_cm": queries.spacing_cm(sheet.plan),
        "syringe": _syringe(paper),
        "checks": _checks(paper.main, ref),
        "last": sheet.sheet_last,
        "pain_hint": _pain_hint(sheet.sheet_last),
        "later_pain": [paper.main[f"pain_{moment}"] for moment in LATER_MOMENTS],
        "seen": _reactions(paper),
        "figures": _figures(paper, ref),
        "plot": _plot(sheet, ref),
        "review_due": rules.review_due(
            sheet.number, sheet.plan.sessions_planned, sheet.clinic.review_at_session
        ),
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
        lines.append({
            "component": component,
            "used": used,
            "spare": [f for f in forms if f not in used],
            "gone": [_why_gone(paper.sheet, f) for f in gone],
            "short": _short(paper.sheet, component, forms[0]),
        })  # fmt: skip
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
        f"{form.proposed.number} stands in its place: look at the vial, then save."
        if form.proposed
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


def _checks(form, ref):
    """The short list, and the whole of it by phase, each as (item, ticked)."""
    given = {str(value) for value in form["check"].value() or []}
    whole = form["check_all"].value() or []
    rows = [
        (item, str(item.id) in given or (item.phase in whole and not item.short))
        for item in ref.items
        if not item.by_software
    ]
    short = [(item, on) for item, on in rows if item.short]
    answered = {item.code for item, on in rows if on}
    rest = [
        (item, on)
        for item, on in rows
        if not item.short and not _answered_in(item, short)
    ]
    must = [i for i, _ in rows if i.mandatory]
    done = [i for i in must if i.code in answered or i.asked_with in answered]
    phases = dict.fromkeys(item.phase for item, _ in rest)
    return {
        "short": short,
        "short_done": sum(1 for _, on in short if on),
        "phases": [
            (phase, [(i, on) for i, on in rest if i.phase == phase], phase in whole)
            for phase in ("before", "during", "after")
            if phase in phases
        ],
        "mandatory": len(must),
        "mandatory_done": len(done),
    }


def _answered_in(item, short):
    return any(item.asked_with == each.code for each, _ in short)


def _reactions(paper):
    first = [
        f for f in paper.reactions if f.effect.from_seed and not f.effect.is_urgent
    ]
    rest = [f for f in paper.reactions if f not in first]
    shown = [f for f in rest if f["seen"].value()]
    return {
        "first": [*first, *shown],
        "others": [f for f in rest if f not in shown and not f.effect.is_urgent],
        "urgent": [f for f in rest if f not in shown and f.effect.is_urgent],
    }


def _density_zone(sheet, ref):
    """Where density is counted: where it was the last time, else the vertex, else the first assessed zone."""
    codes = [row["zone"] for row in sheet.sheet_figures if row["scale"] == DENSITY][-1:]
    assessed = [row["code"] for row in sheet.sheet_areas]
    codes += ["VERTEX"] if "VERTEX" in assessed else assessed[:1]
    return next(
        (zone for code in codes for zone in ref.zones if zone.code == code), None
    )


def _figures(paper, ref):
    """The figures of “Since last session”: the field, the last value, and the difference where one is typed."""
    sheet, zone = paper.sheet, _density_zone(paper.sheet, ref)
    rows = []
    for name, code in MEASURES.items():
        scale = ref.scales.get(code)
        if scale is None:
            continue
        last = _last_figure(sheet, code, zone)
        where = (
            f", {zone.name.partition(' (')[0].lower()}"
            if code == DENSITY and zone
            else ""
        )
        rows.append({
            "field": paper.main[name],
            "label": f"{paper.main.fields[name].label}{where}",
            "unit": "/cm²" if code == DENSITY else scale.unit,
            "last": last,
            "better": 1 if scale.higher_is_better else -1,
            "change": _change(paper.main[name].value(), last, scale.higher_is_better),
        })  # fmt: skip
    return rows


def _last_figure(sheet, code, zone):
    values = [
        Decimal(str(row["value"]))
        for row in sheet.sheet_figures
        if row["scale"] == code
        and (code != DENSITY or zone is None or row["zone"] in (zone.code, None))
    ]
    return values[-1] if values else None


def _change(typed, last, higher_is_better):
    """“+9” and how good that is; None while nothing is typed."""
    try:
        difference = Decimal(str(typed or "").replace(",", ".")) - last
    except (ArithmeticError, TypeError):
        return None
    sign = "+" if difference > 0 else "−" if difference < 0 else "±"
    good = difference == 0 or (difference > 0) == higher_is_better
    return {
        "text": f"{sign}{plain(abs(difference))}",
        "level": "ok" if good else "warn",
    }


def _plot(sheet, ref):
    """The density so far, as a line in a box of 300 × 64; nothing before there are two figures."""
    zone = _density_zone(sheet, ref)
    values = [
        float(row["value"])
        for row in sheet.sheet_figures
        if row["scale"] == DENSITY
        and (zone is None or row["zone"] in (zone.code, None))
    ][-8:]
    if len(values) < 2:
        return None
    low, high = min(values), max(values)
    span = (high - low) or 1
    step = 284 / (len(values) - 1)
    points = [
        (round(8 + n * step, 1), round(56 - (value - low) / span * 44, 1))
        for n, value in enumerate(values)
    ]
    return {
        "points": points,
        "line": " ".join(f"{x},{y}" for x, y in points),
        "label": f"Density from {values[0]:g} to {values[-1]:g} hairs/cm²",
    }


def _both_versions(changed, ref):
    """What differs, part by part, as (part, there, here)."""
    there, here = _in_words(changed.there, ref), _in_words(changed.here, ref)
    return [
        (part, there[part] or "nothing", here[part] or "nothing")
        for part in there
        if there[part] != here[part]
    ]


def _in_words(chart, ref):
    """A chart as people compare it."""
    zones = {zone.id: zone.name for zone in ref.zones}
    effects = {effect.id: effect.label for effect in ref.effects}
    items = {item.id: item.label for item in ref.items}
    reactions = [
        f"{effects.get(r.effect_id, 'a reaction')}, {r.grade}{f' ({r.note})' if r.note else ''}"
        for r in chart.reactions
    ]
    return {
        "Checklist": ", ".join(sorted(items.get(i, "") for i in chart.ticked)),
        "Syringe": " · ".join(
            f"{plain(d.ml)} ml of lot {d.lot_id}" for d in chart.doses
        ),
        "Scalp map": " · ".join(
            f"{zones.get(z.zone_id, '')} {z.points} × {plain(z.ml_per_point)} ml, "
            f"{plain(z.depth_mm)} mm, {plain(z.area_cm2)} cm²"
            for z in chart.zones
        ),
        "Pain": " · ".join(f"{m} {s}" for m, s in sorted(chart.pain.items())),
        "Relief": " · ".join(
            r.method.replace("_", " ")
            + (
                ""
                if r.lidocaine_mg is None
                else f" {plain(r.lidocaine_mg)} mg lidocaine"
            )
            for r in chart.relief
        ),
        "Injected by": next(
            (p.name for p in ref.performers if p.id == chart.performed_by_id), ""
        ),
        "Reactions": "none" if chart.no_reactions else " · ".join(reactions),
        "Since last session": chart.since_last,
        "Note": chart.note,
        "Technique": " ".join(filter(None, (chart.technique, chart.needle))),
        "Next session": chart.next_on.isoformat() if chart.next_on else "",
        "Review": " ".join(
            filter(
                None,
                (
                    "" if chart.review_change is None else f"{chart.review_change:+d}",
                    chart.review_decision,
                    chart.review_note,
                ),
            )
        ),
    }


def _findings(findings, reasons, request, *, refused=()):
    """What parts/_findings.html takes. ``refused`` are those still in the way after a try."""
    missing = {
        f.code
        for f in refused
        if f.asks
        and len(reasons.get(f.code, "").strip())
        < (MIN_BLOCK_REASON if f.blocks else MIN_WARN_REASON)
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
    shown = _findings(
        findings, {**standing.answered, **(reasons or {})}, request, refused=refused
    )
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
    delivered = rules.delivered_ml([
        rules.ZoneFact(row["code"], row["points"], Decimal(row["ml"]))
        for row in sheet.sheet_zones
    ])  # fmt: skip
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
            {**row, "expires_on": datetime.fromisoformat(row["expires"]).date()}
            for row in sheet.sheet_doses
        ],
        "zones": [
            {
                **row,
                "label": f"{row['code'].partition('_')[0].capitalize()} {row['points']}",
                "state": "done",
            }
            for row in sheet.sheet_zones
        ],
        "addenda": [
            {**row, "at": datetime.fromisoformat(row["at"])}
            for row in sheet.sheet_addenda
        ],
        "overrides": [
            {**row, "at": datetime.fromisoformat(row["at"])}
            for row in sheet.acknowledged
        ],
        "change": dict(GPA7).get(str(sheet.review_change), ""),
        "next_words": date_format(sheet.next_on, "D j M Y") if sheet.next_on else "",
    }
    return render(
        request, "treatments/sessions/session_signed.html", page, status=status
    )
