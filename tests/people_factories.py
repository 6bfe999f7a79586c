"""Factories of a clinic, its people, its patients and their conditions."""

import uuid
from datetime import date, timedelta
from decimal import Decimal

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from mesoclinic.accounts.models import Clinic, Membership, User
from patients.actions.links import hash_link_code
from patients.models import (
    Alert,
    Consent,
    ConsentText,
    Factor,
    FactorTerm,
    Intake,
    IntakeQuestion,
    Patient,
    PatientClinic,
    PatientLink,
    PatientMerge,
    RiskFactor,
    SafetyTextReading,
)
from patients.queries import version_of_consent
from patients.rules.links import GATES, Gate
from patients.rules.safety_texts import version_of_texts
from treatments.conditions.models import (
    Assessment,
    AssessmentZone,
    Condition,
    ScaleLevel,
    SeverityScale,
    Zone,
)
from treatments.followup.queries.safety_texts import check_in_safety_texts

# --- accounts ----------------------------------------------------------------


class ClinicFactory(DjangoModelFactory):
    class Meta:
        model = Clinic

    name = factory.Sequence(lambda n: f"Clinic {n}")
    session_price_from = 250
    session_price_to = 600


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


def merge_records(merged: Patient, kept: Patient) -> Patient:
    """``merged`` as it stands once somebody has merged it into ``kept``, which has taken nothing over."""
    by = kept.registered_by
    PatientMerge.objects.create(
        kept=kept, merged=merged, how_known="at the desk", status="done", is_clinical=True,
        asked_by=by, done_by=by, confirmed_by=by, done_at=timezone.now(),
    )  # fmt: skip
    merged.merged_into = kept
    merged.save(update_fields=["merged_into"])
    return merged


class PatientFactory(DjangoModelFactory):
    """Registered ``at`` a clinic: unless told, at the first there is."""

    class Meta:
        model = Patient

    given_names = "Noor"
    family_name = factory.Sequence(lambda n: f"Example{n}")
    birth_date = date(1990, 5, 17)
    sex_at_birth = "female"
    registered_by = factory.SubFactory(UserFactory)
    at = None

    @classmethod
    def _build(cls, model_class, *args, at=None, **kwargs):
        return super()._build(model_class, *args, **kwargs)

    @classmethod
    def _create(cls, model_class, *args, merged_into=None, **kwargs):
        at = kwargs.pop("at", None) or Clinic.objects.order_by("pk").first()
        patient = super()._create(model_class, *args, **kwargs)
        patient.refresh_from_db()  # the record number is the database's
        if at is not None:
            PatientClinic.objects.create(patient=patient, clinic=at)
        return patient if merged_into is None else merge_records(patient, merged_into)


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


def read_consent_texts() -> None:
    """Somebody at every clinic has read every wording that is here."""
    readers = {member.clinic_id: member.user_id for member in Membership.objects.order_by("-pk")}
    SafetyTextReading.objects.bulk_create(
        [
            SafetyTextReading(
                clinic_id=clinic,
                topic="consent",
                language=text.language,
                version=version_of_consent(text),
                read_by_id=reader,
            )
            for clinic, reader in readers.items()
            for text in ConsentText.objects.all()
        ],
        ignore_conflicts=True,
    )


class ConsentTextFactory(DjangoModelFactory):
    class Meta:
        model = ConsentText
        skip_postgeneration_save = True
        django_get_or_create = ("kind", "language", "version")

    kind = "treatment"
    language = "en"
    version = 1
    title = "Consent to treatment"
    body = "I agree."

    @factory.post_generation
    def read(text, create, is_read, **more):  # the library hands the text over
        """Unless told otherwise, somebody at every clinic there is has read it."""
        if create and is_read is not False:
            read_consent_texts()


class AlertFactory(DjangoModelFactory):
    class Meta:
        model = Alert

    patient = factory.SubFactory(PatientFactory)
    kind = "reaction"
    level = "block_overridable"
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


class PatientLinkFactory(DjangoModelFactory):
    """Its code is 123456, where it has one."""

    class Meta:
        model = PatientLink

    key = factory.LazyFunction(uuid.uuid4)
    clinic = factory.SubFactory(ClinicFactory)
    patient = factory.SubFactory(PatientFactory)
    purpose = "check_in"
    language = "en"
    code_hash = factory.LazyAttribute(
        lambda o: hash_link_code("123456", o.key) if GATES[o.purpose] == Gate.CODE else ""
    )
    expires_at = factory.LazyFunction(lambda: timezone.now() + timedelta(days=5))


class SafetyTextReadingFactory(DjangoModelFactory):
    """The emergency texts of a check-in as they stand now."""

    class Meta:
        model = SafetyTextReading

    clinic = factory.SubFactory(ClinicFactory)
    topic = "check_in"
    language = "en"
    version = factory.LazyAttribute(lambda o: version_of_texts(check_in_safety_texts(o.language)))
    read_by = factory.SubFactory(UserFactory)
