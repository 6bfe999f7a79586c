"""Every safety case of the file is run by one of the tests beside this one, and by one only."""

from collections import Counter

from tests.golden_safety import (
    test_alerts,
    test_allergies_and_suggestions,
    test_amounts,
    test_required_answers,
    test_session_truth,
)
from tests.golden_safety.cases import safety_cases


def test_each_of_the_sixty_eight_cases_is_run_once():
    run = Counter(
        [
            *test_alerts.IDS,
            *test_required_answers.CASES,
            *test_session_truth.IDS,
            *test_amounts.IDS,
            *test_allergies_and_suggestions.IDS,
        ]
    )

    assert len(safety_cases()) == 68
    assert set(run) == set(safety_cases())
    assert set(run.values()) == {1}


def test_each_case_says_what_is_found_or_what_is_not():
    for case in safety_cases().values():
        found = [*case.refused, *case.blocked, *case.warned, *case.noted]
        assert found or case.must_not_contain or case.id in ("G66", "G67", "G68"), case.id
