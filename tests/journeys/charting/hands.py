"""What people do and see on the session page, whatever they chart."""

import re
from contextlib import contextmanager

from playwright.sync_api import expect

from mesoclinic.core.models import Autosave
from treatments.sessions.queries.sessions import autosave_subject

TABLET = {"width": 1024, "height": 768}
KEEP = re.compile(r"/sessions/\d+/keep/$")


def count_taps(clinician):
    """Every press that a hand makes on the page, counted by the browser itself."""
    taps = []
    clinician.page.expose_function("tapped", lambda: taps.append(1))
    clinician.page.add_init_script(
        "addEventListener('pointerdown', (event) => event.isTrusted && window.tapped(), true)"
    )
    return taps


def answers_what_is_due(clinician):
    """The start page asks what was not asked lately: nothing of it is so. One tap."""
    expect(clinician.page).to_have_title(re.compile("Start the session"))
    clinician.look("Start the session")
    clinician.button("None of these: write “no” to each, and start").click()
    forgive(clinician, "422")


def forgive(clinician, *words):
    """What the browser says of a request that was meant to fail."""
    clinician.trouble[:] = [said for said in clinician.trouble if not any(word in said for word in words)]


def says(clinician, words):
    expect(clinician.page.locator("[data-save-state]").last).to_contain_text(words)


def saved(clinician):
    says(clinician, "All changes saved")


@contextmanager
def kept(clinician):
    """The draft reaches the server before the block is left."""
    with clinician.page.expect_response(lambda r: KEEP.search(r.url) and r.ok):
        yield


def note(clinician):
    return clinician.page.get_by_label("Note", exact=True)


def autosave_of(session, username="elif"):
    return Autosave.objects.get(subject=autosave_subject(session), owner__username=username)
