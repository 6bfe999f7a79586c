"""Who a page is about, and how far along the path they are: one query, whatever there is to show."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, F, OuterRef, QuerySet, Subquery
from django.db.models.functions import JSONObject
from django.urls import reverse
from django.utils import formats, timezone

from mesoclinic.accounts.models import User
from mesoclinic.accounts.permissions import Permission
from patients.models import Consent, Factor, Intake, Patient, RiskFactor
from treatments.cocktails.models import CocktailVersion
from treatments.conditions.models import Assessment
from treatments.plans.models import TreatmentPlan
from treatments.plans.rules import PlanStatus
from treatments.schedule.models import Appointment

_OPEN_PLANS = [PlanStatus.DRAFT, PlanStatus.QUOTED, PlanStatus.ACCEPTED, PlanStatus.ACTIVE]


@dataclass(frozen=True)
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


def patients_with_frame(on: date) -> QuerySet[Patient]:
    """Patients annotated with all that :func:`bar_of` and :func:`steps_of` read."""
    mine = {"patient": OuterRef("pk")}
    return Patient.objects.annotate(
        frame_factors=ArraySubquery(
            RiskFactor.objects.filter(**mine)
            .on(on)
            .order_by("kind", "label", "pk")
            .values(
                fact=JSONObject(
                    label="label",
                    kind="kind",
                    short="factor__short_label",
                    sensitive="factor__sensitive",
                    coded="factor",
                )
            )
        ),
        frame_intake=Subquery(
            Intake.objects.filter(**mine).order_by("-version").values(fact=JSONObject(version="version"))[:1]
        ),
        frame_assessment=Subquery(
            Assessment.objects.filter(**mine)
            .order_by("-assessed_at", "-pk")
            .values(
                fact=JSONObject(
                    id="pk",
                    condition="condition__name",
                    scale="scale__short_name",
                    level="level__value",
                    value="value",
                )
            )[:1]
        ),
        frame_cocktail=Subquery(
            CocktailVersion.objects.filter(cocktail__patient=OuterRef("pk"))
            .order_by("-pk")
            .values(fact=JSONObject(id="pk", status="status"))[:1]
        ),
        frame_signed_cocktail=Exists(
            CocktailVersion.objects.filter(cocktail__patient=OuterRef("pk"), status="signed")
        ),
        frame_plan=Subquery(
            TreatmentPlan.objects.filter(**mine, status__in=_OPEN_PLANS)
            .order_by("-pk")
            .values(fact=JSONObject(id="pk", name="name", status="status", sessions=F("sessions_planned")))[
                :1
            ]
        ),
        frame_booked=Exists(
            Appointment.objects.filter(**mine, plan__isnull=False)
            .holding_time()
            .filter(starts_at__gte=timezone.now())
        ),
        frame_consent=Subquery(
            Consent.objects.filter(**mine, kind=Consent.Kind.TREATMENT)
            .order_by("-signed_at", "-pk")
            .values(fact=JSONObject(valid_until="valid_until", withdrawn_at="withdrawn_at"))[:1]
        ),
    )


def bar_of(patient: Any, *, viewer: User, today: date) -> Bar:
    """The bar of a patient that came from :func:`patients_with_frame`, as ``viewer`` may see it.

    The front desk sees allergies (gloves, antiseptic) and that there is something to ask a clinician
    about, but no diagnosis.
    """
    clinical = viewer.may(Permission.SEE_CLINICAL)
    allergies, alerts, hidden = [], [], False
    for fact in patient.frame_factors:
        if fact["kind"] == Factor.Kind.ALLERGY:
            name = (fact["short"] or fact["label"]).removeprefix("Allergy: ")
            allergies.append(name[:1].lower() + name[1:])
        elif fact["coded"] is None:
            continue  # a disease or medicine no rule asks for: on the patient's page, not in the bar
        elif not clinical:
            hidden = True
        else:
            level = "stop" if fact["kind"] == Factor.Kind.PREGNANCY else "warn"
            alerts.append((fact["short"] or fact["label"], level))
    if hidden:
        alerts.append(("Clinical alert: ask the clinician", "warn"))
    return Bar(
        name=patient.full_name,
        facts=" · ".join(
            part
            for part in (
                patient.sex_at_birth[:1].upper() if patient.sex_at_birth in ("female", "male") else "",
                str(patient.age_on(today)),
                patient.record_number,
            )
            if part
        ),
        url=reverse("patient", args=[patient.pk]),
        line=_line(patient, clinical=clinical, today=today),
        allergies=list(dict.fromkeys(allergies)),
        alerts=list(dict.fromkeys(alerts)),
        deceased=patient.died_on,
    )


def _line(patient: Any, *, clinical: bool, today: date) -> str:
    """“Androgenetic alopecia, Ludwig II · Plan “Density 8” · consent valid to 3 Mar 2027”."""
    parts = []
    if clinical and (found := patient.frame_assessment):
        grade = " ".join(part for part in (found["scale"], found["level"] or _figure(found["value"])) if part)
        parts.append(", ".join(part for part in (found["condition"], grade) if part))
    if plan := patient.frame_plan:
        parts.append(f"Plan “{plan['name']}”")
    parts.append(_consent(patient.frame_consent, today))
    return " · ".join(parts)


def _figure(value: Any) -> str:
    return "" if value is None else f"{value:g}"


def _consent(consent: dict[str, str] | None, today: date) -> str:
    if consent is None:
        return "no consent yet"
    if consent["withdrawn_at"]:
        return "consent withdrawn"
    until = date.fromisoformat(consent["valid_until"])
    shown = formats.date_format(until, "j M Y")
    return f"consent valid to {shown}" if until >= today else f"consent expired on {shown}"


def steps_of(patient: Any, *, on: str) -> list[tuple[int, str, str | None, str]]:
    """The path as (number, label, url, state); ``on`` is the step of this page."""
    cocktail, plan = patient.frame_cocktail, patient.frame_plan
    steps = [
        ("intake", "Intake", reverse("patients:intake", args=[patient.pk]), patient.frame_intake is not None),
        (
            "assessment",
            "Assessment",
            reverse("conditions:assess", args=[patient.pk]),
            patient.frame_assessment is not None,
        ),
        (
            "cocktail",
            "Cocktail",
            reverse("cocktails:formulation", args=[cocktail["id"]])
            if cocktail
            else reverse("cocktails:start", args=[patient.pk]),
            patient.frame_signed_cocktail,
        ),
        (
            "plan",
            "Plan & quote",
            reverse("plan", args=[plan["id"]]) if plan else reverse("billing:start", args=[patient.pk]),
            plan is not None,
        ),
        (
            "book",
            "Book",
            reverse("schedule:book_course", args=[plan["id"]]) if plan else None,
            patient.frame_booked,
        ),
    ]
    return [
        (number, label, url, "on" if key == on else "done" if done else "")
        for number, (key, label, url, done) in enumerate(steps, start=1)
    ]
