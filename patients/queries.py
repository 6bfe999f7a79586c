"""Reads that span several of the patients' tables."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import (
    BooleanField,
    Exists,
    F,
    Func,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
)
from django.utils import timezone

from mesoclinic.accounts.models import Clinic, User
from mesoclinic.core.paging import FIRST, MOST_COUNTED, Page, Place, counted_text, page_of
from mesoclinic.core.signatures import HEIGHT, WIDTH
from mesoclinic.core.wording import day_text
from patients.models import (
    AlertTypeFactor,
    Consent,
    ConsentText,
    DifferentPeople,
    FactorTerm,
    Intake,
    IntakeQuestion,
    Patient,
    PatientClinic,
    PatientKey,
    RiskFactor,
    SafetyTextReading,
    ToldIntake,
    is_open_exists,
    records_of,
)
from patients.rules.alerts import AlertLevel
from patients.rules.consent import ConsentFact, is_in_force_later
from patients.rules.intake import Question, TermFactor
from patients.rules.people import Registration
from patients.rules.risk_factors import WRITTEN_KINDS, EndingFacts
from patients.rules.safety_texts import SafetyText, SafetyTopic, consent_texts, version_of_texts
from patients.rules.search import phone_digits

#: Rows of a list; one more is read to know whether there is a next page.
PAGE = 25

#: Intakes on a page of their history.
VERSIONS = 10

#: Registered patients looked at for a duplicate: those of one birth date, or of one telephone.
MAX_ALIKE = 500

#: A list of diseases also names these kinds (mesoclinic/data/README.md).
READ_WITH_DISEASES = ["history", "pregnancy"]


def page_of_recent_patients(clinic_pk: int, place: Place = FIRST) -> Page[Patient]:
    """The patients of this clinic last registered, newest first, each with ``has_intake``."""
    here = PatientClinic.objects.filter(clinic=clinic_pk).order_by().values("pk")
    # No EXISTS: PostgreSQL would put all patients of the clinic together first. So it asks of each, from the newest back.
    of_clinic = Patient.objects.alias(
        itself=Subquery(here.filter(patient=OuterRef("pk"))[:1]),
        merged=Subquery(here.filter(patient__merged_into=OuterRef("pk"))[:1]),
    ).filter(Q(itself__isnull=False) | Q(merged__isnull=False))
    rows = _annotate_has_intake(of_clinic.not_merged())
    return page_of(rows.annotate(is_open=Value(True)), ["pk"], place, size=PAGE, newest=True)


def search_patients_and_tell_if_more(text: str, *, user_pk: int) -> tuple[list[Patient], bool]:
    """The first patients by name that ``text`` finds, and whether there are more.

    Where it finds nobody, those whose names differ from it by one typo. Of one who is not ``is_open`` to this person
    (has to do with none of their clinics, and was not opened with a reason) a page shows no more than name and year of
    birth.
    """
    for patients in (Patient.objects.matching(text), Patient.objects.nearly_matching(text)):
        rows = patients_with_is_open(_found_before_sorted(patients), user_pk)
        rows = _annotate_has_intake(rows).order_by("sort_key", "pk")
        if found := list(rows[: PAGE + 1]):
            break
    return found[:PAGE], len(found) > PAGE


def _found_before_sorted(patients: QuerySet[Patient]) -> QuerySet[Patient]:
    """The same patients, all found by their keys before the first are taken by name.

    Left to itself PostgreSQL walks the index of all names, where a word is common, and asks of each who it is.
    """
    is_found = Func(
        F("pk"),
        ArraySubquery(patients.order_by().values("pk")),
        template="(%(expressions)s))",
        arg_joiner=" = ANY(",
        output_field=BooleanField(),
    )
    return Patient.objects.filter(is_found)


def patients_with_is_open(patients: QuerySet[Patient], user_pk: int) -> QuerySet[Patient]:
    """Each with ``is_open``: whether this person may open the record as it is."""
    return patients.annotate(is_open=is_open_exists(user_pk, OuterRef("pk")))


def patients_open_to_person(user_pk: int, patients: QuerySet[Patient] | None = None) -> QuerySet[Patient]:
    """Those whose record is open to this person."""
    found = Patient.objects.all() if patients is None else patients
    return found.filter(is_open_exists(user_pk, OuterRef("pk")))


def _annotate_has_intake(patients: QuerySet[Patient]) -> QuerySet[Patient]:
    return patients.annotate(has_intake=Exists(Intake.objects.filter(patient__in=records_of(OuterRef("pk")))))


def registration_of(patient: Patient) -> Registration:
    return Registration(
        given_names=patient.given_names,
        family_name=patient.family_name,
        birth_date=patient.birth_date,
        phone=patient.phone,
        record_number=patient.record_number,
        email=patient.email,
    )


def patients_maybe_the_same(
    new: Registration, *, but: int | None = None, but_said_different: bool = False
) -> list[Patient]:
    """Registered patients who share birth date (its day and month swapped too), telephone, e-mail or name.

    Index look-ups. Whether they are alike says likeness_text. ``but_said_different`` leaves out those whom somebody has
    said to be another than the record ``but``.
    """
    days = [new.birth_date] if new.birth_date else []
    if new.birth_date and new.birth_date.day <= 12:
        days.append(new.birth_date.replace(month=new.birth_date.day, day=new.birth_date.month))
    everybody = Patient.objects.not_merged().order_by()
    alike = [everybody.filter(birth_date__in=days).values_list("pk", flat=True)]
    digits = phone_digits(new.phone)
    keys = [key for key in (digits, digits[-9:]) if len(digits) >= 5]
    if new.email:
        keys.append(new.email.lower())
    if keys:
        of_keys = PatientKey.objects.filter(key__in=keys).values("patient")
        alike.append(everybody.filter(pk__in=of_keys).values_list("pk", flat=True))
    words = new.sorted_name_words
    if len(words) > 1:
        alike.append(Patient.objects.named_exactly(words).order_by().values_list("pk", flat=True))
    # A union, each part by its own index: joined by OR they would be asked of every patient there is.
    same = alike[0].union(*alike[1:]) if alike[1:] else alike[0]
    found = Patient.objects.not_merged().filter(pk__in=same).exclude(pk=but or 0)
    if but_said_different:
        for here, there in (("first", "second"), ("second", "first")):
            said = DifferentPeople.objects.filter(**{here: but or 0})
            found = found.exclude(pk__in=said.order_by().values(there))
    return list(found.order_by("-pk")[:MAX_ALIKE])


def intake_questions_in_use() -> QuerySet[IntakeQuestion]:
    """The questions of the intake in the order of work."""
    return IntakeQuestion.objects.filter(retired_at=None).order_by("order", "code")


@dataclass(frozen=True, slots=True)
class Meaning:
    """A word or an answer, and the risk factor that it means."""

    term: str
    kind: str
    code: str
    factor: int
    label: str
    usual_days: int | None
    said: str = ""

    @property
    def chip_words_or_empty(self) -> str:
        """What a chip says of this answer; nothing where it is only a yes or a figure."""
        plain = self.term != "yes" and not self.term.startswith((">", "<"))
        return self.said or (self.term if plain else "")


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """A question with what its answers mean: ``meanings`` of its options, ``words`` of free text."""

    question: IntakeQuestion
    meanings: list[Meaning]
    words: list[Meaning]


def questions_in_use_with_meanings() -> list[AskedQuestion]:
    """The questions of the intake in the order of work, each with what its answers mean. Two queries."""
    meanings: dict[str, list[Meaning]] = defaultdict(list)
    words: dict[str, list[Meaning]] = defaultdict(list)
    terms = FactorTerm.objects.filter(retired_at=None, factor__retired_at=None)
    # Some hundred rows at each intake: read as values, since building their models takes four times as long.
    columns = ("term", "kind", "factor__code", "factor_id", "factor__label", "factor__usual_days", "said")
    for where, question, *of_it in terms.order_by("pk").values_list("where", "question", *columns):
        meaning = Meaning(*of_it)
        if where == FactorTerm.Where.ANSWER:
            meanings[question].append(meaning)
        else:
            for asked in {meaning.kind, "disease"} if meaning.kind in READ_WITH_DISEASES else {meaning.kind}:
                words[asked].append(meaning)
    return [
        AskedQuestion(
            question, meanings[question.code], words[question.match_terms] if question.match_terms else []
        )
        for question in intake_questions_in_use()
    ]


def terms_naming_risk_factors(kind: str) -> list[TermFactor]:
    """The words that name a factor in a list of that kind."""
    kinds = [kind, *(READ_WITH_DISEASES if kind == "disease" else [])]
    terms = FactorTerm.objects.filter(
        where=FactorTerm.Where.TERM, kind__in=kinds, retired_at=None, factor__retired_at=None
    )
    return [
        TermFactor(term, code, listed)
        for term, code, listed in terms.order_by("pk").values_list("term", "factor__code", "kind")
    ]


_ASKED_OF = {"sex=female": "women", "sex=male": "men"}


def question_for_rule(question: IntakeQuestion) -> Question:
    """The question as the rule for missing answers takes it."""
    return Question(
        code=question.code,
        text=question.question,
        required=question.required,
        asked_of=_ASKED_OF.get(question.shown_when, ""),
    )


def patients_with_told_to_confirm() -> QuerySet[Patient]:
    """Patients, each with ``told_to_confirm``: what they told by link last and no clinician has confirmed yet."""
    waiting = ToldIntake.objects.filter(patient=OuterRef("pk"), intake=None, finished_at__isnull=False)
    return Patient.objects.annotate(told_to_confirm=Subquery(waiting.order_by("-pk").values("pk")[:1]))


def questions_asked_of(patient: Patient, asked: Iterable[IntakeQuestion]) -> list[IntakeQuestion]:
    """Those of the questions that are put to this patient; every record here has its birth date."""
    other = {"female": "sex=male", "male": "sex=female"}.get(patient.sex_at_birth)
    return [q for q in asked if q.shown_when not in ("birth_date=missing", other or "-")]


@dataclass(frozen=True)
class Known:
    """What stands about a patient when an intake is taken."""

    last_version: int
    factors: list[RiskFactor]


def last_intake_version_and_risk_factors(patient: Patient, *, on: date) -> Known:
    """The last intake's version and the risk factors that stand on ``on``. Two queries."""
    versions = Intake.objects.filter(patient=patient).order_by("-version").values_list("version", flat=True)
    return Known(
        last_version=versions.first() or 0,
        factors=list(
            RiskFactor.objects.filter(patient__in=records_of(patient)).standing_on(on).order_by("pk")
        ),
    )


def ending_facts_of_risk_factors(rows: Sequence[RiskFactor], *, by: User) -> dict[int, EndingFacts]:
    """What the rule of ending asks of each, by id. One query."""
    kinds = AlertTypeFactor.objects.filter(
        factor__in=[row.factor_id for row in rows if row.factor_id], alert_type__retired_at=None
    )
    min_days: dict[int, int] = {}
    for factor, days, level in kinds.values_list("factor", "alert_type__min_days", "alert_type__level"):
        stops = level in (AlertLevel.FIXED, AlertLevel.BLOCK)
        min_days[factor] = max(min_days.get(factor, 0), days if stops else 0)
    return {
        row.pk: EndingFacts(
            is_written=row.kind in WRITTEN_KINDS or row.factor_id in min_days,
            label=row.label,
            since=row.started_on or timezone.localdate(row.recorded_at),
            min_days=min_days.get(row.factor_id or 0, 0),
            recorded_by_same=row.recorded_by_id == by.pk,
        )
        for row in rows
    }


def consent_text_in_force_by_kind(
    languages: Sequence[str], on: date, clinic: Clinic
) -> dict[str, ConsentText]:
    """Of each kind the newest wording in force that somebody at the clinic has read: in the first of the languages that has one. One query.

    A newer wording that nobody has read yet leaves the one before it in force here.
    """
    readings = SafetyTextReading.objects.filter(clinic=clinic, topic=SafetyTopic.CONSENT.value)
    rows = (
        ConsentText.objects.filter(language__in=languages, in_force_from__lte=on)
        .annotate(read=ArraySubquery(readings.values("version")))
        .order_by("-version")
    )
    found: dict[str, ConsentText] = {}
    for language in languages:
        for row in rows:
            if row.language == language and version_of_consent(row) in row.read:
                found.setdefault(row.kind, row)
    return found


def version_of_consent(text: ConsentText) -> str:
    """What is signed as read: the words of this version."""
    return version_of_texts(consent_texts(text.title, text.body))


def consent_versions_read(clinic: Clinic) -> frozenset[str]:
    """The wordings that somebody at the clinic has read and found right. One query."""
    rows = SafetyTextReading.objects.filter(clinic=clinic, topic=SafetyTopic.CONSENT.value)
    return frozenset(rows.values_list("version", flat=True))


@dataclass(frozen=True, slots=True)
class Wording:
    """A version of a wording, how often it was signed (“99+”), whether a newer one follows it, and whether it is signed later only."""

    text: ConsentText
    signed: str
    is_newest: bool
    is_in_force_later: bool


def consent_text_versions(on: date) -> list[Wording]:
    """Every version of every wording with who wrote it, the newest of each first. One query."""
    signed = Consent.objects.filter(text=OuterRef("pk")).order_by().values("pk")[:MOST_COUNTED]
    texts = list(
        ConsentText.objects.annotate(signed=ArraySubquery(signed))
        .select_related("written_by")
        .order_by("kind", "language", "-version")
    )
    newest: dict[tuple[str, str], int] = {}
    for text in texts:
        newest.setdefault((text.kind, text.language), text.pk)
    return [
        Wording(
            text,
            counted_text(len(text.signed)),
            is_newest=newest[text.kind, text.language] == text.pk,
            is_in_force_later=is_in_force_later(text.in_force_from, on),
        )
        for text in texts
    ]


def consents_of(patient: Patient) -> list[Consent]:
    """Every consent, newest first."""
    return list(
        Consent.objects.filter(patient__in=records_of(patient))
        .select_related("text", "taken_by", "withdrawn_by")
        .order_by("-signed_at", "-pk")
    )


def consent_fact_of(consent: Consent) -> ConsentFact:
    return ConsentFact(
        kind=consent.kind,
        signed_on=timezone.localdate(consent.signed_at),
        valid_until=consent.valid_until,
        withdrawn_on=timezone.localdate(consent.withdrawn_at) if consent.withdrawn_at else None,
    )


def _signature_svg(path: str) -> str:
    """A drawn signature as SVG by itself."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}">'
        f'<path d="{path}" fill="none" stroke="#14232b" stroke-width="3" stroke-linecap="round" '
        'stroke-linejoin="round"/></svg>'
    )


def consent_pdf_data(
    patient: Patient, text: ConsentText, signed: Consent | None, *, clinic: str
) -> dict[str, object]:
    """What templates/patients/consent.typ prints; lines to sign on where nobody has signed."""
    data: dict[str, object] = {
        "clinic": clinic,
        "title": text.title,
        "body": text.body,
        "language": text.language,
        "version": text.version,
        "in_force_from": day_text(text.in_force_from),
        "patient": patient.full_name,
        "record": patient.record_number,
        "born": day_text(patient.birth_date),
        "signed": None,
    }
    if signed is not None:
        drawn = (
            _signature_svg(signed.signature_svg_path_or_empty) if signed.signature_svg_path_or_empty else None
        )
        data["signed"] = {
            "name": signed.signed_name,
            "method": signed.get_method_display(),
            "on": day_text(timezone.localdate(signed.signed_at)),
            "at": f"{timezone.localtime(signed.signed_at):%H:%M}",
            "until": day_text(signed.valid_until),
            "taken_by": signed.taken_by.display_name,
            "drawn": drawn,
            "withdrawn": day_text(timezone.localdate(signed.withdrawn_at)) if signed.withdrawn_at else "",
            "withdrawn_reason": signed.withdrawn_reason,
        }
    return data


def standing_and_ended_risk_factors(
    patient: Patient, *, on: date
) -> tuple[list[RiskFactor], list[RiskFactor]]:
    """What stands on that day, and what is over, last ended first."""
    rows = (
        RiskFactor.objects.filter(patient__in=records_of(patient))
        .select_related("factor", "recorded_by", "ended_by")
        .order_by("kind", "label", "pk")
    )
    over = [row for row in rows if row.ended_on and row.ended_on <= on]
    standing = [row for row in rows if not row.ended_on or row.ended_on > on]
    return standing, sorted(over, key=lambda row: row.ended_on or on, reverse=True)


@dataclass(frozen=True)
class Change:
    """An answer that another version gave otherwise."""

    question: str
    before: str
    after: str


@dataclass(frozen=True)
class Version:
    intake: Intake
    changes: list[Change]
    is_first: bool


def page_of_intake_versions(patient: Patient, place: Place = FIRST) -> Page[Version]:
    """A page of the patient's intakes, newest first, each with what it changed."""
    labels = {q.code: q.short_label or q.question for q in IntakeQuestion.objects.order_by("order", "code")}
    older = Intake.objects.filter(patient=OuterRef("patient"), version=OuterRef("version") - 1)
    rows = Intake.objects.filter(patient__in=records_of(patient)).annotate(
        older=Subquery(older.values("answers"))
    )
    page = page_of(rows.select_related("taken_by"), ["taken_at", "pk"], place, size=VERSIONS, newest=True)
    return page.with_rows(_intake_version(row, labels) for row in page.rows)


def _intake_version(row: Intake, labels: dict[str, str]) -> Version:
    """``row`` was read with the answers of the version before it (``older``)."""
    older: dict[str, object] | None = vars(row)["older"]
    return Version(
        intake=row, changes=_changed_answers(older or {}, row.answers, labels), is_first=older is None
    )


def _changed_answers(
    before: dict[str, object], after: dict[str, object], labels: dict[str, str]
) -> list[Change]:
    codes = [*labels, *sorted((before.keys() | after.keys()) - labels.keys())]
    pairs = ((code, answer_text(before.get(code)), answer_text(after.get(code))) for code in codes)
    return [Change(labels.get(code, code), old, new) for code, old, new in pairs if old != new]


def answer_text(said: object) -> str:
    """An answer as it is read aloud."""
    if isinstance(said, dict):
        return " · ".join(filter(None, map(answer_text, said.values())))
    if isinstance(said, list):
        return ", ".join(filter(None, map(answer_text, said)))
    return "" if said is None else str(said)


def languages_read(
    clinic: Clinic, topic: SafetyTopic, texts: Mapping[str, Sequence[SafetyText]]
) -> frozenset[str]:
    """The languages whose texts of this topic somebody at the clinic has read as they stand now. One query."""
    rows = SafetyTextReading.objects.filter(clinic=clinic, topic=topic.value, language__in=texts)
    signed = set(rows.values_list("language", "version"))
    return frozenset(
        language for language, each in texts.items() if (language, version_of_texts(each)) in signed
    )
