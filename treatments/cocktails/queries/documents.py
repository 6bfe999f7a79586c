"""What is read of a formulation without its patient, and what its documents need."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Q, QuerySet

from mesoclinic.accounts.models import Clinic
from mesoclinic.core.models import Source
from mesoclinic.core.quantities import ZERO
from treatments.catalogue.models import Ingredient
from treatments.cocktails.models import CocktailVersion
from treatments.cocktails.queries.catalogue import Catalogue, Offered
from treatments.cocktails.queries.formulation import annotate_drawn_lines, formulation_annotated_on_version
from treatments.stock.models import Lot
from treatments.stock.queries import lot_as_choice, usable_lots
from treatments.stock.rules.lots import usable_lots_in_order

PAGE = 20

#: What a code on paper begins with: mesoclinic.search finds a version by it.
CODE_PREFIX = "CV-"


def cocktail_code(version: CocktailVersion) -> str:
    """What the label of a formulation says: CV-000123."""
    return f"{CODE_PREFIX}{version.pk:06d}"


def anonymous_signed_or_saved_versions_of_clinic(clinic: Clinic) -> QuerySet[CocktailVersion]:
    """Signed cocktails and saved formulations of a clinic, latest first, without a word of the patient.

    Neither patient, assessment, findings nor reasons are read: ``formulation`` holds what is drawn and nothing else.
    A patient's cocktail goes by its code, for the name that a clinician gave it may be the patient's.
    """
    versions = (
        CocktailVersion.objects.filter(cocktail__clinic=clinic)
        .filter(
            Q(status=CocktailVersion.Status.SIGNED) | Q(cocktail__patient=None, cocktail__retired_at=None)
        )
        .select_related("signed_by", "cocktail")
        .only(
            "number",
            "kind",
            "syringe_ml",
            "sessions",
            "every_days",
            "status",
            "signed_at",
            "cocktail__name",
            "cocktail__patient_id",
            "cocktail__clinic_id",
            "signed_by__title",
            "signed_by__first_name",
            "signed_by__last_name",
            "signed_by__username",
        )
        .order_by("-pk")
    )
    return annotate_drawn_lines(versions)


def formulation_name_or_cocktail_code(version: CocktailVersion) -> str:
    """A saved formulation by its name, a patient's cocktail by its code."""
    if version.cocktail.patient_id is None:
        return str(version.cocktail.name)
    return f"Cocktail {cocktail_code(version)}"


def ingredients_by_code(codes: list[str]) -> dict[str, Ingredient]:
    """The ingredients with what the catalogue says of their licence and who reviewed them. One query."""
    return {each.code: each for each in Ingredient.objects.filter(code__in=codes)}


def citations_and_addresses(keys: set[str]) -> list[tuple[str, str]]:
    """Citation and address of each source. One query."""
    found = Source.objects.filter(key__in=keys).order_by("key")
    return [(source.citation, source.address) for source in found]


# ── what to draw, from which lot ─────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Take:
    """So many ml from one lot."""

    lot: Lot
    ml: Decimal


@dataclass(frozen=True, slots=True)
class Step:
    """One product in the order drawn; ``missing_ml`` is what the shelf does not hold."""

    product: Offered
    ml: Decimal
    takes: tuple[Take, ...]
    missing_ml: Decimal


def steps_to_draw_from_lots(
    version: CocktailVersion, catalogue: Catalogue, clinic: Clinic, on: date, at: datetime
) -> list[Step]:
    """What a version draws from the lots usable now, opened and still good first, then first to expire. One query."""
    lines = formulation_annotated_on_version(version)["lines"]
    ids = [catalogue.products[row["code"]].pk for row in lines]
    shelf: dict[int, list[Lot]] = {}
    for lot in usable_lots(clinic, ids, on).filter(received_on__lte=on):
        shelf.setdefault(lot.product_id, []).append(lot)
    return [
        _step_to_draw_from_lots(catalogue.products[row["code"]], Decimal(row["ml"]), shelf, on, at)
        for row in lines
    ]


def _step_to_draw_from_lots(
    product: Offered, ml: Decimal, shelf: dict[int, list[Lot]], on: date, at: datetime
) -> Step:
    lots = {lot.pk: lot for lot in shelf.get(product.pk, ())}
    takes, left = [], ml
    for choice in usable_lots_in_order([lot_as_choice(lot) for lot in lots.values()], on, at):
        if left <= ZERO:
            break
        taken = min(left, choice.on_hand_ml)
        takes.append(Take(lots[choice.lot_id], taken))
        left -= taken
    return Step(product, ml, tuple(takes), max(left, ZERO))
