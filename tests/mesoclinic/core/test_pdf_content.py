"""What a certificate may hold beside its pages: nothing that runs, nothing else, nothing that fills a memory."""

import tracemalloc
import zlib

import pytest

from mesoclinic.core.pdf_content import MOST_UNPACKED, is_one_whole_pdf, pdf_refusal_code_or_none
from mesoclinic.core.uploads import certificate_error_text_or_empty
from tests.hostile.payloads import CATALOG, PAGES, PDFS, pdf_of, pdf_stream


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("whole", ""),
        ("script", "a script or an attachment"),
        ("script written otherwise", "a script or an attachment"),
        ("script in an object stream", "a script or an attachment"),
        ("attachment", "a script or an attachment"),
        ("encrypted", "encrypted"),
        ("bomb", "unpacks to more"),
        ("bomb in a bomb", "unpacks to more"),
        ("polyglot with an archive", "more than one file"),
        ("polyglot with a page", "more than one file"),
        ("page before it", "more than one file"),
        ("cut off", "no complete PDF"),
    ],
)
def test_a_certificate_is_pages_and_nothing_else(name, why):
    said = certificate_error_text_or_empty(PDFS[name])

    assert (said == "") == (why == "")
    assert why in said
    assert {*PDFS} >= {name}


def test_each_kind_of_harm_is_refused():
    assert [name for name, content in PDFS.items() if not certificate_error_text_or_empty(content)] == [
        "whole"
    ]


def test_a_bomb_is_not_unpacked_to_its_end():
    tracemalloc.start()
    try:
        assert pdf_refusal_code_or_none(PDFS["bomb"]) == "bomb"
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 4 * MOST_UNPACKED


_SCRIPT = b"3 0 <</S/JavaScript/JS(app.alert(1))>>"


@pytest.mark.parametrize(
    "stream",
    [
        pdf_stream(_SCRIPT, b"/Type/Obj#53tm/N 1/First 4"),
        # What holds objects need not say so to every reader.
        pdf_stream(_SCRIPT, b"/N 1/First 4"),
        pdf_stream(_SCRIPT, b"/N 1/First 4/X(endobj obj)"),
        # Cut off, as readers that forgive take it.
        pdf_stream(_SCRIPT, b"/Type/ObjStm/N 1/First 4").replace(zlib.compress(_SCRIPT, 9)[-4:], b""),
        pdf_stream(_SCRIPT, b"/Type/ObjStm/N 1/First 4").replace(
            b"/FlateDecode", b"[/ASCIIHexDecode/FlateDecode]"
        ),
        pdf_stream(zlib.compress(_SCRIPT), b"/Type/ObjStm/N 1/First 4"),
        pdf_stream(_SCRIPT, b"/Type/ObjStm/N 1/First 4/DecodeParms<</Predictor 12/Columns 5>>"),
        # A line that says a stream begins, and none does.
        b"% >>stream\n<</S/JavaScript/JS(x)>>\n% endstream",
    ],
)
def test_a_script_that_hides_in_a_stream_is_found(stream):
    assert pdf_refusal_code_or_none(pdf_of(CATALOG, stream)) == "active"


def test_short_names_that_stand_by_chance_in_a_picture_are_no_script():
    picture = pdf_stream(b"\x01\x02/JS \x03/AA \x04" * 50, b"/Type/XObject/Subtype/Image")
    jpeg = b"<</Filter/DCTDecode/Length 12>>stream\n\xff\xd8\xff/JS /AA \nendstream"

    assert certificate_error_text_or_empty(pdf_of(CATALOG, PAGES, picture, jpeg)) == ""


def test_a_pdf_that_was_saved_twice_is_one_file():
    assert is_one_whole_pdf(PDFS["whole"] + b"5 0 obj\n<<>>\nendobj\n%%EOF\r\n")
    assert not is_one_whole_pdf(PDFS["whole"] + b"5 0 obj")
