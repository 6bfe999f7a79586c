"""Uploads that wait to be written."""

import pytest

from mesoclinic.core.kept_uploads import KeptFile, delete_kept_upload, keep_file, kept_file_or_none
from mesoclinic.core.models import Autosave

pytestmark = pytest.mark.django_db


def keep(owner, name: str, data: bytes = b"a;b") -> None:
    keep_file(owner=owner, kind="lots", url="/stock/", name=name, data=data)


def test_a_kept_file_is_read_as_it_was_sent_and_by_its_author_alone(admin, front_desk) -> None:
    keep(admin, "a.csv", b"\xff\x00;\r\n")

    kept = kept_file_or_none(owner=admin, kind="lots")
    assert kept == KeptFile(kept.stamp, "a.csv", b"\xff\x00;\r\n")
    assert kept_file_or_none(owner=front_desk, kind="lots") is None
    assert kept_file_or_none(owner=admin, kind="products") is None


def test_another_upload_takes_the_place_of_the_first_and_has_another_stamp(admin) -> None:
    keep(admin, "first.csv")
    first = kept_file_or_none(owner=admin, kind="lots")

    keep(admin, "x" * 250 + ".csv")

    second = kept_file_or_none(owner=admin, kind="lots")
    assert second.name == "x" * 196 + ".csv"
    assert second.stamp != first.stamp
    assert Autosave.objects.count() == 1


def test_what_is_dropped_or_was_typed_into_a_form_is_no_upload(admin) -> None:
    keep(admin, "a.csv")

    delete_kept_upload(owner=admin, kind="lots")
    assert kept_file_or_none(owner=admin, kind="lots") is None

    Autosave.objects.create(owner=admin, kind="lots", subject="lots", fields={"upload": ["x"]}, url="/")
    assert kept_file_or_none(owner=admin, kind="lots") is None


def test_data_that_is_no_longer_readable_counts_as_an_empty_file(admin) -> None:
    keep(admin, "a.csv")
    row = Autosave.objects.get()
    row.fields["upload"]["data"] = "a"
    row.save()

    assert kept_file_or_none(owner=admin, kind="lots").data == b""
