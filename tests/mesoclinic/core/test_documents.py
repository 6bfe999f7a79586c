"""Documents: equal bytes for equal data, typed text stays text, every script has a font."""

import datetime
import json
from io import BytesIO

import pytest
import typst
from django.conf import settings
from PIL import Image, ImageChops, ImageStat

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
@pytest.mark.parametrize(
    "name",
    [
        "Łukasz Ångström",
        "Ιωάννης",
        "Софья",
        "أميرة حداد",
        "נועה כהן",
        "王小明",
        "山田花子",
        "สมชาย ใจดี",
        "🌸",
    ],
)
def test_every_script_of_our_patients_has_a_font(template, name):
    fonts = documents.document_fonts().families()

    assert {"Noto Sans", "Noto Sans Arabic", "Noto Sans Hebrew"} <= set(fonts)
    assert {"Noto Sans Thai", "Noto Sans SC", "Noto Emoji"} <= set(fonts)
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


# ── looked at, as a printer would ────────────────────────────────────────────────────────────────


def pictures(path, data):
    """The pages of a template as pictures, in grey."""
    root = settings.BASE_DIR / "templates"
    made = typst.compile(
        root / path,
        root=root,
        font_paths=documents.document_fonts(),
        ignore_system_fonts=True,
        format="png",
        ppi=144,
        sys_inputs={"data": json.dumps(data)},
    )
    pages = made if isinstance(made, list) else [made]
    return [Image.open(BytesIO(page)).convert("L") for page in pages]


def difference_of(first, second):
    """How far two pictures of one size are apart, 0 to 255 a pixel."""
    return ImageStat.Stat(ImageChops.difference(first, second)).mean[0]


def ink_of(picture):
    """The picture cut to what is printed."""
    return picture.crop(ImageChops.invert(picture).getbbox())


@pytest.mark.parametrize(
    "letters",
    ["王明", "漢字", "山田", "ひテ", "สช", "🌸💉"],
    ids=["zh", "zh-old", "ja", "kana", "th", "emoji"],
)
def test_two_letters_of_a_script_are_printed_as_two_and_not_as_two_empty_boxes(template, letters):
    first, second = (
        ink_of(pictures(template, {"title": "", "text": letter, "paper": "a4"})[0].crop((0, 0, 1190, 1500)))
        for letter in letters
    )

    assert (first.size, first.tobytes()) != (second.size, second.tobytes())


def test_the_page_number_of_a_right_to_left_paper_stands_right(template):
    path = settings.BASE_DIR / "templates" / "letter.typ"
    source = (
        SOURCE.replace("paper: q.paper)", "paper: q.paper, lang: q.lang)")
        + "\n#pagebreak()\n2\n#pagebreak()\n3"
    )
    path.write_text(source)
    said = {"title": "T", "text": "1", "paper": "a4"}

    left_to_right, right_to_left = (pictures("letter.typ", said | {"lang": lang})[1] for lang in ("en", "ar"))
    foot = (0, left_to_right.height - 110, left_to_right.width, left_to_right.height)
    english, arabic = ink_of(left_to_right.crop(foot)), ink_of(right_to_left.crop(foot))

    # "2 / 3" in both, at the other end of the line, but for a part of a pixel.
    assert abs(english.width - arabic.width) <= 1
    assert difference_of(english, arabic.resize(english.size)) < 10
    assert right_to_left.crop(foot).crop((0, 0, left_to_right.width // 2, 110)).getextrema()[0] < 200


@pytest.mark.parametrize(
    "name", ["Wolfeschlegelsteinhausenbergerdorff", "Maria Wolfeschlegelsteinhausenbergerdorff-Österreicher"]
)
def test_a_surname_of_35_letters_breaks_before_the_code(name):
    label = {
        "record": "MC-000417",
        "born": "12 Apr 1991",
        "name": "Cocktail",
        "total": "3.0 ml",
        "use_before": "30 Nov 2026, 18:00",
        "prepared": "",
        "checked": "",
        "code": "K-000417-2",
        "picture": documents.qr_code_svg("K-000417-2"),
        "void": "",
    }
    path = "treatments/cocktails/label.typ"

    (short,), (long,) = (pictures(path, label | {"patient": patient}) for patient in ("Li", name))
    # The code's column, and the gutter before it.
    column = (round(short.width * 45.5 / 66), 0, short.width, short.height)

    assert short.crop(column).tobytes() == long.crop(column).tobytes()
    assert short.tobytes() != long.tobytes()
