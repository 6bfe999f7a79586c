"""Documents as PDF, made by typst: data in, bytes out.

A template stands in ``templates/`` beside the pages (``treatments/billing/quote.typ``) and begins with
``#import "/documents/page.typ": *``. It meets what people typed as data only (``data()`` there), never as
source, so a name that holds typst code prints as it was typed.
"""

import datetime
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import segno
import typst
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpResponse
from django.utils import timezone

#: Latin, Greek, Cyrillic, Arabic, Hebrew, Thai, Chinese and Japanese, and emoji; ``make build`` copies them from npm.
FONTS = (
    "NotoSans_400Regular.ttf",
    "NotoSans_700Bold.ttf",
    "NotoSansArabic_400Regular.ttf",
    "NotoSansArabic_700Bold.ttf",
    "NotoSansHebrew_400Regular.ttf",
    "NotoSansHebrew_700Bold.ttf",
    "NotoSansThai_400Regular.ttf",
    "NotoSansThai_700Bold.ttf",
    "NotoSansSC_400Regular.ttf",
    "NotoEmoji_400Regular.ttf",
)


class DocumentError(Exception):
    """A document could not be made; the message says why, and quotes nothing of a patient's."""


@cache
def document_fonts() -> typst.Fonts:
    """The same fonts on every machine: what the system has installed must not change a document."""
    folder = Path(settings.BASE_DIR) / "static" / "build" / "fonts"
    missing = [name for name in FONTS if not (folder / name).is_file()]
    if missing:
        raise DocumentError(f"The fonts of documents are missing ({', '.join(missing)}): run make build.")
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=[str(folder)])


def render_pdf(template: str, data: Mapping[str, object], *, on: datetime.date) -> bytes:
    """``template`` (a path below ``templates/``) filled with ``data``; equal input gives equal bytes.

    ``data`` is anything that becomes JSON: Decimals, dates and UUIDs arrive as strings, so format what
    people read before you pass it. A picture travels as SVG text:
    ``image(bytes(q.code), format: "svg")``. ``on`` is the document's date; the clock is never read.
    Raises :class:`DocumentError` where the template is at fault or a font is missing.
    """
    root = Path(settings.BASE_DIR) / "templates"
    try:
        made = typst.compile(
            root / template,
            root=root,
            font_paths=document_fonts(),
            ignore_system_fonts=True,
            sys_inputs={"data": json.dumps(data, cls=DjangoJSONEncoder)},
            timestamp=datetime.datetime.combine(on, datetime.time(12), datetime.UTC),
        )
    except typst.TypstError as error:
        raise DocumentError(f"{template}: {error.message}") from error
    assert isinstance(made, bytes)
    return made


def qr_code_svg(code: str) -> str:
    """The code as SVG: a Micro QR where it is short enough, which a scanner types into the search box."""
    return str(segno.make(code, micro=None, error="m").svg_inline(border=2, scale=4))


def pdf_response(template: str, data: dict[str, object], name: str) -> HttpResponse:
    """A PDF to look at or print; named by a code, and kept by no cache on the way."""
    made = render_pdf(template, data, on=timezone.localdate())
    answer = HttpResponse(made, content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    answer["Cache-Control"] = "private, no-store"
    return answer
