"""One session as the page and the signature read it, and what stands between it and a signature.

A page asks three statements: :func:`sheets` (the session with all its parts), :func:`reference` (what may be
ticked, seen and treated) and :func:`lots_to_choose`.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import ROUND_DOWN, Decimal
from operator import attrgetter
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery, TextField, Value
from django.db.models.functions import Cast, Coalesce, Concat, JSONObject

from mesoclinic.accounts.models import Clinic, User
from mesoclinic.accounts.permissions import Role
from mesoclinic.core.findings import Finding, block
from mesoclinic.core.models import Draft
from mesoclinic.core.quantities import ZERO, plain
from patients.models import Consent, Factor, Patient, RiskFactor
from patients.rules import ConsentFact, consent_standing, day_words
from treatments.catalogue.models import Lot, ProductContent
from treatments.catalogue.queries import as_choice, usable_lots
from treatments.catalogue.rules import LotChoice, available_ml, first_to_expire, shortage, usable
from treatments.cocktails.models import CocktailOverride, Component
from treatments.cocktails.queries import (
    Catalogue,
    benches,
    catalogue_at,
    catalogue_beside,
    formula_of,
    person_of,
)
from treatments.cocktails.rules import Content, Line, Mix, check_mix, contraindications_for
from treatments.conditions.models import AssessmentZone, Measurement
from treatments.conditions.rules import points_for
from treatments.plans.models import TreatmentPlan
from treatments.sessions import rules
from treatments.sessions.models import (
    Addendum,
    CheckIn,
    ChecklistAnswer,
    Dose,
    FollowUp,
    Pain,
    PainRelief,
    Reaction,
    TreatmentSession,
    ZoneTreatment,
)
from treatments.sessions.rules import SessionStatus

#: Which form the session page is, for mesoclinic.core.drafts.
DRAFT_KIND = "session"

#: Measured at every session (domain README §7): density shows the response best, the pull test is quickest.
DENSITY, PULL_TEST = "HAIR_DENSITY", "PULL_TEST"
MEASURED = (DENSITY, PULL_TEST)
#: So many of the last figures are read, however many there are.
FIGURES = 24

#: The substance of domain/ingredients.csv that relief may hold.
LIDOCAINE = "lidocaine"

#: Signed, whatever was added since; a void session is none of these.
SIGNED = (SessionStatus.SIGNED, SessionStatus.AMENDED)


# ── the chart: what is written down about a session ──────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class DoseEntry:
    """So many ml from one lot. ``planned_ml`` is the product's, on the first of its lots; 0 on the others."""

    product_id: int
    lot_id: int
    ml: Decimal
    planned_ml: Decimal = ZERO
    lot_read: bool = False


@dataclass(frozen=True, slots=True)
class ZoneEntry:
    """A zone of the map, or a drawn one: then ``zone_id`` is None, ``name`` and ``outline`` (percent) say which."""

    zone_id: int | None
    points: int
    ml_per_point: Decimal
    depth_mm: Decimal
    area_cm2: Decimal
    spacing_cm: Decimal | None = None
    name: str = ""
    outline: tuple[tuple[float, float], ...] = ()

    @property
    def key(self) -> tuple[int, str]:
        return self.zone_id or 0, self.name


@dataclass(frozen=True, slots=True)
class ReactionEntry:
    """``note`` is what was done about it: an alert asks for it."""

    effect_id: int
    grade: str = Reaction.Grade.MILD.value
    note: str = ""
    zone_id: int | None = None
    began_on: date | None = None
    ended_on: date | None = None


@dataclass(frozen=True, slots=True)
class ReliefEntry:
    """What was done against the pain; ``lidocaine_mg`` is None where nobody has said."""

    method: str
    lidocaine_mg: Decimal | None = None


@dataclass(frozen=True, slots=True)
class MeasurementEntry:
    scale_id: int
    value: Decimal
    zone_id: int | None = None


@dataclass(frozen=True)
class Chart:
    """Everything that is charted in a draft, by the ids of the reference rows. Two charts compare by value.

    Measurements are not in here: they cannot be changed once written, so they wait for the signature.
    """

    ticked: frozenset[int] = frozenset()
    doses: tuple[DoseEntry, ...] = ()
    zones: tuple[ZoneEntry, ...] = ()
    pain: Mapping[str, int] = field(default_factory=dict)
    relief: tuple[ReliefEntry, ...] = ()
    performed_by_id: int | None = None
    reactions: tuple[ReactionEntry, ...] = ()
    no_reactions: bool = False
    technique: str = ""
    needle: str = ""
    since_last: str = ""
    safety: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""
    next_on: date | None = None
    review_change: int | None = None
    review_decision: str = ""
    review_note: str = ""

    def __post_init__(self) -> None:
        """In one order, so that the same chart compares as the same however it was read."""
        for name, key in _KEYS.items():
            rows = sorted(getattr(self, name), key=attrgetter(key))
            object.__setattr__(self, name, tuple(rows))


#: What is unique among the rows of each part.
_KEYS = {"doses": "lot_id", "zones": "key", "reactions": "effect_id", "relief": "method"}

#: The parts of a chart that are columns of the session.
COLUMNS = (
    "performed_by_id",
    "no_reactions",
    "technique",
    "needle",
    "since_last",
    "safety",
    "note",
    "next_on",
    "review_change",
    "review_decision",
    "review_note",
)


def chart_of(sheet: Any) -> Chart:
    """The chart of a session from :func:`sheets`, as it is stored."""
    return Chart(
        ticked=frozenset(row["item"] for row in sheet.sheet_checks),
        doses=tuple(
            DoseEntry(row["product"], row["lot"], _dec(row["ml"]), _dec(row["planned"]), row["read"])
            for row in sheet.sheet_doses
        ),
        zones=tuple(
            ZoneEntry(
                row["zone"],
                row["points"],
                _dec(row["ml"]),
                _dec(row["depth"]),
                _dec(row["area"]),
                None if row["spacing"] is None else _dec(row["spacing"]),
                "" if row["zone"] else row["name"],
                tuple((x, y) for x, y in row["outline"]),
            )
            for row in sheet.sheet_zones
        ),
        pain={row["moment"]: row["score"] for row in sheet.sheet_pain},
        reactions=tuple(
            ReactionEntry(
                row["effect"], row["grade"], row["note"], row["zone"], _day(row["began"]), _day(row["ended"])
            )
            for row in sheet.sheet_reactions
        ),
        relief=tuple(
            ReliefEntry(row["method"], None if row["mg"] is None else _dec(row["mg"]))
            for row in sheet.sheet_relief
        ),
        **{name: getattr(sheet, name) for name in COLUMNS},
    )


def _dec(number: Any) -> Decimal:
    """A figure out of JSON: by its text, so that 0.03 stays 0.03."""
    return Decimal(str(number))


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


# ── a session with all its parts ─────────────────────────────────────────────────────────────────


def sheets(*, user: User | None = None) -> QuerySet[Any]:
    """Sessions with everything the page shows of them, in one query; ``user`` adds their unsent draft."""
    mine = {"treatment_session": OuterRef("pk")}
    return TreatmentSession.objects.select_related(
        "clinic",
        "patient",
        "clinician",
        "performed_by",
        "signed_by",
        "room",
        "appointment",
        "plan__protocol",
        "cocktail_version__cocktail",
    ).annotate(
        sheet_checks=ArraySubquery(
            ChecklistAnswer.objects.filter(**mine).order_by("pk").values(row=JSONObject(item="item_id"))
        ),
        sheet_doses=_doses(OuterRef("pk")),
        sheet_zones=_zones(OuterRef("pk")),
        sheet_pain=ArraySubquery(
            Pain.objects.filter(**mine)
            .order_by("pk")
            .values(row=JSONObject(moment="moment", score="score", added="added_at"))
        ),
        sheet_relief=ArraySubquery(
            PainRelief.objects.filter(**mine)
            .order_by("pk")
            .values(row=JSONObject(method="method", mg=Cast("lidocaine_mg", TextField())))
        ),
        sheet_reactions=ArraySubquery(
            Reaction.objects.filter(**mine)
            .order_by("effect__order", "pk")
            .values(
                row=JSONObject(
                    id="pk",
                    effect="effect_id",
                    label="effect__effect",
                    level="effect__level",
                    action="effect__action",
                    lot_days="effect__lot_days",
                    grade="grade",
                    note="note",
                    zone="zone_id",
                    zone_name="zone__name",
                    began="began_on",
                    ended=Coalesce("end__ended_on", "ended_on"),
                    added="added_at",
                    days="check_in__days",
                )
            )
        ),
        sheet_addenda=ArraySubquery(
            Addendum.objects.filter(**mine)
            .order_by("pk")
            .values(
                row=JSONObject(
                    text="text",
                    reason="reason",
                    at="at",
                    title="by__title",
                    first="by__first_name",
                    last="by__last_name",
                )
            )
        ),
        sheet_components=ArraySubquery(
            Component.objects.filter(version=OuterRef("cocktail_version"))
            .order_by("position", "pk")
            .values(
                row=JSONObject(
                    product="product_id",
                    code="product__code",
                    name="product__name",
                    strength="product__strength",
                    ml=Cast("ml", TextField()),
                    contents=ArraySubquery(
                        ProductContent.objects.filter(product=OuterRef("product"), ingredient__is_active=True)
                        .order_by("pk")
                        .values(row=JSONObject(name="ingredient__name", mg=Cast("mg_per_ml", TextField())))
                    ),
                    active=Exists(
                        ProductContent.objects.filter(product=OuterRef("product"), ingredient__is_active=True)
                    ),
                )
            )
        ),
        sheet_areas=ArraySubquery(
            AssessmentZone.objects.filter(assessment=OuterRef("plan__assessment"))
            .order_by("zone__order", "zone__code")
            .values(row=JSONObject(zone="zone_id", code="zone__code", area="area_cm2"))
        ),
        sheet_last=_last_of_plan(),
        sheet_figures=ArraySubquery(
            Measurement.objects.filter(patient=OuterRef("patient"), scale__code__in=MEASURED)
            .order_by("-measured_at", "-pk")
            .values(
                row=JSONObject(
                    id="pk", scale="scale__code", zone="zone__code", zone_name="zone__name", value="value"
                )
            )[:FIGURES]
        ),
        sheet_factors=ArraySubquery(
            RiskFactor.objects.filter(patient=OuterRef("patient"), kind__in=list(rules.TOPICS))
            .on(OuterRef("performed_on"))
            .order_by("kind", "label", "pk")
            .values(
                row=JSONObject(
                    id="pk",
                    kind="kind",
                    label="label",
                    factor="factor_id",
                    code="factor__code",
                    short="factor__short_label",
                )
            )
        ),
        sheet_measured=ArraySubquery(
            TreatmentSession.measurements.through.objects.filter(treatmentsession=OuterRef("pk"))
            .order_by("pk")
            .values(
                row=JSONObject(
                    scale="measurement__scale__short_name",
                    unit="measurement__scale__unit",
                    zone="measurement__zone__name",
                    value="measurement__value",
                )
            )
        ),
        sheet_consents=_consents(OuterRef("patient")),
        sheet_check_ins=ArraySubquery(
            CheckIn.objects.filter(**mine)
            .order_by("due_on", "pk")
            .values(row=JSONObject(id="pk", days="days", due="due_on", status="status"))
        ),
        sheet_follow_ups=ArraySubquery(
            FollowUp.objects.filter(**mine)
            .order_by("due_on", "pk")
            .values(
                row=JSONObject(
                    id="pk", label="reaction__effect__short_label", status="status", lots="lot_days"
                )
            )
        ),
        sheet_draft=Subquery(
            Draft.objects.filter(
                owner=user,
                kind=DRAFT_KIND,
                subject=Concat(Value("session:"), Cast(OuterRef("pk"), TextField())),
            ).values(row=JSONObject(fields="fields", saved_at="saved_at", revision="revision"))[:1]
        ),
    )


def held(pk: int, *, user: User | None) -> Any:
    """The session with all its parts, locked until the transaction ends. One query; ``DoesNotExist``.

    Where somebody saved it while we waited for the lock, the row is theirs and the parts are from before:
    they are then read again.
    """
    began = Draft.objects.filter(
        owner=OuterRef("clinician"),
        kind=DRAFT_KIND,
        subject=Concat(Value("session:"), Cast(OuterRef("pk"), TextField())),
    )
    read = TreatmentSession.objects.filter(pk=OuterRef("pk")).values("revision")
    rows = sheets(user=user).annotate(
        sheet_first_draft=Subquery(began.values("fields")[:1]), sheet_read_at=Subquery(read[:1])
    )
    sheet = rows.select_for_update(of=("self",)).get(pk=pk)
    if sheet.sheet_read_at != sheet.revision:
        sheet = rows.get(pk=pk)
    return sheet


def _doses(session: OuterRef) -> ArraySubquery:
    return ArraySubquery(
        Dose.objects.filter(treatment_session=session)
        .order_by("pk")
        .values(
            row=JSONObject(
                id="pk",
                product="product_id",
                name="product__name",
                strength="product__strength",
                lot="lot_id",
                planned=Cast("planned_ml", TextField()),
                ml=Cast("ml", TextField()),
                number="lot__number",
                expires="lot__expires_on",
                status="lot__status",
                on_hand=Cast("lot__on_hand_ml", TextField()),
                opened_until="lot__opened_until",
                opened_ml=Cast("lot__opened_ml", TextField()),
                maker="lot__maker",
                country="lot__country",
                read="lot_read",
                wasted=Cast("wasted_ml", TextField()),
            )
        )
    )


def _zones(session: OuterRef) -> ArraySubquery:
    return ArraySubquery(
        ZoneTreatment.objects.filter(treatment_session=session)
        .order_by("zone__order", "name", "pk")
        .values(
            row=JSONObject(
                zone="zone_id",
                code=Coalesce("zone__code", Value("")),
                name=Coalesce("zone__name", "name"),
                outline="outline",
                points="points",
                ml=Cast("ml_per_point", TextField()),
                depth=Cast("depth_mm", TextField()),
                spacing=Cast("spacing_cm", TextField()),
                area=Cast("area_cm2", TextField()),
            )
        )
    )


def _consents(patient: OuterRef) -> ArraySubquery:
    return ArraySubquery(
        Consent.objects.filter(patient=patient, kind=Consent.Kind.TREATMENT).values(
            row=JSONObject(signed="signed_at", until="valid_until", withdrawn="withdrawn_at")
        )
    )


def _last_of_plan() -> Subquery:
    """The last signed session of the plan, or None."""
    worst = Pain.objects.filter(treatment_session=OuterRef("pk"), moment=Pain.Moment.DURING)
    return Subquery(
        TreatmentSession.objects.filter(
            plan=OuterRef("plan"), number__lt=OuterRef("number"), status__in=SIGNED
        )
        .order_by("-number")
        .values(
            row=JSONObject(
                id="pk",
                number="number",
                performed_on="performed_on",
                technique="technique",
                needle="needle",
                acknowledged="acknowledged",
                pain=Subquery(worst.values("score")[:1]),
                zones=_zones(OuterRef("pk")),
                doses=_doses(OuterRef("pk")),
            )
        )[:1]
    )


def draft_subject(session: TreatmentSession) -> str:
    return f"session:{session.pk}"


def typed_drafts(session: TreatmentSession, *, by: User) -> QuerySet[Draft]:
    """What was typed into this session and not sent: of who signs it, and of who began it."""
    return Draft.objects.filter(
        kind=DRAFT_KIND, subject=draft_subject(session), owner__in={by.pk, session.clinician_id}
    )


def unsigned_of(patient: Patient, *, by: User) -> list[TreatmentSession]:
    """Sessions of this patient that were begun and not signed, the newest first. One query.

    ``kept_at`` is when ``by`` typed into it last, None where they did not.
    """
    return list(
        TreatmentSession.objects.filter(patient=patient, status=SessionStatus.DRAFT)
        .select_related("plan", "clinician")
        .annotate(
            kept_at=Subquery(
                Draft.objects.filter(
                    owner=by,
                    kind=DRAFT_KIND,
                    subject=Concat(Value("session:"), Cast(OuterRef("pk"), TextField())),
                ).values("saved_at")[:1]
            )
        )
        .order_by("-started_at", "-pk")[:5]
    )


def drafts_to_sign(user: User, clinic: Clinic) -> QuerySet[TreatmentSession]:
    """Sessions this clinician has begun, or typed into, and not signed; oldest first, with the patient. One query.

    Since when: ``started_at``.
    """
    typed = Draft.objects.filter(
        owner=user, kind=DRAFT_KIND, subject=Concat(Value("session:"), Cast(OuterRef("pk"), TextField()))
    )
    return (
        TreatmentSession.objects.filter(
            Q(clinician=user) | Exists(typed), clinic=clinic, status=SessionStatus.DRAFT
        )
        .select_related("patient", "plan")
        .order_by("started_at", "pk")
    )


# ── what may be ticked, seen and treated ─────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Item:
    id: int
    code: str
    phase: str
    item: str
    label: str
    mandatory: bool
    required_when: str
    short: bool
    asked_with: str
    by_software: bool


@dataclass(frozen=True, slots=True)
class Effect:
    id: int
    code: str
    effect: str
    label: str
    level: str
    action: str
    escalate_if: str
    from_seed: bool
    lot_days: int | None = None
    asked_as: str = ""

    @property
    def is_urgent(self) -> bool:
        return self.level in ("alert", "emergency")


@dataclass(frozen=True, slots=True)
class ZoneRow:
    id: int
    code: str
    name: str
    area_cm2: Decimal | None
    optional: bool


@dataclass(frozen=True, slots=True)
class Risk:
    """A coded risk factor that the rules ask for."""

    id: int
    code: str
    label: str
    kind: str

    @property
    def word(self) -> str:
        """Among others of its kind: “lidocaine”."""
        return self.label.removeprefix("Allergy: ")


@dataclass(frozen=True, slots=True)
class Scale:
    id: int
    code: str
    name: str
    unit: str
    higher_is_better: bool


@dataclass(frozen=True, slots=True)
class Performer:
    """Somebody who may inject."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Reference:
    """The rows a session is charted with; retired ones are not offered."""

    items: Sequence[Item]
    effects: Sequence[Effect]
    zones: Sequence[ZoneRow]
    scales: Mapping[str, Scale]
    risks: Sequence[Risk] = ()
    performers: Sequence[Performer] = ()

    def ticked_with(self, ticked: Iterable[int]) -> frozenset[int]:
        """These ticks, and those that the same tick answers."""
        ticked = frozenset(ticked)
        codes = {item.code for item in self.items if item.id in ticked}
        return ticked | {item.id for item in self.items if item.asked_with in codes}


_REFERENCE = """
SELECT json_build_object(
  'items', (SELECT coalesce(json_agg(json_build_array(id, code, phase, item, short_label, mandatory, required_when,
              short_list, asked_with, answered_by = 'software')
              ORDER BY short_order NULLS LAST, "order", code), '[]')
            FROM treatment_sessions_checklistitem WHERE retired_at IS NULL),
  'effects', (SELECT coalesce(json_agg(json_build_array(id, code, effect, short_label, level, action, escalate_if,
              from_seed, lot_days, asked_as) ORDER BY from_seed DESC, "order", code), '[]')
            FROM treatment_sessions_adverseeffect WHERE retired_at IS NULL),
  'zones', (SELECT coalesce(json_agg(json_build_array(id, code, name, area_cm2::text, optional)
              ORDER BY "order", code), '[]')
            FROM conditions_zone WHERE retired_at IS NULL),
  'scales', (SELECT coalesce(json_agg(json_build_array(id, code, short_name, unit, higher_is_better)), '[]')
            FROM conditions_severityscale WHERE code = ANY(%(measured)s)),
  'performers', (SELECT coalesce(json_agg(json_build_array(id, concat_ws(' ', nullif(title, ''),
              nullif(first_name, ''), nullif(last_name, ''))) ORDER BY last_name, first_name, id), '[]')
            FROM accounts_user WHERE is_active AND %(performer)s = ANY(roles)),
  'risks', (SELECT coalesce(json_agg(json_build_array(id, code, coalesce(nullif(short_label, ''), label), kind)
              ORDER BY label), '[]')
            FROM patients_factor WHERE retired_at IS NULL AND kind = ANY(%(topics)s))
)::text
"""
_PARAMS: dict[str, Any] = {
    "measured": list(MEASURED),
    "performer": Role.CLINICIAN.value,
    "topics": list(rules.TOPICS),
}


def reference() -> Reference:
    """Checklist, reactions, zones, scales and who may inject, in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_REFERENCE, _PARAMS)
        return _reference(cursor.fetchone()[0])


def reference_and_catalogue(clinic: Clinic) -> tuple[Reference, Catalogue]:
    """Both in one statement, for the signature."""
    catalogue, found = catalogue_beside(clinic, _REFERENCE, _PARAMS)
    return _reference(found), catalogue


def _reference(text: str) -> Reference:
    found = json.loads(text)
    return Reference(
        items=[Item(*row) for row in found["items"]],
        effects=[Effect(*row) for row in found["effects"]],
        zones=[
            ZoneRow(pk, code, name, None if area is None else Decimal(area), optional)
            for pk, code, name, area, optional in found["zones"]
        ],
        scales={row[1]: Scale(*row) for row in found["scales"]},
        risks=[Risk(*row) for row in found["risks"]],
        performers=[Performer(*row) for row in found["performers"]],
    )


# ── lots ─────────────────────────────────────────────────────────────────────────────────────────


def lots_to_choose(clinic: Clinic, products: Iterable[int], on: date) -> dict[int, list[Lot]]:
    """The lots that may be used on ``on``, by product, in the order they are offered. One query."""
    found: dict[int, list[Lot]] = {}
    for lot in usable_lots(clinic, products, on).filter(received_on__lte=on):
        found.setdefault(lot.product_id, []).append(lot)
    return found


@dataclass(frozen=True, slots=True)
class Share:
    """What one product of the syringe is drawn from; ``missing`` says what the shelf does not hold."""

    product_id: int
    takes: Sequence[tuple[int, Decimal]]
    missing: Finding | None = None


def share_out(
    product_id: int, name: str, needed_ml: Decimal, lots: Sequence[Lot], on: date, at: datetime
) -> Share:
    """``needed_ml`` over the lots, first to expire first. Where they hold too little, all they hold."""
    choices = [as_choice(lot) for lot in lots]
    missing = shortage(choices, needed_ml, on, at)
    if missing is not None:
        missing = replace(
            missing,
            code=f"lot-shortage:{product_id}",
            message=missing.message.replace("this product", name),
            where="syringe",
        )
        needed_ml = sum((available_ml(choice, at) for choice in choices), ZERO)
    return Share(product_id, first_to_expire(choices, needed_ml, on, at), missing)


# ── what is proposed ─────────────────────────────────────────────────────────────────────────────

#: Where a protocol says nothing: domain README §6.
USUAL_SPACING_CM = Decimal(1)
USUAL_DEPTH_MM = Decimal(2)
_ML_STEP = Decimal("0.001")


def spacing_cm(plan: TreatmentPlan) -> Decimal:
    return plan.protocol.spacing_cm or USUAL_SPACING_CM


def proposed_zones(
    plan: TreatmentPlan, areas: Iterable[tuple[int, Decimal]], drawn_ml: Decimal
) -> list[ZoneEntry]:
    """The assessed zones, with as many points as their area takes and no more ml than is drawn up."""
    protocol = plan.protocol
    wanted = [(zone_id, area, max(points_for(area, spacing_cm(plan)), 1)) for zone_id, area in areas]
    total = sum(points for _, _, points in wanted)
    each = (drawn_ml / total if total else ZERO).quantize(_ML_STEP, ROUND_DOWN)
    if protocol.ml_per_point_max:
        each = min(each, protocol.ml_per_point_max)
    if each <= 0:
        return []
    depths = [d for d in (protocol.depth_min_mm, protocol.depth_max_mm) if d]
    depth = min(depths) if depths else USUAL_DEPTH_MM
    return [
        ZoneEntry(zone_id, points, each, depth, area, spacing_cm(plan)) for zone_id, area, points in wanted
    ]


def next_on(plan: TreatmentPlan, number: int, performed_on: date) -> date | None:
    """The day the plan puts the next session on; None after the last."""
    if number >= plan.sessions_planned or not plan.intervals:
        return None
    interval = plan.intervals[min(number, len(plan.intervals)) - 1]
    return rules.next_session_on(performed_on, interval)


# ── what stands in the way ───────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Safety:
    """What the record says against this syringe for this person, and what was already answered."""

    findings: Sequence[Finding]
    answered: Mapping[str, str]


def safety(
    *,
    version_id: int,
    patient_id: int,
    clinic: Clinic,
    by: User,
    on: date,
    given: Iterable[tuple[str, Decimal]] | None = None,
    area_cm2: Decimal | None = None,
    changes: rules.Changes | None = None,
    lidocaine_mg: Decimal = ZERO,
    catalogue: Catalogue | None = None,
) -> Safety:
    """Contraindications and dose limits of what is ``given`` (product code, ml), as they stand on ``on``.

    ``lidocaine_mg`` was given beside the syringe, against the pain: it counts with the syringe's own.
    Without ``given``, of what the cocktail plans. A reason written when the cocktail was signed answers the
    same finding here. ``changes`` are those said at this session and not on the record yet. Two queries, and
    one more where there are any.
    """
    answers = CocktailOverride.objects.filter(version=OuterRef("pk")).order_by("pk")
    version: Any = (
        benches(on=on, user=by)
        .annotate(answered=ArraySubquery(answers.values(row=JSONObject(code="code", reason="reason"))))
        .get(pk=version_id)
    )
    catalogue = catalogue or catalogue_at(clinic)
    if changes is not None:
        _bring_in(version.bench, changes)
    person = person_of(version, catalogue, on)
    if person is None or version.cocktail.patient_id != patient_id:
        message = "This plan's cocktail was made for somebody else. Make a new plan."
        return Safety([block("session:cocktail", message, fixed=True)], {})
    if given is None:
        given = [(line.product_code, line.ml) for line in formula_of(version).lines]
    mix = catalogue.mix(given, kind=version.kind, syringe_ml=version.syringe_ml)
    book, beside = catalogue.rulebook, _beside(catalogue, lidocaine_mg)
    said = [
        *contraindications_for(person, book),
        *check_mix(mix, person, book, area_cm2=area_cm2, today=on, beside=beside),
    ]
    for other in beside:
        said += check_mix(other, person, book, area_cm2=area_cm2, today=on, beside=[mix])
    findings = {
        finding.code: finding
        for finding in said
        if finding.code.startswith(("contra:", "dose:")) and (finding.blocks or finding.warns)
    }
    return Safety(list(findings.values()), {row["code"]: row["reason"] for row in version.answered})


def _bring_in(bench: dict[str, Any], changes: rules.Changes) -> None:
    """The patient's factors as they will stand once these changes are on the record."""
    if not changes.new and not changes.ended:
        return
    rows = [
        {"code": codes.get(new.factor_id), "short": new.label, "label": new.label, "kind": new.kind}
        for codes in [_codes_of(changes)]
        for new in changes.new
    ]
    # What ended is told apart by its id; a factor that another row still holds goes on standing.
    gone = set(changes.ended)
    bench["factors"] = [row for row in bench["factors"] if row["id"] not in gone] + rows


def _codes_of(changes: rules.Changes) -> dict[int | None, str]:
    ids = [new.factor_id for new in changes.new if new.factor_id]
    return dict(Factor.objects.filter(pk__in=ids).values_list("pk", "code"))


def _beside(catalogue: Catalogue, lidocaine_mg: Decimal) -> list[Mix]:
    """Lidocaine of a nerve block or a cream, as a syringe of its own: doses add up over syringes."""
    lidocaine = catalogue.substances.get(LIDOCAINE)
    if not lidocaine_mg or lidocaine is None:
        return []
    line = Line(
        product_code="pain-relief",
        product_name="Pain relief",
        contents=(Content(lidocaine, lidocaine_mg),),
        ml=Decimal(1),
    )
    return [Mix(kind="single", lines=(line,), syringe_ml=Decimal(1))]


def consent_finding(rows: Iterable[Mapping[str, Any]], clinic: Clinic, on: date) -> Finding:
    """The treatment consent's standing, from rows of :func:`_consents`."""

    def day(text: str | None) -> date | None:
        if text is None:
            return None
        return datetime.fromisoformat(text).astimezone(clinic.zone).date()

    return consent_standing(
        [
            ConsentFact(
                kind=Consent.Kind.TREATMENT,
                signed_on=day(row["signed"]) or on,
                valid_until=date.fromisoformat(row["until"]) if row["until"] else None,
                withdrawn_on=day(row["withdrawn"]),
            )
            for row in rows
        ],
        Consent.Kind.TREATMENT,
        on,
    )


def consents_of_plan(plan: TreatmentPlan) -> list[dict[str, Any]]:
    """The treatment consents of a plan's patient, for :func:`consent_finding`. One query."""
    return (
        TreatmentPlan.objects.filter(pk=plan.pk).values_list(_consents(OuterRef("patient")), flat=True).get()
    )


@dataclass(frozen=True, slots=True)
class Standing:
    """All that the rules say to a draft, and the reasons that were already given."""

    findings: Sequence[Finding]
    answered: Mapping[str, str]


def standing(
    sheet: Any, ref: Reference, *, by: User, at: datetime, catalogue: Catalogue | None = None
) -> Standing:
    """Everything that is asked before signing, of a session from :func:`sheets` as it is stored. Two queries,
    one where the catalogue is at hand.

    What is missing on the page · what the record says against it now · the consent · every lot.
    """
    given = [
        (component["code"], sum(_mls(sheet, component["product"]), ZERO))
        for component in sheet.sheet_components
    ]
    asked = safety(
        version_id=sheet.cocktail_version_id,
        patient_id=sheet.patient_id,
        clinic=sheet.clinic,
        by=by,
        on=sheet.performed_on,
        given=[(code, ml) for code, ml in given if ml > 0],
        area_cm2=sum((_dec(zone["area"]) for zone in sheet.sheet_zones), ZERO),
        changes=rules.changes_of(sheet.safety),
        lidocaine_mg=rules.lidocaine_in(relief_facts(sheet)),
        catalogue=catalogue,
    )
    consent = consent_finding(sheet.sheet_consents, sheet.clinic, sheet.performed_on)
    findings = [
        *rules.check_safety(sheet.safety),
        *rules.missing_before_signing(as_draft(sheet, ref), at),
        *deviations(sheet),
        *rules.check_relief(relief_facts(sheet)),
        *asked.findings,
        consent,
        *_deceased(sheet.patient.died_on, sheet.performed_on),
        *_lot_findings(sheet, at),
    ]
    before = {row["code"]: row["reason"] for row in sheet.acknowledged}
    return Standing(findings, {**asked.answered, **_said_last_time(sheet), **before})


def _said_last_time(sheet: Any) -> dict[str, str]:
    """Why it differed from the plan last time: the same difference is explained by the same reason."""
    last = sheet.sheet_last or {"acknowledged": ()}
    return {row["code"]: row["reason"] for row in last["acknowledged"] if row["code"].startswith("deviates:")}


def course_of(sheet: Any) -> rules.Course:
    """What plan and protocol say about how this session is given."""
    plan, protocol = sheet.plan, sheet.plan.protocol
    proposed = proposed_zones(
        plan,
        [(row["zone"], _dec(row["area"])) for row in sheet.sheet_areas],
        sum((_dec(row["ml"]) for row in sheet.sheet_components), ZERO),
    )
    return rules.Course(
        assessed=frozenset(row["code"] for row in sheet.sheet_areas),
        ml_per_point=(protocol.ml_per_point_min, protocol.ml_per_point_max),
        depth_mm=(protocol.depth_min_mm, protocol.depth_max_mm),
        spacing_cm=protocol.spacing_cm,
        technique=plan.technique or protocol.technique,
        needle=protocol.needle,
        proposed_ml=proposed[0].ml_per_point if proposed else None,
        proposed_depth=proposed[0].depth_mm if proposed else None,
    )


def deviations(sheet: Any) -> list[Finding]:
    """Where the stored chart differs from plan or protocol; each asks why."""
    return rules.check_deviations(
        course_of(sheet),
        [
            rules.Treated(
                row["code"],
                row["name"],
                _dec(row["ml"]),
                _dec(row["depth"]),
                None if row["spacing"] is None else _dec(row["spacing"]),
            )
            for row in sheet.sheet_zones
        ],
        sheet.technique,
        sheet.needle,
    )


def strengths_of(sheet: Any, given: Mapping[int, Decimal]) -> dict[str, Decimal]:
    """mg per ml of each active in the syringe, where ``given`` is ml by product."""
    return rules.mg_per_ml(
        [
            rules.Drawn(
                given.get(row["product"], ZERO),
                [
                    (each["name"], None if each["mg"] is None else _dec(each["mg"]))
                    for each in row["contents"]
                ],
            )
            for row in sheet.sheet_components
        ]
    )


def relief_facts(sheet: Any) -> list[rules.ReliefFact]:
    return [
        rules.ReliefFact(row["method"], None if row["mg"] is None else _dec(row["mg"]))
        for row in sheet.sheet_relief
    ]


def _mls(sheet: Any, product_id: int) -> list[Decimal]:
    return [Decimal(row["ml"]) for row in sheet.sheet_doses if row["product"] == product_id]


def _deceased(died_on: date | None, on: date) -> list[Finding]:
    if died_on is None or died_on >= on:
        return []
    message = "This patient has died: no session can be started or signed."
    return [block("session:deceased", message, fixed=True)]


def as_draft(sheet: Any, ref: Reference) -> rules.Draft:
    """A stored session as the rules take it."""
    ticked = {row["item"] for row in sheet.sheet_checks}
    codes = {item.code for item in ref.items if item.id in ticked}
    pain = {row["moment"]: row["score"] for row in sheet.sheet_pain}
    seen = [
        rules.ReactionFact(
            code=str(row["effect"]),
            effect=row["label"],
            level=row["level"],
            action=row["action"],
            response=row["note"],
        )
        for row in sheet.sheet_reactions
    ]
    return rules.Draft(
        number=sheet.number,
        sessions_planned=sheet.plan.sessions_planned,
        checklist=[
            rules.ChecklistFact(
                code=item.code,
                item=item.item,
                phase=item.phase,
                mandatory=item.mandatory,
                done=item.by_software or item.code in codes or item.asked_with in codes,
            )
            for item in ref.items
        ],
        doses=_dose_facts(sheet),
        zones=[
            rules.ZoneFact(
                code=row["code"],
                points=row["points"],
                ml_per_point=_dec(row["ml"]),
                depth_mm=_dec(row["depth"]),
                name=row["name"],
            )
            for row in sheet.sheet_zones
        ],
        pain_worst=pain.get(Pain.Moment.DURING),
        reactions=seen if seen or sheet.no_reactions else None,
        review=sheet.review_decision,
        review_at=sheet.clinic.review_at_session,
    )


def _dose_facts(sheet: Any) -> list[rules.DoseFact]:
    facts = []
    for component in sheet.sheet_components:
        lots = [
            (row["number"], Decimal(row["ml"]))
            for row in sheet.sheet_doses
            if row["product"] == component["product"]
        ]
        facts.append(
            rules.DoseFact(
                product=component["name"],
                planned_ml=Decimal(component["ml"]),
                ml=sum((ml for _, ml in lots), ZERO),
                lots=lots,
            )
        )
    return facts


def _lot_findings(sheet: Any, at: datetime) -> list[Finding]:
    """Each lot as it stands now: usable, and holding what is taken from it; with another where it is not.

    One query more where a lot has to be replaced.
    """
    wrong = [(row, finding) for row in sheet.sheet_doses if (finding := _lot(row, sheet, at))]
    if not wrong:
        return []
    products = {row["product"] for row, _ in wrong}
    others = lots_to_choose(sheet.clinic, products, sheet.performed_on)
    return [
        replace(finding, where="syringe", detail=_instead(others.get(row["product"], []), row["lot"]))
        for row, finding in wrong
    ]


def _lot(row: Mapping[str, Any], sheet: Any, at: datetime) -> Finding | None:
    ml = Decimal(row["ml"])
    lot = LotChoice(
        lot_id=row["lot"],
        number=row["number"],
        product=row["name"],
        expires_on=date.fromisoformat(row["expires"]),
        on_hand_ml=Decimal(row["on_hand"]),
        status=row["status"],
        opened_until=datetime.fromisoformat(row["opened_until"]) if row["opened_until"] else None,
        opened_ml=Decimal(row["opened_ml"]) if row["opened_ml"] else None,
    )
    if refused := usable(lot, sheet.performed_on, at):
        return refused
    good_ml = available_ml(lot, at)
    if good_ml >= ml:
        return None
    return block(
        f"lot-short:{lot.number}",
        f"Lot {lot.number} of {lot.product} holds {plain(good_ml)} ml, {plain(ml)} ml are charted. "
        "Take the rest from another lot.",
        fixed=True,
    )


def _instead(lots: Iterable[Lot], wrong_id: int) -> str:
    first = next((lot for lot in lots if lot.pk != wrong_id), None)
    if first is None:
        return "No other lot of it is usable here: receive or release one."
    return (
        f"Take lot {first.number} instead: expires {day_words(first.expires_on)}, "
        f"{plain(first.on_hand_ml)} ml on hand."
    )
