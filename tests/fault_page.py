"""The table of faults in docs/reliability.md, from the table and the tests' markers: ``python -m tests.fault_page [--check]``."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.fault_table import FAULTS

TESTS = Path(__file__).parent
PAGE = TESTS.parent / "docs" / "reliability.md"
BEGIN, END = "<!-- written by make fault-page -->\n", "<!-- end of the faults -->\n"


def proofs_by_fault() -> dict[str, list[str]]:
    """``patients/test_files.py: test_…`` of every test that carries a fault's number, by number."""
    found: dict[str, list[str]] = {}
    for path in sorted(TESTS.rglob("test_*.py")):
        text = path.read_text(encoding="utf-8")
        if "mark.fault(" not in text:
            continue
        for node in ast.parse(text).body:
            if isinstance(node, ast.FunctionDef):
                for number in numbers_of(node):
                    found.setdefault(number, []).append(f"{path.relative_to(TESTS)}: {node.name}")
    return found


def numbers_of(test: ast.FunctionDef) -> Iterator[str]:
    """The faults in its ``@pytest.mark.fault("F1", …)``."""
    for mark in test.decorator_list:
        if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.fault":
            yield from (ast.literal_eval(number) for number in mark.args)


def faults_markdown() -> str:
    """One row for each fault, with its tests below one another, by the file they stand in."""
    tests = proofs_by_fault()
    lines = ["| | what is done | what must be seen | proved by, in `tests/` |", "|---|---|---|---|"]
    for number, fault in FAULTS.items():
        files: dict[str, list[str]] = {}
        for test in tests.get(number, []):
            file, _, name = test.partition(": ")
            files.setdefault(file, []).append(name.removeprefix("test_").replace("_", " "))
        proofs = [f"`{file}`: {'; '.join(names)}" for file, names in files.items()]
        if fault.untried:
            proofs.append(f"Not tried: {fault.untried}")
        lines.append(f"| {number} | {fault.done} | {fault.seen} | {'<br>'.join(proofs)} |")
    return "\n".join([*lines, ""])


def main(*, only_checks: bool) -> int:
    """Write the table, or say whether it is up to date; the exit status."""
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    written, _, after = rest.partition(END)
    if not only_checks:
        PAGE.write_text(before + BEGIN + faults_markdown() + END + after, encoding="utf-8")
    elif written != faults_markdown():
        print("docs/reliability.md is stale: run make fault-page.")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(only_checks="--check" in sys.argv[1:]))
