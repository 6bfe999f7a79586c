"""What a PDF holds beside its pages: looked for in what its objects say, packed ones included. No Django here.

A file of one kind only: whatever stands before its first or after its last line belongs to another kind.
"""

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

#: What runs, opens or carries something when a PDF is looked at; the short ones stand by chance in packed pictures.
_LONG_ACTIVE = (
    rb"JavaScript|Launch|EmbeddedFiles?|OpenAction|RichMedia|SubmitForm|ImportData|GoToR|GoToE|Movie|Sound"
)
_ACTIVE = re.compile(rb"/(?:" + _LONG_ACTIVE + rb"|JS|AA|XFA)\b")
_ACTIVE_ANYWHERE = re.compile(rb"/(?:" + _LONG_ACTIVE + rb")\b")
_ENCRYPTED = re.compile(rb"/Encrypt\b")
#: A stream that holds objects; and what else it may be packed with than is unpacked here.
_HOLDS_OBJECTS = re.compile(rb"/(?:ObjStm|First)\b")
_PACKED_OTHERWISE = re.compile(
    rb"/(?:ASCIIHexDecode|AHx|ASCII85Decode|A85|LZWDecode|LZW|RunLengthDecode|RL|Crypt|Predictor)\b"
)
_STREAM = re.compile(rb"stream\r?\n")
_END = b"endstream"
_JPEG = b"\xff\xd8\xff"
_ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
#: Pages and pictures unpack to a few times their size; more is made to fill a reader's memory.
MOST_UNPACKED = 64 * 1024 * 1024
_DEEPEST = 4
#: Only this may stand after the last line.
_BLANKS = b" \t\r\n\x00"


def is_one_whole_pdf(content: bytes) -> bool:
    """Begins as a PDF and ends as one; nothing stands before or after it."""
    _, end, after = content.rpartition(b"%%EOF")
    return content.startswith(b"%PDF-") and bool(end) and not after.strip(_BLANKS)


def pdf_refusal_code_or_none(content: bytes) -> str | None:
    """``encrypted``, ``active`` or ``bomb``; None where nothing but pages was found."""
    said, left = [], MOST_UNPACKED
    for part in _parts(content):
        said.append(part.before)
        before = _plain_names(part.before)
        holds_objects = bool(_HOLDS_OBJECTS.search(before))
        if holds_objects and part.stream and _PACKED_OTHERWISE.search(before):
            return "active"
        if part.stream.startswith(_JPEG):
            continue
        unpacked = _unpack(part.stream, left)
        left -= unpacked.size
        if left <= 0:
            return "bomb"
        if not unpacked.is_whole:
            # Not packed, or not as it should be: read as it stands, so that nothing hides in it.
            said.append(part.stream)
        if _ACTIVE_ANYWHERE.search(_plain_names(unpacked.content)):
            return "active"
        if holds_objects:
            said.append(unpacked.content)
    names = _plain_names(b"\n".join(said))
    if _ENCRYPTED.search(names):
        return "encrypted"
    return "active" if _ACTIVE.search(names) else None


def _plain_names(said: bytes) -> bytes:
    """``/J#61vaScript`` is ``/JavaScript``."""
    return _ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), said)


@dataclass(frozen=True, slots=True)
class _Part:
    """What stands before a stream, and the stream as it lies in the file."""

    before: bytes
    stream: bytes


def _parts(content: bytes) -> Iterator[_Part]:
    at = 0
    while (found := _STREAM.search(content, at)) is not None:
        end = content.find(_END, found.end())
        end = len(content) if end < 0 else end
        yield _Part(content[at : found.start()], content[found.end() : end])
        at = end + len(_END)
    yield _Part(content[at:], b"")


@dataclass(frozen=True, slots=True)
class _Unpacked:
    """``content`` is that of every layer, one after the other."""

    content: bytes
    size: int
    is_whole: bool


def _unpack(stream: bytes, most: int) -> _Unpacked:
    """By zlib, as often as it is packed, no more than ``most`` bytes in all."""
    layers, size, is_whole = [stream], 0, False
    while len(layers) <= _DEEPEST:
        unpacking = zlib.decompressobj()
        try:
            inner = unpacking.decompress(layers[-1], max(most - size, 1))
        except zlib.error:
            break
        if len(layers) == 1:
            is_whole = unpacking.eof and not unpacking.unused_data.strip(_BLANKS)
        size += len(inner)
        layers.append(inner)
    return _Unpacked(b"\n".join(layers[1:]), size, is_whole)
