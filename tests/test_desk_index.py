"""docs/desk.md names tests that exist."""

import re

from django.conf import settings

NAMED = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


def test_every_test_that_the_page_names_exists():
    named = NAMED.findall((settings.BASE_DIR / "docs" / "desk.md").read_text())
    missing = [
        f"{path}::{name}"
        for path, name in named
        if not re.search(rf"^def {name}\(", (settings.BASE_DIR / path).read_text(), re.M)
    ]

    assert len(named) > 90
    assert missing == []
