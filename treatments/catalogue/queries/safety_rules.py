"""The rules as rows to be read, reviewed and edited: dose limits, pairs, contraindications, indications."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import connection
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from mesoclinic.core.models import ReferenceRow, Source
from mesoclinic.core.paging import FIRST, Page, Place, page_of
from mesoclinic.core.quantities import plain_number_text
from mesoclinic.core.search_text import search_words
from mesoclinic.core.wording import day_text
from treatments.catalogue.models import (
    BloodLimit,
    Contraindication,
    DoseLimit,
    Indication,
    Ingredient,
    Interaction,
    OtherTreatment,
    RowVersion,
    VolumeLimit,
)
from treatments.catalogue.queries.versions import WHO, row_name_text, staff_name

PAGE = 40


@dataclass(frozen=True)
class Kind:
    """One sort of rule: how it is called, its rows, and the words by which they are found."""

    key: str
    label: str
    one: str
    model: type[ReferenceRow]
    named_by: tuple[str, ...]
    words: tuple[str, ...]

    @property
    def rows_with_reviewer_and_version(self) -> QuerySet[ReferenceRow]:
        """The rows with what names them, who reviewed them, and the number of the version in force."""
        versions = RowVersion.objects.filter(
            kind=self.model._meta.label_lower, row_id=OuterRef("pk")
        ).order_by("-number")
        return self.model._default_manager.select_related(*self.named_by, "reviewed_by").annotate(
            version=Subquery(versions.values("number")[:1]),
            set_by=Subquery(versions.filter(by__isnull=False).values(who=WHO)[:1]),
            set_at=Subquery(versions.filter(by__isnull=False).values("at")[:1]),
        )


KINDS = {
    kind.key: kind
    for kind in (
        Kind("doses", "Dose limits", "dose limit", DoseLimit, ("ingredient",), ("ingredient__name_key",)),
        Kind(
            "volumes",
            "Volume limits",
            "volume limit",
            VolumeLimit,
            ("ingredient",),
            ("ingredient__name_key", "what", "technique"),
        ),
        Kind(
            "blood",
            "Time limits of own blood",
            "time limit of own blood",
            BloodLimit,
            ("ingredient",),
            ("ingredient__name_key", "why"),
        ),
        Kind(
            "others",
            "Without a syringe",
            "treatment without a syringe",
            OtherTreatment,
            ("condition",),
            ("name", "condition__name"),
        ),
        Kind(
            "pairs",
            "Interactions",
            "interaction",
            Interaction,
            ("first", "second"),
            ("first__name_key", "second__name_key"),
        ),
        Kind(
            "contraindications",
            "Contraindications",
            "contraindication",
            Contraindication,
            ("ingredient", "factor"),
            ("ingredient__name_key", "factor_text"),
        ),
        Kind(
            "indications",
            "Indications",
            "indication",
            Indication,
            ("ingredient", "condition"),
            ("ingredient__name_key", "condition__name"),
        ),
        Kind("ingredients", "Ingredients", "ingredient", Ingredient, (), ("name_key",)),
    )
}


@dataclass(frozen=True)
class RuleLine:
    """A rule as a page shows it: what it says, how strongly, on what basis, and who here stands behind it."""

    row: ReferenceRow
    kind: Kind
    about: str
    says: str
    strength: str
    level: str
    basis: str

    @property
    def is_retired(self) -> bool:
        return self.row.retired_at is not None

    @property
    def is_own(self) -> bool:
        """Added by this clinic: no shipped data holds it."""
        return not self.row.loaded

    @property
    def set_by_text(self) -> str:
        """Who wrote what it says now, and when: “A. Berg, 30 Nov 2026”; empty where it came with the shipped data."""
        if self.row.set_by is None:  # type: ignore[attr-defined]
            return ""
        name = staff_name(self.row.set_by)  # type: ignore[attr-defined]
        on = day_text(timezone.localdate(self.row.set_at))  # type: ignore[attr-defined]
        return f"{name}, {on}" if name else ""


def rule_line(kind: Kind, row: ReferenceRow) -> RuleLine:
    """``row`` in words; it was read by ``kind.rows_with_reviewer_and_version``, so nothing is asked."""
    return RuleLine(row, kind, row_name_text(row), *_rule_says_strength_level_basis(row))


def _rule_says_strength_level_basis(row: ReferenceRow) -> tuple[str, str, str, str]:
    """What it says, how strongly, the level of its chip, and on what basis."""
    match row:
        case DoseLimit():
            return _dose_limit_says_strength_level_basis(row)
        case VolumeLimit():
            return _volume_limit_says_strength_level_basis(row)
        case BloodLimit():
            return _blood_limit_says_strength_level_basis(row)
        case OtherTreatment():
            return _other_treatment_says_strength_level_basis(row)
        case Interaction():
            return _interaction_says_strength_level_basis(row)
        case Contraindication():
            return _contraindication_says_strength_level_basis(row)
        case Indication():
            return _indication_says_strength_level_basis(row)
        case Ingredient():
            return _ingredient_says_strength_level_basis(row)
    raise TypeError(f"A {type(row).__name__} is no rule.")


def _dose_limit_says_strength_level_basis(row: DoseLimit) -> tuple[str, str, str, str]:
    figures = []
    if row.value is not None:
        figures.append(f"{plain_number_text(row.value)} {row.unit} a {row.period}")
    if row.mg_per_kg is not None:
        figures.append(f"{plain_number_text(row.mg_per_kg)} {row.unit} per kg a {row.period}")
    level = "stop" if row.kind == DoseLimit.Kind.LABEL_SAME_ROUTE else "warn"
    return " and ".join(figures), row.get_kind_display(), level, row.basis_text


def _volume_limit_says_strength_level_basis(row: VolumeLimit) -> tuple[str, str, str, str]:
    figures = [f"at most {plain_number_text(row.maximum)} {row.unit}"] if row.maximum is not None else []
    figures += [f"usually {row.usual} {row.unit}"] if row.usual else []
    level = {"block_fixed": "stop", "block_overridable": "stop", "warn": "warn"}.get(row.level, "plain")
    says = ". ".join(part for part in (", ".join(figures), row.note) if part)
    return says, row.get_level_display(), level, row.get_basis_display()


def _blood_limit_says_strength_level_basis(row: BloodLimit) -> tuple[str, str, str, str]:
    says = ". ".join(part for part in (row.why, row.note) if part)
    return says, f"at most {row.minutes} min", "stop", row.get_basis_display()


def _other_treatment_says_strength_level_basis(row: OtherTreatment) -> tuple[str, str, str, str]:
    says = ". ".join(part for part in (row.text, row.limit) if part)
    graded = row.show_as if row.support is None else f"{row.show_as}, support {row.support} of 3"
    return says, graded, "warn" if row.contested else "plain", row.get_basis_display()


def _interaction_says_strength_level_basis(row: Interaction) -> tuple[str, str, str, str]:
    level = {"incompatible": "stop", "ok": "ok"}.get(row.kind, "warn")
    strength = f"{row.get_kind_display()}, {row.severity}, {row.scope}"
    return row.why, strength, level, row.get_basis_display()


def _contraindication_says_strength_level_basis(row: Contraindication) -> tuple[str, str, str, str]:
    says = ": ".join(part for part in (row.why, row.action) if part)
    level = "stop" if row.severity == Contraindication.Severity.ABSOLUTE else "warn"
    note = f", {row.severity_note}" if row.severity_note else ""
    return says, f"{row.get_severity_display()}{note}", level, row.get_basis_display()


def _indication_says_strength_level_basis(row: Indication) -> tuple[str, str, str, str]:
    says = ": ".join(part for part in (row.evidence_level, row.remark) if part)
    level = "ok" if row.is_well_supported else "plain"
    return says, f"support {row.support} of 3", level, row.get_basis_display()


def _ingredient_says_strength_level_basis(row: Ingredient) -> tuple[str, str, str, str]:
    level = {"blocked": "stop", "restricted": "warn"}.get(row.status, "ok")
    says = ". ".join(part for part in (row.ingredient_class, row.status_reason) if part)
    unverified = f"not verified: {row.unverified_fields}" if row.unverified_fields else ""
    return says, row.get_status_display(), level, unverified


def page_of_filtered_rules(
    kind: Kind, *, text: str = "", show: str = "", place: Place = FIRST
) -> Page[RuleLine]:
    """Rows of one kind by key: those nobody here has reviewed, all (``all``), the clinic's ``own`` or the retired. One query."""
    rows = kind.rows_with_reviewer_and_version.filter(retired_at__isnull=show != "retired")
    if show == "":
        rows = rows.filter(reviewed_at=None)
    elif show == "own":
        rows = rows.filter(loaded={})
    for word in search_words(text):
        found = Q()
        for name in kind.words:
            found |= Q(**{f"{name}__icontains": word})
        rows = rows.filter(found)
    page = page_of(rows, ["pk"], place, size=PAGE)
    return page.with_rows(rule_line(kind, row) for row in page.rows)


def sources_cited_in_rows(rows: Iterable[ReferenceRow]) -> Sequence[Source]:
    """What rows cite."""
    return list(Source.objects.filter(key__in={k for row in rows for k in row.source_keys}))


def rules_citing_source_and_if_more(source: Source) -> list[tuple[Kind, list[RuleLine], bool]]:
    """The rules in use that cite it, by kind: at most a page of each, and whether there are more."""
    found = []
    for kind in KINDS.values():
        rows = kind.rows_with_reviewer_and_version.filter(
            retired_at=None, source_keys__contains=[source.key]
        ).order_by("pk")[: PAGE + 1]
        if lines := [rule_line(kind, row) for row in rows]:
            found.append((kind, lines[:PAGE], len(lines) > PAGE))
    return found


def unreviewed_counts_by_kind() -> dict[str, int]:
    """How many rows in use of each kind nobody here has reviewed. One query."""
    asked = " UNION ALL ".join(
        f"SELECT '{key}', count(*) FROM {kind.model._meta.db_table}"
        " WHERE reviewed_at IS NULL AND retired_at IS NULL"
        for key, kind in KINDS.items()
    )
    with connection.cursor() as cursor:
        cursor.execute(asked)
        return dict(cursor.fetchall())
