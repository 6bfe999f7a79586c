"""The words of function names keep what docs/glossary.md says of them, where the code can be asked."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

#: Nouns, not the verb: a call after a session.
CHECK_IN = ("check_in_", "check_ins_")


def functions_of(pattern: str) -> Iterator[tuple[str, ast.FunctionDef]]:
    """Where it stands, and each function of the files."""
    for app in ("mesoclinic", "patients", "treatments"):
        for path in sorted((ROOT / app).glob(pattern)):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.FunctionDef):
                    yield f"{path.relative_to(ROOT)}: {node.name}", node


def returned(node: ast.FunctionDef) -> str:
    return ast.unparse(node.returns) if node.returns else ""


def refuses(node: ast.FunctionDef) -> bool:
    """Whether it raises, or calls what does."""
    calls = {
        call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
        for call in ast.walk(node)
        if isinstance(call, ast.Call)
    }
    raises = any(isinstance(each, ast.Raise) for each in ast.walk(node))
    return raises or bool(calls & {"gate", "raise_if_found"}) or any("refuse" in name for name in calls)


@pytest.mark.parametrize("pattern", ["**/rules.py", "**/rules/*.py"])
def test_a_check_of_the_rules_raises_nothing_and_returns_findings(pattern):
    wrong = [
        where
        for where, node in functions_of(pattern)
        if node.name.lstrip("_").startswith("check_")
        and not node.name.lstrip("_").startswith(CHECK_IN)
        and (refuses(node) or "Finding" not in returned(node))
    ]
    assert wrong == []


def test_what_is_said_to_refuse_can_refuse():
    wrong = [
        where
        for where, node in functions_of("**/*.py")
        if node.name.lstrip("_").startswith("refuse_") or node.name.endswith("_or_refuse")
        if not refuses(node)
    ]
    assert wrong == []


def test_what_may_be_none_says_so_in_its_type():
    wrong = [
        where
        for where, node in functions_of("**/*.py")
        if node.name.endswith("_or_none") and node.returns is not None and "None" not in returned(node)
    ]
    assert wrong == []
