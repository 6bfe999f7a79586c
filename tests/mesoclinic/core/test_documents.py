"""Documents: equal bytes for equal data, typed text stays text, every script has a font."""

import datetime

import pytest
from django.conf import settings

from mesoclinic.core import documents

DAY = datetime.date(2026, 11, 23)
SOURCE = """#import "/documents/page.typ": *
#let q = data()
#show: page-of.with(title: q.title, paper: q.paper)
= #q.title
#q.text
"""


@pytest.fixture
def template(tmp_path, settings):
    """A template of its own beside the real base, in a folder of the test's."""
    (tmp_path / "static").symlink_to(settings.BASE_DIR / "static")
    (tmp_path / "templates" / "documents").mkdir(parents=True)
    page = settings.BASE_DIR / "templates" / "documents" / "page.typ"
    (tmp_path / "templates" / "documents" / "page.typ").write_text(page.read_text())
    (tmp_path / "templates" / "letter.typ").write_text(SOURCE)
    settings.BASE_DIR = tmp_path
    return "letter.typ"


def letter(template, text="Good morning", paper="a4", title="A letter"):
    data = {"title": title, "text": text, "paper": paper}
    return documents.render_pdf(template, data, on=DAY)


def test_equal_data_gives_equal_bytes(template):
    first = letter(template)

    assert first.startswith(b"%PDF-")
    assert letter(template) == first
    assert letter(template, "Good evening") != first
    assert letter(template, paper="us-letter") != first


@pytest.mark.fault("F44")
@pytest.mark.parametrize("typed", ["#panic()", "$x$", '#read("/etc/passwd")', "*bold* _it_ <label> \\"])
def test_what_people_type_is_never_run(template, typed):
    assert letter(template, typed, title=typed).startswith(b"%PDF-")


@pytest.mark.fault("F55")
@pytest.mark.parametrize("name", ["Łukasz Ångström", "Ιωάννης", "Софья", "أميرة حداد", "נועה כהן"])
def test_every_script_of_our_patients_has_a_font(template, name):
    fonts = documents.document_fonts().families()

    assert {"Noto Sans", "Noto Sans Arabic", "Noto Sans Hebrew"} <= set(fonts)
    assert letter(template, name) != letter(template, "□" * len(name))


def test_a_template_at_fault_says_which(template):
    path = settings.BASE_DIR / "templates" / "letter.typ"
    path.write_text("#nothing")

    with pytest.raises(documents.DocumentError, match="letter.typ"):
        letter(template)


def test_a_missing_font_says_what_to_run(template, tmp_path, settings):
    settings.BASE_DIR = tmp_path / "elsewhere"
    documents.document_fonts.cache_clear()

    with pytest.raises(documents.DocumentError, match="make build"):
        letter(template)
