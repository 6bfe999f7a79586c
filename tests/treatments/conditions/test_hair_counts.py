"""Hairs are counted by tapping, a second time without the first in sight, and the count becomes a measurement."""

from decimal import Decimal as D

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from mesoclinic.core.findings import Refused
from mesoclinic.core.models import AuditEvent, Autosave
from tests import factories
from tests.photographs import agreed, make_view, take
from treatments.conditions.actions.hair_counts import record_counted_density, save_hair_count
from treatments.conditions.actions.measurements import record_measurement_site
from treatments.conditions.models import HairCount, Measurement, MeasurementKind

URL = "conditions:hair_count"


@pytest.fixture
def picture(clinician):
    return take(agreed(clinician), make_view(8, "Trichoscopy"), by=clinician, days_ago=30)


@pytest.fixture
def density(db):
    scale = factories.SeverityScaleFactory(
        code="HAIR_DENSITY", name="Density", short_name="Density", kind="number", minimum=0, maximum=600
    )
    return MeasurementKind.objects.create(scale=scale, short_name="Density", for_all_conditions=True)


@pytest.fixture
def site(picture, clinician):
    return record_measurement_site(
        patient=picture.photo_set.patient,
        zone=factories.ZoneFactory(),
        from_nasion_cm=D("18.2"),
        from_midline_cm=D("1.2"),
        by=clinician,
    )


def marks(hairs):
    """So many hairs in a row."""
    return [value for n in range(hairs) for value in (n / 1000, 0.5)]


def count(picture, by, hairs, field="0.65"):
    return save_hair_count(photograph=picture, points=marks(hairs), field_cm2=D(field), by=by)


def test_taps_are_counted_and_taken_back_without_a_script(as_clinician, picture):
    url, told = reverse(URL, args=[picture.pk]), {"shape": "0.75", "shown_zoom": "1", "points": ""}
    for x, y in ((64, 48), (128, 240), (640, 480)):
        answer = as_clinician.post(url, told | {"at.x": x, "at.y": y})
        told["points"] = answer.context["points"]
    back = as_clinician.post(url, told | {"undo": "1"})
    closer = as_clinician.post(
        url, {"shape": "0.75", "shown_zoom": "4", "points": "", "at.x": 256, "at.y": 192}
    )

    assert told["points"] == "0.1000,0.1000 0.2000,0.5000 1.0000,1.0000"
    assert back.context["number"] == 2
    assert closer.context["points"] == "0.1000,0.1000"
    assert (closer.context["zoom"], closer.context["width"]) == (4, 2560)
    assert HairCount.objects.count() == 0


def test_a_count_is_saved_with_its_area_and_what_is_wrong_is_said(as_clinician, clinician, picture):
    url = reverse(URL, args=[picture.pk])

    wrong = as_clinician.post(url, {"points": "", "field_cm2": "0", "save": "1"})
    right = as_clinician.post(url, {"points": "0.1,0.2 0.3,0.4", "field_cm2": "0.65", "save": "1"})

    html = wrong.content.decode()
    assert wrong.status_code == 422
    assert "Mark each hair inside the picture" in html
    assert "Type the area of the picture" in html
    assert right.status_code == 302
    (kept,) = HairCount.objects.all()
    assert (kept.points, kept.field_cm2, kept.counted_by) == ([0.1, 0.2, 0.3, 0.4], D("0.65"), clinician)


def test_nothing_is_marked_beforehand_and_a_count_under_way_is_taken_up_again(
    as_clinician, clinician, picture
):
    url = reverse(URL, args=[picture.pk])
    assert as_clinician.get(url).context["number"] == 0
    Autosave.objects.create(
        owner=clinician,
        kind="hair-count",
        subject=f"photograph:{picture.pk}",
        fields={"points": ["0.5,0.5 0.6,0.6"], "field_cm2": ["0.7"]},
        url=url,
    )

    assert as_clinician.get(url).context["number"] == 2
    as_clinician.post(url, {"points": "0.5,0.5", "field_cm2": "0.7", "save": "1"})
    assert Autosave.objects.count() == 0


def test_the_first_count_is_not_shown_until_the_second_is_saved(as_clinician, clinician, picture):
    colleague = factories.UserFactory(roles=["clinician"])
    count(picture, colleague, 101)
    url = reverse(URL, args=[picture.pk])

    before = as_clinician.get(url).content.decode()
    count(picture, clinician, 98)
    after = as_clinician.get(url).content.decode()

    assert "Count it a second time" in before
    assert ("101" in before, "/cm²" in before) == (False, False)
    assert "101 and 98 hairs, 3 % apart" in after
    assert "153.1 /cm²" in after


def test_the_mean_of_two_counts_is_a_measurement_of_the_day_of_the_picture(
    as_clinician, clinician, picture, density, site, once
):
    colleague = factories.UserFactory(roles=["clinician"])
    count(picture, colleague, 101)
    # A second count has the area of the first, whatever is typed.
    count(picture, clinician, 98, field="9")

    answer = as_clinician.post(
        reverse("conditions:hair_count_keep", args=[picture.pk]),
        {"site": site.pk, "preparation": "washed 1 day before", "once": once()},
    )

    row = Measurement.objects.get()
    assert answer.url == reverse("conditions:measurements", args=[picture.photo_set.patient_id])
    assert (row.scale, row.value, row.method, row.field_cm2) == (
        density.scale,
        D("153.1"),
        "counted by hand",
        D("0.65"),
    )
    assert (row.photograph, row.counter, row.measured_by, row.site) == (picture, colleague, clinician, site)
    assert (row.measured_at, row.preparation) == (picture.taken_at, "washed 1 day before")
    assert set(row.hair_counts.all()) == set(HairCount.objects.all())
    assert AuditEvent.objects.get(did="measurement.recorded").patient_id == picture.photo_set.patient_id


def test_one_count_can_be_kept_and_what_was_kept_is_not_kept_again(clinician, picture, density):
    count(picture, clinician, 65, field="0.5")
    row = record_counted_density(photograph=picture, site=None, preparation="", by=clinician)

    assert row.value == D("130.0")
    with pytest.raises(Refused, match="Nothing was counted"):
        record_counted_density(photograph=picture, site=None, preparation="", by=clinician)


def test_counted_a_third_time_the_last_two_count(clinician, picture, density):
    for hairs in (10, 100, 102):
        count(picture, clinician, hairs, field="0.5")

    row = record_counted_density(photograph=picture, site=None, preparation="", by=clinician)

    assert row.value == D("202.0")
    assert sorted(each.hairs for each in row.hair_counts.all()) == [100, 102]


def test_the_same_marks_sent_twice_are_one_count(clinician, picture):
    assert count(picture, clinician, 30) == count(picture, clinician, 30)


def test_a_count_is_not_changed_and_not_deleted(clinician, picture):
    kept = count(picture, clinician, 30)

    with pytest.raises(IntegrityError, match="frozen"), transaction.atomic():
        HairCount.objects.filter(pk=kept.pk).update(points=marks(29))
    with pytest.raises(IntegrityError, match="kept"), transaction.atomic():
        HairCount.objects.filter(pk=kept.pk).delete()


def test_a_site_of_another_patient_is_refused(clinician, picture, density, site):
    other = take(agreed(clinician), picture.view, by=clinician)
    count(other, clinician, 30)

    with pytest.raises(Refused):
        record_counted_density(photograph=other, site=site, preparation="", by=clinician)


def test_without_consent_no_picture_is_counted(as_clinician, clinician, picture):
    picture.photo_set.patient.consents.update(withdrawn_at=picture.taken_at, withdrawn_by=clinician)

    assert as_clinician.get(reverse(URL, args=[picture.pk])).status_code == 404


def test_only_who_assesses_counts(picture, clinic):
    desk = factories.UserFactory(roles=["front_desk"], clinic=clinic)

    with pytest.raises(Refused):
        count(picture, desk, 3)
