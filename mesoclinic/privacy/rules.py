"""What becomes of a patient's data, by class: when it may be erased, when not, and why. No Django here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from mesoclinic.core.findings import Finding, block


class DataClass(StrEnum):
    """A class of data: all of it is treated alike."""

    CONTACT = "contact"
    DRAFT = "draft"
    MESSAGE = "message"
    IDENTITY = "identity"
    CLINICAL = "clinical"
    PICTURE = "picture"
    MONEY = "money"
    LOG = "log"
    STAFF = "staff"
    REFERENCE = "reference"
    TECHNICAL = "technical"


class Erased(StrEnum):
    AT_ONCE = "at once, when it is asked for"
    AFTER_RETENTION = "after its retention"
    NEVER = "never"
    BY_TIME = "by itself, after so many days"
    NOT_PERSONAL = "never: it is about nobody"


@dataclass(frozen=True, slots=True)
class ClassRule:
    """``why`` names the law that keeps it, or that asks for its erasure."""

    label: str
    purpose: str
    erased: Erased
    why: str


#: Articles of the General Data Protection Regulation. A clinic elsewhere puts its own law beside them (docs/privacy.md).
CLASS_RULES: dict[DataClass, ClassRule] = {
    DataClass.CONTACT: ClassRule(
        "How to reach the patient",
        "Reminders, calls and letters",
        Erased.AT_ONCE,
        "Art. 17(1)(a), (b): no longer needed once nobody is to be reached",
    ),
    DataClass.DRAFT: ClassRule(
        "What was typed and not sent",
        "Nothing typed is lost",
        Erased.AT_ONCE,
        "Art. 17(1)(a): it was never made part of the record",
    ),
    DataClass.MESSAGE: ClassRule(
        "Messages: that and when one went out, no text",
        "Reminders and quotes",
        Erased.AT_ONCE,
        "Art. 17(1)(a); what is still queued is stopped",
    ),
    DataClass.IDENTITY: ClassRule(
        "Names, birth date, record number",
        "To know whose record it is",
        Erased.AFTER_RETENTION,
        "Art. 17(3)(b), (c): the record has to be found as long as it is kept; the number stays for the log",
    ),
    DataClass.CLINICAL: ClassRule(
        "The treatment record: intake, assessment, cocktail, session, follow-up, consent",
        "Treatment, and to answer for it",
        Erased.AFTER_RETENTION,
        "Art. 17(3)(b), (c), (e): records of treatment are kept by law, and for claims",
    ),
    DataClass.PICTURE: ClassRule(
        "Photographs",
        "To see the response",
        Erased.AFTER_RETENTION,
        "Part of the treatment record; copies for teaching or publishing end with the consent",
    ),
    DataClass.MONEY: ClassRule(
        "Quotes, invoices, payments, receipts",
        "To be paid, and to keep books",
        Erased.AFTER_RETENTION,
        "Art. 17(3)(b): books are kept by tax law; amounts and numbers stay in the books for ever, texts go",
    ),
    DataClass.LOG: ClassRule(
        "Who did what and who looked at whom, by record number",
        "To answer who has seen a record",
        Erased.NEVER,
        "Art. 17(3)(b), 5(2): accountability; it holds numbers and no names, so the chain stays whole",
    ),
    DataClass.STAFF: ClassRule(
        "People of the staff, their sign-ins",
        "Access, and who signed",
        Erased.NEVER,
        "Art. 17(3)(b): a signature is somebody's; sign-ins go by themselves",
    ),
    DataClass.REFERENCE: ClassRule(
        "Catalogue, rules, prices, stock, rooms, hours",
        "To run the clinic",
        Erased.NOT_PERSONAL,
        "No personal data",
    ),
    DataClass.TECHNICAL: ClassRule(
        "Keys, counts and runs of the server",
        "To run the server",
        Erased.BY_TIME,
        "Deleted after days (KEEP_… settings)",
    ),
}


@dataclass(frozen=True, slots=True)
class Retention:
    """In years after the last treatment and after the last payment; 0: for ever."""

    clinical_years: int
    money_years: int


@dataclass(frozen=True, slots=True)
class LastDays:
    """When a patient was last seen, by treatment, visit or registration, and when money last moved; None: never."""

    seen_on: date
    money_on: date | None


def years_later(day: date, years: int) -> date:
    """The same day so many years later; the first of March for a 29th of February that is not there."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def record_may_go_on_or_none(last: LastDays, retention: Retention) -> date | None:
    """The first day on which the record may be erased; None: never. The longer of the two counts: money refers to treatment."""
    if not retention.clinical_years or (last.money_on and not retention.money_years):
        return None
    days = [years_later(last.seen_on, retention.clinical_years)]
    if last.money_on:
        days.append(years_later(last.money_on, retention.money_years))
    return max(days)


def check_record_may_go(last: LastDays, retention: Retention, today: date) -> list[Finding]:
    """What stands against erasing the whole record today."""
    may_go_on = record_may_go_on_or_none(last, retention)
    if may_go_on is None:
        return [
            block(
                "erasure:kept",
                "No retention is set, so the record is kept. Set KEEP_CLINICAL_YEARS and KEEP_MONEY_YEARS.",
            )
        ]
    if today < may_go_on:
        return [
            block(
                "erasure:early",
                f"The record is kept until {may_go_on:%-d %b %Y}: by law, and for claims. Its contacts can be erased now.",
            )
        ]
    return []


def check_no_visit_ahead(visits: Sequence[date]) -> list[Finding]:
    """Nobody whose contacts are gone is told that a visit is moved."""
    if not visits:
        return []
    return [
        block(
            "erasure:visits",
            f"{len(visits)} visits are booked, the next on {min(visits):%-d %b %Y}. Cancel them first, or tell the patient now.",
        )
    ]
