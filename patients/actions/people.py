"""Register people and amend what is known of them; a likely duplicate is refused."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TypedDict, Unpack

from django.db import connection, transaction
from django.utils import timezone

from mesoclinic.accounts.models import User
from mesoclinic.accounts.permissions import Permission
from mesoclinic.core import audit
from mesoclinic.core.findings import Acknowledgement, Finding, Refused, block, gate
from mesoclinic.core.locking import lock_row
from patients import queries
from patients.actions.clinics import record_clinic_of_patient
from patients.actions.risk_factors import acknowledgements_as_json
from patients.models import Patient
from patients.rules.people import (
    check_birth_date_possible_and_adult,
    check_death_between_birth_and_today,
    check_possible_duplicates,
)
from patients.rules.phones import check_phone_in_country_numbering_plan, read_phone

_PHONES = ("phone", "emergency_contact_phone")


class PersonFields(TypedDict, total=False):
    """What may be amended."""

    given_names: str
    family_name: str
    preferred_name: str
    birth_date: date
    sex_at_birth: str
    pronoun: str
    phone: str
    email: str
    address: str
    language: str
    reminders_by: str
    emergency_contact_name: str
    emergency_contact_phone: str
    died_on: date | None


#: What register_patient and amend_patient write.
PATIENT_FIELDS = tuple(PersonFields.__annotations__)


class MaybeKnown(Refused):
    """Refused because the patient may be registered already; ``candidates`` are those records."""

    def __init__(self, *findings: Finding, candidates: Sequence[Patient] = ()):
        super().__init__(*findings)
        self.candidates = list(candidates)


@transaction.atomic
def register_patient(
    *,
    by: User,
    family_name: str,
    birth_date: date,
    given_names: str = "",
    preferred_name: str = "",
    sex_at_birth: str = Patient.Sex.UNKNOWN,
    pronoun: str = "",
    phone: str = "",
    email: str = "",
    address: str = "",
    language: str = "en",
    reminders_by: str = Patient.ReminderBy.EMAIL,
    emergency_contact_name: str = "",
    emergency_contact_phone: str = "",
    died_on: date | None = None,
    country: str = "",
    from_a_list: bool = False,
    reasons: Mapping[str, str] | None = None,
    today: date | None = None,
) -> Patient:
    """Register somebody, with the next record number, at the clinic where ``by`` is working.

    Telephones dialled from ``country`` are kept in international form, and as typed where they cannot
    be read. A number that ``country`` does not have is refused, but kept as typed ``from_a_list`` of another
    system, where nobody is there to correct it. Raises :class:`MaybeKnown` for a likely duplicate and Refused for an odd birth date;
    ``reasons``, by finding code, lets a warning pass and is kept on the record.
    """
    patient = Patient(
        family_name=family_name,
        birth_date=birth_date,
        given_names=given_names,
        preferred_name=preferred_name,
        sex_at_birth=sex_at_birth,
        pronoun=pronoun,
        phone=phone,
        email=email,
        address=address,
        language=language,
        reminders_by=reminders_by,
        emergency_contact_name=emergency_contact_name,
        emergency_contact_phone=emergency_contact_phone,
        died_on=died_on,
        registered_by=by,
    )
    _normalise_or_refuse_phones(patient, country, asked_back=not from_a_list)
    # Two desks registering one person at the same moment: the second waits, and then sees the first.
    _lock_until_transaction_ends(f"patients born {birth_date}")
    passed = _acknowledge_or_refuse_dates_and_duplicates(patient, by=by, reasons=reasons, today=today)
    patient.acknowledged = acknowledgements_as_json(passed, by=by)
    patient.save(force_insert=True)
    record_clinic_of_patient(patient_id=patient.pk, clinic_id=by.clinic_id)
    codes = [a.code for a in passed]
    audit.record(by=by, did="patient.registered", about=patient, patient_id=patient.pk, went_past=codes)
    return patient


def _normalise_or_refuse_phones(patient: Patient, country: str, *, asked_back: bool) -> None:
    """Put the telephones into the form in which they are kept; one that ``country`` cannot have is refused if ``asked_back``."""
    for name in _PHONES:
        typed = getattr(patient, name)
        if asked_back:
            gate(check_phone_in_country_numbering_plan(typed, country, name))
        setattr(patient, name, read_phone(typed, country).kept)


@transaction.atomic
def stop_reminders(*, patient: Patient, by: User | None) -> None:
    """No more reminders. ``by`` is None where the patient said so themselves, by the link in one."""
    patient = lock_row(Patient, patient.pk)
    if patient.reminders_by == Patient.ReminderBy.NONE:
        return
    patient.reminders_by = Patient.ReminderBy.NONE
    patient.save(update_fields=["reminders_by"])
    audit.record(
        by=by, did="patient.reminders_stopped", about=patient, patient_id=patient.pk, by_link=by is None
    )


@transaction.atomic
def choose_by_link(*, patient: Patient, language: str = "", reminders_by: str = "") -> Patient:
    """The patient's own choice, by the link in a message. Who wants no messages at all is not written to again by it."""
    patient = lock_row(Patient, patient.pk)
    changed = {}
    if language and language != patient.language:
        changed["language"] = patient.language = language
    is_written_to = patient.reminders_by != Patient.ReminderBy.NONE
    if reminders_by and is_written_to and reminders_by != patient.reminders_by:
        changed["reminders_by"] = patient.reminders_by = Patient.ReminderBy(reminders_by).value
    if changed:
        patient.save(update_fields=sorted(changed))
        audit.record(by=None, did="patient.chose_by_link", about=patient, patient_id=patient.pk, **changed)
    return patient


@transaction.atomic
def amend_patient(
    *,
    patient: Patient,
    by: User,
    country: str = "",
    reasons: Mapping[str, str] | None = None,
    today: date | None = None,
    seen: Mapping[str, str] | None = None,
    **changes: Unpack[PersonFields],
) -> Patient:
    """Correct what is known of a person; the log names the fields that changed, not what they say.

    A new name, birth date or telephone is checked as at registration. ``seen`` is what the page showed (details_text
    by field): what is sent as it was shown is left as it stands by now, and what two people changed is refused, so that
    the second sees both.
    """
    values: dict[str, object] = {**changes}
    if unknown := values.keys() - set(PATIENT_FIELDS):
        raise TypeError(f"amend_patient does not write {sorted(unknown)}")
    patient = lock_row(Patient, patient.pk)
    if seen is not None:
        values = _changed_by_sender_or_refuse(patient, values, seen)
    for name in set(_PHONES) & values.keys():
        typed = str(values[name])
        if typed != getattr(patient, name):
            gate(check_phone_in_country_numbering_plan(typed, country, name))
        values[name] = read_phone(typed, country).kept
    changed = sorted(n for n, v in values.items() if getattr(patient, n) != v)
    if not changed:
        return patient
    for name in changed:
        setattr(patient, name, values[name])
    passed: list[Acknowledgement] = []
    if {"given_names", "family_name", "birth_date", "phone", "email"} & set(changed):
        passed = _acknowledge_or_refuse_dates_and_duplicates(patient, by=by, reasons=reasons, today=today)
        patient.acknowledged = [*patient.acknowledged, *acknowledgements_as_json(passed, by=by)]
    patient.save(update_fields=[*changed, "acknowledged"])
    audit.record(
        by=by,
        did="patient.amended",
        about=patient,
        patient_id=patient.pk,
        fields=changed,
        went_past=[a.code for a in passed],
    )
    return patient


def details_text(value: object) -> str:
    """A value as a hidden field brings it back."""
    return "" if value is None else str(value).replace("\r\n", "\n").strip()


def _changed_by_sender_or_refuse(
    patient: Patient, values: Mapping[str, object], seen: Mapping[str, str]
) -> dict[str, object]:
    """What the sender changed of what they saw; refused where somebody else has changed the same since."""
    mine, both = {}, []
    for name, value in values.items():
        sent, stands = details_text(value), details_text(getattr(patient, name))
        shown = details_text(seen.get(name, stands))
        if sent == shown:
            continue
        mine[name] = value
        if stands not in (shown, sent):
            message = (
                f"Somebody else has written “{stands or 'nothing'}” here since you opened the page. "
                "Yours stands in the field: save again to keep it, or type theirs."
            )
            both.append(block(f"changed-meanwhile:{name}", message, fixed=True, where=name))
    gate(both)
    return mine


def _acknowledge_or_refuse_dates_and_duplicates(
    patient: Patient, *, by: User, reasons: Mapping[str, str] | None, today: date | None
) -> list[Acknowledgement]:
    """Pass the birth date and the likeness to others through the gate."""
    today = today or timezone.localdate()
    odd = [
        *check_birth_date_possible_and_adult(patient.birth_date, today),
        *check_death_between_birth_and_today(patient.died_on, birth_date=patient.birth_date, today=today),
    ]
    known = queries.patients_maybe_the_same(queries.registration_of(patient), but=patient.pk)
    alike = check_possible_duplicates(queries.registration_of(patient), map(queries.registration_of, known))
    try:
        return gate([*odd, *alike], reasons, may_override=by.may(Permission.OVERRIDE))
    except Refused as refused:
        numbers = {f.code.partition(":")[2] for f in alike if f.warns}
        candidates = [p for p in known if p.record_number in numbers]
        if candidates:
            raise MaybeKnown(*refused.findings, candidates=candidates) from refused
        raise


def _lock_until_transaction_ends(what: str) -> None:
    """Whoever does the same in another transaction waits until this one has ended.

    One of 1,024 locks, so that a list of ten thousand patients does not fill PostgreSQL's lock table.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('patients'), hashtext(%s) & 1023)", [what])


@transaction.atomic
def record_viewing(*, patient: Patient, by: User, page: str) -> None:
    """Say who looked at whose record, and at which page of it."""
    audit.record(by=by, did="patient.viewed", about=patient, patient_id=patient.pk, page=page)
