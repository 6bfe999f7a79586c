"""What the charting page shows beside its fields: how far it is, the dose per cm², and last time to begin from."""

import json
from datetime import date, datetime
from decimal import Decimal

from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import date_format

from mesoclinic.core.quantities import ZERO, plain
from treatments.sessions.forms.doses import fields_of, put_doses
from treatments.sessions.forms.fields import LATER_MOMENTS, is_before
from treatments.sessions.forms.safety_questions import CHANGED
from treatments.sessions.forms.zones import drawn_of, put_zones
from treatments.sessions.models import TreatmentSession
from treatments.sessions.queries import proposal
from treatments.sessions.queries.sessions import DRAFT_KIND, draft_subject
from treatments.sessions.queries.signing import course_of
from treatments.sessions.rules import signing
from treatments.sessions.rules.progress import Charted, sections
from treatments.sessions.rules.zones import PICTURE_CM2, TECHNIQUES, density
from treatments.sessions.views.measurements import figure_rows, plot


def sections_of(paper, checks, *, review_due):
    """Every section with its state, by code; the same facts the scripts count while somebody charts."""
    main, sheet = paper.main, paper.sheet
    none_changed = bool(main["safety_none"].value())
    answers = [f["answer"].value() or ("same" if none_changed else "") for f in paper.safety]
    lines = [form for form in paper.doses if form["ml"].value()]
    accepted = bool(main["accept_all"].value())
    seen = [form for form in paper.reactions if form["seen"].value()]
    pain = str(main["pain_during"].value() or "")
    figures = [main[name].value() for name in ("density", "pull_test")]
    next_on = str(main["next_on"].value() or "")
    charted = Charted(
        measured=sum(1 for value in figures if value),
        reports=bool(main["since_last"].value()),
        asked=sum(1 for answer in answers if answer),
        topics=len(answers),
        changed=CHANGED in answers,
        ticked=checks["before_done"],
        must=checks["before_must"],
        doses=len(lines),
        read=sum(1 for form in lines if form["read"].value() or accepted),
        without_lot=sum(1 for form in lines if form.chosen is None),
        zones=len(paper.treated),
        wrong_zones=sum(1 for form in paper.regions if form.errors),
        points=paper.points,
        delivered=paper.delivered_ml,
        drawn=paper.drawn_ml,
        pain=int(pain) if pain.isdigit() else None,
        reactions=len(seen) if seen or main["no_reactions"].value() else None,
        ticked_after=checks["later_done"],
        must_after=checks["later_must"],
        next_on=next_on,
        note=bool(main["note"].value()),
        review_due=review_due,
        decision=str(main["review_decision"].value() or ""),
    )
    found = sections(charted)
    fresh = sheet.revision == 1 and sheet.sheet_draft is None
    return [
        {
            "code": section.code,
            "title": section.title,
            "state": section.state.value,
            "line": section.line,
            # Nothing is folded away before somebody has seen it.
            "open": fresh or not section.is_done or _is_wrong(paper, section.code),
        }
        for section in found
    ]


_FORMS = {"safety": "safety", "syringe": "doses", "map": "regions", "reactions": "reactions"}

_FIELDS = {
    "since": ("since_last", "density", "pull_test"),
    "map": ("technique", "needle"),
    "pain": ("pain_during", "pain_end", "pain_1h"),
    "reactions": ("no_reactions",),
    "aftercare": ("next_on",),
    "note": ("note",),
    "review": ("review_change", "review_decision", "review_note"),
}


def _is_wrong(paper, code):
    """Whether something in the section has an error: it stays open."""
    forms = getattr(paper, _FORMS[code]) if code in _FORMS else ()
    if any(form.errors for form in forms):
        return True
    return any(name in paper.main.errors for name in _FIELDS.get(code, ()))


def checks_of(form, ref):
    """The checklist: what is asked before the first injection, short list first, and what is done later."""
    given = {str(value) for value in form["check"].value() or []}
    wholes = form["check_all"].value() or []
    rows = [
        (item, str(item.id) in given or _in_whole(item, wholes)) for item in ref.items if not item.by_software
    ]
    on = {item.code for item, ticked in rows if ticked}
    short = [(item, ticked) for item, ticked in rows if item.short]
    asked_short = {item.code for item, _ in short}
    rest = [(item, ticked) for item, ticked in rows if not item.short and item.asked_with not in asked_short]
    before = [row for row in rest if is_before(row[0])]
    later = [row for row in rest if not is_before(row[0])]

    def count(part):
        must = [item for item, _ in part if item.mandatory]
        done = [i for i in must if i.code in on or i.asked_with in on]
        return len(done), len(must)

    first = [row for row in rows if is_before(row[0])]
    before_done, before_must = count(first)
    later_done, later_must = count([row for row in rows if not is_before(row[0])])
    return {
        "short": short,
        "before": before,
        "later": [
            (phase, [row for row in later if row[0].phase == phase])
            for phase in ("during", "after")
            if any(item.phase == phase for item, _ in later)
        ],
        "all_before": "before" in wholes or all(on for _, on in [*short, *before]),
        "all_later": _all_later(wholes) or all(on for _, on in later),
        "before_done": before_done,
        "before_must": before_must,
        "later_done": later_done,
        "later_must": later_must,
    }


def _all_later(wholes):
    """Whether all that comes later is said to be done at once."""
    return "later" in wholes or {"during", "after"} <= set(wholes)


def _in_whole(item, wholes):
    if is_before(item):
        return "before" in wholes
    return item.phase in wholes or "later" in wholes


def densities_of(paper):
    """ml and mg per cm² of every zone that is chosen, for the table under the map."""
    strengths = proposal.strengths_of(paper.sheet, paper.given)
    return {
        "names": list(strengths),
        "rows": [
            {
                "key": form.prefix,
                "name": form.called,
                "ml": found.ml,
                "mg": [found.mg.get(name) for name in strengths],
            }
            for form, points, ml, area in paper.treated
            for found in [density(points, ml, area, strengths)]
        ],
    }


def contents_json(component):
    """What a product brings, for the script that counts along: [[ingredient, mg per ml], …]."""
    return json.dumps(
        [[row["name"], float(row["mg"])] for row in component["contents"] if row["mg"] is not None]
    )


def drawn_on_map(rows):
    """The drawn ones of stored zones, as parts/_scalp_map.html draws them."""
    return [
        {
            "number": number,
            "name": row["name"],
            "on": True,
            "points": row["points"],
            **drawn_of(row["outline"]),
        }
        for number, row in enumerate(row for row in rows if not row["zone"])
    ]


def fill_as_last(fields, sheet, lots):
    """Write what is the same as last time into ``fields``: everything but safety, checklist, lots and pain.

    What was observed then (reactions, note, figures) is asked anew as well: it was true of that day.
    """
    last = sheet.sheet_last
    put_zones(fields, last["zones"])
    kept = {
        fields[name]
        for name in fields
        if name.endswith("-lot") and fields.get(f"{name.removesuffix('-lot')}-read")
    }
    put_doses(fields, _doses_as_last(sheet, last, lots, kept))
    fields["technique"], fields["needle"] = last["technique"], last["needle"]
    next_on = proposal.next_on(sheet.plan, sheet.number, sheet.performed_on)
    if next_on:
        fields["next_on"] = next_on.isoformat()


def _doses_as_last(sheet, last, lots, kept):
    """What each product was given last time, out of today's lots; one whose vial was read comes first."""
    now = timezone.now()
    for component in sheet.sheet_components:
        product = component["product"]
        given = sum((Decimal(d["ml"]) for d in last["doses"] if d["product"] == product), ZERO)
        usable = sorted(lots.get(product, []), key=lambda lot: str(lot.pk) not in kept)
        read = [lot for lot in usable if str(lot.pk) in kept]
        if read and read[0].on_hand_ml >= given > 0:
            yield product, read[0].pk, given, True
            continue
        share = proposal.share_out(product, component["name"], given, usable, sheet.performed_on, now)
        for lot, ml in share.takes:
            yield product, lot, ml, str(lot) in kept


def as_last_json(sheet, lots, blank):
    """The same for the script, which fills the page without asking the server: {field: text}."""
    if sheet.sheet_last is None:
        return ""
    fields = blank.copy()
    fill_as_last(fields, sheet, lots)
    names = ("zone-", "drawn-", "dose-", "technique", "needle", "next_on")
    return json.dumps(
        {name: fields[name] for name in fields if name.startswith(names) and not name.endswith("-read")}
    )


def course_json(sheet):
    """What plan and protocol say, for the remark at the field."""
    course = course_of(sheet)

    def number(value):
        return None if value is None else float(value)

    return json.dumps(
        {
            "assessed": sorted(course.assessed),
            "depth": [number(value) for value in course.depth_mm],
            "ml": [number(value) for value in course.ml_per_point],
            "spacing": number(course.spacing_cm),
            "proposedMl": number(course.proposed_ml),
            "proposedDepth": number(course.proposed_depth),
        }
    )


def last_words(sheet):
    """“Session 2, 9 Nov 2026: 78 points, 2.5 ml, pain 4”."""
    last = sheet.sheet_last
    if last is None:
        return ""
    day = date_format(timezone.datetime.fromisoformat(last["performed_on"]), "j M Y")
    points = sum(row["points"] for row in last["zones"])
    ml = sum((Decimal(row["ml"]) for row in last["doses"]), ZERO)
    told = [f"{points} points", f"{plain(ml)} ml"]
    if last["pain"] is not None:
        told.append(f"pain {last['pain']}")
    return f"Session {last['number']}, {day}: {', '.join(told)}"


def posted_reasons(posted):
    return {name.removeprefix("reason:"): text for name, text in posted.items() if name.startswith("reason:")}


def frame(sheet):
    return {
        "nav_on": "today",
        "patient": sheet.patient,
        "step": "",
        "session": sheet,
        "title": f"Session {sheet.number} of {sheet.plan.sessions_planned}",
        "room_name": sheet.room.name if sheet.room else "",
    }


def charting_page(request, paper, ref, lots, *, refused=(), both=None, take="", status=200):
    sheet = paper.sheet
    review_due = signing.review_due(sheet.number, sheet.plan.sessions_planned, sheet.clinic.review_at_session)
    checks = checks_of(paper.main, ref)
    progress = sections_of(paper, checks, review_due=review_due)
    page = {
        **frame(sheet),
        "paper": paper,
        "form": paper.main,
        "forms": paper.forms[1:],
        "refused": refused,
        "both": both,
        "take": take,
        "draft_kind": DRAFT_KIND,
        "draft_subject": draft_subject(sheet),
        "draft_seen": sheet.sheet_draft["revision"] if sheet.sheet_draft else 0,
        "saved_at": _saved_at(sheet),
        "progress": progress,
        "missing": sum(1 for section in progress if section["state"] == "missing"),
        "sections": {section["code"]: section for section in progress},
        "zones": [form.row for form in paper.zones],
        "drawn": [form.row for form in paper.drawn],
        "densities": densities_of(paper),
        "course": course_json(sheet),
        "picture_cm2": PICTURE_CM2,
        "techniques": TECHNIQUES,
        "spacing_cm": proposal.spacing_cm(sheet.plan),
        "syringe": _syringe(paper),
        "checks": checks,
        "last": sheet.sheet_last,
        "last_words": last_words(sheet),
        "as_last": as_last_json(sheet, lots, fields_of(sheet)),
        "pain_hint": _pain_hint(sheet.sheet_last),
        "later_pain": [paper.main[f"pain_{moment}"] for moment in LATER_MOMENTS],
        "seen": _reactions(paper),
        "figures": figure_rows(paper, ref),
        "plot": plot(sheet, ref),
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
    share = proposal.share_out(
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


def pain_rows(sheet):
    moments = dict(TreatmentSession.pain.rel.related_model.Moment.choices)
    return [(moments[row["moment"]], row["score"]) for row in sheet.sheet_pain]


def date_of(text):
    return date.fromisoformat(text) if text else None
