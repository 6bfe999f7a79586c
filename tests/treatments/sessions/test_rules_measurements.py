"""Where density is counted."""

import pytest

from treatments.sessions.rules.measurements import density_zone_code_or_none

KNOWN = {"FRONTAL", "MIDSCALP", "VERTEX"}


@pytest.mark.parametrize(
    ("last", "assessed", "zone"),
    [
        pytest.param("FRONTAL", ["MIDSCALP", "VERTEX"], "FRONTAL", id="where it was the last time"),
        pytest.param(None, ["FRONTAL", "VERTEX"], "VERTEX", id="the vertex, if it was assessed"),
        pytest.param(None, ["MIDSCALP", "FRONTAL"], "MIDSCALP", id="else the first assessed zone"),
        pytest.param("GONE", ["FRONTAL"], "FRONTAL", id="not in a zone that is out of use"),
        pytest.param(None, ["GONE"], None, id="nowhere, where no zone in use was assessed"),
        pytest.param(None, [], None, id="nowhere, where nothing was assessed"),
    ],
)
def test_density_is_counted_where_it_can_be_compared(last, assessed, zone):
    assert density_zone_code_or_none(last, assessed, KNOWN) == zone
