"""How a row of the catalogue changes: a new version from a day, by somebody, for a reason; retired, never deleted.

change_row ── today ──▶ the row, and its next version by the database's own trigger
          └── later ──▶ PlannedChange ── apply_due, on its day ──▶ the same
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, models, transaction
from django.utils import timezone

from mesoclinic.accounts.models import Clinic, User
from mesoclinic.accounts.permissions import Permission
from mesoclinic.core import audit
from mesoclinic.core.findings import Refused, block, gate, must
from mesoclinic.core.models import ReferenceRow
from treatments.catalogue.models import SAID, Ingredient, PlannedChange, Product, ProductContent, RowVersion
from treatments.catalogue.rules import check_change, check_stated_block, check_withdrawal, retired_finding

#: In a product's changes: what is in it, as ``[[ingredient code, mg per ml or None], …]``.
CONTENTS = "contents"


def kind_of(row: models.Model) -> str:
    """What a row's versions are kept under: ``catalogue.product``."""
    return row._meta.label_lower


@contextmanager
def saying(*, by: User, reason: str, valid_from: date) -> Iterator[None]:
    """What is changed inside is kept as one version each, with who, why and since when. In a transaction."""
    said = {"by": by.pk, "reason": reason.strip()[:200], "valid_from": valid_from.isoformat()}
    # What stands so far is another's words.
    keep_versions()
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config(%s, %s, true)", [SAID, json.dumps(said)])
    yield
    keep_versions()
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config(%s, '', true)", [SAID])


def keep_versions() -> None:
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
    return [
        model
        for model in apps.get_models()
        if any(trigger.name == "keeps_versions" for trigger in getattr(model._meta, "triggers", []))
    ]


@transaction.atomic
def change_row(
    *,
    row: ReferenceRow,
    changes: Mapping[str, Any],
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
    row = _locked(row)
    if version is not None and version != last_version(row):
        raise Refused.because(
            "Somebody has changed it since you opened it. Nothing was saved: open it again and change what now stands.",
            code="change-stale",
        )
    differs = {
        name: value for name, value in changes.items() if _as_json(value) != _as_json(_stands(row, name))
    }
    today = timezone.localdate()
    gate(
        [
            *check_change(changed=differs, valid_from=valid_from, reason=reason, today=today),
            *check_stated_block(row.loaded, differs),
        ]
    )
    must(retired_finding(is_retired=row.retired_at is not None))
    if valid_from > today:
        planned = PlannedChange.objects.create(
            kind=kind_of(row),
            row_id=row.pk,
            changes={name: _as_json(value) for name, value in differs.items()},
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
    with saying(by=by, reason=reason, valid_from=valid_from):
        _write(row, differs)
    audit.record(by=by, did="catalogue.changed", about=row, fields=sorted(differs))
    return None


@transaction.atomic
def add_row(*, row: ReferenceRow, reason: str, by: User) -> ReferenceRow:
    """A new row of the clinic's own; nobody has reviewed it yet."""
    gate(
        check_change(
            changed=["all"], valid_from=timezone.localdate(), reason=reason, today=timezone.localdate()
        )
    )
    with saying(by=by, reason=reason, valid_from=timezone.localdate()):
        save_row(row)
    audit.record(by=by, did="catalogue.added", about=row)
    return row


@transaction.atomic
def retire_row(*, row: ReferenceRow, reason: str, by: User) -> ReferenceRow:
    """Take it out of use from today. It stays, with all it said; planned changes of it are withdrawn."""
    row = _locked(row)
    if row.retired_at is not None:
        return row
    gate(check_stated_block(row.loaded, {"retired_at": True}))
    _retirement(row, timezone.now(), reason, by)
    PlannedChange.objects.waiting().filter(kind=kind_of(row), row_id=row.pk).update(
        withdrawn_at=timezone.now(), withdrawn_by=by
    )
    audit.record(by=by, did="catalogue.retired", about=row)
    return row


@transaction.atomic
def restore_row(*, row: ReferenceRow, reason: str, by: User) -> ReferenceRow:
    """Take a retired row back into use."""
    row = _locked(row)
    if row.retired_at is None:
        return row
    _retirement(row, None, reason, by)
    audit.record(by=by, did="catalogue.restored", about=row)
    return row


def _retirement(row: ReferenceRow, at: datetime | None, reason: str, by: User) -> None:
    today = timezone.localdate()
    gate(check_change(changed=["retired_at"], valid_from=today, reason=reason, today=today))
    with saying(by=by, reason=reason, valid_from=today):
        row.retired_at = at
        row.save(update_fields=["retired_at"])


@transaction.atomic
def review_row(*, row: ReferenceRow, version: int, by: User) -> ReferenceRow:
    """A clinician has read version ``version`` of the row and stands behind it (law 6, docs/laws.md).

    Refused where the row says something else by now, and to anybody who is no clinician: the database
    refuses the latter too.
    """
    if not by.may(Permission.REVIEW_RULES):
        raise Refused.because(
            "A clinical row is reviewed by a clinician. Ask one to sign it.", code="review-clinician"
        )
    row = _locked(row)
    last = last_version(row)
    if last != version:
        raise Refused.because(
            "It has changed since you read it. Read it again, then sign.", code="review-stale"
        )
    row.reviewed_by, row.reviewed_at = by, timezone.now()
    row.save(update_fields=["reviewed_by", "reviewed_at"])
    audit.record(by=by, did="rule.reviewed", about=row, version=version)
    return row


def last_version(row: models.Model) -> int:
    """The number of the version in force; 0 where none was kept yet."""
    return (
        RowVersion.objects.filter(kind=kind_of(row), row_id=row.pk)
        .order_by("-number")
        .values_list("number", flat=True)
        .first()
        or 0
    )


@transaction.atomic
def withdraw_change(*, planned: PlannedChange, by: User) -> PlannedChange:
    """A change that has not begun will not."""
    planned = PlannedChange.objects.select_for_update().get(pk=planned.pk)
    must(check_withdrawal(is_applied=planned.applied_at is not None))
    if planned.withdrawn_at is None:
        planned.withdrawn_at, planned.withdrawn_by = timezone.now(), by
        planned.save(update_fields=["withdrawn_at", "withdrawn_by"])
        audit.record(by=by, did="catalogue.change_withdrawn", about=planned)
    return planned


@transaction.atomic
def apply_due(*, on: date) -> list[PlannedChange]:
    """Bring into force what was planned for ``on`` or before, in the order of its days. One query where nothing is due.

    A change that cannot be any more (what it named was taken meanwhile) stays waiting, and is said in the audit log.
    """
    due = list(
        PlannedChange.objects.waiting()
        .filter(valid_from__lte=on)
        .select_for_update(of=("self",), skip_locked=True)
        .select_related("by")
        .order_by("valid_from", "pk")
    )
    applied = []
    for planned in due:
        model = apps.get_model(planned.kind)
        row: Any = model._default_manager.select_for_update().get(pk=planned.row_id)
        try:
            with (
                transaction.atomic(),
                saying(by=planned.by, reason=planned.reason, valid_from=planned.valid_from),
            ):
                _write(row, planned.changes)
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


def apply_planned() -> list[PlannedChange]:
    """Bring into force what is due by now. One catalogue for all clinics: a change begins where its day begins first."""
    days = [timezone.localdate(timezone=clinic.zone) for clinic in Clinic.objects.all()]
    return apply_due(on=max(days, default=timezone.localdate()))


# ── the row itself ───────────────────────────────────────────────────────────────────────────────


def _locked(row: ReferenceRow) -> Any:
    return type(row)._default_manager.select_for_update().get(pk=row.pk)


def _stands(row: Any, name: str) -> Any:
    if name == CONTENTS:
        return contents_of(row)
    return getattr(row, row._meta.get_field(name).attname)


def contents_of(product: Product) -> list[list[Any]]:
    """What is in a product, by ingredient code."""
    return sorted([code, mg] for code, mg in product.contents.values_list("ingredient__code", "mg_per_ml"))


def _as_json(value: Any) -> Any:
    """As JSON keeps it, so that what was typed compares equal to what stands."""
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    if isinstance(value, models.Model):
        return value.pk
    if isinstance(value, list | tuple):
        return [_as_json(one) for one in value]
    return value


def _write(row: Any, changes: Mapping[str, Any]) -> None:
    fields = [name for name in changes if name != CONTENTS]
    for name in fields:
        field = row._meta.get_field(name)
        value = changes[name]
        if isinstance(value, models.Model):
            value = value.pk
        setattr(row, field.attname, field.to_python(value))
    if fields:
        save_row(row, update_fields=fields)
    if CONTENTS in changes:
        set_contents(row, changes[CONTENTS])


def set_contents(product: Product, contents: Any) -> None:
    """``contents`` is what is in it from now on: ``[[ingredient code, mg per ml or None], …]``."""
    known = {
        ingredient.code: ingredient
        for ingredient in Ingredient.objects.filter(code__in=[c for c, _ in contents])
    }
    product.contents.all().delete()
    ProductContent.objects.bulk_create(
        ProductContent(
            product=product, ingredient=known[code], mg_per_ml=None if mg is None else Decimal(str(mg))
        )
        for code, mg in contents
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
    "gtin_names_one_product": ("gtin", "Another product has this GTIN. Look which of the two is right."),
    "support_runs_from_zero_to_three": ("support", "Support runs from 0, none, to 3, controlled trials."),
    "code_key": ("code", "This code is taken. Choose another one."),
    "blocked_ingredient_says_why": ("status_reason", "Say why it is blocked, and who says so."),
}


def save_row(row: Any, **how: Any) -> None:
    """Write the row; what the database will not have is said in words, at its field."""
    try:
        with transaction.atomic():
            row.save(**how)
    except (IntegrityError, ValidationError) as error:
        said = str(error)
        for name, (where, message) in _REFUSED.items():
            if name in said:
                raise Refused(block(f"change-{where}", message, fixed=True, where=where)) from error
        raise
