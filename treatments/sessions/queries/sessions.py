"""A session with all its parts, read by plain queries; and the sessions that are not signed yet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache, lru_cache
from typing import Protocol

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet, Subquery, TextField, Value
from django.db.models.functions import Cast, Concat, JSONObject
from django.utils import timezone

from mesoclinic.accounts.models import Clinic, User
from mesoclinic.core.compiled_queries import Blank, CompiledQuery
from mesoclinic.core.models import Autosave
from patients.models import Patient, RiskFactor, records_of
from treatments.catalogue.models import ProductContent
from treatments.catalogue.rules import KIT
from treatments.cocktails.models import Component
from treatments.conditions.models import AssessmentZone, Measurement
from treatments.sessions.models import (
    Addendum,
    ChecklistAnswer,
    Dose,
    Pain,
    PainRelief,
    Reaction,
    TreatmentSession,
    ZoneTreatment,
)
from treatments.sessions.queries.alerts import (
    blocking_reaction_alert_exists,
    recall_reason_of_other_lot_subquery,
)
from treatments.sessions.queries.amounts import annotate_other_doses_that_day
from treatments.sessions.queries.asked_before import (
    AskedBefore,
    annotate_asked_before,
    asked_before_annotated_on_session,
)
from treatments.sessions.rules.charting import (
    COLUMNS,
    DoseEntry,
    PlannedDose,
    ReactionEntry,
    ReliefEntry,
    SessionChart,
    ZoneEntry,
)
from treatments.sessions.rules.measurements import DENSITY, MEASURED
from treatments.sessions.rules.safety_questions import TOPICS
from treatments.sessions.rules.states import SessionStatus

#: Which form the session page is, for mesoclinic.core.autosave.
AUTOSAVE_KIND = "session"

#: So many of the last measurements are read, however many there are.
LATEST = 90

#: The substance of mesoclinic/data/ingredients.csv that relief may hold.
LIDOCAINE = "lidocaine"

#: Signed, whatever was added since; a void session is none of these.
SIGNED = (SessionStatus.SIGNED, SessionStatus.AMENDED)


@dataclass(frozen=True, slots=True)
class PreviousSession:
    """The last signed session of the plan: what it gave, to compare with and to begin from."""

    session: TreatmentSession
    worst_pain: int | None
    doses: Sequence[Dose]
    zones: Sequence[ZoneTreatment]

    def ml_of_product_from_each_lot(self, product_id: int) -> list[Decimal]:
        """What was drawn of a product, lot by lot."""
        return [dose.ml for dose in self.doses if dose.product_id == product_id]


@dataclass(frozen=True, slots=True)
class LastCount:
    """Where and how density was counted the last time. ``field_cm2`` as text, so that a Decimal stays one."""

    zone_code: str | None
    zone_id: int | None
    site_id: int | None
    method: str
    device: str
    field_cm2: str | None


_LAST_COUNT = JSONObject(
    zone_code="zone__code",
    zone_id="zone_id",
    site_id="site_id",
    method="method",
    device="device",
    field_cm2=Cast("field_cm2", TextField()),
)


@dataclass(frozen=True, slots=True)
class SessionDetail:
    """One session with all its parts. Parts that a page of its status does not show are not read: they are empty."""

    session: TreatmentSession  # with clinic, patient, people, room, appointment, plan, protocol, cocktail
    checklist: frozenset[int]
    doses: Sequence[Dose]  # with lot, product
    zones: Sequence[ZoneTreatment]  # with zone
    pain: Sequence[Pain]
    relief: Sequence[PainRelief]
    reactions: Sequence[Reaction]  # with effect, zone, end
    # Signed:
    addenda: Sequence[Addendum] = ()
    measured: Sequence[Measurement] = ()  # at this session, with scale, zone
    # A draft:
    components: Sequence[PlannedDose] = ()
    areas: Sequence[AssessmentZone] = ()  # with zone
    previous: PreviousSession | None = None
    measurements: Sequence[Measurement] = ()  # of the patient, the latest first, with scale, zone
    risk_factors: Sequence[RiskFactor] = ()
    asked_before: AskedBefore | None = None
    autosave: Autosave | None = None
    is_reaction_open: bool = False  # then nothing is given as last time
    # To sign:
    last_count: LastCount | None = None  # of the patient's density

    def ml_of_product_from_each_lot(self, product_id: int) -> list[Decimal]:
        """What is drawn of a product, lot by lot."""
        return [dose.ml for dose in self.doses if dose.product_id == product_id]


def session_detail(pk: int, *, user: User | None = None) -> SessionDetail:
    """The session as its page shows it, with what ``user`` has typed and not sent. ``DoesNotExist`` where there is none.

    A draft takes 16 statements, a signed session 9.
    """
    session = _compiled_session(timezone.localdate()).ask_for_one(session=pk)
    if not session.is_draft:
        return _read_session_detail(
            session,
            addenda=list(session.addenda.select_related("by").order_by("pk")),
            measured=list(session.measurements.select_related("scale", "zone").order_by("pk")),
        )
    return _read_session_detail(
        session,
        components=_planned_doses(session),
        areas=assessed_zones_with_areas(session),
        previous=_last_signed_session_or_none(session),
        measurements=latest_measurements_of_patient(session),
        risk_factors=safety_question_risk_factors_on_day(session),
        asked_before=asked_before_annotated_on_session(session),
        autosave=None if user is None else autosaves_of_session_queryset(session).filter(owner=user).first(),
        is_reaction_open=session.is_reaction_open,  # type: ignore[attr-defined]
    )


def session_detail_for_charting(pk: int) -> SessionDetail:
    """A draft with what keeping its chart asks about: what is planned and what is on record. 9 statements."""
    session = _compiled_session_for_charting(timezone.localdate()).ask_for_one(session=pk)
    return _read_session_detail(
        session,
        components=_planned_doses(session, with_actives=False),
        risk_factors=safety_question_risk_factors_on_day(session),
        asked_before=asked_before_annotated_on_session(session),
    )


def session_detail_for_signing_review(pk: int, *, user: User) -> SessionDetail:
    """The session with what a signature asks about, and what ``user`` has typed and not sent. 11 statements."""
    session = _compiled_session_for_review().ask_for_one(session=pk)
    return _read_session_detail_for_signing(
        session, autosaves_of_session_queryset(session).filter(owner=user).first()
    )


def lock_session_detail_for_signing(pk: int) -> SessionDetail:
    """The session, held until the transaction ends, with what a signature asks about. 10 statements."""
    # What is read with the row is as old as the wait for it: only what nobody charts may stand here.
    counted = Measurement.objects.filter(patient__in=records_of(OuterRef("patient")), scale__code=DENSITY)
    session = (
        _sessions_with_relations_queryset()
        .annotate(last_count=Subquery(counted.order_by("-measured_at", "-pk").values(row=_LAST_COUNT)[:1]))
        .select_for_update(of=("self",))
        .get(pk=pk)
    )
    return _read_session_detail_for_signing(
        session, last_count=None if session.last_count is None else LastCount(**session.last_count)
    )


def _read_session_detail_for_signing(
    session: TreatmentSession, autosave: Autosave | None = None, last_count: LastCount | None = None
) -> SessionDetail:
    return _read_session_detail(
        session,
        components=_planned_doses(session, with_actives=False),
        areas=assessed_zones_with_areas(session),
        previous=_last_signed_session_or_none(session, with_parts=False),
        autosave=autosave,
        last_count=last_count,
    )


@lru_cache(maxsize=16)
def _compiled_session(today: date) -> CompiledQuery[TreatmentSession, TreatmentSession]:
    """With what was last answered until ``today``, and whether a reaction of the patient is open."""
    sessions = _sessions_with_relations_queryset().filter(pk=Blank("session"))
    return CompiledQuery(
        annotate_asked_before(sessions, today).annotate(
            is_reaction_open=blocking_reaction_alert_exists(OuterRef("patient"))
        )
    )


@lru_cache(maxsize=16)
def _compiled_session_for_charting(today: date) -> CompiledQuery[TreatmentSession, TreatmentSession]:
    sessions = TreatmentSession.objects.filter(pk=Blank("session")).select_related("clinic")
    return CompiledQuery(annotate_asked_before(sessions, today))


@cache
def _compiled_session_for_review() -> CompiledQuery[TreatmentSession, TreatmentSession]:
    return CompiledQuery(_sessions_with_relations_queryset().filter(pk=Blank("session")))


def _sessions_with_relations_queryset() -> QuerySet[TreatmentSession]:
    """With what other sessions gave the patient on the day."""
    return annotate_other_doses_that_day(TreatmentSession.objects.all()).select_related(
        "clinic",
        "patient",
        "clinician",
        "performed_by",
        "signed_by",
        "room",
        "appointment",
        "plan__protocol",
        "plan__assessment__condition",
        "plan__assessment__scale",
        "plan__assessment__level",
        "cocktail_version__cocktail",
    )


def _read_session_detail(
    session: TreatmentSession,
    *,
    addenda: Sequence[Addendum] = (),
    measured: Sequence[Measurement] = (),
    components: Sequence[PlannedDose] = (),
    areas: Sequence[AssessmentZone] = (),
    previous: PreviousSession | None = None,
    measurements: Sequence[Measurement] = (),
    risk_factors: Sequence[RiskFactor] = (),
    asked_before: AskedBefore | None = None,
    autosave: Autosave | None = None,
    last_count: LastCount | None = None,
    is_reaction_open: bool = False,
) -> SessionDetail:
    """The parts given, and those that every session has: what was charted. Six statements."""
    answers = ChecklistAnswer.objects.filter(treatment_session=session)
    return SessionDetail(
        session=session,
        checklist=frozenset(answers.values_list("item_id", flat=True)),
        doses=_charted_doses(session),
        zones=_charted_zones(session),
        pain=list(Pain.objects.filter(treatment_session=session).order_by("pk")),
        relief=list(PainRelief.objects.filter(treatment_session=session).order_by("pk")),
        reactions=list(
            Reaction.objects.filter(treatment_session=session)
            .select_related("effect", "zone", "end")
            .order_by("effect__order", "pk")
        ),
        addenda=addenda,
        measured=measured,
        components=components,
        areas=areas,
        previous=previous,
        measurements=measurements,
        risk_factors=risk_factors,
        asked_before=asked_before,
        autosave=autosave,
        last_count=last_count,
        is_reaction_open=is_reaction_open,
    )


def _charted_doses(session: TreatmentSession) -> list[Dose]:
    rows = Dose.objects.filter(treatment_session=session).annotate(
        recall_beside=recall_reason_of_other_lot_subquery(OuterRef("product"), OuterRef("lot"))
    )
    return list(rows.select_related("lot__product", "product").order_by("pk"))


def _charted_zones(session: TreatmentSession) -> list[ZoneTreatment]:
    rows = ZoneTreatment.objects.filter(treatment_session=session)
    return list(rows.select_related("zone").order_by("zone__order", "name", "pk"))


def _planned_doses(session: TreatmentSession, *, with_actives: bool = True) -> list[PlannedDose]:
    """What the cocktail plans, in the order of the syringe; with the actives of each product, in a second query."""
    rows = (
        Component.objects.filter(version=session.cocktail_version_id)
        .select_related("product")
        .order_by("position", "pk")
    )
    if with_actives:
        actives = ProductContent.objects.filter(ingredient__is_active=True).select_related("ingredient")
        rows = rows.prefetch_related(Prefetch("product__contents", actives.order_by("pk"), to_attr="actives"))
    return [
        PlannedDose(
            product_id=row.product_id,
            code=row.product.code,
            name=row.product.name,
            strength=row.product.strength,
            ml=row.ml,
            actives=_strengths_of_actives(row) if with_actives else (),
            is_kit=row.product.presentation == KIT,
        )
        for row in rows
    ]


def safety_question_risk_factors_on_day(session: TreatmentSession) -> list[RiskFactor]:
    """What was on record on the day of the session, of the kinds that its safety questions ask about. One query."""
    rows = RiskFactor.objects.filter(patient__in=records_of(session.patient_id), kind__in=list(TOPICS))
    return list(rows.standing_on(session.performed_on).order_by("kind", "label", "pk"))


class _WithActives(Protocol):
    actives: list[ProductContent]


def _strengths_of_actives(component: Component) -> tuple[tuple[str, Decimal | None], ...]:
    product: _WithActives = component.product  # type: ignore[assignment]  # prefetched above
    return tuple((each.ingredient.name, each.mg_per_ml) for each in product.actives)


def assessed_zones_with_areas(session: TreatmentSession) -> list[AssessmentZone]:
    """The zones that were assessed for the plan, with their areas. One query."""
    rows = AssessmentZone.objects.filter(assessment=session.plan.assessment_id)
    return list(rows.select_related("zone").order_by("zone__order", "zone__code"))


def latest_measurements_of_patient(session: TreatmentSession) -> list[Measurement]:
    """What is measured at every session, as far as it was, the latest first. One query."""
    rows = Measurement.objects.filter(patient__in=records_of(session.patient_id), scale__code__in=MEASURED)
    rows = rows.select_related("scale", "zone", "site")
    return list(rows.order_by("-measured_at", "-pk")[:LATEST])


def _last_signed_session_or_none(
    session: TreatmentSession, *, with_parts: bool = True
) -> PreviousSession | None:
    """The last signed session of the plan. One query, three with its parts."""
    worst = Pain.objects.filter(treatment_session=OuterRef("pk"), moment=Pain.Moment.DURING)
    last = (
        TreatmentSession.objects.filter(plan=session.plan_id, number__lt=session.number, status__in=SIGNED)
        .annotate(worst_pain=Subquery(worst.values("score")[:1]))
        .order_by("-number")
        .first()
    )
    if last is None:
        return None
    return PreviousSession(
        session=last,
        worst_pain=last.worst_pain,
        doses=_charted_doses(last) if with_parts else (),
        zones=_charted_zones(last) if with_parts else (),
    )


def chart_of_session(detail: SessionDetail) -> SessionChart:
    """What is charted in a session, as values."""
    session = detail.session
    return SessionChart(
        ticked=detail.checklist,
        doses=tuple(
            DoseEntry(
                row.product_id,
                row.lot_id,
                row.ml,
                row.planned_ml,
                row.lot_read,
                is_given=row.already_given_at is not None,
            )
            for row in detail.doses
        ),
        zones=tuple(
            ZoneEntry(
                zone_id=row.zone_id,
                points=row.points,
                ml_per_point=row.ml_per_point,
                depth_mm=row.depth_mm,
                area_cm2=row.area_cm2,
                spacing_cm=row.spacing_cm,
                name=row.name,
                outline=tuple((x, y) for x, y in row.outline),
            )
            for row in detail.zones
        ),
        pain={row.moment: row.score for row in detail.pain},
        reactions=tuple(
            ReactionEntry(
                row.effect_id, row.grade, row.note, row.zone_id, row.began_on, reaction_end_day_or_none(row)
            )
            for row in detail.reactions
        ),
        relief=tuple(
            ReliefEntry(row.method, row.lidocaine_mg, row.label, is_given=row.already_given_at is not None)
            for row in detail.relief
        ),
        **{name: getattr(session, name) for name in COLUMNS},
    )


def reaction_end_day_or_none(reaction: Reaction) -> date | None:
    """The day a reaction was over: as told later, else as charted. The end is read with the reaction."""
    end = getattr(reaction, "end", None)
    return reaction.ended_on if end is None else end.ended_on


# What was typed and not sent.


def autosave_subject(session: TreatmentSession) -> str:
    return f"session:{session.pk}"


def autosaves_of_session_queryset(session: TreatmentSession) -> QuerySet[Autosave]:
    """What anybody typed into this session and has not sent."""
    return Autosave.objects.filter(kind=AUTOSAVE_KIND, subject=autosave_subject(session))


#: In a query of sessions: the subject of what is typed into each of them.
_SUBJECT = Concat(Value("session:"), Cast(OuterRef("pk"), TextField()))


def _own_autosaves_subquery(user: User) -> QuerySet[Autosave]:
    """In a query of sessions: what ``user`` typed into each of them."""
    return Autosave.objects.filter(owner=user, kind=AUTOSAVE_KIND, subject=_SUBJECT)


@dataclass(frozen=True, slots=True)
class TypedFields:
    """A session, and what waits for its signature, as fields of its page: what who asks typed, and who began it."""

    session: TreatmentSession
    mine: Mapping[str, list[str]] | None
    of_clinician: Mapping[str, list[str]] | None


def session_with_typed_fields(pk: int, *, user: User) -> TypedFields:
    """The session with what ``user`` and whoever began it typed and have not sent. One statement."""
    typed = Autosave.objects.filter(kind=AUTOSAVE_KIND, subject=_SUBJECT)
    session = TreatmentSession.objects.annotate(
        mine=Subquery(typed.filter(owner=user).values("fields")),
        of_clinician=Subquery(typed.filter(owner=OuterRef("clinician")).values("fields")),
    ).get(pk=pk)
    return TypedFields(session, session.mine, session.of_clinician)


class Unsigned(Protocol):
    """A session of :func:`latest_unsigned_sessions_of_patient`.

    ``kept_at``: when who asks typed into it last, None where they did not.
    """

    pk: int
    number: int
    started_at: datetime
    kept_at: datetime | None


def latest_unsigned_sessions_of_patient(patient: Patient, *, by: User) -> list[TreatmentSession]:
    """Up to five that were begun and not signed, the newest first, as :class:`Unsigned`. One query."""
    return list(
        TreatmentSession.objects.filter(patient__in=records_of(patient), status=SessionStatus.DRAFT)
        .select_related("plan", "clinician")
        .annotate(kept_at=Subquery(_own_autosaves_subquery(by).values("saved_at")[:1]))
        .order_by("-started_at", "-pk")[:5]
    )


def drafts_to_sign(user: User, clinic: Clinic) -> QuerySet[TreatmentSession]:
    """Sessions this clinician has begun, or typed into, and not signed; oldest first, with the patient. One query.

    Since when: ``started_at``.
    """
    return (
        TreatmentSession.objects.filter(
            Q(clinician=user) | Exists(_own_autosaves_subquery(user)),
            clinic=clinic,
            status=SessionStatus.DRAFT,
        )
        .select_related("patient", "plan")
        .order_by("started_at", "pk")
    )
