"""What became known after a session was begun: what was given by then is recorded, in words (law 16)."""

from collections.abc import Iterable
from dataclasses import replace

from mesoclinic.core.findings import Finding
from patients.models import RiskFactor, records_of
from patients.rules.alerts import CAME_LATER
from treatments.sessions.models import TreatmentSession
from treatments.sessions.rules.pain_relief import FIELD


def findings_with_late_facts_passable(
    findings: Iterable[Finding], session: TreatmentSession
) -> list[Finding]:
    """A contraindication that nobody goes past asks for a written reason where its fact came up since the start.

    Relief says by itself that it was given already. One query where there is such a contraindication, else none.
    """
    found = list(findings)
    if not any(map(_is_fixed_contraindication, found)):
        return found
    before = RiskFactor.objects.filter(
        patient__in=records_of(session.patient_id), factor__isnull=False, recorded_at__lte=session.started_at
    )
    known = set(before.standing_on(session.performed_on).values_list("factor__code", flat=True))
    return [
        replace(each, fixed=False, message=f"{each.message} {CAME_LATER}")
        if _is_fixed_contraindication(each) and each.code.rpartition(":")[2] not in known
        else each
        for each in found
    ]


def _is_fixed_contraindication(finding: Finding) -> bool:
    return finding.fixed and finding.where != FIELD and finding.code.startswith("contra:")
