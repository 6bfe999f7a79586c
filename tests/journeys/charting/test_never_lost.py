"""Nothing that is typed is ever lost: the server keeps it, also after a lost line, a lost sign-in and a killed browser."""

import os
import re
import shutil
import signal
import subprocess
import tempfile

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import expect

from mesoclinic.core.models import Autosave
from mesoclinic.demo import clinic as made_up
from tests.journeys.charting.hands import KEEP, TABLET, autosave_of, forgive, kept, note, saved, says


@pytest.mark.fault("F15")
def test_a_change_is_on_the_server_within_five_seconds_drawings_and_chips_too(session, person):
    """By the browser's own clock, stopped: somebody who never pauses is saved after five seconds all the same."""
    clinician = person(TABLET)
    page = clinician.page
    clinician.sign_in("elif")
    clinician.look("day ")
    page.clock.install()
    clinician.open(f"/sessions/{session.pk}/")
    clinician.look("Session 1 of 8")
    page.clock.pause_at(page.evaluate("Date.now() / 1000 + 1"))
    page.get_by_title("Swelling at injection sites").click()
    page.locator('[name="drawn-0-on"]').evaluate(
        """(box) => { const row = box.closest('fieldset'); box.checked = true;
             row.querySelector('[data-outline]').value = '10,10 30,10 20,30';
             row.querySelector('[data-drawn-name]').value = 'Patch';
             box.dispatchEvent(new Event('change', { bubbles: true })); }"""
    )

    with kept(clinician):
        note(clinician).focus()
        for second in range(5):
            page.keyboard.type(str(second))
            page.clock.run_for(1000)

    page.clock.resume()
    saved(clinician)
    typed = autosave_of(session).fields
    assert typed["note"][0].startswith("0123")
    assert typed["drawn-0-outline"] == ["10,10 30,10 20,30"]
    assert [n for n in typed if n.endswith("-seen") and n.startswith("reaction-")]


@pytest.mark.parametrize("begun_days_ago", [14])
def test_a_draft_is_seen_in_today_on_the_patient_and_at_the_door(session, at_the_chair, visit):
    """Begun a fortnight ago: the desk cannot book the next session sooner."""
    clinician = at_the_chair()
    page = clinician.page
    with kept(clinician):
        note(clinician).fill("Half a sentence")
    clinician.open("/")
    clinician.look("day ")
    named = re.compile(f"Sign session: {re.escape(session.patient.full_name)}")
    expect(page.get_by_role("link", name=named)).to_be_visible()
    clinician.open(f"/patients/{session.patient_id}/")
    clinician.look("Mesoclinic")
    page.get_by_role("link", name=re.compile("Finish and sign the draft")).first.click()
    expect(note(clinician)).to_have_value("Half a sentence")
    clinician.look("Session 1 of 8")

    clinician.open(f"/appointments/{visit(2).pk}/")
    clinician.look("Appointment")
    clinician.button("Start session").click()

    expect(page.get_by_text("is not signed. It stands as it was left.")).to_be_visible()
    expect(note(clinician)).to_have_value("Half a sentence")
    clinician.look("Session 1 of 8")


@pytest.mark.fault("F13")
def test_signed_out_while_typing_one_signs_in_in_place(session, at_the_chair):
    clinician = at_the_chair()
    page = clinician.page
    with kept(clinician):
        note(clinician).fill("Before.")
    Session.objects.all().delete()

    note(clinician).fill("Before. And after the sign-in ran out.")
    asked = page.get_by_role("alertdialog", name="Sign in again")
    expect(asked).to_be_visible()
    assert clinician.violations() == []
    asked.get_by_label("Password").fill("wrong")
    asked.get_by_role("button", name="Sign in").click()
    expect(asked.locator(".wrong")).not_to_be_empty()
    asked.get_by_label("Password").fill(made_up.PASSWORD)
    with kept(clinician):
        asked.get_by_role("button", name="Sign in").click()

    expect(asked).to_have_count(0)
    saved(clinician)
    assert autosave_of(session).fields["note"] == ["Before. And after the sign-in ran out."]
    clinician.button("Save draft").click()
    expect(page.get_by_text("Draft saved.")).to_be_visible()
    session.refresh_from_db()
    assert session.note == "Before. And after the sign-in ran out."
    # A save that crosses the sign-in is refused with the old token, and sent again with the new one.
    forgive(clinician, "403")


@pytest.mark.fault("F16")
def test_offline_the_page_goes_on_and_sends_once_on_return_with_the_same_key(session, at_the_chair):
    clinician = at_the_chair()
    page = clinician.page
    sent = []
    page.on("request", lambda r: sent.append(_key_in(r)) if KEEP.search(r.url) else None)
    page.context.set_offline(True)
    note(clinician).fill("Typed without a network")
    page.locator("#pain_during-nrs").get_by_text("4", exact=True).click()
    page.locator('#scalp [data-zone="MIDSCALP"]').click()
    says(clinician, "Offline, kept here")
    expect(page.locator('[data-progress="pain"]')).to_have_accessible_name(re.compile("complete"))
    clinician.button("Save draft").click()
    says(clinician, "Offline, kept here")
    assert "/sessions/" in page.url
    assert clinician.violations() == []
    assert page.evaluate(
        """async () => [localStorage.length, sessionStorage.length, (await indexedDB.databases()).length,
                         (await caches.keys()).length]"""
    ) == [0, 0, 0, 0]
    assert not Autosave.objects.filter(kind="session").exists()
    failed = list(sent)

    with kept(clinician):
        page.context.set_offline(False)

    saved(clinician)
    assert failed
    assert set(sent) == set(failed[:1])
    assert len(sent) - len(failed) == 1
    typed = autosave_of(session)
    assert typed.fields["note"] == ["Typed without a network"]
    assert str(typed.key) == sent[0]
    # A request that htmx sends on its own clock fails offline too, and htmx says so.
    forgive(clinician, "ERR_INTERNET_DISCONNECTED", "htmx:afterRequest", "htmx:sendError")


def _key_in(request):
    found = re.search(r'name="autosave_key"\r\n\r\n([\w-]+)', request.post_data or "")
    return found and found[1]


@pytest.mark.fault("F17")
def test_a_save_whose_answer_was_lost_is_sent_again_and_is_the_same_save(session, at_the_chair):
    clinician = at_the_chair()
    page = clinician.page
    lost = []

    def lose(route):
        route.fetch()  # It reached the server; the answer never comes back.
        lost.append(1)
        route.abort()

    page.route(KEEP, lose, times=1)
    note(clinician).fill("Once")
    says(clinician, "Offline, kept here")
    assert (lost, autosave_of(session).fields["note"]) == ([1], ["Once"])

    with kept(clinician):
        page.evaluate("dispatchEvent(new Event('online'))")

    saved(clinician)
    expect(page.locator("#both")).to_have_count(0)
    forgive(clinician, "ERR_FAILED")


@pytest.mark.fault("F2")
def test_while_the_database_is_away_a_draft_waits_in_the_page_and_is_sent_when_it_is_back(
    session, at_the_chair
):
    clinician = at_the_chair()
    page = clinician.page
    page.route(KEEP, lambda route: route.fulfill(status=503, headers={"Retry-After": "1"}, body="{}"))
    note(clinician).fill("While the database was away")
    says(clinician, "Server busy, kept here; sent when it answers")
    clinician.button("Save draft").click()
    says(clinician, "Server busy, kept here; sent when it answers")
    expect(note(clinician)).to_have_value("While the database was away")

    with kept(clinician):
        page.unroute(KEEP)

    saved(clinician)
    assert autosave_of(session).fields["note"] == ["While the database was away"]
    forgive(clinician, "503", "htmx:responseError")


@pytest.mark.fault("F15")
def test_a_killed_browser_loses_nothing_that_was_saved(session, live_server, person, chromium):
    """A browser of its own process, ended by the system. What stood ten seconds is there: see the five seconds above."""
    program = os.environ.get("CHROMIUM") or next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome")))
    )
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        process = subprocess.Popen(
            [
                program,
                "--headless=new",
                "--remote-debugging-port=0",
                f"--user-data-dir={folder}",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                *(["--no-sandbox"] if os.geteuid() == 0 else []),
                "about:blank",
            ],
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        try:
            address = next(
                found[1]
                for line in process.stderr
                if (found := re.search(r"DevTools listening on (ws://\S+)", line))
            )
            other = chromium.browser_type.connect_over_cdp(address)
            page = other.contexts[0].new_page()
            page.goto(f"{live_server.url}/")
            page.get_by_label("Username").fill("elif")
            page.get_by_label("Password").fill(made_up.PASSWORD)
            page.get_by_role("button", name="Sign in", exact=True).click()
            page.wait_for_url(f"{live_server.url}/")
            page.goto(f"{live_server.url}/sessions/{session.pk}/")
            with page.expect_response(lambda r: KEEP.search(r.url) and r.ok):
                page.get_by_label("Note", exact=True).fill("Saved before the end")
            page.keyboard.type(" and a word more")
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            process.stderr.close()

    clinician = person(TABLET)
    clinician.sign_in("elif", at=f"/sessions/{session.pk}/")
    clinician.look("Session 1 of 8")

    expect(note(clinician)).to_have_value(re.compile("^Saved before the end"))
