"""What is typed on the session page is kept while somebody charts."""

import re
import uuid
from decimal import Decimal

import pytest
from django.utils import timezone

from mesoclinic.core import autosave
from mesoclinic.core.models import Autosave
from tests import factories
from tests.conftest import signed_in
from tests.treatments.sessions.test_charting_views import keep_url, kept
from tests.treatments.sessions.test_views import page, post, posted
from treatments.sessions.actions.signing import sign_session
from treatments.sessions.models import TreatmentSession

D = Decimal


def test_what_is_typed_is_kept_and_says_when(as_clinician, clinician, ready):
    answer = kept(as_clinician, ready, note="half a sent")

    draft = Autosave.objects.get(owner=clinician)
    assert answer.json() == {
        "saved": f"{timezone.localtime(draft.saved_at, ready.clinic.zone):%H:%M}",
        "seen": draft.revision,
    }
    assert draft.fields["note"] == ["half a sent"]
    assert not {"autosave_seen", "autosave_key", "csrfmiddlewaretoken"} & draft.fields.keys()
    assert TreatmentSession.objects.get().note == ""


@pytest.mark.parametrize("number", ["²", "x", "-1", "1" * 5000, ""])
def test_a_number_that_is_none_is_a_conflict_and_no_fault(as_clinician, ready, number):
    answer = kept(as_clinician, ready, note="typed", revision=number)

    assert answer.status_code == 409


@pytest.mark.parametrize("score", ["²", "x", "1" * 5000])
def test_a_pain_score_that_is_none_comes_back_with_the_page(as_clinician, ready, score):
    answer = post(as_clinician, page(ready), posted(ready, pain_during=score))

    assert answer.status_code == 422
    assert 'href="#id_pain_during' in answer.content.decode()


@pytest.mark.fault("F13")
def test_a_draft_is_its_authors_alone(as_clinician, clinic, ready):
    kept(as_clinician, ready, note="only mine")
    colleague = signed_in(factories.ClinicianFactory(clinic=clinic))

    assert "only mine" not in colleague.get(page(ready)).content.decode()
    assert kept(colleague, ready, note="only theirs").status_code == 200
    assert "only mine" in as_clinician.get(page(ready)).content.decode()
    assert "only theirs" not in as_clinician.get(page(ready)).content.decode()


@pytest.mark.fault("F12")
def test_another_window_is_told_both_versions(as_clinician, ready):
    first = kept(as_clinician, ready, note="first window").json()

    second = kept(as_clinician, ready, note="second window")

    assert second.status_code == 409
    assert "first window" in second.json()["html"]
    assert "second window" in second.json()["html"]
    assert second.json()["seen"] == first["seen"]
    assert Autosave.objects.get().fields["note"] == ["first window"]
    chosen = kept(as_clinician, ready, seen=first["seen"], note="second window")
    assert (chosen.status_code, Autosave.objects.get().fields["note"]) == (200, ["second window"])


def test_what_was_ticked_at_once_is_told_in_words(as_clinician, ready):
    kept(as_clinician, ready, check_all=["before", "later"])

    told = kept(as_clinician, ready, check_all=[]).json()["html"]

    assert "all of before the first injection, all of during and after" in told


def test_another_window_with_the_same_words_is_no_conflict(as_clinician, ready):
    kept(as_clinician, ready, note="the same")

    assert kept(as_clinician, ready, note="the same").status_code == 200


@pytest.mark.fault("F17")
def test_a_save_sent_again_with_its_key_is_the_same_save(as_clinician, ready):
    key = uuid.uuid4()
    kept(as_clinician, ready, key=key, note="once")

    again = kept(as_clinician, ready, key=key, note="once, and a word more")

    assert again.status_code == 200
    assert Autosave.objects.get().fields["note"] == ["once, and a word more"]


def test_a_draft_that_was_dropped_does_not_come_back_as_the_one_seen(as_clinician, clinician, ready):
    first = kept(as_clinician, ready, note="first").json()
    autosave.delete_autosave(owner=clinician, kind="session", subject=f"session:{ready.pk}")
    kept(as_clinician, ready, note="second")

    third = kept(as_clinician, ready, seen=first["seen"], note="third")

    assert third.status_code == 409


@pytest.mark.fault("F11")
def test_a_colleagues_saved_version_is_told_at_the_next_save(as_clinician, clinic, ready):
    colleague = signed_in(factories.ClinicianFactory(clinic=clinic))
    mine = posted(ready, note="mine")
    post(colleague, page(ready), posted(ready, note="theirs"))
    mine["autosave_seen"] = "0"

    told = post(as_clinician, keep_url(ready), mine)

    assert told.status_code == 409
    assert '<td data-label="Stored there">theirs</td>' in told.json()["html"]
    assert told.json()["revision"] == TreatmentSession.objects.get().revision
    assert Autosave.objects.get().fields["note"] == ["mine"]  # kept all the same


@pytest.mark.fault("F12")
def test_without_a_script_the_other_window_is_told_too(as_clinician, clinician, ready):
    fields = posted(ready, note="this window")
    fields["autosave_seen"] = "0"
    kept(as_clinician, ready, note="other window")

    told = post(as_clinician, page(ready), fields)
    html = told.content.decode()

    assert told.status_code == 409
    assert "other window" in html
    assert "this window" in html
    assert TreatmentSession.objects.get().note == ""
    fields["autosave_seen"] = re.search(r'name="autosave_seen" value="(\d+)"', html)[1]
    assert post(as_clinician, page(ready), fields).status_code == 302
    assert TreatmentSession.objects.get().note == "this window"


def test_a_signed_session_takes_no_more_drafts(as_clinician, clinician, charted):
    sign_session(session=charted, by=clinician)

    told = as_clinician.post(keep_url(charted), {"note": "late"})

    assert told.status_code == 409
    assert told.json()["url"] == page(charted)
    assert not Autosave.objects.exists()


def test_keeping_a_draft_sends_four_statements(as_clinician, ready, count_queries):
    """The sign-in, its user with the clinic, the session's state, and the save itself."""
    seen = kept(as_clinician, ready, note="first").json()["seen"]
    fields = posted(ready, note="second")
    fields["autosave_seen"] = str(seen)

    with count_queries() as sent:
        answer = post(as_clinician, keep_url(ready), fields)

    assert (answer.status_code, len(sent)) == (200, 4)
