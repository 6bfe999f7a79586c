"""Relief as it is charted, against what is on record: asked at the tap, when it is kept, and at the signature."""

from collections.abc import Sequence

from django.db.models import Sum

from mesoclinic.accounts.models import User
from mesoclinic.core.findings import Finding, ordered
from treatments.sessions.models import TreatmentSession, ZoneTreatment
from treatments.sessions.queries.alerts import alert_findings_of_relief
from treatments.sessions.queries.required_answers import Asked, missing_answers_before_relief_methods
from treatments.sessions.queries.signing import safety_of_injection
from treatments.sessions.rules.charting import SessionChart
from treatments.sessions.rules.pain_relief import FIELD, WITH_LIDOCAINE, ReliefFact
from treatments.sessions.rules.safety_questions import Changes


def relief_findings(
    session: TreatmentSession, relief: Sequence[ReliefFact], by: User, changes: Changes | None = None
) -> list[Finding]:
    """What the record says against this relief, whatever the amount. Nothing is read where nothing can be said."""
    if not any(each.method in WITH_LIDOCAINE for each in relief):
        return []
    asked = safety_of_injection(
        version_id=session.cocktail_version_id,
        patient_id=session.patient_id,
        clinic=session.clinic,
        by=by,
        on=session.performed_on,
        area_cm2=ZoneTreatment.objects.filter(treatment_session=session.pk).aggregate(area=Sum("area_cm2"))[
            "area"
        ],
        changes=changes,
        relief=relief,
    )
    of_record = [each for each in asked.findings if each.where == FIELD]
    to_give = [each for each in relief if not each.is_given]
    of_alerts = alert_findings_of_relief(asked.alerts, to_give, asked.findings, where=FIELD)
    return ordered([*of_record, *of_alerts])


def blocking_findings_of_new_relief(
    session: TreatmentSession, chart: SessionChart, stands: SessionChart, by: User
) -> list[Finding]:
    """Why relief that comes into the chart now is not given at all: nobody goes past it (law 15).

    By what the record says, and by what nobody asked. What was given already is recorded all the same.
    """
    known = {each.method for each in stands.relief}
    new = [
        ReliefFact(each.method, each.lidocaine_mg, each.label, is_given=each.is_given)
        for each in chart.relief
        if each.method not in known and not each.is_given
    ]
    of_record = relief_findings(session, new, by)
    asked = missing_answers_before_relief(session, new, of_record)
    return [each for each in (*of_record, *asked.findings) if each.blocks and each.fixed]


def missing_answers_before_relief(
    session: TreatmentSession, relief: Sequence[ReliefFact], record: Sequence[Finding] = ()
) -> Asked:
    """What to ask before this relief is given; nothing about what was given already. One query."""
    methods = [each.method for each in relief if not each.is_given]
    return missing_answers_before_relief_methods(session.patient, methods, session.performed_on, record)
