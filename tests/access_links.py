"""What leads a stranger in: a link of each purpose whose page still stands, a visit's address, a paired phone, a feed."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as D

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from mesoclinic.accounts.permissions import Role
from patients.models import PatientLink, ToldIntake
from patients.rules.links import LinkPurpose
from tests import factories
from tests.access_world import Place
from treatments.billing.actions.quotes import issue_quote, replace_draft_quote
from treatments.billing.models import Quote, QuoteDocument, QuoteLink
from treatments.conditions.actions.phones import open_phone_pairing, phone_address
from treatments.conditions.models import PhotoSet
from treatments.followup.models import CheckIn, CheckInLink
from treatments.plans.models import TreatmentPlan
from treatments.schedule.actions.feeds import create_feed_and_token
from treatments.sessions.models import TreatmentSession


def add_links(place: Place) -> None:
    """Fill what leads in by a secret address."""
    by = place.people[Role.CLINICIAN]
    for purpose in (LinkPurpose.QUOTE, LinkPurpose.CHECK_IN, LinkPurpose.INTAKE, LinkPurpose.COURSE):
        place.links[purpose] = factories.PatientLinkFactory(
            clinic=place.clinic, patient=place.patient, purpose=purpose.value
        )
    quote = make_quote_that_waits(place)
    QuoteLink.objects.create(quote=quote, link=place.links[LinkPurpose.QUOTE])
    QuoteDocument.objects.get_or_create(
        quote=quote, language="en", defaults={"content": {}, "sha256": "0" * 64}
    )
    ToldIntake.objects.create(link=place.links[LinkPurpose.INTAKE], patient=place.patient)
    session = place.rows[TreatmentSession]
    due = CheckIn.objects.create(
        treatment_session=session,
        clinic=place.clinic,
        days=14,
        due_on=timezone.localdate() + timedelta(days=14),
    )
    read = factories.SafetyTextReadingFactory(clinic=place.clinic, read_by=by)
    CheckInLink.objects.create(check_in=due, link=place.links[LinkPurpose.CHECK_IN], texts_read=read)
    place.visit_by_link = factories.AppointmentFactory(
        clinic=place.clinic,
        patient=place.patient,
        clinician=by,
        starts_at=datetime(2027, 4, 1, place.hour, tzinfo=UTC),
    )
    pairing = open_phone_pairing(photo_set=place.rows[PhotoSet], clinic=place.clinic, by=by)
    place.phone_address = phone_address(pairing).removeprefix(settings.SITE_URL.rstrip("/"))
    _, token = create_feed_and_token(clinician=by, label="Made up", by=by)
    place.feed_address = reverse("schedule:feed", args=[token])


def make_plan_without_quote(place: Place) -> TreatmentPlan:
    by = place.people[Role.CLINICIAN]
    version = factories.signed_cocktail(
        clinic=place.clinic,
        patient=place.patient,
        by=by,
        products=[factories.ProductFactory(price_per_ml=D(46)) for _ in range(2)],
    )
    return factories.make_plan(clinic=place.clinic, patient=place.patient, version=version, by=by)


def make_draft_quote(place: Place) -> Quote:
    return replace_draft_quote(plan=make_plan_without_quote(place), by=place.people[Role.FRONT_DESK])


def make_quote_that_waits(place: Place) -> Quote:
    desk = place.people[Role.FRONT_DESK]
    return issue_quote(quote=make_draft_quote(place), by=desk)


def link_gate_answer(link: PatientLink, birth_date: date) -> dict[str, str]:
    """What opens the gate of such a link."""
    born = {"day": str(birth_date.day), "month": str(birth_date.month), "year": str(birth_date.year)}
    return {"gate": "1", "code": "123456"} | born
