"""Which pairs of photographs a person may score without their dates, and what was said of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from mesoclinic.accounts.models import User
from mesoclinic.core.models import AuditEvent
from patients.models import PatientClinic
from treatments.conditions.models import Photograph
from treatments.conditions.queries.photographs import how_taken, patient_ids_with_record_consent
from treatments.conditions.rules.photographs import PhotoStatus, check_pair_is_comparable
from treatments.response.models import BlindScore
from treatments.response.rules.scoring import Agreement, Answer, PhotoPair, Scores, agreement

#: So many of the clinic's newest pictures are looked at for pairs, and so many of the last scores for agreement.
NEWEST = 2_000
LAST_SCORES = 2_000
#: Pairs of a patient whose record the person opened so lately are not blind to them.
REMEMBERED = timedelta(days=1)


def pairs_to_score(*, rater: User, clinic_pk: int, now: datetime) -> list[PhotoPair]:
    """The first and the last comparable picture of each view of each patient. Three queries.

    Of patients of the clinic whose consent for the record stands, and whose record this person has not just read.
    """
    of_clinic = PatientClinic.objects.filter(clinic=clinic_pk).values("patient")
    pictures = list(
        Photograph.objects.filter(
            photo_set__patient__in=of_clinic, status=PhotoStatus.READY.value, set_aside_at=None
        )
        .select_related("photo_set__patient", "view")
        .order_by("-pk")[:NEWEST]
    )
    by_view: dict[tuple[int, int], list[Photograph]] = {}
    for picture in sorted(pictures, key=lambda each: (each.photo_set.opened_at, each.pk)):
        by_view.setdefault((_person_of(picture), picture.view_id), []).append(picture)
    people = {person for person, _ in by_view}
    allowed = set(patient_ids_with_record_consent(among=people)) - _patients_just_read(rater, now)
    found = []
    for (person, _), taken in by_view.items():
        first, last = taken[0], taken[-1]
        if person not in allowed or first.photo_set_id == last.photo_set_id:
            continue
        if not check_pair_is_comparable(how_taken(first), how_taken(last)):
            found.append(PhotoPair(first.pk, last.pk))
    return found


def _person_of(picture: Photograph) -> int:
    patient = picture.photo_set.patient
    return patient.merged_into_id or patient.pk


def _patients_just_read(rater: User, now: datetime) -> set[int | None]:
    seen = AuditEvent.objects.filter(by=rater, did="patient.viewed", at__gte=now - REMEMBERED)
    return set(seen.order_by("-pk").values_list("patient_id", flat=True)[:NEWEST])


@dataclass(frozen=True, slots=True)
class RaterProgress:
    """What one person was offered so far: every pair that was answered, and what may be repeated."""

    offered: int
    seen: frozenset[PhotoPair]
    repeatable: tuple[PhotoPair, ...]
    scored: int


def progress_of_rater(rater: User) -> RaterProgress:
    """One query."""
    rows = BlindScore.objects.filter(rater=rater).exclude(answer="").order_by("pk")
    rows_read = list(rows.values_list("earlier", "later", "is_repeat", "answer"))
    repeated = {PhotoPair(earlier, later) for earlier, later, is_repeat, _ in rows_read if is_repeat}
    first = [
        (PhotoPair(earlier, later), answer)
        for earlier, later, is_repeat, answer in rows_read
        if not is_repeat
    ]
    return RaterProgress(
        offered=sum(answer != Answer.GONE for *_, answer in rows_read),
        seen=frozenset(pair for pair, _ in first),
        repeatable=tuple(p for p, answer in first if answer == Answer.SCORE and p not in repeated),
        scored=sum(answer in (Answer.SCORE, Answer.CANNOT) for _, answer in first),
    )


def open_pair_or_none(rater: User) -> BlindScore | None:
    """The pair that lies before this person."""
    return (
        BlindScore.objects.filter(rater=rater, answer="")
        .select_related("earlier__photo_set", "later__photo_set", "earlier__view")
        .first()
    )


def shown_pair_or_none(*, rater: User, clinic_pk: int, now: datetime) -> BlindScore | None:
    """The pair that lies before this person, if it may still be shown to them."""
    lying = open_pair_or_none(rater)
    if lying is None:
        return None
    pairs = pairs_to_score(rater=rater, clinic_pk=clinic_pk, now=now)
    return lying if PhotoPair(lying.earlier_id, lying.later_id) in pairs else None


@dataclass(frozen=True, slots=True)
class TwoRaters:
    """Two people and how far they agree; ``second`` is "" where it is one person twice."""

    first: str
    second: str
    agreement: Agreement


def agreements_at_clinic(clinic_pk: int) -> list[TwoRaters]:
    """Each two people who scored the same pairs, and each who scored pairs twice, by name. One query."""
    rows = (
        BlindScore.objects.filter(
            answer=Answer.SCORE.value,
            earlier__photo_set__patient__patient_clinics__clinic=clinic_pk,
        )
        .select_related("rater")
        .order_by("-pk")[:LAST_SCORES]
    )
    names: dict[int, str] = {}
    said: dict[int, dict[PhotoPair, int]] = {}
    again: dict[int, list[Scores]] = {}
    for row in reversed(rows):
        names[row.rater_id] = row.rater.short_name
        pair = PhotoPair(row.earlier_id, row.later_id)
        assert row.score is not None  # the database keeps it so
        if not row.is_repeat:
            said.setdefault(row.rater_id, {})[pair] = row.score
        elif pair in said.get(row.rater_id, {}):
            again.setdefault(row.rater_id, []).append((said[row.rater_id][pair], row.score))
    people = sorted(said, key=lambda pk: (names[pk], pk))
    between = [
        TwoRaters(names[one], names[other], agreement(scores))
        for place, one in enumerate(people)
        for other in people[place + 1 :]
        if (scores := _scores_of_both(said[one], said[other]))
    ]
    return between + [TwoRaters(names[pk], "", agreement(again[pk])) for pk in people if pk in again]


def _scores_of_both(one: dict[PhotoPair, int], other: dict[PhotoPair, int]) -> list[Scores]:
    return [(one[pair], other[pair]) for pair in one if pair in other]


def blind_scores_of_photographs(
    photographs: Iterable[int], *, until: datetime | None = None
) -> Sequence[BlindScore]:
    """What was said of pairs of these pictures, the first first; repeats are left out. One query."""
    numbers = list(photographs)
    rows = BlindScore.objects.filter(
        earlier__in=numbers, later__in=numbers, answer=Answer.SCORE.value, is_repeat=False
    )
    if until is not None:
        rows = rows.filter(answered_at__lte=until)
    return list(rows.select_related("rater", "earlier__view").order_by("earlier__view__order", "pk"))
