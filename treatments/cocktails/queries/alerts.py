"""What open alerts say to a syringe that is put together or signed."""

from collections.abc import Iterable, Sequence

from mesoclinic.core.findings import Finding
from patients.rules.alerts import Injection, alert_findings, alerts_not_said_already
from treatments.cocktails.models import CocktailVersion
from treatments.cocktails.queries.formulation import alerts_annotated_on_version, assessment_facts_of_version
from treatments.conditions.models import AssessmentZone


def syringe_alert_findings(
    version: CocktailVersion, substances: Iterable[str], beside: Sequence[Finding]
) -> list[Finding]:
    """What stands against drawing up these substances for the patient of a version.

    No query; one where an alert is bound to a region: then the zones that were assessed are asked. ``beside``: what the
    rules of the mix say; a fact that they say as gravely is not said twice.
    """
    alerts = alerts_not_said_already(alerts_annotated_on_version(version), beside)
    zones: frozenset[str] | None = None
    assessment = assessment_facts_of_version(version).assessment_id
    if assessment is not None and any(alert.scope.in_region and alert.scope.zones for alert in alerts):
        assessed = AssessmentZone.objects.filter(assessment=assessment).order_by("pk")
        zones = frozenset(assessed.values_list("zone__code", flat=True))
    return alert_findings(alerts, Injection(frozenset(substances), zones))
