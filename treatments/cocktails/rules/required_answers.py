"""Which answers must be known before something is drawn or done, and how fresh. Unknown is not "no". No Django here.

A question that nobody asked, that was asked too long ago, or that was answered "I do not know" is a finding of its own:
``unknown:biotin:lab-tests``. An answer that stops (``yes``) is a finding too, unless the record says it already.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Literal

from mesoclinic.core.findings import Finding, block, note, ordered, warn
from mesoclinic.core.wording import day_text
from treatments.cocktails.rules.mix import Person
from treatments.cocktails.rules.rulebook import TREATMENT

NERVE_BLOCK = "*nerve_block"

#: Where an answer must be there, in the order of the work.
Gate = Literal["cocktail signing", "start", "before the relief is given", "first dose", "catalogue"]
SIGNING: Gate = "cocktail signing"
START: Gate = "start"
RELIEF: Gate = "before the relief is given"
FIRST_DOSE: Gate = "first dose"

#: How an answer is given. ``record``: read from the record; ``elsewhere``: asked where the amount is typed.
Kind = Literal["choice", "words", "number", "pressure", "record", "elsewhere", "never"]

#: Answers that leave the question open.
OPEN_ANSWERS = frozenset({"unknown", "do not know"})

CONTRACEPTION = "contraception"
#: Answers about contraception after which no pregnancy is possible, whenever they were given.
PREGNANCY_IMPOSSIBLE = frozenset({"sterilised", "postmenopausal", "no uterus"})


@dataclass(frozen=True, slots=True)
class Answer:
    """What was said to one question, and when."""

    said: tuple[str, ...]
    asked_on: date


@dataclass(frozen=True, slots=True)
class RequiredAnswer:
    """One row of must_ask.csv: before ``subjects`` are drawn or done, ``question`` is answered."""

    code: str
    answer_code: str  # what the answer is kept under; several rows may ask for the same
    question: str
    label: str
    kind: Kind
    subjects: frozenset[str]  # ingredient codes, ``*treatment``, ``*nerve_block``
    who: str  # "any", "male" or "not male at birth"
    max_age_days: int
    gates: frozenset[str]
    level: str  # block_fixed, block_overridable or warn
    finding: str  # "unknown:{ingredient}:pregnant"
    screen_says: str
    age_from: int | None = None
    age_to: int | None = None
    unless_impossible: bool = False
    from_session: int = 1
    levels: Mapping[str, str] = field(default_factory=dict)  # of single subjects
    choices: tuple[str, ...] = ()
    passing: frozenset[str] = frozenset()
    stopping: frozenset[str] = frozenset()
    other_passes: bool | None = None  # what is neither passing nor stopping; None leaves the question open
    least: Decimal | None = None
    most: Decimal | None = None
    none_of_these: str = ""  # what "none of these" writes; empty where it does not answer
    factors: frozenset[str] = frozenset()  # risk factors that its answers put on the record
    source: str = ""
    basis: str = ""

    @property
    def is_asked_of_people(self) -> bool:
        """Whether somebody asks the patient, rather than the record or a label."""
        return self.kind not in ("record", "elsewhere", "never")


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """A question to ask now: ``findings`` wait for its answer. Without any, an answer stops something and may be corrected."""

    rule: RequiredAnswer
    findings: tuple[Finding, ...]
    last: Answer | None  # the last answer, if any

    @property
    def is_answered(self) -> bool:
        return not self.findings


def check_required_answers_given_and_passing(
    given: Collection[str],
    person: Person,
    answers: Mapping[str, Answer],
    rules: Iterable[RequiredAnswer],
    gates: Collection[str],
    today: date,
    *,
    session: int = 1,
    said_already: Iterable[Finding] = (),
) -> list[Finding]:
    """What is not known, and what an answer stops, of what is drawn or done (``given``) at these gates. Worst first.

    ``given`` are codes of substances, and techniques with a star; ``*treatment`` is always among them.
    ``said_already``: what the rules say of the record, so that the same harm is not said twice.
    """
    subjects = {TREATMENT, *given}
    before = list(said_already)
    findings: dict[str, Finding] = {}
    for rule in rules:
        if not rule.gates & set(gates) or rule.kind == "elsewhere" or session < rule.from_session:
            continue
        if not is_rule_asked_of_person(rule, person, answers):
            continue
        for subject in sorted(rule.subjects & subjects):
            finding = _finding_about_answer_or_none(
                rule, subject, answers.get(rule.answer_code), today, before
            )
            if finding is not None and not _was_found_before_as_grave(finding, before):
                known = findings.get(finding.code)
                findings[finding.code] = finding if known is None else ordered([known, finding])[0]
    return ordered(findings.values())


def _was_found_before_as_grave(finding: Finding, before: Iterable[Finding]) -> bool:
    """Whether the same code was found before, no less grave."""
    return any(each.code == finding.code and ordered([each, finding])[0] is each for each in before)


def is_rule_asked_of_person(rule: RequiredAnswer, person: Person, answers: Mapping[str, Answer]) -> bool:
    """Whether the rule is about this person. Sex unknown or intersex is asked like female; age unknown is asked."""
    if rule.who == "male" and not person.is_male:
        return False
    if rule.who == "not male at birth" and person.is_male:
        return False
    if person.age is None:
        return rule.kind != "never"
    if rule.age_from is not None and person.age < rule.age_from:
        return False
    if rule.age_to is not None and person.age > rule.age_to:
        return False
    return not (rule.unless_impossible and is_pregnancy_impossible(answers))


def is_pregnancy_impossible(answers: Mapping[str, Answer]) -> bool:
    """Whether it is recorded that no pregnancy is possible. Time does not undo it."""
    said = answers.get(CONTRACEPTION)
    return said is not None and bool(PREGNANCY_IMPOSSIBLE & set(said.said))


def open_questions_behind_findings(
    findings: Iterable[Finding],
    rules: Sequence[RequiredAnswer],
    answers: Mapping[str, Answer],
) -> list[OpenQuestion]:
    """The questions that people can answer here, each once, with the findings that wait for it."""
    waiting: dict[str, list[Finding]] = {}
    by_code: dict[str, RequiredAnswer] = {}
    for finding in findings:
        for rule in rules:
            is_unknown = finding.code in _finding_codes_of_rule(rule, unknown_answer_finding_code)
            if rule.is_asked_of_people and (
                is_unknown or finding.code in _finding_codes_of_rule(rule, stopping_answer_finding_code)
            ):
                waiting.setdefault(rule.answer_code, []).extend([finding] if is_unknown else ())
                by_code.setdefault(rule.answer_code, rule)
                break
    return [OpenQuestion(by_code[code], tuple(found), answers.get(code)) for code, found in waiting.items()]


def _finding_codes_of_rule(rule: RequiredAnswer, code_of: Callable[[RequiredAnswer, str], str]) -> set[str]:
    return {code_of(rule, subject) for subject in rule.subjects}


def unknown_answer_finding_code(rule: RequiredAnswer, subject: str) -> str:
    """The finding that says nobody knows: "unknown:minoxidil:heart"."""
    return rule.finding.replace("{ingredient}", subject)


def stopping_answer_finding_code(rule: RequiredAnswer, subject: str) -> str:
    """The finding that says what the answer was: "answer:minoxidil:heart"."""
    *_, topic = rule.finding.split(":")
    return f"answer:{subject}:{topic}"


# ── one rule, one subject ────────────────────────────────────────────────────────────────────────


def _finding_about_answer_or_none(
    rule: RequiredAnswer, subject: str, answer: Answer | None, today: date, said: Iterable[Finding]
) -> Finding | None:
    if answer is None or not is_answer_fresh(rule, answer, today):
        return _unknown_answer_finding(rule, subject, answer)
    verdict = verdict_on_answer(rule, answer.said)
    if verdict == "open":
        return _unknown_answer_finding(rule, subject, answer)
    if verdict == "stops" and not _is_said_by_record_already(rule, subject, said):
        return _stopping_answer_finding(rule, subject, answer)
    return None


def is_answer_fresh(rule: RequiredAnswer, answer: Answer, today: date) -> bool:
    """Whether the answer is young enough: 0 days is this visit, 1 day counts yesterday's."""
    return 0 <= (today - answer.asked_on).days <= rule.max_age_days


def verdict_on_answer(rule: RequiredAnswer, said: Sequence[str]) -> Literal["passes", "stops", "open"]:
    """What an answer means for this rule. One part that stops outweighs all that pass."""
    if not said or rule.kind == "never":
        return "open"
    verdicts = {_verdict_on_answer_part(rule, part) for part in said}
    return "stops" if "stops" in verdicts else "open" if "open" in verdicts else "passes"


def _verdict_on_answer_part(rule: RequiredAnswer, part: str) -> Literal["passes", "stops", "open"]:
    if rule.kind == "record" and rule.least is None:
        return "passes"
    if rule.kind in ("number", "record"):
        return _verdict_on_numbers([part], [(rule.least, rule.most)])
    if rule.kind == "pressure":
        return _verdict_on_numbers(part.split("/"), [(rule.least, None), (rule.most, None)])
    if part in rule.stopping:
        return "stops"
    if part in rule.passing:
        return "passes"
    if part.casefold() in OPEN_ANSWERS or rule.other_passes is None:
        return "open"
    return "passes" if rule.other_passes else "stops"


def _verdict_on_numbers(
    texts: Sequence[str], ranges: Sequence[tuple[Decimal | None, Decimal | None]]
) -> Literal["passes", "stops", "open"]:
    """Numbers inside their ranges pass, outside stop; what is no number leaves the question open."""
    try:
        numbers = [Decimal(text.strip()) for text in texts]
    except InvalidOperation:
        return "open"
    if len(numbers) != len(ranges) or not all(number.is_finite() for number in numbers):
        return "open"
    inside = all(
        (least is None or number >= least) and (most is None or number <= most)
        for number, (least, most) in zip(numbers, ranges, strict=True)
    )
    return "passes" if inside else "stops"


def _is_said_by_record_already(rule: RequiredAnswer, subject: str, said: Iterable[Finding]) -> bool:
    """Whether the record's own finding about this answer's factor stands, as a block where the answer is one."""
    same = {f"contra:{about}:{factor}" for about in (subject, TREATMENT) for factor in rule.factors}
    needs_block = _level_about_subject(rule, subject) != "warn"
    return any(each.code in same and (each.blocks or not needs_block) for each in said)


def _unknown_answer_finding(rule: RequiredAnswer, subject: str, answer: Answer | None) -> Finding:
    question = rule.question.rstrip("?")
    message = rule.screen_says.replace("{question}", question)
    if answer is None:
        detail = ""
    elif {part.casefold() for part in answer.said} & OPEN_ANSWERS:
        detail = f"Asked on {day_text(answer.asked_on)}: not known. That is no “no”."
    else:
        detail = f"Asked on {day_text(answer.asked_on)}: ask again."
    return _finding_at_level(rule, subject, unknown_answer_finding_code(rule, subject), message, detail)


def _stopping_answer_finding(rule: RequiredAnswer, subject: str, answer: Answer) -> Finding:
    said = ", ".join(answer.said)
    message = f"{rule.question.rstrip('?')}: {said}. Take out what it speaks against, or do not treat now."
    if _level_about_subject(rule, subject) == "block_overridable":
        message = f"{rule.question.rstrip('?')}: {said}. Take it out, or a clinician writes why to go on."
    elif _level_about_subject(rule, subject) == "warn":
        message = f"{rule.question.rstrip('?')}: {said}. Weigh it, and write why you go on."
    return _finding_at_level(
        rule,
        subject,
        stopping_answer_finding_code(rule, subject),
        message,
        f"Answered on {day_text(answer.asked_on)}",
    )


def _level_about_subject(rule: RequiredAnswer, subject: str) -> str:
    return rule.levels.get(subject, rule.level)


def _finding_at_level(rule: RequiredAnswer, subject: str, code: str, message: str, detail: str) -> Finding:
    level = _level_about_subject(rule, subject)
    more = {
        "where": f"question-{rule.answer_code}",
        "source": rule.source,
        "basis": rule.basis,
        "detail": detail,
    }
    if level == "warn":
        return warn(code, message, **more)
    if level == "note":
        return note(code, message, **more)
    return block(code, message, fixed=level == "block_fixed", **more)
