"""The frame of a page about one patient: its bar and its steps."""

from typing import Any

from django import template
from django.utils import timezone

from mesoclinic.accounts.permissions import Permission
from mesoclinic.pages import record_frame as record

register = template.Library()


@register.simple_tag(takes_context=True)
def record_frame(context: dict[str, Any]) -> str:
    """Put ``bar`` and ``steps`` into the context of layouts/record.html, from ``patient`` and ``step``.

    One query, or none where the page's own patient came from ``record.patients_with_frame``. ``step``
    absent or empty shows no steps.
    """
    today = timezone.localdate()
    patient, viewer = context["patient"], context["request"].user
    if not hasattr(patient, "frame_factors"):
        patient = record.patients_with_frame(today).get(pk=patient.pk)
    context["bar"] = record.bar_of(patient, viewer=viewer, today=today)
    if context.get("step") and viewer.may(Permission.SEE_CLINICAL):
        context["steps"] = record.steps_of(patient, on=context["step"])
    return ""
