"""When patients are called after a session, which reactions are followed up, and how both move. No Django here."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from mesoclinic.core.findings import Finding, block
from mesoclinic.core.moves import can_move
from patients.rules.alerts import AlertLevel

#: When the clinic asks how it went, in days after a session: 48 h, then 2, 6 and 12 weeks.
CHECK_IN_DAYS = (2, 14, 42, 84)

#: The call at 48 hours asks what the patient felt a day after.
ASKS_PAIN_AFTER_DAYS = CHECK_IN_DAYS[0]


def check_pain_asked_at_this_call(days: int) -> Finding | None:
    """Why the pain a day after is not written down at the call so many days after a session, or None."""
    if days == ASKS_PAIN_AFTER_DAYS:
        return None
    message = "The pain a day after is asked at 48 hours only. Write it into the note."
    return block("pain:moment", message, fixed=True, where="pain")


class CheckInStatus(StrEnum):
    DUE = "due"
    ANSWERED = "answered"
    # The next session asked in person, and brings its own four.
    TAKEN_OVER = "taken_over"
    CANCELLED = "cancelled"  # its session is void, or the patient does not want to be rung


CHECK_IN_MOVES: dict[CheckInStatus, frozenset[CheckInStatus]] = {
    CheckInStatus.DUE: frozenset({CheckInStatus.ANSWERED, CheckInStatus.TAKEN_OVER, CheckInStatus.CANCELLED}),
    CheckInStatus.ANSWERED: frozenset(),
    CheckInStatus.TAKEN_OVER: frozenset(),
    CheckInStatus.CANCELLED: frozenset(),
}


def check_call_still_due(status: str) -> Finding | None:
    """Why nothing is written into a check-in any more, or None."""
    if status == CheckInStatus.DUE:
        return None
    said = status.replace("_", " ")
    message = f"This check-in is {said} already. Add what was told to the session instead."
    return block("check-in:done", message, fixed=True)


class FollowUpStatus(StrEnum):
    OPEN = "open"
    IN_HAND = "in_hand"  # a clinician is on it
    CLOSED = "closed"


FOLLOW_UP_MOVES: dict[FollowUpStatus, frozenset[FollowUpStatus]] = {
    FollowUpStatus.OPEN: frozenset({FollowUpStatus.IN_HAND, FollowUpStatus.CLOSED}),
    FollowUpStatus.IN_HAND: frozenset({FollowUpStatus.CLOSED}),
    # It comes back: the same question, opened again.
    FollowUpStatus.CLOSED: frozenset({FollowUpStatus.OPEN}),
}


#: Reactions of these levels are followed up by a clinician.
FOLLOWED_UP_LEVELS = ("alert", "emergency")


#: What is written about a call or a follow-up is a few words at least.
MIN_CHARACTERS = 3


def check_text_long_enough(text: str, message: str, where: str) -> Finding | None:
    """``message`` where ``text`` says nothing."""
    if len(text.strip()) >= MIN_CHARACTERS:
        return None
    return block(f"follow-up:{where}", message, fixed=True, where=where)


def check_follow_up_status_may_change(status: str, to: str) -> Finding | None:
    """Why a follow-up cannot be taken in hand, closed or opened again (``to``), or None."""
    if can_move(FOLLOW_UP_MOVES, status, to):
        return None
    message = f"This follow-up is {status.replace('_', ' ')}: somebody was quicker. Look at it again."
    return block(f"follow-up:{to}", message, fixed=True)


def follow_up_due_on(level: str, told_on: date) -> date:
    """An emergency and an alert are looked at the day they are told."""
    return told_on if level in FOLLOWED_UP_LEVELS else told_on + timedelta(days=2)


def needs_action_now(level: str, status: str) -> bool:
    """Whether what is to be done now stands on the page of a follow-up: it is open, and no mere expected effect."""
    return level in FOLLOWED_UP_LEVELS and status != FollowUpStatus.CLOSED


def days_late(due_on: date, today: date) -> int:
    """How many days ago something was due; 0 is today, below it is to come."""
    return (today - due_on).days


class Outcome(StrEnum):
    """What came of a follow-up that is closed."""

    HEALED = "healed"
    RULED_OUT = "ruled_out"
    MAY_BE_TREATED = "referred_may"
    NOT_TO_BE_TREATED = "referred_not"


OUTCOME_TEXTS = {
    Outcome.HEALED: "healed",
    Outcome.RULED_OUT: "ruled out",
    Outcome.MAY_BE_TREATED: "referred, may be treated",
    Outcome.NOT_TO_BE_TREATED: "referred, not to be treated",
}


def check_outcome_said_when_closing(level: str, to: str, outcome: str) -> Finding | None:
    """Why a follow-up is not closed without saying what came of it, or None. An expected effect needs no outcome."""
    if to != FollowUpStatus.CLOSED or (not outcome and level not in FOLLOWED_UP_LEVELS):
        return None
    if outcome in set(Outcome):
        return None
    message = "Say what came of it: healed, ruled out, or referred. Then close it."
    return block("follow-up:outcome", message, fixed=True, where="outcome")


def follow_up_alert_code(level: str, status: str, *, came_back: bool = False) -> str:
    """Which alert of alerts.csv an open follow-up is."""
    if level not in FOLLOWED_UP_LEVELS:
        return "alert:follow-up:expected-open"
    if status == FollowUpStatus.IN_HAND:
        return "alert:follow-up:in-hand"
    return "alert:follow-up:reopened" if came_back else "alert:follow-up:open"


#: So often nobody answered at the calls of these days: the next session asks in person.
TRIED_IN_VAIN = 3
ASKED_IN_PERSON_AFTER = CHECK_IN_DAYS[:2]


def follow_up_alert_level(level: str) -> AlertLevel:
    """How an open follow-up stands against the next injection: an alert and an emergency stop it, the rest asks."""
    return AlertLevel.BLOCK if level in FOLLOWED_UP_LEVELS else AlertLevel.WARN


def follow_up_alert_text(effect: str) -> str:
    """What the alert of an open follow-up says."""
    return f"Follow-up open: {effect.lower()}"


def due_dates_of_check_ins(session_on: date) -> list[date]:
    return [session_on + timedelta(days=days) for days in CHECK_IN_DAYS]


# --- the adverse reaction report -----------------------------------------------------------------


class Seriousness(StrEnum):
    """Why a reaction is serious; one is enough (ae_report.csv)."""

    DEATH = "death"
    LIFE = "life"
    HOSPITAL = "hospital"
    DISABILITY = "disability"
    CONGENITAL = "congenital"
    MEDICAL = "medical"
    INTERVENTION = "intervention"


SERIOUSNESS_TEXTS = {
    Seriousness.DEATH: "death",
    Seriousness.LIFE: "life-threatening",
    Seriousness.HOSPITAL: "hospitalisation, first or prolonged",
    Seriousness.DISABILITY: "disability or permanent damage",
    Seriousness.CONGENITAL: "congenital anomaly",
    Seriousness.MEDICAL: "other medically important",
    Seriousness.INTERVENTION: "intervention to prevent permanent damage (devices)",
}

#: Proposed as medically important; a clinician confirms (ae_report.csv, ser-map: a clinic default).
PROPOSED_SERIOUS = (
    "anaphylaxis",
    "angioedema",
    "anaesthetic-toxicity",
    "skin-necrosis",
    "scarring-alopecia",
    "mycobacterial-infection",
)


class Causality(StrEnum):
    """The WHO-UMC categories. A clinician judges; nothing is worked out."""

    CERTAIN = "certain"
    PROBABLE = "probable"
    POSSIBLE = "possible"
    UNLIKELY = "unlikely"
    CONDITIONAL = "conditional"
    UNASSESSABLE = "unassessable"


CAUSALITY_TEXTS = {
    Causality.CERTAIN: "Certain: plausible time, no other cause, plausible on withdrawal, definitive event",
    Causality.PROBABLE: "Probable: reasonable time, other cause unlikely, reasonable on withdrawal",
    Causality.POSSIBLE: "Possible: reasonable time, other cause could explain, withdrawal unclear",
    Causality.UNLIKELY: "Unlikely: improbable time, another cause plausible",
    Causality.CONDITIONAL: "Conditional: more data needed or under examination",
    Causality.UNASSESSABLE: "Unassessable: insufficient or contradictory, cannot be completed",
}


class EventOutcome(StrEnum):
    RECOVERED = "recovered"
    RECOVERING = "recovering"
    NOT_RECOVERED = "not_recovered"
    SEQUELAE = "sequelae"
    FATAL = "fatal"
    UNKNOWN = "unknown"


EVENT_OUTCOME_TEXTS = {
    EventOutcome.RECOVERED: "recovered",
    EventOutcome.RECOVERING: "recovering",
    EventOutcome.NOT_RECOVERED: "not recovered",
    EventOutcome.SEQUELAE: "recovered with sequelae",
    EventOutcome.FATAL: "fatal",
    EventOutcome.UNKNOWN: "unknown",
}


class Challenge(StrEnum):
    """What became of it when the product was stopped, or given again."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"
    DOES_NOT_APPLY = "does_not_apply"


def proposed_seriousness(effect_code: str) -> list[Seriousness]:
    """What is ticked when the form opens; a clinician confirms or changes it."""
    return [Seriousness.MEDICAL] if effect_code in PROPOSED_SERIOUS else []


def check_adverse_report(*, outcome: str, causality: str, serious: Collection[str]) -> list[Finding]:
    """What an adverse reaction report still needs."""
    found = []
    if outcome not in set(EventOutcome):
        found.append(block("report:outcome", "Choose the outcome.", fixed=True, where="outcome"))
    if causality not in set(Causality):
        message = "Choose the causality: a clinician judges it."
        found.append(block("report:causality", message, fixed=True, where="causality"))
    is_fatal, says_death = outcome == EventOutcome.FATAL, Seriousness.DEATH in serious
    if is_fatal != says_death:
        message = (
            "A fatal outcome is serious because of death, and the other way round. Make both say the same."
        )
        found.append(block("report:death", message, fixed=True, where="serious"))
    return found


def check_report_submission(*, authority: str, sent_on: date | None, today: date) -> list[Finding]:
    """Who got the report and when: typed by whoever sent it, since nothing is sent from here."""
    found = []
    if not authority.strip():
        found.append(block("submission:authority", "Type who got it.", fixed=True, where="authority"))
    if sent_on is None or sent_on > today:
        message = "Type the day it was sent, today or before."
        found.append(block("submission:day", message, fixed=True, where="sent_on"))
    return found


# --- a check-in by link --------------------------------------------------------------------------


class Noticed(StrEnum):
    """What is expected after a session, as the page asks for it."""

    SWELLING = "swelling"
    REDNESS = "redness"
    ITCHING = "itching"
    BRUISES = "bruises"
    CRUSTS = "crusts"


class Alarm(StrEnum):
    """What a clinician is told of at once, as the page asks for it."""

    PUS = "pus"
    FEVER = "fever"
    HIVES = "hives"
    LUMP = "lump"
    BALD_PATCH = "bald_patch"
    SIGHT = "sight"


#: Which effect of adverse_effects.csv each is written down as; a clinician looks at it and says what it was.
_EFFECTS_NOTICED = {
    Noticed.SWELLING: "swelling",
    Noticed.REDNESS: "irritation",
    Noticed.ITCHING: "itching",
    Noticed.BRUISES: "bruising",
    Noticed.CRUSTS: "scaly-crust",
}
_EFFECTS_ALARMING = {
    Alarm.PUS: "infection",
    Alarm.FEVER: "infection",
    Alarm.HIVES: "urticaria",
    Alarm.LUMP: "abscess",
    Alarm.BALD_PATCH: "patchy-alopecia",
    # Sight that changes after an injection is taken for a vessel that is closed until somebody has looked.
    Alarm.SIGHT: "skin-necrosis",
}
#: A lump that is first told of so late is asked about the lots of half a year.
_LATE_LUMP_FROM_DAYS, _LATE_LUMP = CHECK_IN_DAYS[2], "mycobacterial-infection"
_ALARM_WORDS = {
    Alarm.PUS: "pus or heat",
    Alarm.FEVER: "fever",
    Alarm.HIVES: "hives",
    Alarm.LUMP: "a lump",
    Alarm.BALD_PATCH: "a bald patch",
    Alarm.SIGHT: "sight changed",
}

#: From two weeks on the page also asks for the patient's own items.
ASKS_ITEMS_AFTER_DAYS = CHECK_IN_DAYS[1:]

#: From this pain on a clinician is told at once.
RED_PAIN = 7
_PAIN_EFFECT = "soreness"


@dataclass(frozen=True, slots=True)
class ToldByLink:
    """What a patient answered on the page of a check-in."""

    pain: int
    noticed: tuple[Noticed, ...] = ()
    alarms: tuple[Alarm, ...] = ()
    words: str = ""
    shedding: int | None = None
    density: int | None = None

    @property
    def is_red(self) -> bool:
        """Whether a clinician is told at once, and the patient to ring."""
        return bool(self.alarms) or self.pain >= RED_PAIN


@dataclass(frozen=True, slots=True)
class ToldEffect:
    """A reaction to write down: its code in adverse_effects.csv, how grave, in the patient's words."""

    code: str
    grade: str
    words: str
    is_red: bool


def effects_told(told: ToldByLink, days: int) -> list[ToldEffect]:
    """The reactions of an answer so many days after a session, each once, the red ones first."""
    said: dict[str, list[str]] = {}
    for alarm in told.alarms:
        late = alarm == Alarm.LUMP and days >= _LATE_LUMP_FROM_DAYS
        said.setdefault(_LATE_LUMP if late else _EFFECTS_ALARMING[alarm], []).append(_ALARM_WORDS[alarm])
    found = [
        ToldEffect(code, "moderate", f"The patient, by link: {', '.join(words)}.", True)
        for code, words in said.items()
    ]
    if told.pain >= RED_PAIN:
        found.append(
            ToldEffect(_PAIN_EFFECT, "severe", f"The patient, by link: pain {told.pain} of 10.", True)
        )
    found += [ToldEffect(_EFFECTS_NOTICED[each], "mild", "", False) for each in told.noticed]
    return found


#: Who comes at once, by country; elsewhere 112.
_EMERGENCY_NUMBERS = {
    **dict.fromkeys(("US", "CA", "MX", "PH", "CO"), "911"),
    "GB": "999",
    "AU": "000",
    "NZ": "111",
    "JP": "119",
    "BR": "192",
    "AE": "998",
    "SA": "997",
    "EG": "123",
}


def emergency_number(country: str) -> str:
    return _EMERGENCY_NUMBERS.get(country.upper(), "112")


#: What a check-in tells the patient for their safety, in English, as the pages and the form say it (a test compares them).
SAFETY_SENTENCES = (
    "Hard to breathe, swollen face or lips, fainting, sight changed?",
    "Do not fill this in. Call <bdi>%(emergency)s</bdi> now.",
    "Call <bdi>%(emergency)s</bdi>",
    "Emergency",
    "1 minute. A clinician reads it within a working day; for anything in red, ring us.",
    "Or any of these?",
    "Pus or heat",
    "Fever",
    "Hives",
    "A lump",
    "Bald patch",
    "Sight changed",
    "Worried? Call the clinic:",
    "Ring us now",
    "A clinician has been told. Do not wait for an answer: what you have told should be looked at today.",
    'Call the clinic: <bdi dir="ltr">%(phone)s</bdi>',
    "If nobody answers, or it gets worse: call <bdi>%(emergency)s</bdi>.",
    "Thank you",
    "A clinician reads it within a working day. If something changes, call us.",
)

#: The page of aftercare is read for so long.
AFTERCARE_DAYS = 14


def check_aftercare_can_be_sent(session_status: str) -> Finding | None:
    """Why no aftercare is sent for a session, or None: only what was signed was given."""
    if session_status == "signed":
        return None
    return block("aftercare:not-signed", "Aftercare is sent once the session is signed.", fixed=True)


#: A link to a check-in works for so long after the day it is due.
LINK_DAYS = 4


def has_waited_too_long(answered_at: datetime, now: datetime, after: timedelta) -> bool:
    """Whether an answer in red that nobody has taken in hand has waited for as long as the clinic lets it."""
    return now - answered_at >= after


def answered_share_or_none(answered: int, asked: int) -> int | None:
    """Of a hundred check-ins that were due, how many were answered; None where none was due."""
    return round(100 * answered / asked) if asked else None


def check_escalation_minutes(minutes: int) -> Finding | None:
    """Why an answer in red may not wait so long before somebody else is told, or None."""
    if 5 <= minutes <= 24 * 60:
        return None
    return block(
        "check-in:escalate", "Type a number of minutes from 5 to 1440.", fixed=True, where="escalate_after"
    )
