"""load_catalogue: everything comes in, again and again, and a clinic's own edits stay."""

import csv
import shutil

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from mesoclinic.core.models import AuditEvent, Source
from mesoclinic.data.files import read_catalogue
from patients.models import ConsentText, Factor, FactorTerm, IntakeQuestion
from treatments.catalogue.models import (
    Contraindication,
    DoseCoverage,
    DoseLimit,
    Indication,
    Ingredient,
    Interaction,
    Interval,
    OtherTreatment,
    Product,
    ProductContent,
    RequiredAnswer,
    SubstanceIdentity,
    VolumeLimit,
)
from treatments.conditions.models import Condition, ConditionScale, ScaleLevel, SeverityScale, Zone
from treatments.plans.models import Protocol
from treatments.sessions.models import AdverseEffect, ChecklistItem

DATA = settings.BASE_DIR / "mesoclinic" / "data"
TABLES = [
    Source,
    Factor,
    FactorTerm,
    IntakeQuestion,
    SeverityScale,
    ScaleLevel,
    Condition,
    Zone,
    Ingredient,
    DoseLimit,
    VolumeLimit,
    DoseCoverage,
    SubstanceIdentity,
    Interaction,
    Contraindication,
    Product,
    Indication,
    OtherTreatment,
    Protocol,
    ChecklistItem,
    AdverseEffect,
    Interval,
    ConsentText,
    RequiredAnswer,
]

pytestmark = pytest.mark.django_db


def lines_of(name, folder=DATA):
    with (folder / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def edit(folder, file, *, where, **cells):
    """Change cells of the one row where ``where`` (column, value) holds."""
    rows = lines_of(file, folder)
    for row in rows:
        if row[where[0]] == where[1]:
            row.update(cells)
    with (folder / file).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)


def load(capsys, folder=DATA):
    """What the command prints, table by table."""
    call_command("load_catalogue", folder=folder)
    return dict(line.split(": ") for line in capsys.readouterr().out.splitlines())


@pytest.fixture
def folder(tmp_path):
    """A copy of the data files that a test may change."""
    return shutil.copytree(DATA, tmp_path / "data")


def test_every_row_of_the_files_stands_in_its_table(capsys):
    load(capsys)

    # Some rows are made of several files: those as they were read.
    shipped = read_catalogue(DATA)
    counts = {model.__name__: model.objects.count() for model in TABLES}
    assert counts == {
        "Source": len(lines_of("sources.csv")),
        "Factor": len(shipped.factors),
        "FactorTerm": len(shipped.term_factors)
        + len(lines_of("answer_factors.csv"))
        # What is asked beyond the intake, and means something (must_ask_groups.csv).
        + sum(bool(row["meaning"]) for row in lines_of("must_ask_groups.csv")),
        "IntakeQuestion": len(lines_of("intake_questions.csv")),
        # What is measured has a scale: one of these, or one of its own.
        "SeverityScale": len(
            {row["scale_code"] for row in lines_of("scale_groups.csv")}
            | {row["code"] for row in lines_of("measurements.csv")}
        ),
        "ScaleLevel": len(lines_of("scales.csv")),
        "Condition": len(lines_of("conditions.csv")),
        "Zone": len(lines_of("zones.csv")),
        "Ingredient": len(lines_of("ingredients.csv")),
        "DoseLimit": sum(bool(row["max_value"]) for row in lines_of("ingredients.csv"))
        + sum(
            row["limit_row_now"] == "no" and row["unit"] in ("mg", "mL")
            for row in lines_of("dose_coverage.csv")
        ),
        "VolumeLimit": len(lines_of("volume_limits.csv")),
        "DoseCoverage": len(lines_of("dose_coverage.csv")),
        "SubstanceIdentity": len(lines_of("substances.csv")),
        "Interaction": len(lines_of("interactions.csv")),
        "Contraindication": len(shipped.contraindications),
        "Product": len(lines_of("premade.csv")),
        "Indication": len(shipped.indications),
        "OtherTreatment": len(shipped.other_treatments),
        "Protocol": len(lines_of("protocols.csv")),
        "ChecklistItem": len(lines_of("checklist.csv")),
        "AdverseEffect": len(lines_of("adverse_effects.csv")),
        "Interval": len(lines_of("intervals.csv")),
        "ConsentText": len(lines_of("consent_texts.csv")),
        "RequiredAnswer": len(lines_of("must_ask.csv")),
    }


def test_the_seed_the_blocked_the_ready_made_and_their_sources_come_in(capsys):
    """One load, seen from several sides: a load takes seconds."""
    load(capsys)

    seed = {
        "ingredients": set(Ingredient.objects.filter(from_seed=True).values_list("code", flat=True)),
        "conditions": set(Condition.objects.filter(from_seed=True).values_list("code", flat=True)),
    }
    assert seed == {
        "ingredients": {
            row["code"] for row in lines_of("ingredients.csv") if row["from_seed"].startswith("yes")
        },
        "conditions": {row["code"] for row in lines_of("conditions.csv") if row["from_seed"] == "yes"},
    }
    assert len(seed["ingredients"]) > 15

    blocked = dict(Ingredient.objects.filter(status="blocked").values_list("code", "status_reason"))
    assert set(blocked) == {"buflomedil", "exosomes", "homeopathic-complex"}
    assert blocked["buflomedil"].startswith("Suspended in the EU since 2011")
    assert blocked["exosomes"].startswith("No exosome product is approved")

    ready_made = Product.objects.get(code="bcn-scalp")
    assert (ready_made.premade, ready_made.injectable, ready_made.container_ml) == (True, "check", None)
    assert set(ready_made.contents.values_list("ingredient__code", "mg_per_ml")) == {
        ("dexpanthenol", None),
        ("biotin", None),
        ("thiamine", None),
        ("pyridoxine", None),
    }

    zone = Zone.objects.get(code="MIDSCALP")
    assert zone.source_keys == ["YAKER"]
    assert zone.source_text == "Frontal two-thirds 120 minus frontal third 70 (inferred)"

    scales = ConditionScale.objects.filter(condition__code="androgenetic-alopecia")
    assert list(scales.values_list("scale__code", "who")[:3]) == [
        ("HAMILTON_NORWOOD", "men"),
        ("LUDWIG", "women"),
        ("SINCLAIR", "women"),
    ]

    known = set(Source.objects.values_list("key", flat=True))
    cited = {
        key
        for model in TABLES
        if model not in (Source, ConsentText)
        for keys in model.objects.values_list("source_keys", flat=True)
        for key in keys
    }
    assert cited - known == set()
    assert Ingredient.objects.get(code="finasteride").unverified_fields == (
        "CAS number; usual concentration (0.05-0.1% part); storage; UNII"
    )
    for model in (Ingredient, Protocol):
        assert not model.objects.filter(unverified_fields__contains="_").exists()


def test_a_second_run_changes_nothing_and_says_so(capsys):
    first = load(capsys)
    second = load(capsys)

    assert first["zones"] == "11 new, 0 updated, 0 edited here and kept, 0 unchanged"
    assert second["zones"] == "0 new, 0 updated, 0 edited here and kept, 11 unchanged"
    assert all(said.startswith("0 new, 0 updated, 0 edited here") for said in second.values())
    assert AuditEvent.objects.filter(did="catalogue.loaded").count() == 1


def test_what_a_clinic_changed_stays_while_the_rest_is_updated(capsys, folder):
    load(capsys)
    Zone.objects.filter(code="VERTEX").update(area_cm2=95)
    Zone.objects.filter(code="OCCIPITAL").update(area_cm2=130)
    product = Product.objects.get(code="bcn-scalp")
    product.contents.filter(ingredient__code="biotin").update(mg_per_ml=5)
    product.contents.filter(ingredient__code="thiamine").delete()
    zinc = Ingredient.objects.get(code="zinc")
    ProductContent.objects.create(product=product, ingredient=zinc)
    edit(folder, "zones.csv", where=("code", "VERTEX"), name="Crown", area_cm2="88")
    edit(
        folder,
        "premade_groups.csv",
        where=("code", "bcn-scalp"),
        contents="dexpanthenol+thiamine+pyridoxine+riboflavin",
    )
    edit(folder, "conditions.csv", where=("code", "brittle-hair"), severity_scales="BREAKAGE5; GPA7")

    said = load(capsys, folder)

    zone = Zone.objects.get(code="VERTEX")
    assert (zone.name, zone.area_cm2) == ("Crown", 95)
    assert said["zones"] == "0 new, 1 updated, 1 edited here and kept, 9 unchanged"
    # Biotin left the data but has a strength here; thiamine was taken out here; riboflavin is new.
    assert set(product.contents.values_list("ingredient__code", flat=True)) == {
        "dexpanthenol",
        "biotin",
        "pyridoxine",
        "zinc",
        "riboflavin",
    }
    scales = ConditionScale.objects.filter(condition__code="brittle-hair")
    assert list(scales.values_list("scale__code", flat=True)) == ["BREAKAGE5", "GPA7"]


def test_a_broken_row_is_named_by_file_line_and_reason_and_nothing_is_written(folder):
    edit(folder, "zones.csv", where=("code", "VERTEX"), area_cm2="large")

    with pytest.raises(CommandError) as refused:
        call_command("load_catalogue", folder=folder)

    assert "zones.csv line 4, area_cm2: “large” is not a number" in str(refused.value)
    assert [model for model in TABLES if model.objects.exists()] == []


def test_a_row_the_database_refuses_takes_everything_back(folder):
    edit(folder, "adverse_effects.csv", where=("in_seed", "yes"), escalate_if="x" * 121)

    with pytest.raises(CommandError, match="while loading adverse effects"):
        call_command("load_catalogue", folder=folder)

    assert [model for model in TABLES if model.objects.exists()] == []
