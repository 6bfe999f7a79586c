"""What an import writes: people who are new, what stands about them, and who brought them."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

from django.db import connection, transaction
from django.utils import timezone

from mesoclinic.accounts.models import User
from mesoclinic.core import audit
from mesoclinic.core.findings import Refused
from mesoclinic.core.search_text import search_words
from patients import queries
from patients.actions.people import PATIENT_FIELDS, MaybeKnown, register_patient
from patients.actions.risk_factors import record_risk_factor
from patients.files.people import Person, Standing, Wrong, name_and_birth_date_key
from patients.models import Factor, Patient, PatientIdentifier, RiskFactor, records_of
from patients.rules.allergies import ALLERGY, factors_from_words, says_no_allergy
from patients.rules.intake import TermFactor
from patients.rules.people import Registration, names_alike

#: Given for what a person at the desk would be asked: the other system's staff has seen the patient.
_KNOWN_THERE = "Imported: is a patient in the other system"
_OTHER_NUMBER = "Imported: has another number in the same list"

#: Values asked for in one query.
_AT_ONCE = 5_000


Sortable = TypeVar("Sortable", str, date)


class NothingWritten(Exception):
    """Something is wrong, so nothing was written; ``wrong`` says what."""

    def __init__(self, wrong: Sequence[Wrong]):
        self.wrong = list(wrong)
        super().__init__(f"{len(self.wrong)} wrong")


@dataclass
class Imported:
    """How many came in, how many were here already, and what was left out."""

    registered: int = 0
    known: int = 0
    factors: int = 0
    factors_known: int = 0
    skipped: list[Wrong] = field(default_factory=list)


def import_counts_text(done: Imported) -> str:
    """What an import did, in counts."""
    said = [f"{count_with_noun_text(done.registered, 'patient')} registered", f"{done.known} here already"]
    if done.factors or done.factors_known:
        said.append(
            f"{count_with_noun_text(done.factors, 'risk factor')} recorded, {done.factors_known} here already"
        )
    if done.skipped:
        said.append(f"{len(done.skipped)} wrong and left out")
    return "; ".join(said) + "."


def count_with_noun_text(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"


@transaction.atomic
def import_people(
    *,
    people: Sequence[Person],
    by: User,
    wrong: Sequence[Wrong] = (),
    skip_bad: bool = False,
    progress: Callable[[int], None] = lambda done: None,
) -> Imported:
    """Register who is new and record what stands about everybody; all of it or nothing.

    Somebody is here already who has one of the numbers, or without a number the same full name and birth
    date: their details stay as the clinic has them. Somebody who only *may* be here already is wrong.
    Raises :class:`NothingWritten` if anything is wrong, unless ``skip_bad`` leaves those out.
    """
    if wrong and not skip_bad:
        raise NothingWritten(wrong)
    # Two imports of one file at the same moment: the second finds what the first wrote.
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('patients import'))")
    done = Imported(skipped=list(wrong))
    register = _Register(people, by=by)
    for count, person in enumerate(people, start=1):
        try:
            # Whoever has nothing standing is written by one action, which is whole by itself.
            with transaction.atomic() if person.stands else nullcontext():
                patient, is_new = register.find_or_register_and_whether_new(person)
                added, known = register.record_missing_risk_factors_and_count(patient, person)
        except _Doubt as doubt:
            done.skipped.append(Wrong(person.file, person.at, str(doubt)))
        except Refused as refused:
            done.skipped += [Wrong(person.file, person.at, f.message, f.where) for f in refused.findings]
        else:
            register.remember_numbers_and_name(patient, person)
            done.registered += is_new
            done.known += not is_new
            done.factors += added
            done.factors_known += known
        progress(count)
    if done.skipped and not skip_bad:
        raise NothingWritten(done.skipped)
    PatientIdentifier.objects.bulk_create(register.new_numbers, batch_size=1_000)
    if done.registered or done.factors:
        audit.record(
            by=by,
            did="patients.imported",
            about=by,
            registered=done.registered,
            known=done.known,
            factors=done.factors,
            skipped=len(done.skipped),
            systems=sorted({system for person in people for system, _ in person.identifiers}),
        )
    return done


def count_registered_already(people: Sequence[Person]) -> int:
    """How many of them are surely here already: the same question as at the import, without writing."""
    known = _Known(people)
    count = 0
    for person in people:
        with suppress(_Doubt):
            count += known.find_patient_or_none(person) is not None
    return count


class _Doubt(Exception):
    """Who this is cannot be said; a person has to."""


class _Known:
    """Who of the people to import is here already, asked in a few queries for all of them."""

    def __init__(self, people: Sequence[Person]):
        self.by_number: dict[tuple[str, str], Patient] = {}
        self.by_name: dict[tuple[str, date], Patient] = {}
        numbers = {pair for person in people for pair in person.identifiers}
        systems = {system for system, _ in numbers}
        for values in _sorted_batches({value for _, value in numbers}):
            rows = PatientIdentifier.objects.filter(system__in=systems, value__in=values)
            for row in rows.select_related("patient__merged_into"):
                self.by_number[row.system, row.value] = _patient_at_end_of_merges(row.patient)
        days = {person.birth_date for person in people if not person.identifiers}
        for some in _sorted_batches(days):
            for patient in Patient.objects.not_merged().filter(birth_date__in=some).order_by("-pk"):
                self.by_name[name_and_birth_date_key(patient.full_name, patient.birth_date)] = patient

    def find_patient_or_none(self, person: Person) -> Patient | None:
        """The record of ``person``; raises _Doubt where its numbers point at somebody else."""
        if not person.identifiers:
            return self.by_name.get(person.same_person_key)
        found = {p.pk: p for pair in person.identifiers if (p := self.by_number.get(pair))}
        if len(found) > 1:
            raise _Doubt(
                f"Its numbers belong to {' and '.join(sorted(map(str, found.values())))}. Merge those first."
            )
        for patient in found.values():
            new = Registration(person.given_names, person.family_name)
            if patient.birth_date != person.birth_date and not names_alike(
                new, queries.registration_of(patient)
            ):
                raise _Doubt(
                    f"Its number belongs to {patient}, who has another name and another birth date. "
                    "If the numbers come from another list, give that list a name of its own."
                )
            return patient
        return None


def _patient_at_end_of_merges(patient: Patient) -> Patient:
    """The record that a merged one was merged into."""
    while patient.merged_into:
        patient = patient.merged_into
    return patient


class _Register(_Known):
    """Writes people one by one, knowing what the run has written before."""

    def __init__(self, people: Sequence[Person], *, by: User):
        super().__init__(people)
        self.by, self.today = by, timezone.localdate()
        self.country = by.clinic.country if by.clinic else ""
        self.new_numbers: list[PatientIdentifier] = []
        self.numbers_of: dict[int, set[tuple[str, str]]] = {}
        self.terms: dict[str, list[TermFactor]] = {}
        self.factors = {factor.code: factor for factor in Factor.objects.filter(retired_at=None)}

    def find_or_register_and_whether_new(self, person: Person) -> tuple[Patient, bool]:
        """The record of ``person``, and whether it is new."""
        patient = self.find_patient_or_none(person)
        is_new = patient is None
        if patient is None:
            patient = self._register_unless_maybe_known(person)
        return patient, is_new

    def remember_numbers_and_name(self, patient: Patient, person: Person) -> None:
        self.new_numbers += [
            PatientIdentifier(patient=patient, system=system, value=value)
            for system, value in person.identifiers
            if (system, value) not in self.by_number
        ]
        self.by_number |= dict.fromkeys(person.identifiers, patient)
        self.by_name[person.same_person_key] = patient
        self.numbers_of.setdefault(patient.pk, set()).update(person.identifiers)

    def _register_unless_maybe_known(self, person: Person) -> Patient:
        reasons = {"birth-date:minor": _KNOWN_THERE}
        try:
            return self._register_with_override_reasons(person, reasons)
        except MaybeKnown as maybe:
            for other in maybe.candidates:
                if not self._has_other_number_in_same_system(other, person):
                    raise _Doubt(
                        f"This may be {other}: a similar name, and the same birth date or phone. "
                        "Ask the front desk to compare; if it is somebody else, register them by hand."
                    ) from maybe
                reasons[f"duplicate:{other}"] = _OTHER_NUMBER
        return self._register_with_override_reasons(person, reasons)

    def _register_with_override_reasons(self, person: Person, reasons: Mapping[str, str]) -> Patient:
        return register_patient(
            **{name: getattr(person, name) for name in PATIENT_FIELDS if hasattr(person, name)},
            by=self.by,
            country=person.country or self.country,
            from_a_list=True,
            reasons=reasons,
            today=self.today,
        )

    def _has_other_number_in_same_system(self, patient: Patient, person: Person) -> bool:
        """Whether the other system itself keeps the two apart."""
        if patient.pk not in self.numbers_of:
            rows = PatientIdentifier.objects.filter(patient=patient)
            self.numbers_of[patient.pk] = set(rows.values_list("system", "value"))
        systems = {system for system, _ in self.numbers_of[patient.pk]}
        return any(system in systems for system, _ in person.identifiers)

    def record_missing_risk_factors_and_count(self, patient: Patient, person: Person) -> tuple[int, int]:
        """Record what is not here yet; how many rows that made, and how much was here."""
        if not person.stands:
            return 0, 0
        rows = RiskFactor.objects.filter(patient__in=records_of(patient)).values_list(
            "system", "value", "kind", "label"
        )
        numbers, said = set(), set()
        for system, value, kind, label in rows:
            numbers.add((system, value))
            said.add((kind, _normalised_label(label)))
        added = known = 0
        for standing in person.stands:
            meant = self._kinds_and_factors_named_by_label(standing)
            # A medicine prescribed twice stands once.
            words = {(kind, _normalised_label(standing.label)) for kind, _, _ in meant}
            if (standing.value and (standing.system, standing.value) in numbers) or words <= said:
                known += 1
                continue
            for place, (kind, factor, word) in enumerate(meant):
                # One number may mean two factors: the second row is told apart by the factor.
                tail = f"#{factor.code}" if place and factor and standing.value else ""
                record_risk_factor(
                    patient=patient,
                    kind=kind,
                    label=standing.label,
                    factor=factor,
                    by=self.by,
                    origin=RiskFactor.Origin.IMPORT,
                    started_on=standing.started_on,
                    system=standing.system,
                    value=standing.value + tail,
                    said=word,
                    today=self.today,
                )
                added += 1
            numbers.add((standing.system, standing.value))
            said |= words
        return added, known

    def _kinds_and_factors_named_by_label(self, standing: Standing) -> list[tuple[str, Factor | None, str]]:
        """The factors that the words name, each with the list it stands in and the word that named it.

        One without a factor where no rule asks for it; nothing where the words say that there is no allergy.
        """
        if standing.kind == ALLERGY and says_no_allergy(standing.label):
            return []
        if standing.kind not in self.terms:
            self.terms[standing.kind] = queries.terms_naming_risk_factors(standing.kind)
        found = factors_from_words(standing.kind, standing.label, self.terms[standing.kind])
        by_code = {one.factor: one for one in found}
        return [
            (one.kind or standing.kind, self.factors[code], one.term) for code, one in by_code.items()
        ] or [(standing.kind, None, "")]


def _normalised_label(label: str) -> str:
    return " ".join(search_words(label))


def _sorted_batches(values: Iterable[Sortable]) -> Iterator[list[Sortable]]:
    rows = sorted(values)
    for start in range(0, len(rows), _AT_ONCE):
        yield rows[start : start + _AT_ONCE]
