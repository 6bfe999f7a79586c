"""The task that writes a long payment book as a file."""

from datetime import date

from django_tasks import task

from mesoclinic.accounts.models import Clinic
from mesoclinic.core.models import PreparedFile
from mesoclinic.core.prepared_files import write_prepared_file
from treatments.billing.queries.payments import BOOK_COLUMNS, batches_of_book_cells, receipts_of_book


@task
def write_payment_book_file(file_id: int) -> None:
    """Write the book that somebody asked for; a second run begins it anew."""
    file = PreparedFile.objects.select_related("owner").get(pk=file_id)
    clinic = Clinic.objects.get(pk=file.asked["clinic"])
    first, last = date.fromisoformat(file.asked["first"]), date.fromisoformat(file.asked["last"])
    write_prepared_file(
        file,
        BOOK_COLUMNS,
        rows=receipts_of_book(clinic, first, last).count(),
        batches=batches_of_book_cells(clinic, first, last),
        zone=clinic.zone,
    )
