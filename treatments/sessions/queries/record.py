"""A session as its record prints it: everything that was charted, who ticked what when, and its hash."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef, Subquery
from django.utils import timezone

from patients.models import Consent, RiskFactor, records_of
from treatments.catalogue.models import ProductContent
from treatments.catalogue.rules import KIT
from treatments.cocktails.models import Component
from treatments.conditions.models import Measurement
from treatments.sessions.models import (
    Addendum,
    BloodPreparation,
    ChecklistAnswer,
    Dose,
    Pain,
    PainRelief,
    Reaction,
    SyringeCheck,
    TreatmentSession,
    ZoneTreatment,
)
from treatments.sessions.queries.blood import blood_of_session_or_none, blood_thrown_away_in_session
from treatments.sessions.queries.signed_rows import signed_session_hash

#: What a session's record is called by: TS-000123.
CODE_PREFIX = "TS-"


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """One session with all that its record says."""

    session: TreatmentSession  # with clinic, patient, people, room, plan, assessment, cocktail
    answers: Sequence[ChecklistAnswer]  # with item, by; in the order of the checklist
    doses: Sequence[Dose]  # with product, lot, syringe, who prepared it, and strengths
    checks: Sequence[SyringeCheck]  # with who checked; the last first
    zones: Sequence[ZoneTreatment]
    pain: Sequence[Pain]
    relief: Sequence[PainRelief]
    reactions: Sequence[Reaction]  # with effect, zone, end
    measured: Sequence[Measurement]
    addenda: Sequence[Addendum]
    risk_factors: Sequence[RiskFactor]  # of the patient, whenever they stood; with factor
    consent: Consent | None  # with its wording
    blood: BloodPreparation | None  # what was made of the patient's own blood, with kit, people and checks
    thrown_away: Sequence[BloodPreparation]
    sha256: str  # empty of a draft

    @property
    def code(self) -> str:
        return f"{CODE_PREFIX}{self.session.pk:06d}"


def session_record(pk: int) -> SessionRecord:
    """The record of a session; ``DoesNotExist`` where there is none. Thirteen statements, whatever is in it.

    Three more where it holds what is made of the patient's own blood.
    """
    session = TreatmentSession.objects.select_related(
        "clinic",
        "patient",
        "clinician",
        "performed_by",
        "signed_by",
        "room",
        "plan__assessment__condition",
        "plan__assessment__scale",
        "plan__assessment__level",
        "cocktail_version__cocktail",
    ).get(pk=pk)
    mine = {"treatment_session": session}
    answers = ChecklistAnswer.objects.filter(**mine).select_related("item", "by")
    checks = SyringeCheck.objects.filter(syringe__treatment_session=session).select_related("checked_by")
    doses = _doses_with_strengths(session)
    has_kit = any(dose.product.presentation == KIT for dose in doses)
    reactions = Reaction.objects.filter(**mine).select_related("effect", "zone", "end", "added_by")
    return SessionRecord(
        session=session,
        answers=list(answers.order_by("item__order", "item__code")),
        doses=doses,
        checks=list(checks.order_by("-pk")),
        zones=list(
            ZoneTreatment.objects.filter(**mine).select_related("zone").order_by("zone__order", "name", "pk")
        ),
        pain=list(Pain.objects.filter(**mine).order_by("pk")),
        relief=list(PainRelief.objects.filter(**mine).order_by("pk")),
        reactions=list(reactions.order_by("occasion", "effect__order", "pk")),
        measured=list(session.measurements.select_related("scale", "zone").order_by("pk")),
        addenda=list(session.addenda.select_related("by").order_by("pk")),
        risk_factors=list(
            RiskFactor.objects.filter(patient__in=records_of(session.patient_id))
            .select_related("factor")
            .order_by("label", "pk")
        ),
        consent=Consent.objects.filter(
            patient__in=records_of(session.patient_id),
            kind=Consent.Kind.TREATMENT,
            signed_at__lte=session.signed_at or timezone.now(),
        )
        .select_related("text")
        .order_by("-signed_at", "-pk")
        .first(),
        blood=blood_of_session_or_none(session.pk) if has_kit else None,
        thrown_away=blood_thrown_away_in_session(session.pk) if has_kit else [],
        sha256="" if session.is_draft else signed_session_hash(session.pk),
    )


def _doses_with_strengths(session: TreatmentSession) -> list[Dose]:
    """In the order of the cocktail; ``strengths``: the mg/ml of what the product holds, None where no label says."""
    position = Component.objects.filter(
        version=session.cocktail_version_id, product=OuterRef("product")
    ).values("position")[:1]
    strengths = ProductContent.objects.filter(product=OuterRef("product")).values("mg_per_ml")
    rows = Dose.objects.filter(treatment_session=session).select_related(
        "product", "lot__product", "syringe__prepared_by"
    )
    return list(
        rows.annotate(position=Subquery(position), strengths=ArraySubquery(strengths)).order_by(
            "syringe", F("position").asc(nulls_last=True), "pk"
        )
    )
