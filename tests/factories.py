"""One factory per model, with the least a row needs and no surprises. Made-up people only.

Those of people and of the catalogue stand in modules of their own, and are named here too.
"""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from mesoclinic.accounts.models import Membership
from mesoclinic.outbox.models import Message, OutboxSettings
from tests.catalogue_factories import (
    BloodLimitFactory as BloodLimitFactory,
)
from tests.catalogue_factories import (
    ContraindicationFactory as ContraindicationFactory,
)
from tests.catalogue_factories import (
    DoseLimitFactory as DoseLimitFactory,
)
from tests.catalogue_factories import (
    IngredientFactory as IngredientFactory,
)
from tests.catalogue_factories import (
    InteractionFactory as InteractionFactory,
)
from tests.catalogue_factories import (
    IntervalFactory as IntervalFactory,
)
from tests.catalogue_factories import (
    KitFactory as KitFactory,
)
from tests.catalogue_factories import (
    LotFactory as LotFactory,
)
from tests.catalogue_factories import (
    ProductContentFactory as ProductContentFactory,
)
from tests.catalogue_factories import (
    ProductFactory as ProductFactory,
)
from tests.catalogue_factories import (
    SameDayIntervalFactory as SameDayIntervalFactory,
)
from tests.catalogue_factories import (
    StockMovementFactory as StockMovementFactory,
)
from tests.catalogue_factories import (
    VolumeLimitFactory as VolumeLimitFactory,
)
from tests.people_factories import (
    AlertFactory as AlertFactory,
)
from tests.people_factories import (
    AssessmentFactory as AssessmentFactory,
)
from tests.people_factories import (
    AssessmentZoneFactory as AssessmentZoneFactory,
)
from tests.people_factories import (
    ClinicFactory as ClinicFactory,
)
from tests.people_factories import (
    ClinicianFactory as ClinicianFactory,
)
from tests.people_factories import (
    ConditionFactory as ConditionFactory,
)
from tests.people_factories import (
    ConsentFactory as ConsentFactory,
)
from tests.people_factories import (
    ConsentTextFactory as ConsentTextFactory,
)
from tests.people_factories import (
    FactorFactory as FactorFactory,
)
from tests.people_factories import (
    FactorTermFactory as FactorTermFactory,
)
from tests.people_factories import (
    IntakeFactory as IntakeFactory,
)
from tests.people_factories import (
    IntakeQuestionFactory as IntakeQuestionFactory,
)
from tests.people_factories import (
    MembershipFactory as MembershipFactory,
)
from tests.people_factories import (
    PatientFactory as PatientFactory,
)
from tests.people_factories import (
    PatientLinkFactory as PatientLinkFactory,
)
from tests.people_factories import (
    RiskFactorFactory as RiskFactorFactory,
)
from tests.people_factories import (
    SafetyTextReadingFactory as SafetyTextReadingFactory,
)
from tests.people_factories import (
    ScaleLevelFactory as ScaleLevelFactory,
)
from tests.people_factories import (
    SeverityScaleFactory as SeverityScaleFactory,
)
from tests.people_factories import (
    UserFactory as UserFactory,
)
from tests.people_factories import (
    ZoneFactory as ZoneFactory,
)
from tests.people_factories import (
    merge_records as merge_records,
)
from treatments.billing.models import Price, PriceList
from treatments.catalogue.models import (
    Indication,
)
from treatments.cocktails.models import Cocktail, CocktailVersion, Component
from treatments.plans.models import CourseSession, Protocol, TreatmentPlan
from treatments.recalls.actions import start_recall_case
from treatments.schedule.models import (
    Appointment,
    BookingSettings,
    CalendarFeed,
    FreedTime,
    Reminder,
    Room,
    WorkingHours,
)
from treatments.sessions.models import AdverseEffect, ChecklistItem, Dose, Syringe, TreatmentSession
from treatments.stock.actions.ledger import take_from_lots_for_session
from treatments.waiting.models import Offer, WaitingListEntry, WaitingSettings

# --- cocktails ---------------------------------------------------------------


class IndicationFactory(DjangoModelFactory):
    class Meta:
        model = Indication

    condition = factory.SubFactory(ConditionFactory)
    ingredient = factory.SubFactory(IngredientFactory)
    support = 1
    evidence_level = "expert use"
    basis = "stated"


class CocktailFactory(DjangoModelFactory):
    class Meta:
        model = Cocktail

    clinic = factory.SubFactory(ClinicFactory)
    patient = factory.SubFactory(PatientFactory)
    name = "Density A"
    created_by = factory.SubFactory(ClinicianFactory)


class CocktailVersionFactory(DjangoModelFactory):
    """A draft; ``SignedCocktailFactory`` for a signed one with two actives."""

    class Meta:
        model = CocktailVersion

    cocktail = factory.SubFactory(CocktailFactory)
    number = 1
    created_by = factory.SelfAttribute("cocktail.created_by")


class ComponentFactory(DjangoModelFactory):
    class Meta:
        model = Component

    version = factory.SubFactory(CocktailVersionFactory)
    product = factory.SubFactory(ProductFactory)
    ml = Decimal(1)


def works_at(user, clinic):
    """Whoever signs at a clinic works there: the database asks it."""
    Membership.objects.get_or_create(user=user, clinic=clinic, defaults={"roles": ["clinician"]})


def signed_cocktail(*, clinic=None, patient=None, products=None, by=None, **fields) -> CocktailVersion:
    """A signed version with ``products`` (two by default), 1 ml of each."""
    clinic = clinic or ClinicFactory()
    by = by or ClinicianFactory(clinic=clinic)
    works_at(by, clinic)
    cocktail = CocktailFactory(clinic=clinic, patient=patient or PatientFactory(), created_by=by)
    version = CocktailVersionFactory(cocktail=cocktail, **fields)
    for position, product in enumerate(products or [ProductFactory(), ProductFactory()]):
        ComponentFactory(version=version, product=product, position=position)
    version.status, version.signed_by, version.signed_at = ("signed", by, datetime.now(UTC))
    version.save()
    return version


# --- plans -------------------------------------------------------------------


class ProtocolFactory(DjangoModelFactory):
    class Meta:
        model = Protocol

    code = factory.Sequence(lambda n: f"protocol-{n}")
    name = "Clinic cocktail, fortnightly"
    sessions_min = 4
    sessions_max = 8
    sessions_default = 8
    intervals = factory.LazyFunction(lambda: [14] * 7)


def make_plan(*, clinic=None, patient=None, version=None, by=None, **fields) -> TreatmentPlan:
    """A plan of eight fortnightly sessions with a signed cocktail, as a draft unless told."""
    clinic = clinic or ClinicFactory()
    by = by or ClinicianFactory(clinic=clinic)
    patient = patient or PatientFactory()
    version = version or signed_cocktail(clinic=clinic, patient=patient, by=by)
    assessment = (
        version.assessment
        or AssessmentZoneFactory(assessment=AssessmentFactory(patient=patient, assessed_by=by)).assessment
    )
    values = {
        "name": "Density 8",
        "sessions_planned": 8,
        "intervals": [14] * 7,
        "area_cm2": Decimal(70),
        "status": "draft",
        "protocol": fields.pop("protocol", None) or ProtocolFactory(),
    } | fields
    return TreatmentPlan.objects.create(
        clinic=clinic,
        patient=patient,
        assessment=assessment,
        cocktail_version=version,
        created_by=by,
        **values,
    )


class PriceListFactory(DjangoModelFactory):
    class Meta:
        model = PriceList

    clinic = factory.SubFactory(ClinicFactory)
    name = "Prices"
    currency = "USD"
    valid_from = date(2020, 1, 1)


class PriceFactory(DjangoModelFactory):
    class Meta:
        model = Price

    price_list = factory.SubFactory(PriceListFactory)
    kind = "session"
    label = "Session"
    amount = Decimal(320)


# --- schedule ----------------------------------------------------------------


class RoomFactory(DjangoModelFactory):
    class Meta:
        model = Room

    clinic = factory.SubFactory(ClinicFactory)
    name = factory.Sequence(lambda n: f"Room {n}")


class WorkingHoursFactory(DjangoModelFactory):
    class Meta:
        model = WorkingHours

    clinic = factory.SubFactory(ClinicFactory)
    clinician = factory.SubFactory(ClinicianFactory)
    room = factory.SubFactory(RoomFactory)
    weekday = 0
    opens = "09:00"
    closes = "17:00"


class AppointmentFactory(DjangoModelFactory):
    class Meta:
        model = Appointment

    clinic = factory.SubFactory(ClinicFactory)
    patient = factory.SubFactory(PatientFactory)
    clinician = factory.SubFactory(ClinicianFactory)
    room = factory.SubFactory(RoomFactory)
    starts_at = datetime(2027, 3, 1, 9, 0, tzinfo=UTC)
    ends_at = factory.LazyAttribute(lambda o: o.starts_at + timedelta(minutes=30))
    booked_by = factory.SubFactory(UserFactory)


# --- sessions ----------------------------------------------------------------


class ChecklistItemFactory(DjangoModelFactory):
    class Meta:
        model = ChecklistItem

    code = factory.Sequence(lambda n: f"item-{n}")
    phase = "before"
    item = "Single-use gloves"
    short_label = "Single-use gloves"
    mandatory = True


class AdverseEffectFactory(DjangoModelFactory):
    class Meta:
        model = AdverseEffect

    code = factory.Sequence(lambda n: f"effect-{n}")
    effect = "Swelling at injection sites"
    short_label = "Swelling"
    phase = "immediate"
    level = "expected"


class TreatmentSessionFactory(DjangoModelFactory):
    class Meta:
        model = TreatmentSession

    plan = factory.LazyFunction(make_plan)
    clinic = factory.SelfAttribute("plan.clinic")
    patient = factory.SelfAttribute("plan.patient")
    clinician = factory.SelfAttribute("plan.created_by")
    cocktail_version = factory.SelfAttribute("plan.cocktail_version")
    number = 1
    performed_on = factory.LazyFunction(timezone.localdate)

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        session = super()._create(model_class, *args, **kwargs)
        tell_the_plan(session)
        return session


def tell_the_plan(session):
    """Write the course session that a session has: for tests that make or change one without the actions."""
    mine = {"plan_id": session.plan_id, "number": session.number}
    if session.status == "void":
        CourseSession.objects.filter(**mine).delete()
    else:
        CourseSession.objects.update_or_create(
            **mine, defaults={"performed_on": session.performed_on, "signed_at": session.signed_at}
        )


# --- recalls -----------------------------------------------------------------


def make_recall(*, lots, by=None, **fields):
    """An open recall of ``lots``, which are put aside; ``by`` a clinician unless told."""
    return start_recall_case(
        clinic=lots[0].clinic,
        lots=lots,
        reason=fields.pop("reason", "Made-up Pharma: particles seen"),
        by=by or ClinicianFactory(clinic=lots[0].clinic),
        **fields,
    )


def give(lot, *, patient=None, status="signed", on=None, ml=Decimal(1), by=None):
    """A session in which ``patient`` received ``ml`` of ``lot``; a draft holds it and has taken nothing."""
    by = by or ClinicianFactory(clinic=lot.clinic)
    works_at(by, lot.clinic)
    patient = patient or PatientFactory(registered_by=by)
    version = signed_cocktail(
        clinic=lot.clinic, patient=patient, products=[lot.product], by=by, kind="single"
    )
    plan = make_plan(clinic=lot.clinic, patient=patient, version=version, by=by, status="active")
    day = on or timezone.localdate()
    session = TreatmentSessionFactory(plan=plan, performed_on=day)
    syringe = Syringe.objects.create(treatment_session=session, label="S", capacity_ml=5, prepared_by=by)
    dose = Dose.objects.create(
        treatment_session=session, syringe=syringe, product=lot.product, lot=lot, planned_ml=ml, ml=ml
    )
    if status != "draft":
        (dose.movement,) = take_from_lots_for_session(needs=[(lot.pk, ml)], occurred_on=day, by=by)
        dose.save()
        session.status, session.signed_by = "signed", by
        session.signed_at = timezone.now()
        session.save()
    if status in ("amended", "void"):
        session.status = status
        session.save()
    tell_the_plan(session)
    lot.refresh_from_db()
    return session


# --- schedule: waiting, reminders, calendars ---------------------------------


class WaitingListEntryFactory(DjangoModelFactory):
    class Meta:
        model = WaitingListEntry

    clinic = factory.SubFactory(ClinicFactory)
    patient = factory.SubFactory(PatientFactory)
    kind = "intake"
    minutes = 30
    from_day = date(2030, 1, 1)
    added_by = factory.SubFactory(UserFactory)


class FreedTimeFactory(DjangoModelFactory):
    class Meta:
        model = FreedTime

    clinic = factory.SubFactory(ClinicFactory)
    clinician = factory.SubFactory(ClinicianFactory)
    room = factory.SubFactory(RoomFactory)
    starts_at = datetime(2030, 3, 4, 10, 0, tzinfo=UTC)
    ends_at = factory.LazyAttribute(lambda o: o.starts_at + timedelta(minutes=30))
    because = "cancelled"


class OfferFactory(DjangoModelFactory):
    class Meta:
        model = Offer

    entry = factory.SubFactory(WaitingListEntryFactory)
    clinician = factory.SubFactory(ClinicianFactory)
    room = factory.SubFactory(RoomFactory)
    starts_at = datetime(2030, 3, 4, 10, 0, tzinfo=UTC)
    ends_at = factory.LazyAttribute(lambda o: o.starts_at + timedelta(minutes=30))
    why = "Waiting since 1 Feb 2030 (28 days)"
    made_by = factory.SubFactory(UserFactory)
    expires_at = factory.LazyAttribute(lambda o: o.starts_at - timedelta(hours=1))


class OutboxSettingsFactory(DjangoModelFactory):
    class Meta:
        model = OutboxSettings

    clinic = factory.SubFactory(ClinicFactory)
    by_email = True


class BookingSettingsFactory(DjangoModelFactory):
    class Meta:
        model = BookingSettings

    clinic = factory.SubFactory(ClinicFactory)


class WaitingSettingsFactory(DjangoModelFactory):
    class Meta:
        model = WaitingSettings

    clinic = factory.SubFactory(ClinicFactory)


class MessageFactory(DjangoModelFactory):
    class Meta:
        model = Message

    clinic = factory.SubFactory(ClinicFactory)
    patient = factory.SubFactory(PatientFactory)
    purpose = "reminder"
    channel = "email"


class ReminderFactory(DjangoModelFactory):
    class Meta:
        model = Reminder

    appointment = factory.SubFactory(AppointmentFactory)
    starts_at = factory.LazyAttribute(lambda o: o.appointment.starts_at)
    hours_before = 48
    message = factory.LazyAttribute(
        lambda o: MessageFactory(
            clinic=o.appointment.clinic, patient=o.appointment.patient, about_at=o.starts_at
        )
    )


class CalendarFeedFactory(DjangoModelFactory):
    class Meta:
        model = CalendarFeed

    clinician = factory.SubFactory(ClinicianFactory)
    label = "My phone"
    token_hash = factory.Sequence(lambda n: f"{n:064x}")
    made_by = factory.SelfAttribute("clinician")
