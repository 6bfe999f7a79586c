"""docs/needle.md names, for each sentence of what must reach the needle, the tests that hold it: they are there."""

import re

import pytest
from django.conf import settings

PAGE = settings.BASE_DIR / "docs" / "needle.md"
NAMED = sorted(set(re.findall(r"`(test_\w+)`", PAGE.read_text())))
WRITTEN = {
    name
    for path in (settings.BASE_DIR / "tests").rglob("test_*.py")
    for name in re.findall(r"^def (test_\w+)\(", path.read_text(), re.M)
}


def test_every_test_that_the_page_names_is_written():
    assert set(NAMED) - WRITTEN == set()


@pytest.mark.parametrize("point", range(1, 20))
def test_every_point_stands_with_a_test_for_each_of_its_sentences(point):
    [part] = re.findall(rf"^## {point}\. .*?(?=^## |\Z)", PAGE.read_text(), re.M | re.S)
    rows = [line for line in part.splitlines() if line.startswith("| ") and not line.startswith("| Sentence")]

    assert rows
    assert [row for row in rows if "`test_" not in row] == []
