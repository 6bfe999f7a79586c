"""The files of tests/data/odd-lists, sent as a list of products and as a list of lots: each is refused with a reason."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from mesoclinic.core.models import AuditEvent
from tests import factories
from tests.files import data_files
from treatments.catalogue.models import Product
from treatments.stock.models import Lot

ODD_LISTS = data_files("odd-lists")


def test_there_are_odd_lists_of_every_kind():
    assert len(ODD_LISTS) == 49


@pytest.mark.parametrize("list_of", ["product_import", "lots_import"])
@pytest.mark.parametrize("path", ODD_LISTS, ids=lambda path: path.name)
def test_an_odd_list_is_refused_with_the_reason_and_writes_nothing(path, list_of, as_admin, once):
    factories.IngredientFactory(code="zinc")
    before = [model.objects.count() for model in (Product, Lot, AuditEvent)]
    address = reverse(f"{'stock' if list_of == 'lots_import' else 'catalogue'}:{list_of}")

    as_admin.post(address, {"file": SimpleUploadedFile(path.name, path.read_bytes()), "once": once()})
    shown = as_admin.get(address)

    reasons = [reason for *_, reason in shown.context["wrong"]]
    assert reasons
    assert all(len(reason) > 20 for reason in reasons)
    assert not shown.context["can_import"]
    assert [model.objects.count() for model in (Product, Lot, AuditEvent)] == before
