"""The frame of a page about one patient: its bar and its steps."""

from django import template
from django.utils import timezone

from mesoclinic.accounts.permissions import Permission
from mesoclinic.pages import record_frame as frames

register = template.Library()


@register.simple_tag(takes_context=True, name="record_frame")
def put_bar_and_steps_into_context(context: template.Context) -> str:
    """Put ``bar`` and ``steps`` into the context of layouts/record.html, from ``patient`` and ``step``.

    One query, or none where the page has read the ``frame`` itself. ``step`` absent or empty shows no steps.
    """
    today = timezone.localdate()
    viewer = context["request"].user
    frame = context.get("frame") or frames.read_patient_frame(context["patient"].pk, today)
    context["bar"] = frames.patient_bar(frame, viewer=viewer, today=today)
    if context.get("step") and viewer.may(Permission.SEE_CLINICAL):
        context["steps"] = frames.steps_in_patient_path(frame, on=context["step"])
    return ""
