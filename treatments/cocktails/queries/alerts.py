"""What open alerts say to a syringe that is put together or signed."""

from collections.abc import Iterable, Sequence
from datetime import date

from mesoclinic.core.findings import Finding
from patients.alert_queries import open_alerts
from patients.rules.alerts import Injection, alert_findings, not_said_already
from treatments.conditions.models import AssessmentZone


def syringe_alert_findings(
    patient_id: int,
    *,
    substances: Iterable[str],
    assessment_id: int | None,
    on: date,
    beside: Sequence[Finding],
) -> list[Finding]:
    """What stands against drawing up these substances for this patient.

    One query, and one more where an alert is bound to a region: then the zones that were assessed are asked.
    ``beside``: what the rules of the mix say; a fact that they say as gravely is not said twice.
    """
    alerts = not_said_already(open_alerts(patient_id, on), beside)
    zones: frozenset[str] | None = None
    if assessment_id is not None and any(alert.scope.in_region and alert.scope.zones for alert in alerts):
        assessed = AssessmentZone.objects.filter(assessment=assessment_id).order_by("pk")
        zones = frozenset(assessed.values_list("zone__code", flat=True))
    return alert_findings(alerts, Injection(frozenset(substances), zones))
