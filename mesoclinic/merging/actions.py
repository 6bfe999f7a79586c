"""Merge two records of one person, and part them again: nothing of it is silent."""

from collections.abc import Collection, Mapping
from datetime import datetime

from django.apps import apps
from django.db import IntegrityError, transaction
from django.db.models import Field, Model
from django.utils import timezone

from mesoclinic.accounts.models import User
from mesoclinic.accounts.permissions import Permission
from mesoclinic.core import audit
from mesoclinic.core.findings import Refused, gate
from mesoclinic.core.json_values import JSON
from mesoclinic.core.locking import lock_row
from mesoclinic.merging import queries
from patients.models import DifferentPeople, MergedField, MovedRow, Patient, PatientMerge
from patients.rules.merges import FieldPair, MergeStatus, check_merge, check_undo


def lock_pair(kept_pk: int, merged_pk: int) -> tuple[Patient, Patient]:
    """Both records, locked in one order whichever is kept: two desks that merge crosswise do not wait for each other."""
    rows = {pk: lock_row(Patient, pk) for pk in sorted({kept_pk, merged_pk})}
    return rows[kept_pk], rows[merged_pk]


@transaction.atomic
def ask_to_merge(
    *,
    kept: Patient,
    merged: Patient,
    by: User,
    how_known: str,
    takes_merged: Collection[str],
    seen: Mapping[str, tuple[str, str]],
) -> PatientMerge:
    """Merge ``merged`` into ``kept``, or ask a clinician to where both have clinical data and ``by`` is none.

    ``takes_merged`` names the fields whose value comes from the merged record. ``seen`` is what the page showed, by
    field: where a record says something else by now, the merge is refused and the page asks again.
    """
    kept, merged = lock_pair(kept.pk, merged.pk)
    gate(check_merge(queries.merge_facts(kept, merged)))
    if not how_known.strip():
        raise Refused.because("Say how you know that this is one person.", "merge:how", "how_known")
    pairs = queries.field_pairs(kept, merged)
    _refuse_what_changed(pairs, seen)
    clinical = queries.both_have_clinical_data(kept, merged)
    for old in PatientMerge.objects.filter(merged=merged, status=MergeStatus.ASKED):
        _end(old, MergeStatus.WITHDRAWN, by=by, reason="asked again")
    merge = PatientMerge.objects.create(
        kept=kept, merged=merged, how_known=how_known.strip()[:200], is_clinical=clinical, asked_by=by
    )
    MergedField.objects.bulk_create(
        MergedField(
            merge=merge,
            name=pair.name,
            of_kept=pair.of_kept,
            of_merged=pair.of_merged,
            takes_merged=pair.name in takes_merged,
        )
        for pair in pairs
        if not pair.is_same
    )
    _record(merge, "merge.asked", by=by, fields=sorted(takes_merged))
    if not clinical or by.may(Permission.SEE_CLINICAL):
        _do(merge, kept, merged, by=by)
    return merge


def _refuse_what_changed(pairs: Collection[FieldPair], seen: Mapping[str, tuple[str, str]]) -> None:
    changed = [p.label for p in pairs if p.name in seen and seen[p.name] != (p.of_kept, p.of_merged)]
    if changed:
        raise Refused.because(
            f"One of the records was changed since you opened this page: {', '.join(changed)}. Compare again.",
            "merge:changed",
        )


def _do(merge: PatientMerge, kept: Patient, merged: Patient, *, by: User) -> None:
    """Move the rows, take the fields, and point the one record at the other."""
    moved = []
    try:
        with transaction.atomic():
            for moving in queries.movable_rows(merged):
                model = moving.rows.model
                owner = queries.patient_column_of_model(model)
                pks = list(moving.rows.values_list("pk", flat=True))
                model._default_manager.filter(pk__in=pks).update(**{owner: kept})
                moved += [MovedRow(merge=merge, model=model._meta.label_lower, row=pk) for pk in pks]
    except IntegrityError as clash:
        # What was booked between the check and here: the database keeps people in one place at a time.
        raise Refused.because(
            "A visit, or a place on the waiting list, came in between. Compare again.", "merge:clash"
        ) from clash
    MovedRow.objects.bulk_create(moved)
    taken = [field.name for field in merge.fields.all() if field.takes_merged]
    for name in taken:
        setattr(kept, name, getattr(merged, name))
    if taken:
        kept.save(update_fields=taken)
    now = timezone.now()
    merge.status, merge.done_at, merge.done_by = MergeStatus.DONE, now, by
    merge.confirmed_by = by if by.may(Permission.SEE_CLINICAL) else None
    merge.save(update_fields=["status", "done_at", "done_by", "confirmed_by"])
    merged.merged_into = kept
    merged.save(update_fields=["merged_into"])
    _record(merge, "merge.done", by=by, fields=taken, moved=len(moved))


@transaction.atomic
def withdraw_merge(*, merge: PatientMerge, by: User, reason: str) -> None:
    """Not merged after all."""
    merge = lock_row(PatientMerge, merge.pk)
    if merge.status != MergeStatus.ASKED:
        raise Refused.because("This merge is no longer asked for.", "merge:state")
    _end(merge, MergeStatus.WITHDRAWN, by=by, reason=reason)
    _record(merge, "merge.withdrawn", by=by)


@transaction.atomic
def undo_merge(
    *, merge: PatientMerge, by: User, reason: str, to_merged: Collection[str], now: datetime | None = None
) -> PatientMerge:
    """Part two records again. What was moved goes back, unless it is over and signed by now.

    ``to_merged`` names, of what was added since, what belongs to the record that is parted off (queries.AddedRow.key).
    """
    now = now or timezone.now()
    kept, merged = lock_pair(merge.kept_id, merge.merged_id)
    merge = lock_row(PatientMerge, merge.pk)
    if merge.status != MergeStatus.DONE or merge.done_at is None:
        raise Refused.because("This merge is not in force.", "merge:state")
    if not reason.strip():
        raise Refused.because("Say why the records are parted.", "merge:why", "reason")
    gate(
        check_undo(
            done_at=merge.done_at,
            now=now,
            sessions_since=queries.sessions_of_moved_plans_since(merge),
            merged_again=kept.merged_into_id is not None,
        )
    )
    added = queries.rows_added_since(merge, kept)
    Patient.objects.filter(pk=merged.pk).update(merged_into=None)
    stayed = _give_back(merge, kept, merged)
    given = [row for one, row in added if one.key in to_merged]
    for row in given:
        type(row)._default_manager.filter(pk=row.pk).update(patient=merged)
    back = _put_fields_back(merge, kept)
    _end(merge, MergeStatus.UNDONE, by=by, reason=reason, at=now)
    _record(merge, "merge.undone", by=by, fields=back, stayed=stayed, given=len(given))
    return merge


def _give_back(merge: PatientMerge, kept: Patient, merged: Patient) -> int:
    """Give what was moved back; how many rows stayed, since nothing of them changes any more."""
    stayed = 0
    by_model: dict[str, list[int]] = {}
    for row in merge.moved.all():
        by_model.setdefault(row.model, []).append(row.row)
    for label, pks in by_model.items():
        model: type[Model] = apps.get_model(label)
        owner = queries.patient_column_of_model(model)
        for pk in pks:
            try:
                with transaction.atomic():
                    model._default_manager.filter(pk=pk, **{owner: kept}).update(**{owner: merged})
            except IntegrityError:
                stayed += 1  # a visit that is over stays where it was
    return stayed


def _put_fields_back(merge: PatientMerge, kept: Patient) -> list[str]:
    """The kept record says again what it said, where nobody has changed it since."""
    back = []
    for field in merge.fields.all():
        if field.takes_merged and queries.field_text(kept, field.name) == field.of_merged:
            column = Patient._meta.get_field(field.name)
            assert isinstance(column, Field)
            setattr(
                kept,
                field.name,
                None if column.null and not field.of_kept else column.to_python(field.of_kept),
            )
            back.append(field.name)
    if back:
        kept.save(update_fields=back)
    return back


@transaction.atomic
def say_different_people(*, one: Patient, other: Patient, by: User) -> None:
    """Two records are two people; nobody is asked again."""
    first, second = sorted([one, other], key=lambda patient: patient.pk)
    _, is_new = DifferentPeople.objects.get_or_create(first=first, second=second, defaults={"by": by})
    for merge in PatientMerge.objects.filter(
        kept__in=[one, other], merged__in=[one, other], status=MergeStatus.ASKED
    ):
        _end(merge, MergeStatus.WITHDRAWN, by=by, reason="two people")
        _record(merge, "merge.withdrawn", by=by)
    if is_new:
        for patient, apart in ((first, second), (second, first)):
            audit.record(
                by=by, did="patient.said_different", about=patient, patient_id=patient.pk, other=apart.pk
            )


def _end(
    merge: PatientMerge, status: MergeStatus, *, by: User, reason: str, at: datetime | None = None
) -> None:
    merge.status, merge.ended_at, merge.ended_by = status, at or timezone.now(), by
    merge.ended_reason = reason.strip()[:200] or "no reason given"
    merge.save(update_fields=["status", "ended_at", "ended_by", "ended_reason"])


def _record(merge: PatientMerge, did: str, *, by: User, **data: JSON) -> None:
    """A row in the log of both records."""
    for patient_pk, other in ((merge.kept_id, merge.merged_id), (merge.merged_id, merge.kept_id)):
        audit.record(by=by, did=did, about=merge, patient_id=patient_pk, other=other, **data)
