"""How a recall moves on, whom to tell, and when it may be closed. No Django here."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from mesoclinic.core.findings import Finding, block, note, ordered, warn
from mesoclinic.core.moves import can_move
from mesoclinic.core.quantities import plain_number_text


class CaseStatus(StrEnum):
    OPEN = "open"  # stock is put aside, patients are being told
    CLOSED = "closed"  # everyone was told or tried; frozen
    WITHDRAWN = "withdrawn"  # started by mistake; the lots stay as they are


RECALL_MOVES: dict[CaseStatus, frozenset[CaseStatus]] = {
    CaseStatus.OPEN: frozenset({CaseStatus.CLOSED, CaseStatus.WITHDRAWN}),
    CaseStatus.CLOSED: frozenset({CaseStatus.OPEN}),
    CaseStatus.WITHDRAWN: frozenset(),
}


class Measure(StrEnum):
    """What is done with the lots."""

    RECALL = "recall"
    QUARANTINE = "quarantine"


def check_recall_can_start(*, reason: str, lots: int, measure: str) -> Finding | None:
    """Why a recall of so many lots cannot start, or None."""
    if not reason.strip():
        return block("recall:reason", "Say who recalls it, and why.", fixed=True, where="reason")
    if not lots:
        return block("recall:lots", "Choose at least one lot.", fixed=True, where="lots")
    if measure not in set(Measure):
        message = "Say whether it is recalled, or put aside for now."
        return block("recall:measure", message, fixed=True, where="measure")
    return None


#: What is asked where one of these moves is made without a reason.
_SAY_WHY = {
    CaseStatus.WITHDRAWN: "Say why the recall is withdrawn.",
    CaseStatus.OPEN: "Say why it is opened again.",
}


def check_recall_status_may_change(status: str, to: CaseStatus, *, reason: str = "") -> Finding | None:
    """Why a recall cannot be closed, withdrawn or opened again, or None. Closing it takes no reason here."""
    if not can_move(RECALL_MOVES, status, to):
        message = f"This recall is {status}: it cannot become {to}. Look at it again."
        return block("recall:move", message, fixed=True)
    if to in _SAY_WHY and not reason.strip():
        return block("recall:reason", _SAY_WHY[to], fixed=True, where="reason")
    return None


def check_recall_is_open(status: str) -> Finding | None:
    """Why nobody is called for a recall any more, or None."""
    if status == CaseStatus.OPEN:
        return None
    return block("recall:ended", f"This recall is {status}: open it again to go on.", fixed=True)


class Outcome(StrEnum):
    REACHED = "reached"
    NOT_REACHED = "not_reached"
    LETTER = "letter"


class Channel(StrEnum):
    PHONE = "phone"
    IN_PERSON = "in_person"
    EMAIL = "email"
    POST = "post"


@dataclass(frozen=True, slots=True)
class Tally:
    """A recall in figures. ``patients`` = ``reached`` + ``tried`` (not reached yet) + ``untried``, the dead left out
    of all four. ``drafts`` are open sessions that hold a lot of it; ``on_hand_ml`` is what is still on the shelf."""

    patients: int = 0
    reached: int = 0
    tried: int = 0
    untried: int = 0
    deceased: int = 0
    sessions: int = 0
    drafts: int = 0
    given_ml: Decimal = Decimal(0)
    on_hand_ml: Decimal = Decimal(0)


def check_recall_can_close(tally: Tally) -> list[Finding]:
    """What stands between a recall and its closing.

    An open session that holds the lot, and somebody nobody has tried to reach, cannot be gone past; somebody tried
    and not reached, and stock that is still here, take a reason.
    """
    findings = []
    if tally.drafts:
        sessions = _count_text(tally.drafts, "open session holds", "open sessions hold")
        message = f"{sessions} a recalled lot. Take another lot there, or sign without it."
        findings.append(block("recall:drafts", message, fixed=True))
    if tally.untried:
        people = _count_text(tally.untried, "patient was", "patients were")
        message = f"{people} not called yet. Clinicians and the front desk see the list: reach them, or write down that it was tried."
        findings.append(block("recall:untried", message, fixed=True))
    if tally.tried:
        people = _count_text(tally.tried, "patient was", "patients were")
        message = f"{people} tried and not reached. Send a letter, or say why it ends here."
        findings.append(warn("recall:not-reached", message))
    if tally.on_hand_ml > 0:
        message = f"{plain_number_text(tally.on_hand_ml)} ml of it is still on the shelf. Return or waste it, or say where it is kept."
        findings.append(warn("recall:on-hand", message))
    if tally.deceased:
        people = _count_text(tally.deceased, "patient", "patients")
        findings.append(note("recall:deceased", f"{people} who received it died since."))
    return ordered(findings)


def _count_text(count: int, one: str, many: str) -> str:
    """``2 patients``, ``1 patient``."""
    return f"{count} {one if count == 1 else many}"


@dataclass(frozen=True, slots=True)
class Attempt:
    outcome: str
    channel: str
    note: str = ""


def check_attempt_outcome_and_channel(attempt: Attempt) -> list[Finding]:
    """What is wrong with one attempt as it was written down."""
    findings = []
    if attempt.outcome not in set(Outcome):
        message = "Say whether the patient was reached."
        findings.append(block("attempt:outcome", message, fixed=True, where="outcome"))
    if attempt.channel not in set(Channel):
        message = "Say how it was tried: by phone, in person, by e-mail or by post."
        findings.append(block("attempt:channel", message, fixed=True, where="channel"))
    return ordered(findings)


_TOKEN = re.compile(r"[A-Z0-9]+(?:[-/.][A-Z0-9]+)*")

_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−", "-"))

_MONTH = r"(?:JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)[A-Z]*\.?"

_DATE = re.compile(
    rf"\b\d{{1,2}}\s?[/.-]\s?\d{{1,2}}\s?[/.-]\s?\d{{2,4}}\b"
    rf"|\b\d{{1,2}}\s?/\s?\d{{2,4}}\b"
    rf"|\b(?:\d{{1,2}}\s+)?{_MONTH}\s+\d{{1,4}}(?:\s?,?\s+\d{{4}})?\b"
)

#: What follows one of these is another kind of number.
_OTHER_NUMBERS = frozenset(
    [
        "EXP",
        "EXPIRY",
        "EXPIRES",
        "EXPIRATION",
        "EXPIRING",
        "DATE",
        "DATES",
        "NDC",
        "UPC",
        "EAN",
        "GTIN",
        "RECALL",
        "P/N",
        "PN",
        "REF",
        "ITEM",
        "NO",
        "VERSION",
        "TEL",
        "PHONE",
        "FAX",
        "SECTION",
        "BY",
        "BEFORE",
        "PRODUCED",
        "CATALOG",
        "CATALOGUE",
    ]
)

#: What stands before one of these is an amount.
_UNITS = frozenset(
    [
        "MG",
        "MCG",
        "G",
        "KG",
        "ML",
        "L",
        "OZ",
        "LB",
        "LBS",
        "COUNT",
        "BOTTLE",
        "BOTTLES",
        "VIAL",
        "VIALS",
        "AMPOULE",
        "AMPOULES",
        "TABLET",
        "TABLETS",
        "CAPSULES",
        "UNITS",
        "PACKS",
        "BOXES",
        "DAY",
        "DAYS",
        "HOURS",
        "MONTHS",
        "YEARS",
        "MM",
        "CM",
        "SYRINGES",
        "KITS",
    ]
)

_LOT_WORDS = frozenset(["LOT", "LOTS", "BATCH", "BATCHES", "UNIT", "UNITS"])

_BETWEEN = frozenset(["THROUGH", "THRU", "TO", "UNTIL"])

_ALL_LOTS = re.compile(r"\bALL\s+(?:LOTS|BATCHES)\b")


@dataclass(frozen=True, slots=True)
class Match:
    """Where a notice names a lot: ``said`` as it stands there. ``doubt`` says why a person should look; "" where the
    number stands as a lot's number does."""

    said: str
    doubt: str = ""

    @property
    def is_sure(self) -> bool:
        return not self.doubt


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    #: What stands between the token before and this one.
    gap: str
    #: Something else than a lot's number, by what stands beside it.
    other: str = ""
    #: Whether a word for lots stands before it in its clause.
    after_lot: bool = False

    @property
    def has_digit(self) -> bool:
        return any(sign.isdigit() for sign in self.text)


@dataclass(frozen=True, slots=True)
class _Range:
    low: str
    high: str
    doubt: str = ""


@dataclass(frozen=True)
class Notice:
    """A notice taken apart."""

    text: str
    tokens: Sequence[_Token] = ()
    ranges: Sequence[_Range] = ()
    all_lots: bool = False
    words: frozenset[str] = field(default_factory=frozenset)


def read_notice(text: str) -> Notice:
    """Take a pasted notice, or a list of lot numbers, apart."""
    plain = _normalized_upper(text)
    tokens = _split_into_tokens(plain)
    return Notice(
        text=plain,
        tokens=tokens,
        ranges=_number_ranges_in(tokens),
        all_lots=bool(_ALL_LOTS.search(plain)),
        words=frozenset(_TOKEN.findall(plain)),
    )


def _normalized_upper(text: str) -> str:
    """Full-width signs and the many dashes in their plain form, in capitals."""
    return unicodedata.normalize("NFKC", text).translate(_DASHES).upper()


def _split_into_tokens(text: str) -> list[_Token]:
    dates = [match.span() for match in _DATE.finditer(text)]
    found: list[_Token] = []
    end, label, after_lot = 0, "", False
    for match in _TOKEN.finditer(text):
        word, gap = match[0], text[end : match.start()]
        end = match.end()
        follows = text[end : end + 12]
        if re.search(r"[;\n]", gap):
            label = ""
            after_lot = after_lot and "\n" not in gap
        if "," in gap or "(" in gap:
            label = ""
        if word in _LOT_WORDS:
            after_lot, label = True, ""
        elif word in _OTHER_NUMBERS:
            label = word.lower()
        next_word = _TOKEN.match(follows.lstrip(" "))
        other = ""
        if any(start <= match.start() < stop for start, stop in dates):
            other = "It stands where a date stands."
        elif len(word) <= 2 and follows[:1] == ")" and not gap.endswith("("):
            other = "It stands as the number of a list."
        elif label and not word.isalpha():
            other = f"It stands after “{label}”."
        elif word.isdigit() and next_word and next_word[0] in _UNITS:
            other = "It stands where an amount stands."
        if word.isalpha() and word not in _OTHER_NUMBERS:
            label = ""
        found.append(_Token(word, gap, other, after_lot))
    return found


def _number_ranges_in(tokens: Sequence[_Token]) -> list[_Range]:
    """Every “A1 to A9”, “A1 - A9” and “A1-A9” that can be a range of numbers."""
    found = []
    for place, token in enumerate(tokens):
        rest = tokens[place + 1 : place + 3]
        if len(rest) == 2 and rest[0].text in _BETWEEN:
            doubt = token.other or rest[1].other
            found += _range_as_list_if_valid(token.text, rest[1].text, doubt)
        if rest and rest[0].gap.strip() == "-":
            found += _range_as_list_if_valid(token.text, rest[0].text, token.other or rest[0].other)
        low, dash, high = token.text.partition("-")
        if dash and "-" not in high:
            doubt = token.other
            if not low[:1].isalpha():
                doubt = doubt or "It lies between two numbers joined by a dash."
            found += _range_as_list_if_valid(low, high, doubt)
    return found


def _range_as_list_if_valid(low: str, high: str, doubt: str) -> list[_Range]:
    """One range, or none where the two ends are not built alike or run backwards."""
    one, other = _split_lot_number_or_none(low), _split_lot_number_or_none(high)
    if one is None or other is None or (one[0], one[2]) != (other[0], other[2]):
        return []
    return [_Range(low, high, doubt)] if int(one[1]) <= int(other[1]) else []


def _split_lot_number_or_none(number: str) -> tuple[str, str, str] | None:
    """Letters, the last digits, and what follows them: ``LF00478C`` is ``LF``, ``00478``, ``C``."""
    match = re.fullmatch(r"(.*?)(\d+)(\D*)", number)
    return (match[1], match[2], match[3]) if match else None


def find_lot_in_notice_or_none(number: str, notice: Notice) -> Match | None:
    """Where the notice names the lot ``number``; None where it does not."""
    wanted = _normalized_upper(number).strip()
    parts = _TOKEN.findall(wanted)
    if not parts:
        return None
    found = [*_matches_as_written(parts, notice.tokens), *_matches_in_ranges(wanted, notice.ranges)]
    found += _matches_in_slashed_numbers(wanted, notice.tokens)
    found += _matches_with_other_dashes(wanted, notice.tokens)
    return min(found, key=lambda match: not match.is_sure, default=None)


def _matches_as_written(parts: Sequence[str], tokens: Sequence[_Token]) -> Iterable[Match]:
    """Where the number stands as it is written, blanks aside."""
    count = len(parts)
    for place in range(len(tokens) - count + 1):
        here = tokens[place : place + count]
        if [token.text for token in here] != list(parts):
            continue
        if not all(_is_only_blanks(token.gap) for token in here[1:]):
            continue
        yield Match(" ".join(parts), _doubt_about_match_or_empty(tokens, place, count))


def _doubt_about_match_or_empty(tokens: Sequence[_Token], place: int, count: int) -> str:
    """Why these tokens may be no lot number of ours; "" where nothing speaks against it."""
    here = tokens[place : place + count]
    if other := next((token.other for token in here if token.other), ""):
        return other
    text = "".join(token.text for token in here)
    if not here[0].after_lot:
        if len(text) < 4:
            return "It is short, and no word for lots stands before it."
        if not any(token.has_digit for token in here):
            return "It is a word, and no word for lots stands before it."
    before = tokens[place - 1] if place else None
    after = tokens[place + count] if place + count < len(tokens) else None
    for token, gap in ((before, here[0].gap), (after, after.gap if after else "")):
        if token is None or not _is_only_blanks(gap) or not token.has_digit or token.other:
            continue
        if _letters_and_digits_shape(token.text) != _letters_and_digits_shape(here[0].text):
            return "It may be a part of a longer number."
    return ""


def _is_only_blanks(gap: str) -> bool:
    """Only blanks between: both may be one number."""
    return gap != "" and not gap.strip(" \t") and "\n" not in gap


def _letters_and_digits_shape(text: str) -> str:
    """``TF12`` is ``AA99``: numbers of one shape stand in a list, others may be one number."""
    return re.sub(r"[A-Z]", "A", re.sub(r"\d", "9", text))


def _matches_in_ranges(wanted: str, ranges: Iterable[_Range]) -> Iterable[Match]:
    """The ranges that the number lies in."""
    mine = _split_lot_number_or_none(wanted)
    if mine is None:
        return
    for each in ranges:
        low, high = _split_lot_number_or_none(each.low), _split_lot_number_or_none(each.high)
        if low is None or high is None:
            continue
        if (mine[0], mine[2]) != (low[0], low[2]):
            continue
        if not len(low[1]) <= len(mine[1]) <= len(high[1]):
            continue
        if len(low[1]) < len(high[1]) and mine[1].startswith("0"):
            continue
        if int(low[1]) <= int(mine[1]) <= int(high[1]):
            yield Match(f"{each.low} to {each.high}", each.doubt)


def _matches_in_slashed_numbers(wanted: str, tokens: Iterable[_Token]) -> Iterable[Match]:
    """``A12/B34`` may name two lots, or be the number of one. A person looks."""
    for token in tokens:
        if token.text != wanted and wanted in token.text.split("/") and (token.after_lot or token.has_digit):
            yield Match(token.text, token.other or "Strokes join several numbers: it may be a part of one.")


#: Shorter numbers say nothing once their dashes and blanks are gone.
_TELLING = 6


def _matches_with_other_dashes(wanted: str, tokens: Sequence[_Token]) -> Iterable[Match]:
    """The same signs with other dashes and blanks: ``TFRS 130B`` for ``TFRS-130B``. A person looks."""
    bare = re.sub(r"[^A-Z0-9]", "", wanted)
    if len(bare) < _TELLING:
        return
    for place in range(len(tokens)):
        text = ""
        for more in range(place, min(place + 6, len(tokens))):
            if more > place and not _is_only_blanks(tokens[more].gap.replace("/", " ", 1)):
                break
            text += re.sub(r"[^A-Z0-9]", "", tokens[more].text)
            if text == bare:
                said = " ".join(token.text for token in tokens[place : more + 1])
                if said != wanted:
                    yield Match(said, "It is written with other dashes or blanks.")
            if len(text) >= len(bare):
                break


def notice_names_product(words: Iterable[str], notice: Notice) -> bool:
    """Whether the notice says a telling word of a product's name (four letters at least)."""
    telling = {word for name in words for word in re.findall(r"[A-Z]{4,}", _normalized_upper(name))}
    said = {part for word in notice.words for part in re.findall(r"[A-Z]{4,}", word)}
    return bool(telling & said)
