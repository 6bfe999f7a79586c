"""The one tap of the checklist ticks routine; what is looked at or decided is its own tap."""

import pytest

from tests import factories
from tests.treatments.sessions.conftest import fill, stored
from tests.treatments.sessions.test_views import page, post, posted
from treatments.sessions.actions.signing import sign_session


@pytest.fixture
def looked_at(ready):
    """The vial check, what the same tick answers, and the scalp; beside the routine of ``checklist``."""
    return [
        factories.ChecklistItemFactory(
            code="vial-check", short_label="Lots read", in_one_tap=False, short_list=True, short_order=40
        ),
        factories.ChecklistItemFactory(code="origin-check", in_one_tap=False, asked_with="vial-check"),
        factories.ChecklistItemFactory(code="scalp-exam", short_label="Scalp looked at", in_one_tap=False),
    ]


def test_all_of_these_ticks_only_routine(as_clinician, ready, checklist, looked_at):
    post(as_clinician, page(ready), posted(ready, check_all=["before", "after", "later"]))

    ticked = stored(ready).ticked
    assert {item.pk for item in checklist if item.answered_by == "person"} <= ticked
    assert ticked.isdisjoint(item.pk for item in looked_at)


def test_accepting_the_proposed_lots_is_the_vial_check_and_nothing_else(as_clinician, ready, looked_at):
    vial, origin, scalp = looked_at

    post(as_clinician, page(ready), posted(ready, accept_all="on"))

    assert stored(ready).ticked == {vial.pk, origin.pk}
    assert [dose.lot_read for dose in stored(ready).doses] == [True, True]
    assert scalp.pk not in stored(ready).ticked


def test_what_is_looked_at_stands_in_sight_and_is_never_said_to_be_done_by_the_one_box(
    as_clinician, ready, checklist, looked_at
):
    trolley = factories.ChecklistItemFactory(code="trolley", short_label="Trolley set up", mandatory=False)
    fields = posted(ready, check=[str(item.pk) for item in (*checklist, trolley)])
    post(as_clinician, page(ready), fields)

    answer = as_clinician.get(page(ready))
    checks = answer.context["checks"]
    html = answer.content.decode()

    assert [item.code for item, _ in checks["alone"]] == ["vial-check", "scalp-exam"]
    assert checks["all_before"]
    assert [ticked for _, ticked in checks["alone"]] == [False, False]
    assert (checks["before_done"], checks["before_must"]) == (3, 6)
    assert html.index("Scalp looked at") < html.index("The whole checklist") < html.index("Trolley set up")


def test_photographs_are_asked_of_nobody_until_there_are_some(as_clinician, clinician, ready):
    factories.ChecklistItemFactory(
        code="photo-baseline", short_label="Standard photographs taken", answered_by="photographs"
    )

    html = as_clinician.get(page(ready)).content.decode()
    signed = sign_session(session=fill(ready, clinician), by=clinician)

    assert "Standard photographs taken" not in html
    assert signed.status == "signed"
