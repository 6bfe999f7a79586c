"""The kinds of alert as they are shipped, for tests that ask what they say: loaded without the rest of the catalogue."""

from django.conf import settings

from mesoclinic.core.models import Source
from mesoclinic.data.alerts import read_alert_types, read_clearing_fields
from mesoclinic.data.load_alerts import load_catalogue_alert_types
from mesoclinic.data.patients import FACTOR_COLUMNS
from mesoclinic.data.rows import Catalogue
from mesoclinic.data.tables import Files, Known, codes_in_column
from patients.models import AlertType, Factor
from tests import snapshots

DATA = settings.BASE_DIR / "mesoclinic" / "data"


def load_alert_types() -> None:
    """The 61 kinds, what each asks before it is cleared, and the factors that are one."""
    snapshots.load_or_copy(_load_alert_types)


def _load_alert_types() -> None:
    files = Files(DATA)
    files.source_keys = codes_in_column(files.read_rows_and_note_bad("sources.csv", "key"), "key")
    factors = files.read_rows_and_note_bad("factors.csv", FACTOR_COLUMNS, key="code")
    known = Known(
        factors={row.read_text("code"): row.read_text("kind") for row in factors},
        conditions=frozenset(),
        ingredients=codes_in_column(files.read_rows_and_note_bad("ingredients.csv", "code")),
        scales=frozenset(),
    )
    for row in factors:
        Factor.objects.get_or_create(
            code=row.read_text("code"),
            defaults={
                "label": row.read_text("label"),
                "short_label": row.read_text("short_label"),
                "kind": row.read_text("kind"),
            },
        )
    catalogue = Catalogue(
        alert_types=read_alert_types(files, known), clearing_fields=read_clearing_fields(files)
    )
    assert not files.bad, files.bad
    load_catalogue_alert_types(catalogue)


def cites(kind: AlertType) -> None:
    """The kind cites one source: [TESTKEY] Label of a medicine."""
    Source.objects.create(key="TESTKEY", citation="Label of a medicine", kind="label")
    AlertType.objects.filter(pk=kind.pk).update(source_keys=["TESTKEY"])
