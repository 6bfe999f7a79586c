"""docs/security.md names tests that exist, and answers every item of the standard at level 2 once."""

import re
from pathlib import Path

from django.conf import settings

PAGE = Path(settings.BASE_DIR) / "docs" / "security.md"
ITEMS = Path(__file__).parent / "known" / "asvs.txt"


def named_tests(page: str) -> set[str]:
    return set(re.findall(r"`(test_\w+)`", page))


def existing_tests() -> set[str]:
    files = (Path(settings.BASE_DIR) / "tests").rglob("test_*.py")
    return {name for file in files for name in re.findall(r"^def (test_\w+)", file.read_text(), re.MULTILINE)}


def items_answered(page: str) -> list[str]:
    """“1.2.1–3, 1.2.6” of each row's first cell, one by one."""
    known, found = ITEMS.read_text().split(), []
    for cell in re.findall(r"^\| (\d+\.\d+\.\d+[^|]*) \|", page, re.MULTILINE):
        for span in cell.split(", "):
            first, _, last = span.partition("–")
            section, _, number = first.rpartition(".")
            numbers = range(int(number), int(last or number) + 1)
            found += [item for item in known if item in {f"{section}.{each}" for each in numbers}]
    return found


def test_every_test_that_the_page_names_exists():
    named = named_tests(PAGE.read_text())

    assert len(named) > 100
    assert named - existing_tests() == set()


def test_every_item_of_the_standard_is_answered_once():
    assert sorted(items_answered(PAGE.read_text())) == sorted(ITEMS.read_text().split())


def test_a_test_that_is_gone_and_an_item_that_is_answered_twice_are_noticed():
    page = "| 1.1.1–2, 1.2.1 | met | | `test_that_is_gone` |\n| 1.1.2 | met | | |\n"

    assert named_tests(page) - existing_tests() == {"test_that_is_gone"}
    assert items_answered(page) == ["1.1.1", "1.1.2", "1.2.1", "1.1.2"]
