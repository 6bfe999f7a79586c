"""The bench of all pages still runs: its structure, never its times."""

import pytest

from benchmarks.bench_pages import measured_works, table_lines
from mesoclinic.pages.addresses import ADDRESSES

pytestmark = pytest.mark.django_db


@pytest.fixture
def floor_page(settings):
    """The site with the floor's page, which is taken out of the table of addresses again."""
    settings.ROOT_URLCONF = "benchmarks.floor_urls"
    yield
    ADDRESSES.pop("floor", None)


@pytest.mark.usefixtures("floor_page")
def test_every_page_is_measured_beside_the_floor():
    works = measured_works(patients=12, visits=4, rounds=1)

    assert works[0].name == "floor"
    assert all(len(work.busy_ms) == len(work.clock_ms) == 1 for work in works)
    assert all(work.busy_ms[0] > 0 for work in works)
    lines = table_lines(works)
    assert len(lines) == len(works) + 2
    assert lines[2].startswith("| floor | 1.0 | 1 |")
