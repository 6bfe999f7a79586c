"""What of a list needs a clinic's time zone or an answer to a browser."""

from datetime import UTC, datetime

from mesoclinic.core.csv_out import csv_cell, csv_response


def test_an_instant_is_written_to_the_minute_with_its_zone():
    assert csv_cell(datetime(2026, 11, 25, 9, 5, 7, tzinfo=UTC)) == "2026-11-25T09:05+00:00"


def test_a_download_is_named_and_kept_nowhere():
    response = csv_response("products", ["name"], [["=1"]])

    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"] == 'attachment; filename="products.csv"'
    assert response["Cache-Control"] == "no-store"
    assert response.content.decode() == '\ufeff"name"\r\n"\'=1"\r\n'
