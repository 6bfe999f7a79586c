"""What stands against the next injection: kinds and levels of alerts, where they apply, and what they say. No Django here."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from mesoclinic.core.findings import Finding, block, note, warn
from mesoclinic.core.wording import day_text

#: What somebody reads who may not read diagnoses, where an alert says nothing of its own to them.
DESK_TEXT = "A clinician looks at this first"

#: An alert says so where the desk has nothing to do about it.
NOTHING_AT_THE_DESK = "Nothing to do at the desk."

#: The longest text of an alert and the longest reason for clearing one, in characters.
MAX_TEXT = 300


class AlertKind(StrEnum):
    """What raises an alert. FHIR calls this the category of a Flag."""

    REACTION = "reaction"
    FOLLOW_UP = "follow_up"
    RECALL = "recall"
    PAIN = "pain"
    PATIENT_STATE = "patient_state"
    MEDICINE = "medicine"
    SITE = "site"
    LAB = "lab"
    CONSENT = "consent"
    OTHER = "other"


class AlertLevel(StrEnum):
    FIXED = "block_fixed"  # nobody goes past it: it ends by being cleared
    BLOCK = "block_overridable"  # refuses, until it is cleared or a clinician says why to go on
    WARN = "warn"  # asks for a short reason
    NOTE = "note"  # is shown


#: The gravest first.
_RANK = {level: place for place, level in enumerate(AlertLevel)}


class Applies(StrEnum):
    """For which injections an alert speaks."""

    ANY = "any"
    HOLDS = "holds"  # those that hold one of its substances
    WITHOUT = "without"  # those that hold none of them


@dataclass(frozen=True, slots=True)
class Injection:
    """What is about to be given, cream and nerve block included: codes of ingredients and of zones. None: not known yet."""

    substances: frozenset[str] | None = None
    zones: frozenset[str] | None = None


#: Nothing is known of the next injection: what stands is said at its own level.
NOT_KNOWN = Injection()


@dataclass(frozen=True, slots=True)
class Scope:
    """For which injections an alert speaks, and how gravely.

    ``suspects`` were given before a reaction; they count with ``substances`` where the alert says so. No zone in
    a region means that nobody said where. A level left empty says nothing (outside), or the alert's own (inside).
    """

    applies_when: str = Applies.ANY
    substances: frozenset[str] = frozenset()
    in_region: bool = False
    zones: frozenset[str] = frozenset()
    inside_level: str = ""
    outside_level: str = ""


@dataclass(frozen=True, slots=True)
class OpenAlert:
    """An alert that nobody has cleared; or, with ``pk`` 0, one that the record itself is."""

    pk: int
    kind: str
    level: str
    text: str
    raised_on: date
    code: str = ""
    desk_text: str = DESK_TEXT
    scope: Scope = field(default_factory=Scope)
    priority: int = 2
    basis: str = ""
    cited: str = ""  # who says so, as mesoclinic.core.citations reads it
    source: str = ""  # the row that raised it
    factor: str = ""  # the risk factor that it is, where the record is the alert
    raised_at: datetime | None = None
    since: date | None = None  # the day from which it stands, where that is not the day it was raised

    @property
    def stands_since(self) -> date:
        """The day from which it stands: that of the reaction, not that on which somebody wrote it down."""
        return self.since or self.raised_on

    @property
    def blocks_injection(self) -> bool:
        return self.level in (AlertLevel.FIXED, AlertLevel.BLOCK)

    @property
    def is_fixed(self) -> bool:
        return self.level == AlertLevel.FIXED

    @property
    def finding_code(self) -> str:
        """The code under which a reason to go past it is given."""
        return self.code or f"alert:{self.pk}"

    @property
    def chip_class_word(self) -> str:
        """Its colour in the patient's bar."""
        if self.blocks_injection:
            return "stop"
        return "warn" if self.level == AlertLevel.WARN else "info"

    @property
    def concerns_the_desk(self) -> bool:
        """Whether the desk has something to do about it."""
        return self.desk_text not in ("", NOTHING_AT_THE_DESK)


def sorted_worst_first(alerts: Iterable[OpenAlert]) -> list[OpenAlert]:
    """The gravest first, then the most pressing, then the oldest."""
    return sorted(
        alerts,
        key=lambda alert: (_RANK[AlertLevel(alert.level)], alert.priority, alert.raised_on, alert.pk),
    )


def alert_text_or_empty(alert: OpenAlert, *, clinical: bool) -> str:
    """What the alert says to somebody who may (``clinical``) or may not read diagnoses; "" where it says nothing."""
    return alert.text if clinical else alert.desk_text


def alert_texts_for_desk(alerts: Iterable[OpenAlert]) -> list[str]:
    """What the desk is told of these, each sentence once, without those it has nothing to do about."""
    return list(dict.fromkeys(alert.desk_text for alert in alerts if alert.concerns_the_desk))


# ── for which injection ──────────────────────────────────────────────────────────────────────────


def alert_level_for_injection_or_empty(alert: OpenAlert, injection: Injection) -> str:
    """How gravely an alert speaks against this injection; "" where it says nothing.

    What is not known of the injection counts as what the alert is about: unknown is not no.
    """
    scope, given = alert.scope, injection.substances
    if scope.applies_when == Applies.WITHOUT:
        holds = given is None or bool(given & scope.substances)
        return "" if holds else alert.level
    if injection == NOT_KNOWN:
        return alert.level
    inside = True
    if scope.applies_when == Applies.HOLDS and scope.substances and given is not None:
        inside = bool(given & scope.substances)
    if scope.in_region and scope.zones and injection.zones is not None:
        inside = inside and bool(injection.zones & scope.zones)
    return (scope.inside_level or alert.level) if inside else scope.outside_level


def alerts_without_companions(alerts: Iterable[OpenAlert]) -> list[OpenAlert]:
    """The alerts as they are listed: one that speaks only of injections another is not about stands behind that one."""
    return [alert for alert in alerts if alert_level_for_injection_or_empty(alert, NOT_KNOWN)]


# ── what it says ─────────────────────────────────────────────────────────────────────────────────

_SLOT = re.compile(r"\{(\w+)\}")


def text_with_filled_slots(text: str, slots: Mapping[str, str]) -> str:
    """``text`` with each “{slot}” filled; one that nobody knows reads “not said”."""
    return _SLOT.sub(lambda slot: slots.get(slot[1].casefold()) or "not said", text)


_END = {
    AlertLevel.FIXED: "Nobody goes past it: a clinician clears it in writing, on the patient’s page.",
    AlertLevel.BLOCK: "A clinician clears it on the patient’s page, or says why to go on.",
    AlertLevel.WARN: "Say why to go on, or clear it on the patient’s page.",
}


#: What was given before an alert was known is on record, whatever we think of it.
CAME_LATER = (
    "It came up after this session was begun. Give nothing more; what was given before it was known is recorded: "
    "write what, and that it stopped."
)


def _alert_finding(alert: OpenAlert, level: str, *, clinical: bool, begun_at: datetime | None) -> Finding:
    text = alert_text_or_empty(alert, clinical=clinical)
    since = f"(since {day_text(alert.stands_since)})"
    end = _END.get(AlertLevel(level), "") if alert.pk else ""
    if level == AlertLevel.FIXED and begun_at and alert.raised_at and alert.raised_at > begun_at:
        level, end = AlertLevel.BLOCK, CAME_LATER
    message = f"{text} {since}" if not end else f"{text.removesuffix('.')} {since}. {end}"
    # A source is called by what it is about: who may not read diagnoses is not told it.
    more = {"source": alert.cited if clinical else "", "basis": alert.basis}
    if level in (AlertLevel.FIXED, AlertLevel.BLOCK):
        return block(alert.finding_code, message, fixed=level == AlertLevel.FIXED, **more)
    return (warn if level == AlertLevel.WARN else note)(alert.finding_code, message, **more)


def alert_findings(
    alerts: Iterable[OpenAlert],
    injection: Injection = NOT_KNOWN,
    *,
    clinical: bool = True,
    begun_at: datetime | None = None,
) -> list[Finding]:
    """What the alerts say against this injection, the gravest first; of several of one kind, the gravest.

    ``begun_at``: when the session began that is to be signed. A fixed one that came up since asks for a written
    reason instead: what was given before it was known is recorded (law 16).
    """
    found: dict[str, Finding] = {}
    spoken = [
        (alert_level_for_injection_or_empty(alert, injection), alert) for alert in sorted_worst_first(alerts)
    ]
    for level, alert in sorted(
        ((level, alert) for level, alert in spoken if level), key=lambda each: _RANK[AlertLevel(each[0])]
    ):
        found.setdefault(
            alert.finding_code, _alert_finding(alert, level, clinical=clinical, begun_at=begun_at)
        )
    return list(found.values())


def alerts_not_said_already(alerts: Iterable[OpenAlert], findings: Iterable[Finding]) -> list[OpenAlert]:
    """The alerts but those that a contraindication of the whole treatment says as gravely: one fact, one finding.

    Only a state of the patient or a medicine is said once; what is seen at the scalp stands by itself.
    """
    said = {finding.code: finding for finding in findings}
    kept = []
    for alert in alerts:
        is_fact = alert.factor and alert.kind in (AlertKind.PATIENT_STATE, AlertKind.MEDICINE)
        contra = said.get(f"contra:*treatment:{alert.factor}") if is_fact else None
        known = said.get(alert.finding_code) if alert.factor else None
        known = known or contra
        if known is None or (alert.blocks_injection, alert.is_fixed) > (known.blocks, known.fixed):
            kept.append(alert)
    return kept


def substance_name_from_code(code: str) -> str:
    """A substance in words, from its code."""
    name = code.replace("-", " ")
    return name[:1].upper() + name[1:]


# ── what raises one ──────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class NewAlert:
    """An alert to raise. ``source`` names the row it comes from ("followup.followup:7").

    ``codes``: the kinds of alerts.csv that it may be, the first on file is taken, with its level and its words.
    ``kind``, ``level`` and ``text`` are those of an alert that is none of them. ``about`` stands after the code
    where one kind is raised for several things ("zinc").
    """

    kind: AlertKind
    level: AlertLevel
    text: str
    source: str
    codes: tuple[str, ...] = ()
    about: str = ""
    slots: Mapping[str, str] = field(default_factory=dict)
    since: date | None = None
    session_number: int | None = None
    given_by_id: int | None = None
    suspects: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()
    only_on_file: bool = False  # raised only where one of ``codes`` is on file
