"""Numbers without gaps: taken in one statement, held by a row's lock until the transaction ends."""

from django.db import connection

from mesoclinic.accounts.models import Clinic
from treatments.billing.models import QuoteNumber

_TABLE = QuoteNumber._meta.db_table


def take_next_number(clinic: Clinic, series: str, year: int) -> int:
    """The next number of a series at a clinic in a year; a rollback gives it back."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {_TABLE} AS counter (clinic_id, series, year, last) VALUES (%s, %s, %s, 1)"
            " ON CONFLICT (clinic_id, series, year) DO UPDATE SET last = counter.last + 1 RETURNING last",
            [clinic.pk, series, year],
        )
        return int(cursor.fetchone()[0])


def lock_number_series(clinic: Clinic, series: str, year: int) -> None:
    """Until the transaction ends nobody takes a number of this series at this clinic."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {_TABLE} AS counter (clinic_id, series, year, last) VALUES (%s, %s, %s, 0)"
            " ON CONFLICT (clinic_id, series, year) DO UPDATE SET last = counter.last",
            [clinic.pk, series, year],
        )
        # A payment of last year's last minute may still be on its way.
        cursor.execute(
            f"SELECT 1 FROM {_TABLE} WHERE clinic_id = %s AND series = %s ORDER BY year FOR UPDATE",
            [clinic.pk, series],
        )
