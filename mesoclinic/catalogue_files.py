"""Reads the clinical data files into typed rows, or says what is wrong with each. No Django here.

``read_all(folder)`` returns a :class:`Catalogue`, or raises one :class:`CatalogueFilesError` that
lists every bad row with its file, line, column and reason. Nothing is half read.

Most rows come from two files. The research file keeps its words and citations as they were
collected; the file beside it (``*_groups.csv``, ``protocol_numbers.csv``, ``checklist_short.csv``)
says in codes and numbers what the software needs, and why (:class:`Judged`):

    ingredients.csv ───────┐
                           ├─ joined by code ──> IngredientRow, LimitRow
    ingredient_groups.csv ─┘

    answer_factors.csv ──┐
    term_factors.csv ────┼─ name ──> factors.csv
    contraindications.csv┘

In the files ``*treatment`` means the whole treatment, ``*any`` everyone, any condition or every
other ingredient. In the rows all of them are ``None``.
"""

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path

from mesoclinic.catalogue_rows import (
    AnswerFactorRow,
    Catalogue,
    ChecklistRow,
    ConditionRow,
    ConsentTextRow,
    ContraRow,
    EffectRow,
    FactorRow,
    IndicationRow,
    IngredientRow,
    LimitRow,
    PairRow,
    PremadeRow,
    ProtocolRow,
    QuestionRow,
    ScaleFor,
    ScaleLevelRow,
    ScaleRow,
    SourceRow,
    TermFactorRow,
    ZoneRow,
)
from mesoclinic.catalogue_tables import (
    BASES,
    BadRow,
    CatalogueFilesError,
    Files,
    Row,
    codes_of,
    yes_with_remark,
)

__all__ = ["BadRow", "Catalogue", "CatalogueFilesError", "read_all"]

# The words the files may use.
FACTOR_KINDS = ("allergy", "medicine", "pregnancy", "disease", "history", "staff", "lifestyle")
FAMILIES = (
    "b_vitamin",
    "vitamin",
    "mineral",
    "hyaluronic_acid",
    "amino_acid",
    "coenzyme",
    "peptide",
    "plant",
    "drug",
    "biologic",
    "premade",
    "anaesthetic",
    "diluent",
    "buffer",
    "other",
)
STATUSES = ("allowed", "restricted", "blocked")
PREPARATIONS = ("cocktail", "single_only", "either")
PRESCRIPTIONS = ("yes", "no", "varies")
LIMIT_KINDS = ("label_same_route", "label_other_route", "studied_dose", "protocol_digest")
LIMIT_UNITS = ("mg", "mL", "mL/cm2")
LIMIT_PERIODS = ("session", "dose", "day")
PAIR_KINDS = ("incompatible", "caution", "redundant-class", "ok")
PAIR_SEVERITIES = ("high", "moderate", "low", "none")
PAIR_SCOPES = (
    "any",
    "same syringe",
    "same session",
    "same syringe or same session",
    "separate syringes, same session",
)
CONTRA_SEVERITIES = ("absolute", "relative")
ROLES = ("indication", "doubtful", "exclusion", "refer", "related", "cause")
WHO = ("any", "men", "women")
SCALE_KINDS = ("ordinal", "number", "percent", "count", "change")
DIRECTIONS = ("higher = worse", "higher = better")
SALT_ZONES = ("top", "back", "left", "right")
TECHNIQUES = ("epidermic", "papule", "nappage", "point_by_point", "mesogun")
INJECTABLE = ("yes", "no", "check")
PRESENTATIONS = ("ampoule", "single_dose", "multi_dose", "prefilled")
EFFECT_LEVELS = ("expected", "alert", "emergency")
PHASES = ("before", "during", "after")
SHOWN_WHEN = ("sex=female", "sex=male", "birth_date=missing")
LISTS = ("allergy", "medicine", "disease")


def read_all(folder: Path) -> Catalogue:
    """Read every file of the folder, or raise one error that lists all that is wrong."""
    files = Files(Path(folder))
    sources = files.table("sources.csv", "key citation address kind", key="key")
    files.source_keys = codes_of(sources, "key")
    factors = files.table("factors.csv", _FACTOR_COLUMNS, key="code")
    questions = files.table("intake_questions.csv", _QUESTION_COLUMNS, key="code")
    conditions = files.table("conditions.csv", _CONDITION_COLUMNS, key="code")
    levels = files.table("scales.csv", _SCALE_COLUMNS, key="scale_code value")
    ingredients = files.table("ingredients.csv", _INGREDIENT_COLUMNS, key="code")

    known = _Known(
        factors={row.text("code"): row.text("kind") for row in factors},
        conditions=codes_of(conditions),
        ingredients=codes_of(ingredients),
        scales=codes_of(levels, "scale_code"),
    )
    scale_rows, level_rows = _scales(files, levels)
    question_rows = _questions(files, questions, known)
    ingredient_rows, limit_rows = _ingredients(files, ingredients)
    catalogue = Catalogue(
        sources=[_source(row) for row in sources],
        factors=[_factor(files, row) for row in factors],
        answer_factors=_answer_factors(files, question_rows, known),
        term_factors=_term_factors(files, known),
        questions=question_rows,
        conditions=_conditions(files, conditions, known),
        scales=scale_rows,
        scale_levels=level_rows,
        zones=_zones(files),
        ingredients=ingredient_rows,
        limits=limit_rows,
        pairs=_pairs(files, known),
        contraindications=_contraindications(files, known),
        indications=_indications(files, known),
        protocols=_protocols(files, known),
        premades=_premades(files, known),
        effects=_effects(files),
        checklist=_checklist(files),
        consent_texts=_consent_texts(files),
    )
    if files.bad:
        raise CatalogueFilesError(files.bad)
    return catalogue


@dataclass(frozen=True, slots=True)
class _Known:
    """The codes that other rows may name."""

    factors: dict[str, str]  # code -> kind
    conditions: frozenset[str]
    ingredients: frozenset[str]
    scales: frozenset[str]


def _source(row: Row) -> SourceRow:
    return SourceRow(
        key=row.text("key"),
        citation=row.text("citation", required=True),
        address=row.text("address"),
        kind=row.text("kind", required=True),
    )


_FACTOR_COLUMNS = "code label short_label kind sensitive usual_days why basis source"


def _factor(files: Files, row: Row) -> FactorRow:
    return FactorRow(
        code=row.text("code"),
        label=row.text("label", required=True),
        short_label=row.text("short_label", required=True),
        kind=row.one_of("kind", FACTOR_KINDS),
        sensitive=row.yes("sensitive"),
        usual_days=row.whole("usual_days"),
        judged=files.judged(row),
    )


def _answer_factors(files: Files, questions: list[QuestionRow], known: _Known) -> list[AnswerFactorRow]:
    by_code = {question.code: question for question in questions}
    rows = files.table(
        "answer_factors.csv",
        "question answer factor_code kind why basis source",
        key="question answer factor_code",
    )
    found = []
    for row in rows:
        code = row.code("question", by_code, "intake question")
        answer = row.text("answer", required=True)
        factor = row.code("factor_code", known.factors, "factor")
        kind = row.one_of("kind", FACTOR_KINDS)
        if kind and known.factors.get(factor, kind) != kind:
            row.refuse("kind", f"the factor “{factor}” is a {known.factors[factor]}")
        question = by_code.get(code)
        if question and answer and not _can_be_answered(question, answer):
            row.refuse("answer", f"“{answer}” is not an answer to “{code}”")
        found.append(AnswerFactorRow(code, answer, factor, kind, files.judged(row)))
    return found


def _can_be_answered(question: QuestionRow, answer: str) -> bool:
    if re.fullmatch(r"(>=|<)[0-9]+", answer):
        return question.answer_type in ("scale", "number", "date")
    return answer in question.options or (answer == "yes" and question.answer_type.startswith("yes-no"))


def _term_factors(files: Files, known: _Known) -> list[TermFactorRow]:
    rows = files.table(
        "term_factors.csv", "term factor_code kind why basis source", key="term kind factor_code"
    )
    found = []
    for row in rows:
        term = row.text("term")
        if term != term.lower():
            row.refuse("term", f"“{term}” is not lowercase")
        found.append(
            TermFactorRow(
                term=term,
                factor_code=row.code("factor_code", known.factors, "factor"),
                kind=row.one_of("kind", FACTOR_KINDS),
                judged=files.judged(row),
            )
        )
    return found


_QUESTION_COLUMNS = "code question answer_type options feeds_rule in_seed source"


def _questions(files: Files, rows: list[Row], known: _Known) -> list[QuestionRow]:
    beside = files.beside(
        rows,
        "intake_groups.csv",
        "section order short_label required shown_when added_options match_terms help",
        key="code",
    )
    found = []
    for row in rows:
        group = beside.get(row.text("code"))
        if group is None:
            continue
        options = row.parts("options")
        scale_code = options[0] if len(options) == 1 and options[0] in known.scales else None
        minimum = maximum = None
        # "PHQ-2 0-6" or "0-10": a score with its ends
        score = re.fullmatch(r"(?:.* )?([0-9]+)-([0-9]+)", row.text("options"))
        if score:
            minimum, maximum = Decimal(score[1]), Decimal(score[2])
        if score or scale_code:
            options = ()
        elif row.text("answer_type") == "scale":
            row.refuse("options", f"“{row.text('options')}” is neither a scale nor a range")
        found.append(
            QuestionRow(
                code=row.text("code"),
                question=row.text("question", required=True),
                answer_type=row.text("answer_type", required=True),
                options=options + group.parts("added_options"),
                scale_code=scale_code,
                minimum=minimum,
                maximum=maximum,
                feeds_rule=row.text("feeds_rule"),
                in_seed=yes_with_remark(row, "in_seed"),
                sources=files.sources(row),
                section=group.text("section", required=True),
                order=group.order(),
                short_label=group.text("short_label", required=True),
                required=group.yes("required"),
                shown_when=group.one_of("shown_when", SHOWN_WHEN, optional=True),
                match_terms=group.one_of("match_terms", LISTS, optional=True),
                help=group.text("help"),
                judged=files.judged(group),
            )
        )
    return found


_CONDITION_COLUMNS = (
    "code name role icd10 icd11 icd11_status snomed_ct snomed_status severity_scales from_seed notes sources"
)


def _conditions(files: Files, rows: list[Row], known: _Known) -> list[ConditionRow]:
    beside = files.beside(
        rows,
        "condition_groups.csv",
        "role who temporary factor_code contested contested_source order",
        key="code",
    )
    found = []
    for row in rows:
        group = beside.get(row.text("code"))
        if group is None:
            continue
        scales, exams = _measures(row, known)
        contested = group.text("contested")
        found.append(
            ConditionRow(
                code=row.text("code"),
                name=row.text("name", required=True),
                role=group.one_of("role", ROLES),
                role_text=row.text("role", required=True),
                who=group.one_of("who", WHO),
                temporary=group.yes("temporary"),
                factor_code=group.code("factor_code", known.factors, "factor", required=False) or None,
                contested=contested,
                contested_sources=files.sources(group, "contested_source", required=bool(contested)),
                order=group.order(),
                icd10=row.text("icd10"),
                icd10_codes=_found(r"\b[A-Z][0-9]{2}(?:\.[0-9]{1,2})?\b", row.text("icd10")),
                icd11=row.text("icd11"),
                icd11_status=row.text("icd11_status"),
                snomed_ct=row.text("snomed_ct"),
                snomed_codes=_found(r"\b[0-9]{6,18}\b", row.text("snomed_ct")),
                snomed_status=row.text("snomed_status"),
                scales=scales,
                other_exams=exams,
                from_seed=yes_with_remark(row, "from_seed"),
                notes=row.text("notes"),
                sources=files.sources(row, "sources"),
                judged=files.judged(group),
            )
        )
    return found


def _found(pattern: str, text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(re.findall(pattern, text)))


def _measures(row: Row, known: _Known) -> tuple[tuple[ScaleFor, ...], tuple[str, ...]]:
    """“HAMILTON_NORWOOD (men); LUDWIG, SINCLAIR (women); GPA7; photo”: scales and other exams."""
    scales, exams = [], []
    for part in row.parts("severity_scales"):
        names, _, who = part.partition(" (")
        who = who.rstrip(")") or "any"
        if who not in WHO:
            row.refuse("severity_scales", f"“{who}” is not one of: {', '.join(WHO)}")
        for name in names.split(","):
            name = name.strip()
            if name.islower():
                exams.append(name)
            elif name in known.scales:
                scales.append(ScaleFor(name, who))
            else:
                row.refuse("severity_scales", f"“{name}” is not a known scale")
    return tuple(scales), tuple(exams)


_SCALE_COLUMNS = "scale_code scale_name applies_to type direction unit order value label description sources"


def _scales(files: Files, rows: list[Row]) -> tuple[list[ScaleRow], list[ScaleLevelRow]]:
    beside = files.beside(
        rows, "scale_groups.csv", "kind min max step short_name from_sex order", key="scale_code"
    )
    scales: dict[str, ScaleRow] = {}
    levels = []
    for row in rows:
        code = row.text("scale_code")
        levels.append(
            ScaleLevelRow(
                scale_code=code,
                order=row.order(),
                value=row.text("value", required=True),
                label=row.text("label"),
                description=row.text("description"),
                sources=files.sources(row, "sources"),
            )
        )
        group = beside.get(code)
        if group is None or code in scales:
            continue
        kind = group.one_of("kind", SCALE_KINDS)
        ends = {name: group.decimal(name, negative=True) for name in ("min", "max", "step")}
        if kind in SCALE_KINDS[1:]:
            for name, value in ends.items():
                if value is None:
                    group.refuse(name, f"a {kind} scale needs it")
        group.at_most("min", "max")
        scales[code] = ScaleRow(
            code=code,
            name=row.text("scale_name", required=True),
            short_name=group.text("short_name", required=True),
            applies_to=row.text("applies_to"),
            type_text=row.text("type"),
            kind=kind,
            higher_is_worse=row.one_of("direction", DIRECTIONS) == "higher = worse",
            unit=row.text("unit"),
            minimum=ends["min"],
            maximum=ends["max"],
            step=ends["step"],
            from_sex=group.one_of("from_sex", ("male", "female"), optional=True),
            order=group.order(),
            sources=files.sources(row, "sources"),
            judged=files.judged(group),
        )
    return list(scales.values()), levels


def _zones(files: Files) -> list[ZoneRow]:
    rows = files.table(
        "zones.csv", "code name area_cm2 salt_zone optional order why basis source", key="code"
    )
    return [
        ZoneRow(
            code=row.text("code"),
            name=row.text("name", required=True),
            area_cm2=row.decimal("area_cm2"),
            salt_zone=row.one_of("salt_zone", SALT_ZONES, optional=True),
            optional=row.yes("optional"),
            order=row.order(),
            judged=files.judged(row),
        )
        for row in rows
    ]


_INGREDIENT_COLUMNS = (
    "code name synonyms_inn class is_active counting_note from_seed atc_code cas unii"
    " usual_concentration usual_dose_per_session max_value max_unit max_period max_per_kg max_basis"
    " max_kind gk_suggested_max usual_interval regulatory_status prescription_only default_status"
    " storage shelf_life_after_opening evidence_note unverified_fields sources"
)


def _ingredients(files: Files, rows: list[Row]) -> tuple[list[IngredientRow], list[LimitRow]]:
    beside = files.beside(
        rows,
        "ingredient_groups.csv",
        "family work_order preparation prescription in_syringe status_reason status_source limit_source",
        key="code",
    )
    found, limits = [], []
    for row in rows:
        group = beside.get(row.text("code"))
        if group is None:
            continue
        found.append(_ingredient(files, row, group))
        if row.text("max_value"):
            limits.append(_limit(files, row, group))
    return found, [limit for limit in limits if limit is not None]


def _ingredient(files: Files, row: Row, group: Row) -> IngredientRow:
    status = row.one_of("default_status", STATUSES)
    reason = group.text("status_reason")
    if status != "allowed" and not reason:
        group.refuse("status_reason", f"a {status} ingredient needs a reason for people")
    if status == "allowed" and reason:
        group.refuse("status_reason", "an allowed ingredient has none")
    return IngredientRow(
        code=row.text("code"),
        name=row.text("name", required=True),
        synonyms=row.parts("synonyms_inn"),
        chemical_class=row.text("class", required=True),
        is_active=row.yes("is_active"),
        counting_note=row.text("counting_note"),
        from_seed=yes_with_remark(row, "from_seed"),
        from_seed_text=row.text("from_seed"),
        atc_code=row.text("atc_code"),
        cas=row.text("cas"),
        unii=row.text("unii"),
        usual_concentration=row.text("usual_concentration"),
        usual_dose_per_session=row.text("usual_dose_per_session"),
        usual_interval=row.text("usual_interval"),
        regulatory_status=row.text("regulatory_status"),
        prescription_only=row.text("prescription_only"),
        default_status=status,
        storage=row.text("storage"),
        shelf_life_after_opening=row.text("shelf_life_after_opening"),
        evidence_note=row.text("evidence_note"),
        unverified_fields=row.parts("unverified_fields"),
        sources=files.sources(row, "sources"),
        family=group.one_of("family", FAMILIES),
        work_order=group.order("work_order"),
        preparation=group.one_of("preparation", PREPARATIONS),
        prescription=group.one_of("prescription", PRESCRIPTIONS),
        in_syringe=group.yes("in_syringe"),
        status_reason=reason,
        status_sources=files.sources(group, "status_source", required=bool(reason)),
        judged=files.judged(group),
    )


def _limit(files: Files, row: Row, group: Row) -> LimitRow | None:
    value = row.decimal("max_value")
    if value is not None and value <= 0:
        row.refuse("max_value", "a limit is above zero")
    unit = row.one_of("max_unit", LIMIT_UNITS)
    per_kg = None
    if row.text("max_per_kg"):  # "4.5 mg/kg", in the unit of the limit
        written = re.fullmatch(r"([0-9.]+) (\S+)/kg", row.text("max_per_kg"))
        try:
            per_kg = Decimal(written[1]) if written and written[2] == unit else None
        except InvalidOperation:
            per_kg = None
        if per_kg is None:
            row.refuse("max_per_kg", f"“{row.text('max_per_kg')}” is not a number of {unit}/kg")
    kind = row.one_of("max_kind", LIMIT_KINDS)
    period = row.one_of("max_period", LIMIT_PERIODS)
    sources = files.sources(group, "limit_source")
    if value is None:
        return None
    return LimitRow(
        ingredient=row.text("code"),
        value=value,
        unit=unit,
        period=period,
        per_kg=per_kg,
        kind=kind,
        basis_text=row.text("max_basis", required=True),
        suggested=row.text("gk_suggested_max"),
        sources=sources,
    )


def _pairs(files: Files, known: _Known) -> list[PairRow]:
    rows = files.table("interactions.csv", "ingredient_a ingredient_b kind severity scope why basis source")
    first: dict[frozenset[str], int] = {}
    found = []
    for row in rows:
        pair = frozenset((row.text("ingredient_a"), row.text("ingredient_b")))
        if len(pair) == 1:
            row.refuse("ingredient_b", "is the same ingredient")
        elif pair in first:
            row.refuse("ingredient_b", f"this pair is already on line {first[pair]}")
        first.setdefault(pair, row.line)
        found.append(
            PairRow(
                ingredient_a=row.code("ingredient_a", known.ingredients, "ingredient"),
                ingredient_b=row.code_or_any("ingredient_b", known.ingredients, "ingredient"),
                kind=row.one_of("kind", PAIR_KINDS),
                severity=row.one_of("severity", PAIR_SEVERITIES),
                scope=row.one_of("scope", PAIR_SCOPES),
                why=row.text("why", required=True),
                basis=row.one_of("basis", BASES),
                sources=files.sources(row),
            )
        )
    return found


def _contraindications(files: Files, known: _Known) -> list[ContraRow]:
    rows = files.table(
        "contraindications.csv",
        "ingredient_or_treatment patient_factor factor_code severity severity_note why action basis source",
        key="ingredient_or_treatment factor_code",
    )
    return [
        ContraRow(
            ingredient=row.code_or_any(
                "ingredient_or_treatment", known.ingredients, "ingredient", anything="*treatment"
            ),
            factor_code=row.code_or_any("factor_code", known.factors, "factor"),
            patient_factor=row.text("patient_factor", required=True),
            severity=row.one_of("severity", CONTRA_SEVERITIES),
            severity_note=row.text("severity_note"),
            why=row.text("why"),
            action=row.text("action", required=True),
            basis=row.one_of("basis", BASES),
            sources=files.sources(row),
        )
        for row in rows
    ]


def _indications(files: Files, known: _Known) -> list[IndicationRow]:
    rows = files.table(
        "indications.csv",
        "condition ingredient support_0_3 evidence_level remark basis source",
        key="condition ingredient",
    )
    return [
        IndicationRow(
            condition=row.code("condition", known.conditions, "condition"),
            ingredient=row.code("ingredient", known.ingredients, "ingredient"),
            support=_support(row),
            evidence_level=row.text("evidence_level", required=True),
            remark=row.text("remark"),
            basis=row.one_of("basis", BASES),
            sources=files.sources(row),
        )
        for row in rows
    ]


def _support(row: Row) -> int:
    grades = {"0": 0, "1": 1, "2": 2, "3": 3}
    return grades.get(row.one_of("support_0_3", grades), 0)


def _protocols(files: Files, known: _Known) -> list[ProtocolRow]:
    rows = files.table(
        "protocols.csv",
        "code condition name sessions interval_pattern interval_days_between technique needle"
        " depth_mm volume_per_point_ml spacing_cm total_volume_ml duration_min maintenance"
        " ingredients unverified_fields source",
        key="code",
    )
    beside = files.beside(
        rows,
        "protocol_numbers.csv",
        "is_technique sessions_min sessions_max sessions_default intervals technique_code"
        " depth_min_mm depth_max_mm ml_per_point_min ml_per_point_max spacing_cm total_ml_min"
        " total_ml_max minutes_min minutes_max maintenance_days note",
        key="code",
    )
    return [
        _protocol(files, row, beside[row.text("code")], known) for row in rows if row.text("code") in beside
    ]


def _protocol(files: Files, row: Row, numbers: Row, known: _Known) -> ProtocolRow:
    is_technique = numbers.yes("is_technique")
    sessions = numbers.whole("sessions_default")
    intervals = numbers.days("intervals")
    if not is_technique and len(intervals) != (sessions or 0) - 1:
        numbers.refuse("intervals", f"{len(intervals)} intervals do not make {sessions} sessions")
    for low, high in (
        ("sessions_min", "sessions_default"),
        ("sessions_default", "sessions_max"),
        ("depth_min_mm", "depth_max_mm"),
        ("ml_per_point_min", "ml_per_point_max"),
        ("total_ml_min", "total_ml_max"),
        ("minutes_min", "minutes_max"),
    ):
        numbers.at_most(low, high)
    return ProtocolRow(
        code=row.text("code"),
        condition=row.code_or_any("condition", known.conditions, "condition"),
        name=row.text("name", required=True),
        is_technique=is_technique,
        sessions_text=row.text("sessions"),
        interval_pattern=row.text("interval_pattern"),
        sessions_min=numbers.whole("sessions_min"),
        sessions_max=numbers.whole("sessions_max"),
        sessions_default=sessions,
        intervals=intervals,
        technique=row.text("technique"),
        technique_code=numbers.one_of("technique_code", TECHNIQUES, optional=True),
        needle=row.text("needle"),
        depth_mm=row.text("depth_mm"),
        depth_min_mm=numbers.decimal("depth_min_mm"),
        depth_max_mm=numbers.decimal("depth_max_mm"),
        volume_per_point_ml=row.text("volume_per_point_ml"),
        ml_per_point_min=numbers.decimal("ml_per_point_min"),
        ml_per_point_max=numbers.decimal("ml_per_point_max"),
        spacing_cm=numbers.decimal("spacing_cm"),
        total_volume_ml=row.text("total_volume_ml"),
        total_ml_min=numbers.decimal("total_ml_min"),
        total_ml_max=numbers.decimal("total_ml_max"),
        duration_min=row.text("duration_min"),
        minutes_min=numbers.whole("minutes_min"),
        minutes_max=numbers.whole("minutes_max"),
        maintenance=row.text("maintenance"),
        maintenance_days=numbers.whole("maintenance_days"),
        ingredients=row.codes("ingredients", known.ingredients, "ingredient"),
        note=numbers.text("note"),
        unverified_fields=row.parts("unverified_fields"),
        sources=files.sources(row),
        judged=files.judged(numbers),
    )


def _premades(files: Files, known: _Known) -> list[PremadeRow]:
    rows = files.table("premade.csv", "code name kind composition volume status remark source", key="code")
    beside = files.beside(
        rows,
        "premade_groups.csv",
        "injectable legal_route contents counts_as_one additions_allowed container_ml presentation"
        " blocked blocked_reason",
        key="code",
    )
    found = []
    for row in rows:
        group = beside.get(row.text("code"))
        if group is None:
            continue
        blocked = group.yes("blocked")
        if blocked != bool(group.text("blocked_reason")):
            group.refuse("blocked_reason", "a blocked product has a reason, and no other has one")
        found.append(
            PremadeRow(
                code=row.text("code"),
                name=row.text("name", required=True),
                kind=row.text("kind"),
                composition=row.text("composition", required=True),
                volume=row.text("volume"),
                status=row.text("status"),
                remark=row.text("remark"),
                injectable=group.one_of("injectable", INJECTABLE),
                legal_route=group.text("legal_route", required=True),
                contents=group.codes("contents", known.ingredients, "ingredient"),
                counts_as_one=group.yes("counts_as_one"),
                additions_allowed=group.yes("additions_allowed"),
                container_ml=group.decimal("container_ml"),
                presentation=group.one_of("presentation", PRESENTATIONS),
                blocked=blocked,
                blocked_reason=group.text("blocked_reason"),
                sources=files.sources(row),
                judged=files.judged(group),
            )
        )
    return found


def _effects(files: Files) -> list[EffectRow]:
    rows = files.table(
        "adverse_effects.csv",
        "effect phase onset usual_duration expected_or_alert escalate_if action in_seed source",
        key="effect",
    )
    beside = files.beside(
        rows, "reaction_groups.csv", "code short_label level order lot_days asked_as", key="effect"
    )
    files.refuse_doubles(list(beside.values()), ["code"])
    found = []
    for row in rows:
        group = beside.get(row.text("effect"))
        if group is None:
            continue
        level = group.one_of("level", EFFECT_LEVELS)
        if level != row.one_of("expected_or_alert", EFFECT_LEVELS):
            group.refuse("level", f"adverse_effects.csv says “{row.text('expected_or_alert')}”")
        found.append(
            EffectRow(
                code=group.text("code"),
                effect=row.text("effect"),
                short_label=group.text("short_label", required=True),
                phase=row.text("phase"),
                onset=row.text("onset"),
                usual_duration=row.text("usual_duration"),
                level=level,
                escalate_if=row.text("escalate_if"),
                action=row.text("action"),
                in_seed=yes_with_remark(row, "in_seed"),
                order=group.order(),
                lot_days=group.whole("lot_days"),
                asked_as=group.text("asked_as"),
                sources=files.sources(row),
                judged=files.judged(group),
            )
        )
    return found


def _checklist(files: Files) -> list[ChecklistRow]:
    rows = files.table(
        "checklist.csv", "code phase item mandatory required_when why in_seed source", key="code"
    )
    beside = files.beside(
        rows,
        "checklist_short.csv",
        "short_label short_list short_order order asked_with answered_by",
        key="code",
    )
    known = codes_of(rows)
    found = []
    for row in rows:
        group = beside.get(row.text("code"))
        if group is None:
            continue
        short_list = group.yes("short_list")
        if short_list != bool(group.text("short_order")):
            group.refuse("short_order", "stands on the rows of the short list, and on no other")
        found.append(
            ChecklistRow(
                code=row.text("code"),
                phase=row.one_of("phase", PHASES),
                item=row.text("item", required=True),
                mandatory=row.yes("mandatory"),
                required_when=row.text("required_when"),
                why=row.text("why"),
                in_seed=yes_with_remark(row, "in_seed"),
                short_label=group.text("short_label", required=True),
                short_list=short_list,
                short_order=group.whole("short_order"),
                order=group.order(),
                asked_with=group.code("asked_with", known, "checklist item", required=False) or None,
                answered_by=group.one_of("answered_by", ("person", "software")),
                sources=files.sources(row),
                judged=files.judged(group),
            )
        )
    return found


def _consent_texts(files: Files) -> list[ConsentTextRow]:
    return [
        ConsentTextRow(
            kind=row.one_of("kind", ("treatment", "photo")),
            language=row.text("language", required=True),
            version=row.whole("version") or 1,
            title=row.text("title", required=True),
            body=row.text("body", required=True),
            judged=files.judged(row),
        )
        for row in files.table("consent_texts.csv", "kind language version title body why basis source")
    ]
