"""docs/outcomes.md names tests that there are."""

import re
from pathlib import Path

HERE = Path(__file__).parent
PAGE = HERE.parents[2] / "docs" / "outcomes.md"


def test_every_sentence_of_the_page_names_tests_that_there_are():
    named = [
        (
            file,
            "test_"
            + re.sub(r"[^a-z0-9 ]", "", sentence.lower().split(" (scipy)")[0]).strip().replace(" ", "_"),
        )
        for row in PAGE.read_text(encoding="utf-8").splitlines()
        if row.startswith("| ")
        for file, sentences in re.findall(r"`(test_\w+\.py)`: ([^`|]+)", row)
        for sentence in sentences.strip(" ;").split("; ")
    ]
    missing = [
        f"{file}: {name}"
        for file, name in named
        if f"def {name}(" not in (HERE / file).read_text(encoding="utf-8")
    ]

    assert len(named) > 40
    assert missing == []
