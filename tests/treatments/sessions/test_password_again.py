"""Who goes past an open alert types their password again (law 6): at the start, at the signature, at the bench."""

import pytest
from django.test import Client
from django.urls import reverse

from mesoclinic.accounts import confirming
from mesoclinic.core.findings import PASSWORD_CODE, Acknowledgement, Refused, block, gate, warn
from mesoclinic.core.models import Autosave, MinuteCount
from patients.actions.alerts import raise_alert_unless_open
from patients.rules.alerts import AlertKind, AlertLevel
from tests import factories
from tests.treatments.sessions.conftest import fill

REASON = "Seen and discussed with the patient"
PASSWORD = "a long sentence of mine"


@pytest.fixture
def alert(patient, clinician):
    clinician.set_password(PASSWORD)
    clinician.save(update_fields=["password"])
    return raise_alert_unless_open(
        patient=patient,
        kind=AlertKind.OTHER,
        level=AlertLevel.BLOCK,
        text="Nodule at the temple, not yet explained",
        source="tests.row:1",
        by=clinician,
    )


@pytest.fixture
def signed_in(client, alert, clinician):
    client.force_login(clinician)
    return client


OPEN = block("alert:7", "Nodule.")


@pytest.mark.parametrize(
    ("finding", "is_asked"),
    [
        (OPEN, True),
        (block("contra:*treatment:bleeding", "Bleeds."), False),
        (warn("alert:pain:high", "Hurt."), False),
    ],
)
def test_only_an_alert_that_blocks_asks_for_the_password(finding, is_asked):
    def pass_it(is_confirmed):
        return gate([finding], {finding.code: REASON}, may_override=True, is_confirmed=is_confirmed)

    passed = [Acknowledgement(finding.code, finding.level, finding.message, REASON)]
    assert pass_it(True) == passed
    if not is_asked:
        assert pass_it(False) == passed
        return
    with pytest.raises(Refused) as refused:
        pass_it(False)
    assert {each.code for each in refused.value.findings} == {finding.code, PASSWORD_CODE}


def test_a_reason_that_is_missing_is_asked_first():
    with pytest.raises(Refused) as refused:
        gate([OPEN], {}, may_override=True, is_confirmed=False)

    assert [each.code for each in refused.value.findings] == [OPEN.code]


@pytest.mark.parametrize("typed", ["", "a long sentence of yours"])
def test_a_session_does_not_start_past_an_alert_without_the_password(
    signed_in, plan, consent, lots, alert, once, typed
):
    url = reverse("sessions:start_for_plan", args=[plan.pk])

    refused = signed_in.post(
        url, {"once": once(), f"reason:alert:{alert.pk}": REASON, "password_again": typed}
    )

    assert refused.status_code == 422
    assert REASON in refused.text
    assert "type your password again" in refused.text
    assert 'type="password"' in refused.text
    assert "a long sentence" not in refused.text
    assert not plan.treatment_sessions.exists()


def test_with_the_password_it_starts(signed_in, plan, consent, lots, alert, once):
    url = reverse("sessions:start_for_plan", args=[plan.pk])
    fields = {"once": once(), f"reason:alert:{alert.pk}": REASON, "password_again": PASSWORD}

    assert signed_in.post(url, fields).status_code == 302
    assert [row["code"] for row in plan.treatment_sessions.get().acknowledged] == [f"alert:{alert.pk}"]


def test_the_signature_asks_too_and_can_still_be_given(client, ready, clinician, alert, once):
    client.force_login(clinician)
    session = fill(ready, clinician)
    url = reverse("sessions:sign", args=[session.pk])
    fields = {f"reason:alert:{alert.pk}": REASON}

    refused = client.post(url, {"once": once(), **fields})
    signed = client.post(url, {"once": once(), **fields, "password_again": PASSWORD})

    assert (refused.status_code, signed.status_code) == (422, 302)
    assert "Something here cannot be gone past" not in refused.text
    assert refused.context["password_error"]


def test_the_password_is_no_part_of_a_draft(as_clinician, ready):
    keep = reverse("sessions:keep", args=[ready.pk])

    as_clinician.post(keep, {"revision": ready.revision, "note": "x", "password_again": PASSWORD})

    assert all("password_again" not in row.fields for row in Autosave.objects.all())
    assert Autosave.objects.exists()


# --- tries are counted with those of the sign-in ----------------------------------


@pytest.fixture
def start(signed_in, plan, consent, lots, alert, once):
    """Ask for the start past the alert with a password."""
    url = reverse("sessions:start_for_plan", args=[plan.pk])

    def post(typed):
        return signed_in.post(
            url, {"once": once(), f"reason:alert:{alert.pk}": REASON, "password_again": typed}
        )

    return post


def test_after_five_wrong_tries_the_right_password_is_not_taken_either_and_nothing_typed_is_lost(start, plan):
    wrong = [start("a guess") for _ in range(5)]

    locked = start(PASSWORD)

    assert [answer.status_code for answer in (*wrong, locked)] == [422] * 6
    assert confirming.WRONG in wrong[3].text
    assert confirming.LOCKED in locked.text
    assert REASON in locked.text
    assert not plan.treatment_sessions.exists()


def test_tries_at_a_signature_and_at_the_sign_in_are_one_count(start, clinician, client):
    for _ in range(4):
        start("a guess")
    stranger = Client()
    sign_in = {"login": clinician.username, "password": "another guess"}

    stranger.post(reverse("account_login"), sign_in)

    assert confirming.LOCKED in start(PASSWORD).text


def test_a_right_password_ends_the_count(start):
    for _ in range(4):
        start("a guess")

    assert start(PASSWORD).status_code == 302
    # Of this place nothing is left; what counts for the account from everywhere has the four wrong ones.
    assert list(MinuteCount.objects.values_list("count", flat=True)) == [4, 4]


def test_a_form_without_the_password_counts_as_no_try(start):
    for _ in range(6):
        start("")

    assert start(PASSWORD).status_code == 302


def test_the_bench_counts_and_says_it_too(signed_in, plan, alert, once):
    version = factories.CocktailVersionFactory(cocktail__patient=plan.patient, cocktail__clinic=plan.clinic)
    url = reverse("cocktails:sign", args=[version.pk])
    page = signed_in.get(reverse("cocktails:formulation", args=[version.pk]))
    kept = {
        "revision": version.revision,
        "kind": version.kind,
        "name": version.cocktail.name,
        "syringe_ml": version.syringe_ml,
        f"reason:alert:{alert.pk}": REASON,
    }
    for _ in range(4):
        refused = signed_in.post(url, {"once": once(), **kept, "password_again": "a guess"})

    assert 'name="password_again"' in page.text
    assert refused.status_code == 422

    assert max(MinuteCount.objects.values_list("count", flat=True)) == 4
