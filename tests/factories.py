"""One factory per model, with the least a row needs and no surprises. Made-up people only."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from mesoclinic.accounts.models import Clinic, Membership, User
from mesoclinic.outbox.models import Message, OutboxSettings
from patients.models import (
    Alert,
    Consent,
    ConsentText,
    Factor,
    FactorTerm,
    Intake,
    IntakeQuestion,
    Patient,
    RiskFactor,
)
from treatments.billing.models import Price, PriceList
from treatments.catalogue.models import (
    Contraindication,
    DoseLimit,
    Indication,
    Ingredient,
    Interaction,
    Product,
    ProductContent,
)
from treatments.cocktails.models import Cocktail, CocktailVersion, Component
from treatments.conditions.models import (
    Assessment,
    AssessmentZone,
    Condition,
    ScaleLevel,
    SeverityScale,
    Zone,
)
from treatments.plans.models import CourseSession, Protocol, TreatmentPlan
from treatments.recalls.actions import open_case
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
from treatments.stock.actions.ledger import take_from_lots
from treatments.stock.models import Lot, StockMovement
from treatments.waiting.models import Offer, WaitingListEntry, WaitingSettings

# --- accounts ----------------------------------------------------------------


class ClinicFactory(DjangoModelFactory):
    class Meta:
        model = Clinic

    name = factory.Sequence(lambda n: f"Clinic {n}")


class UserFactory(DjangoModelFactory):
    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"user{n}")
    first_name = "Sam"
    last_name = factory.Sequence(lambda n: f"Staff{n}")
    clinic = factory.SubFactory(ClinicFactory)
    roles = factory.LazyFunction(list)

    @classmethod
    def _build(cls, model_class, *args, clinic, roles, **kwargs):
        return super()._build(model_class, *args, **kwargs)

    @classmethod
    def _create(cls, model_class, *args, clinic, roles, **kwargs):
        """Roles at a clinic are a membership; without one of the two the person works nowhere."""
        user = super()._create(model_class, *args, **kwargs)
        if clinic is not None and roles:
            Membership.objects.create(user=user, clinic=clinic, roles=roles)
        return user


class MembershipFactory(DjangoModelFactory):
    class Meta:
        model = Membership

    user = factory.SubFactory(UserFactory)
    clinic = factory.SubFactory(ClinicFactory)
    roles = factory.LazyFunction(lambda: ["clinician"])


class ClinicianFactory(UserFactory):
    title = "Dr"
    roles = factory.LazyFunction(lambda: ["clinician"])


# --- patients ----------------------------------------------------------------


class PatientFactory(DjangoModelFactory):
    class Meta:
        model = Patient

    given_names = "Noor"
    family_name = factory.Sequence(lambda n: f"Example{n}")
    birth_date = date(1990, 5, 17)
    sex_at_birth = "female"
    registered_by = factory.SubFactory(UserFactory)

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        patient = super()._create(model_class, *args, **kwargs)
        patient.refresh_from_db()  # the record number is the database's
        return patient


class FactorFactory(DjangoModelFactory):
    class Meta:
        model = Factor
        django_get_or_create = ("code",)

    code = "pregnancy"
    label = factory.LazyAttribute(lambda o: o.code.replace("_", " ").capitalize())
    short_label = factory.LazyAttribute(lambda o: o.label)
    kind = "disease"


class FactorTermFactory(DjangoModelFactory):
    class Meta:
        model = FactorTerm

    where = "term"
    term = factory.Sequence(lambda n: f"term{n}")
    factor = factory.SubFactory(FactorFactory)


class IntakeQuestionFactory(DjangoModelFactory):
    class Meta:
        model = IntakeQuestion

    code = factory.Sequence(lambda n: f"question{n}")
    question = "Any allergy?"
    answer_type = "yes-no"


class IntakeFactory(DjangoModelFactory):
    class Meta:
        model = Intake

    patient = factory.SubFactory(PatientFactory)
    version = 1
    taken_by = factory.SubFactory(ClinicianFactory)


class RiskFactorFactory(DjangoModelFactory):
    class Meta:
        model = RiskFactor

    patient = factory.SubFactory(PatientFactory)
    kind = "allergy"
    label = "Lidocaine"
    origin = "clinician"
    recorded_by = factory.SubFactory(ClinicianFactory)


class ConsentTextFactory(DjangoModelFactory):
    class Meta:
        model = ConsentText
        django_get_or_create = ("kind", "language", "version")

    kind = "treatment"
    language = "en"
    version = 1
    title = "Consent to treatment"
    body = "I agree."


class AlertFactory(DjangoModelFactory):
    class Meta:
        model = Alert

    patient = factory.SubFactory(PatientFactory)
    kind = "reaction"
    level = "block"
    text = "Bald patch"
    source = factory.Sequence(lambda n: f"tests.row:{n}")


class ConsentFactory(DjangoModelFactory):
    class Meta:
        model = Consent

    patient = factory.SubFactory(PatientFactory)
    kind = "treatment"
    text = factory.SubFactory(ConsentTextFactory)
    method = "paper"
    signed_name = "Noor Example"
    valid_until = factory.LazyFunction(lambda: timezone.localdate() + timedelta(days=365))
    taken_by = factory.SubFactory(ClinicianFactory)


# --- conditions --------------------------------------------------------------


class SeverityScaleFactory(DjangoModelFactory):
    class Meta:
        model = SeverityScale
        django_get_or_create = ("code",)

    code = "LUDWIG"
    name = "Ludwig"
    short_name = "Ludwig"
    kind = "ordinal"


class ScaleLevelFactory(DjangoModelFactory):
    class Meta:
        model = ScaleLevel

    scale = factory.SubFactory(SeverityScaleFactory)
    order = factory.Sequence(lambda n: n % 30000)
    value = factory.Sequence(lambda n: f"L{n}")
    label = "Grade II"


class ConditionFactory(DjangoModelFactory):
    class Meta:
        model = Condition
        django_get_or_create = ("code",)

    code = "androgenetic-alopecia"
    name = "Androgenetic alopecia"
    role = "indication"


class ZoneFactory(DjangoModelFactory):
    class Meta:
        model = Zone
        django_get_or_create = ("code",)

    code = "FRONTAL"
    name = "Frontal"
    area_cm2 = Decimal(70)
    salt_zone = "top"


class AssessmentFactory(DjangoModelFactory):
    class Meta:
        model = Assessment

    patient = factory.SubFactory(PatientFactory)
    condition = factory.SubFactory(ConditionFactory)
    assessed_by = factory.SubFactory(ClinicianFactory)


class AssessmentZoneFactory(DjangoModelFactory):
    class Meta:
        model = AssessmentZone

    assessment = factory.SubFactory(AssessmentFactory)
    zone = factory.SubFactory(ZoneFactory)
    area_cm2 = Decimal(70)


# --- catalogue ---------------------------------------------------------------


class IngredientFactory(DjangoModelFactory):
    class Meta:
        model = Ingredient

    code = factory.Sequence(lambda n: f"ingredient-{n}")
    name = factory.LazyAttribute(lambda o: o.code.replace("-", " ").capitalize())
    ingredient_class = "vitamin (B family)"
    family = "b_vitamin"
    is_active = True
    status = "allowed"


class ProductFactory(DjangoModelFactory):
    """A vial of one ingredient, 10 mg/ml; ``contents`` empty for a bare product."""

    class Meta:
        model = Product
        skip_postgeneration_save = True

    code = factory.Sequence(lambda n: f"product-{n}")
    name = factory.LazyAttribute(lambda o: o.code.replace("-", " ").capitalize())
    strength = "10 mg/ml"
    # Kept for 28 days once opened, so that a take is a take: an ampoule throws its rest away.
    presentation = "multi_dose"
    container_ml = Decimal(10)
    price_per_ml = Decimal(8)

    @factory.post_generation
    def ingredient(self, create, extracted, **kwargs):
        if create and extracted is not False:
            ProductContentFactory(
                product=self,
                ingredient=extracted or IngredientFactory(),
                mg_per_ml=kwargs.get("mg_per_ml", Decimal(10)),
            )


class ProductContentFactory(DjangoModelFactory):
    class Meta:
        model = ProductContent

    ingredient = factory.SubFactory(IngredientFactory)
    mg_per_ml = Decimal(10)


class LotFactory(DjangoModelFactory):
    """A released lot holding ``on_hand`` ml, received through the ledger."""

    class Meta:
        model = Lot
        skip_postgeneration_save = True

    product = factory.SubFactory(ProductFactory)
    clinic = factory.SubFactory(ClinicFactory)
    number = factory.Sequence(lambda n: f"LOT-{n:04d}")
    maker = "Made-up Pharma"
    country = "France"
    supplier = "Made-up Supply"
    received_on = factory.LazyFunction(lambda: timezone.localdate() - timedelta(days=30))
    expires_on = factory.LazyFunction(lambda: timezone.localdate() + timedelta(days=300))
    status = "released"

    @factory.post_generation
    def on_hand(self, create, extracted, **kwargs):
        if create:
            # As receiving a delivery says it: from this day on what is in the product stays.
            Product.objects.filter(pk=self.product_id, received_since=None).update(
                received_since=self.received_on
            )
            self.product.refresh_from_db(fields=["received_since"])
        if create and extracted:
            StockMovementFactory(lot=self, ml=extracted)
            self.refresh_from_db()


class StockMovementFactory(DjangoModelFactory):
    class Meta:
        model = StockMovement

    lot = factory.SubFactory(LotFactory)
    kind = "receive"
    ml = Decimal(10)
    occurred_on = factory.LazyFunction(timezone.localdate)
    by = factory.SubFactory(UserFactory)


class DoseLimitFactory(DjangoModelFactory):
    class Meta:
        model = DoseLimit

    ingredient = factory.SubFactory(IngredientFactory)
    value = Decimal(10)
    unit = "mg"
    period = "session"
    kind = "studied_dose"


class InteractionFactory(DjangoModelFactory):
    class Meta:
        model = Interaction

    first = factory.SubFactory(IngredientFactory)
    second = factory.SubFactory(IngredientFactory)
    kind = "incompatible"
    severity = "high"
    scope = "same syringe"
    why = "They react."
    basis = "stated"


class ContraindicationFactory(DjangoModelFactory):
    class Meta:
        model = Contraindication

    factor = factory.SubFactory(FactorFactory)
    factor_text = factory.LazyAttribute(lambda o: o.factor.label if o.factor else "Everyone")
    severity = "absolute"
    basis = "stated"


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


def signed_cocktail(*, clinic=None, patient=None, products=None, by=None, **fields) -> CocktailVersion:
    """A signed version with ``products`` (two by default), 1 ml of each."""
    clinic = clinic or ClinicFactory()
    by = by or ClinicianFactory(clinic=clinic)
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
    return open_case(
        clinic=lots[0].clinic,
        lots=lots,
        reason=fields.pop("reason", "Made-up Pharma: particles seen"),
        by=by or ClinicianFactory(clinic=lots[0].clinic),
        **fields,
    )


def give(lot, *, patient=None, status="signed", on=None, ml=Decimal(1), by=None):
    """A session in which ``patient`` received ``ml`` of ``lot``; a draft holds it and has taken nothing."""
    by = by or ClinicianFactory(clinic=lot.clinic)
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
        (dose.movement,) = take_from_lots(needs=[(lot.pk, ml)], occurred_on=day, by=by)
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
