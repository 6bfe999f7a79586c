"""The index of what was asked of photographs, measurements and reviews names tests that are there, or says what is open."""

import re

from django.conf import settings

PAGE = settings.BASE_DIR / "docs" / "response-tests.md"


def test_every_sentence_names_tests_that_are_there_or_says_what_is_open():
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    asked = [row for row in rows if not row.startswith("| What was asked")]
    named = {name for row in asked for name in re.findall(r"`(test_\w+)`", row)}
    there = {
        name
        for path in (settings.BASE_DIR / "tests").rglob("test_*.py")
        for name in re.findall(r"^def (test_\w+)\(", path.read_text(encoding="utf-8"), re.MULTILINE)
    }

    assert [row for row in asked if "`test_" not in row and "**open**" not in row] == []
    assert sorted(named - there) == []
    assert len(asked) > 40
