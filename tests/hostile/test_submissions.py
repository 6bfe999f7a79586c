"""Hostile submissions over every form, through the whole stack. ``make fuzz`` sends a hundred thousand; the suite a few.

Each is made from the seed and its number alone: a failure names both, and is made again by them.
"""

import os
import random
import re
import time
from collections import Counter

import pytest
from django.conf import settings

from tests.hostile.conftest import Answered, Door, Standing
from tests.hostile.forms import make_hostile
from tests.hostile.payloads import RAN

pytestmark = pytest.mark.django_db

SEED = os.environ.get("FUZZ_SEED", "1")
NUMBER = int(os.environ.get("FUZZ_NUMBER", "100000"))
PARTS = 40
#: A line for each part, since several processes send.
FIGURES = settings.BASE_DIR / "var" / "fuzz.txt"

#: A text that would run and stands in the page as it was typed.
_RUNS = re.compile(
    rb"<(?:img|svg|script|iframe|a)\b[^<>]{0,60}%(ran)s|<script>(?:parent\.)?%(ran)s"
    rb"|(?<![\\;\w])[\"'] autofocus onfocus=%(ran)s"
    rb"|\s(?:href|src|action|formaction|hx-\w+)=[\"']\s*javascript:" % {b"ran": RAN.encode()}
)


def problem_of(answered: Answered) -> str:
    """What is wrong with an answer; empty where nothing is."""
    if answered.status >= 500 or answered.raised:
        return f"{answered.status} {answered.raised}"
    for body in (answered.body, answered.followed):
        if answered.kind.startswith("text/html") and (found := _RUNS.search(body)):
            return f"runs: {body[max(0, found.start() - 60) : found.end() + 30]!r}"
    if re.search(r"^(?:[a-z]+:)?//|[\r\n]", answered.location):
        return f"leads elsewhere: {answered.location}"
    return ""


def send_hostile(standing: list[Standing], door: Door, numbers: range) -> tuple[list[str], Counter[str]]:
    """What was wrong, by the submission, and how the answers were."""
    problems, statuses = [], Counter[str]()
    for number in numbers:
        rng = random.Random(f"{SEED}:{number}")
        each = standing[number % len(standing)]
        sent = make_hostile(each.form, rng)
        answered = door.send(each, sent, follow=rng.random() < 0.05)
        statuses[str(answered.status)] += 1
        if problem := problem_of(answered):
            told = [(name, value[:80]) for name, value in sent.fields], [file[:2] for file in sent.files]
            problems.append(f"{SEED}:{number} {each.form.address} ({each.who}): {problem}\n    {told}")
    return problems, statuses


def test_no_hostile_submission_is_an_error_or_runs_in_the_page(standing, door):
    problems, statuses = send_hostile(standing, door, range(150))

    assert problems == []
    assert statuses.total() == 150


@pytest.mark.fuzz
@pytest.mark.parametrize("part", range(PARTS))
def test_none_of_very_many_is_an_error_or_runs_in_the_page(standing, door, part):
    begun = time.monotonic()
    numbers = range(part * NUMBER // PARTS, (part + 1) * NUMBER // PARTS)

    problems, statuses = send_hostile(standing, door, numbers)

    told = f"seed {SEED} part {part}: {len(numbers)} over {len(standing)} forms, {dict(sorted(statuses.items()))}"
    took = f"{time.monotonic() - begun:.0f} s, {len(problems)} problems"
    with FIGURES.open("a") as figures:
        print(f"{told}, {took}", *problems, sep="\n", file=figures)
    assert problems == []


def test_the_forms_of_money_and_of_strangers_are_among_them(standing):
    addresses = {re.sub(r"\d+", "N", each.form.address) for each in standing if each.form.texts}

    assert {"/quotes/N/accept/"} <= addresses
    assert len(standing) > 400


@pytest.mark.parametrize(
    "page",
    [
        f'<p><img src=x onerror={RAN}(1)>',
        f'<p><script>{RAN}(1)</script>',
        f'<input value="" autofocus onfocus={RAN}(5) x="">',
        '<a href="javascript:x">',
    ],
)  # fmt: skip
def test_a_page_that_runs_what_was_typed_is_found(page):
    assert problem_of(Answered(200, "text/html", page.encode(), "", "")) != ""
    escaped = page.replace("<img", "&lt;img").replace("<script", "&lt;script").replace('"', "&quot;")
    assert problem_of(Answered(200, "text/html", escaped.encode(), "", "")) == ""
