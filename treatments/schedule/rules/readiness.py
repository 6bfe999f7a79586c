"""Whether a visit can go ahead: what is missing before it, and who can see to it. No Django here."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from mesoclinic.core.findings import Finding, Level, block, note, ok, warn
from mesoclinic.core.wording import day_text
from patients.rules.alerts import (
    NOT_KNOWN,
    AlertLevel,
    Injection,
    OpenAlert,
    alert_level_for_injection_or_empty,
    alert_texts_for_desk,
)
from treatments.schedule.rules.going_ahead import GOING_AHEAD_WORDS
from treatments.schedule.rules.stock import Shortage

DESK, CLINICIAN, ADMIN = "Front desk", "A clinician", "Admin"

#: A card has room for a word or two; nothing clinical is in them.
WORDS = {
    "ready:alert": "alert",
    "ready:no-consent": "no consent",
    "ready:consent-expired": "consent expired",
    "ready:no-intake": "no intake",
    "ready:review": "review due",
    "ready:interval": "interval",
    "ready:balance": "not paid",
    "ready:lots": "stock short",
    "ready:unsigned": "draft unsigned",
    "ready:waits-for-review": "waits for the review",
    **GOING_AHEAD_WORDS,
}


@dataclass(frozen=True, slots=True)
class UnsignedSession:
    """A session begun and not signed."""

    number: int
    on: date
    clinician: str


@dataclass(frozen=True, slots=True)
class SessionAhead:
    """What is known of a session before it. ``window`` is the protocol's fewest and most days."""

    day: date
    number: int
    planned: int
    consent_until: date | None = None
    #: When the patient last told something about their health, and when a clinician last weighed it.
    told_on: date | None = None
    reviewed_on: date | None = None
    last_on: date | None = None
    window: tuple[int, int] | None = None
    #: What the clinic's rules of intervals say to this day.
    intervals: Sequence[Finding] = field(default_factory=tuple)
    price: Decimal | None = None
    paid: Decimal = Decimal(0)
    short: Sequence[Shortage] = field(default_factory=tuple)
    unsigned: Sequence[UnsignedSession] = field(default_factory=tuple)
    #: The session whose review is answered before this one starts.
    waits_for_review: int | None = None
    #: What stands against the next injection.
    alerts: Sequence[OpenAlert] = field(default_factory=tuple)
    #: What its cocktail holds and where it is given, as planned.
    injection: Injection = NOT_KNOWN


#: More alerts than this are a wall of words: the others stand on the patient's page.
MOST_ALERTS_TOLD = 2


def readiness_findings(ahead: SessionAhead, *, clinical: bool) -> list[Finding]:
    """Every check, worst first in its own words; ``detail`` says who can see to it.

    ``clinical`` is whether the reader may see clinical detail: the front desk reads that something
    is to be reviewed or ordered, never what.
    """
    return [
        *_alert_findings(ahead, clinical),
        _consent_finding(ahead),
        *_course_review_findings(ahead),
        _contraindication_review_finding(ahead, clinical),
        _interval_finding(ahead),
        _payment_finding(ahead),
        _stock_finding(ahead, clinical),
        _unsigned_sessions_finding(ahead),
    ]


def findings_to_act_on(findings: Sequence[Finding]) -> list[Finding]:
    """Those somebody has something to do about."""
    return [f for f in findings if f.level in (Level.BLOCK, Level.WARN)]


def readiness_text_and_level(findings: Sequence[Finding]) -> tuple[str, str]:
    """What a card says, and its level: ready · consent expired · stock short +1."""
    todo = findings_to_act_on(findings)
    if not todo:
        return "ready", "ok"
    first = min(todo, key=lambda f: not f.blocks)
    more = f" +{len(todo) - 1}" if len(todo) > 1 else ""
    return f"{WORDS[first.code]}{more}", "stop" if first.blocks else "warn"


def _alert_findings(ahead: SessionAhead, clinical: bool) -> list[Finding]:
    """What stands against this injection; the desk reads what it has to do about it, never what it is."""
    levels = [(alert, alert_level_for_injection_or_empty(alert, ahead.injection)) for alert in ahead.alerts]
    standing = [(alert, level) for alert, level in levels if level]
    told = (
        list(dict.fromkeys(alert.text for alert, _ in standing))
        if clinical
        else alert_texts_for_desk(alert for alert, _ in standing)
    )
    if not told:
        return []
    grave = {level for _, level in standing}
    cited = dict.fromkeys(alert.cited for alert, _ in standing[:MOST_ALERTS_TOLD] if alert.cited and clinical)
    source = " | ".join(cited)
    message = " ".join(text if text.endswith(".") else f"{text}." for text in told[:MOST_ALERTS_TOLD])
    if len(told) > MOST_ALERTS_TOLD:
        message += f" And {len(told) - MOST_ALERTS_TOLD} more."
    if grave & {AlertLevel.FIXED, AlertLevel.BLOCK}:
        way_out = " Clear it on the patient's page first." if clinical else ""
        return [block("ready:alert", f"{message}{way_out}", source=source, detail=CLINICIAN)]
    make = warn if AlertLevel.WARN in grave else note
    return [make("ready:alert", message, source=source, detail=CLINICIAN)]


def _consent_finding(ahead: SessionAhead) -> Finding:
    if ahead.consent_until is None:
        message = "No consent. Print the consent for signing: nobody starts without it."
        return block("ready:no-consent", message, detail=CLINICIAN)
    if ahead.consent_until < ahead.day:
        ended = day_text(ahead.consent_until)
        message = f"Consent expired on {ended}. Print the consent for signing: nobody starts without it."
        return block("ready:consent-expired", message, detail=CLINICIAN)
    return ok("ready:consent", f"Consent until {day_text(ahead.consent_until)}.")


def _course_review_findings(ahead: SessionAhead) -> list[Finding]:
    """It may be booked, and waits."""
    if ahead.waits_for_review is None:
        return []
    message = f"Waits for the review after session {ahead.waits_for_review}. It starts once that is answered."
    return [block("ready:waits-for-review", message, detail=CLINICIAN)]


def _contraindication_review_finding(ahead: SessionAhead, clinical: bool) -> Finding:
    """Contraindications are weighed when the cocktail is signed, and again with each signed session."""
    code = "ready:review"
    if ahead.told_on is None:
        message = (
            "No intake: take it before anything is injected."
            if clinical
            else "A clinician has to ask the safety questions."
        )
        return block("ready:no-intake", message, detail=CLINICIAN)
    if ahead.reviewed_on is None or ahead.told_on > ahead.reviewed_on:
        told = day_text(ahead.told_on)
        message = (
            f"The patient told something new on {told}: weigh the contraindications again."
            if clinical
            else "A clinician has to review the safety questions."
        )
        return warn(code, message, detail=CLINICIAN)
    return ok(code, f"Safety questions reviewed on {day_text(ahead.reviewed_on)}.")


def _interval_finding(ahead: SessionAhead) -> Finding:
    code = "ready:interval"
    if ahead.intervals:
        said = ahead.intervals
        message = " ".join(each.message for each in said)
        make = block if any(each.blocks for each in said) else warn
        return make(code, message, detail=f"{DESK} or {CLINICIAN.lower()}")
    if ahead.last_on is None or ahead.window is None:
        return ok(code, "First session.")
    days = (ahead.day - ahead.last_on).days
    interval = "1 day" if days == 1 else f"{days} days"
    least, most = ahead.window
    if days < least:
        message = f"{interval} since the last session; the protocol asks for at least {least}. Move it, or let a clinician decide."
        return warn(code, message, detail=f"{DESK} or {CLINICIAN.lower()}")
    if days > most:
        message = f"{interval} since the last session; the protocol asks for at most {most}. A clinician decides how to go on."
        return warn(code, message, detail=CLINICIAN)
    return ok(code, f"{interval} since the last session.")


def _payment_finding(ahead: SessionAhead) -> Finding:
    """Each session is paid by the time it is given: its share of the course [GK]."""
    code = "ready:balance"
    if ahead.price is None:
        return ok(code, "Nothing to pay.")
    due = ahead.price * min(ahead.number, ahead.planned) / ahead.planned
    if ahead.paid >= due:
        return ok(code, "Paid for this session.")
    return warn(code, "Not paid up to this session. Take a payment.", detail=DESK, where="balance")


def _stock_finding(ahead: SessionAhead, clinical: bool) -> Finding:
    code = "ready:lots"
    if not ahead.short:
        return ok(code, "In stock.")
    if not clinical:
        message = "The stock for this session is short: it has to be ordered."
        return block(code, message, detail=ADMIN)
    said = "; ".join(f"{s.name}: {s.there.normalize():f} of {s.needed.normalize():f} ml" for s in ahead.short)
    return block(code, f"Not enough in date. {said}. Order it.", detail=ADMIN)


def _unsigned_sessions_finding(ahead: SessionAhead) -> Finding:
    code = "ready:unsigned"
    if not ahead.unsigned:
        return ok(code, "Every earlier session is signed.")
    said = ", ".join(f"session {d.number} of {day_text(d.on)}" for d in ahead.unsigned)
    who = " or ".join(sorted({d.clinician for d in ahead.unsigned}))
    return warn(code, f"Not signed yet: {said}. Sign it first.", detail=who)
