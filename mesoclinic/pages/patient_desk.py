"""What the desk reads of a patient: visits and how they ended, money, messages, papers. Nothing clinical."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.urls import reverse
from django.utils import formats, timezone

from mesoclinic.outbox.models import Message
from patients.models import Consent, Patient, records_of
from patients.rules.phones import dialable_or_none
from treatments.billing.models import Quote, Receipt
from treatments.billing.queries.payments import plans_with_price_and_paid
from treatments.billing.rules.states import QuoteStatus
from treatments.plans.models import TreatmentPlan
from treatments.plans.rules import PlanStatus
from treatments.schedule.models import Appointment
from treatments.schedule.rules.appointments import GIVEN_UP, AppointmentStatus

#: Rows of a list on the page.
MOST = 8
#: Visits looked at; they are counted over a year.
MOST_VISITS = 60
COUNTED = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class PlanMoney:
    """What one plan costs the patient, what came in, and where money is taken."""

    plan: TreatmentPlan
    price: Decimal | None
    paid: Decimal

    @property
    def is_stopped(self) -> bool:
        """What a stopped course costs is worked out on its own page."""
        return self.plan.status == PlanStatus.STOPPED

    @property
    def owed(self) -> Decimal:
        if self.is_stopped:
            return Decimal(0)
        return max((self.price or Decimal(0)) - self.paid, Decimal(0))

    @property
    def currency(self) -> str:
        return self.plan.clinic.currency

    @property
    def url(self) -> str:
        return f"{reverse('plan', args=[self.plan.pk])}#payment"


@dataclass(frozen=True, slots=True)
class Contact:
    """A telephone as it stands, and where a tap dials it; a note that nobody can dial has no link."""

    text: str
    dial: str | None


@dataclass(frozen=True, slots=True)
class Paper:
    """A document: what it is, where it is read, how it stands."""

    name: str
    url: str
    detail: str = ""
    status: str = ""


@dataclass(frozen=True, slots=True)
class Desk:
    coming: Sequence[Appointment]
    past: Sequence[Appointment]
    missed: int
    cancelled_late: int
    counted: int
    money: Sequence[PlanMoney]
    messages: Sequence[Message]
    papers: Sequence[Paper]
    phone: Contact
    emergency: Contact
    reminders: str

    @property
    def to_pay(self) -> PlanMoney | None:
        """Where Take payment leads: the plan that is owed for, the newest first; else the newest that was agreed."""
        agreed = [one for one in self.money if one.price is not None]
        return next((one for one in agreed if one.owed), agreed[0] if agreed else None)


def contact_of(text: str) -> Contact:
    return Contact(text, dialable_or_none(text))


def read_patient_desk(patient: Patient, now: datetime) -> Desk:
    """Six queries, however much there is; of the record and of what was merged into it."""
    records = records_of(patient)
    visits = list(
        Appointment.objects.filter(patient__in=records)
        .select_related("clinic", "clinician", "room")
        .order_by("-starts_at", "-pk")[:MOST_VISITS]
    )
    coming = [visit for visit in visits if visit.ends_at > now and visit.status not in GIVEN_UP]
    past = [visit for visit in visits if visit not in coming]
    year = [visit for visit in past if visit.starts_at > now - COUNTED]
    plans = plans_with_price_and_paid(TreatmentPlan.objects.filter(patient__in=records))
    return Desk(
        coming=coming[::-1][:MOST],
        past=past[:MOST],
        missed=sum(visit.status == AppointmentStatus.NO_SHOW for visit in year),
        cancelled_late=sum(visit.status == AppointmentStatus.LATE_CANCELLED for visit in year),
        counted=len(year),
        money=[
            PlanMoney(plan, plan.price, plan.paid)
            for plan in plans.select_related("clinic").order_by("-pk")[:MOST]
        ],
        messages=list(
            Message.objects.filter(patient__in=records).select_related("clinic").order_by("-pk")[:MOST]
        ),
        papers=_papers(patient),
        phone=contact_of(patient.phone),
        emergency=contact_of(patient.emergency_contact_phone),
        reminders=patient.get_reminders_by_display(),
    )


#: What the desk reads of a consent: that it is there, and until when. Its words are the clinician's.
_CONSENTS: dict[str, str] = {
    Consent.Kind.TREATMENT: "Treatment consent",
    Consent.Kind.PHOTO: "Photo consent",
}


def _papers(patient: Patient) -> list[Paper]:
    """Quotes and receipts, the newest first, and how the last consent of each kind stands. Three queries."""
    records = records_of(patient)
    quotes = Quote.objects.filter(patient__in=records).exclude(status=QuoteStatus.DRAFT).order_by("-pk")
    receipts = Receipt.objects.filter(payment__plan__patient__in=records).select_related("payment")
    papers = [
        Paper(quote.number, reverse("billing:quote", args=[quote.pk]), "Quote", quote.status)
        for quote in quotes[:MOST]
    ]
    papers += [
        Paper(
            receipt.number,
            reverse("billing:receipt", args=[receipt.payment_id]),
            f"Receipt, {_day(receipt.at)}",
        )
        for receipt in receipts.order_by("-pk")[:MOST]
    ]
    consents = Consent.objects.filter(patient__in=records, kind__in=_CONSENTS)
    for consent in consents.order_by("kind", "-signed_at", "-pk").distinct("kind"):
        until = formats.date_format(consent.valid_until, "j M Y")
        stands = "withdrawn" if consent.withdrawn_at else f"valid to {until}"
        papers.append(Paper(_CONSENTS[consent.kind], "", stands))
    return papers


def _day(at: datetime) -> str:
    return formats.date_format(timezone.localtime(at), "j M Y")
