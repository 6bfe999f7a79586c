"""Who may open which page of plans and money."""

import pytest

from mesoclinic.core.models import AuditEvent
from patients.models import Patient
from tests.treatments.billing.addresses import url

POSTS = {
    "plan_accept": {"clinician"},
    "plan_stop": {"clinician"},
    "quote_draft": {"clinician", "front_desk"},
    "payment_add": {"front_desk"},
    "payment_refund": {"front_desk"},
    "payment_void": {"front_desk"},
    "quote_issue": {"clinician", "front_desk"},
    "quote_accept": {"clinician", "front_desk"},
    "quote_decline": {"clinician", "front_desk"},
    "quote_discount": {"clinician", "front_desk"},
    "quote_terms": {"clinician", "front_desk"},
    "quote_extra_add": {"clinician", "front_desk"},
    "quote_extra_remove": {"clinician", "front_desk"},
    "quote_option_add": {"clinician", "front_desk"},
    "quote_option_remove": {"clinician", "front_desk"},
    "quote_send": {"clinician", "front_desk"},
    "link_revoke": {"clinician", "front_desk"},
    "coupon_retire": {"admin"},
}
GETS = {
    "start": {"clinician"},
    "plan": {"clinician", "front_desk"},
    "quote": {"clinician", "front_desk"},
    "quote_list": {"clinician", "front_desk"},
    "quote_pdf": {"clinician", "front_desk"},
    "receipt": {"front_desk"},
    "day_close": {"front_desk", "admin"},
    "payment_book": {"admin"},
    "coupon_list": {"admin"},
    "plan_settings": {"admin"},
    "price_list_list": {"admin"},
    "price_list_new": {"admin"},
}


def missing(name):
    """The address of something that is not there."""
    count = {
        "quote_list": 0,
        "price_list_list": 0,
        "price_list_new": 0,
        "day_close": 0,
        "payment_book": 0,
        "coupon_list": 0,
        "plan_settings": 0,
        "quote_discount": 2,
        "quote_extra_remove": 2,
        "quote_option_remove": 2,
    }
    return url(name, *[987654] * count.get(name, 1))


@pytest.fixture
def people(as_clinician, as_front_desk, as_admin, as_cosmetologist):
    return {
        "clinician": as_clinician,
        "front_desk": as_front_desk,
        "admin": as_admin,
        "cosmetologist": as_cosmetologist,
    }


@pytest.mark.parametrize("name", [*POSTS, *GETS])
def test_only_those_who_may_get_past_the_door(people, name):
    may = (POSTS | GETS)[name]
    method = "post" if name in POSTS else "get"

    answers = {role: getattr(client, method)(missing(name)).status_code for role, client in people.items()}

    assert {role for role, code in answers.items() if code != 403} == may
    assert set(answers.values()) <= {403, 404, 200}


@pytest.mark.parametrize("name", [*POSTS, *GETS])
def test_a_stranger_is_asked_to_sign_in(stranger, name):
    response = stranger.post(missing(name)) if name in POSTS else stranger.get(missing(name))

    assert response.status_code == 302
    assert response.url.startswith("/accounts/login/")


@pytest.mark.parametrize("name", POSTS)
def test_what_changes_something_is_posted(people, name):
    role = next(iter(POSTS[name]))

    assert people[role].get(missing(name)).status_code == 405


@pytest.mark.fault("F46")
def test_no_name_stands_in_an_address_or_the_audit(as_front_desk, accepted):
    as_front_desk.get(url("plan", accepted.plan_id))

    family = Patient.objects.get(pk=accepted.patient_id).family_name
    assert [e for e in AuditEvent.objects.all() if family in str(e.data)] == []
