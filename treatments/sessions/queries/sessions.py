"""TODO-DOC DRAFT_KIND, DENSITY, MEASURED, FIGURES, LIDOCAINE, SIGNED, s"""

from functools import cache
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery, TextField, Value
from django.db.models.functions import Cast, Coalesce, Concat, JSONObject

from mesoclinic.accounts.models import Clinic, User
from mesoclinic.core.models import Draft
from patients.models import Consent, Patient, RiskFactor
from treatments.catalogue.models import ProductContent
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
from treatments.sessions.rules.safety_questions import TOPICS
from treatments.sessions.rules.states import SessionStatus

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


def sheets(*, user: User | None = None) -> QuerySet[Any]:
    """Sessions with everything the page shows of them, in one query; ``user`` adds their unsent draft."""
    return _all_sheets().annotate(
        sheet_draft=Subquery(
            Draft.objects.filter(
                owner=user,
                kind=DRAFT_KIND,
                subject=Concat(Value("session:"), Cast(OuterRef("pk"), TextField())),
            ).values(row=JSONObject(fields="fields", saved_at="saved_at", revision="revision"))[:1]
        ),
    )


@cache
def _all_sheets() -> QuerySet[Any]:
    """The same without the draft: written once for the process, each caller goes on from a copy."""
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
            .values(row=JSONObject(id="pk", moment="moment", score="score", added="added_at"))
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
                    days="told_on_day",
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
            RiskFactor.objects.filter(patient=OuterRef("patient"), kind__in=list(TOPICS))
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
        sheet_consents=consents(OuterRef("patient")),
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


def consents(patient: OuterRef) -> ArraySubquery:
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
