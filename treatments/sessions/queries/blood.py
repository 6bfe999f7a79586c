"""What is made of the patient's own blood in a session, as it is stored."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from mesoclinic.core.findings import Finding
from mesoclinic.core.models import Source
from treatments.catalogue.models import BloodLimit, Product
from treatments.catalogue.rules import KIT
from treatments.cocktails.models import Component
from treatments.sessions.models import BloodPreparation, TreatmentSession
from treatments.sessions.queries.proposal import lots_to_choose_by_product
from treatments.sessions.queries.sessions import SessionDetail
from treatments.sessions.rules.blood import Blood, KitDose, check_blood_ready_for_signing
from treatments.stock.models import Lot


def blood_of_session_or_none(session_id: int) -> BloodPreparation | None:
    """The one that stands, with kit, people and checks; None where none was drawn. Two queries."""
    return (
        BloodPreparation.objects.filter(treatment_session=session_id, abandoned_at=None)
        .select_related(
            "lot__product", "drawn_by", "spun_by", "injected_said_by", "rest_discarded_by", "patient"
        )
        .prefetch_related("identity_checks__checked_by")
        .first()
    )


def use_before_limited_by_blood(session_id: int, use_before: datetime) -> datetime:
    """Until when a syringe may wait: no longer than the blood in it. One query."""
    ends = BloodPreparation.objects.filter(treatment_session=session_id, abandoned_at=None)
    return min([use_before, *ends.values_list("use_before", flat=True)])


def blood_thrown_away_in_session(session_id: int) -> list[BloodPreparation]:
    """Those that were drawn in this session and thrown away, the latest first. One query."""
    rows = BloodPreparation.objects.filter(treatment_session=session_id, abandoned_at__isnull=False)
    return list(rows.select_related("lot", "abandoned_by").order_by("-pk"))


def blood_fact(stored: BloodPreparation) -> Blood:
    """A preparation as the rules take it."""
    return Blood(
        lot_id=stored.lot_id,
        kit=stored.lot.number,
        drawn_at=stored.drawn_at,
        use_before=stored.use_before,
        checkers=frozenset(check.checked_by_id for check in stored.identity_checks.all()),
        spun_at=stored.spun_at,
        obtained_ml=stored.obtained_ml,
        injected_at=stored.injected_at,
        late_reason=stored.late_reason,
        is_rest_discarded=stored.rest_discarded_at is not None,
    )


def blood_findings_before_signing(detail: SessionDetail) -> list[Finding]:
    """What the preparation of a session lacks before its signature. No query where no kit is in the cocktail."""
    doses = [KitDose(row.lot_id, row.ml) for row in detail.doses if row.product.presentation == KIT]
    if not doses and not any(each.is_kit for each in detail.components):
        return []
    stored = blood_of_session_or_none(detail.session.pk)
    return check_blood_ready_for_signing(None if stored is None else blood_fact(stored), doses)


def kit_component_or_none(session: TreatmentSession) -> Component | None:
    """What the cocktail of a session plans of the patient's own blood; None where it plans none. One query."""
    planned = Component.objects.filter(
        version=session.cocktail_version_id, product__presentation=Product.Presentation.KIT
    )
    return planned.select_related("product").order_by("position", "pk").first()


def kit_lots_to_choose(session: TreatmentSession, product_id: int) -> Sequence[Lot]:
    """The kits that may be used for this session, first to expire first. One query."""
    return lots_to_choose_by_product(session.clinic, [product_id], session.performed_on).get(product_id, [])


@dataclass(frozen=True, slots=True)
class LimitOnFile:
    """How long what is made of blood may wait, and who says so."""

    minutes: int
    source: str


def blood_limit_of_product_or_none(product_id: int) -> LimitOnFile | None:
    """The shortest limit on file for what the product gives; None where none is. Two queries."""
    row = (
        BloodLimit.objects.filter(ingredient__contents__product=product_id, retired_at=None)
        .order_by("minutes")
        .first()
    )
    if row is None:
        return None
    citations = Source.objects.filter(key__in=row.source_keys).values_list("citation", flat=True)
    said = "; ".join(citations) or "no source"
    return LimitOnFile(row.minutes, f"{row.get_basis_display().capitalize()}: {said}"[:600])
