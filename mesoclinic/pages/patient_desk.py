"""What the desk reads of a patient: visits and how they ended, money, messages, papers. Nothing clinical."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Q
from django.urls import reverse
from django.utils import formats

from mesoclinic.accounts.models import Clinic
from mesoclinic.core.place_times import time_at_place
from mesoclinic.outbox.models import Message
from mesoclinic.pages.visit_fee import FEES, source_of_visit
from patients.models import Consent, Patient, PatientLink, records_of
from patients.rules.phones import dialable_or_none
from treatments.billing.models import FeeWaiver, Quote, Receipt
from treatments.billing.queries.invoices import waived_and_charged_sources
from treatments.billing.queries.payments import plans_with_price_and_paid
from treatments.billing.rules.states import QuoteStatus
from treatments.plans.models import TreatmentPlan
from treatments.plans.rules import PlanStatus
from treatments.schedule.models import Appointment
from treatments.schedule.rules.appointments import GIVEN_UP, AppointmentStatus

#: Rows of a list on the page.
MOST = 8
#: Messages looked at for the links they carried.
MOST_MESSAGES = 40
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
class Reach:
    """A way to reach the patient: the address to tap, or why there is none."""

    label: str
    url: str
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class PastVisit:
    """A visit that is over, and its fee: to decide, or waived."""

    visit: Appointment
    fee_url: str = ""
    waived: FeeWaiver | None = None
    is_charged: bool = False


@dataclass(frozen=True, slots=True)
class Desk:
    coming: Sequence[Appointment]
    past: Sequence[PastVisit]
    missed: int
    cancelled_late: int
    counted: int
    money: Sequence[PlanMoney]
    messages: Sequence[Message]
    #: Those of the last messages that carried a link to a page for the patient.
    links: Sequence[PatientLink]
    quotes: Sequence[Quote]  # issued, the newest first
    papers: Sequence[Paper]
    phone: Contact
    emergency: Contact
    reminders: str
    ways: Sequence[Reach]

    @property
    def desk_visits(self) -> list[tuple[str, Sequence[PastVisit]]]:
        """Coming above past."""
        return [("Coming", [PastVisit(visit) for visit in self.coming]), ("Past", self.past)]

    @property
    def to_pay(self) -> PlanMoney | None:
        """Where Take payment leads: the plan that is owed for, the newest first; else the newest that was agreed."""
        agreed = [one for one in self.money if one.price is not None]
        return next((one for one in agreed if one.owed), agreed[0] if agreed else None)


def contact_of(text: str) -> Contact:
    return Contact(text, dialable_or_none(text))


def ways_to_reach(patient: Patient) -> list[Reach]:
    """Call, text and e-mail. Only what can be dialled is dialled; who wants no messages is sent none."""
    dial = dialable_or_none(patient.phone)
    no_phone = "no number to dial" if patient.phone else "no telephone number"
    no_text = (
        "no messages, please"
        if patient.reminders_by == Patient.ReminderBy.NONE
        else ("" if dial else no_phone)
    )
    return [
        Reach("Call", f"tel:{dial}" if dial else "", "" if dial else no_phone),
        Reach("Text", "" if no_text else f"sms:{dial}", no_text),
        Reach(
            "E-mail",
            f"mailto:{patient.email}" if patient.email else "",
            "" if patient.email else "no e-mail address",
        ),
    ]


def _past_visits(patient: Patient, visits: Sequence[Appointment]) -> list[PastVisit]:
    """Two queries; none where no visit has a fee."""
    if not any(visit.status in FEES for visit in visits):
        return [PastVisit(visit) for visit in visits]
    waived, charged = waived_and_charged_sources(patient)
    found = []
    for visit in visits:
        source = source_of_visit(visit)
        to_decide = visit.status in FEES and source not in waived and source not in charged
        url = reverse("visit_fee", args=[visit.pk]) if to_decide else ""
        found.append(PastVisit(visit, url, waived.get(source), source in charged))
    return found


def read_patient_desk(patient: Patient, here: Clinic, now: datetime) -> Desk:
    """At most eight queries, however much there is; of the record and of what was merged into it."""
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
    sent = list(
        Message.objects.filter(patient__in=records)
        .select_related("clinic", "link_message__link")
        .order_by("-pk")[:MOST_MESSAGES]
    )
    issued = Quote.objects.filter(patient__in=records).exclude(status=QuoteStatus.DRAFT).order_by("-pk")
    quotes = list(issued[:MOST])
    return Desk(
        coming=coming[::-1][:MOST],
        past=_past_visits(patient, past[:MOST]),
        missed=sum(visit.status == AppointmentStatus.NO_SHOW for visit in year),
        cancelled_late=sum(visit.status == AppointmentStatus.LATE_CANCELLED for visit in year),
        counted=len(year),
        money=[
            PlanMoney(plan, plan.price, plan.paid)
            for plan in plans.select_related("clinic").order_by("-pk")[:MOST]
        ],
        messages=sent[:MOST],
        links=[one.link_message.link for one in sent if hasattr(one, "link_message")][:MOST],
        quotes=quotes,
        papers=_papers(patient, here, quotes),
        phone=contact_of(patient.phone),
        emergency=contact_of(patient.emergency_contact_phone),
        reminders=patient.get_reminders_by_display(),
        ways=ways_to_reach(patient),
    )


#: What the desk reads of a consent: that it is there, and until when. Its words are the clinician's.
_CONSENTS: dict[str, str] = {
    Consent.Kind.TREATMENT: "Treatment consent",
    Consent.Kind.PHOTO: "Photo consent",
}


def _papers(patient: Patient, here: Clinic, quotes: Sequence[Quote]) -> list[Paper]:
    """Quotes and receipts, the newest first, and how the last consent of each kind stands. Two queries."""
    records = records_of(patient)
    paid = Q(payment__plan__patient__in=records) | Q(payment__invoice__patient__in=records)
    receipts = Receipt.objects.filter(paid).select_related("clinic")
    papers = [
        Paper(quote.number, reverse("billing:quote", args=[quote.pk]), "Quote", quote.status)
        for quote in quotes
    ]
    papers += [
        Paper(
            receipt.number,
            reverse("billing:receipt", args=[receipt.payment_id]),
            f"Receipt, {time_at_place(receipt.at, receipt.clinic, here, 'j M Y')}",
        )
        for receipt in receipts.order_by("-pk")[:MOST]
    ]
    consents = Consent.objects.filter(patient__in=records, kind__in=_CONSENTS)
    for consent in consents.order_by("kind", "-signed_at", "-pk").distinct("kind"):
        until = formats.date_format(consent.valid_until, "j M Y")
        stands = "withdrawn" if consent.withdrawn_at else f"valid to {until}"
        papers.append(Paper(_CONSENTS[consent.kind], "", stands))
    return papers
