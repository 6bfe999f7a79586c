"""What may be written about patients: registering, the intake, what puts them at risk, consents."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from mesoclinic.accounts.models import Clinic, User
from mesoclinic.accounts.permissions import Permission
from mesoclinic.core import audit
from mesoclinic.core.findings import Acknowledgement, Finding, Refused, block, gate
from mesoclinic.core.quantities import plain
from mesoclinic.core.reference import Loaded, load_rows
from mesoclinic.core.signatures import Strokes
from patients import queries, rules
from patients.models import (
    Consent,
    ConsentText,
    Factor,
    FactorTerm,
    Intake,
    IntakeQuestion,
    Patient,
    RiskFactor,
)

Rows = Iterable[Mapping[str, Any]]

#: What register_patient and amend_patient write.
PATIENT_FIELDS = (
    "given_names",
    "family_name",
    "preferred_name",
    "birth_date",
    "sex_at_birth",
    "pronoun",
    "phone",
    "email",
    "address",
    "language",
    "reminders_by",
    "emergency_contact_name",
    "emergency_contact_phone",
    "died_on",
)

_PHONES = ("phone", "emergency_contact_phone")


# --- who is treated ----------------------------------------------------------


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
    reasons: Mapping[str, str] | None = None,
    today: date | None = None,
) -> Patient:
    """Register somebody, with the next record number.

    Telephones dialled from ``country`` are kept in international form, and as typed where they cannot
    be read. Raises :class:`MaybeKnown` for a likely duplicate and Refused for an odd birth date;
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
    for name in _PHONES:
        setattr(patient, name, rules.read_phone(getattr(patient, name), country).kept)
    # Two desks registering one person at the same moment: the second waits, and then sees the first.
    _one_at_a_time(f"patients born {birth_date}")
    passed = _check_person(patient, by=by, reasons=reasons, today=today)
    patient.acknowledged = _kept(passed, by=by)
    patient.save(force_insert=True)
    audit.record(
        by=by,
        did="patient.registered",
        about=patient,
        patient_id=patient.pk,
        went_past=[a.code for a in passed],
    )
    return patient


@transaction.atomic
def stop_reminders(*, patient: Patient, by: User | None) -> None:
    """No more reminders. ``by`` is None where the patient said so themselves, by the link in one."""
    patient = Patient.objects.select_for_update().get(pk=patient.pk)
    if patient.reminders_by == Patient.ReminderBy.NONE:
        return
    patient.reminders_by = Patient.ReminderBy.NONE
    patient.save(update_fields=["reminders_by"])
    audit.record(
        by=by, did="patient.reminders_stopped", about=patient, patient_id=patient.pk, by_link=by is None
    )


@transaction.atomic
def amend_patient(
    *,
    patient: Patient,
    by: User,
    country: str = "",
    reasons: Mapping[str, str] | None = None,
    today: date | None = None,
    **changes: Any,
) -> Patient:
    """Correct what is known of a person; the log names the fields that changed, not what they say.

    A new name, birth date or telephone is checked as at registration.
    """
    if unknown := changes.keys() - set(PATIENT_FIELDS):
        raise TypeError(f"amend_patient does not write {sorted(unknown)}")
    patient = Patient.objects.select_for_update().get(pk=patient.pk)
    for name in set(_PHONES) & changes.keys():
        changes[name] = rules.read_phone(changes[name], country).kept
    changed = sorted(n for n, v in changes.items() if getattr(patient, n) != v)
    if not changed:
        return patient
    for name in changed:
        setattr(patient, name, changes[name])
    passed: list[Acknowledgement] = []
    if {"given_names", "family_name", "birth_date", "phone"} & set(changed):
        passed = _check_person(patient, by=by, reasons=reasons, today=today)
        patient.acknowledged = [*patient.acknowledged, *_kept(passed, by=by)]
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


def _check_person(
    patient: Patient, *, by: User, reasons: Mapping[str, str] | None, today: date | None
) -> list[Acknowledgement]:
    """Pass the birth date and the likeness to others through the gate."""
    today = today or timezone.localdate()
    odd = rules.check_birth_date(patient.birth_date, today)
    if patient.died_on and not patient.birth_date <= patient.died_on <= today:
        message = "The day of death lies between the birth date and today. Correct it."
        odd.append(block("died-on", message, fixed=True, where="died_on"))
    known = queries.perhaps_the_same(queries.registration_of(patient), but=patient.pk)
    alike = rules.likeness(queries.registration_of(patient), map(queries.registration_of, known))
    try:
        return gate([*odd, *alike], reasons, may_override=by.may(Permission.OVERRIDE))
    except Refused as refused:
        numbers = {f.code.partition(":")[2] for f in alike if f.warns}
        candidates = [p for p in known if p.record_number in numbers]
        if candidates:
            raise MaybeKnown(*refused.findings, candidates=candidates) from refused
        raise


def _kept(passed: Iterable[Acknowledgement], *, by: User) -> list[dict[str, Any]]:
    """What was gone past, as rows keep it: with who and when."""
    at = timezone.now().isoformat(timespec="seconds")
    return [{**asdict(a), "by": by.pk, "at": at} for a in passed]


def _one_at_a_time(what: str) -> None:
    """Whoever does the same in another transaction waits until this one has ended.

    One of 1,024 locks, so that a list of ten thousand patients does not fill PostgreSQL's lock table.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('patients'), hashtext(%s) & 1023)", [what])


@transaction.atomic
def note_viewing(*, patient: Patient, by: User, page: str) -> None:
    """Say who looked at whose record, and at which page of it."""
    audit.record(by=by, did="patient.viewed", about=patient, patient_id=patient.pk, page=page)


# --- the intake --------------------------------------------------------------


@dataclass(frozen=True)
class _Meant:
    """A risk factor as an answer means it."""

    kind: str
    label: str
    factor: int | None = None
    started_on: date | None = None
    ended_on: date | None = None

    @property
    def same(self) -> tuple[str, int | None, str]:
        return _same(self.kind, self.factor, self.label)


def _same(kind: str, factor: int | None, label: str) -> tuple[str, int | None, str]:
    """What two risk factors have in common that say the same thing."""
    return kind, factor, " ".join(rules.search_words(label))


@transaction.atomic
def record_intake(
    *,
    patient: Patient,
    answers: Mapping[str, Any],
    by: User,
    weight_kg: Decimal | None = None,
    likely_causes: Sequence[str] = (),
    note: str = "",
    reasons: Mapping[str, str] | None = None,
    questions: Sequence[Any] | None = None,
    today: date | None = None,
) -> Intake:
    """The next version of the patient's intake, and the risk factors that its answers mean.

    ``answers`` maps question codes to an answer, a list of answers, or a mapping of the parts of one.
    A required question without an answer blocks until a clinician says why (``reasons``, by finding
    code). What the last intakes said and this one no longer does is ended today; what a clinician or
    an import recorded is left alone. ``questions`` saves reading queries.questions_with_meanings again.
    """
    today = today or timezone.localdate()
    if questions is None:
        questions = list(queries.questions_with_meanings())
    asked = queries.asked_of(patient, questions)
    if unknown := answers.keys() - {q.code for q in asked}:
        raise Refused.because(
            f"Not asked of this patient: {', '.join(sorted(unknown))}. Open the intake again.",
            code="not-asked",
        )
    given = {code: _as_json(said) for code, said in answers.items()}
    given = {code: said for code, said in given.items() if said not in ("", [], {})}
    missing = rules.intake_missing([queries.as_asked(q) for q in asked], given, sex=_sex(patient))
    passed = gate(missing, reasons, may_override=by.may(Permission.OVERRIDE))

    known = queries.known_about(patient, on=today)
    intake = _add_version(
        Intake(
            patient=patient,
            version=known.last_version + 1,
            answers=given,
            weight_kg=weight_kg,
            likely_causes=list(likely_causes),
            note=note,
            acknowledged=_kept(passed, by=by),
            taken_by=by,
        )
    )
    meant = _factors_meant(questions, given, patient=patient, today=today)
    added, ended = _bring_up_to_date(patient, meant, known.factors, by=by, today=today)
    audit.record(
        by=by,
        did="intake.recorded",
        about=intake,
        patient_id=patient.pk,
        version=intake.version,
        answered=len(given),
        factors_added=added,
        factors_ended=ended,
        left_out=[a.code for a in passed],
    )
    return intake


def _add_version(intake: Intake) -> Intake:
    """Two intakes of one patient saved at the same moment: the second is told, and nothing of it is lost."""
    try:
        with transaction.atomic():
            intake.save(force_insert=True)
    except IntegrityError as error:
        if "intake_versions_follow_each_other" not in str(error):
            raise
        raise Refused.because(
            "Another intake of this patient was saved a moment ago. Look at it, then save again.",
            code="intake-changed",
        ) from error
    return intake


def _sex(patient: Patient) -> str:
    return patient.sex_at_birth if patient.sex_at_birth in ("female", "male") else ""


def _as_json(said: Any) -> Any:
    if isinstance(said, Decimal):
        return plain(said)
    if isinstance(said, date):
        return said.isoformat()
    if isinstance(said, Mapping):
        parts = {name: _as_json(part) for name, part in said.items()}
        return {name: part for name, part in parts.items() if part not in ("", [])}
    if isinstance(said, Sequence) and not isinstance(said, str):
        return [_as_json(part) for part in said if part not in ("", None)]
    return "" if said is None else said.strip() if isinstance(said, str) else said


def _factors_meant(
    questions: Iterable[Any], answers: Mapping[str, Any], *, patient: Patient, today: date
) -> list[_Meant]:
    """Every risk factor that the answers mean, each once."""
    # Not asked, because the record knows it (mesoclinic/data/factors.csv: age_lt_18).
    answers = {**answers, "age": patient.age_on(today)}
    meant: list[_Meant] = []
    for question in questions:
        said = answers.get(question.code)
        if said is None:
            continue
        by_code = {row["code"]: row for row in question.meanings}
        mapping = [
            rules.AnswerFactor(question.code, row["term"], row["code"], row["kind"])
            for row in question.meanings
        ]
        since = _date_in(said)
        for found in rules.factors_from_answers({question.code: said}, mapping):
            row = by_code[found.factor]
            until = None
            if row["days"] and found.kind != Factor.Kind.MEDICINE:
                until = (since or today) + timedelta(days=row["days"])
                if until <= today:
                    continue  # long past: the answer stays in the intake, the risk is over
            meant.append(_Meant(found.kind, row["label"], row["factor"], since, until))
        if question.match_terms:
            meant += [
                one
                for line in _free_lines(question, said)
                for one in _meant_by_words(question.match_terms, line, question.words)
            ]
    return list({one.same: one for one in meant}.values())


def _date_in(said: Any) -> date | None:
    if not isinstance(said, Mapping) or "date" not in said:
        return None
    return date.fromisoformat(str(said["date"]))


def _free_lines(question: IntakeQuestion, said: Any) -> list[str]:
    """What was typed beside the options, without the lines that only say no."""
    options = {" ".join(rules.search_words(option)) for option in question.options}
    lines = said if isinstance(said, list) else [said]
    return [
        line
        for line in map(str, lines)
        if " ".join(rules.search_words(line)) not in options and _says_something(line)
    ]


def _says_something(line: str) -> bool:
    anything = [rules.AnswerFactor("line", "*", "something")]
    return rules.factors_from_answers({"line": line}, anything) != []


def _meant_by_words(kind: str, line: str, words: Iterable[Mapping[str, Any]]) -> list[_Meant]:
    """The factors that the words of ``line`` name; the line itself where no rule asks for it."""
    by_code = {row["code"]: row for row in words}
    terms = [rules.TermFactor(row["term"], row["code"], row["kind"]) for row in words]
    found = dict.fromkeys(f.factor for f in rules.factors_from_terms(line, terms))
    label = line[:200]
    return [_Meant(kind, label, by_code[code]["factor"]) for code in found] or [_Meant(kind, label)]


def _bring_up_to_date(
    patient: Patient, meant: Sequence[_Meant], standing: Iterable[Mapping[str, Any]], *, by: User, today: date
) -> tuple[int, int]:
    """Add what is new, end what the intakes no longer say; how many of each.

    What passes by itself (an infection) and is said again counts anew from today.
    """
    until = {one.same: _iso(one.ended_on) for one in meant}
    known, over = set(), []
    for row in standing:
        same = _same(row["kind"], row["factor"], row["label"])
        lapses_sooner = (row["ended_on"] or "9") < until.get(same, "")
        if same in until and not lapses_sooner:
            known.add(same)
        elif row["origin"] == RiskFactor.Origin.INTAKE:
            over.append(row["id"])
    new = [
        RiskFactor(
            patient=patient,
            kind=one.kind,
            factor_id=one.factor,
            label=one.label,
            origin=RiskFactor.Origin.INTAKE,
            started_on=min(one.started_on or today, today),
            ended_on=one.ended_on,
            recorded_by=by,
        )
        for one in meant
        if one.same not in known
    ]
    RiskFactor.objects.bulk_create(new)
    if over:
        RiskFactor.objects.filter(pk__in=over).update(ended_on=today, ended_by=by)
    return len(new), len(over)


def _iso(day: date | None) -> str:
    """As JSON holds it; without an end it is later than any day."""
    return day.isoformat() if day else "9"


# --- what puts somebody at risk ----------------------------------------------


@transaction.atomic
def record_risk_factor(
    *,
    patient: Patient,
    kind: str,
    by: User,
    label: str = "",
    factor: Factor | None = None,
    origin: str = RiskFactor.Origin.CLINICIAN,
    started_on: date | None = None,
    ended_on: date | None = None,
    system: str = "",
    value: str = "",
    today: date | None = None,
) -> RiskFactor:
    """Something that stands about a patient from ``started_on`` until ``ended_on`` (not included).

    ``label`` says it in the patient's or the other system's words, ``factor`` what the rules ask for.
    Refuses what already stands in the same words.
    """
    [row] = _record_risks(
        patient,
        [factor],
        by=by,
        today=today or timezone.localdate(),
        kind=kind,
        label=label or (factor.label if factor else ""),
        origin=origin,
        started_on=started_on,
        ended_on=ended_on,
        system=system,
        value=value,
    )
    return row


@transaction.atomic
def record_said(
    *,
    patient: Patient,
    kind: str,
    label: str,
    by: User,
    origin: str = RiskFactor.Origin.CLINICIAN,
    started_on: date | None = None,
    ended_on: date | None = None,
    today: date | None = None,
) -> list[RiskFactor]:
    """The same from words alone: one row for each factor that ``label`` names, or one that no rule asks for."""
    found = rules.factors_from_terms(label, queries.words_of(kind))
    factors = Factor.objects.filter(code__in={f.factor for f in found})
    return _record_risks(
        patient,
        list(factors) if found else [None],
        by=by,
        today=today or timezone.localdate(),
        kind=kind,
        label=label,
        origin=origin,
        started_on=started_on,
        ended_on=ended_on,
    )


def _record_risks(
    patient: Patient,
    factors: Sequence[Factor | None],
    *,
    by: User,
    today: date,
    kind: str,
    label: str,
    origin: str,
    started_on: date | None,
    ended_on: date | None,
    system: str = "",
    value: str = "",
) -> list[RiskFactor]:
    label = " ".join(label.split())[:200]
    if not label:
        raise Refused.because("Say what it is.", code="no-label", where="label")
    if started_on and started_on > today:
        message = "It cannot start in the future. Correct the day."
        raise Refused.because(message, code="future", where="started_on")
    if started_on and ended_on and ended_on < started_on:
        message = "It cannot end before it starts. Correct one of the days."
        raise Refused.because(message, code="ends-first", where="ended_on")
    Patient.objects.select_for_update().get(pk=patient.pk)
    # Another system's rows are told apart by its ids, not by their words.
    standing = (
        set()
        if value
        else {
            _same(row.kind, row.factor_id, row.label)
            for row in RiskFactor.objects.filter(patient=patient, kind=kind).on(today)
        }
    )
    new = [f for f in factors if _same(kind, f.pk if f else None, label) not in standing]
    if not new:
        message = "This already stands on the record. End it first to record it anew."
        raise Refused.because(message, code="stands", where="label")
    rows = RiskFactor.objects.bulk_create(
        RiskFactor(
            patient=patient,
            kind=kind,
            factor=factor,
            label=label,
            origin=origin,
            started_on=started_on,
            ended_on=ended_on,
            system=system,
            value=value,
            recorded_by=by,
        )
        for factor in new
    )
    audit.record(
        by=by,
        did="risk_factor.recorded",
        about=rows[0],
        patient_id=patient.pk,
        kind=kind,
        factors=[factor.code for factor in new if factor],
        origin=str(origin),
    )
    return rows


@transaction.atomic
def end_risk_factor(*, risk_factor: RiskFactor, by: User, on: date | None = None) -> RiskFactor:
    """It stands until the day before ``on`` (today); the row stays."""
    on = on or timezone.localdate()
    row = RiskFactor.objects.select_for_update().get(pk=risk_factor.pk)
    if row.ended_on and row.ended_on <= on:
        raise Refused.because("This has already ended.", code="ended")
    if row.started_on and row.started_on > on:
        raise Refused.because("It cannot end before it starts. Correct the day.", code="ends-first")
    row.ended_on, row.ended_by = on, by
    row.save(update_fields=["ended_on", "ended_by"])
    audit.record(by=by, did="risk_factor.ended", about=row, patient_id=row.patient_id, on=str(on))
    return row


# --- what they agreed to -----------------------------------------------------


@transaction.atomic
def give_consent(
    *,
    patient: Patient,
    text: ConsentText,
    method: str,
    signed_name: str,
    clinic: Clinic,
    by: User,
    strokes: Strokes | None = None,
    signed_at: datetime | None = None,
) -> Consent:
    """The patient agrees to ``text``: drawn here, by their typed name, or on paper that is kept in the file.

    ``strokes`` are those of a drawn signature (core/signatures.py). Valid for as many days as the clinic says. A wording that has been replaced cannot be signed here.
    """
    signed_at = signed_at or timezone.now()
    signed_name = " ".join(signed_name.split())
    if not rules.search_words(signed_name):
        message = "Type the name of the person who signs."
        raise Refused.because(message, code="no-name", where="signed_name")
    if signed_at > timezone.now():
        message = "It cannot be signed in the future. Correct the day."
        raise Refused.because(message, code="future", where="signed_on")
    drawn = method == Consent.Method.DRAWN
    if drawn and not strokes:
        message = "Sign in the box, or choose that the name is typed."
        raise Refused.because(message, code="no-strokes", where="strokes-set")
    today = timezone.localdate()
    newer = ConsentText.objects.filter(
        kind=text.kind, language=text.language, version__gt=text.version, in_force_from__lte=today
    )
    if text.in_force_from > today:
        message = (
            f"This wording is signed from {rules.day_words(text.in_force_from)} on. Open the page again."
        )
        raise Refused.because(message, code="early-text")
    if newer.exists():
        message = "The wording has changed since this page was opened. Read the new one and sign that."
        raise Refused.because(message, code="old-text")
    consent = Consent.objects.create(
        patient=patient,
        kind=text.kind,
        text=text,
        method=method,
        signed_name=signed_name[:200],
        strokes=strokes if drawn else None,
        signed_at=signed_at,
        valid_until=timezone.localdate(signed_at) + timedelta(days=clinic.consent_valid_days),
        taken_by=by,
    )
    audit.record(
        by=by,
        did="consent.given",
        about=consent,
        patient_id=patient.pk,
        kind=text.kind,
        language=text.language,
        version=text.version,
        method=method,
    )
    return consent


@transaction.atomic
def withdraw_consent(*, consent: Consent, reason: str, by: User, at: datetime | None = None) -> Consent:
    """The patient takes it back; once, with the reason in their words."""
    consent = Consent.objects.select_for_update().get(pk=consent.pk)
    if consent.withdrawn_at:
        raise Refused.because("This consent was already withdrawn.", code="withdrawn")
    reason = " ".join(reason.split())
    if len(reason) < 3:
        message = "Write why the consent is withdrawn, in a few words."
        raise Refused.because(message, code="no-reason", where="reason")
    consent.withdrawn_at = at or timezone.now()
    consent.withdrawn_by = by
    consent.withdrawn_reason = reason[:300]
    consent.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_reason"])
    audit.record(
        by=by, did="consent.withdrawn", about=consent, patient_id=consent.patient_id, kind=consent.kind
    )
    return consent


#: A wording says what it is about.
LEAST_WORDING = 50


@transaction.atomic
def write_consent_text(
    *,
    kind: str,
    language: str,
    title: str,
    body: str,
    in_force_from: date,
    by: User,
    today: date | None = None,
) -> ConsentText:
    """The next version of a wording, signed from ``in_force_from`` on. The versions before it stay as they are."""
    if not by.may(Permission.MANAGE_CLINIC):
        message = "Only an administrator words a consent. Ask one."
        raise Refused.because(message, code="role")
    title, body = " ".join(title.split()), body.replace("\r\n", "\n").strip()
    today = today or timezone.localdate()
    last = (
        ConsentText.objects.select_for_update()
        .filter(kind=kind, language=language)
        .order_by("-version")
        .first()
    )
    found = []
    if not title:
        found.append(_wording("title", "Give it a title."))
    if len(body) < LEAST_WORDING:
        message = "Write the wording: what is agreed to, its risks, and that it can be taken back."
        found.append(_wording("body", message))
    if last and (last.title, last.body) == (title, body):
        message = "Nothing is different from the last version. Change the wording, or leave it."
        found.append(_wording("body", message))
    earliest = max(today, last.in_force_from) if last else today
    if in_force_from < earliest:
        message = f"It can be signed from {rules.day_words(earliest)} on at the earliest. Choose that day or a later one."
        found.append(_wording("in_force_from", message))
    if found:
        raise Refused(*found)
    text = ConsentText.objects.create(
        kind=kind,
        language=language,
        version=last.version + 1 if last else 1,
        title=title[:120],
        body=body,
        in_force_from=in_force_from,
        written_by=by,
    )
    audit.record(
        by=by, did="consent_text.written", about=text, kind=kind, language=language, version=text.version
    )
    return text


def _wording(where: str, message: str) -> Finding:
    return block(f"wording-{where}", message, fixed=True, where=where)


# --- reference data ----------------------------------------------------------


def load_factors(rows: Rows) -> Loaded:
    """Field names to values, by ``code``."""
    return load_rows(Factor, rows, key=("code",))[1]


def load_factor_terms(rows: Rows) -> Loaded:
    """Keys: where, question, kind, term, factor_code, source_keys, source_text. The factors are loaded."""
    factors = dict(Factor.objects.values_list("code", "pk"))
    return load_rows(
        FactorTerm,
        [
            {name: value for name, value in row.items() if name != "factor_code"}
            | {"factor": factors[row["factor_code"]]}
            for row in rows
        ],
        key=("where", "question", "kind", "term", "factor"),
    )[1]


def load_questions(rows: Rows) -> Loaded:
    """Field names of IntakeQuestion to values, by ``code``."""
    return load_rows(IntakeQuestion, rows, key=("code",))[1]


def load_consent_texts(rows: Rows) -> Loaded:
    """Keys: kind, language, version, title, body. A wording that is here stays: a new one is a new version.

    Where the clinic has written that version itself, its own stays."""
    here = {(text.kind, text.language, text.version): text for text in ConsentText.objects.all()}
    report = Loaded()
    for row in rows:
        at = (row["kind"], row["language"], int(row["version"]))
        text = here.get(at)
        if text is None:
            ConsentText.objects.create(
                kind=at[0], language=at[1], version=at[2], title=row["title"], body=row["body"]
            )
            report.created += 1
        elif (text.title, text.body) == (row["title"], row["body"]):
            report.unchanged += 1
        elif text.written_by_id is not None:
            report.kept += 1  # the clinic's own wording
        else:
            raise ValueError(
                f"consent text {' '.join(map(str, at))} is in use in other words: give the new wording the next version"
            )
    return report
