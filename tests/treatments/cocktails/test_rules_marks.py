"""The row in question is marked: the finding names the row, the row names the finding."""

from mesoclinic.core.findings import block, ok, warn
from mesoclinic.core.shown_findings import numbered_findings_by_level
from treatments.cocktails.rules.marks import Mark, marks_of_findings

HOLDS = {"zinc-1": {"zinc"}, "bcn": {"zinc", "biotin"}, "copper-1": {"copper"}}


def test_a_finding_marks_each_row_it_is_about_and_the_whole_syringe():
    shown = numbered_findings_by_level(
        [
            block("dose:zinc", "Too much zinc", where="line:bcn"),
            block("volume-syringe", "Does not fit", fixed=True, where="syringe"),
            warn("pair:biotin+copper", "Apart", where="line:bcn"),
            warn("stock:copper-1", "Short", where="line:copper-1"),
            ok("fits", "Fits", where="line:zinc-1"),
        ]
    )

    marks = marks_of_findings(shown.loud, HOLDS)

    zinc, volume = Mark("Block 1", "block", "dose:zinc"), Mark("Block 2", "block", "volume-syringe")
    apart, short = (
        Mark("Warning 1", "warn", "pair:biotin+copper"),
        Mark("Warning 2", "warn", "stock:copper-1"),
    )
    assert marks.rows == {"zinc-1": (zinc,), "bcn": (zinc, apart), "copper-1": (apart, short)}
    assert marks.total == (volume,)


def test_a_code_about_something_else_marks_no_row_by_its_name():
    shown = numbered_findings_by_level([block("reasons:zinc", "x"), block("contra:*treatment:pregnant", "y")])

    assert not any(marks_of_findings(shown.loud, HOLDS).rows.values())
