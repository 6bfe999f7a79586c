"""What a scanner types, read by biip: GTIN, lot, expiry and serial of a pack. No Django here.

One reader for receiving and for the session. It reads the GS1 element strings (GS1 General Specifications: a
DataMatrix, GS1-128 or QR code, with the symbology prefix, with FNC1 however the scanner writes it, or without any
separator), the printed line with brackets, a plain EAN/UPC, and a GS1 Digital Link address.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import islice

import biip
from biip import ParseError
from biip.gs1_digital_link_uris import GS1DigitalLinkURI
from biip.gs1_element_strings import GS1ElementStrings
from biip.gs1_messages import GS1Message

#: How keyboards and drivers write the separator FNC1 (ASCII 29) where they cannot type it. None of the single
#: characters may stand in a GS1 value.
_SEPARATORS = re.compile(
    r"\x1d|\x1e|\u241d|<GS>|\[GS\]|\{GS\}|<FNC1>|\[FNC1\]|\{FNC1\}|\\x1d|\\u001d|\\F|\^\]|~d029|\xe8|[|~^#@]",
    re.IGNORECASE,
)
_GS = "\x1d"
_AIM = re.compile(r"^\][A-Za-z][0-9A-Za-z]")
_ADDRESS = re.compile(r"^https?://", re.IGNORECASE)
#: Said of a text that is no code at all: perhaps a lot number as it is printed.
NO_CODE = "This is no GS1 code. Scan the square code of the pack, or type the line."
#: Longer than any code on a pack: somebody pasted something else.
LONGEST_SCAN = 400


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
    """What the code says. Where the scanner left the separators out and there is one way to put them, that is
    taken and said; where there are several, only what all of them agree on."""
    ways = possible_scans(typed)
    if len(ways) == 1:
        return ways[0]
    lots, expiries, serials = (
        {way.lot for way in ways},
        {way.expires_on for way in ways},
        {way.serial for way in ways},
    )
    return Scan(
        ways[0].gtin,
        lots.pop() if len(lots) == 1 else "",
        expiries.pop() if len(expiries) == 1 else None,
        serials.pop() if len(serials) == 1 else "",
        _CANNOT_TELL,
    )


def possible_scans(typed: str) -> list[Scan]:
    """Every way to read the code, at least one; more than one only where the separators are missing."""
    text = _normalised_scan_text(typed)
    if not text:
        return [Scan(problem="Nothing was scanned. Scan the pack, or type the line.")]
    if len(text) > LONGEST_SCAN:
        return [Scan(problem="This is no code of a pack. Scan again, or type the line.")]
    if _ADDRESS.match(text):
        return [_read_digital_link(text)]
    if text.isascii() and text.isdigit() and len(text) in (8, 12, 13, 14):
        return [_read_plain_gtin(text)]
    message = _parse_gs1_message_or_none(text)
    if message is not None and (_GS in text or text.startswith("(")):
        return [_scan_from_elements(message.element_strings)]
    if ways := _possible_scans_without_separators(text):
        return ways
    return [_read_plain_gtin(text) if message is None else _scan_from_elements(message.element_strings)]


def _normalised_scan_text(typed: str) -> str:
    """Without the AIM prefix, each separator as ASCII 29; an address stays as it is."""
    text = typed.strip(" \t\r\n").removeprefix(_GS)
    prefix = _AIM.match(text)
    if prefix:
        text = text[prefix.end() :]
    if _ADDRESS.match(text):
        return text
    return _SEPARATORS.sub(_GS, text).strip(_GS)


def _parse_gs1_message_or_none(text: str) -> GS1Message | None:
    """The text as biip reads it; None where it is no GS1 message."""
    try:
        if text.startswith("("):
            return GS1Message.parse_hri(text)
        return biip.parse(text).gs1_message
    except (ParseError, IndexError):  # biip reads past the end of a "]" that stands alone
        return None


def _scan_from_elements(elements: GS1ElementStrings) -> Scan:
    """GTIN, lot, expiry and serial of a message."""

    def element_value(ai: str) -> str:
        element = elements.get(ai=ai)
        return element.value if element else ""

    gtin = elements.get(ai="01") or elements.get(ai="02")
    expiry = elements.get(ai="17")
    expires_on = expiry.date if expiry else None
    if expires_on is None:
        timed = elements.get(ai="7003")
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


#: The words older addresses use for the application identifiers we read.
_WORDS = {"gtin": "01", "lot": "10", "ser": "21", "exp": "17"}


def _read_digital_link(text: str) -> Scan:
    """A GS1 Digital Link: https://id.gs1.org/01/GTIN/10/LOT?17=YYMMDD, at any host and below any path."""
    address, _, _ = text.partition("#")
    address, _, asked = address.partition("?")
    path = "/".join(_WORDS.get(part.lower(), part) for part in address.split("/"))
    pairs = (pair.partition("=") for pair in re.split("[&;]", asked) if pair)
    query = "&".join(f"{_WORDS.get(name.lower(), name)}={value}" for name, _, value in pairs)
    try:
        link = GS1DigitalLinkURI.parse(f"{path}?{query.replace('+', '%2B')}")
    except (ParseError, ValueError):
        problem = (
            "This address says no GTIN, or not as GS1 writes it. Scan the square code of the pack, "
            "or type the line."
        )
        return Scan(problem=problem)
    scan = _scan_from_elements(link.element_strings)
    if scan.gtin or scan.problem:
        return scan
    return Scan(problem="This address is of no product. Scan the square code of the pack, or type the line.")


_COMPARE = "The scanner left the separators out. Compare lot, expiry and serial with the pack."
_CANNOT_TELL = (
    "The scanner left the separators out, so it cannot be told where the lot number ends. "
    "Type it from the pack."
)

#: A GTIN and the dates of fixed length that stand behind it.
_HEAD = re.compile(r"^01\d{14}(?:1[1-7]\d{6})*")
#: What may stand after it, with the length where it is fixed; a lot and a serial run on until a separator.
_FIXED = {"17": 6, "7003": 10}
_RUNS_ON = ("10", "21")
_LONGEST_VALUE = 20
#: More ways than this nobody compares.
_MOST_WAYS = 200


def _possible_scans_without_separators(text: str) -> list[Scan]:
    """The ways to read a code whose lot or serial may have swallowed what follows; empty where it is none.

    A pack says its expiry, so where some way finds one, the ways without it are left out.
    """
    head = _HEAD.match(text)
    if head is None or _GS in text:
        return []
    scans: list[Scan] = []
    told = frozenset(head[0][at : at + 2] for at in range(16, head.end(), 8))
    for rest in islice(_texts_with_separators_put_in(text[head.end() :], told), _MOST_WAYS):
        message = _parse_gs1_message_or_none(head[0] + rest)
        if message is not None:
            scans.append(_scan_from_elements(message.element_strings))
    scans = [scan for scan in scans if not scan.problem]
    dated = [scan for scan in scans if scan.expires_on] or scans
    ways = list(dict.fromkeys(dated))
    if len(ways) == 1 and len(scans) > 1:
        only = ways[0]
        return [Scan(only.gtin, only.lot, only.expires_on, only.serial, _COMPARE)]
    return ways


def _texts_with_separators_put_in(text: str, seen: frozenset[str]) -> Iterator[str]:
    """The text with separators put in, each identifier once; all ways to do it."""
    if not text:
        yield ""
        return
    for ai in (*_FIXED, *_RUNS_ON):
        if ai in seen or not text.startswith(ai):
            continue
        after = text[len(ai) :]
        if ai in _FIXED:
            ends = [_FIXED[ai]] if len(after) >= _FIXED[ai] else []
        else:
            ends = list(range(1, min(len(after), _LONGEST_VALUE) + 1))
        for end in ends:
            for rest in _texts_with_separators_put_in(after[end:], seen | {ai}):
                yield ai + after[:end] + (_GS + rest if rest else "")


def _read_plain_gtin(text: str) -> Scan:
    """A scan that says a GTIN alone, or what is wrong where the text is none."""
    digits = text.replace(" ", "").replace("-", "")
    try:
        gtin = biip.parse(digits).gtin if digits.isascii() and digits.isdigit() else None
    except ParseError:
        gtin = None
    if gtin is not None:
        return Scan(gtin=gtin.as_gtin_14())
    return Scan(problem=NO_CODE)


def is_gtin_14(typed: str) -> bool:
    """Fourteen digits with the right check digit."""
    return len(typed) == 14 and typed.isdigit() and gtin_14_or_empty(typed) == typed


def gtin_14_or_empty(typed: str) -> str:
    """Eight to fourteen digits as fourteen; "" where they are no GTIN (its check digit tells)."""
    return _read_plain_gtin(typed).gtin
