"""What the tests said of each fault: one line a fault, at the end of ``make faults``."""

from collections import Counter

import pytest

from tests.fault_table import FAULTS

#: Outcomes in the order they are said.
_SAID = ("failed", "error", "passed", "skipped")


def pytest_collection_modifyitems(items):
    """The numbers travel with each test's report, also from another process."""
    for item in items:
        for mark in item.iter_markers("fault"):
            for number in mark.args:
                if number not in FAULTS:
                    raise pytest.UsageError(f"{item.nodeid}: {number} is not in tests/fault_table.py.")
                item.user_properties.append(("fault", number))


def summary_lines(stats):
    """A line for every fault, from pytest's lists of reports by outcome."""
    counted = {number: Counter() for number in FAULTS}
    for outcome in _SAID:
        for report in stats.get(outcome, []):
            for name, number in getattr(report, "user_properties", ()):
                if name == "fault":
                    counted[number][outcome] += 1
    for number, fault in FAULTS.items():
        said = counted[number]
        words = ", ".join(f"{said[outcome]} {outcome}" for outcome in _SAID if said[outcome])
        untried = f" (not tried: {fault.untried})" if fault.untried else ""
        yield f"{number:4}{words or 'nothing run':22} {fault.done}{untried}"


def pytest_terminal_summary(terminalreporter):
    asked = terminalreporter.config.option.markexpr
    if "fault" not in asked.replace("not faults", ""):
        return
    terminalreporter.section("faults F1 to F58")
    for line in summary_lines(terminalreporter.stats):
        terminalreporter.write_line(line)
