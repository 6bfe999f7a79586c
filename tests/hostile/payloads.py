"""What somebody who means harm types and sends. ``RAN`` stands in each text that would run, where it is run."""

import gzip
import io
import json
import random
import zipfile
import zlib
from pathlib import Path
from urllib.parse import quote_from_bytes

#: Called by each text that would run as a script; a browser counts the calls.
RAN = "zqRan"

SCRIPTS = [
    f"<script>{RAN}(1)</script>",
    f"<img src=x onerror={RAN}(2)>",
    f'"><svg onload={RAN}(3)>',
    f"'><svg/onload={RAN}(4)>",
    f'" autofocus onfocus={RAN}(5) x="',
    f"' autofocus onfocus={RAN}(6) x='",
    f"</textarea><script>{RAN}(7)</script>",
    f"</title></style></script><script>{RAN}(8)</script>",
    f"javascript:{RAN}(9)",
    f"</option></select><iframe srcdoc='<script>parent.{RAN}(10)</script>'>",
    f"<a href=javascript:{RAN}(11) autofocus onfocus={RAN}(11)>x</a>",
    f"--><script>{RAN}(12)</script>",
    f"<scr<script>ipt>{RAN}(13)</script>",
    f"%3Cscript%3E{RAN}(14)%3C/script%3E",
    f"&lt;img src=x onerror={RAN}(15)&gt;",
    f"\\u003cimg src=x onerror={RAN}(16)\\u003e",
    f"</script><script>{RAN}(17)//",
    f"'+{RAN}(18)+'",
    f'";{RAN}(19);//',
    f"`${{{RAN}(20)}}`",
]
FORMULAS = [
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("http://example.org","here")',
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "+1+1",
    "-2+3",
    "\t=1+1",
    "\r=1+1",
    "＝1+1",
    "\u200b=1+1",
    'x","=1+1',
    'x\r\n=1+1,"',
]
TYPST = [
    '#panic("zq")',
    "$x$",
    '#read("/etc/passwd")',
    "*bold* _it_ <label> \\",
    '] #eval("1") [',
    '#import "x"',
]
QUERIES = [
    "' OR 1=1 --",
    "1; DROP TABLE patients_patient; --",
    "%s %(x)s {0} {x.__class__}",
    "{{ 7*7 }}{% load x %}",
    "$(id)`id`",
]
PATHS = [
    "../../../../etc/passwd",
    "..\\..\\x",
    "/etc/passwd\0.jpg",
    "file:///etc/passwd",
    "//example.org/x",
    "http://[::1",
]
NUMBERS = [
    "0", "-1", "-0", "1e999", "1e-999", "NaN", "sNaN", "Infinity", "-Infinity", "0x10", "1_000", "1,5", "1.0000000000001",
    "٣", "１２", "½", "2147483648", "9223372036854775808", "99999999999999999999999", "9" * 400, "9" * 5000, "1 OR 1=1", "",
]  # fmt: skip
DAYS = [
    "0001-01-01", "9999-12-31", "10000-01-01", "2026-02-30", "-1-01-01", "2026-11-30T25:61", "0000-00-00", "1900-01-01",
    "31/12/9999", "2026-W53-7", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00", "24:00", "23:59:60",
]  # fmt: skip
LONG = [
    "a" * 10_000,
    "𝒜" * 3000,
    "a" + "\u0301" * 3000,
    "\n" * 2000,
    "A " * 4000,
    "\u202e" * 300,
    "🌸" * 2000,
]
ODD = ["\0", "a\0b", "\x1b[31m", "\u2028", "\ufeff", "\ud800", "\uffff", "\r\nSet-Cookie: a=b", "\udcff\udcfe", "\x7f", "\u202etxt.exe"]  # fmt: skip
JSON = [
    "[" * 5000,
    "[" * 900 + "]" * 900,
    '{"a":' * 3000 + "1" + "}" * 3000,
    "[" + "9" * 5000 + "]",
    "[1e400, -1e400, NaN]",
    "null",
    "[]",
    "{}",
    '""',
    "true",
    '{"__proto__": {"x": 1}, "id": null, "response": []}',
    '[[["a"]]]',
    "[[1,2],[3]]",
    '[{"x": 1e999, "y": "a"}]',
    '{"id": "x", "rawId": 5, "type": [], "response": "x"}',
    '"\\ud800"',
]

TEXTS = [SCRIPTS, SCRIPTS, FORMULAS, TYPST, QUERIES, PATHS, NUMBERS, NUMBERS, DAYS, LONG, ODD, JSON]


def hostile_text(rng: random.Random) -> str:
    """One, and now and then two in a row."""
    text = rng.choice(rng.choice(TEXTS))
    return text + rng.choice(rng.choice(TEXTS))[:500] if rng.random() < 0.1 else text


# ── files ────────────────────────────────────────────────────────────────────────────────────────


def _zip_of(content: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x", content)
    return made.getvalue()


def pdf_of(*objects: bytes, before: bytes = b"", after: bytes = b"") -> bytes:
    """A PDF of these objects, as far as a reader that forgives much takes it."""
    body = b"".join(b"%d 0 obj\n%s\nendobj\n" % (number, each) for number, each in enumerate(objects, 1))
    return before + b"%PDF-1.7\n" + body + b"trailer\n<</Root 1 0 R>>\n%%EOF\n" + after


def pdf_stream(content: bytes, entries: bytes = b"") -> bytes:
    """An object that is a stream, compressed."""
    packed = zlib.compress(content, 9)
    return b"<</Filter/FlateDecode/Length %d%s>>stream\n%s\nendstream" % (len(packed), entries, packed)


CATALOG = b"<</Type/Catalog/Pages 2 0 R>>"
PAGES = b"<</Type/Pages/Kids[]/Count 0>>"
PDFS = {
    "whole": pdf_of(CATALOG, PAGES),
    "script": pdf_of(b"<</Type/Catalog/OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>>>", PAGES),
    "script written otherwise": pdf_of(b"<</Type/Catalog/OpenA#63tion<</S/J#61vaScript/J#53(x)>>>>", PAGES),
    "script in an object stream": pdf_of(
        CATALOG, pdf_stream(b"3 0 <</S/JavaScript/JS(app.alert(1))>>", b"/Type/ObjStm/N 1/First 4")
    ),
    "encrypted": pdf_of(CATALOG, PAGES).replace(b"/Root 1 0 R", b"/Root 1 0 R/Encrypt 3 0 R"),
    "bomb": pdf_of(CATALOG, pdf_stream(bytes(300_000_000))),
    "bomb in a bomb": pdf_of(
        CATALOG,
        pdf_stream(zlib.compress(bytes(300_000_000), 9)).replace(
            b"/FlateDecode", b"[/FlateDecode/FlateDecode]"
        ),
    ),
    "polyglot with an archive": pdf_of(CATALOG, PAGES, after=_zip_of(b"x")),
    "polyglot with a page": pdf_of(CATALOG, PAGES, after=b"<html><script>alert(1)</script>"),
    "page before it": pdf_of(CATALOG, PAGES, before=b"<html><script>alert(1)</script><!--"),
    "attachment": pdf_of(CATALOG, b"<</Type/EmbeddedFile>>"),
    "cut off": pdf_of(CATALOG, PAGES)[:-8],
}
PICTURE = Path(__file__).parents[1] / "data" / "not-certificates" / "whole.png"


def _small_files() -> dict[str, bytes]:
    deep = json.loads('{"resourceType": "Bundle", "type": "collection", "entry": []}')
    return {
        "deep.json": b'{"resourceType":"Bundle","entry":' + b"[" * 100_000,
        "wide.json": json.dumps(deep | {"entry": [None, 1, "x", [], {}, {"resource": []}]}).encode(),
        "number.json": b'{"resourceType":"Patient","birthDate":' + b"9" * 6000 + b"}",
        "words.json": json.dumps(
            {"resourceType": "Patient", "name": SCRIPTS, "birthDate": {"a": 1}, "telecom": "x", "id": None}
        ).encode(),
        "laughs.xml": b'<!DOCTYPE l [<!ENTITY a "aaaaaaaaaa">'
        + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9))
        + b"]><l>&j;</l>",
        "outside.xml": b'<!DOCTYPE l [<!ENTITY a SYSTEM "file:///etc/passwd">]><l>&a;</l>',
        "bomb.zip": _zip_of(bytes(5_000_000)),
        "bomb.json.gz": gzip.compress(bytes(5_000_000)),
        "formula.csv": b"Given name,Family name,Birth date\r\n"
        + "".join(f'"{each.replace(chr(34), chr(34) * 2)}",X,1990-01-01\r\n' for each in FORMULAS).encode(),
        "scripts.csv": b"Given name,Family name,Birth date\r\n"
        + "".join(f'"{each.replace(chr(34), chr(34) * 2)}",X,1990-01-01\r\n' for each in SCRIPTS).encode(),
        "columns.csv": b"," * 20_000 + b"\r\n" + b"," * 20_000,
        "quote.csv": b'"' * 20_001,
        "nul.csv": b"\0" * 500,
        "noise.csv": bytes(range(256)) * 20,
        "repeats.ics": b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:x\r\nDTSTART:00010101T000000Z\r\n"
        b"RRULE:FREQ=SECONDLY;COUNT=999999999;BYSECOND=0\r\nDURATION:P99999999W\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
        "deep.ics": b"BEGIN:VCALENDAR\r\n" * 5000,
        "script.svg": b'<svg xmlns="http://www.w3.org/2000/svg" onload="' + RAN.encode() + b'(1)"/>',
        "page.jpg": b"\xff\xd8\xff\xe0<html><script>" + RAN.encode() + b"(1)</script>",
        "behind.png": PICTURE.read_bytes() + b"<script>" + RAN.encode() + b"(1)</script>",
        "cut.png": PICTURE.read_bytes()[:60],
        "empty.txt": b"",
    }


FILES: dict[str, bytes] = _small_files() | {
    f"{name}.pdf": content for name, content in PDFS.items() if "bomb" not in name
}
_NAMES = ["../../x.pdf", "x\r\nX-Evil: 1.csv", f'"><img src=x onerror={RAN}(30)>.png', "a" * 300 + ".json", "\u202egpj.exe"]  # fmt: skip


def hostile_file(rng: random.Random) -> tuple[str, bytes]:
    """A name and a content, each of which may lie."""
    name = rng.choice(sorted(FILES))
    return (rng.choice(_NAMES) if rng.random() < 0.3 else name), FILES[name]


def urlencoded(fields: list[tuple[str, str]]) -> bytes:
    """As a browser sends a form, halves of letters included, which no browser sends."""
    return b"&".join(
        b"=".join(quote_from_bytes(part.encode("utf-8", "surrogatepass")).encode() for part in pair)
        for pair in fields
    )
