"""Every fault of F1 to F58 has its tests or says why not, and docs/reliability.md shows them as they are."""

import re
from dataclasses import replace
from types import SimpleNamespace

from tests.fault_page import PAGE, TESTS, main, proofs_by_fault
from tests.fault_summary import summary_lines
from tests.fault_table import FAULTS


def test_the_faults_are_f1_to_f58():
    assert list(FAULTS) == [f"F{number}" for number in range(1, 59)]


def test_every_fault_has_a_test_or_says_why_not():
    proved = proofs_by_fault()

    assert set(proved) <= set(FAULTS)
    assert [number for number, fault in FAULTS.items() if number not in proved and not fault.untried] == []


def test_the_page_is_as_the_markers_say():
    assert main(only_checks=True) == 0


def test_the_summary_has_a_line_for_each_fault_with_what_became_of_its_tests(monkeypatch):
    monkeypatch.setitem(FAULTS, "F58", replace(FAULTS["F58"], untried="nothing is erased yet"))

    def report(number):
        return SimpleNamespace(user_properties=[("fault", number)])

    lines = list(summary_lines({"passed": [report("F1"), report("F1"), object()], "failed": [report("F2")]}))

    assert len(lines) == 58
    assert lines[0].startswith("F1  2 passed ")
    assert lines[1].startswith("F2  1 failed ")
    assert lines[2].startswith("F3  nothing run ")
    assert "(not tried: nothing is erased" in lines[57]


def test_every_promise_names_tests_that_there_are():
    promises = PAGE.read_text(encoding="utf-8").partition("## Promise by promise")[2]
    named = re.findall(r"`(test_\w+)`(?:<br>| \|)", promises)
    known = {
        name
        for path in TESTS.rglob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", path.read_text("utf-8"), re.M)
    }

    assert len(named) > 50
    assert [name for name in named if name not in known] == []
