"""How a row of the catalogue changes: a new version from a day, by somebody, for a reason; retired, never deleted.

change_row_now_or_plan ── today ──▶ the row, and its next version by the database's own trigger
          └── later ──▶ PlannedChange ── apply_planned_changes_due, on its day ──▶ the same
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from typing import TypeVar

from django.apps import apps
from django.db import IntegrityError, connection, models, transaction
from django.utils import timezone

from mesoclinic.accounts.models import Clinic, User
from mesoclinic.accounts.permissions import Permission, refuse_unless_allowed
from mesoclinic.core import audit
from mesoclinic.core.database_refusals import broken_constraint_or_none
from mesoclinic.core.findings import Refused, block, gate, raise_if_found
from mesoclinic.core.json_values import as_json
from mesoclinic.core.locking import lock_row
from mesoclinic.core.models import ReferenceRow
from treatments.catalogue.models import SAID, Ingredient, PlannedChange, Product, ProductContent, RowVersion
from treatments.catalogue.rules import (
    check_official_block_stays,
    check_planned_change_not_in_force,
    check_row_is_not_retired,
    check_something_changed_day_and_reason,
)

Row = TypeVar("Row", bound=ReferenceRow)

#: In a product's changes: what is in it.
CONTENTS = "contents"

#: What is in a product, by ingredient code: its mg per ml, None where nobody says.
Strengths = list[tuple[str, Decimal | None]]


def version_kind_of_row(row: models.Model) -> str:
    """What a row's versions are kept under: ``catalogue.product``."""
    return row._meta.label_lower


@contextmanager
def recording_versions_of_changes(*, by: User, reason: str, valid_from: date) -> Iterator[None]:
    """What is changed inside is kept as one version each, with who, why and since when. In a transaction."""
    said = {"by": by.pk, "reason": reason.strip()[:200], "valid_from": valid_from.isoformat()}
    # What stands so far is another's words.
    write_versions_now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config(%s, %s, true)", [SAID, json.dumps(said)])
    yield
    write_versions_now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config(%s, '', true)", [SAID])


def write_versions_now() -> None:
    """Have the versions of this transaction written now, not at its end."""
    names = ", ".join(
        f'"{trigger.get_pgid(model)}"'
        for model in _versioned_models()
        for trigger in model._meta.triggers  # type: ignore[attr-defined]
        if trigger.name == "keeps_versions"
    )
    with connection.cursor() as cursor:
        cursor.execute(f"SET CONSTRAINTS {names} IMMEDIATE")
        cursor.execute(f"SET CONSTRAINTS {names} DEFERRED")


def _versioned_models() -> list[type[models.Model]]:
    """The models whose rows keep versions."""
    return [
        model
        for model in apps.get_models()
        if any(trigger.name == "keeps_versions" for trigger in getattr(model._meta, "triggers", []))
    ]


@transaction.atomic
def change_row_now_or_plan(
    *,
    row: ReferenceRow,
    changes: Mapping[str, object],
    valid_from: date,
    reason: str,
    by: User,
    version: int | None = None,
) -> PlannedChange | None:
    """Change ``row`` from ``valid_from`` on: now where that is today, else as a plan, which is returned.

    ``changes`` is field name to value; what does not differ from the row counts for nothing. Raises
    :class:`Refused` where the row is no longer at ``version`` (what the editor read), where nothing differs, the day is past, no reason is given or the database would not
    have it (a rule that stands already).
    """
    row = _lock_row_as_it_stands(row)
    if version is not None and version != last_version_number_or_zero(row):
        raise Refused.because(
            "Somebody has changed it since you opened it. Nothing was saved: open it again and change what now stands.",
            code="change-stale",
        )
    differs = {
        name: value
        for name, value in changes.items()
        if as_json(value) != as_json(_value_in_force(row, name))
    }
    today = timezone.localdate()
    gate(
        [
            *check_something_changed_day_and_reason(
                changed=differs, valid_from=valid_from, reason=reason, today=today
            ),
            *check_official_block_stays(row.loaded, differs),
        ]
    )
    raise_if_found(check_row_is_not_retired(is_retired=row.retired_at is not None))
    if valid_from > today:
        planned = PlannedChange.objects.create(
            kind=version_kind_of_row(row),
            row_id=row.pk,
            changes={name: as_json(value) for name, value in differs.items()},
            valid_from=valid_from,
            reason=reason.strip(),
            by=by,
        )
        audit.record(
            by=by,
            did="catalogue.change_planned",
            about=row,
            fields=sorted(differs),
            valid_from=valid_from.isoformat(),
        )
        return planned
    with recording_versions_of_changes(by=by, reason=reason, valid_from=valid_from):
        _write_changes_into_row(row, differs)
    audit.record(by=by, did="catalogue.changed", about=row, fields=sorted(differs))
    return None


@transaction.atomic
def add_row(*, row: Row, reason: str, by: User) -> Row:
    """A new row of the clinic's own; nobody has reviewed it yet."""
    gate(
        check_something_changed_day_and_reason(
            changed=["all"], valid_from=timezone.localdate(), reason=reason, today=timezone.localdate()
        )
    )
    with recording_versions_of_changes(by=by, reason=reason, valid_from=timezone.localdate()):
        save_row_or_refuse(row)
    audit.record(by=by, did="catalogue.added", about=row)
    return row


@transaction.atomic
def retire_row(*, row: Row, reason: str, by: User) -> Row:
    """Take it out of use from today. It stays, with all it said; planned changes of it are withdrawn."""
    row = _lock_row_as_it_stands(row)
    if row.retired_at is not None:
        return row
    gate(check_official_block_stays(row.loaded, {"retired_at": True}))
    _set_retired_at_or_refuse(row, timezone.now(), reason, by)
    PlannedChange.objects.neither_applied_nor_withdrawn().filter(
        kind=version_kind_of_row(row), row_id=row.pk
    ).update(withdrawn_at=timezone.now(), withdrawn_by=by)
    audit.record(by=by, did="catalogue.retired", about=row)
    return row


@transaction.atomic
def restore_row(*, row: Row, reason: str, by: User) -> Row:
    """Take a retired row back into use."""
    row = _lock_row_as_it_stands(row)
    if row.retired_at is None:
        return row
    _set_retired_at_or_refuse(row, None, reason, by)
    audit.record(by=by, did="catalogue.restored", about=row)
    return row


def _set_retired_at_or_refuse(row: ReferenceRow, at: datetime | None, reason: str, by: User) -> None:
    """Retire the row at ``at``, or take it back (None). Refused without a reason."""
    today = timezone.localdate()
    gate(
        check_something_changed_day_and_reason(
            changed=["retired_at"], valid_from=today, reason=reason, today=today
        )
    )
    with recording_versions_of_changes(by=by, reason=reason, valid_from=today):
        row.retired_at = at
        row.save(update_fields=["retired_at"])


@transaction.atomic
def mark_row_reviewed(*, row: Row, version: int, by: User) -> Row:
    """A clinician has read version ``version`` of the row and stands behind it (law 6, docs/laws.md).

    Refused where the row says something else by now, and to anybody who is no clinician: the database
    refuses the latter too.
    """
    refuse_unless_allowed(
        by,
        Permission.REVIEW_RULES,
        "A clinical row is reviewed by a clinician. Ask one to sign it.",
        code="review-clinician",
    )
    row = _lock_row_as_it_stands(row)
    last = last_version_number_or_zero(row)
    if last != version:
        raise Refused.because(
            "It has changed since you read it. Read it again, then sign.", code="review-stale"
        )
    row.reviewed_by, row.reviewed_at = by, timezone.now()
    row.save(update_fields=["reviewed_by", "reviewed_at"])
    audit.record(by=by, did="rule.reviewed", about=row, version=version)
    return row


def last_version_number_or_zero(row: models.Model) -> int:
    """The number of the version in force; 0 where none was kept yet."""
    return (
        RowVersion.objects.filter(kind=version_kind_of_row(row), row_id=row.pk)
        .order_by("-number")
        .values_list("number", flat=True)
        .first()
        or 0
    )


@transaction.atomic
def withdraw_planned_change(*, planned: PlannedChange, by: User) -> PlannedChange:
    """A change that has not begun will not."""
    planned = lock_row(PlannedChange, planned.pk)
    raise_if_found(check_planned_change_not_in_force(is_applied=planned.applied_at is not None))
    if planned.withdrawn_at is None:
        planned.withdrawn_at, planned.withdrawn_by = timezone.now(), by
        planned.save(update_fields=["withdrawn_at", "withdrawn_by"])
        audit.record(by=by, did="catalogue.change_withdrawn", about=planned)
    return planned


@transaction.atomic
def apply_planned_changes_due(*, on: date) -> list[PlannedChange]:
    """Bring into force what was planned for ``on`` or before, in the order of its days. One query where nothing is due.

    A change that cannot be any more (what it named was taken meanwhile) stays waiting, and is said in the audit log.
    """
    due = list(
        PlannedChange.objects.neither_applied_nor_withdrawn()
        .filter(valid_from__lte=on)
        .select_for_update(of=("self",), skip_locked=True)
        .select_related("by")
        .order_by("valid_from", "pk")
    )
    applied = []
    for planned in due:
        row = _lock_row_of_planned_change(planned)
        try:
            with (
                transaction.atomic(),
                recording_versions_of_changes(
                    by=planned.by, reason=planned.reason, valid_from=planned.valid_from
                ),
            ):
                _write_changes_into_row(row, planned.changes)
        except Refused as refused:
            audit.record(
                by=planned.by,
                did="catalogue.change_failed",
                about=row,
                planned=planned.pk,
                why=refused.findings[0].code,
            )
            continue
        planned.applied_at = timezone.now()
        planned.save(update_fields=["applied_at"])
        audit.record(
            by=planned.by,
            did="catalogue.changed",
            about=row,
            fields=sorted(planned.changes),
            planned=planned.pk,
        )
        applied.append(planned)
    return applied


def apply_planned_changes_due_today() -> list[PlannedChange]:
    """Bring into force what is due by now. One catalogue for all clinics: a change begins where its day begins first."""
    days = [timezone.localdate(timezone=clinic.zone) for clinic in Clinic.objects.all()]
    return apply_planned_changes_due(on=max(days, default=timezone.localdate()))


# ── the row itself ───────────────────────────────────────────────────────────────────────────────


def _lock_row_as_it_stands(row: Row) -> Row:
    """The row as it stands now, locked."""
    return type(row)._default_manager.select_for_update().get(pk=row.pk)


def _lock_row_of_planned_change(planned: PlannedChange) -> ReferenceRow:
    """The row that a planned change is about, locked."""
    row = apps.get_model(planned.kind)._default_manager.select_for_update().get(pk=planned.row_id)
    if not isinstance(row, ReferenceRow):
        raise TypeError(f"{planned.kind} keeps no versions")
    return row


def _model_field(row: ReferenceRow, name: str) -> models.Field[object, object]:
    field = row._meta.get_field(name)
    if not isinstance(field, models.Field):
        raise TypeError(f"{version_kind_of_row(row)}.{name} is no column")
    return field


def _value_in_force(row: ReferenceRow, name: str) -> object:
    """What a field says now; for ``contents`` the strengths by ingredient code."""
    if isinstance(row, Product) and name == CONTENTS:
        return strengths_in_product(row)
    return getattr(row, _model_field(row, name).attname)


def strengths_in_product(product: Product) -> Strengths:
    """What stands in a product, by ingredient code."""
    held = product.contents.values_list("ingredient__code", "mg_per_ml")
    return sorted(held, key=lambda one: one[0])


def strengths_from_contents(contents: Iterable[tuple[Ingredient, Decimal | None]]) -> Strengths:
    """What is to be in a product, by ingredient code."""
    return sorted(((ingredient.code, mg) for ingredient, mg in contents), key=lambda one: one[0])


def _write_changes_into_row(row: ReferenceRow, changes: Mapping[str, object]) -> None:
    """Write field name to value into the row, and what is in a product."""
    fields = [name for name in changes if name != CONTENTS]
    for name in fields:
        field, value = _model_field(row, name), changes[name]
        if isinstance(value, models.Model):
            value = value.pk
        setattr(row, field.attname, field.to_python(value))
    if fields:
        save_row_or_refuse(row, update_fields=fields)
    if isinstance(row, Product) and CONTENTS in changes:
        _replace_contents(row, _strengths_from_change(changes[CONTENTS]))


def _strengths_from_change(value: object) -> Strengths:
    """From a change as it was typed, or as JSON kept it: ``[[ingredient code, mg per ml or None], …]``."""
    if not isinstance(value, list):
        raise TypeError(f"What is in a product is a list: {value!r}")
    return [(str(code), None if mg is None else Decimal(str(mg))) for code, mg in value]


def _replace_contents(product: Product, strengths: Strengths) -> None:
    """Delete what is in a product, and write these strengths."""
    known = {
        ingredient.code: ingredient
        for ingredient in Ingredient.objects.filter(code__in=[code for code, _ in strengths])
    }
    product.contents.all().delete()
    ProductContent.objects.bulk_create(
        ProductContent(product=product, ingredient=known[code], mg_per_ml=mg) for code, mg in strengths
    )


#: What people are told where the database will not have it.
_REFUSED = {
    "dose_limit_stands_once": (
        "kind",
        "This ingredient has a limit of this kind, unit and period already. Change that one.",
    ),
    "interaction_stands_once": (
        "second",
        "This pair stands already with this kind and scope. Change that one.",
    ),
    "contraindication_stands_once": (
        "factor_text",
        "This stands already for this ingredient. Change that one.",
    ),
    "indication_stands_once": (
        "ingredient",
        "This ingredient has an indication for this condition already. Change that one.",
    ),
    "own_volume_limit_stands_once": (
        "maximum",
        "This clinic has a limit of its own about this already. Change that one.",
    ),
    "other_treatment_stands_once": (
        "name",
        "This stands already for this condition. Change that one.",
    ),
    "bloodlimit_code": (
        "ingredient",
        "This clinic has a time limit of its own about this already. Change that one.",
    ),
    "gtin_names_one_product": ("gtin", "Another product has this GTIN. Look which of the two is right."),
    "support_runs_from_zero_to_three": ("support", "Support runs from 0, none, to 3, controlled trials."),
    "code_key": ("code", "This code is taken. Choose another one."),
    "blocked_ingredient_says_why": ("status_reason", "Say why it is blocked, and who says so."),
}


def save_row_or_refuse(row: ReferenceRow, *, update_fields: Sequence[str] | None = None) -> None:
    """Write the row, or these fields of it; what the database will not have is said in words, at its field."""
    try:
        with transaction.atomic():
            row.save(update_fields=update_fields)
    except IntegrityError as error:
        broken = broken_constraint_or_none(error) or ""
        for name, (where, message) in _REFUSED.items():
            if name in broken:
                raise Refused(block(f"change-{where}", message, fixed=True, where=where)) from error
        raise
