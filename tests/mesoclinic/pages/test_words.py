"""No page says a word of the workshop, and a patient's sheet asks in a patient's words."""

import re
from pathlib import Path

import pytest
from django.urls import reverse

from tests import factories
from tests.conftest import signed_in

ROOT = Path(__file__).parents[3] / "templates"

INNER = re.compile(
    r"\b(worker|manage\.py|seed|draft again|drop this|no-show list|hash chain)\b", re.IGNORECASE
)
TAGS = re.compile(r"\{%.*?%\}|\{#.*?#\}|\{\{.*?\}\}|<[^>]*>", re.DOTALL)
COMMENTS = re.compile(r"\{% comment %\}.*?\{% endcomment %\}", re.DOTALL)


@pytest.mark.parametrize("suffix", ["html", "typ"])
def test_no_template_says_an_inner_word(suffix):
    said = {
        str(path.relative_to(ROOT)): found
        for path in sorted(ROOT.rglob(f"*.{suffix}"))
        if (found := INNER.findall(TAGS.sub(" ", COMMENTS.sub(" ", path.read_text(encoding="utf-8")))))
    }

    assert said == {}


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["clinician", "front_desk", "admin", "cosmetologist"])
def test_a_place_has_one_name_in_the_menu_and_on_its_page(role, clinic):
    client = signed_in(factories.UserFactory(roles=[role], clinic=clinic))
    places = client.get(reverse("today")).context["nav"]

    named = {}
    for place in places:
        if place.key not in ("today", "calendar"):  # headed by their day
            head = re.search(r"<h1[^>]*>(.*?)</h1>", client.get(place.url).text, re.DOTALL)
            named[place.label] = " ".join(TAGS.sub(" ", head[1]).split()) if head else ""

    assert {label: head for label, head in named.items() if not head.startswith(label)} == {}
