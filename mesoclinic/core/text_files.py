"""What a file is and what it says, judged by its content: its name proves nothing."""

import codecs
import re
from dataclasses import dataclass

from charset_normalizer import from_bytes

MAX_MB = 20
MAX_BYTES = MAX_MB * 1024 * 1024
TOO_LARGE = f"It is larger than {MAX_MB} MB. Split it and import the parts one by one."

_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SPREADSHEETS = (b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0")
_NOT_TEXT = (b"%PDF", b"\x1f\x8b", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"7z\xbc\xaf", b"Rar!")

#: What Western European text writes beyond ASCII, in Windows-1252.
_WESTERN = set("ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜßàáâãäåæçèéêëìíîïñòóôõöøùúûüÿŒœŠšŽžŸ’‘“”„«»–—…•·°ºª€£§©®¿¡´\xa0")
_BY_LETTERS = {"cp1252": _WESTERN, "cp1254": _WESTERN | set("ĞğİıŞş")}
_WORD = re.compile(r"[^\W\d_]+")
#: An object with its first name or none, or a list of objects, lists or texts.
_BEGINS_AS_JSON = re.compile(r"""\s*(?:\{\s*(?:["}]|\Z)|\[\s*(?:[\[{"\]]|\Z))""")


class Unreadable(Exception):
    """A file that cannot be imported at all; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Text:
    text: str
    encoding: str

    @property
    def looks_like_json(self) -> bool:
        """Whether it begins as JSON does, whole or cut off. A list may begin with a bracket too: “[Number];Name”."""
        return _BEGINS_AS_JSON.match(self.text) is not None

    @property
    def is_xml(self) -> bool:
        """It begins as XML does, and not with a web page's own tag."""
        return re.match(r"\s*<(?:\?xml|[A-Z]\w+ [^>]*xmlns=)", self.text) is not None


def read_text(data: bytes) -> Text:
    """``data`` as text, by its byte order mark, as UTF-8, or by what its letters look like."""
    if len(data) > MAX_BYTES:
        raise Unreadable(TOO_LARGE)
    if data.startswith(_SPREADSHEETS):
        raise Unreadable("It is a spreadsheet or an archive. Open it, save the list as CSV and import that.")
    if data.startswith(_NOT_TEXT):
        raise Unreadable("It is not text. Export the list as CSV, or the records as FHIR (JSON).")
    encoding = _guess_encoding(data)
    try:
        text = data.decode(encoding)
    except (UnicodeDecodeError, LookupError) as error:
        raise Unreadable(f"It begins as {encoding} and goes on otherwise. Save it again as UTF-8.") from error
    text = text.removeprefix("\ufeff")
    if "\x00" in text:
        line = text.count("\n", 0, text.index("\x00")) + 1
        raise Unreadable(f"Line {line} holds a NUL byte: the file is damaged or not text. Export it again.")
    if not text.strip():
        raise Unreadable("It is empty. Export it again.")
    return Text(text, encoding)


def _guess_encoding(data: bytes) -> str:
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return encoding
    # UTF-16 without its mark: every other byte of plain letters is zero.
    start = data[:4096]
    if len(start) > 3 and start[1::2].count(0) > 0.4 * len(start) / 2 > start[0::2].count(0) * 2:
        return "utf-16-le"
    if len(start) > 3 and start[0::2].count(0) > 0.4 * len(start) / 2 > start[1::2].count(0) * 2:
        return "utf-16-be"
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    else:
        return "utf-8"
    for encoding, letters in _BY_LETTERS.items():
        if _decodes_to_words(data, encoding, letters):
            return encoding
    # A sample is enough to tell, and a list of 20 MB would take minutes.
    odd = next(i for i, byte in enumerate(data) if byte > 127)
    best = from_bytes(data[max(0, odd - 100_000) : odd + 100_000]).best()
    if best is None:
        raise Unreadable("Its letters cannot be read. Save it again as UTF-8.")
    return best.encoding


def _decodes_to_words(data: bytes, encoding: str, letters: set[str]) -> bool:
    """Whether ``encoding`` makes words of it: “Müller”, not “GŽrard” (a Mac’s) or “Þahin” (Turkish).

    Guessing by frequency goes wrong on a list: a few accents among many numbers say too little.
    """
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return False
    if {c for c in text if ord(c) > 127} - letters:
        return False
    for word in _WORD.findall(text):
        odd = [c for c in word if ord(c) > 127]
        if len(word) > 3 and len(odd) > len(word) / 2:
            return False
        if any(c.isupper() and ord(c) > 127 for c in word[1:]) and not word.isupper():
            return False
    return True
