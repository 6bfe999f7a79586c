"""Who a page is about, and how far along the path they are: one query, whatever there is to show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, TypedDict

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, Subquery
from django.db.models.functions import JSONObject
from django.urls import reverse
from django.utils import formats, timezone

from mesoclinic.accounts.models import User
from mesoclinic.accounts.permissions import Permission
from mesoclinic.core.compiled_queries import Blank, CompiledQuery
from patients.models import Consent, Factor, Intake, Patient, RiskFactor, records_of
from patients.rules.alerts import (
    NOT_KNOWN,
    OpenAlert,
    alert_level_for_injection_or_empty,
    alert_text_or_empty,
)
from patients.rules.risk_factors import chip_text
from treatments.cocktails.models import CocktailVersion
from treatments.conditions.models import Assessment
from treatments.plans.alert_queries import OpenAlertsRead, open_alerts_from_read, open_alerts_subquery
from treatments.plans.models import TreatmentPlan
from treatments.schedule.models import Appointment

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

#: A chip of the bar shows so much of an alert; the whole text stands where it is cleared.
_ALERT_LENGTH = 60

#: More chips of alerts than this push the page down: the last one counts the others.
_MOST_ALERT_CHIPS = 3


@dataclass(frozen=True, slots=True)
class Bar:
    """What stands at the top of every page about a patient (contract: layouts/record.html)."""

    name: str
    facts: str
    url: str
    line: str = ""
    allergies: list[str] = field(default_factory=list)
    no_known_allergies: bool = False
    alerts: list[tuple[str, str]] = field(default_factory=list)
    deceased: date | None = None


@dataclass(frozen=True, slots=True)
class FrameFactor:
    """A risk factor in force. ``is_coded``: a rule asks for it."""

    kind: str
    label: str
    short_label: str
    is_coded: bool
    code: str = ""


@dataclass(frozen=True, slots=True)
class FrameConsent:
    """The last consent to treatment."""

    valid_until: date
    is_withdrawn: bool

    def is_valid_on(self, day: date) -> bool:
        return not self.is_withdrawn and self.valid_until >= day


@dataclass(frozen=True, slots=True)
class FramePlan:
    """The newest plan that is not over."""

    pk: int
    name: str


@dataclass(frozen=True, slots=True)
class Frame:
    """All that the bar and the steps are made of."""

    patient: Patient
    factors: tuple[FrameFactor, ...] = ()
    alerts: tuple[OpenAlert, ...] = ()
    has_intake: bool = False
    has_assessment: bool = False
    assessment_text: str = ""
    cocktail_pk: int | None = None
    has_signed_cocktail: bool = False
    plan: FramePlan | None = None
    is_booked: bool = False
    consent: FrameConsent | None = None


class FactorRow(TypedDict):
    label: str
    kind: str
    short: str | None
    said_label: str | None
    said: str
    coded: int | None
    code: str | None


class PlanRow(TypedDict):
    id: int
    name: str


class ConsentRow(TypedDict):
    valid_until: str
    withdrawn_at: str | None


class FrameColumns(TypedDict):
    """What the query brings beside the patient's own columns."""

    frame_factors: list[FactorRow]
    frame_alerts: OpenAlertsRead
    frame_intake: bool
    frame_assessment: dict[str, str | float | None] | None
    frame_cocktail: int | None
    frame_signed_cocktail: bool
    frame_plan: PlanRow | None
    frame_booked: bool
    frame_consent: ConsentRow | None


def read_patient_frame(pk: int, on: date) -> Frame:
    """The frame of one patient. One query; ``Patient.DoesNotExist``."""
    row = _patient_with_frame(on).ask_for_one(patient=pk, now=timezone.now())
    assessed, plan, consent = row.frame_assessment, row.frame_plan, row.frame_consent
    return Frame(
        patient=row,
        factors=tuple(
            FrameFactor(
                fact["kind"],
                fact["label"],
                _risk_factor_chip_text(fact),
                fact["coded"] is not None,
                fact["code"] or "",
            )
            for fact in row.frame_factors
        ),
        alerts=tuple(open_alerts_from_read(row.frame_alerts)),
        has_intake=row.frame_intake,
        has_assessment=assessed is not None,
        assessment_text=_assessment_text(assessed) if assessed else "",
        cocktail_pk=row.frame_cocktail,
        has_signed_cocktail=row.frame_signed_cocktail,
        plan=FramePlan(plan["id"], plan["name"]) if plan else None,
        is_booked=row.frame_booked,
        consent=FrameConsent(date.fromisoformat(consent["valid_until"]), bool(consent["withdrawn_at"]))
        if consent
        else None,
    )


def _risk_factor_chip_text(fact: FactorRow) -> str:
    return chip_text(fact["short"] or "", fact["said_label"] or "", fact["said"])


@lru_cache(maxsize=16)
def _patient_with_frame(on: date) -> "CompiledQuery[Patient, WithAnnotations[Patient, FrameColumns]]":
    mine = {"patient__in": records_of(OuterRef("pk"))}
    versions = CocktailVersion.objects.filter(cocktail__patient__in=records_of(OuterRef("pk"))).order_by(
        "-pk"
    )
    patients = Patient.objects.filter(pk=Blank("patient")).annotate(
        frame_factors=ArraySubquery(
            RiskFactor.objects.filter(**mine)
            .standing_on(on)
            .order_by("kind", "label", "pk")
            .values(
                fact=JSONObject(
                    label="label",
                    kind="kind",
                    short="factor__short_label",
                    said_label="factor__said_label",
                    said="said",
                    coded="factor",
                    code="factor__code",
                )
            )
        ),
        frame_alerts=open_alerts_subquery(OuterRef("pk"), on),
        frame_intake=Exists(Intake.objects.filter(**mine)),
        frame_assessment=Subquery(
            Assessment.objects.filter(**mine)
            .order_by("-assessed_at", "-pk")
            .values(
                fact=JSONObject(
                    condition="condition__name",
                    scale="scale__short_name",
                    level="level__value",
                    value="value",
                )
            )[:1]
        ),
        frame_cocktail=Subquery(versions.values("pk")[:1]),
        frame_signed_cocktail=Exists(versions.filter(status=CocktailVersion.Status.SIGNED)),
        frame_plan=Subquery(
            TreatmentPlan.objects.filter(**mine)
            .not_ended()
            .order_by("-pk")
            .values(fact=JSONObject(id="pk", name="name"))[:1]
        ),
        frame_booked=Exists(
            Appointment.objects.filter(**mine, plan__isnull=False)
            .holding_time()
            .filter(starts_at__gte=Blank("now"))
        ),
        frame_consent=Subquery(
            Consent.objects.filter(**mine, kind=Consent.Kind.TREATMENT)
            .order_by("-signed_at", "-pk")
            .values(fact=JSONObject(valid_until="valid_until", withdrawn_at="withdrawn_at"))[:1]
        ),
    )
    return CompiledQuery(patients)


def patient_bar(frame: Frame, *, viewer: User, today: date) -> Bar:
    """The bar as ``viewer`` may see it.

    The front desk sees allergies (gloves, antiseptic) and that there is something to ask a clinician
    about, but no diagnosis.
    """
    clinical, patient = viewer.may(Permission.SEE_CLINICAL), frame.patient
    alerts = _alert_chips(frame.alerts, clinical=clinical)
    told = {alert.factor for alert in frame.alerts}
    allergies: list[str] = []
    factors: list[tuple[str, str]] = []
    for factor in frame.factors:
        name = factor.short_label or factor.label
        if factor.kind == Factor.Kind.ALLERGY:
            name = name.removeprefix("Allergy: ")
            allergies.append(name[:1].lower() + name[1:])
        elif factor.is_coded and (clinical or factor.code not in told):
            # Others are diseases or medicines that no rule asks for: they stand on the patient's page.
            factors.append((name, "stop" if factor.kind == Factor.Kind.PREGNANCY else "warn"))
    if factors and not clinical:
        factors = [("Clinical alert: ask the clinician", "warn")]
    sex = patient.sex_at_birth[:1].upper() if patient.sex_at_birth in ("female", "male") else ""
    return Bar(
        name=patient.full_name,
        facts=" · ".join(part for part in (sex, str(patient.age_on(today)), patient.record_number) if part),
        url=reverse("patient", args=[patient.pk]),
        line=_patient_bar_text(frame, clinical=clinical, today=today),
        allergies=list(dict.fromkeys(allergies)),
        alerts=list(dict.fromkeys([*alerts, *factors])),
        deceased=patient.died_on,
    )


def _alert_chips(alerts: Sequence[OpenAlert], *, clinical: bool) -> list[tuple[str, str]]:
    """One chip for each alert: what it is; what to do stands on the patient's page. A clinician reads the facts of the
    record by their own names, further on.

    The desk reads what it is told, whole, and no chip where it is told nothing. The bar names the worst and counts the rest.
    """
    chips = [
        (
            _shortened_alert_text(text.partition(": ")[0] if alert.code else text) if clinical else text,
            alert.chip_class_word,
        )
        for alert in alerts
        if alert_level_for_injection_or_empty(alert, NOT_KNOWN)
        and not (clinical and alert.factor)
        and (text := alert_text_or_empty(alert, clinical=clinical))
    ]
    chips = list(dict.fromkeys(chips))
    if len(chips) <= _MOST_ALERT_CHIPS:
        return chips
    rest = chips[_MOST_ALERT_CHIPS - 1 :]
    return [*chips[: _MOST_ALERT_CHIPS - 1], (f"{len(rest)} more open alerts", rest[0][1])]


def _shortened_alert_text(text: str) -> str:
    return text if len(text) <= _ALERT_LENGTH else f"{text[: _ALERT_LENGTH - 1].rstrip()}…"


def _patient_bar_text(frame: Frame, *, clinical: bool, today: date) -> str:
    """“Androgenetic alopecia, Ludwig II · Plan “Density 8” · consent valid to 3 Mar 2027”."""
    parts = [
        frame.assessment_text if clinical else "",
        f"Plan “{frame.plan.name}”" if frame.plan else "",
        _consent_text(frame.consent, today),
    ]
    return " · ".join(part for part in parts if part)


def _assessment_text(fact: Mapping[str, str | float | None]) -> str:
    value = fact["value"]
    figure = f"{value:g}" if isinstance(value, float | int) else ""
    grade = " ".join(str(part) for part in (fact["scale"], fact["level"] or figure) if part)
    return ", ".join(str(part) for part in (fact["condition"], grade) if part)


def _consent_text(consent: FrameConsent | None, today: date) -> str:
    if consent is None:
        return "no consent yet"
    if consent.is_withdrawn:
        return "consent withdrawn"
    shown = formats.date_format(consent.valid_until, "j M Y")
    return f"consent valid to {shown}" if consent.valid_until >= today else f"consent expired on {shown}"


def steps_in_patient_path(frame: Frame, *, on: str) -> list[tuple[int, str, str | None, str]]:
    """The path as (number, label, url, state); ``on`` is the step of this page."""
    here, plan = [frame.patient.pk], frame.plan
    steps = [
        ("intake", "Intake", reverse("patients:intake", args=here), frame.has_intake),
        (
            "assessment",
            "Assessment",
            reverse("conditions:assessments" if frame.has_assessment else "conditions:assess", args=here),
            frame.has_assessment,
        ),
        (
            "cocktail",
            "Cocktail",
            reverse("cocktails:formulation", args=[frame.cocktail_pk])
            if frame.cocktail_pk
            else reverse("cocktails:start", args=here),
            frame.has_signed_cocktail,
        ),
        (
            "plan",
            "Plan & quote",
            reverse("plan", args=[plan.pk]) if plan else reverse("billing:start", args=here),
            plan is not None,
        ),
        ("book", "Book", reverse("schedule:book_course", args=[plan.pk]) if plan else None, frame.is_booked),
    ]
    return [
        (number, label, url, "on" if key == on else "done" if done else "")
        for number, (key, label, url, done) in enumerate(steps, start=1)
    ]
