"""What the charting page shows beside its fields: how far it is, the dose per cm², and last time to begin from."""

import json
from decimal import Decimal

from django.utils import timezone
from django.utils.formats import date_format

from mesoclinic.core.quantities import ZERO, plain
from treatments.sessions import queries, rules
from treatments.sessions.forms import is_before, put_doses, put_zones
from treatments.sessions.forms.safety import CHANGED
from treatments.sessions.forms.zones import drawn_of

# ── how far the page is ──────────────────────────────────────────────────────────────────────────


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
    charted = rules.Charted(
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
    found = rules.sections(charted)
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


# ── per cm² ──────────────────────────────────────────────────────────────────────────────────────


def densities_of(paper):
    """ml and mg per cm² of every zone that is chosen, for the table under the map."""
    strengths = queries.strengths_of(paper.sheet, paper.given)
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
            for found in [rules.density(points, ml, area, strengths)]
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


# ── last time ────────────────────────────────────────────────────────────────────────────────────


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
    next_on = queries.next_on(sheet.plan, sheet.number, sheet.performed_on)
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
        share = queries.share_out(product, component["name"], given, usable, sheet.performed_on, now)
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
    course = queries.course_of(sheet)

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
