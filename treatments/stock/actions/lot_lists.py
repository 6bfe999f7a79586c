"""The list of all lots of a clinic as a file: its rows, and the task that writes a long one."""

from collections.abc import Iterator

from django_tasks import task

from mesoclinic.accounts.models import Clinic
from mesoclinic.core.models import PreparedFile
from mesoclinic.core.paging import batches_by_key
from mesoclinic.core.prepared_files import write_prepared_file
from treatments.stock.files import COLUMNS, lot_as_csv_cells
from treatments.stock.models import Lot


def batches_of_lot_cells(clinic: Clinic) -> Iterator[list[list[object]]]:
    """Every lot ever, product by product, as the cells of a row; a query for each batch."""
    lots = Lot.objects.of_clinic(clinic).select_related("product")
    for batch in batches_by_key(lots, ["product_id", "number", "pk"]):
        yield [lot_as_csv_cells(lot) for lot in batch]


@task
def write_lots_file(file_id: int) -> None:
    """Write the list that somebody asked for; a second run begins it anew."""
    file = PreparedFile.objects.select_related("owner").get(pk=file_id)
    clinic = Clinic.objects.get(pk=file.asked["clinic"])
    write_prepared_file(
        file,
        COLUMNS,
        rows=Lot.objects.of_clinic(clinic).count(),
        batches=batches_of_lot_cells(clinic),
        zone=clinic.zone,
    )
