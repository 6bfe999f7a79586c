"""What open alerts say to a session: at its start, while it is charted, and before it is signed."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import Exists, OuterRef, Subquery
from django.db.models.expressions import Combinable

from mesoclinic.core.findings import Finding, block, warn
from mesoclinic.core.sources import cited_sources_subquery, source_text_of_rows
from patients.models import Alert, AlertType
from patients.rules.alerts import (
    AlertKind,
    AlertLevel,
    Injection,
    OpenAlert,
    alert_findings,
    alerts_not_said_already,
    text_with_filled_slots,
)
from treatments.sessions.models import Dose
from treatments.sessions.rules.alerts import RELIEF_HOLDS, TOUCHED_THE_SKIN
from treatments.stock.models import LotHold
from treatments.stock.rules.lots import LotStatus


def session_alert_findings(
    alerts: Iterable[OpenAlert],
    *,
    substances: Iterable[str],
    zones: Iterable[str],
    beside: Sequence[Finding],
    relief: Iterable[str] = (),
    begun_at: datetime | None = None,
) -> list[Finding]:
    """What stands against giving these substances in these zones, with this relief (methods).

    ``beside``: what the contraindications say; a fact that they say as gravely is not said twice.
    """
    holds = {RELIEF_HOLDS[method] for method in relief if method in RELIEF_HOLDS}
    injection = Injection(
        substances=frozenset([*substances, *holds, *TOUCHED_THE_SKIN]),
        zones=frozenset(zones) or None,
    )
    return alert_findings(alerts_not_said_already(alerts, beside), injection, begun_at=begun_at)


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
