"""Which reactions, pain and words stand against the next injection, and what their alert says. No Django here."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from patients.rules.alerts import AlertKind, AlertLevel, NewAlert
from treatments.sessions.rules.pain_relief import Relief

#: A reaction of these levels (adverse_effects.csv) raises an alert, whatever its grade.
ALERT_LEVELS = ("alert", "emergency")

SEVERE = "severe"

#: Pain of this score and more raises an alert.
ALERT_PAIN = 7

#: After these whatever touched the skin is suspected too.
ALLERGIC = ("anaphylaxis", "angioedema")
TOUCHED_THE_SKIN = ("antiseptic", "latex")

#: What relief holds, as an ingredient.
RELIEF_HOLDS: Mapping[str, str] = {
    Relief.CREAM: "topical-anaesthetic-cream",
    Relief.NERVE_BLOCK: "lidocaine",
}

_TOXICITY = "anaesthetic-toxicity"

#: The adverse effect of a reaction that is told in words, and its alert where no code reads them.
IN_WORDS = "unread-text"
_UNREAD_ALERT = f"alert:reaction:{IN_WORDS}"

#: An alert that is raised beside another and ends with it has that one's source, and this.
BESIDE = "other"


@dataclass(frozen=True, slots=True)
class SessionGiven:
    """The session after which something happened. ``substances``: what was injected, and the relief of that day."""

    number: int
    on: date
    given_by_id: int | None = None
    substances: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReactionSeen:
    """A reaction as it is charted or told. ``code``, ``effect`` and ``level`` are those of the adverse effect."""

    pk: int
    code: str
    effect: str
    level: str
    grade: str
    began_on: date | None = None
    zone: str = ""  # its code on the map
    region: str = ""  # its name
    usual_duration: str = ""
    lasted_days: int | None = None  # of one that is still there

    @property
    def is_alarming(self) -> bool:
        """Shown in red, and raises an alert."""
        return is_alarming(self.level, self.grade)

    @property
    def lasts_too_long(self) -> bool:
        return lasts_longer_than_usual(self.usual_duration, self.lasted_days)

    @property
    def alert_source(self) -> str:
        return f"treatment_sessions.reaction:{self.pk}"


def is_alarming(level: str, grade: str) -> bool:
    """Whether a reaction stands against the next injection: an alert, an emergency, or a severe one."""
    return level in ALERT_LEVELS or grade == SEVERE


def reaction_alerts(seen: ReactionSeen, given: SessionGiven) -> list[NewAlert]:
    """The alerts of a reaction; none where it is expected, not severe and not too long there.

    A severe one that is expected is the alert of its own code where there is one, else "lasts longer than usual".
    """
    if not seen.is_alarming:
        return [_lasting_reaction_alert(seen, given)] if seen.lasts_too_long else []
    own = f"alert:reaction:{seen.code}"
    codes = (own,) if seen.level in ALERT_LEVELS else (own, "alert:reaction:expected-lasting")
    suspects = given.substances + (TOUCHED_THE_SKIN if seen.code in ALLERGIC else ())
    text = f"{seen.effect}, {seen.grade}, after session {given.number}"
    raised = _blocking_reaction_alert(codes, text, seen.alert_source, given, seen.began_on, suspects, seen)
    if seen.code != _TOXICITY:
        return [raised]
    beside = _blocking_reaction_alert(
        (f"{own}:other",), text, f"{seen.alert_source}/{BESIDE}", given, seen.began_on, (), seen
    )
    return [raised, beside]


def _lasting_reaction_alert(seen: ReactionSeen, given: SessionGiven) -> NewAlert:
    return NewAlert(
        AlertKind.REACTION,
        AlertLevel.WARN,
        f"{seen.effect} lasts longer than usual, after session {given.number}",
        seen.alert_source,
        codes=("alert:reaction:expected-lasting",),
        slots={"reaction": seen.effect},
        since=seen.began_on or given.on,
        session_number=given.number,
        given_by_id=given.given_by_id,
    )


def _blocking_reaction_alert(
    codes: tuple[str, ...],
    text: str,
    source: str,
    given: SessionGiven,
    began_on: date | None,
    suspects: tuple[str, ...],
    seen: ReactionSeen,
) -> NewAlert:
    return NewAlert(
        AlertKind.REACTION,
        AlertLevel.BLOCK,
        text,
        source,
        codes=codes,
        slots={"reaction": seen.effect, "region": seen.region.casefold() or "the treated region"},
        since=began_on or given.on,
        session_number=given.number,
        given_by_id=given.given_by_id,
        suspects=suspects,
        zones=(seen.zone,) if seen.zone else (),
        only_on_file=source.endswith(f"/{BESIDE}"),
    )


def pain_alerts(
    *, pk: int, score: int, moment: str, relief: Sequence[str], given: SessionGiven
) -> list[NewAlert]:
    """The alert of a pain score: it warns. ``moment`` and ``relief`` in words."""
    if score < ALERT_PAIN:
        return []
    return [
        NewAlert(
            AlertKind.PAIN,
            AlertLevel.WARN,
            f"Pain {score} of 10 {moment}, session {given.number}",
            f"treatment_sessions.pain:{pk}",
            codes=("alert:pain:high",),
            slots={"score": str(score), "relief": ", ".join(relief) or "no relief"},
            since=given.on,
            session_number=given.number,
            given_by_id=given.given_by_id,
        )
    ]


def unread_reaction_alert(pk: int, words: str, given: SessionGiven, told_on: date) -> NewAlert:
    """The alert of a reaction told in words that no code reads: unread is not harmless."""
    return NewAlert(
        AlertKind.REACTION,
        AlertLevel.BLOCK,
        f"“{words}”, after session {given.number}: choose what it was before the next injection.",
        f"treatment_sessions.reaction:{pk}",
        codes=(_UNREAD_ALERT,),
        since=told_on,
        session_number=given.number,
        given_by_id=given.given_by_id,
        suspects=given.substances,
    )


# ── what lasts ───────────────────────────────────────────────────────────────────────────────────

_DAYS_OF = {"minutes": 1, "hours": 1, "days": 7, "weeks": 30, "months": 365}

#: An expected reaction that lasts so many times as long as it usually does is looked at.
LASTS_TIMES = 2


def usual_days_or_none(usual: str) -> int | None:
    """The days that “24-48 h”, “up to 1 week” or “days” last at most; None where nothing says.

    A word without a figure is the most that it can mean: days are a week, weeks a month, months a year.
    """
    found = re.findall(r"(\d+)\s*(h|days?|weeks?|months?)\b", usual)
    if found:
        figure, unit = found[-1]
        return max(int(figure) * {"h": 1, "d": 24, "w": 7 * 24, "m": 30 * 24}[unit[0]] // 24, 1)
    words = [days for word, days in _DAYS_OF.items() if re.search(rf"\b{word}\b", usual)]
    return max(words, default=None)


def lasts_longer_than_usual(usual: str, lasted_days: int | None) -> bool:
    """Whether a reaction that is still there after so many days lasts longer than twice its usual time."""
    days = usual_days_or_none(usual)
    return days is not None and lasted_days is not None and lasted_days > days * LASTS_TIMES


# ── words ────────────────────────────────────────────────────────────────────────────────────────

_DENIED = re.compile(r"\b(no|not|without|never|denies|excluded)\b[\w ]{0,20}$")


def alert_codes_named_in_text(text: str, words: Mapping[str, Iterable[str]]) -> list[str]:
    """The kinds of alert that a text names: code to the words that mean it. What is denied beside it is not named."""
    said = text.casefold()
    named = []
    for code, meaning in words.items():
        for word in meaning:
            found = re.finditer(rf"\b{re.escape(word.casefold())}", said)
            if any(not _DENIED.search(said[: each.start()]) for each in found):
                named.append(code)
                break
    return named


def alerts_of_reactions_named_in_text(
    text: str, words: Mapping[str, Iterable[str]], source: str, given: SessionGiven, told_on: date
) -> list[NewAlert]:
    """The alerts of reactions that a text names, an addendum's or a call's: each counts from the day it is written."""
    alerts = []
    for code in alert_codes_named_in_text(text, words):
        effect = code.removeprefix("alert:reaction:")
        is_allergic = effect in ALLERGIC
        alerts.append(
            NewAlert(
                AlertKind.REACTION,
                AlertLevel.BLOCK,
                f"{effect.replace('-', ' ').capitalize()}, written after session {given.number}",
                f"{source}:{effect}",
                codes=(code,),
                slots={"region": "the treated region"},
                since=told_on,
                session_number=given.number,
                given_by_id=given.given_by_id,
                suspects=given.substances + (TOUCHED_THE_SKIN if is_allergic else ()),
            )
        )
    return alerts
