"""The desk finds two records of one person, merges them, and parts them again."""

from datetime import timedelta

from django.utils import timezone
from playwright.sync_api import expect

from patients.models import Patient
from tests import factories


def test_the_desk_merges_two_records_of_one_person_and_undoes_it(person, house):
    sara = house.staff["sara"]
    kept, double = (
        factories.PatientFactory(
            given_names="Amira", family_name=family, phone="+1 212 555 0117", registered_by=sara
        )
        for family in ("Haddad", "Hadad")
    )
    start = timezone.now() + timedelta(days=3)
    visit = factories.AppointmentFactory(
        clinic=house.clinic, patient=double, starts_at=start, ends_at=start + timedelta(hours=1)
    )
    desk = person()
    desk.sign_in("sara")
    desk.look("day ")

    desk.find(kept.record_number)
    desk.look("Amira Haddad")
    asked = desk.page.get_by_role("paragraph").filter(has_text="Another record may be the same person")
    expect(asked).to_contain_text(double.record_number)
    desk.tap(desk.button("Compare"))
    desk.look("Is this the same person?")
    desk.page.get_by_label("Hadad", exact=True).check()
    desk.page.get_by_label("How do you know?").fill("She said so at the desk")
    desk.tap(desk.button(f"Merge into {kept.record_number}"))
    desk.look("Amira Hadad")
    expect(desk.page.get_by_role("region", name="Visits").get_by_role("row")).to_have_count(2)

    desk.find(double.record_number)
    desk.look("Amira Hadad")
    desk.tap(desk.button("Undo the merge"))
    desk.look("Undo a merge")
    desk.page.get_by_label("Why?").fill("Two cousins")
    desk.tap(desk.button(f"Part {double.record_number} again"))
    desk.look("Amira Hadad")

    for row in (kept, double, visit):
        row.refresh_from_db()
    assert (visit.patient, kept.family_name) == (double, "Haddad")
    assert not Patient.objects.exclude(merged_into=None).exists()
