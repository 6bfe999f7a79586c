"""The cocktail's own name says what it treats: the desk and papers read its name on papers."""

import json

import pytest
from django.urls import reverse

from mesoclinic.core.models import AuditEvent
from tests.treatments.billing.test_payments import receipt_of
from tests.treatments.billing.test_quote_links import content_of
from treatments.billing.actions.quotes import replace_draft_quote
from treatments.cocktails.models import Cocktail

pytestmark = pytest.mark.django_db
SECRET = "Androgenetic strong"


@pytest.fixture(autouse=True)
def telling_name(version):
    Cocktail.objects.filter(pk=version.cocktail_id).update(name=SECRET)
    version.cocktail.name = SECRET


def pages_of_the_desk(plan, quote, payment):
    return {
        "plan": reverse("plan", args=[plan.pk]),
        "quote": reverse("billing:quote", args=[quote.pk]),
        "patient": reverse("patient", args=[plan.patient_id]),
        "payments": reverse("billing:payment_add", args=[plan.pk]),
        "refund": reverse("billing:payment_refund", args=[plan.pk]),
        "quotes": reverse("billing:quote_list"),
        "till": reverse("billing:day_close"),
        "booking": reverse("schedule:book_course", args=[plan.pk]),
        "calendar": reverse("schedule:day"),
    }


def test_the_desk_reads_the_cocktails_own_name_nowhere(as_front_desk, plan, accepted, payment):
    for name, address in pages_of_the_desk(plan, accepted, payment).items():
        shown = as_front_desk.get(address)
        if shown.status_code == 405:
            shown = as_front_desk.post(address, {})
        assert shown.status_code in (200, 422), name
        assert "Androgenetic" not in shown.content.decode(), name


def test_papers_do_not_print_it(accepted, payment):
    assert "Androgenetic" not in json.dumps(content_of(accepted), default=str)
    assert "Androgenetic" not in json.dumps(receipt_of(payment), default=str)


def test_a_clinician_reads_it_and_gives_it_a_name_on_papers(
    as_clinician,
    as_front_desk,
    front_desk,
    plan,
    price_list,
    version,
    once,
):
    page = reverse("plan", args=[plan.pk])
    assert SECRET in as_clinician.get(page).content.decode()

    named = as_clinician.post(
        reverse("cocktails:save_paper_name", args=[version.pk]),
        {"paper_name": " Hair course ", "once": once()},
    )

    assert named.url == reverse("cocktails:formulation", args=[version.pk])
    assert Cocktail.objects.get(pk=version.cocktail_id).paper_name == "Hair course"
    assert AuditEvent.objects.filter(did="cocktail.named_on_papers").count() == 1
    assert "Hair course" in as_front_desk.get(page).content.decode()
    quote = replace_draft_quote(plan=plan, by=front_desk)
    labels = {line.label for option in quote.options.all() for line in option.lines.all()}
    assert "Cocktail “Hair course”" in labels


def test_without_one_papers_say_cocktail(plan, draft):
    labels = {line.label for option in draft.options.all() for line in option.lines.all()}

    assert "Cocktail" in labels
    assert plan.cocktail_version.cocktail.name_on_papers == "Cocktail"


def test_a_name_that_is_too_long_changes_nothing(as_clinician, version, once):
    as_clinician.post(
        reverse("cocktails:save_paper_name", args=[version.pk]), {"paper_name": "x" * 81, "once": once()}
    )

    assert Cocktail.objects.get(pk=version.cocktail_id).paper_name == ""
