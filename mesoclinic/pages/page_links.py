"""Links from a page to what stands above its app: page name to links, each with a permission. Layouts print them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from django.urls import reverse
from django.utils import timezone

from mesoclinic.accounts.models import User
from mesoclinic.accounts.permissions import Permission
from mesoclinic.core.moves import next_states
from mesoclinic.pages.visit_fee import FEES
from patients.models import Patient
from treatments.cocktails.models import CocktailVersion
from treatments.plans.models import TreatmentPlan
from treatments.schedule.models import Appointment
from treatments.schedule.rules.appointments import APPOINTMENT_MOVES, AppointmentStatus
from treatments.sessions.models import TreatmentSession
from treatments.stock.models import Lot
from treatments.stock.rules.lots import LOT_MOVES, LotStatus

#: What a page gave its template.
Context = Mapping[str, object]

Shown = TypeVar("Shown")


@dataclass(frozen=True, slots=True)
class Confirm:
    """A question before the link is followed, with a reason to write."""

    message: str
    action: str
    reason: str


@dataclass(frozen=True, slots=True)
class PageLink:
    """A link to ``to``. ``about`` gives the address's numbers, or None where there is nothing to link to now."""

    text: str
    to: str
    needs: Permission
    about: Callable[[Context], tuple[int, ...] | None]
    is_primary: bool = True
    is_post: bool = False
    confirm: Confirm | None = None


@dataclass(frozen=True, slots=True)
class ShownLink:
    """A link as a layout prints it."""

    link: PageLink
    url: str


def _no_url_arguments(context: Context) -> tuple[int, ...]:
    return ()


def _typed_context_value(context: Context, name: str, kind: type[Shown]) -> Shown:
    """What a page shows by this name, of the kind it must be."""
    value = context[name]
    if not isinstance(value, kind):
        raise TypeError(f"{name} is a {type(value).__name__}, not a {kind.__name__}")
    return value


def _plan_pk_if_accepted(context: Context) -> tuple[int, ...] | None:
    return (_typed_context_value(context, "plan", TreatmentPlan).pk,) if context["is_accepted"] else None


def _stranger_pk(context: Context) -> tuple[int, ...] | None:
    """A patient of other clinics may be booked without opening the record."""
    return (_typed_context_value(context, "stranger", Patient).pk,)


def _patient_pk_if_cocktail_signed(context: Context) -> tuple[int, ...] | None:
    is_signed = _typed_context_value(context, "version", CocktailVersion).is_signed
    return (_typed_context_value(context, "patient", Patient).pk,) if is_signed else None


def _lot_pk_if_it_may_be_recalled(context: Context) -> tuple[int, ...] | None:
    lot = _typed_context_value(context, "lot", Lot)
    return (lot.pk,) if LotStatus.RECALLED in next_states(LOT_MOVES, lot.status) else None


def _session_of_appointment_or_none(appointment: Appointment) -> TreatmentSession | None:
    """One query, however often it is asked: the relation keeps its answer."""
    return getattr(appointment, "treatment_session", None)


def _session_pk_if_draft(context: Context) -> tuple[int, ...] | None:
    session = _session_of_appointment_or_none(_typed_context_value(context, "appointment", Appointment))
    return (session.pk,) if session and session.is_draft else None


def _session_pk_if_signed(context: Context) -> tuple[int, ...] | None:
    session = _session_of_appointment_or_none(_typed_context_value(context, "appointment", Appointment))
    return (session.pk,) if session and not session.is_draft else None


def _appointment_pk_if_it_may_start(context: Context) -> tuple[int, ...] | None:
    """A session of today that has not begun."""
    appointment = _typed_context_value(context, "appointment", Appointment)
    zone = appointment.clinic.zone
    is_today = timezone.localdate(appointment.starts_at, zone) == timezone.localdate(timezone=zone)
    to = next_states(APPOINTMENT_MOVES, appointment.status)
    is_ahead = AppointmentStatus.CANCELLED in to or AppointmentStatus.LATE_CANCELLED in to
    if appointment.kind != Appointment.Kind.SESSION or not is_today or not is_ahead:
        return None
    return None if _session_of_appointment_or_none(appointment) else (appointment.pk,)


def _appointment_pk_if_it_has_a_fee(context: Context) -> tuple[int, ...] | None:
    appointment = _typed_context_value(context, "appointment", Appointment)
    return (appointment.pk,) if AppointmentStatus(appointment.status) in FEES else None


def _session_pk_unless_draft(context: Context) -> tuple[int, ...] | None:
    """A session that was signed, void or not."""
    session = context.get("session")
    return (session.pk,) if isinstance(session, TreatmentSession) and not session.is_draft else None


def _session_pk_if_it_stands(context: Context) -> tuple[int, ...] | None:
    """A session that was signed and not made void."""
    session = context.get("session")
    return (session.pk,) if isinstance(session, TreatmentSession) and session.status == "signed" else None


def _plan_pk_to_review(context: Context) -> tuple[int, ...] | None:
    """The course under way at the viewer's clinic that has begun. One query."""
    patient, viewer = _typed_context_value(context, "patient", Patient), context["user"]
    if not isinstance(viewer, User):
        return None
    plans = TreatmentPlan.objects.filter(patient=patient, clinic=viewer.clinic_id).not_ended()
    begun = plans.filter(course_sessions__signed_at__isnull=False).order_by("-pk")
    found = begun.values_list("pk", flat=True).first()
    return None if found is None else (found,)


PAGE_LINKS: dict[str, tuple[PageLink, ...]] = {
    "billing:quote": (
        PageLink("Book the sessions", "schedule:book_course", Permission.BOOK, _plan_pk_if_accepted),
    ),
    "catalogue:rule_list": (
        PageLink(
            "No dose limit on file",
            "dose_gaps",
            Permission.EDIT_CATALOGUE,
            _no_url_arguments,
            is_primary=False,
        ),
    ),
    "cocktails:formulation": (
        PageLink("Plan the course", "billing:start", Permission.PLAN, _patient_pk_if_cocktail_signed),
    ),
    "conditions:photo_compare": (
        PageLink(
            "Score other pairs blind",
            "response:scoring",
            Permission.SEE_PHOTOGRAPHS,
            _no_url_arguments,
            is_primary=False,
        ),
        PageLink("Go to the review", "response:review", Permission.SEE_CLINICAL, _plan_pk_to_review),
    ),
    "patients:break_glass": (
        PageLink("Book a visit", "schedule:book", Permission.BOOK, _stranger_pk, is_primary=False),
    ),
    "schedule:appointment": (
        PageLink("Charge the fee", "visit_fee", Permission.TAKE_PAYMENT, _appointment_pk_if_it_has_a_fee),
        PageLink("Go on with the session", "sessions:session", Permission.RUN_SESSION, _session_pk_if_draft),
        PageLink("Open the session", "sessions:session", Permission.RUN_SESSION, _session_pk_if_signed),
        PageLink(
            "Start session",
            "sessions:start",
            Permission.RUN_SESSION,
            _appointment_pk_if_it_may_start,
            is_post=True,
        ),
    ),
    "sessions:session": (
        PageLink(
            "Calls and follow-ups",
            "followup:afterwards",
            Permission.SEE_CLINICAL,
            _session_pk_unless_draft,
            is_primary=False,
        ),
        PageLink(
            "Send the aftercare",
            "followup:aftercare_send",
            Permission.SEE_PATIENT,
            _session_pk_if_it_stands,
            is_primary=False,
            is_post=True,
        ),
    ),
    "stock:lot": (
        PageLink(
            "Recall",
            "recalls:start_lot",
            Permission.RUN_RECALLS,
            _lot_pk_if_it_may_be_recalled,
            is_primary=False,
            is_post=True,
            confirm=Confirm(
                "Nobody will be able to use it again, at any clinic of ours. Everyone who received it is listed.",
                "Recall this lot",
                "Who recalls it, and why",
            ),
        ),
    ),
    "stock:stock": (
        PageLink(
            "What booked sessions will use",
            "schedule:stock_forecast",
            Permission.SEE_STOCK,
            _no_url_arguments,
            is_primary=False,
        ),
    ),
}


def links_of_page(page: str, context: Context, *, viewer: User) -> list[ShownLink]:
    """The links of ``page`` that this person may follow, in their order."""
    shown = []
    for link in PAGE_LINKS.get(page, ()):
        if viewer.may(link.needs) and (about := link.about(context)) is not None:
            shown.append(ShownLink(link, reverse(link.to, args=about)))
    return shown
