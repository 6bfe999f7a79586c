"""Who a change of the catalogue would affect, and where an ingredient or a product is used. Reads across the apps."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils import formats, timezone

from mesoclinic.accounts.models import User
from mesoclinic.accounts.permissions import Permission
from mesoclinic.core.models import Basis
from treatments.catalogue.models import (
    Contraindication,
    DoseLimit,
    Indication,
    Ingredient,
    Interaction,
    Product,
)
from treatments.cocktails.models import CocktailVersion, Component
from treatments.plans.models import TreatmentPlan
from treatments.plans.rules import PlanStatus
from treatments.schedule.models import Appointment

#: A plan that still goes on, or may.
OPEN_PLANS = (PlanStatus.DRAFT, PlanStatus.QUOTED, PlanStatus.ACCEPTED, PlanStatus.ACTIVE)
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
class Reach:
    """What a change would affect at every clinic. ``may_open`` is false for who reads no patient records."""

    groups: Sequence[Group]
    may_open: bool

    @property
    def is_nobody(self) -> bool:
        return not any(group.count for group in self.groups)


def versions_touched(row: Any) -> QuerySet[CocktailVersion]:
    """The cocktail versions that a change of ``row`` concerns: those that hold it, or what it is a rule about."""
    versions = CocktailVersion.objects.all()

    def holding(ingredient: Any) -> Exists:
        return Exists(
            Component.objects.filter(version=OuterRef("pk"), product__contents__ingredient=ingredient)
        )

    if isinstance(row, Product):
        return versions.filter(Exists(Component.objects.filter(version=OuterRef("pk"), product=row)))
    if isinstance(row, Ingredient):
        return versions.filter(holding(row))
    if isinstance(row, Interaction):
        touched = versions.filter(holding(row.first_id))
        return touched.filter(holding(row.second_id)) if row.second_id else touched
    if isinstance(row, Contraindication) and row.ingredient_id is None:
        return versions
    if isinstance(row, Indication):
        assessed = Q(assessment__condition=row.condition_id) | Exists(
            TreatmentPlan.objects.filter(
                cocktail_version=OuterRef("pk"), assessment__condition=row.condition_id
            )
        )
        return versions.filter(assessed, holding(row.ingredient_id))
    if isinstance(row, DoseLimit | Contraindication):
        return versions.filter(holding(row.ingredient_id))
    raise TypeError(f"{row!r} is no row of the catalogue")


def reach_of(row: Any, *, viewer: User) -> Reach:
    """Open plans, unsigned cocktails, booked sessions and saved formulations that a change of ``row`` concerns.

    Four queries, seven for who may read patient records: they get the first of each by name.
    """
    touched = versions_touched(row)
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
    return Reach(
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
    """Where products are used, and for what their ingredients are given."""

    indications: Sequence[dict[str, Any]] = ()
    sources: Sequence[dict[str, Any]] = ()
    recipes: Sequence[Named] = ()
    sessions: Sequence[Named] = ()
    session_count: int = 0
    last_used: str = ""
    may_open: bool = False


#: Beyond this a count says “1,000 or more”.
MOST_COUNTED = 1_000
#: The lots whose sessions are looked through for the last ones: years of deliveries.
_LOTS = 60

_USES = """
SELECT json_build_object(
  'indications', (SELECT coalesce(json_agg(json_build_object(
        'id', i.id, 'condition', c.name, 'ingredient', g.name, 'support', i.support, 'evidence', i.evidence_level,
        'remark', i.remark, 'basis', i.basis, 'keys', i.source_keys, 'text', i.source_text,
        'reviewed_at', i.reviewed_at, 'reviewer', CASE WHEN u.id IS NULL THEN '' ELSE
            trim(left(u.first_name, 1) || '. ' || u.last_name) END) ORDER BY i.support DESC, c.name, g.name), '[]')
      FROM catalogue_indication i
      JOIN conditions_condition c ON c.id = i.condition_id
      JOIN catalogue_ingredient g ON g.id = i.ingredient_id
      LEFT JOIN accounts_user u ON u.id = i.reviewed_by_id
      WHERE i.ingredient_id = ANY(%(ingredients)s) AND i.retired_at IS NULL),
  'sources', (SELECT coalesce(json_agg(json_build_object('key', s.key, 'citation', s.citation, 'address', s.address)
        ORDER BY s.key), '[]')
      FROM core_source s WHERE s.key = ANY(%(cited)s) OR s.key IN (SELECT unnest(i.source_keys) FROM catalogue_indication i
        WHERE i.ingredient_id = ANY(%(ingredients)s) AND i.retired_at IS NULL)),
  'recipes', (SELECT coalesce(json_agg(json_build_array(v.id, k.name) ORDER BY k.name, v.id), '[]')
      FROM cocktails_cocktail k
      JOIN LATERAL (SELECT id FROM cocktails_cocktailversion WHERE cocktail_id = k.id
                     ORDER BY number DESC LIMIT 1) v ON true
      WHERE k.patient_id IS NULL AND k.retired_at IS NULL AND EXISTS (
        SELECT 1 FROM cocktails_component p WHERE p.version_id = v.id AND p.product_id = ANY(%(products)s))),
  'last', (SELECT coalesce(json_agg(json_build_array(s.id, s.performed_on, s.number, s.status,
        CASE WHEN %(clinical)s THEN trim(p.given_names || ' ' || p.family_name) ELSE '' END)
        ORDER BY s.performed_on DESC, s.id DESC), '[]')
      FROM (SELECT * FROM treatment_sessions_treatmentsession s WHERE s.status <> 'draft' AND s.id IN (
              SELECT d.treatment_session_id
                FROM (SELECT id FROM stock_lot WHERE product_id = ANY(%(products)s) ORDER BY id DESC LIMIT %(lots)s) l
                JOIN LATERAL (SELECT treatment_session_id FROM treatment_sessions_dose
                               WHERE lot_id = l.id ORDER BY treatment_session_id DESC LIMIT %(named)s) d ON true)
             ORDER BY s.performed_on DESC, s.id DESC LIMIT %(named)s) s
      JOIN patients_patient p ON p.id = s.patient_id),
  'count', (SELECT count(*) FROM (
      SELECT DISTINCT d.treatment_session_id FROM treatment_sessions_dose d
        JOIN stock_lot l ON l.id = d.lot_id
        JOIN treatment_sessions_treatmentsession s ON s.id = d.treatment_session_id
       WHERE l.product_id = ANY(%(products)s) AND s.status <> 'draft' LIMIT %(most)s) used)
)::text
"""


def uses_of(
    *, products: Sequence[int], ingredients: Sequence[int], cited: Sequence[str] = (), viewer: User
) -> Uses:
    """Indications of ``ingredients``, and recipes and sessions that use ``products``. One query.

    ``sources`` are those that the indications cite, and those of ``cited``, each once.

    Sessions are named for who may read patient records; others who keep stock get their number.
    """
    clinical = viewer.may(Permission.SEE_CLINICAL)
    with connection.cursor() as cursor:
        cursor.execute(
            _USES,
            {
                "ingredients": list(ingredients),
                "products": list(products),
                "cited": list(cited),
                "clinical": clinical,
                "named": NAMED,
                "lots": _LOTS,
                "most": MOST_COUNTED,
            },
        )
        found = json.loads(cursor.fetchone()[0])
    may_see_count = clinical or viewer.may(Permission.SEE_STOCK)
    return Uses(
        indications=[{**row, "basis": Basis(row["basis"]).label} for row in found["indications"]],
        sources=found["sources"],
        recipes=[
            Named(
                name, reverse("cocktails:formulation", args=[pk]) if viewer.may(Permission.FORMULATE) else ""
            )
            for pk, name in found["recipes"]
        ],
        sessions=[
            Named(f"{_day(day)}: {name}, session {number}", reverse("sessions:session", args=[pk]))
            for pk, day, number, _, name in found["last"]
        ]
        if clinical
        else [],
        session_count=found["count"] if may_see_count else 0,
        last_used=_day(found["last"][0][1]) if found["last"] and may_see_count else "",
        may_open=clinical,
    )


def _day(iso: str) -> str:
    return formats.date_format(date.fromisoformat(iso), "j M Y")
