"""A session that is charted in two windows, or by two people: both versions are shown, and one is chosen."""

import pytest
from playwright.sync_api import expect

from tests.journeys.charting.hands import autosave_of, forgive, kept, note


@pytest.mark.fault("F12")
def test_two_windows_of_one_person_show_both_and_the_second_chooses(session, at_the_chair):
    first, second = at_the_chair(), at_the_chair()
    with kept(first):
        note(first).fill("From the first window")

    note(second).fill("From the second window")
    both = second.page.locator("#both")
    expect(both).to_contain_text("From the first window")
    expect(both).to_contain_text("From the second window")
    forgive(second, "409")
    second.look("Session 1 of 8")
    assert autosave_of(session).fields["note"] == ["From the first window"]

    with kept(second):
        second.button("Keep what is typed here").click()
    expect(both).to_have_count(0)
    assert autosave_of(session).fields["note"] == ["From the second window"]

    note(first).fill("From the first window, later")
    expect(first.page.locator("#both")).to_contain_text("From the second window")
    forgive(first, "409")
    first.button("Take the stored version").click()
    expect(note(first)).to_have_value("From the second window")


@pytest.mark.fault("F11")
def test_two_people_show_both_and_the_second_chooses(session, house, at_the_chair):
    colleague = next(
        u.username for u in house.staff.values() if u.username != "elif" and "clinician" in u.roles
    )
    hers, his = at_the_chair(), at_the_chair(colleague)
    with kept(his):
        note(his).fill("What he typed")
    note(hers).fill("What she typed")
    hers.button("Save draft").click()
    expect(hers.page.get_by_text("Draft saved.")).to_be_visible()
    expect(note(hers)).to_have_value("What she typed")

    note(his).fill("What he typed, and more")
    both = his.page.locator("#both")
    expect(both).to_contain_text("What she typed")
    expect(both).to_contain_text("What he typed, and more")
    forgive(his, "409")
    his.look("Session 1 of 8")
    his.button("Take the stored version").click()

    expect(note(his)).to_have_value("What she typed")
    session.refresh_from_db()
    assert session.note == "What she typed"
