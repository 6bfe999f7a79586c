"""Who a change of the catalogue would affect, and where an ingredient or a product is used. Reads across the apps."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils import formats, timezone

from mesoclinic.accounts.models import User
from mesoclinic.accounts.permissions import Permission
from treatments.catalogue.models import (
    BloodLimit,
    Contraindication,
    DoseLimit,
    Indication,
    Ingredient,
    Interaction,
    OtherTreatment,
    Product,
    ProductContent,
    VolumeLimit,
)
from treatments.cocktails.models import CocktailVersion, Component
from treatments.plans.models import TreatmentPlan
from treatments.plans.rules import OPEN_PLANS
from treatments.schedule.models import Appointment

#: The rows of the catalogue that somebody may change.
Row = (
    Product
    | Ingredient
    | DoseLimit
    | VolumeLimit
    | BloodLimit
    | OtherTreatment
    | Interaction
    | Contraindication
    | Indication
)
#: Named on the page; the count says how many there are.
NAMED = 10


@dataclass(frozen=True)
class Named:
    text: str
    url: str


@dataclass(frozen=True)
class Group:
    """One sort of what is affected: how many, and the first few where the reader may open them."""

    label: str
    count: int
    named: Sequence[Named] = ()


@dataclass(frozen=True)
class Impact:
    """What a change would affect at every clinic. ``may_open`` is false for who reads no patient records."""

    groups: Sequence[Group]
    may_open: bool

    @property
    def affects_nobody(self) -> bool:
        return not any(group.count for group in self.groups)


def cocktail_versions_affected(row: Row) -> QuerySet[CocktailVersion]:
    """The cocktail versions that a change of ``row`` concerns: those that hold it, or what it is a rule about."""
    versions = CocktailVersion.objects.all()

    def contains_ingredient_exists(ingredient: Ingredient | int) -> Exists:
        """Query expression: whether the version holds a product with this ingredient."""
        return Exists(
            Component.objects.filter(version=OuterRef("pk"), product__contents__ingredient=ingredient)
        )

    if isinstance(row, Product):
        return versions.filter(Exists(Component.objects.filter(version=OuterRef("pk"), product=row)))
    if isinstance(row, Ingredient):
        return versions.filter(contains_ingredient_exists(row))
    if isinstance(row, Interaction):
        touched = versions.filter(contains_ingredient_exists(row.first_id))
        return touched.filter(contains_ingredient_exists(row.second_id)) if row.second_id else touched
    if isinstance(row, OtherTreatment):
        return versions.none()
    if isinstance(row, Contraindication) and row.ingredient_id is None:
        return versions
    if isinstance(row, VolumeLimit):
        of = row.ingredient_id if row.scope == VolumeLimit.Scope.INGREDIENT else None
        return versions if of is None else versions.filter(contains_ingredient_exists(of))
    if isinstance(row, Indication):
        assessed = Q(assessment__condition=row.condition_id) | Exists(
            TreatmentPlan.objects.filter(
                cocktail_version=OuterRef("pk"), assessment__condition=row.condition_id
            )
        )
        return versions.filter(assessed, contains_ingredient_exists(row.ingredient))
    if isinstance(row, DoseLimit | Contraindication | BloodLimit):
        return (
            versions.filter(contains_ingredient_exists(row.ingredient_id))
            if row.ingredient_id
            else versions.none()
        )
    raise TypeError(f"{row!r} is no row of the catalogue")


def impact_of(row: Row, *, viewer: User) -> Impact:
    """Open plans, unsigned cocktails, booked sessions and saved formulations that a change of ``row`` concerns.

    Four queries, seven for who may read patient records: they get the first of each by name.
    """
    touched = cocktail_versions_affected(row)
    drafts = touched.filter(
        status=CocktailVersion.Status.DRAFT, cocktail__retired_at=None, cocktail__patient__isnull=False
    )
    newer = CocktailVersion.objects.filter(cocktail=OuterRef("cocktail"), number__gt=OuterRef("number"))
    formulations = touched.filter(~Exists(newer), cocktail__patient=None, cocktail__retired_at=None)
    plans = TreatmentPlan.objects.filter(status__in=OPEN_PLANS, cocktail_version__in=touched)
    booked = Appointment.objects.filter(
        starts_at__gte=timezone.now(), kind=Appointment.Kind.SESSION, plan__cocktail_version__in=touched
    ).holding_time()
    may_open = viewer.may(Permission.SEE_CLINICAL)
    named: dict[str, list[Named]] = {"plans": [], "drafts": [], "booked": []}
    if may_open:
        named = {
            "plans": [
                Named(f"{plan.patient.full_name}: {plan.name}", reverse("plan", args=[plan.pk]))
                for plan in plans.select_related("patient").order_by("-pk")[:NAMED]
            ],
            "drafts": [
                Named(
                    f"{version.cocktail.patient.full_name}: {version.cocktail.name}",  # type: ignore[union-attr]
                    reverse("cocktails:formulation", args=[version.pk]),
                )
                for version in drafts.select_related("cocktail__patient").order_by("-pk")[:NAMED]
            ],
            "booked": [
                Named(
                    f"{formats.date_format(timezone.localtime(one.starts_at), 'j M, H:i')}: "
                    f"{one.patient.full_name}",
                    reverse("schedule:appointment", args=[one.pk]),
                )
                for one in booked.select_related("patient").order_by("starts_at")[:NAMED]
            ],
        }
    return Impact(
        [
            Group("Open plans", plans.count(), named["plans"]),
            Group("Unsigned cocktails", drafts.count(), named["drafts"]),
            Group("Booked sessions", booked.count(), named["booked"]),
            Group("Saved formulations", formulations.count()),
        ],
        may_open,
    )


# ── where it is used ─────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Uses:
    """Where products are used."""

    recipes: Sequence[Named] = ()
    sessions: Sequence[Named] = ()
    session_count: int = 0
    last_used: str = ""
    may_open: bool = False

    @property
    def may_have_uncounted_sessions(self) -> bool:
        """Whether there may be more sessions than were counted."""
        return self.session_count >= MOST_COUNTED


#: Beyond this a count says “1,000 or more”.
MOST_COUNTED = 1_000
#: The lots whose sessions are looked through for the last ones: years of deliveries.
_LOTS = 60

_USES = (Path(__file__).parent / "sql" / "uses.sql").read_text(encoding="utf-8")


def uses_of_row(row: Product | Ingredient, *, viewer: User) -> Uses:
    """Saved formulations and sessions that use a product, or any product with an ingredient. Two queries.

    Sessions are named for who may read patient records; others who keep stock get their number.
    """
    products = [row.pk]
    if isinstance(row, Ingredient):
        products = list(ProductContent.objects.filter(ingredient=row).values_list("product", flat=True))
    clinical = viewer.may(Permission.SEE_CLINICAL)
    with connection.cursor() as cursor:
        cursor.execute(
            _USES,
            {
                "products": products,
                "clinical": clinical,
                "named": NAMED,
                "lots": _LOTS,
                "most": MOST_COUNTED,
            },
        )
        found = json.loads(cursor.fetchone()[0])
    may_see_count = clinical or viewer.may(Permission.SEE_STOCK)
    return Uses(
        recipes=[
            Named(name, reverse("cocktails:formula", args=[pk]) if viewer.may(Permission.FORMULATE) else "")
            for pk, name in found["recipes"]
        ],
        sessions=[
            Named(
                f"{_day_text_of_iso(day)}: {name}, session {number}", reverse("sessions:session", args=[pk])
            )
            for pk, day, number, _, name in found["last"]
        ]
        if clinical
        else [],
        session_count=found["count"] if may_see_count else 0,
        last_used=_day_text_of_iso(found["last"][0][1]) if found["last"] and may_see_count else "",
        may_open=clinical,
    )


def _day_text_of_iso(iso: str) -> str:
    return formats.date_format(date.fromisoformat(iso), "j M Y")
