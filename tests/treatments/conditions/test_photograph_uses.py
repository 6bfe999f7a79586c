"""What is kept of an upload, for what pictures may be used, and of which assessment a set is."""

from django.urls import reverse
from django.utils import timezone

from tests import factories
from tests.photographs import agreed, jpeg, make_view, take
from treatments.conditions.actions import photograph_files
from treatments.conditions.models.photographs import photograph_storage


def test_the_upload_stays_only_where_the_organisation_keeps_originals_and_is_shown_nowhere(
    as_clinician, clinician, settings, django_capture_on_commit_callbacks
):
    settings.PHOTOGRAPHS_KEEP_ORIGINAL = True
    with django_capture_on_commit_callbacks(execute=True):
        picture = take(agreed(clinician), make_view(), by=clinician)

    for name in (picture.incoming.name, picture.master.name, picture.thumbnail.name):
        assert photograph_storage().exists(name)
    assert photograph_storage().open(picture.incoming.name).read() == jpeg()
    assert photograph_files._is_file_named_in_row(picture.incoming.name)
    for size in ("incoming", "original"):
        assert as_clinician.get(reverse("conditions:photo_file", args=[picture.pk, size])).status_code == 404


def test_a_set_that_is_begun_from_an_assessment_is_of_it(as_clinician, clinician, once):
    patient = agreed(clinician)
    assessment = factories.AssessmentFactory(patient=patient, assessed_by=clinician)
    page = as_clinician.get(reverse("conditions:assessment", args=[assessment.pk])).content.decode()
    url = reverse("conditions:photo_set_start", args=[patient.pk])

    answer = as_clinician.post(url, {"assessment": assessment.pk, "once": once()})
    others = factories.AssessmentFactory(assessed_by=clinician)
    refused = as_clinician.post(url, {"assessment": others.pk, "once": once()})

    begun = patient.photo_sets.get()
    assert url in page
    assert answer.url == reverse("conditions:photo_set", args=[begun.pk])
    assert (begun.assessment, refused.status_code) == (assessment, 404)


def test_the_page_of_a_set_says_what_the_pictures_may_be_used_for(as_clinician, clinician):
    picture = take(agreed(clinician), make_view(), by=clinician)
    release = photograph_files.release_photograph(
        photograph=picture, purpose="teaching", agreed_by="Noor Example", by=clinician
    )
    url = reverse("conditions:photo_set", args=[picture.photo_set_id])
    before = [(use.label, use.is_open) for use in as_clinician.get(url).context["uses"]]
    photograph_files.withdraw_release(release=release, by=clinician)
    consent = picture.photo_set.patient.consents.get(kind="photo")
    consent.withdrawn_at, consent.withdrawn_by = timezone.now(), clinician
    consent.save()

    after = as_clinician.get(url).context["uses"]

    assert [label for label, is_open in before if is_open] == ["The record", "Teaching"]
    assert [use.text.partition(" ")[0] for use in after] == ["withdrawn", "not", "withdrawn", "not", "not"]
