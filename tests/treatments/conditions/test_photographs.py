"""From an upload to a picture that is shown: who may, what is kept, and that no file is without its row."""

import io
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from mesoclinic.core.findings import Refused
from mesoclinic.core.models import AuditEvent
from tests import factories
from tests.conftest import signed_in
from treatments.conditions.actions import photograph_files, photographs
from treatments.conditions.models import Photograph, PhotoRelease, PhotoView, SkippedView
from treatments.conditions.models.photographs import photograph_storage
from treatments.conditions.queries.photographs import read_photo_set_with_views, then_and_now_by_view

PATTERN = "pattern hair loss"


@pytest.fixture(autouse=True)
def only_own_files():
    for name in files():
        photograph_storage().delete(name)
    yield
    for name in files():
        photograph_storage().delete(name)


def files():
    return sorted(photograph_files._files_in(photograph_storage(), ""))


def jpeg(colour="brown"):
    out = io.BytesIO()
    Image.new("RGB", (80, 60), colour).save(out, "JPEG")
    return out.getvalue()


@pytest.fixture
def patient(clinician):
    return factories.PatientFactory(registered_by=clinician)


@pytest.fixture
def consent(patient, clinician):
    text = factories.ConsentTextFactory(kind="photo")
    return factories.ConsentFactory(patient=patient, kind="photo", text=text, taken_by=clinician)


@pytest.fixture
def views(db):
    return [
        PhotoView.objects.create(code=f"PHL-{n}", pattern=PATTERN, order=n, name=name, required_at="T0;5;end")
        for n, name in enumerate(["Frontal", "Vertex"], start=1)
    ]


@pytest.fixture
def photo_set(patient, clinician):
    return photographs.create_photo_set(patient=patient, pattern=PATTERN, by=clinician)


@pytest.fixture
def ready(consent, views, photo_set, clinician, django_capture_on_commit_callbacks):
    """A picture that went all the way."""
    with django_capture_on_commit_callbacks(execute=True):
        picture = photographs.take_photograph(
            photo_set=photo_set, view=views[0], content=jpeg(), by=clinician
        )
        photograph_files.prepare_received_photograph(picture.pk)
    picture.refresh_from_db()
    return picture


def upload(client, photo_set, view, content, **more):
    url = reverse("conditions:photo_take", args=[photo_set.pk, view.pk])
    data = {"file": SimpleUploadedFile("x.jpg", content), **more}
    return client.post(url, data, headers={"Accept": "application/json"})


@pytest.mark.fault("F31")
def test_what_was_sent_is_replaced_by_two_files_of_ours(ready):
    assert ready.status == "ready"
    assert files() == sorted([ready.master.name, ready.thumbnail.name])
    assert (ready.width, ready.height, ready.incoming.name) == (80, 60, "")
    assert str(ready.photo_set.patient_id) not in ready.master.name.split("/")


def test_preparing_twice_makes_it_once(ready):
    before = files()

    assert photograph_files.prepare_received_photograph(ready.pk) == "ready"
    assert files() == before


def test_a_picture_that_cannot_be_read_is_refused_and_its_file_goes(
    consent, views, photo_set, clinician, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        picture = photographs.take_photograph(
            photo_set=photo_set, view=views[0], content=jpeg()[:300], by=clinician
        )
        assert photograph_files.prepare_received_photograph(picture.pk) == "refused"

    picture.refresh_from_db()
    assert "damaged" in picture.refused_because
    assert files() == []


def test_the_same_upload_sent_again_is_the_same_picture(as_clinician, consent, views, photo_set):
    key = str(uuid.uuid4())

    answers = [upload(as_clinician, photo_set, views[0], jpeg(), once=key) for _ in range(2)]

    assert [a.status_code for a in answers] == [201, 201]
    assert answers[0].json()["photograph"] == answers[1].json()["photograph"]
    assert len(files()) == Photograph.objects.count() == 1


def test_back_and_another_file_is_another_picture(as_clinician, consent, views, photo_set):
    key = str(uuid.uuid4())

    for colour in ("brown", "black"):
        upload(as_clinician, photo_set, views[0], jpeg(colour), once=key)

    assert len(files()) == Photograph.objects.count() == 2


def test_a_form_without_script_takes_a_picture_and_says_what_is_wrong(
    as_clinician, consent, views, photo_set
):
    url = reverse("conditions:photo_take", args=[photo_set.pk, views[0].pk])

    wrong = as_clinician.post(url, {"file": SimpleUploadedFile("photo.jpg", b"<html>")})
    right = as_clinician.post(url, {"file": SimpleUploadedFile("x", jpeg())})

    assert wrong.status_code == 422
    assert "no JPEG, PNG, WebP or HEIC" in wrong.content.decode()
    assert right.status_code == 302
    assert Photograph.objects.get().status == "received"


@pytest.mark.fault("F6", "F7")
def test_a_row_that_cannot_be_written_leaves_no_file(consent, views, photo_set, clinician, monkeypatch):
    monkeypatch.setattr(photographs.audit, "record", lambda **said: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        photographs.take_photograph(photo_set=photo_set, view=views[0], content=jpeg(), by=clinician)

    assert (files(), Photograph.objects.count()) == ([], 0)


def test_without_consent_none_is_taken(as_clinician, views, photo_set):
    answer = upload(as_clinician, photo_set, views[0], jpeg())

    assert answer.status_code == 422
    assert "no consent to photographs" in answer.json()["error"]
    assert files() == []


def test_missing_views_have_a_reason_and_a_later_picture_takes_its_place(
    as_clinician, consent, views, photo_set, once
):
    as_clinician.post(
        reverse("conditions:photo_skip", args=[photo_set.pk]), {"reason": "hair", "once": once()}
    )
    assert SkippedView.objects.count() == 2
    assert read_photo_set_with_views(photo_set).progress.text.startswith("0 of 2 taken, Frontal: hair tied")

    upload(as_clinician, photo_set, views[0], jpeg())

    assert read_photo_set_with_views(photo_set).progress.text == "1 of 2 taken, Vertex: hair tied or braided"


def test_a_picture_is_never_changed_and_has_the_files_of_its_state(ready):
    with pytest.raises(IntegrityError), transaction.atomic():
        Photograph.objects.filter(pk=ready.pk).update(master="another.jpg")
    with pytest.raises(IntegrityError), transaction.atomic():
        Photograph.objects.filter(pk=ready.pk).delete()
    with pytest.raises(IntegrityError), transaction.atomic():
        Photograph.objects.create(photo_set=ready.photo_set, view=ready.view, taken_by=ready.taken_by)


# ── who sees a picture ───────────────────────────────────────────────────────


def paths_to(picture, release):
    """Every address by which a picture, or what is made of it, leaves."""
    return {
        "small": reverse("conditions:photo_file", args=[picture.pk, "small"]),
        "full": reverse("conditions:photo_file", args=[picture.pk, "full"]),
        "aligned": reverse("conditions:photo_aligned", args=[picture.pk, picture.pk]),
        "copy": reverse("conditions:photo_copy", args=[release.pk]),
    }


@pytest.fixture
def release(ready, clinician):
    photographs.place_landmarks(
        photograph=ready, points=[0.1, 0.1, 0.9, 0.1, 0.9, 0.9, 0.1, 0.9], by=clinician
    )
    return photograph_files.release_photograph(
        photograph=ready, purpose="teaching", agreed_by="Noor Example", by=clinician
    )


ROLES = ["clinician", "front_desk", "admin", "cosmetologist"]


@pytest.mark.fault("F31")
@pytest.mark.parametrize("elsewhere", [False, True], ids=["here", "another clinic"])
@pytest.mark.parametrize("role", ROLES)
def test_every_path_of_a_picture_by_role_and_clinic(role, elsewhere, clinic, ready, release):
    at = factories.ClinicFactory(name="Another") if elsewhere else clinic
    client = signed_in(factories.UserFactory(roles=[role], clinic=at))

    answers = {name: client.get(url) for name, url in paths_to(ready, release).items()}

    # A clinician of a clinic that is not the patient's is asked why, and sees nothing.
    sees = role == "clinician" and not elsewhere
    expected = 200 if sees else 302 if role == "clinician" else 403
    assert {name: a.status_code for name, a in answers.items()} == dict.fromkeys(answers, expected)
    seen = AuditEvent.objects.filter(subject_type="conditions.photograph", did__startswith="photograph.")
    viewed = seen.filter(did__in=["photograph.viewed", "photograph.taken_out"])
    assert viewed.count() == (4 if sees else 0)
    for answer in answers.values():
        if sees:
            assert "no-store" in answer["Cache-Control"]
            assert answer["Content-Type"] == "image/jpeg"
            assert answer["X-Content-Type-Options"] == "nosniff"


def test_a_stranger_sees_none_and_no_folder_is_served(stranger, as_clinician, ready, release):
    for url in paths_to(ready, release).values():
        assert stranger.get(url).status_code == 302
    for guess in (f"/media/{ready.master.name}", f"/{ready.master.name}", f"/static/{ready.master.name}"):
        assert as_clinician.get(guess).status_code == 404
    assert photograph_storage().exists(ready.master.name)


def test_consent_for_the_record_taken_back_hides_every_picture_at_once(
    as_clinician, clinician, consent, ready, release
):
    consent.withdrawn_at, consent.withdrawn_by = datetime.now(UTC), clinician
    consent.save()

    answers = [as_clinician.get(url).status_code for url in paths_to(ready, release).values()]

    assert answers == [404] * 4
    page = as_clinician.get(reverse("conditions:photo_set", args=[ready.photo_set_id])).content.decode()
    assert "/photographs/" + str(ready.pk) not in page


def test_a_purpose_taken_back_deletes_its_copy_and_keeps_the_picture(
    as_clinician, ready, release, once, django_capture_on_commit_callbacks
):
    copy = release.copy.name
    with django_capture_on_commit_callbacks(execute=True):
        as_clinician.post(reverse("conditions:photo_withdraw", args=[release.pk]), {"once": once()})

    assert copy not in files()
    assert ready.master.name in files()
    assert as_clinician.get(reverse("conditions:photo_copy", args=[release.pk])).status_code == 404
    assert PhotoRelease.objects.get().withdrawn_at is not None


def test_the_tick_withdraws_copies_when_the_record_consent_is_taken_back_and_says_so(
    clinician, consent, ready, release, django_capture_on_commit_callbacks
):
    colleague = factories.UserFactory(roles=["clinician"])
    consent.withdrawn_at, consent.withdrawn_by = datetime.now(UTC), colleague
    consent.save()

    with django_capture_on_commit_callbacks(execute=True):
        photograph_files.sweep_photograph_files()

    release.refresh_from_db()
    assert release.withdrawn_at is not None
    assert (release.withdrawn_by, release.given_by) == (colleague, clinician)
    event = AuditEvent.objects.get(did="photograph.release_withdrawn")
    assert (event.by, event.patient_id) == (None, ready.photo_set.patient_id)
    assert event.data == {"purpose": "teaching", "because": "consent-for-the-record-withdrawn"}
    assert files() == sorted([ready.master.name, ready.thumbnail.name])


def test_a_purpose_is_asked_by_name_and_once(ready, release, clinician):
    for purpose, name in (("teaching", "Noor Example"), ("website", " "), ("sold", "Noor Example")):
        with pytest.raises(Refused):
            photograph_files.release_photograph(
                photograph=ready, purpose=purpose, agreed_by=name, by=clinician
            )
    assert len(files()) == 3


# ── no file without a row, no row without a file ─────────────────────────────


@pytest.mark.fault("F7")
def test_the_sweeper_deletes_what_is_nobodys_and_names_what_is_missing(ready, release, monkeypatch, caplog):
    storage = photograph_storage()
    storage.save("lost/incoming-1", ContentFile(b"x"))
    assert photograph_files.sweep_photograph_files().deleted == 0, "an upload may still be running"

    monkeypatch.setattr(photograph_files, "_SWEPT_AFTER", timedelta(seconds=-5))
    storage.delete(ready.thumbnail.name)
    swept = photograph_files.sweep_photograph_files()

    assert (swept.deleted, swept.missing, swept.again) == (1, 1, 0)
    assert ready.thumbnail.name in caplog.text
    assert files() == sorted([ready.master.name, release.copy.name])


@pytest.mark.fault("F7")
def test_the_sweeper_takes_up_what_no_worker_prepared(consent, views, photo_set, clinician, monkeypatch):
    photographs.take_photograph(photo_set=photo_set, view=views[0], content=jpeg(), by=clinician)
    monkeypatch.setattr(photograph_files, "_SWEPT_AFTER", timedelta(seconds=-5))

    assert photograph_files.sweep_photograph_files() == photograph_files.Swept(0, 0, 1)


# ── pages ────────────────────────────────────────────────────────────────────


def test_of_two_pictures_that_count_each_can_be_picked_and_of_one_only_the_other(
    as_clinician, ready, views, clinician
):
    later = photographs.take_photograph(
        photo_set=ready.photo_set, view=views[0], content=jpeg("black"), by=clinician
    )
    photograph_files.prepare_received_photograph(later.pk)
    url = reverse("conditions:photo_set", args=[ready.photo_set_id])
    assert as_clinician.get(url).content.decode().count("This one counts") == 2

    later.refresh_from_db()
    photographs.pick_photograph(photograph=later, by=clinician)

    html = as_clinician.get(url).content.decode()
    assert html.count("This one counts") == 1
    assert reverse("conditions:photo_pick", args=[ready.pk]) in html


def test_a_picture_that_could_not_be_used_is_an_alert(as_clinician, consent, views, photo_set, clinician):
    picture = photographs.take_photograph(
        photo_set=photo_set, view=views[0], content=jpeg()[:300], by=clinician
    )
    photograph_files.prepare_received_photograph(picture.pk)

    html = as_clinician.get(reverse("conditions:photo_set", args=[photo_set.pk])).content.decode()

    alert = html[html.index('role="alert"') :]
    assert "damaged" in alert[: alert.index("</p>")]


def test_two_pictures_of_one_day_are_told_apart_and_the_earlier_one_stands_first(
    as_clinician, clinician, patient, ready
):
    later = photographs.take_photograph(
        photo_set=ready.photo_set, view=ready.view, content=jpeg("black"), by=clinician
    )
    photograph_files.prepare_received_photograph(later.pk)
    compare = reverse("conditions:photo_compare", args=[patient.pk])

    answer = as_clinician.get(f"{compare}?view={ready.view_id}&then={later.pk}&now={ready.pk}")

    assert (answer.context["then"], answer.context["now"]) == (ready, later)
    taken = timezone.localtime(ready.taken_at)
    assert answer.context["then_said"].endswith(f"{taken:%H:%M}")


def test_the_points_of_another_picture_are_shown_while_placing(as_clinician, clinician, ready, patient):
    second = photographs.create_photo_set(patient=patient, pattern=PATTERN, by=clinician)
    later = photographs.take_photograph(
        photo_set=second, view=ready.view, content=jpeg("black"), by=clinician
    )
    photograph_files.prepare_received_photograph(later.pk)
    points = [0.1, 0.1, 0.9, 0.1, 0.9, 0.9, 0.1, 0.9]
    photographs.place_landmarks(photograph=ready, points=points, by=clinician)
    url = reverse("conditions:photo_points", args=[later.pk])

    answer = as_clinician.post(url, {"at.x": 8, "at.y": 6})

    assert [(m["x"], m["y"]) for m in answer.context["marks"]] == [(8, 6)]
    assert answer.context["like"]["picture"] == ready
    assert [(m["x"], m["y"]) for m in answer.context["like"]["marks"]] == [(4, 3), (36, 3), (36, 27), (4, 27)]


def test_the_copy_and_its_withdrawal_stand_in_one_row(as_clinician, ready, release, patient):
    html = as_clinician.get(reverse("conditions:photographs", args=[patient.pk])).content.decode()

    # A paragraph would end where the panel that asks begins.
    row = html[html.index("Take the copy") - 400 :]
    assert '<div class="actions">' in row[:400]


def test_four_presses_place_the_points_without_a_script(as_clinician, ready):
    url, placed = reverse("conditions:photo_points", args=[ready.pk]), []
    for x, y in ((8, 6), (72, 6), (72, 54), (8, 54)):
        answer = as_clinician.post(url, {"at.x": x, "at.y": y, "point": placed})
        placed = answer.context["points"] if answer.status_code == 200 else placed

    assert answer.status_code == 302
    assert ready.landmarks.get().points == pytest.approx([0.1, 0.1, 0.9, 0.1, 0.9, 0.9, 0.1, 0.9])


def test_two_sets_are_compared_and_the_page_of_a_set_costs_little(
    as_clinician, clinician, patient, ready, count_queries
):
    second = photographs.create_photo_set(patient=patient, pattern=PATTERN, by=clinician)
    later = photographs.take_photograph(
        photo_set=second, view=ready.view, content=jpeg("black"), by=clinician
    )
    photograph_files.prepare_received_photograph(later.pk)
    points = [0.1, 0.1, 0.9, 0.1, 0.9, 0.9, 0.1, 0.9]
    compare = reverse("conditions:photo_compare", args=[patient.pk])
    assert "Place four points" in as_clinician.get(compare).content.decode()
    for picture in (ready, later):
        photographs.place_landmarks(photograph=picture, points=points, by=clinician)

    page = as_clinician.get(compare).content.decode()
    assert "data-photo-slider" in page
    assert reverse("conditions:photo_aligned", args=[later.pk, ready.pk]) in page
    assert "data-photo-slider" not in as_clinician.get(f"{compare}?mode=side").content.decode()

    url = reverse("conditions:photo_set", args=[second.pk])
    as_clinician.get(url)
    with count_queries() as queries:
        html = as_clinician.get(url).content.decode()
    assert f'data-photo-ghost="{reverse("conditions:photo_file", args=[ready.pk, "small"])}"' in html
    assert len(queries) <= 20


def test_the_list_of_three_sets_costs_what_that_of_one_does(
    as_clinician, clinician, patient, ready, count_queries
):
    url, counts = reverse("conditions:photographs", args=[patient.pk]), []
    as_clinician.get(url)
    for _ in range(2):
        with count_queries() as queries:
            html = as_clinician.get(url).content.decode()
        counts.append(len(queries))
        for _ in range(2):
            photographs.create_photo_set(patient=patient, pattern=PATTERN, by=clinician)

    assert html.count("1 of 2 taken") == 1
    assert html.count("0 of 1 taken") == 2
    assert counts[0] == counts[1]


def test_a_pair_with_wet_and_dry_hair_is_not_laid_over(as_clinician, clinician, patient, ready):
    second = photographs.create_photo_set(patient=patient, pattern=PATTERN, by=clinician)
    later = photographs.take_photograph(photo_set=second, view=ready.view, content=jpeg(), by=clinician)
    photograph_files.prepare_received_photograph(later.pk)
    said = {"has_product": None, "washed_days": 1, "hair_length_cm": None, "hair_colour": "", "light": ""}
    photographs.save_how_taken(photo_set=ready.photo_set, by=clinician, wetness="dry", **said)
    photographs.save_how_taken(photo_set=second, by=clinician, wetness="wet", **said)

    page = as_clinician.get(reverse("conditions:photo_compare", args=[patient.pk])).content.decode()

    assert "Not comparable: hair dry" in page
    assert "photo-pair" not in page


def test_a_course_shows_each_view_before_it_and_last_and_nothing_without_consent(
    clinician, patient, consent, ready, views
):
    before = timezone.now() - timedelta(days=40)
    first = photographs.create_photo_set(patient=patient, pattern=PATTERN, by=clinician, now=before)
    taken = [
        photographs.take_photograph(
            photo_set=first, view=view, content=jpeg("black"), by=clinician, now=before
        )
        for view in views
    ]
    for picture in taken:
        photograph_files.prepare_received_photograph(picture.pk)
    started_on = timezone.localdate() - timedelta(days=20)

    pair, alone = then_and_now_by_view(patient.pk, started_on)
    until_then = then_and_now_by_view(patient.pk, started_on, until=before)
    consent.withdrawn_at, consent.withdrawn_by = timezone.now(), clinician
    consent.save()

    assert (pair.then, pair.now) == (taken[0], ready)
    assert (alone.view, alone.then, alone.now) == (views[1], taken[1], None)
    assert [each.now for each in until_then] == [None, None]
    assert then_and_now_by_view(patient.pk, started_on) == []
