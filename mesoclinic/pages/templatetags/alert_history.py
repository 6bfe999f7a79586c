"""What is known about a patient's alerts, on the pages where somebody starts a session or clears one."""

from django import template
from django.utils import timezone

from mesoclinic.accounts.permissions import Permission
from mesoclinic.pages.alert_history import AlertHistory, alert_history_or_none
from patients.models import Patient

register = template.Library()


@register.simple_tag(takes_context=True)
def history_of_alerts(context: template.Context, patient: Patient) -> AlertHistory | None:
    """What became known, day by day; nothing for whoever may not read diagnoses."""
    if not context["request"].user.may(Permission.SEE_CLINICAL):
        return None
    return alert_history_or_none(patient.pk, timezone.localdate())
