"""Every page prints one main heading: not none, and not two."""

import re

import pytest
from django.urls import NoReverseMatch, reverse

from mesoclinic.accounts.permissions import Role
from tests import factories
from tests.conftest import signed_in
from tests.test_architecture import OUR_PAGES

#: An opening tag of a main heading.
HEADING = re.compile(r"<h1[\s>]")


def addresses(patient, plan, session):
    """Each page of ours without a row, and each that is found by the number of one of these."""
    for name, pattern in OUR_PAGES:
        converters = pattern.pattern.converters
        numbers = {patient.pk, plan.pk, session.pk} if len(converters) == 1 else {None}
        for number in numbers:
            try:
                yield name, reverse(name, kwargs=dict.fromkeys(converters, number))
            except NoReverseMatch:
                continue


@pytest.mark.django_db
def test_no_page_prints_two_main_headings_and_none_prints_none(clinic):
    everyone = factories.UserFactory(roles=list(Role), clinic=clinic)
    session = factories.TreatmentSessionFactory(clinic=clinic)
    client = signed_in(everyone)
    client.raise_request_exception = False

    broken, headings = {}, {}
    for name, url in addresses(session.plan.patient, session.plan, session):
        response = client.get(url)
        if response.status_code >= 500:
            broken[url] = response.status_code
        html = response.headers.get("Content-Type", "").startswith("text/html")
        if html and not response.streaming and response.status_code == 200:
            text = response.content.decode()
            if "<html" in text:
                headings[name] = len(HEADING.findall(text))

    assert broken == {}
    assert len(headings) > 30
    assert {name: count for name, count in headings.items() if count != 1} == {}
