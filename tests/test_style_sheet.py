"""The built style sheet: every class that is used, no rule for nothing, small, and letters that look the same everywhere."""

import ast
import re
from functools import cache
from pathlib import Path

import crispy_bootstrap5
import pytest
from django import forms
from django.conf import settings
from django.contrib.staticfiles.storage import ManifestStaticFilesStorage
from django.core.management import call_command
from django.template import Context, Template
from django.template.loader import render_to_string

from mesoclinic.core.templatetags.clinic import day_grid_classes

STATIC = settings.BASE_DIR / "static"
SHEET = STATIC / "build" / "site.css"
BOOTSTRAP = STATIC / "node_modules" / "bootstrap" / "dist" / "css" / "bootstrap.css"
PATIENT_SHEET = STATIC / "build" / "patient.css"
LATIN = "inter-latin-wght-normal.woff2"
MOST_BYTES = 60_000
#: Of the 60 kB that a page by link may weigh with everything it loads.
MOST_PATIENT_BYTES = 20_000
#: The script as it is today: what is added is paid for by what goes.
MOST_SCRIPT_BYTES = 45_000

PYTHON = [
    path
    for app in ("mesoclinic", "patients", "treatments")
    for path in (settings.BASE_DIR / app).rglob("*.py")
    if "migrations" not in path.parts
]
TEMPLATES = [
    *(settings.BASE_DIR / "templates").rglob("*.html"),
    *(
        path
        for app in ("mesoclinic", "patients", "treatments")
        for path in (settings.BASE_DIR / app).rglob("*.html")
    ),
]
SCRIPTS = list((STATIC / "js").rglob("*.js"))

#: What our forms take of crispy; its templates for these, and for a whole form, are read below.
LAYOUT = {"HTML", "Column", "Div", "Field", "Fieldset", "Layout", "Row"}
CRISPY = [
    "display_form.html",
    "errors.html",
    "errors_formset.html",
    "field.html",
    "uni_form.html",
    "uni_formset.html",
    "whole_uni_form.html",
    "whole_uni_formset.html",
    "layout/attrs.html",
    "layout/column.html",
    "layout/div.html",
    "layout/field_errors.html",
    "layout/field_errors_block.html",
    "layout/field_file.html",
    "layout/fieldset.html",
    "layout/help_text.html",
    "layout/help_text_and_errors.html",
    "layout/radio_checkbox_select.html",
    "layout/row.html",
]
#: Only in branches of those templates that no form of ours asks for: horizontal and inline forms, a file that stands.
ASKED_BY_NOBODY = {
    "col-form-label",
    "pt-0",
    "form-check-inline",
    "d-flex",
    "h-auto",
    "text-break",
    "flex-grow-1",
    "align-self-center",
    "alert-heading",
    "input-group",
    "input-group-text",
}


@cache
def classes_of(sheet: Path) -> frozenset[str]:
    # A class that must not be there (``:not(.dropdown-menu)``) is not one that is styled.
    css = re.sub(r"/\*.*?\*/|:not\(\.[\w-]+\)", "", sheet.read_text(), flags=re.S)
    selectors = (found for found in re.findall(r"([^{};]+)\{", css) if not found.strip().startswith("@"))
    return frozenset(name for one in selectors for name in re.findall(r"\.(-?[A-Za-z_][\w-]*)", one))


def in_attributes(text: str) -> set[str]:
    """The names in every ``class`` of a template, whichever way its tags go; ``is-*`` where the rest is a variable."""
    found = set()
    for value in re.findall(r"""class=["']((?:\{%.*?%\}|\{\{.*?\}\}|[^"'])*)["']""", text, re.S):
        value = re.sub(r"\{\{.*?\}\}", "*", re.sub(r"\{%.*?%\}", " ", value, flags=re.S), flags=re.S)
        found |= set(value.split())
    return found


def in_python(source: str) -> set[str]:
    """The words of every string of a module that can be a list of classes: no sentence, no docstring."""
    strings = (node.value for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Constant))
    lists = (text for text in strings if isinstance(text, str) and re.fullmatch(r"[\w -]{1,60}", text))
    return {word for text in lists for word in text.split()}


def in_scripts() -> set[str]:
    """The words of every string of our scripts, selectors among them."""
    strings = (
        found for path in SCRIPTS for found in re.findall(r'"[^"\n]*"|`[^`]*`|\'[^\'\n]*\'', path.read_text())
    )
    return {word for text in strings for word in re.findall(r"[\w-]+", text)}


def crispy_text() -> str:
    folder = Path(crispy_bootstrap5.__file__).parent / "templates" / "bootstrap5"
    return "\n".join((folder / name).read_text() for name in CRISPY)


def bootstraps(names: set[str]) -> set[str]:
    return names & classes_of(BOOTSTRAP)


# --- nothing is missing ------------------------------------------------------


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(settings.BASE_DIR)))
def test_what_a_template_takes_of_bootstrap_is_in_the_sheet(template):
    assert bootstraps(in_attributes(template.read_text())) - classes_of(SHEET) == set(), (
        "name it in static/bootstrap-used.mjs"
    )


def test_what_python_and_scripts_take_of_bootstrap_is_in_the_sheet():
    """A name with a hyphen is a class wherever it stands; one without (``active``) is a word like any other."""
    named = set().union(*(in_python(path.read_text()) for path in PYTHON))
    named |= in_scripts()

    assert "form-control" in named
    assert "col-md-6" in named
    assert {name for name in bootstraps(named) if "-" in name} - classes_of(SHEET) == set()


def test_a_class_is_written_whole_in_python():
    """``f"col-md-{width}"`` is found by nobody who looks for the class, the test above included."""
    beginnings = {name[: name.rindex("-") + 1] for name in bootstraps(classes_of(SHEET)) if "-" in name}
    pieces = [
        (str(path), node.value)
        for path in PYTHON
        for joined in ast.walk(ast.parse(path.read_text()))
        if isinstance(joined, ast.JoinedStr)
        for node in joined.values
        if isinstance(node, ast.Constant) and node.value in beginnings
    ]

    assert pieces == []


def test_what_crispy_writes_is_in_the_sheet():
    taken = bootstraps(in_attributes(crispy_text())) - ASKED_BY_NOBODY

    assert {"form-check-input", "invalid-feedback", "is-invalid", "mb-3"} <= taken
    assert taken - classes_of(SHEET) == set()


def test_forms_take_no_more_of_crispy_than_is_read_above():
    taken = {
        alias.name
        for path in PYTHON
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom)
        and (node.module or "").startswith("crispy")
        and node.module != "crispy_forms.helper"
        for alias in node.names
    }

    assert taken == LAYOUT


class EveryField(forms.Form):
    text = forms.CharField(help_text="In words.")
    area = forms.CharField(widget=forms.Textarea)
    number = forms.DecimalField()
    day = forms.DateField()
    one = forms.ChoiceField(choices=[("a", "A")])
    many = forms.MultipleChoiceField(choices=[("a", "A")])
    radio = forms.ChoiceField(choices=[("a", "A")], widget=forms.RadioSelect)
    boxes = forms.MultipleChoiceField(choices=[("a", "A")], widget=forms.CheckboxSelectMultiple)
    tick = forms.BooleanField()
    file = forms.FileField()


@pytest.mark.parametrize("data", [None, {}], ids=["asked", "answered wrongly"])
def test_a_form_of_every_kind_of_field_finds_its_classes(data):
    page = Template("{% load crispy_forms_tags %}{% crispy form %}").render(
        Context({"form": EveryField(data)})
    )

    assert in_attributes(page) >= {"form-control", "form-select", "form-check-input", "form-label"}
    assert ("is-invalid" in in_attributes(page)) is (data is not None)
    assert bootstraps(in_attributes(page)) - classes_of(SHEET) == set()


# --- nothing is too much -----------------------------------------------------


def test_no_rule_is_for_a_class_that_nothing_carries():
    named = in_attributes(crispy_text()) | in_scripts()
    for path in TEMPLATES:
        named |= in_attributes(path.read_text())
    for path in PYTHON:
        named |= in_python(path.read_text())
    begun = tuple(name[:-1] for name in named if re.fullmatch(r"[a-z]+-\*", name))

    # The digits of the day's grid are put together by the tag day_grid_classes.
    placed = {name for name in classes_of(SHEET) if re.fullmatch(r"(t|len)10*-\d", name)}
    assert {name for name in classes_of(SHEET) - named - placed if not name.startswith(begun)} == set()


def test_the_sheet_is_small():
    assert SHEET.stat().st_size <= MOST_BYTES


def test_the_script_is_small():
    assert (STATIC / "build" / "site.js").stat().st_size <= MOST_SCRIPT_BYTES


def test_every_place_on_the_grid_of_a_day_has_its_rules():
    """Three hundred steps of five minutes: a day of twenty-five hours, when the clocks go back."""
    placed = {name for step in range(301) for name in day_grid_classes(step, step).split()}

    assert len(placed) == 2 * (9 + 9 + 3)
    assert {name for name in classes_of(SHEET) if re.fullmatch(r"(t|len)10*-\d", name)} == placed


@pytest.mark.parametrize(
    "sheet", ["site.css", "photographs.css", "insights.css", "outcomes.css", "record.css"]
)
def test_every_measure_a_rule_asks_for_is_set(sheet):
    css = (STATIC / "build" / sheet).read_text()
    set_by_pages = "".join(path.read_text() for path in [*TEMPLATES, *SCRIPTS])

    assert (
        set(re.findall(r"var\((--[\w-]+)\)", css))
        - set(re.findall(r"(--[\w-]+)", re.sub(r"var\(--[\w-]+\)", "", css) + set_by_pages))
        == set()
    )


# --- letters -----------------------------------------------------------------


def test_a_page_asks_for_its_letters_early(as_clinician):
    page = as_clinician.get("/").content.decode()

    link = next(link for link in re.findall(r"<link[^>]*>", page, re.S) if "preload" in link)
    assert f'href="/static/{LATIN}"' in link
    assert {'as="font"', 'type="font/woff2"', "crossorigin"} <= set(link.rstrip(">").split())
    assert page.index(link) < page.index("site.css")


@pytest.mark.parametrize(
    "template", ["mesoclinic/pages/link_gate.html", "treatments/billing/quote_link.html"]
)
def test_what_a_patient_opens_takes_the_letters_of_their_device_and_no_sheet_of_the_staff(template):
    page = render_to_string(template)

    assert "woff2" not in page
    assert re.findall(r'href="/static/([\w-]+\.css)"', page) == ["patient.css"]
    # None but the pad, where one signs: the name can be typed without it.
    assert set(re.findall(r'<script src="/static/([\w-]+\.js)"', page)) <= {"signature.js"}
    assert page.count("<script") == page.count("/static/signature.js")
    assert re.search(r"font:[^;}]*system-ui", PATIENT_SHEET.read_text())


def test_the_sheet_of_the_patients_writes_in_either_direction():
    """Logical properties alone: nothing names left or right, and nothing measures by width or height."""
    css = PATIENT_SHEET.read_text()

    assert PATIENT_SHEET.stat().st_size <= MOST_PATIENT_BYTES
    assert (
        re.findall(r"[{;](?:(?:[a-z]+-)*(?:left|right|top|bottom)|(?:min-|max-)?(?:width|height))\s*:", css)
        == []
    )
    assert re.findall(r":\s*(?:left|right)\b", css) == []


def test_no_rule_of_the_patients_sheet_is_for_a_class_that_nothing_carries():
    named = set().union(*(in_attributes(path.read_text()) for path in TEMPLATES))

    assert classes_of(PATIENT_SHEET) - named == set()


def test_the_letters_asked_for_early_are_those_of_the_sheet_in_production_too(tmp_path, settings):
    """There every name carries a hash: the page's and the sheet's are the same."""
    settings.STATIC_ROOT = tmp_path
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"}
    }
    call_command("collectstatic", interactive=False, verbosity=0)

    storage = ManifestStaticFilesStorage(location=tmp_path, base_url="/static/")
    asked, sheet = storage.url(LATIN), storage.stored_name("site.css")
    assert re.fullmatch(r"/static/inter-latin-wght-normal\.[0-9a-f]{12}\.woff2", asked)
    assert (tmp_path / asked.removeprefix("/static/")).is_file()
    assert asked.removeprefix("/static/") in (tmp_path / sheet).read_text()


#: Set by the script of the page, on the element that uses it.
_SET_BY_SCRIPT = {"--cut"}


@pytest.mark.parametrize("name", ["site.css", "photographs.css"])
def test_no_sheet_asks_for_a_token_that_no_sheet_declares(name):
    sheets = {path.name: path.read_text() for path in (STATIC / "build").glob("*.css")}
    declared = set(re.findall(r"(--[\w-]+)\s*:", "".join(sheets.values())))

    assert set(re.findall(r"var\((--[\w-]+)\)", sheets[name])) - declared <= _SET_BY_SCRIPT
