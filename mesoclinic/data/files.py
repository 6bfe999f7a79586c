"""Reads every shipped data file into typed rows, or names each row that is wrong."""

from dataclasses import replace
from pathlib import Path

from mesoclinic.data.alerts import read_alert_types, read_clearing_fields
from mesoclinic.data.allergies import read_allergies
from mesoclinic.data.amounts import read_dose_coverage_and_missing_limits, read_substances, read_volume_limits
from mesoclinic.data.blood_limits import read_blood_limits
from mesoclinic.data.conditions import (
    CONDITION_COLUMNS,
    SCALE_COLUMNS,
    read_conditions,
    read_scales_and_levels,
    read_zones,
)
from mesoclinic.data.ingredients import (
    INGREDIENT_COLUMNS,
    read_contraindications,
    read_ingredients_and_dose_limits,
    read_interactions,
)
from mesoclinic.data.intervals import read_intervals
from mesoclinic.data.labs import read_lab_tests
from mesoclinic.data.measurements import read_measurement_kinds, read_review_rules
from mesoclinic.data.must_ask import read_required_answers
from mesoclinic.data.patients import (
    FACTOR_COLUMNS,
    QUESTION_COLUMNS,
    read_answer_factors,
    read_consent_texts,
    read_factor,
    read_questions,
    read_term_factors,
)
from mesoclinic.data.photo_views import read_photo_views
from mesoclinic.data.protocols import (
    read_adverse_effects,
    read_checklist,
    read_indications,
    read_premade_products,
    read_protocols,
)
from mesoclinic.data.rows import Catalogue, SourceRow
from mesoclinic.data.suggestions import read_indications_and_other_treatments
from mesoclinic.data.tables import CatalogueFilesError, Files, Known, Row, codes_in_column


def read_catalogue(folder: Path) -> Catalogue:
    """Read every file of the folder, or raise one error that lists all that is wrong."""
    files = Files(Path(folder))
    sources = files.read_rows_and_note_bad("sources.csv", "key citation address kind", key="key")
    files.source_keys = codes_in_column(sources, "key")
    factors = files.read_rows_and_note_bad("factors.csv", FACTOR_COLUMNS, key="code")
    questions = files.read_rows_and_note_bad("intake_questions.csv", QUESTION_COLUMNS, key="code")
    conditions = files.read_rows_and_note_bad("conditions.csv", CONDITION_COLUMNS, key="code")
    levels = files.read_rows_and_note_bad("scales.csv", SCALE_COLUMNS, key="scale_code value")
    ingredients = files.read_rows_and_note_bad("ingredients.csv", INGREDIENT_COLUMNS, key="code")

    known = Known(
        factors={row.read_text("code"): row.read_text("kind") for row in factors},
        conditions=codes_in_column(conditions),
        ingredients=codes_in_column(ingredients),
        scales=codes_in_column(levels, "scale_code"),
    )
    scale_rows, level_rows = read_scales_and_levels(files, levels)
    question_rows = read_questions(files, questions, known)
    ingredient_rows, limit_rows = read_ingredients_and_dose_limits(files, ingredients)
    coverage_rows, more_limits = read_dose_coverage_and_missing_limits(files, known)
    catalogue = Catalogue(
        sources=[_read_source(row) for row in sources],
        factors=[read_factor(files, row) for row in factors],
        answer_factors=read_answer_factors(files, question_rows, known),
        term_factors=read_term_factors(files, known),
        questions=question_rows,
        conditions=read_conditions(files, conditions, known),
        scales=scale_rows,
        scale_levels=level_rows,
        zones=read_zones(files),
        ingredients=ingredient_rows,
        limits=[*limit_rows, *more_limits],
        dose_coverage=coverage_rows,
        volume_limits=read_volume_limits(files, known),
        substances=read_substances(files, known),
        pairs=read_interactions(files, known),
        contraindications=read_contraindications(files, known),
        indications=read_indications(files, known),
        protocols=read_protocols(files, known),
        premades=read_premade_products(files, known),
        effects=read_adverse_effects(files),
        checklist=read_checklist(files),
        consent_texts=read_consent_texts(files),
        blood_limits=read_blood_limits(files, known),
        required_answers=read_required_answers(files, known),
        intervals=read_intervals(files),
        lab_tests=read_lab_tests(files),
        measurement_kinds=read_measurement_kinds(files, known),
        review_rules=read_review_rules(files, known),
        photo_views=read_photo_views(files),
        alert_types=read_alert_types(files, known),
        clearing_fields=read_clearing_fields(files),
    )
    catalogue = _with_allergies_and_female_suggestions(files, known, catalogue)
    if files.bad:
        raise CatalogueFilesError(files.bad)
    return catalogue


def _with_allergies_and_female_suggestions(files: Files, known: Known, catalogue: Catalogue) -> Catalogue:
    """The same with what substances.csv and suggestions_female.csv add to the rows of other files."""
    allergies = read_allergies(files, known, catalogue.term_factors)
    indications, others = read_indications_and_other_treatments(
        files, known, catalogue.indications, catalogue.questions
    )
    return replace(
        catalogue,
        factors=catalogue.factors + allergies.factors,
        term_factors=catalogue.term_factors + allergies.terms,
        contraindications=catalogue.contraindications + allergies.contraindications,
        indications=indications,
        other_treatments=others,
    )


def _read_source(row: Row) -> SourceRow:
    return SourceRow(
        key=row.read_text("key"),
        citation=row.read_text("citation", required=True),
        address=row.read_text("address"),
        kind=row.read_text("kind", required=True),
    )
