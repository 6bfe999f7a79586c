"""Who is treated: the person, what they answered, what puts them at risk, what they agreed to."""

from datetime import date

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Concat, Now

from mesoclinic.core import triggers
from mesoclinic.core.fields import NextInSequence, Unaccented
from mesoclinic.core.models import ReferenceRow
from mesoclinic.core.signatures import svg_path
from patients import rules

#: Marks above and below letters, which a search does not tell apart (patients.rules.search): of Latin, Greek
#: and Cyrillic, Hebrew, Arabic, the Indic scripts, Thai, Lao, Burmese and Khmer, and Japanese voicing.
MARKS = (
    r"\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670"
    r"\u093c\u094d\u09bc\u09cd\u0a3c\u0a4d\u0abc\u0acd\u0b3c\u0b4d\u0bcd\u0c4d\u0cbc\u0ccd\u0d3b\u0d3c\u0d4d\u0dca"
    r"\u0e38-\u0e3a\u0e48-\u0e4b\u0eb8-\u0eba\u0ec8-\u0ecb\u1037\u1039\u103a\u17d2\u3099\u309a"
)


class PatientQuerySet(models.QuerySet["Patient"]):
    def current(self) -> "PatientQuerySet":
        """Not merged into another record."""
        return self.filter(merged_into=None)

    def matching(self, text: str) -> "PatientQuerySet":
        """Patients whose names, record number, birth date or phone begin with every word of ``text``.

        Word prefixes on one indexed column (PatientKey.key): the same cost for the first patient and the
        millionth. Nothing searched for, nothing found.
        """
        search = rules.parse_search(text)
        if search.is_empty:
            return self.none()
        found = self.current()
        for word in search.words:
            found = found._keyed(Q(key__startswith=word))
        if search.birth_dates:
            found = found.filter(birth_date__in=search.birth_dates)
        if search.digits or search.record_number:
            number = Q()
            if search.digits:
                number |= Q(key__startswith=search.digits)
                # Typed with a trunk 0 or a country's code that the record has not, or the reverse.
                if len(search.digits) > 9:
                    number |= Q(key=search.digits[-9:])
            if search.record_number:
                number |= Q(key=search.record_number.lower())
            found = found._keyed(number)
        return found

    def _keyed(self, which: Q) -> "PatientQuerySet":
        return self.filter(pk__in=PatientKey.objects.filter(which).values("patient"))


class Patient(models.Model):
    class Sex(models.TextChoices):
        FEMALE = "female", "Female"
        MALE = "male", "Male"
        INTERSEX = "intersex", "Intersex"
        UNKNOWN = "unknown", "Not known"

    class ReminderBy(models.TextChoices):
        EMAIL = "email", "E-mail"
        SMS = "sms", "Text message"
        NONE = "none", "No reminders"

    record_number = models.CharField(
        max_length=12, unique=True, editable=False, db_default=NextInSequence("patients_record_number", "MC-")
    )
    given_names = models.CharField(max_length=100, blank=True, help_text="Empty for somebody with one name.")
    family_name = models.CharField(max_length=100)
    preferred_name = models.CharField(max_length=100, blank=True)
    birth_date = models.DateField()
    sex_at_birth = models.CharField(max_length=10, choices=Sex, default=Sex.UNKNOWN)
    pronoun = models.CharField(max_length=20, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    email = models.EmailField(blank=True)
    address = models.TextField(blank=True)
    language = models.CharField(max_length=10, default="en", help_text="For letters and reminders.")
    reminders_by = models.CharField(
        max_length=5, choices=ReminderBy, default=ReminderBy.EMAIL, db_default=ReminderBy.EMAIL.value
    )
    emergency_contact_name = models.CharField(max_length=100, blank=True)
    emergency_contact_phone = models.CharField(max_length=40, blank=True)
    died_on = models.DateField(null=True, blank=True)
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="merged_records"
    )
    acknowledged = models.JSONField(
        default=list,
        blank=True,
        editable=False,
        help_text="Findings gone past: code, level, message, reason, by, at.",
    )
    registered_at = models.DateTimeField(db_default=Now(), editable=False)
    registered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    # What lists are sorted by: the embedded PostgreSQL has no ICU, so the key is stored.
    sort_key = models.GeneratedField(
        expression=Unaccented(Concat(F("family_name"), Value(" "), F("given_names"))),
        output_field=models.TextField(),
        db_persist=True,
    )

    objects = PatientQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["sort_key", "id"], name="patients_by_name"),
            models.Index(fields=["birth_date"], name="patients_by_birth_date"),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(family_name=""), name="patient_has_a_name"),
            models.CheckConstraint(
                condition=Q(birth_date__gte="1880-01-01"), name="patient_was_born_in_living_memory"
            ),
            models.CheckConstraint(
                condition=Q(died_on=None) | Q(died_on__gte=F("birth_date")), name="patient_died_after_birth"
            ),
            models.CheckConstraint(
                condition=Q(reminders_by__in=["email", "sms", "none"]),
                name="patient_is_reminded_in_a_known_way",
            ),
            models.CheckConstraint(
                condition=~Q(merged_into=F("id")), name="patient_is_not_merged_into_itself"
            ),
        ]
        triggers = [
            # The search keys follow the row, whoever writes it.
            pgtrigger.Trigger(
                name="search_keys",
                when=pgtrigger.After,
                operation=pgtrigger.Insert
                | pgtrigger.UpdateOf(
                    "record_number", "given_names", "family_name", "preferred_name", "phone"
                ),
                declare=[("names", "text"), ("digits", "text"), ("marks", f"CONSTANT text := '{MARKS}'")],
                func=r"""
                    names := core_plain(concat_ws(' ', NEW.given_names, NEW.family_name, NEW.preferred_name));
                    -- As patients.rules.search folds what is typed: й is и, が is か, ς is σ.
                    names := translate(normalize(regexp_replace(
                        normalize(names, NFKD), '[' || marks || ']', '', 'g'), NFC), 'ς', 'σ');
                    digits := regexp_replace(regexp_replace(NEW.phone, '[^0-9]', '', 'g'), '^00', '');
                    DELETE FROM patients_patientkey WHERE patient_id = NEW.id;
                    INSERT INTO patients_patientkey (patient_id, key)
                    SELECT DISTINCT NEW.id, left(k, 60) FROM (
                        -- From Devanagari to Khmer a vowel sign is part of its word though it is no letter.
                        SELECT regexp_split_to_table(names, '[^[:alnum:]\u0900-\u1cff]+') AS k
                        -- O'Brien is also found as obrien.
                        UNION ALL SELECT regexp_split_to_table(
                            regexp_replace(names, '[''’ʼ`´-]', '', 'g'), '[^[:alnum:]\u0900-\u1cff]+')
                        UNION ALL SELECT core_plain(NEW.record_number)
                        UNION ALL SELECT digits
                        -- +33 6 12… is also typed as 06 12…, and as its last digits.
                        UNION ALL SELECT right(digits, 9) WHERE length(digits) > 9
                        UNION ALL SELECT '0' || right(digits, 9) WHERE length(digits) > 9
                        UNION ALL SELECT right(digits, 7) WHERE length(digits) > 7
                    ) keys WHERE k <> '';
                    RETURN NULL;
                """,
            ),
            pgtrigger.Trigger(
                name="kept",
                when=pgtrigger.Before,
                operation=pgtrigger.Delete,
                func=triggers.refuse("A patient record is kept: merge it, do not delete it."),
            ),
        ]

    def __str__(self) -> str:
        # Never the name: this lands in logs and error pages.
        return self.record_number

    @property
    def full_name(self) -> str:
        return f"{self.given_names} {self.family_name}".strip()

    @property
    def called(self) -> str:
        """As the person wants to be addressed."""
        return self.preferred_name or self.full_name

    def age_on(self, day) -> int:
        return rules.age_on(self.birth_date, self.died_on or day)


class PatientKey(models.Model):
    """A word by which a patient is found. Kept by a trigger on Patient; nobody writes it by hand."""

    patient = models.ForeignKey(Patient, models.CASCADE, related_name="keys", db_index=True)
    key = models.CharField(max_length=60)

    class Meta:
        indexes = [models.Index(fields=["key"], name="patient_key_prefix", opclasses=["varchar_pattern_ops"])]

    def __str__(self) -> str:
        return str(self.pk)


class PatientIdentifier(models.Model):
    """The number another system knows this patient by: how a second import finds the first."""

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="identifiers")
    system = models.CharField(max_length=200)
    value = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["system", "value"], name="identifier_names_one_patient")
        ]

    def __str__(self) -> str:
        return f"{self.system} {self.pk}"


class Factor(ReferenceRow):
    """Something about a person that a rule asks for: pregnancy, an allergy, a medicine, a disease."""

    class Kind(models.TextChoices):
        ALLERGY = "allergy", "Allergy"
        MEDICINE = "medicine", "Medicine"
        PREGNANCY = "pregnancy", "Pregnancy"
        DISEASE = "disease", "Disease"
        HISTORY = "history", "History"
        STAFF = "staff", "Staff"
        LIFESTYLE = "lifestyle", "Lifestyle"

    code = models.CharField(max_length=40, unique=True)
    label = models.CharField(max_length=120)
    short_label = models.CharField(max_length=60)
    kind = models.CharField(max_length=20, choices=Kind)
    sensitive = models.BooleanField(
        default=True, help_text="A detail of a diagnosis: not for the front desk."
    )
    usual_days = models.PositiveIntegerField(
        null=True, blank=True, help_text="How long it lasts, where it passes."
    )

    class Meta(ReferenceRow.Meta):
        ordering = ["kind", "label"]

    def __str__(self) -> str:
        return self.label


class FactorTerm(ReferenceRow):
    """A word by which other systems and answers name a factor (“clopidogrel”), and what it stands for."""

    class Where(models.TextChoices):
        TERM = "term", "a word in a name"
        ANSWER = "answer", "an answer of the intake"

    where = models.CharField(max_length=10, choices=Where)
    question = models.CharField(max_length=40, blank=True, help_text="Intake question, for an answer.")
    term = models.CharField(max_length=120)
    kind = models.CharField(
        max_length=20, blank=True, help_text="The list it stands in: allergy, medicine, disease…"
    )
    factor = models.ForeignKey(Factor, models.PROTECT, related_name="terms")

    class Meta(ReferenceRow.Meta):
        ordering = ["where", "question", "term"]
        constraints = [
            *ReferenceRow.Meta.constraints,
            models.UniqueConstraint(
                fields=["where", "question", "kind", "term", "factor"], name="term_stands_once"
            ),
        ]

    def __str__(self) -> str:
        return self.term


class IntakeQuestion(ReferenceRow):
    code = models.CharField(max_length=40, unique=True)
    question = models.CharField(max_length=300)
    answer_type = models.CharField(max_length=20)
    short_label = models.CharField(max_length=60, blank=True)
    scale_code = models.CharField(max_length=30, blank=True, help_text="The options are this scale's levels.")
    minimum = models.DecimalField(max_digits=8, decimal_places=2, null=True, blank=True)
    maximum = models.DecimalField(max_digits=8, decimal_places=2, null=True, blank=True)
    match_terms = models.CharField(
        max_length=20, blank=True, help_text="Free answers are matched with this kind of term."
    )
    options = ArrayField(models.CharField(max_length=120), default=list, blank=True)
    feeds_rule = models.CharField(max_length=200, blank=True)
    from_seed = models.BooleanField(default=False)
    section = models.CharField(max_length=60, blank=True)
    order = models.PositiveSmallIntegerField(default=0)
    help_text = models.CharField(max_length=300, blank=True)
    required = models.BooleanField(default=False)
    shown_when = models.CharField(max_length=60, blank=True)

    class Meta(ReferenceRow.Meta):
        ordering = ["order", "code"]

    def __str__(self) -> str:
        return self.question


class Intake(models.Model):
    """One taking of the history. Versions follow each other; none is ever changed."""

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="intakes")
    version = models.PositiveIntegerField()
    answers = models.JSONField(
        default=dict, help_text="Question code to the answer, or to a list of answers."
    )
    weight_kg = models.DecimalField(max_digits=5, decimal_places=1, null=True, blank=True)
    likely_causes = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    note = models.TextField(blank=True)
    acknowledged = models.JSONField(
        default=list, blank=True, help_text="Questions left out, and why: code, level, message, reason."
    )
    taken_at = models.DateTimeField(db_default=Now())
    taken_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["patient", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["patient", "version"], name="intake_versions_follow_each_other"),
            models.CheckConstraint(condition=Q(version__gte=1), name="intake_versions_start_at_one"),
            models.CheckConstraint(
                condition=Q(weight_kg=None) | Q(weight_kg__gt=2, weight_kg__lt=500),
                name="weight_is_a_persons",
            ),
        ]
        triggers = triggers.frozen("An intake")

    def __str__(self) -> str:
        return f"intake {self.pk}"


class RiskFactorQuerySet(models.QuerySet["RiskFactor"]):
    def on(self, day) -> "RiskFactorQuerySet":
        """Those that stand on ``day``."""
        return self.filter(Q(started_on=None) | Q(started_on__lte=day)).filter(
            Q(ended_on=None) | Q(ended_on__gt=day)
        )


class RiskFactor(models.Model):
    """Something that stands about a patient from a day to a day: an allergy, a medicine, a pregnancy."""

    class Origin(models.TextChoices):
        INTAKE = "intake", "intake"
        CLINICIAN = "clinician", "recorded by a clinician"
        SESSION = "session", "said at a session"
        IMPORT = "import", "imported, to be confirmed"

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="risk_factors")
    kind = models.CharField(max_length=20, choices=Factor.Kind)
    factor = models.ForeignKey(
        Factor,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="What the rules ask for, if any.",
    )
    label = models.CharField(max_length=200, help_text="As it was said or written.")
    origin = models.CharField(max_length=10, choices=Origin)
    started_on = models.DateField(null=True, blank=True)
    ended_on = models.DateField(null=True, blank=True)
    system = models.CharField(max_length=200, blank=True)
    value = models.CharField(max_length=200, blank=True, help_text="The other system's id of it.")
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = RiskFactorQuerySet.as_manager()

    class Meta:
        ordering = ["kind", "label", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(started_on=None) | Q(ended_on=None) | Q(ended_on__gte=F("started_on")),
                name="risk_factor_ends_after_it_starts",
            ),
            models.CheckConstraint(condition=~Q(label=""), name="risk_factor_says_what"),
            models.UniqueConstraint(
                fields=["patient", "system", "value"],
                condition=~Q(value=""),
                name="risk_factor_imported_once",
            ),
        ]
        triggers = triggers.frozen("A risk factor", except_fields=("ended_on", "ended_by_id"))

    def __str__(self) -> str:
        return f"risk factor {self.pk}"


class ConsentText(models.Model):
    """The wording somebody agreed to, by kind, language and version. A new wording is a new row, with its day."""

    kind = models.CharField(max_length=20)
    language = models.CharField(max_length=10, default="en")
    version = models.PositiveIntegerField()
    title = models.CharField(max_length=120)
    body = models.TextField()
    in_force_from = models.DateField(default=date(2020, 1, 1), help_text="The first day it is signed.")
    written_at = models.DateTimeField(db_default=Now(), editable=False)
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Empty where it was shipped.",
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "language", "version"], name="consent_text_versions"),
            models.CheckConstraint(condition=~Q(title="") & ~Q(body=""), name="consent_text_says_something"),
        ]
        triggers = triggers.frozen("A consent text")

    def __str__(self) -> str:
        return f"{self.kind} {self.language} {self.version}"


class Consent(models.Model):
    """What a patient agreed to, to which wording, how and when; withdrawn at most once."""

    class Kind(models.TextChoices):
        TREATMENT = "treatment", "Treatment, off-label use and its risks"
        PHOTO = "photo", "Photographs for the record"

    class Method(models.TextChoices):
        PAPER = "paper", "on paper, kept in the file"
        TYPED = "typed", "name typed here"
        DRAWN = "drawn", "drawn here"

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="consents")
    kind = models.CharField(max_length=20, choices=Kind)
    text = models.ForeignKey(ConsentText, models.PROTECT, related_name="+")
    method = models.CharField(max_length=10, choices=Method)
    signed_name = models.CharField(max_length=200)
    strokes = models.JSONField(null=True, blank=True, help_text="A drawn signature; see core/signatures.py.")
    signed_at = models.DateTimeField(db_default=Now())
    valid_until = models.DateField()
    taken_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    withdrawn_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["patient", "kind", "-signed_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(withdrawn_at=None, withdrawn_by=None)
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False),
                name="consent_withdrawn_by_and_at_together",
            ),
            models.CheckConstraint(
                condition=Q(method="drawn", strokes__isnull=False)
                | (~Q(method="drawn") & Q(strokes__isnull=True)),
                name="drawn_consent_has_its_strokes",
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="frozen",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func=(
                    "IF OLD.withdrawn_at IS NOT NULL OR"
                    " (to_jsonb(OLD) - ARRAY['withdrawn_at','withdrawn_by_id','withdrawn_reason'])"
                    " IS DISTINCT FROM (to_jsonb(NEW) - ARRAY['withdrawn_at','withdrawn_by_id','withdrawn_reason'])"
                    f" THEN {triggers.refuse('A signed consent is frozen: withdraw it and take a new one.')} END IF;"
                    " RETURN NEW;"
                ),
            ),
            *triggers.frozen("A signed consent")[1:],
        ]

    def __str__(self) -> str:
        return f"consent {self.pk}"

    @property
    def drawn(self) -> str:
        """The signature as the ``d`` of an SVG path, where it was drawn."""
        return svg_path(self.strokes) if self.strokes else ""
