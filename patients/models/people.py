"""A patient, the words they are found by, and their numbers in other systems."""

from collections.abc import Callable, Collection, Sequence
from typing import Any, Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, OuterRef, Q, Value
from django.db.models.functions import Coalesce, Concat, Now

from mesoclinic.core import access_log
from mesoclinic.core import triggers as core_triggers
from mesoclinic.core.compiled_queries import Blank
from mesoclinic.core.fields import NextInSequence, Unaccented
from patients.rules import people
from patients.rules.search import keys_one_typo_away, parse_search

#: Marks above and below letters, which a search does not tell apart (patients.rules.search): of Latin, Greek
#: and Cyrillic, Hebrew, Arabic, the Indic scripts, Thai, Lao, Burmese and Khmer, and Japanese voicing.
MARKS = (
    r"\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670"
    r"\u093c\u094d\u09bc\u09cd\u0a3c\u0a4d\u0abc\u0acd\u0b3c\u0b4d\u0bcd\u0c4d\u0cbc\u0ccd\u0d3b\u0d3c\u0d4d\u0dca"
    r"\u0e38-\u0e3a\u0e48-\u0e4b\u0eb8-\u0eba\u0ec8-\u0ecb\u1037\u1039\u103a\u17d2\u3099\u309a"
)


def records_of(patient: "int | Patient | OuterRef | Blank") -> models.QuerySet["Patient", Any]:
    """The record and those merged into it, for ``patient__in``: what is signed keeps its number and is read under both.

    An OuterRef is of the query around the one that this stands in.
    """
    record = OuterRef(patient) if isinstance(patient, OuterRef) else patient
    return (
        Patient.objects.filter(Q(pk=_pk_of(record)) | Q(merged_into=_pk_of(record))).order_by().values("pk")
    )


def records_of_patients(patients: Collection[int]) -> models.QuerySet["Patient", Any]:
    """As :func:`records_of`, for several patients at once."""
    found = Patient.objects.filter(Q(pk__in=patients) | Q(merged_into__in=patients))
    return found.order_by().values("pk")


def records_of_person(patient: int) -> models.QuerySet["Patient", Any]:
    """As :func:`records_of`, whichever of the person's records is given."""
    kept = models.Subquery(Patient.objects.filter(pk=patient).values(kept=Coalesce("merged_into", "pk")))
    return Patient.objects.filter(Q(pk=kept) | Q(merged_into=kept)).order_by().values("pk")


def _pk_of(record: "int | Patient | OuterRef | Blank") -> int | OuterRef | Blank:
    return record.pk if isinstance(record, Patient) else record


#: Where one of these stands on a page, its patient is shown.
_TOLD_BY = ("family_name", "given_names", "preferred_name", "phone", "email")


class PatientQuerySet(models.QuerySet["Patient"]):
    def not_merged(self) -> "PatientQuerySet":
        """Not merged into another record."""
        return self.filter(merged_into=None)

    def not_merged_or_by_number(self, record_number: str | None) -> "PatientQuerySet":
        """Those not merged, and where a record number is asked for, the record of that number too: it leads on."""
        if record_number is None:
            return self.not_merged()
        return self.filter(Q(merged_into=None) | Q(record_number=record_number))

    def matching(self, text: str) -> "PatientQuerySet":
        """Patients whose names, record number, birth date or phone begin with every word of ``text``.

        Word prefixes on one indexed column (PatientKey.key): the same cost for the first patient and the
        millionth. Nothing searched for, nothing found.
        """
        return self._matching(text, lambda word: Q(key__startswith=word))

    def nearly_matching(self, text: str) -> "PatientQuerySet":
        """As ``matching``, where each word may have one typo: a letter wrong, missing, too many, or two swapped."""
        return self._matching(
            text, lambda word: Q(key__startswith=word) | Q(key__in=keys_one_typo_away(word))
        )

    def named_exactly(self, words: Sequence[str]) -> "PatientQuerySet":
        """Those in whose names each of the whole ``words`` stands."""
        found = self.not_merged()
        for word in words:
            found = found._having_search_key(Q(key=word))
        return found

    def _matching(self, text: str, key_of_word: Callable[[str], Q]) -> "PatientQuerySet":
        search = parse_search(text)
        if search.is_empty:
            return self.none()
        found = self.not_merged_or_by_number(search.record_number)
        for word in search.words:
            found = found._having_search_key(key_of_word(word))
        if search.email:
            found = found._having_search_key(Q(key__startswith=search.email))
        if search.birth_dates:
            found = found.filter(birth_date__in=search.birth_dates)
        if search.digits or search.record_number or search.last_four:
            number = Q(key="*" + search.last_four) if search.last_four else Q()
            if search.digits:
                number |= Q(key__startswith=search.digits)
                # Typed with a trunk 0 or a country's code that the record has not, or the reverse.
                if len(search.digits) > 9:
                    number |= Q(key=search.digits[-9:])
            if search.record_number:
                number |= Q(key=search.record_number.lower())
            found = found._having_search_key(number)
        return found

    def _having_search_key(self, which: Q) -> "PatientQuerySet":
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
            core_triggers.Trigger(
                name="search_keys",
                doc="writes patients_patientkey: the words and numbers that the patient is found by",
                when=pgtrigger.After,
                operation=pgtrigger.Insert
                | pgtrigger.UpdateOf(
                    "record_number", "given_names", "family_name", "preferred_name", "phone", "email"
                ),
                declare=[("names", "text"), ("digits", "text"), ("marks", f"CONSTANT text := '{MARKS}'")],
                func=r"""
                    names := core_plain(concat_ws(' ', NEW.given_names, NEW.family_name, NEW.preferred_name));
                    -- As patients.rules.search folds what is typed: й is и, が is か, ς is σ, ə is a.
                    names := translate(core_plain(normalize(regexp_replace(
                        normalize(names, NFKD), '[' || marks || ']', '', 'g'), NFC)), 'ςə', 'σa');
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
                        UNION ALL SELECT '*' || right(digits, 4) WHERE length(digits) >= 7
                        UNION ALL SELECT lower(NEW.email)
                        -- Each name without one of its letters: how a word with one typo meets it.
                        UNION ALL SELECT '~' || overlay(w placing '' from n for 1)
                          FROM regexp_split_to_table(names, '[^[:alnum:]\u0900-\u1cff]+') w, generate_series(1, length(w)) n
                         WHERE length(w) BETWEEN 4 AND 14
                    ) keys WHERE k <> '';
                    RETURN NULL;
                """,
            ),
            core_triggers.Trigger(
                name="merged_into_a_kept_record",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("merged_into_id"),
                condition=pgtrigger.Q(new__merged_into__isnull=False),
                func=f"""
                    PERFORM 1 FROM patients_patient WHERE id = NEW.merged_into_id AND merged_into_id IS NULL FOR SHARE;
                    IF NOT FOUND THEN {core_triggers.raise_exception_sql("A record is merged into one that is kept itself.")} END IF;
                    IF EXISTS (SELECT 1 FROM patients_patient WHERE merged_into_id = NEW.id)
                    THEN {core_triggers.raise_exception_sql("What was merged into this record follows it first.")} END IF;
                    RETURN NEW;
                """,
            ),
            # A deferred one: the merge and the record change in one transaction.
            core_triggers.Trigger(
                name="merged_by_a_merge",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("merged_into_id"),
                timing=pgtrigger.Deferred,
                func=f"""
                    IF (SELECT merged_into_id IS NOT NULL FROM patients_patient WHERE id = NEW.id) IS DISTINCT FROM
                       EXISTS (SELECT 1 FROM patients_patientmerge WHERE merged_id = NEW.id AND status = 'done')
                    THEN {core_triggers.raise_exception_sql("A record is merged, and parted again, by a merge that says who and why.")} END IF;
                    RETURN NULL;
                """,
            ),
            core_triggers.Trigger(
                name="kept",
                when=pgtrigger.Before,
                operation=pgtrigger.Delete,
                func=core_triggers.raise_exception_sql(
                    "A patient record is kept: merge it, do not delete it."
                ),
            ),
        ]

    def __str__(self) -> str:
        # Never the name: this lands in logs and error pages.
        return self.record_number

    @classmethod
    def from_db(cls, *args: Any, **kwargs: Any) -> Self:
        """Called by Django for each row that is read: the log of who saw whom begins here."""
        patient = super().from_db(*args, **kwargs)
        access_log.note_read(cls._meta.label_lower, patient)
        return patient

    def texts_of_nobody_else(self) -> list[str]:
        """Asked by the log of who saw whom. What was not read of the row stands in no answer."""
        number = self.__dict__.get("record_number")
        return [f"/patients/{self.pk}/", *([number] if number else [])]

    def texts_of_a_person(self) -> list[str]:
        """Asked by the log of who saw whom."""
        return [self.__dict__[name] for name in _TOLD_BY if self.__dict__.get(name)]

    @property
    def full_name(self) -> str:
        return f"{self.given_names} {self.family_name}".strip()

    def age_on(self, day) -> int:
        return people.age_on(self.birth_date, self.died_on or day)


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
