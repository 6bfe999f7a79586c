"""Several changes in one statement."""

import pytest

from mesoclinic.core.models import Draft
from mesoclinic.core.statements import Change, together
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def drafts(clinician):
    return [Draft.objects.create(owner=clinician, kind="k", subject=str(n), url=f"/{n}/") for n in range(4)]


def test_all_is_changed_in_one_statement_and_counted(drafts, clinician, count_queries):
    with count_queries() as sent:
        counts = together(
            [
                Change(
                    Draft.objects.filter(subject="0").order_by("subject"),
                    {"url": "/changed/", "owner": clinician},
                ),
                Change(Draft.objects.filter(subject__in=["1", "2"]), None),
                Change(Draft.objects.filter(subject="nobody"), {"url": "/never/"}),
            ]
        )

    assert counts == [1, 2, 0]
    assert len(sent) == 1
    assert list(Draft.objects.order_by("subject").values_list("subject", "url")) == [
        ("0", "/changed/"),
        ("3", "/3/"),
    ]


def test_a_json_value_arrives_as_json(drafts):
    together([Change(Draft.objects.filter(subject="0"), {"fields": {"a": ["b"]}})])

    assert Draft.objects.get(subject="0").fields == {"a": ["b"]}


def test_a_trigger_refuses_here_too(clinician):
    consent = factories.ConsentFactory(taken_by=clinician)

    with pytest.raises(Exception, match="A signed consent is frozen"):
        together([Change(type(consent).objects.filter(pk=consent.pk), {"signed_name": "Other"})])
