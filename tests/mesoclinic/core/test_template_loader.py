"""Templates are read without their indentation, and say the same."""

import pytest
from django.conf import settings
from django.template.loader import get_template

from mesoclinic.core.template_loader import without_indentation


@pytest.mark.parametrize(
    ("source", "read"),
    [
        ("<ul>\n  {% for x in y %}\n    <li>\n      {{ x }}\n    </li>\n  {% endfor %}\n</ul>\n",
         "<ul>\n{% for x in y %}<li>\n{{ x }}\n</li>\n{% endfor %}</ul>\n"),
        ("one\n\n{% if x %}\n  two\n{% endif %}\nthree", "one\n{% if x %}two\n{% endif %}three"),
        ("{% load clinic %}\n\n<p>", "{% load clinic %}\n<p>"),
        ("<pre>\n  as it is\n</pre>", "<pre>\n  as it is\n</pre>"),
        ("{% blocktranslate %}\n  said\n{% endblocktranslate %}", "{% blocktranslate %}\n  said\n{% endblocktranslate %}"),
    ],
    ids=["list", "words stay apart", "first line", "pre", "what is translated"],
)  # fmt: skip
def test_between_two_words_stays_a_space_where_one_was(source, read):
    assert without_indentation(source) == read


def test_pages_are_read_so_and_paper_is_not():
    paper = settings.BASE_DIR / "templates" / "mesoclinic" / "pages" / "access_report.typ"

    assert "\n  " not in get_template("base.html").template.source
    assert get_template("mesoclinic/pages/access_report.typ").template.source == paper.read_text()


def test_a_word_after_a_condition_on_its_line_stays_apart():
    source = "<input\n  {% if first %}autofocus{% endif %}\n  required>"

    assert without_indentation(source) == "<input\n{% if first %}autofocus{% endif %}\nrequired>"
