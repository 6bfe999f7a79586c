"""Sets of pictures with their views, what is missing and why; which two pictures of a view can be compared."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db.models import Exists, Q, QuerySet, Subquery, Window
from django.db.models.functions import Coalesce, RowNumber
from django.utils import timezone

from patients.models import Consent, records_of, records_of_person
from treatments.conditions.models import (
    Assessment,
    Photograph,
    PhotoLandmarks,
    PhotoRelease,
    PhotoSet,
    PhotoView,
    SkippedView,
)
from treatments.conditions.rules.photographs import (
    MISSING_REASONS,
    PURPOSES,
    RECORD_CONSENT,
    ComparedRow,
    HowTaken,
    Moment,
    PhotoStatus,
    SetProgress,
    UseOfPictures,
    baseline_day,
    how_taken_comparison_rows,
    is_view_asked_for,
    pattern_of_condition,
    record_use,
    use_of_pictures,
)


@dataclass(frozen=True, slots=True)
class ViewLine:
    """A view of a set: its pictures, newest last, or why there is none."""

    view: PhotoView
    photographs: tuple[Photograph, ...]
    is_asked_for: bool
    reason: str = ""
    ghost: Photograph | None = None

    @property
    def is_taken(self) -> bool:
        return any(picture.status != PhotoStatus.REFUSED for picture in self.photographs)

    @property
    def is_missing(self) -> bool:
        return self.is_asked_for and not self.is_taken and not self.reason


@dataclass(frozen=True, slots=True)
class SetPage:
    """All that the page of a set shows of its views."""

    lines: list[ViewLine] = field(default_factory=list)

    @property
    def progress(self) -> SetProgress:
        asked = [line for line in self.lines if line.is_asked_for or line.is_taken]
        return SetProgress(
            taken=sum(line.is_taken for line in asked),
            asked=len(asked),
            left_out=tuple(
                (line.view.name, line.reason) for line in asked if line.reason and not line.is_taken
            ),
        )


def patient_ids_with_record_consent(among: Iterable[int] | None = None) -> QuerySet[Consent, int]:
    """Patients (those that are kept) whose consent to photographs for the record stands: the last is not withdrawn.

    A consent that ran out still lets the pictures be seen that were taken under it. ``among``: no others are looked at.
    """
    person = Coalesce("patient__merged_into", "patient")
    newest_first = Window(RowNumber(), partition_by=person, order_by=["-signed_at", "-pk"])
    consents = Consent.objects.filter(kind=RECORD_CONSENT)
    if among is not None:
        people = list(among)
        consents = consents.filter(Q(patient__in=people) | Q(patient__merged_into__in=people))
    last = consents.annotate(place=newest_first).filter(place=1).order_by()
    standing = Consent.objects.filter(pk__in=last.values("pk"), withdrawn_at=None)
    return standing.annotate(person=person).values_list("person", flat=True)


def has_record_consent(patient_pk: int) -> bool:
    last = _record_consents_of_person(patient_pk).values_list("withdrawn_at", flat=True)[:1]
    return list(last) == [None]


def uses_of_pictures(patient_pk: int) -> list[UseOfPictures]:
    """For what this patient's pictures may be used, the record first. Two queries."""
    last = _record_consents_of_person(patient_pk).values_list("signed_at", "withdrawn_at").first()
    signed, withdrawn = last or (None, None)
    given: dict[str, list[tuple[date, date | None]]] = {}
    releases = PhotoRelease.objects.filter(photograph__photo_set__patient__in=records_of(patient_pk))
    for purpose, at, back in releases.order_by("-pk").values_list("purpose", "given_at", "withdrawn_at"):
        given.setdefault(purpose, []).append((timezone.localdate(at), back and timezone.localdate(back)))
    record = record_use(signed and timezone.localdate(signed), withdrawn and timezone.localdate(withdrawn))
    return [record, *(use_of_pictures(label, given.get(purpose, ())) for purpose, label in PURPOSES)]


def id_who_withdrew_record_consent_or_none(patient_pk: int) -> int | None:
    """The number of who withdrew the last consent for the record; None while it stands."""
    return _record_consents_of_person(patient_pk).values_list("withdrawn_by", flat=True).first()


def _record_consents_of_person(patient_pk: int) -> QuerySet[Consent]:
    of_person = {"patient__in": records_of_person(patient_pk)}
    return Consent.objects.filter(kind=RECORD_CONSENT, **of_person).order_by("-signed_at", "-pk")


def pattern_of_last_assessed_condition(patient_pk: int) -> str:
    """The pattern of the last assessment's condition."""
    last = (
        Assessment.objects.filter(patient__in=records_of(patient_pk))
        .order_by("-assessed_at", "-pk")
        .values_list("condition__code", flat=True)
        .first()
    )
    return pattern_of_condition(last or "")


def photo_sets_of_patient(patient_pk: int) -> "QuerySet[PhotoSet]":
    return PhotoSet.objects.filter(patient__in=records_of(patient_pk)).order_by("-opened_at", "-pk")


def read_photo_set_with_views(photo_set: PhotoSet) -> SetPage:
    """The views of a set with their pictures."""
    return read_photo_sets_with_views([photo_set])[photo_set.pk]


def read_photo_sets_with_views(photo_sets: Sequence[PhotoSet]) -> dict[int, SetPage]:
    """The views of each set with their pictures, by the number of the set. Four queries, however many there are."""
    patterns = {photo_set.pattern for photo_set in photo_sets}
    views: dict[str, list[PhotoView]] = {}
    for view in PhotoView.objects.filter(pattern__in=patterns, retired_at=None).order_by("order", "code"):
        views.setdefault(view.pattern, []).append(view)
    taken: dict[tuple[int, int], list[Photograph]] = {}
    pictures = Photograph.objects.filter(photo_set__in=photo_sets).select_related("taken_by")
    for picture in pictures.order_by("pk"):
        taken.setdefault((picture.photo_set_id, picture.view_id), []).append(picture)
    reasons = dict(MISSING_REASONS)
    skipped = {
        (row.photo_set_id, row.view_id): reasons[row.reason]
        for row in SkippedView.objects.filter(photo_set__in=photo_sets).order_by("pk")
    }
    counted = list(_ready_pictures_of_patients({photo_set.patient_id for photo_set in photo_sets}))
    return {
        photo_set.pk: SetPage(
            _view_lines(photo_set, views.get(photo_set.pattern, []), taken, skipped, counted)
        )
        for photo_set in photo_sets
    }


def _view_lines(
    photo_set: PhotoSet,
    views: Sequence[PhotoView],
    taken: Mapping[tuple[int, int], Sequence[Photograph]],
    skipped: Mapping[tuple[int, int], str],
    counted: Iterable[Photograph],
) -> list[ViewLine]:
    earlier: dict[int, list[Photograph]] = {}
    for picture in counted:
        before = picture.photo_set
        is_of_these = (before.patient_id, before.pattern) == (photo_set.patient_id, photo_set.pattern)
        if is_of_these and before.pk < photo_set.pk:
            earlier.setdefault(picture.view_id, []).append(picture)
    days = [_day_of_photograph(picture) for pictures in earlier.values() for picture in pictures]
    moment = Moment(
        today=timezone.localdate(photo_set.opened_at),
        session_number=photo_set.session_number,
        is_last_session=photo_set.is_last_session,
        baseline_on=min(days, default=None),
    )
    return [
        ViewLine(
            view=view,
            photographs=tuple(taken.get((photo_set.pk, view.pk), ())),
            is_asked_for=is_view_asked_for(
                view.required_at,
                moment,
                last_taken_on=_last_day_of_photographs_or_none(earlier.get(view.pk, ())),
            ),
            reason=skipped.get((photo_set.pk, view.pk), ""),
            ghost=earlier[view.pk][0] if view.pk in earlier else None,
        )
        for view in views
    ]


def _ready_pictures_of_patients(patients: Iterable[int]) -> "QuerySet[Photograph]":
    return (
        Photograph.objects.filter(
            photo_set__patient__in=patients, status=PhotoStatus.READY.value, set_aside_at=None
        )
        .select_related("photo_set")
        .order_by("photo_set__opened_at", "pk")
    )


def _day_of_photograph(picture: Photograph) -> date:
    return timezone.localdate(picture.photo_set.opened_at)


def _last_day_of_photographs_or_none(pictures: Iterable[Photograph]) -> date | None:
    return max((_day_of_photograph(picture) for picture in pictures), default=None)


def photographs_of_set_count(photo_set_pk: int) -> dict[str, int]:
    """How many pictures a set has, and how many of them are still being prepared. One query."""
    states = list(Photograph.objects.filter(photo_set=photo_set_pk).values_list("status", flat=True))
    return {"count": len(states), "waiting": states.count(PhotoStatus.RECEIVED.value)}


def counted_photographs_by_view(patient_pk: int) -> dict[PhotoView, list[Photograph]]:
    """Every picture that counts, by view, oldest first; none without a consent for the record. One query."""
    last = _record_consents_of_person(patient_pk).values("pk")[:1]
    stands = Exists(Consent.objects.filter(pk=Subquery(last), withdrawn_at=None))
    found: dict[PhotoView, list[Photograph]] = {}
    pictures = (
        Photograph.objects.filter(
            stands,
            photo_set__patient__in=records_of(patient_pk),
            status=PhotoStatus.READY.value,
            set_aside_at=None,
        )
        .select_related("photo_set", "view")
        .order_by("view__pattern", "view__order", "photo_set__opened_at", "pk")
    )
    for picture in pictures:
        found.setdefault(picture.view, []).append(picture)
    return found


@dataclass(frozen=True, slots=True)
class ThenAndNow:
    """A view before a course and as it was last; ``now`` is None where there is one picture alone."""

    view: PhotoView
    then: Photograph
    now: Photograph | None = None

    @property
    def differences_text(self) -> str:
        """What was not the same when they were taken; "" where nothing is known to differ."""
        said = (
            f"{row.label.lower()} {row.then}, now {row.now}" for row in self._compared_rows if row.differs
        )
        return "; ".join(said)

    @property
    def same_text(self) -> str:
        """What was the same when they were taken; "" where nothing is known to be."""
        same = (row.label.lower() for row in self._compared_rows if row.differs is False)
        return ", ".join(same)

    @property
    def _compared_rows(self) -> list[ComparedRow]:
        if self.now is None:
            return []
        return how_taken_comparison_rows(how_taken(self.then), how_taken(self.now))


def then_and_now_by_view(
    patient_pk: int, started_on: date | None, *, until: datetime | None = None
) -> list[ThenAndNow]:
    """Each view with the picture before the first session and the last one, pairs first. One query.

    None without a consent to photographs for the record.
    """
    found = []
    for view, pictures in counted_photographs_by_view(patient_pk).items():
        taken = [one for one in pictures if until is None or one.photo_set.opened_at <= until]
        if taken:
            on = baseline_day([_day_of_photograph(one) for one in taken], started_on)
            then = next(one for one in reversed(taken) if _day_of_photograph(one) == on)
            found.append(ThenAndNow(view, then, None if taken[-1] == then else taken[-1]))
    return sorted(found, key=lambda each: each.now is None)


def how_taken(photograph: Photograph) -> HowTaken:
    """What the set says of hair and light."""
    said = photograph.photo_set
    return HowTaken(
        on=_day_of_photograph(photograph),
        view=photograph.view.code,
        wetness=said.wetness,
        has_product=said.has_product,
        washed_days=said.washed_days,
        hair_length_cm=said.hair_length_cm,
        hair_colour=said.hair_colour,
        light=said.light,
    )


def last_landmarks_by_photograph(photographs: Iterable[Photograph]) -> dict[int, PhotoLandmarks]:
    """The points that were placed last, by the number of the picture. One query."""
    rows = PhotoLandmarks.objects.filter(photograph__in=[p.pk for p in photographs])
    return {row.photograph_id: row for row in rows.order_by("pk")}


def last_landmarks_of_view_or_none(photograph: Photograph) -> PhotoLandmarks | None:
    """The points placed last on another picture of the same view and patient."""
    placed = PhotoLandmarks.objects.filter(
        photograph__view=photograph.view_id,
        photograph__photo_set__patient__in=records_of_person(photograph.photo_set.patient_id),
    )
    return placed.exclude(photograph=photograph).select_related("photograph").order_by("-pk").first()


def releases_of_patient(patient_pk: int) -> list[PhotoRelease]:
    """Every consent to use a picture, the last first."""
    return list(
        PhotoRelease.objects.filter(photograph__photo_set__patient__in=records_of(patient_pk))
        .select_related("photograph__view", "photograph__photo_set")
        .order_by("-given_at", "-pk")
    )
