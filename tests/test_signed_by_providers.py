"""The addresses at which providers tell: without their signature nothing is read."""

import pytest
from django.test import Client

from tests.test_architecture import ALL_OUR_PAGES, SIGNED_BY_PROVIDERS, address


@pytest.mark.parametrize("name", sorted(SIGNED_BY_PROVIDERS))
def test_what_a_provider_has_not_signed_is_refused_and_no_row_is_read(name):
    """Without a database: a read would fail."""
    made = address(name, dict(ALL_OUR_PAGES)[name])

    assert Client().post(made, {"any": "thing"}).status_code in (403, 404)
    assert Client().get(made).status_code == 405
