"""Two versions of one session, in words that people compare, and what is asked about them."""

from treatments.sessions.forms.charting import SessionForms
from treatments.sessions.forms.fields import LATER
from treatments.sessions.models import ChecklistItem

_WHOLES = {
    ChecklistItem.Phase.BEFORE.value: "all of before the first injection",
    ChecklistItem.Phase.DURING.value: "all of during",
    ChecklistItem.Phase.AFTER.value: "all of after",
    LATER: "all of during and after",
}


def differing_parts_as_text(detail, ref, lots, *, there, here):
    """What differs between two sets of fields, part by part, as (part, there, here)."""
    told = [
        typed_text_by_part(SessionForms.from_typed_unvalidated(fields, detail, ref, lots))
        for fields in (there, here)
    ]
    return [
        (part, told[0][part] or "nothing", told[1][part] or "nothing")
        for part in told[0]
        if told[0][part] != told[1][part]
    ]


def typed_text_by_part(session_forms):
    """What stands on the page as it was typed, right or wrong."""
    main = session_forms.main

    def typed_text(name):
        return str(main[name].value() or "").strip()

    numbers = {str(row.lot_id): row.lot.number for row in session_forms.detail.doses}
    return {
        "Since last session": _join_non_empty(
            typed_text("since_last"), typed_text("density"), typed_text("pull_test")
        ),
        "Safety": _typed_safety_text(session_forms),
        "Checklist": _typed_checklist_text(session_forms),
        "Syringe": " · ".join(
            f"{form.component.name} {form['ml'].value()} ml of {_lot_number_or_no_lot(form, numbers)}"
            f"{', read' if form['read'].value() or main['accept_all'].value() else ''}"
            f"{', injected already' if form.is_marked_given else ''}"
            for form in session_forms.dose_forms
            if form["ml"].value()
        ),
        "Scalp map": " · ".join(
            f"{form.zone_name} {form['points'].value()} × {form['ml'].value()} ml, "
            f"{form['depth'].value()} mm, {form['area'].value()} cm²"
            for form in session_forms.all_zone_forms
            if form["on"].value()
        ),
        "Technique": _join_non_empty(typed_text("technique"), typed_text("needle")),
        "Pain": _join_non_empty(
            *(
                f"{main[name].label.lower()} {typed_text(name)}"
                for name in main.fields
                if name.startswith("pain_") and typed_text(name)
            )
        ),
        "Relief": _typed_relief_text(main),
        "Injected by": dict(main.fields["performed_by"].choices).get(
            str(main["performed_by"].value() or ""), ""
        )
        if main["performed_by"].value()
        else "",
        "Reactions": "none"
        if main["no_reactions"].value()
        else _join_non_empty(
            *(
                f"{form.effect.label} ({form.chosen_or_usual_grade}) {form['response'].value() or ''}".strip()
                for form in session_forms.reactions
                if form["seen"].value()
            )
        ),
        "Next session": typed_text("next_on"),
        "Note": typed_text("note"),
    }


def _typed_relief_text(main):
    """What was given against the pain, with its mg of lidocaine where they were typed."""
    told = []
    for method in main["relief"].value() or []:
        name = f"relief_mg_{method}"
        mg = str(main[name].value() or "") if name in main.fields else ""
        given = ", given already" if method in (main["relief_given"].value() or []) else ""
        told.append(f"{method.replace('_', ' ')}{f' {mg} mg lidocaine' if mg else ''}{given}")
    return _join_non_empty(*told)


def _join_non_empty(*parts):
    return " · ".join(part for part in parts if part)


def _lot_number_or_no_lot(form, numbers):
    """A lot by its number."""
    chosen = str(form["lot"].value() or "")
    lot = form.lots.get(chosen)
    return lot.number if lot else numbers.get(chosen, "no lot")


def _typed_safety_text(session_forms):
    none = bool(session_forms.main["safety_none"].value())
    told = []
    for form in session_forms.safety:
        answer = form["answer"].value() or ("same" if none and not form.is_gap else "")
        if not answer:
            continue
        if answer == "same":
            told.append(f"{form.label}: no change")
            continue
        new = [risk.label for risk, ticked in form.new_risk_choices if ticked]
        words = form["words"].value()
        ended = [f"{row.label} ended" for row, ticked in form.known_risks_and_ended if ticked]
        what = ", ".join([*new, *([words] if words else []), *ended])
        told.append(f"{form.label}: {what or 'changed'}")
    return " · ".join(told)


def _typed_checklist_text(session_forms):
    given = {str(value) for value in session_forms.main["check"].value() or []}
    labels = sorted(item.label for item in session_forms.main.ref.items if str(item.id) in given)
    wholes = [_WHOLES.get(whole, whole) for whole in session_forms.main["check_all"].value() or []]
    return ", ".join([*wholes, *labels])
