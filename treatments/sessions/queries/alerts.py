"""What open alerts say to a session: at its start, while it is charted, and before it is signed."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from django.db.models import Exists, OuterRef, Subquery
from django.db.models.expressions import Combinable

from mesoclinic.core.findings import Finding, block, warn
from mesoclinic.core.sources import cited_sources_subquery, source_text_of_rows
from patients.models import Alert, AlertType
from patients.rules.alerts import (
    AlertKind,
    AlertLevel,
    Applies,
    Injection,
    OpenAlert,
    alert_findings,
    alerts_not_said_already,
    text_with_filled_slots,
)
from treatments.cocktails.models import Component
from treatments.plans.alert_queries import open_alerts_of_patient
from treatments.sessions.models import Dose, TreatmentSession
from treatments.sessions.rules.alerts import RELIEF_HOLDS, TOUCHED_THE_SKIN
from treatments.sessions.rules.pain_relief import ReliefFact
from treatments.stock.models import LotHold
from treatments.stock.rules.lots import LotStatus


def session_alert_findings(
    alerts: Iterable[OpenAlert],
    *,
    substances: Iterable[str],
    zones: Iterable[str],
    beside: Sequence[Finding],
    relief: Iterable[ReliefFact] = (),
    begun_at: datetime | None = None,
) -> list[Finding]:
    """What stands against giving these substances in these zones, with this relief.

    ``beside``: what the contraindications say; a fact that they say as gravely is not said twice. Relief that was given
    already is on record: what would have refused it asks for a reason.
    """
    standing = alerts_not_said_already(alerts, beside)
    relief, zone_codes = list(relief), frozenset(zones) or None
    given = {*substances, *TOUCHED_THE_SKIN}
    to_give = Injection(
        frozenset(given | _held_by_relief(each for each in relief if not each.is_given)), zone_codes
    )
    found = alert_findings(standing, to_give, begun_at=begun_at)
    if not any(each.is_given for each in relief):
        return found
    all_of_it = Injection(frozenset(given | _held_by_relief(relief)), zone_codes)
    refusing = {each.code for each in found if each.fixed}
    return [
        each if each.code in refusing else replace(each, fixed=False)
        for each in alert_findings(standing, all_of_it, begun_at=begun_at)
    ]


def alert_findings_of_relief(
    alerts: Iterable[OpenAlert], relief: Iterable[ReliefFact], beside: Sequence[Finding], *, where: str
) -> list[Finding]:
    """What stands against this relief at the tap: alerts about what it holds, and whatever nobody goes past."""
    holds = _held_by_relief(relief)
    about = [
        alert
        for alert in alerts
        if alert.is_fixed or (alert.scope.applies_when == Applies.HOLDS and alert.scope.substances & holds)
    ]
    if not holds or not about:
        return []
    found = alert_findings(alerts_not_said_already(about, beside), Injection(frozenset(holds)))
    return [replace(each, where=where) for each in found]


def fixed_alert_findings_of_session(session: TreatmentSession, *, at: datetime) -> list[Finding]:
    """What nobody goes past at ``at`` before more is done to the patient of a session, though it was begun by then.
    One query, and one where an alert stands."""
    alerts = [
        alert
        for alert in open_alerts_of_patient(session.patient_id, session.performed_on)
        if alert.raised_at is None or alert.raised_at <= at
    ]
    if not any(alert.is_fixed for alert in alerts):
        return []
    held = Component.objects.filter(version=session.cocktail_version_id, product__contents__isnull=False)
    codes = held.values_list("product__contents__ingredient__code", flat=True)
    found = alert_findings(alerts, Injection(frozenset([*codes, *TOUCHED_THE_SKIN])))
    return [each for each in found if each.fixed]


def _held_by_relief(relief: Iterable[ReliefFact]) -> set[str]:
    """The substances (codes) that it holds."""
    return {RELIEF_HOLDS[each.method] for each in relief if each.method in RELIEF_HOLDS}


def blocking_reaction_alert_exists(patient: OuterRef) -> Exists:
    """In a query of sessions: whether a reaction stands against the next injection. Then nothing is "as last time"."""
    standing = Alert.objects.not_cleared().about_patient_and_merged(patient)
    return Exists(standing.filter(kind=AlertKind.REACTION, level__in=[AlertLevel.FIXED, AlertLevel.BLOCK]))


def recall_reason_of_other_lot_subquery(product: OuterRef, lot: OuterRef) -> Combinable:
    """In a query of doses: why another lot of the product is recalled now; None where none is."""
    holds = LotHold.objects.filter(lot__product=product, lot__status=LotStatus.RECALLED, lifted_at=None)
    return Subquery(holds.exclude(lot=lot).order_by("-pk").values("reason")[:1])


_IN_SYRINGE, _SAME_PRODUCT = "alert:recall:in-syringe", "alert:recall:same-product"


def recalled_lot_findings(doses: Iterable[Dose]) -> list[Finding]:
    """A recalled lot in the syringe is taken out; another lot of a product that is recalled asks for a look.

    The doses are read with their lot, its product and :func:`recall_reason_of_other_lot_subquery`. One query where
    there is something to say.
    """
    drawn = [dose for dose in doses if dose.ml > 0]
    wrong = [dose for dose in drawn if dose.lot.status in (LotStatus.RECALLED, LotStatus.QUARANTINED)]
    beside = [dose for dose in drawn if dose not in wrong and dose.recall_beside]  # type: ignore[attr-defined]
    if not wrong and not beside:
        return []
    types = AlertType.objects.filter(code__in=[_IN_SYRINGE, _SAME_PRODUCT]).annotate(
        cited=cited_sources_subquery("source_keys")
    )
    says, more = {}, {}
    for row in types:
        says[row.code] = row.screen_says
        more[row.code] = {"source": source_text_of_rows(row.cited), "basis": row.basis, "where": "syringe"}
    found = []
    if wrong and _IN_SYRINGE in says:
        lots = ", ".join(dict.fromkeys(dose.lot.number for dose in wrong))
        message = text_with_filled_slots(says[_IN_SYRINGE], {"lot": lots})
        found.append(block(_IN_SYRINGE, message, fixed=True, **more[_IN_SYRINGE]))
    if beside and _SAME_PRODUCT in says:
        slots = {
            "product": ", ".join(dict.fromkeys(dose.lot.product.name for dose in beside)),
            "reason": beside[0].recall_beside.removeprefix("In an open recall: "),  # type: ignore[attr-defined]
        }
        message = text_with_filled_slots(says[_SAME_PRODUCT], slots)
        found.append(warn(_SAME_PRODUCT, message, **more[_SAME_PRODUCT]))
    return found
