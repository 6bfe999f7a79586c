"""What can have changed since last time, asked again before every session. No Django here."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NotRequired, TypedDict

from mesoclinic.core.findings import MIN_BLOCK_REASON, Finding, block, is_written_reason

#: What is asked, in the order of the page; the codes are the kinds of the patient's risk factors.
MEDICINE = "medicine"
TOPICS: Mapping[str, str] = {MEDICINE: "Medicines", "pregnancy": "Pregnancy", "allergy": "Allergies"}

#: The safety question whose answer each topic confirms (patients.SafetyAnswer).
QUESTION_OF_TOPIC: Mapping[str, str] = {"medicine": "anticoag", "pregnancy": "pregnant", "allergy": "allergy"}

_ASKED = {
    "medicine": "new or stopped medicines",
    "pregnancy": "pregnancy, breastfeeding or a wish for a child",
    "allergy": "new allergies",
}


class NewAnswer(TypedDict):
    """What is new: a coded risk factor, or (None) words."""

    factor: int | None
    label: str


class SafetyAnswer(TypedDict):
    """The answer to one question, as a session stores it. ``ended`` are ids of the patient's risk factors;
    ``ended_words``: who says that they are over, and how that is known."""

    changed: bool
    new: NotRequired[list[NewAnswer]]
    ended: NotRequired[list[int]]
    ended_words: NotRequired[str]


@dataclass(frozen=True, slots=True)
class NewRisk:
    """Something that stands from today: coded where a rule asks for it, in words where not."""

    kind: str
    label: str
    factor_id: int | None = None


@dataclass(frozen=True, slots=True)
class Changes:
    """What the answers of one session change on the patient's record. ``words``: why it is over, by what ended."""

    new: Sequence[NewRisk] = ()
    ended: Sequence[int] = ()
    words: Mapping[int, str] = field(default_factory=dict)


def risk_changes_from_answers(safety: Mapping[str, SafetyAnswer]) -> Changes:
    """What the answers, by topic, change. An answer "no change" changes nothing, whatever stands beside it; what is
    said to have ended goes on standing as long as nobody writes how that is known."""
    new: list[NewRisk] = []
    words: dict[int, str] = {}
    for topic in TOPICS:
        said = safety.get(topic)
        if not said or not said["changed"]:
            continue
        new += [NewRisk(topic, row["label"], row["factor"]) for row in said.get("new", ())]
        if _is_ending_written(said):
            words |= dict.fromkeys(said.get("ended", ()), said.get("ended_words", ""))
    return Changes(tuple(new), tuple(words), words)


def _is_ending_written(said: SafetyAnswer) -> bool:
    return is_written_reason(said.get("ended_words", ""))


def topics_without_answer(answered: Collection[str], sex: str) -> frozenset[str]:
    """Topics nobody ever asked about: that nothing has changed cannot be said of them.

    ``answered`` are questions with an answer on record. A man is not asked whether he is pregnant.
    """
    return frozenset(
        topic
        for topic, question in QUESTION_OF_TOPIC.items()
        if question not in answered and not (topic == "pregnancy" and sex == "male")
    )


def confirmed_answers_by_question(
    safety: Mapping[str, SafetyAnswer], last: Mapping[str, Sequence[str]], known: Collection[str]
) -> dict[str, Sequence[str]]:
    """What "no change" says of each question: what was said last time, or a no where it was asked for the first time.

    ``last`` are the last answers; ``known`` the kinds of risk factor on record, which a first "no" would deny.
    """
    confirmed: dict[str, Sequence[str]] = {}
    for topic, question in QUESTION_OF_TOPIC.items():
        said = safety.get(topic)
        if said is None:
            continue
        if said["changed"]:
            if new := [each["label"] for each in said.get("new", ())]:
                confirmed[question] = new
        elif question in last:
            confirmed[question] = last[question]
        elif topic not in known:
            confirmed[question] = ["none"]
    return confirmed


def check_safety_questions_answered(safety: Mapping[str, SafetyAnswer]) -> list[Finding]:
    """What was not asked, and what is said to have changed without saying how.

    Domain: checklist.csv ``history`` ("medical history, drugs, allergies updated today") and ``pregnancy``.
    """
    findings = []
    for topic, label in TOPICS.items():
        said = safety.get(topic)
        if not said:
            message = (
                f"{label} were not asked about today."
                if topic != "pregnancy"
                else "Pregnancy was not asked about today."
            )
            findings.append(
                block(f"safety:{topic}", f"{message} Ask about {_ASKED[topic]}, then answer.", where="safety")
            )
        elif said["changed"] and not (said.get("new") or said.get("ended")):
            findings.append(
                block(
                    f"safety-what:{topic}",
                    f"{label}: something has changed. Say what is new, or what has ended.",
                    fixed=True,
                    where="safety",
                )
            )
        elif said["changed"] and said.get("ended") and not _is_ending_written(said):
            message = (
                f"{label}: something has ended. Write in {MIN_BLOCK_REASON} characters or more who says so, and how that "
                "is known."
            )
            findings.append(block(f"safety-ended:{topic}", message, fixed=True, where="safety"))
    return findings


def check_ended_risks_are_on_record(
    safety: Mapping[str, SafetyAnswer], known: Collection[int]
) -> list[Finding]:
    """What is said to have ended stands on the patient's record. ``known``: the ids of what stands there."""
    if {pk for said in safety.values() if said["changed"] for pk in said.get("ended", ())} <= set(known):
        return []
    message = "Something that ended is not on this patient's record. Answer the safety questions again."
    return [block("safety-unknown", message, fixed=True, where="safety")]
