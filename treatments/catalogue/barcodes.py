"""What a scanner types, read by biip: GTIN, lot, expiry and serial of a pack. No Django here."""

import re
from dataclasses import dataclass
from datetime import date

import biip
from biip import ParseError
from biip.gs1_messages import GS1Message

#: How keyboards and drivers write the separator FNC1 (ASCII 29) where they cannot type it.
_SEPARATORS = re.compile(
    r"\x1d|\x1e|␝|<GS>|\[GS\]|\{GS\}|<FNC1>|\[FNC1\]|\\x1d|\\u001d|\^\]|~d029|[|~^]", re.IGNORECASE
)
_GS = "\x1d"
_AIM = re.compile(r"^\][A-Za-z][0-9A-Za-z]")
#: Longer than any GS1 symbol: somebody pasted something else.
LONGEST_SCAN = 200


@dataclass(frozen=True, slots=True)
class Scan:
    """What a symbol says; empty and None is not in it. ``gtin`` has 14 digits.

    ``problem`` says what could not be read and what to do; where there is one, use what is there with care.
    """

    gtin: str = ""
    lot: str = ""
    expires_on: date | None = None
    serial: str = ""
    problem: str = ""

    @property
    def holds_any_value(self) -> bool:
        return bool(self.gtin or self.lot or self.expires_on or self.serial)


def read_scan(typed: str) -> Scan:
    """A GS1 DataMatrix, GS1-128, QR or plain EAN/UPC as a scanner types it; with or without AIM prefix (``]d2``),
    separators, or the brackets of the printed text."""
    text = _normalised_scan_text(typed)
    if not text:
        return Scan(problem="Nothing was scanned. Scan the pack, or type the line.")
    if len(text) > LONGEST_SCAN:
        return Scan(problem="This is no code of a pack. Scan again, or type the line.")
    if text.isdigit() and len(text) in (8, 12, 13, 14):
        return _read_plain_gtin(text)
    message = _parse_gs1_message_or_none(text)
    if message is None:
        return _read_scan_without_separators_or_none(text) or _read_plain_gtin(text)
    scan = _scan_from_message(message)
    if _GS in text or text.startswith("("):
        return scan
    return _read_scan_without_separators_or_none(text) or scan


def _normalised_scan_text(typed: str) -> str:
    """Without the AIM prefix, each separator as ASCII 29."""
    text = _SEPARATORS.sub(_GS, typed.strip(" \t\r\n"))
    prefix = _AIM.match(text)
    if prefix:
        text = text[prefix.end() :]
    return text.strip(_GS)


def _parse_gs1_message_or_none(text: str) -> GS1Message | None:
    """The text as biip reads it; None where it is no GS1 message."""
    try:
        if text.startswith("("):
            return GS1Message.parse_hri(text)
        return biip.parse(text).gs1_message
    except (ParseError, IndexError):  # biip reads past the end of a "]" that stands alone
        return None


def _scan_from_message(message: GS1Message) -> Scan:
    """GTIN, lot, expiry and serial of a message."""

    def element_value(ai: str) -> str:
        """What stands under this application identifier; empty where nothing does."""
        element = message.element_strings.get(ai=ai)
        return element.value if element else ""

    gtin = message.element_strings.get(ai="01") or message.element_strings.get(ai="02")
    expiry = message.element_strings.get(ai="17")
    expires_on = expiry.date if expiry else None
    if expires_on is None:
        timed = message.element_strings.get(ai="7003")
        expires_on = timed.datetime.date() if timed and timed.datetime else None
    if gtin is not None and gtin.gtin is None:
        problem = "The check digit of the GTIN is wrong. Scan again, or type the line."
        return Scan(problem=problem)
    return Scan(
        gtin=gtin.value if gtin else "",
        lot=element_value("10"),
        expires_on=expires_on,
        serial=element_value("21"),
    )


#: A GTIN, dates of fixed length, then a lot that runs on: where it ends only a separator says.
_RUNS_ON = re.compile(r"^(01\d{14}(?:1[1-7]\d{6})*)10(.+)$")
_COMPARE = "The scanner left the separators out. Compare lot, expiry and serial with the pack."
_CANNOT_TELL = (
    "The scanner left the separators out, so it cannot be told where the lot number ends. "
    "Type it from the pack."
)


def _read_scan_without_separators_or_none(text: str) -> Scan | None:
    """A lot that may have swallowed an expiry (17) or a serial (21); None where nothing can be in doubt.

    Where there is one way to end it, that is taken and said; where there are several, it is left out.
    """
    parts = _RUNS_ON.match(text)
    head = _parse_gs1_message_or_none(parts[1]) if parts else None
    if parts is None or head is None:
        return None
    before, rest = _scan_from_message(head), parts[2]
    if before.problem:
        return before
    whole = [before.expires_on] if before.expires_on and len(rest) <= 20 else []
    ways: list[Scan] = []
    for end in range(1, min(len(rest), 21)):
        if not rest.startswith(("17", "21"), end):
            continue
        after = _parse_gs1_message_or_none(rest[end:])
        if after is None:
            continue
        tail = _scan_from_message(after)
        if tail.lot or (tail.expires_on and before.expires_on):
            continue
        expires_on = tail.expires_on or before.expires_on
        if expires_on is None:
            continue  # a serial alone: an expiry is what a pack always says
        ways.append(Scan(before.gtin, rest[:end], expires_on, tail.serial))
    if not ways:
        return None
    if len(ways) + len(whole) == 1:
        only = ways[0]
        return Scan(only.gtin, only.lot, only.expires_on, only.serial, _COMPARE)
    return Scan(before.gtin, "", before.expires_on, "", _CANNOT_TELL)


def _read_plain_gtin(text: str) -> Scan:
    """A scan that says a GTIN alone, or what is wrong where the text is none."""
    digits = text.replace(" ", "").replace("-", "")
    try:
        gtin = biip.parse(digits).gtin if digits.isdigit() else None
    except ParseError:
        gtin = None
    if gtin is not None:
        return Scan(gtin=gtin.as_gtin_14())
    problem = "This is no GS1 code. Scan the square code of the pack, or type the line."
    return Scan(problem=problem)


def is_gtin_14(typed: str) -> bool:
    """Fourteen digits with the right check digit."""
    return len(typed) == 14 and typed.isdigit() and gtin_14_or_empty(typed) == typed


def gtin_14_or_empty(typed: str) -> str:
    """Eight to fourteen digits as fourteen; "" where they are no GTIN (its check digit tells)."""
    return _read_plain_gtin(typed).gtin
