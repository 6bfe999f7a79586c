"""Pairs are offered without what would tell whose and when, scored once, and never those one has just read."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from mesoclinic.core.findings import Refused
from mesoclinic.core.models import AuditEvent
from patients.actions.people import record_viewing
from tests import factories
from tests.conftest import signed_in
from tests.photographs import agreed, make_view, take
from tests.treatments.response.conftest import book, measure
from treatments.conditions.actions.photographs import save_how_taken
from treatments.conditions.models import Photograph
from treatments.conditions.models.photographs import photograph_storage
from treatments.response.actions.scoring import answer_pair, offer_pair_or_none
from treatments.response.models import BlindScore, ReviewRule
from treatments.response.queries.scoring import agreements_at_clinic, blind_scores_of_photographs

URL = "response:scoring"


def make_pair(clinic, by, view=None, days=(90, 1)):
    """Two pictures of one view of one more patient."""
    patient, view = agreed(by, at=clinic), view or make_view()
    return [
        take(patient, view, by=by, days_ago=ago, colour=c)
        for ago, c in zip(days, ("brown", "black"), strict=True)
    ]


@pytest.fixture
def pair(clinic, clinician):
    return make_pair(clinic, clinician)


@pytest.fixture
def second(clinic):
    """Another clinician of the clinic."""
    return factories.UserFactory(roles=["clinician"], clinic=clinic)


def test_a_pair_is_the_first_and_the_last_picture_of_one_view(clinic, clinician, pair):
    take(pair[0].photo_set.patient, make_view(2, "Part"), by=clinician)
    take(pair[0].photo_set.patient, pair[0].view, by=clinician, days_ago=40)

    offered = offer_pair_or_none(rater=clinician, clinic=clinic)

    assert {offered.earlier, offered.later} == set(pair)
    assert (offered.earlier, offered.later) == tuple(pair)


def test_the_page_and_its_pictures_tell_neither_whose_nor_when_nor_which_is_later(
    as_clinician, clinic, clinician, pair, once
):
    as_clinician.post(reverse(URL), {"once": once()})
    html = as_clinician.get(reverse(URL)).content.decode()

    offered = BlindScore.objects.get()
    main = html[html.index("<main") : html.index("</main")]
    patient = pair[0].photo_set.patient
    told = [patient.given_names, patient.family_name, patient.record_number, f"/photographs/{pair[0].pk}"]
    told += [f"{each.taken_at:%-d %b %Y}" for each in pair]
    assert [word for word in told if word in main] == []
    pictures = {
        side: as_clinician.get(reverse("response:scoring_picture", args=[offered.pk, side]))
        for side in ("left", "right")
    }
    later = "right" if offered.is_later_right else "left"
    with photograph_storage().open(pair[1].master.name) as stored:
        assert pictures[later].content == stored.read()
    assert pictures["left"].content != pictures["right"].content
    assert all("no-store" in answer["Cache-Control"] for answer in pictures.values())
    assert AuditEvent.objects.filter(did="photograph.viewed", by=clinician).count() == 2


@pytest.mark.parametrize("pressed", ["2", "-3", "0"])
def test_a_score_is_kept_as_of_the_later_picture(as_clinician, clinic, clinician, pair, once, pressed):
    offered = offer_pair_or_none(rater=clinician, clinic=clinic)

    as_clinician.post(reverse(URL), {"pair": offered.pk, "score": pressed, "once": once()})

    offered.refresh_from_db()
    assert (offered.answer, offered.score) == ("score", int(pressed) * (1 if offered.is_later_right else -1))
    event = AuditEvent.objects.get(did="photographs.scored")
    assert (event.patient_id, "score" in event.data) == (pair[0].photo_set.patient_id, False)


def test_cannot_tell_is_an_answer_and_nothing_chosen_is_none(as_clinician, clinic, clinician, pair, once):
    offered = offer_pair_or_none(rater=clinician, clinic=clinic)

    for wrong in ({}, {"score": "4"}, {"score": "x"}):
        html = as_clinician.post(
            reverse(URL), {"pair": offered.pk, "once": once(), **wrong}, follow=True
        ).content.decode()
        assert "Choose −3 to +3" in html
    as_clinician.post(reverse(URL), {"pair": offered.pk, "cannot": "1", "once": once()})

    offered.refresh_from_db()
    assert (offered.answer, offered.score) == ("cannot", None)


def test_a_score_is_not_changed_by_anybody(clinic, clinician, second, pair):
    offered = offer_pair_or_none(rater=clinician, clinic=clinic)
    with pytest.raises(Refused, match="somebody else"):
        answer_pair(scored=offered, pressed=1, by=second)
    answer_pair(scored=offered, pressed=1, by=clinician)

    with pytest.raises(Refused, match="not changed afterwards"):
        answer_pair(scored=offered, pressed=2, by=clinician)
    with pytest.raises(IntegrityError, match="frozen"), transaction.atomic():
        BlindScore.objects.filter(pk=offered.pk).update(score=3)
    with pytest.raises(IntegrityError, match="kept"), transaction.atomic():
        BlindScore.objects.filter(pk=offered.pk).delete()


def test_a_pair_lies_open_until_it_is_answered_and_then_comes_no_more(clinic, clinician, pair):
    first = offer_pair_or_none(rater=clinician, clinic=clinic)

    assert offer_pair_or_none(rater=clinician, clinic=clinic) == first
    answer_pair(scored=first, pressed=0, by=clinician)
    assert offer_pair_or_none(rater=clinician, clinic=clinic) is None


def record_read(picture, clinician):
    record_viewing(patient=picture.photo_set.patient, by=clinician, page="photographs compared")


def consent_withdrawn(picture, clinician):
    consent = picture.photo_set.patient.consents.get(kind="photo")
    consent.withdrawn_at, consent.withdrawn_by = timezone.now(), clinician
    consent.save()


def wetness_differs(picture, clinician):
    said = {"has_product": None, "washed_days": 1, "hair_length_cm": None, "hair_colour": "", "light": ""}
    others = Photograph.objects.exclude(pk=picture.pk)
    save_how_taken(photo_set=picture.photo_set, by=clinician, wetness="dry", **said)
    save_how_taken(photo_set=others.get().photo_set, by=clinician, wetness="wet", **said)


@pytest.mark.parametrize("what", [record_read, consent_withdrawn, wetness_differs])
def test_no_pair_is_offered_or_left_open_of_whom_one_has_read_without_consent_or_not_alike(
    what, as_clinician, clinic, clinician, pair
):
    offered = offer_pair_or_none(rater=clinician, clinic=clinic)
    what(pair[0], clinician)

    assert (
        reverse("response:scoring_picture", args=[offered.pk, "left"])
        not in as_clinician.get(reverse(URL)).content.decode()
    )
    assert offer_pair_or_none(rater=clinician, clinic=clinic) is None
    offered.refresh_from_db()
    assert (offered.answer, offered.score) == ("gone", None)
    picture = reverse("response:scoring_picture", args=[offered.pk, "left"])
    assert as_clinician.get(picture).status_code == 404


def test_a_pair_of_whom_one_read_yesterday_is_offered(clinic, clinician, pair):
    record_read(pair[0], clinician)

    tomorrow = timezone.now() + timedelta(days=1, minutes=1)
    assert offer_pair_or_none(rater=clinician, clinic=clinic, now=tomorrow) is not None


def test_pairs_of_other_clinics_and_pictures_of_others_pairs_are_not_seen(clinic, clinician, second, pair):
    elsewhere = factories.ClinicFactory(name="Another")
    stranger = factories.UserFactory(roles=["clinician"], clinic=elsewhere)
    offered = offer_pair_or_none(rater=clinician, clinic=clinic)

    assert offer_pair_or_none(rater=stranger, clinic=elsewhere) is None
    url = reverse("response:scoring_picture", args=[offered.pk, "left"])
    assert [signed_in(who).get(url).status_code for who in (clinician, second)] == [200, 404]


def score_all(rater, clinic, scores):
    """Answers each pair with the score of its earlier picture's number; a repeat with the same."""
    while (offered := offer_pair_or_none(rater=rater, clinic=clinic)) is not None:
        score = scores[offered.earlier_id]
        answer_pair(scored=offered, pressed=score if offered.is_later_right else -score, by=rater)


def test_agreement_of_two_people_is_counted_without_repeats_and_told_from_twenty(
    clinic, clinician, second, pair
):
    make_pair(clinic, clinician)
    firsts = sorted(
        Photograph.objects.filter(taken_at__lt=timezone.now() - timedelta(days=30)).values_list(
            "pk", flat=True
        )
    )
    for rater in (clinician, second):
        score_all(rater, clinic, dict(zip(firsts, (1, -2), strict=True)))

    (both,) = agreements_at_clinic(clinic.pk)

    assert {both.first, both.second} == {clinician.short_name, second.short_name}
    assert both.agreement.text == "2 of 20 pairs: not told yet"
    scores = blind_scores_of_photographs([each.pk for each in pair])
    assert [(row.rater, row.score) for row in scores] == [(clinician, 1), (second, 1)]


def test_one_more_pair_costs_no_more_queries(as_clinician, clinic, clinician, pair, count_queries):
    offer_pair_or_none(rater=clinician, clinic=clinic)
    as_clinician.get(reverse(URL))
    counts = []
    for _ in range(2):
        with count_queries() as queries:
            as_clinician.get(reverse(URL))
        counts.append(len(queries))
        for _ in range(2):
            make_pair(clinic, clinician)

    assert counts[0] == counts[1] <= 20


@pytest.fixture
def course(clinic, clinician, reviewed_course):
    """A course to review of somebody who was photographed before it and now."""
    patient = reviewed_course.patient
    text = factories.ConsentTextFactory(kind="photo")
    factories.ConsentFactory(patient=patient, kind="photo", text=text, taken_by=clinician)
    # After the day of the first session, which is today.
    for days_ago in (90, -1):
        take(patient, make_view(), by=clinician, days_ago=days_ago)
    return reviewed_course


def test_the_review_says_how_its_pictures_were_scored_and_read_together_it_does_not(
    as_clinician, clinic, clinician, second, course
):
    first = Photograph.objects.order_by("pk").first()
    for rater, score in ((clinician, 1), (second, -2)):
        score_all(rater, clinic, {first.pk: score})
    url = reverse("response:review", args=[course.pk])

    usual, large = as_clinician.get(url), as_clinician.get(f"{url}?large=1")

    assert [(row["scores"], row["by"]) for row in usual.context["blind"]] == [
        ("+1 and −2", f"{clinician.short_name}, {second.short_name}")
    ]
    assert "Scored with dates hidden" in usual.content.decode()
    html = large.content.decode()
    assert 'class="is-large"' in html
    assert ("Scored with dates hidden" in html, "Shaded: the middle half of others" in html) == (False, False)


def test_a_review_with_everything_on_it_reads_no_more_than_twenty_times(
    as_clinician, clinic, clinician, course, density, count_queries
):
    for days_ago, value in ((30, 120), (0, 150)):
        measure(density, course.patient, value, days_ago=days_ago)
    ReviewRule.objects.create(
        code="DENSITY", when="session 5", measures="HAIR_DENSITY", honesty_line="Association."
    )
    book(course, 2, days=14, clinician=clinician)
    url = reverse("response:review", args=[course.pk])
    as_clinician.get(url)

    with count_queries() as queries:
        page = as_clinician.get(url)

    assert (len(page.context["measured"]), len(page.context["pictures"]), len(page.context["rules"])) == (
        1,
        1,
        1,
    )
    assert page.context["waiting"] == [2]
    reads = [query for query in queries if query.startswith("SELECT")]
    assert (len(reads) <= 20, len(queries) - len(reads)) == (True, 1), "\n".join(q[:200] for q in queries)


def test_the_comparison_leads_to_the_review_of_a_course_that_has_begun_and_to_other_pairs(
    as_clinician, clinic, clinician, pair, course
):
    addresses = [
        reverse("conditions:photo_compare", args=[patient.pk])
        for patient in (pair[0].photo_set.patient, course.patient)
    ]
    review = reverse("response:review", args=[course.pk])

    pages = [as_clinician.get(address).content.decode() for address in addresses]

    assert [review in page for page in pages] == [False, True]
    assert all(reverse(URL) in page for page in pages)
