"""Fields and readings that several of the session's forms use."""

from decimal import Decimal

from django import forms

from mesoclinic.core.quantities import ZERO, plain_number_text, round_ml
from treatments.sessions.models import Pain

#: Pain that may be asked while the patient is here, beside the worst.
LATER_MOMENTS = (Pain.Moment.END, Pain.Moment.AFTER_1H)

#: “All of these were done” of what is done during the session and after it.
LATER = "later"


#: The line of the checklist that accepting the proposed lots answers too: somebody has looked at each vial.
VIAL_CHECK = "vial-check"


def is_asked_before_injection(item):
    """Whether an item is asked before the first injection: its phase says so, or the short list."""
    return item.short or item.phase == "before"


def is_ticked_by_all_done_box(item, wholes):
    """Whether “all of these were done” ticks it: routine of a phase, or of all that comes later."""
    if item.by_software or not item.in_one_tap:
        return False
    if is_asked_before_injection(item):
        return "before" in wholes
    return item.phase in wholes or LATER in wholes


def short_text_field(max_length, **more):
    return forms.CharField(required=False, max_length=max_length, **more)


def day_field(label):
    return forms.DateField(
        label=label,
        required=False,
        widget=forms.DateInput(
            attrs={"type": "date", "class": "form-control form-control-sm"}, format="%Y-%m-%d"
        ),
    )


def text_area_field(label, rows):
    widget = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(label=label, required=False, max_length=5000, widget=widget)


def typed_number_or_zero(text):
    """What was typed as a number; nothing where it is none."""
    try:
        value = Decimal(str(text or 0).replace(",", "."))
    except ArithmeticError:
        return ZERO
    return value if value.is_finite() and 0 <= value < 100_000 else ZERO


def typed_number_or_none_if_blank(text):
    """The same, and None where nothing was typed."""
    return typed_number_or_zero(text) if str(text or "").strip() else None


def ml_field_text(ml):
    """As it stands in a field: one decimal at least."""
    text = plain_number_text(round_ml(ml))
    return text if "." in text else f"{text}.0"


def delete_fields_beginning_with(fields, prefix):
    for name in [name for name in fields if name.startswith(prefix)]:
        del fields[name]
