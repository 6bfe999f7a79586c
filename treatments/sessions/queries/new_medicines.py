"""Medicines told at a session: what they say to it before they stand on the record."""

from collections.abc import Iterable
from datetime import date

from mesoclinic.core.findings import Finding
from patients.alert_queries import active_alert_types_by_code, open_alert_from_record_fact
from patients.models import Factor
from patients.rules.alerts import alert_findings
from patients.rules.new_medicines import NEW_MEDICINE, NEW_MEDICINE_UNREAD, new_medicine_slots
from treatments.sessions.rules.safety_questions import MEDICINE, NewRisk


def findings_of_medicines_told_today(new: Iterable[NewRisk], on: date) -> list[Finding]:
    """What medicines told at a session say to it before they stand on the record.

    Nothing is read where none was told; else two queries.
    """
    told = [(each.label, each.factor_id) for each in new if each.kind == MEDICINE]
    if not told:
        return []
    ids = [factor for _, factor in told if factor]
    labels = dict(
        Factor.objects.filter(pk__in=ids, alert_types=None).values_list("pk", "label") if ids else ()
    )
    types = active_alert_types_by_code([NEW_MEDICINE, NEW_MEDICINE_UNREAD])
    read = [(name, labels[factor]) for name, factor in told if factor in labels]
    unread = [(name, "") for name, factor in told if not factor]
    alerts = [
        open_alert_from_record_fact(
            types[code], on, new_medicine_slots([name for name, _ in some], [what for _, what in some])
        )
        for code, some in ((NEW_MEDICINE, read), (NEW_MEDICINE_UNREAD, unread))
        if some and code in types
    ]
    return alert_findings(alerts)
