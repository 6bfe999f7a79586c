"""A drawn syringe with all that its sheet and its label say."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, F, OuterRef, Prefetch, QuerySet, Subquery

from mesoclinic.core.quantities import dose_mg, round_mg
from patients.models import Factor, RiskFactor, records_of
from treatments.catalogue.models import Product, ProductContent
from treatments.cocktails.models import Component
from treatments.sessions.models import Dose, Syringe, SyringeCheck, TreatmentSession
from treatments.stock.models import Lot

#: What a syringe's code begins with: mesoclinic.search finds it by that.
CODE_PREFIX = "SY-"


def syringe_code(syringe: Syringe) -> str:
    """What the label says: SY-000123."""
    return f"{CODE_PREFIX}{syringe.pk:06d}"


def number_from_code_or_none(code: str, prefix: str) -> int | None:
    """``SY-000123`` → 123; None where it is no such code."""
    digits = code.strip().upper().removeprefix(prefix)
    is_code = code.strip().upper().startswith(prefix)
    return int(digits) if is_code and digits.isascii() and digits.isdecimal() and len(digits) < 19 else None


def sessions_and_their_syringes_queryset() -> QuerySet[TreatmentSession]:
    """Sessions with their syringes, doses in the order of the cocktail, and who checked; four queries.

    A dose has ``strengths``: the mg/ml of what its product holds, None where no label says. A session says
    whether it ``plans_kit``: something of the patient's own blood.
    """
    in_order = Component.objects.filter(
        version=OuterRef("treatment_session__cocktail_version"), product=OuterRef("product")
    ).values("position")[:1]
    strengths = ProductContent.objects.filter(product=OuterRef("product")).values("mg_per_ml")
    doses = (
        Dose.objects.select_related("product", "lot")
        .annotate(position=Subquery(in_order), strengths=ArraySubquery(strengths))
        .order_by(F("position").asc(nulls_last=True), "pk")
    )
    kits = Component.objects.filter(
        version=OuterRef("cocktail_version"), product__presentation=Product.Presentation.KIT
    )
    rows = TreatmentSession.objects.annotate(plans_kit=Exists(kits)).select_related(
        "patient", "clinic", "cocktail_version__cocktail", "cocktail_version__signed_by"
    )
    return rows.prefetch_related(
        Prefetch(
            "syringes",
            Syringe.objects.select_related("prepared_by")
            .prefetch_related(
                Prefetch("doses", doses),
                Prefetch("checks", SyringeCheck.objects.select_related("checked_by").order_by("-pk")),
            )
            .order_by("pk"),
        )
    )


def syringe_contents(syringe: Syringe) -> list[list[str]]:
    """Lot number and ml of every dose, in the order drawn: what a check is a check of."""
    return [[dose.lot.number, f"{dose.ml:.2f}"] for dose in syringe.doses.all()]


@dataclass(frozen=True, slots=True)
class DrawnDose:
    """One line of a syringe. ``mg`` is None where its product holds several substances, or no label says."""

    product: Product
    lot: Lot
    ml: Decimal
    mg: Decimal | None


@dataclass(frozen=True)
class Prepared:
    """A syringe as the page shows it. ``is_check_outdated``: something was changed after it was checked."""

    syringe: Syringe
    code: str
    doses: list[DrawnDose]
    contents: list[list[str]]
    check: SyringeCheck | None

    @property
    def is_check_outdated(self) -> bool:
        return self.check is not None and (
            self.check.contents != self.contents or self.check.at < self.syringe.prepared_at
        )

    @property
    def is_checked(self) -> bool:
        return self.check is not None and not self.is_check_outdated


def prepared_syringe(syringe: Syringe) -> Prepared:
    """Of a syringe from :func:`sessions_and_their_syringes_queryset`; asks no further query."""
    doses = [_drawn_dose(dose) for dose in syringe.doses.all()]
    return Prepared(
        syringe,
        syringe_code(syringe),
        doses,
        syringe_contents(syringe),
        next(iter(syringe.checks.all()), None),
    )


class _WithStrengths(Protocol):
    strengths: list[Decimal | None]


def _drawn_dose(dose: Dose) -> DrawnDose:
    read: _WithStrengths = dose  # type: ignore[assignment]  # annotated above
    strength = read.strengths[0] if len(read.strengths) == 1 else None
    mg = None if strength is None else round_mg(dose_mg(dose.ml, strength))
    return DrawnDose(dose.product, dose.lot, dose.ml, mg)


def allergy_labels_on_session_day(session: TreatmentSession) -> list[str]:
    """The allergies that stood on the day of the session, the first recorded first. One query."""
    rows = RiskFactor.objects.filter(patient__in=records_of(session.patient_id), kind=Factor.Kind.ALLERGY)
    return list(rows.standing_on(session.performed_on).order_by("pk").values_list("label", flat=True))
