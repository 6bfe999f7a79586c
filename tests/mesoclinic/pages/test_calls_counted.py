"""How many are to be rung, as Today says it: nothing is counted past a hundred."""

import pytest
from django.utils import timezone

from mesoclinic.pages.today import WaitingWork, needs_of_calls, read_waiting_work


def need_of(calls: int, late_calls: int):
    (need,) = needs_of_calls(WaitingWork([], [], calls, late_calls, 0, [], []))
    return need


def test_a_hundred_calls_are_more_than_are_counted():
    assert need_of(99, 98).text == "99 patients to ring"
    assert (need_of(100, 100).text, need_of(100, 100).chip) == ("99+ patients to ring", "99+ late")
    assert (need_of(1, 0).text, need_of(1, 0).chip) == ("1 patient to ring", "today")


@pytest.mark.django_db
def test_the_calls_are_read_up_to_a_hundred_and_counted_over_no_table(clinician, clinic, count_queries):
    now = timezone.now()
    with count_queries() as queries:
        work = read_waiting_work(clinician, clinic, timezone.localdate(), now)

    (asked,) = [query for query in queries if "due_on" in query and "accounts_clinic" in query]
    assert (work.calls, work.late_calls) == (0, 0)
    assert "LIMIT 100" in asked
    assert "COUNT(" not in asked
