"""The way of a patient as links with one line of state each: intake, assessment, cocktail, plan, quote, sessions."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils import formats, timezone

from mesoclinic.pages.record_frame import Frame
from patients.models import Intake
from treatments.billing.models import Quote
from treatments.plans.models import TreatmentPlan


@dataclass(frozen=True, slots=True)
class WayStep:
    """One step: what it is, how it stands, and where it is read or done."""

    number: int
    label: str
    line: str
    url: str
    is_done: bool
    mark: str = ""  # "bad" where it is blocked, "ask" where something was not asked


def path_steps_of_patient(
    frame: Frame, *, intake: Intake | None, plan: TreatmentPlan | None, quote: Quote | None, signed: int
) -> Sequence[WayStep]:
    """From what the patient's page has read; no query. ``signed``: sessions of the plan that are signed."""
    here = [frame.patient.pk]
    taken = f"taken {formats.date_format(timezone.localdate(intake.taken_at), 'j M Y')}" if intake else ""
    cocktail = "signed" if frame.has_signed_cocktail else "not signed yet" if frame.cocktail_pk else ""
    is_blocked = any(alert.is_fixed for alert in frame.alerts)
    blocked = " · blocked" if is_blocked else ""
    steps = [
        ("Intake", taken or "not taken", reverse("patients:intake", args=here), frame.has_intake),
        (
            "Assessment",
            frame.assessment_text.rpartition(", ")[2] or "not assessed",
            reverse("conditions:assessments", args=here),
            frame.has_assessment,
        ),
        (
            "Cocktail",
            cocktail or "none yet",
            reverse("cocktails:formulation", args=[frame.cocktail_pk])
            if frame.cocktail_pk
            else reverse("cocktails:start", args=here),
            frame.has_signed_cocktail,
        ),
        (
            "Plan",
            f"{plan.name}, {plan.get_status_display()}" if plan else "no plan yet",
            reverse("plan", args=[plan.pk]) if plan else reverse("billing:start", args=here),
            plan is not None,
        ),
        (
            "Quote",
            str(quote.get_status_display()) if quote else "no quote yet",
            reverse("billing:quote", args=[quote.pk]) if quote else reverse("billing:start", args=here),
            quote is not None,
        ),
        (
            "Sessions",
            f"{signed} of {plan.sessions_planned} signed{blocked}" if plan else "none",
            "#sessions",
            bool(signed),
        ),
    ]
    marks = {"Sessions": "bad" if is_blocked and plan else "", "Intake": "" if intake else "ask"}
    return [WayStep(number, *step, marks.get(step[0], "")) for number, step in enumerate(steps, start=1)]
