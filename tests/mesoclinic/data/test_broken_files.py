"""A broken file of the catalogue is told by its name, its line and the reason."""

import ast
import csv
import shutil
from pathlib import Path

import pytest

from mesoclinic import data
from mesoclinic.data import files, rows, tables
from mesoclinic.data.files import read_catalogue
from mesoclinic.data.tables import BadRow, CatalogueFilesError

DATA = Path(data.__file__).parent


@pytest.fixture
def folder(tmp_path):
    for path in DATA.glob("*.csv"):
        shutil.copy(path, tmp_path)
    return tmp_path


def spoil(path: Path, old: str, new: str) -> None:
    text = path.read_bytes().decode("utf-8")
    assert old in text
    path.write_bytes(text.replace(old, new, 1).encode("utf-8"))


BROKEN = {
    "unknown ingredient in a pair": (
        ("interactions.csv", "exosomes,*any", "exosome,*any"),
        ["interactions.csv line 110, ingredient_a: “exosome” is not a known ingredient"],
    ),
    "unknown condition in an indication": (
        ("indications.csv", "androgenetic-alopecia,dutasteride,3", "baldness,dutasteride,3"),
        ["indications.csv line 2, condition: “baldness” is not a known condition"],
    ),
    "support beyond three": (
        ("indications.csv", "androgenetic-alopecia,dutasteride,3", "androgenetic-alopecia,dutasteride,4"),
        ["indications.csv line 2, support_0_3: “4” is not one of: 0, 1, 2, 3"],
    ),
    "unknown factor": (
        ("contraindications.csv", "Latex allergy,allergy_latex", "Latex allergy,allergy_rubber"),
        ["contraindications.csv line 57, factor_code: “allergy_rubber” is not a known factor"],
    ),
    "unknown basis": (
        ("zones.csv", "Frontal third,inferred,", "Frontal third,guessed,"),
        [
            "zones.csv line 2, basis: “guessed” is not one of: stated, inferred, partly_sourced, "
            "general_knowledge, clinic-default"
        ],
    ),
    "level of an interval that nobody knows": (
        ("intervals.csv", "same day or next day,,2,,block_fixed", "same day or next day,,2,,stop"),
        [
            "intervals.csv line 3, below_min_level: “stop” is not one of: block_fixed, block_overridable, warn, none"
        ],
    ),
    "unknown source": (
        ("zones.csv", "[YAKER]", "[YAKERS]"),
        ["zones.csv line 2, source: [YAKERS] is not in sources.csv"],
    ),
    "source without a key": (
        ("zones.csv", "[YAKER] ", "Yaker "),
        ["zones.csv line 2, source: “Yaker Yaker hair transplant guide (front” does not start with a [KEY]"],
    ),
    "area that is no number": (
        ("zones.csv", "hairline,70,", "hairline,7O,"),
        ["zones.csv line 2, area_cm2: “7O” is not a number"],
    ),
    "blocked without a reason": (
        (
            "ingredient_groups.csv",
            "Suspended in the EU since 2011 for fatal cardiac and neurological effects (EMA). Choose another ingredient.",
            "",
        ),
        ["ingredient_groups.csv line 30, status_reason: a blocked ingredient needs a reason for people"],
    ),
    "ingredient without its group": (
        ("ingredient_groups.csv", "\nbiotin,", "\nbiotine,"),
        [
            "ingredient_groups.csv line 2, code: “biotine” is not in ingredients.csv",
            "ingredients.csv line 5, code: “biotin” has no row in ingredient_groups.csv",
        ],
    ),
    "same code twice": (
        ("zones.csv", "\nMIDSCALP,", "\nFRONTAL,"),
        ["zones.csv line 3, code: “FRONTAL” is already on line 2"],
    ),
    "limit that is no number": (
        ("ingredients.csv", ",300,mg,session,", ",about 300,mg,session,"),
        ["ingredients.csv line 35, max_value: “about 300” is not a number"],
    ),
    "limit per kg in another unit": (
        ("ingredients.csv", "4.5 mg/kg,", "4.5 mL/kg,"),
        ["ingredients.csv line 35, max_per_kg: “4.5 mL/kg” is not a number of mg/kg"],
    ),
    "intervals that do not make the sessions": (
        ("protocol_numbers.csv", "aga-duta-3monthly,no,4,4,4,90;90;90,", "aga-duta-3monthly,no,4,4,4,90;90,"),
        ["protocol_numbers.csv line 2, intervals: 2 intervals do not make 4 sessions"],
    ),
    "interval that is no number of days": (
        ("protocol_numbers.csv", "90;90;90", "90;90;quarterly"),
        [
            "protocol_numbers.csv line 2, intervals: “quarterly” is not a number of days",
            "protocol_numbers.csv line 2, intervals: 2 intervals do not make 4 sessions",
        ],
    ),
    "range the wrong way round": (
        ("protocol_numbers.csv", ",0.05,0.1,", ",0.5,0.1,"),
        ["protocol_numbers.csv line 2, ml_per_point_max: “0.1” is below ml_per_point_min “0.5”"],
    ),
    "answer nobody can give": (
        ("answer_factors.csv", "heart,low BP,", "heart,low pressure,"),
        ["answer_factors.csv line 48, answer: “low pressure” is not an answer to “heart”"],
    ),
    "answer of another kind than its factor": (
        ("answer_factors.csv", "epilepsy,yes,epilepsy,,disease", "epilepsy,yes,epilepsy,,medicine"),
        ["answer_factors.csv line 42, kind: the factor “epilepsy” is a disease"],
    ),
    "term in capitals": (
        ("term_factors.csv", "\nwarfarin,", "\nWarfarin,"),
        ["term_factors.csv line 88, term: “Warfarin” is not lowercase"],
    ),
    "unknown scale of a condition": (
        ("conditions.csv", "HAMILTON_NORWOOD (men)", "NORWOOD (men)"),
        ["conditions.csv line 2, severity_scales: “NORWOOD” is not a known scale"],
    ),
    "scale without its ends": (
        ("scale_groups.csv", "PAIN_NRS,number,0,10,1,", "PAIN_NRS,number,0,,1,"),
        ["scale_groups.csv line 10, max: a number scale needs it"],
    ),
    "unknown ingredient in a ready-made product": (
        ("premade_groups.csv", "polynucleotides", "polynucleotide"),
        ["premade_groups.csv line 8, contents: “polynucleotide” is not a known ingredient"],
    ),
    "harmful mix without a reason": (
        ("premade_groups.csv", ",ampoule,yes,", ",ampoule,no,"),
        ["premade_groups.csv line 15, blocked_reason: a blocked product has a reason, and no other has one"],
    ),
    "level that the research file contradicts": (
        ("reaction_groups.csv", "Swelling,expected", "Swelling,alert"),
        ["reaction_groups.csv line 2, level: adverse_effects.csv says “expected”"],
    ),
    "short list without an order": (
        ("checklist_short.csv", "Single-use gloves,yes,10,", "Single-use gloves,yes,,"),
        ["checklist_short.csv line 12, short_order: stands on the rows of the short list, and on no other"],
    ),
    "seed mark in other words": (
        ("checklist.csv", "lot stock decremented,yes,,,no", "lot stock decremented,yes,,,perhaps"),
        ["checklist.csv line 39, in_seed: “perhaps” is neither yes nor no"],
    ),
    "too many cells": (
        ("zones.csv", "BEARD,Beard,", "BEARD,Beard,,"),
        ["zones.csv line 12: has 10 cells where the header has 9"],
    ),
    "label left out": (
        ("factors.csv", "Allergy: fish,Allergy: fish", "Allergy: fish,"),
        ["factors.csv line 13, short_label: is empty"],
    ),
    "no source": (
        ("factors.csv", '"[GK] general knowledge, to be verified by a clinician"', ""),
        ["factors.csv line 5, source: names no source"],
    ),
    "days that are no whole number": (
        ("factors.csv", ",no,2,", ",no,2.5,"),
        ["factors.csv line 31, usual_days: “2.5” is not a whole number"],
    ),
}


@pytest.mark.parametrize(("change", "told"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_row_gives_its_file_its_line_and_the_reason(folder, change, told):
    file, old, new = change
    spoil(folder / file, old, new)

    with pytest.raises(CatalogueFilesError) as refused:
        read_catalogue(folder)

    assert str(refused.value).split("\n") == told


def test_a_bad_row_is_told_in_one_plain_line(folder):
    spoil(folder / "zones.csv", "Frontal third with hairline,70,", "Frontal third with hairline,7O,")

    with pytest.raises(CatalogueFilesError) as refused:
        read_catalogue(folder)

    assert refused.value.bad_rows == (BadRow("zones.csv", 2, "area_cm2", "“7O” is not a number"),)
    assert str(refused.value) == "zones.csv line 2, area_cm2: “7O” is not a number"


def test_everything_wrong_is_told_at_once(folder):
    spoil(folder / "zones.csv", ",70,", ",7O,")
    spoil(folder / "zones.csv", ",120,", ",-120,")
    spoil(folder / "indications.csv", "androgenetic-alopecia,prp,3", "androgenetic-alopecia,ppp,3")

    with pytest.raises(CatalogueFilesError) as refused:
        read_catalogue(folder)

    assert [(bad.file, bad.line, bad.column) for bad in refused.value.bad_rows] == [
        ("zones.csv", 2, "area_cm2"),
        ("zones.csv", 9, "area_cm2"),
        ("indications.csv", 4, "ingredient"),
    ]


def test_a_pair_written_both_ways_is_told(folder):
    path = folder / "interactions.csv"
    with path.open(encoding="utf-8", newline="") as opened:
        first = next(csv.DictReader(opened))
    a, b = first["ingredient_a"], first["ingredient_b"]
    with path.open("a", encoding="utf-8", newline="") as opened:
        csv.writer(opened).writerow([b, a, "ok", "none", "any", "why", "stated", "[SEED] seed"])

    with pytest.raises(CatalogueFilesError) as refused:
        read_catalogue(folder)

    assert refused.value.bad_rows == (
        BadRow("interactions.csv", 113, "ingredient_b", "this pair is already on line 2"),
    )


def test_a_missing_file_is_told(folder):
    (folder / "zones.csv").unlink()

    with pytest.raises(CatalogueFilesError) as refused:
        read_catalogue(folder)

    assert refused.value.bad_rows == (BadRow("zones.csv", 0, "", "the file is missing or cannot be read"),)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", BadRow("zones.csv", 1, "", "the file is empty")),
        (b"code,name\nX,Caf\xe9\n", BadRow("zones.csv", 2, "", "is not written in UTF-8")),
        (b'code,"name\n', BadRow("zones.csv", 1, "", "is not CSV: unexpected end of data")),
        (
            b"code,name,area_cm2,salt_zone,optional,order,why,basis\n",
            BadRow("zones.csv", 1, "source", "this column is missing"),
        ),
    ],
    ids=["empty", "not UTF-8", "open quote", "missing column"],
)
def test_a_file_that_is_no_table_is_told(folder, content, reason):
    (folder / "zones.csv").write_bytes(content)

    with pytest.raises(CatalogueFilesError) as refused:
        read_catalogue(folder)

    assert refused.value.bad_rows == (reason,)


def test_a_byte_order_mark_and_quoted_line_breaks_are_read(folder):
    path = folder / "zones.csv"
    text = path.read_text(encoding="utf-8").replace("Mid-scalp", '"Mid-\nscalp"').replace("120,", "12O,")
    path.write_text(text, encoding="utf-8-sig")

    with pytest.raises(CatalogueFilesError) as refused:
        read_catalogue(folder)

    # The quoted break moves the last zone one line down.
    assert [(bad.line, bad.column) for bad in refused.value.bad_rows] == [(10, "area_cm2")]


@pytest.mark.parametrize("module", [files, rows, tables])
def test_the_reader_needs_no_django(module):
    tree = ast.parse(Path(module.__file__).read_text(encoding="utf-8"))
    imported = {
        name.split(".")[0]
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert imported <= {
        "collections",
        "csv",
        "dataclasses",
        "decimal",
        "mesoclinic",
        "pathlib",
        "re",
        "typing",
    }
