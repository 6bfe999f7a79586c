"""What the charting page shows beside its fields: how far it is, the dose per cm², and last time to begin from."""

import json
from datetime import date

from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import date_format

from mesoclinic.core.quantities import ZERO, plain_number_text
from mesoclinic.core.wording import day_text
from treatments.plans.rules import is_review_due
from treatments.sessions.forms.doses import replace_dose_fields, stored_session_as_posted_fields
from treatments.sessions.forms.fields import (
    LATER_MOMENTS,
    VIAL_CHECK,
    is_asked_before_injection,
    is_ticked_by_all_done_box,
)
from treatments.sessions.forms.safety_questions import CHANGED
from treatments.sessions.forms.zones import outline_corners_and_label_place, replace_zone_fields
from treatments.sessions.queries import proposal
from treatments.sessions.queries.sessions import AUTOSAVE_KIND, autosave_subject
from treatments.sessions.queries.signing import prescribed_course
from treatments.sessions.rules.pain_relief import FIELD
from treatments.sessions.rules.progress import Charted, section_states
from treatments.sessions.rules.zones import PICTURE_CM2, TECHNIQUES, zone_density
from treatments.sessions.views.measurements import (
    density_plot_or_none,
    measure_fields_with_last_value,
    patient_item_rows_for_page,
)
from treatments.sessions.views.photographs import session_phone_context
from treatments.sessions.views.relief_page import relief_findings_context
from treatments.stock.rules.lots import LotStatus


def _day_text_or_empty(typed: str | date) -> str:
    """A day of the form as people read it; nothing while it is no day."""
    try:
        return day_text(typed if isinstance(typed, date) else date.fromisoformat(typed))
    except ValueError:
        return ""


def sections_with_state(session_forms, checks):
    """Every section with its state, by code; the same facts the scripts count while somebody charts."""
    main, detail = session_forms.main, session_forms.detail
    none_changed = bool(main["safety_none"].value())
    answers = [
        f["answer"].value() or ("same" if none_changed and not f.is_gap else "") for f in session_forms.safety
    ]
    lines = [form for form in session_forms.dose_forms if form["ml"].value()]
    accepted = bool(main["accept_all"].value())
    seen = [form for form in session_forms.reactions if form["seen"].value()]
    pain = str(main["pain_during"].value() or "")
    figures = [main[name].value() for name in ("density", "pull_test")]
    next_on = main["next_on"].value() or ""
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
        without_lot=sum(1 for form in lines if form.chosen_usable_lot_or_none is None),
        zones=len(session_forms.treated_zone_forms_and_figures),
        wrong_zones=sum(1 for form in session_forms.all_zone_forms if form.errors),
        points=session_forms.total_points,
        delivered=session_forms.delivered_ml,
        drawn=session_forms.drawn_ml,
        pain=int(pain) if pain.isdecimal() and len(pain) <= 2 else None,
        reactions=len(seen) if seen or main["no_reactions"].value() else None,
        ticked_after=checks["later_done"],
        must_after=checks["later_must"],
        next_on=_day_text_or_empty(next_on),
        note=bool(main["note"].value()),
    )
    found = section_states(charted)
    fresh = detail.session.revision == 1 and detail.autosave is None
    return [
        {
            "code": section.code,
            "title": section.title,
            "state": section.state.value,
            "line": section.line,
            # Nothing is folded away before somebody has seen it.
            "open": fresh or not section.is_done or _has_section_errors(session_forms, section.code),
        }
        for section in found
    ]


_FIELDS = {
    "since": ("since_last", "density", "pull_test"),
    "map": ("technique", "needle"),
    "pain": ("pain_during", "pain_end", "pain_1h"),
    "reactions": ("no_reactions",),
    "aftercare": ("next_on",),
    "note": ("note",),
}


def _has_section_errors(session_forms, code):
    """Whether something in the section has an error: it stays open."""
    forms = {
        "safety": session_forms.safety,
        "syringe": session_forms.dose_forms,
        "map": session_forms.all_zone_forms,
        "reactions": session_forms.reactions,
    }
    if any(form.errors for form in forms.get(code, ())):
        return True
    return any(name in session_forms.main.errors for name in _FIELDS.get(code, ()))


def checklist_groups(form, ref):
    """The checklist: what is asked before the first injection, short list first, and what is done later.

    What is looked at or decided stands apart: “all of these were done” does not tick it.
    """
    given = {str(value) for value in form["check"].value() or []}
    wholes = form["check_all"].value() or []
    rows = [
        (
            item,
            str(item.id) in given
            or is_ticked_by_all_done_box(item, wholes)
            or (item.code == VIAL_CHECK and bool(form["accept_all"].value())),
        )
        for item in ref.items
        if not item.by_software
    ]
    on = {item.code for item, ticked in rows if ticked}
    alone = [(item, ticked) for item, ticked in rows if _needs_own_tick_before_injection(item)]
    short = [
        (item, ticked) for item, ticked in rows if item.short and not _needs_own_tick_before_injection(item)
    ]
    above = {item.code for item, _ in [*short, *alone]}
    rest = [
        (item, ticked) for item, ticked in rows if item.code not in above and item.asked_with not in above
    ]
    before = [row for row in rest if is_asked_before_injection(row[0])]
    later = [row for row in rest if not is_asked_before_injection(row[0])]

    def count_done_and_mandatory(part):
        must = [item for item, _ in part if item.mandatory]
        done = [i for i in must if i.code in on or i.asked_with in on]
        return len(done), len(must)

    first = [row for row in rows if is_asked_before_injection(row[0])]
    before_done, before_must = count_done_and_mandatory(first)
    later_done, later_must = count_done_and_mandatory(
        [row for row in rows if not is_asked_before_injection(row[0])]
    )
    return {
        "short": short,
        "alone": alone,
        "before": before,
        "later": [
            (phase, [row for row in later if row[0].phase == phase])
            for phase in ("during", "after")
            if any(item.phase == phase for item, _ in later)
        ],
        "all_before": "before" in wholes or _is_routine_done([*short, *before]),
        "all_later": _is_all_later_ticked(wholes) or _is_routine_done(later),
        "before_done": before_done,
        "before_must": before_must,
        "later_done": later_done,
        "later_must": later_must,
    }


def _is_all_later_ticked(wholes):
    """Whether all that comes later is said to be done at once."""
    return "later" in wholes or {"during", "after"} <= set(wholes)


def _needs_own_tick_before_injection(item):
    """Whether the item is asked before the first injection of everybody, and never ticked with others."""
    return item.mandatory and not item.in_one_tap and not item.asked_with and is_asked_before_injection(item)


def _is_routine_done(part):
    return all(on for item, on in part if item.in_one_tap)


def zone_density_table(session_forms):
    """ml and mg per cm² of every zone that is chosen, for the table under the map."""
    strengths = proposal.mg_per_ml_by_active(
        session_forms.detail.components, session_forms.typed_ml_by_product
    )
    return {
        "names": list(strengths),
        "rows": [
            {
                "key": form.prefix,
                "name": form.zone_name,
                "ml": found.ml,
                "mg": [found.mg.get(name) for name in strengths],
            }
            for form, points, ml, area in session_forms.treated_zone_forms_and_figures
            for found in [zone_density(points, ml, area, strengths)]
        ],
    }


def contents_mg_per_ml_json(component):
    """What a product brings, for the script that counts along: [[ingredient, mg per ml], …]."""
    return json.dumps([[name, float(mg)] for name, mg in component.actives if mg is not None])


def drawn_zones_for_map(rows):
    """The drawn ones of stored zones, as parts/_scalp_map.html draws them."""
    return [
        {
            "number": number,
            "name": row.name,
            "on": True,
            "points": row.points,
            **outline_corners_and_label_place(row.outline),
        }
        for number, row in enumerate(row for row in rows if not row.zone_id)
    ]


def fill_fields_as_last_session(fields, detail, lots):
    """Write what is the same as last time into ``fields``: everything but safety, checklist, lots and pain.

    What was observed then (reactions, note, figures) is asked anew as well: it was true of that day.
    """
    last, session = detail.previous, detail.session
    replace_zone_fields(fields, last.zones)
    kept = {
        fields[name]
        for name in fields
        if name.endswith("-lot") and fields.get(f"{name.removesuffix('-lot')}-read")
    }
    replace_dose_fields(fields, _doses_as_last_session(detail, lots, kept))
    fields["technique"], fields["needle"] = last.session.technique, last.session.needle
    next_on = proposal.next_session_day_or_none(session.plan, session.number, session.performed_on)
    if next_on:
        fields["next_on"] = next_on.isoformat()


def _doses_as_last_session(detail, lots, kept):
    """What each product was given last time, out of today's lots; one whose vial was read comes first."""
    now = timezone.now()
    for component in detail.components:
        product = component.product_id
        given = sum(detail.previous.ml_of_product_from_each_lot(product), ZERO)
        usable = sorted(lots.get(product, []), key=lambda lot: str(lot.pk) not in kept)
        read = [lot for lot in usable if str(lot.pk) in kept]
        if read and read[0].on_hand_ml >= given > 0:
            yield product, read[0].pk, given, True
            continue
        day = detail.session.performed_on
        share = proposal.share_dose_over_lots(product, component.name, given, usable, day, now)
        for lot, ml in share.takes:
            yield product, lot, ml, str(lot) in kept


def last_session_fields_json_or_empty(detail, lots, blank):
    """The same for the script, which fills the page without asking the server: {field: text}."""
    if detail.previous is None:
        return ""
    fields = blank.copy()
    fill_fields_as_last_session(fields, detail, lots)
    names = ("zone-", "drawn-", "dose-", "technique", "needle", "next_on")
    return json.dumps(
        {name: fields[name] for name in fields if name.startswith(names) and not name.endswith("-read")}
    )


def prescribed_course_json(detail):
    """What plan and protocol say, for the remark at the field."""
    course = prescribed_course(detail)

    def float_or_none(value):
        return None if value is None else float(value)

    return json.dumps(
        {
            "assessed": sorted(course.assessed),
            "depth": [float_or_none(value) for value in course.depth_mm],
            "ml": [float_or_none(value) for value in course.ml_per_point],
            "spacing": float_or_none(course.spacing_cm),
            "proposedMl": float_or_none(course.proposed_ml),
            "proposedDepth": float_or_none(course.proposed_depth),
        }
    )


def last_session_text_or_empty(detail):
    """“Session 2, 9 Nov 2026: 78 points, 2.5 ml, pain 4”."""
    last = detail.previous
    if last is None:
        return ""
    points = sum(row.points for row in last.zones)
    ml = sum((row.ml for row in last.doses), ZERO)
    told = [f"{points} points", f"{plain_number_text(ml)} ml"]
    if last.worst_pain is not None:
        told.append(f"pain {last.worst_pain}")
    day = date_format(last.session.performed_on, "j M Y")
    return f"Session {last.session.number}, {day}: {', '.join(told)}"


def context_of_every_session_page(session):
    """The context that every page of a session needs."""
    return {
        "nav_on": "today",
        "patient": session.patient,
        "step": "",
        "session": session,
        "title": f"Session {session.number} of {session.plan.sessions_planned}",
        "room_name": session.room.name if session.room else "",
    }


def render_charting_page(request, session_forms, ref, lots, *, refused=(), both=None, take="", status=200):
    detail, session = session_forms.detail, session_forms.detail.session
    checks = checklist_groups(session_forms.main, ref)
    progress = sections_with_state(session_forms, checks)
    page = {
        **context_of_every_session_page(session),
        **_last_session_context(detail, lots),
        **_syringe_and_map_context(session_forms),
        "session_forms": session_forms,
        "form": session_forms.main,
        "forms": session_forms.all_forms[1:],
        "refused": refused,
        **relief_findings_context(
            request, session, session_forms.main, [each for each in refused if each.where == FIELD]
        ),
        "both": both,
        "take": take,
        "autosave_kind": AUTOSAVE_KIND,
        "autosave_subject": autosave_subject(session),
        "autosave_seen": detail.autosave.revision if detail.autosave else 0,
        "saved_at": detail.autosave.saved_at if detail.autosave else session.saved_at,
        "progress": progress,
        "missing": sum(1 for section in progress if section["state"] == "missing"),
        "sections": {section["code"]: section for section in progress},
        "checks": checks,
        "later_pain": [session_forms.main[f"pain_{moment}"] for moment in LATER_MOMENTS],
        "seen": _reaction_form_groups(session_forms),
        "figures": measure_fields_with_last_value(session_forms, ref),
        "items": patient_item_rows_for_page(session_forms, ref),
        "plot": density_plot_or_none(detail, ref),
        "review_due": is_review_due(
            session.number, session.plan.sessions_planned, session.clinic.review_at_session
        ),
        **session_phone_context(request, session),
    }
    return render(request, "treatments/sessions/session.html", page, status=status)


def _last_session_context(detail, lots):
    """What is said of the session before."""
    last = detail.previous
    worst = last.worst_pain if last else None
    return {
        "is_reaction_open": detail.is_reaction_open,
        "last": last.session if last else None,
        "last_text": last_session_text_or_empty(detail),
        "as_last": ""
        if detail.is_reaction_open
        else last_session_fields_json_or_empty(detail, lots, stored_session_as_posted_fields(detail)),
        "pain_hint": "" if worst is None else f"last session {worst}",
    }


def _syringe_and_map_context(session_forms):
    return {
        "zones": [form.zone_row_for_template for form in session_forms.zones],
        "drawn": [form.zone_row_for_template for form in session_forms.drawn],
        "densities": zone_density_table(session_forms),
        "course": prescribed_course_json(session_forms.detail),
        "picture_cm2": PICTURE_CM2,
        "techniques": TECHNIQUES,
        "spacing_cm": proposal.point_spacing_cm_of_plan(session_forms.detail.session.plan),
        "syringe": _syringe_context(session_forms),
    }


def _syringe_context(session_forms):
    """The lines of the syringe by product, with what the shelf does not hold."""
    lines, detail = [], session_forms.detail
    for component in detail.components:
        forms = [f for f in session_forms.dose_forms if f.component is component]
        used = [f for f in forms if f["ml"].value() or f["lot"].value()] or forms[:1]
        gone = [f for f in used if f.is_chosen_lot_unavailable]
        lines.append(
            {
                "component": component,
                "contents": contents_mg_per_ml_json(component),
                "used": used,
                "spare": [f for f in forms if f not in used],
                "gone": [_why_lot_unavailable_text(detail, f) for f in gone],
                "short": _short_stock_finding_or_none(detail, component, forms[0]),
            }
        )
    actives = sum(1 for each in detail.components if each.has_actives)
    most = min(detail.session.clinic.max_actives, 6)
    return {
        "lines": lines,
        "actives": actives,
        "most": most,
        "from_blood": any(each.is_kit for each in detail.components),
        "single": detail.session.cocktail_version.kind == "single",
        "right": 2 <= actives <= most,
    }


def _why_lot_unavailable_text(detail, form):
    """A lot that is charted and may not be used any more, by its number."""
    lot = str(form["lot"].value())
    charted = next((row.lot for row in detail.doses if str(row.lot_id) == lot), None)
    named = f"Lot {charted.number}" if charted else "The lot chosen"
    said = "is recalled" if charted and charted.status == LotStatus.RECALLED else "may not be used"
    instead = (
        f"Choose the lot that was drawn up; {form.next_usable_lot_or_none.number} is the next to expire."
        if form.next_usable_lot_or_none
        else "Receive or release another."
    )
    return f"{named} {said}. {instead}"


def _short_stock_finding_or_none(detail, component, form):
    """What is missing on the shelf for what was planned."""
    share = proposal.share_dose_over_lots(
        component.product_id,
        component.name,
        component.ml,
        list(form.lots.values()),
        detail.session.performed_on,
        timezone.now(),
    )
    return share.missing


def _reaction_form_groups(session_forms):
    """Reactions shown at once, others, and urgent ones."""
    first = [f for f in session_forms.reactions if f.effect.from_seed and not f.effect.is_urgent]
    rest = [f for f in session_forms.reactions if f not in first]
    shown = [f for f in rest if f["seen"].value()]
    return {
        "first": [*first, *shown],
        "others": [f for f in rest if f not in shown and not f.effect.is_urgent],
        "urgent": [f for f in rest if f not in shown and f.effect.is_urgent],
    }


def pain_moments_and_scores(detail):
    """When and how much it hurt."""
    return [(row.get_moment_display(), row.score) for row in detail.pain]
