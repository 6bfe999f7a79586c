"""Who may be said to have injected: a clinician of the clinic where the session is."""

import pytest

from mesoclinic.accounts.models import Membership
from mesoclinic.core.findings import Refused
from tests import factories
from tests.treatments.sessions.conftest import fill, stored
from tests.treatments.sessions.test_views import page, post, posted
from treatments.sessions.queries.reference import Performer, charting_reference


@pytest.fixture
def elsewhere(db):
    """A clinician of a second clinic."""
    return factories.ClinicianFactory(first_name="Wim", last_name="Elsewhere")


@pytest.fixture
def at_both(clinic, elsewhere):
    """A clinician who works at this clinic and at the second one."""
    person = factories.ClinicianFactory(clinic=clinic, first_name="Bo", last_name="Both")
    factories.MembershipFactory(user=person, clinic=elsewhere.clinic)
    return person


def test_who_may_inject_are_the_clinicians_of_the_clinic(clinic, clinician, front_desk, elsewhere, at_both):
    assert charting_reference(clinic.pk).performers == [
        Performer(at_both.pk, "Dr Bo Both"),
        Performer(clinician.pk, "Dr Elif Kaya"),
    ]
    assert charting_reference(elsewhere.clinic.pk).performers == [
        Performer(at_both.pk, "Dr Bo Both"),
        Performer(elsewhere.pk, "Dr Wim Elsewhere"),
    ]


def test_another_role_at_this_clinic_does_not_make_a_clinician_of_another_one_inject(clinic, elsewhere):
    factories.MembershipFactory(user=elsewhere, clinic=clinic, roles=["front_desk"])

    assert charting_reference(clinic.pk).performers == []


def test_the_page_offers_the_clinicians_of_its_clinic(as_clinician, ready, elsewhere, at_both):
    shown = as_clinician.get(page(ready)).content.decode()

    assert "Bo Both" in shown
    assert "Wim Elsewhere" not in shown


def test_a_clinician_of_another_clinic_cannot_have_injected(ready, clinician, elsewhere):
    with pytest.raises(Refused) as refused:
        fill(ready, clinician, performed_by_id=elsewhere.pk)

    assert [finding.code for finding in refused.value.findings] == ["performer"]


def test_who_injected_and_left_the_clinic_since_stays_in_the_draft(as_clinician, ready, clinician, at_both):
    session = fill(ready, clinician, performed_by_id=at_both.pk)
    Membership.objects.filter(user=at_both, clinic=session.clinic).delete()

    answer = post(as_clinician, page(session), posted(session, note="Seen again", do="draft"))

    assert answer.status_code == 302
    chart = stored(session)
    assert (chart.performed_by_id, chart.note) == (at_both.pk, "Seen again")
