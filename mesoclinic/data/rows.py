"""What the clinical data files say, row by row: one dataclass for each model they fill.

Every field keeps the file's own word where it is clear. ``sources`` are keys of sources.csv, in the
order cited; the full citation and address stand in :class:`SourceRow`. ``None`` in place of a code
means “any”: the field's comment says any what.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from mesoclinic.data.alert_rows import AlertClearingFieldRow, AlertTypeRow
from mesoclinic.data.amount_rows import DoseCoverageRow, SubstanceRow, VolumeLimitRow
from mesoclinic.data.blood_rows import BloodLimitRow
from mesoclinic.data.interval_rows import IntervalRow
from mesoclinic.data.lab_rows import LabTestRow
from mesoclinic.data.measurement_rows import MeasurementKindRow, ReviewRuleRow
from mesoclinic.data.must_ask_rows import RequiredAnswerRow
from mesoclinic.data.photo_view_rows import PhotoViewRow


@dataclass(frozen=True, slots=True)
class Judged:
    """Why a row of a derived file says what it says: the reason, its basis and its source keys."""

    why: str
    basis: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One source: the key that other rows cite, and where to find it."""

    key: str
    citation: str
    address: str
    kind: str

    def __str__(self) -> str:
        address = f" <{self.address}>" if self.address else ""
        return f"[{self.key}] {self.citation}{address}"


@dataclass(frozen=True, slots=True)
class FactorRow:
    """Something about a patient (or the staff) that a contraindication can ask for."""

    code: str
    label: str
    short_label: str
    said_label: str  # the chip with {said} in it; "": the short label says all
    kind: str
    sensitive: bool  # a diagnosis in detail: the front desk must not see it
    usual_days: int | None  # None: holds until somebody ends it
    judged: Judged


@dataclass(frozen=True, slots=True)
class AnswerFactorRow:
    """An intake answer that means a factor: an option, ``yes``, ``>=3`` or ``<18``."""

    question: str
    answer: str
    factor_code: str
    said: str  # the answer as a chip says it; "": as it is
    kind: str  # the factor's own kind
    judged: Judged


@dataclass(frozen=True, slots=True)
class TermFactorRow:
    """A word that other software writes, and the factor it means in the list where it stands."""

    term: str  # lowercase; matched as whole words
    factor_code: str
    kind: str  # the list: allergy, medicine, or (for conditions) disease, history, pregnancy
    judged: Judged


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """One intake question, where it stands on the form and which answers it takes."""

    code: str
    question: str
    answer_type: str
    options: tuple[str, ...]
    scale_code: str | None  # the options are the levels of this scale
    minimum: Decimal | None
    maximum: Decimal | None
    feeds_rule: str
    in_seed: bool
    sources: tuple[str, ...]
    section: str
    order: int
    short_label: str
    required: bool
    shown_when: str  # "", "sex=female", "sex=male" or "birth_date=missing"
    match_terms: str  # "", or the kind of list whose terms free answers are matched with
    help: str
    judged: Judged


@dataclass(frozen=True, slots=True)
class ScaleFor:
    """A scale that measures a condition, and in whom: any, men or women."""

    scale_code: str
    who: str


@dataclass(frozen=True, slots=True)
class ConditionRow:
    """One condition or cause, with its codes elsewhere and the role it plays here."""

    code: str
    name: str
    role: str
    role_text: str
    who: str
    temporary: bool
    factor_code: str | None  # choosing this condition means this factor
    contested: str  # what sources say against treating it; "" where they do not
    contested_sources: tuple[str, ...]
    order: int
    icd10: str
    icd10_codes: tuple[str, ...]
    icd11: str
    icd11_status: str
    snomed_ct: str
    snomed_codes: tuple[str, ...]
    snomed_status: str
    scales: tuple[ScaleFor, ...]
    other_exams: tuple[str, ...]
    from_seed: bool
    notes: str
    sources: tuple[str, ...]
    judged: Judged


@dataclass(frozen=True, slots=True)
class ScaleRow:
    """One severity or outcome scale; its levels are :class:`ScaleLevelRow`."""

    code: str
    name: str
    short_name: str
    applies_to: str
    type_text: str
    kind: str  # ordinal: pick a level; number, percent, count, change: minimum to maximum by step
    higher_is_worse: bool
    unit: str
    minimum: Decimal | None
    maximum: Decimal | None
    step: Decimal | None
    from_sex: str  # "", "male" or "female"
    order: int
    sources: tuple[str, ...]
    judged: Judged


@dataclass(frozen=True, slots=True)
class ScaleLevelRow:
    """One value of a scale, in its order."""

    scale_code: str
    order: int
    value: str
    label: str
    description: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ZoneRow:
    """One region of the scalp map and its usual area."""

    code: str
    name: str
    area_cm2: Decimal | None  # None: always measured
    salt_zone: str  # "", top, back, left or right
    optional: bool
    order: int
    judged: Judged


@dataclass(frozen=True, slots=True)
class IngredientRow:
    """One ingredient: what it is, whether it may be used, and where it stands in the work."""

    code: str
    name: str
    synonyms: tuple[str, ...]
    chemical_class: str  # the CSV's "class"
    is_active: bool
    counting_note: str
    from_seed: bool
    from_seed_text: str
    atc_code: str
    cas: str
    unii: str
    usual_concentration: str
    usual_dose_per_session: str
    usual_interval: str
    regulatory_status: str
    prescription_only: str
    default_status: str  # allowed, restricted or blocked
    storage: str
    shelf_life_after_opening: str
    evidence_note: str
    unverified_fields: tuple[str, ...]
    sources: tuple[str, ...]
    family: str
    work_order: int
    preparation: str  # cocktail, single_only or either
    prescription: str  # yes, no or varies
    in_syringe: bool  # no: used outside the syringe (a cream)
    status_reason: str  # "" only where allowed
    status_sources: tuple[str, ...]
    judged: Judged


@dataclass(frozen=True, slots=True)
class LimitRow:
    """One dose limit as published. Of most it is the highest studied dose, never a safe maximum."""

    ingredient: str
    value: Decimal
    unit: str  # mg, mL or mL/cm2
    period: str  # session, dose or day
    per_kg: Decimal | None  # same unit per kg of body weight; the lower of the two holds
    kind: str
    basis_text: str
    suggested: str  # a general-knowledge suggestion, in words
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PairRow:
    """What two ingredients do to each other. Unordered: ``a`` with ``b`` is ``b`` with ``a``."""

    ingredient_a: str
    ingredient_b: str | None  # None: every other ingredient
    kind: str
    severity: str
    scope: str
    why: str
    basis: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ContraRow:
    """A factor that speaks against an ingredient or against the whole treatment."""

    ingredient: str | None  # None: the whole treatment
    factor_code: str | None  # None: everyone
    patient_factor: str
    severity: str
    severity_note: str
    why: str
    action: str
    basis: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class IndicationRow:
    """How well an ingredient is supported for a condition, 0 none to 3 controlled trials."""

    condition: str
    ingredient: str
    support: int
    evidence_level: str
    remark: str
    basis: str
    sources: tuple[str, ...]
    contested: bool | None = None  # None: told by the words
    show_as: str = ""  # how a suggestion is to be put: "suggest low"
    order: int | None = None  # among rows of the same support


@dataclass(frozen=True, slots=True)
class OtherTreatmentRow:
    """What helps a condition and is not drawn into a syringe: a lotion, a blood test, a talk."""

    condition: str
    name: str
    support: int | None  # None: nothing to grade
    text: str
    limit: str
    contested: bool
    show_as: str
    order: int
    question: str  # the intake question whose answer brings it, or ""
    answers: tuple[str, ...]  # those answers
    basis: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProtocolRow:
    """A published schedule, or (``is_technique``) a way of injecting, with its numbers."""

    code: str
    condition: str | None  # None: any condition
    name: str
    is_technique: bool
    sessions_text: str
    interval_pattern: str
    sessions_min: int | None
    sessions_max: int | None
    sessions_default: int | None
    intervals: tuple[int, ...]  # days between; one fewer than sessions_default
    technique: str
    technique_code: str  # "" where the text leaves it open
    needle: str
    depth_mm: str
    depth_min_mm: Decimal | None
    depth_max_mm: Decimal | None
    volume_per_point_ml: str
    ml_per_point_min: Decimal | None
    ml_per_point_max: Decimal | None
    spacing_cm: Decimal | None
    total_volume_ml: str
    total_ml_min: Decimal | None
    total_ml_max: Decimal | None
    duration_min: str
    minutes_min: int | None
    minutes_max: int | None
    maintenance: str
    maintenance_days: int | None
    ingredients: tuple[str, ...]
    note: str  # what had to be chosen
    unverified_fields: tuple[str, ...]
    sources: tuple[str, ...]
    judged: Judged


@dataclass(frozen=True, slots=True)
class PremadeRow:
    """A ready-made product: what is in it, whether it may be injected, how it is counted."""

    code: str
    name: str
    kind: str
    composition: str
    volume: str
    status: str
    remark: str
    injectable: str  # yes, no or check
    legal_route: str
    contents: tuple[str, ...]
    ready_made: bool  # no: one drug alone, compounded or not
    counts_as_one: bool
    additions_allowed: bool
    container_ml: Decimal | None
    presentation: str
    blocked: bool
    blocked_reason: str
    sources: tuple[str, ...]
    judged: Judged


@dataclass(frozen=True, slots=True)
class EffectRow:
    """An adverse effect: what to expect, what to do, when to escalate."""

    code: str
    effect: str
    short_label: str
    phase: str
    onset: str
    usual_duration: str
    level: str  # expected, alert or emergency
    escalate_if: str
    action: str
    in_seed: bool
    order: int
    lot_days: int | None  # how far back a session's lots may be the cause; None where none is asked
    asked_as: str  # in plain words, where a check-in asks for it
    sources: tuple[str, ...]
    judged: Judged


@dataclass(frozen=True, slots=True)
class ChecklistRow:
    """One line of the sanitary and consent checklist of a session."""

    code: str
    phase: str  # before, during or after
    item: str
    mandatory: bool
    required_when: str
    why: str
    in_seed: bool
    short_label: str
    short_list: bool  # stands in the short list before the first injection
    short_order: int | None
    order: int
    asked_with: str | None  # the same tick answers this code
    answered_by: (
        str  # person; software where the record is the answer; photographs: nobody until there are some
    )
    in_one_tap: bool  # ticked by “all of these were done”: routine, neither looked at nor decided
    sources: tuple[str, ...]
    judged: Judged


@dataclass(frozen=True, slots=True)
class ConsentTextRow:
    """The wording a patient signs, by kind and language: a draft until the clinic's lawyer has read it."""

    kind: str
    language: str
    version: int
    title: str
    body: str
    judged: Judged


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything the files say, in the order of the files."""

    sources: list[SourceRow] = field(default_factory=list)
    factors: list[FactorRow] = field(default_factory=list)
    answer_factors: list[AnswerFactorRow] = field(default_factory=list)
    term_factors: list[TermFactorRow] = field(default_factory=list)
    questions: list[QuestionRow] = field(default_factory=list)
    conditions: list[ConditionRow] = field(default_factory=list)
    scales: list[ScaleRow] = field(default_factory=list)
    scale_levels: list[ScaleLevelRow] = field(default_factory=list)
    zones: list[ZoneRow] = field(default_factory=list)
    ingredients: list[IngredientRow] = field(default_factory=list)
    limits: list[LimitRow] = field(default_factory=list)
    pairs: list[PairRow] = field(default_factory=list)
    contraindications: list[ContraRow] = field(default_factory=list)
    indications: list[IndicationRow] = field(default_factory=list)
    other_treatments: list[OtherTreatmentRow] = field(default_factory=list)
    protocols: list[ProtocolRow] = field(default_factory=list)
    premades: list[PremadeRow] = field(default_factory=list)
    effects: list[EffectRow] = field(default_factory=list)
    checklist: list[ChecklistRow] = field(default_factory=list)
    consent_texts: list[ConsentTextRow] = field(default_factory=list)
    blood_limits: list[BloodLimitRow] = field(default_factory=list)
    required_answers: list[RequiredAnswerRow] = field(default_factory=list)
    intervals: list[IntervalRow] = field(default_factory=list)
    alert_types: list[AlertTypeRow] = field(default_factory=list)
    clearing_fields: list[AlertClearingFieldRow] = field(default_factory=list)
    lab_tests: list[LabTestRow] = field(default_factory=list)
    measurement_kinds: list[MeasurementKindRow] = field(default_factory=list)
    review_rules: list[ReviewRuleRow] = field(default_factory=list)
    photo_views: list[PhotoViewRow] = field(default_factory=list)
    dose_coverage: list[DoseCoverageRow] = field(default_factory=list)
    volume_limits: list[VolumeLimitRow] = field(default_factory=list)
    substances: list[SubstanceRow] = field(default_factory=list)

    def full_citations_text(self, keys: Iterable[str]) -> str:
        """The sources in full, as the files print them: “[KEY] citation <address> | [KEY2] …”."""
        by_key = {source.key: source for source in self.sources}
        return " | ".join(str(by_key[key]) for key in keys)
