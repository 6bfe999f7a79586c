"""What the desk's page of a patient says of money."""

from decimal import Decimal

from django.urls import reverse


def test_what_is_owed_says_how_much_and_leads_to_where_it_is_paid(as_front_desk, accepted):
    page = as_front_desk.get(reverse("patient", args=[accepted.patient_id]))

    owed = page.context["desk"].to_pay
    assert (owed.plan, owed.paid) == (accepted.plan, Decimal(0))
    assert owed.owed == accepted.chosen_option.patient_total
    assert f'href="{reverse("plan", args=[accepted.plan_id])}#payment"' in page.text
    assert accepted.number in page.text
