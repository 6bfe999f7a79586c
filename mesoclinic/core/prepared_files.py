"""Long lists that the queue writes as files, and how far it is with one.

A short list is sent at once (mesoclinic.core.csv_stream). For a long one the view begins a file here, enqueues its own
task with the file's id, and leads to the page that shows how far it is; the task calls :func:`write_prepared_file`.
"""

from collections.abc import Iterator, Sequence
from datetime import tzinfo

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.db.models import Model, QuerySet
from django.utils import timezone

from mesoclinic.core import audit
from mesoclinic.core.csv_stream import Batches, Reader, csv_chunks
from mesoclinic.core.json_values import JSON
from mesoclinic.core.models import PreparedFile, PreparedPart

#: A list of more rows is written by the queue.
MOST_AT_ONCE = 5_000


def is_for_the_queue(rows: "QuerySet[Model]") -> bool:
    """Whether there are more rows than are sent at once. One query, which counts no further."""
    return rows.order_by().values("pk")[: MOST_AT_ONCE + 1].count() > MOST_AT_ONCE


def begin_prepared_file(*, owner: AbstractBaseUser, name: str, needs: str, **asked: JSON) -> PreparedFile:
    """A file to be written; ``asked`` is what the task needs to find the rows, ``needs`` the permission to take it."""
    return PreparedFile.objects.create(owner_id=owner.pk, name=name, needs=needs, asked=asked)


def write_prepared_file(
    file: PreparedFile, header: Sequence[str], *, rows: int, batches: Batches, zone: tzinfo
) -> None:
    """Write the file, a part and its count at a time. After a worker that was killed it is begun anew."""
    if file.ready_at is not None:
        return
    file.parts.all().delete()
    counted = CountedBatches(batches)
    reader = Reader(by=file.owner_id, page="prepared_file", address=None, zone=zone)
    chunks = csv_chunks(reader, header, counted)
    number = 0
    PreparedFile.objects.filter(pk=file.pk).update(rows=rows, written=0, failed_at=None)
    try:
        while True:
            with transaction.atomic():
                if (text := next(chunks, None)) is None:
                    break
                PreparedPart.objects.create(file=file, number=number, text=text)
                PreparedFile.objects.filter(pk=file.pk).update(written=counted.rows)
            number += 1
        with transaction.atomic():
            PreparedFile.objects.filter(pk=file.pk).update(ready_at=timezone.now())
            audit.record(by=file.owner, did="file.prepared", about=file, name=file.name, rows=counted.rows)
    except Exception:
        PreparedFile.objects.filter(pk=file.pk).update(failed_at=timezone.now())
        raise


class CountedBatches:
    """The same batches; ``rows`` is how many rows have been taken from them."""

    def __init__(self, batches: Batches) -> None:
        self._batches = batches
        self.rows = 0

    def __iter__(self) -> Iterator[Sequence[Sequence[object]]]:
        for batch in self._batches:
            lines = list(batch)
            self.rows += len(lines)
            yield lines


def texts_of_file(file: PreparedFile) -> Iterator[str]:
    """The parts of a file in their order; a query for each, and never more than one held."""
    number = -1
    while part := file.parts.filter(number__gt=number).order_by("number").first():
        yield part.text
        number = part.number
