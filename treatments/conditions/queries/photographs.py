"""Sets of pictures with their views, what is missing and why; which two pictures of a view can be compared."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from django.db.models import QuerySet
from django.utils import timezone

from patients.models import Consent
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
    RECORD_CONSENT,
    HowTaken,
    Moment,
    PhotoStatus,
    SetProgress,
    is_view_asked_for,
    pattern_of_condition,
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


def patients_with_record_consent() -> QuerySet[Consent, int]:
    """Patients whose consent to photographs for the record stands: the last one signed is not withdrawn.

    A consent that ran out still lets the pictures be seen that were taken under it.
    """
    last = (
        Consent.objects.filter(kind=RECORD_CONSENT)
        .order_by("patient", "-signed_at", "-pk")
        .distinct("patient")
    )
    return Consent.objects.filter(pk__in=last.values("pk"), withdrawn_at=None).values_list(
        "patient", flat=True
    )


def has_record_consent(patient_pk: int) -> bool:
    return patients_with_record_consent().filter(patient=patient_pk).exists()


def usual_pattern_of_patient(patient_pk: int) -> str:
    """The pattern of the last assessment's condition."""
    last = (
        Assessment.objects.filter(patient=patient_pk)
        .order_by("-assessed_at", "-pk")
        .values_list("condition__code", flat=True)
        .first()
    )
    return pattern_of_condition(last or "")


def photo_sets_of_patient(patient_pk: int) -> "QuerySet[PhotoSet]":
    return PhotoSet.objects.filter(patient=patient_pk).order_by("-opened_at", "-pk")


def views_of_pattern(pattern: str) -> list[PhotoView]:
    return list(PhotoView.objects.filter(pattern=pattern, retired_at=None).order_by("order", "code"))


def read_set_page(photo_set: PhotoSet) -> SetPage:
    """The views of a set with their pictures. Four queries, however many there are."""
    views = views_of_pattern(photo_set.pattern)
    mine: dict[int, list[Photograph]] = {}
    for picture in photo_set.photographs.select_related("taken_by").order_by("pk"):
        mine.setdefault(picture.view_id, []).append(picture)
    reasons = dict(MISSING_REASONS)
    skipped = {
        row.view_id: reasons[row.reason]
        for row in SkippedView.objects.filter(photo_set=photo_set).order_by("pk")
    }
    earlier: dict[int, list[Photograph]] = {}
    for picture in _ready_pictures_before(photo_set):
        earlier.setdefault(picture.view_id, []).append(picture)
    days = [_day_of(picture) for pictures in earlier.values() for picture in pictures]
    moment = Moment(
        today=timezone.localdate(photo_set.opened_at),
        session_number=photo_set.session_number,
        is_last_session=photo_set.is_last_session,
        baseline_on=min(days, default=None),
    )
    return SetPage(
        [
            ViewLine(
                view=view,
                photographs=tuple(mine.get(view.pk, ())),
                is_asked_for=is_view_asked_for(
                    view.required_at, moment, last_taken_on=_last_day(earlier.get(view.pk, ()))
                ),
                reason=skipped.get(view.pk, ""),
                ghost=earlier[view.pk][0] if view.pk in earlier else None,
            )
            for view in views
        ]
    )


def _ready_pictures_before(photo_set: PhotoSet) -> "QuerySet[Photograph]":
    return (
        Photograph.objects.filter(
            photo_set__patient=photo_set.patient_id,
            photo_set__pk__lt=photo_set.pk,
            photo_set__pattern=photo_set.pattern,
            status=PhotoStatus.READY.value,
            set_aside_at=None,
        )
        .select_related("photo_set")
        .order_by("photo_set__opened_at", "pk")
    )


def _day_of(picture: Photograph) -> date:
    return timezone.localdate(picture.photo_set.opened_at)


def _last_day(pictures: Iterable[Photograph]) -> date | None:
    return max((_day_of(picture) for picture in pictures), default=None)


def comparable_photographs(patient_pk: int) -> dict[PhotoView, list[Photograph]]:
    """Every picture that counts, by view, oldest first. One query."""
    found: dict[PhotoView, list[Photograph]] = {}
    pictures = (
        Photograph.objects.filter(
            photo_set__patient=patient_pk, status=PhotoStatus.READY.value, set_aside_at=None
        )
        .select_related("photo_set", "view")
        .order_by("view__pattern", "view__order", "photo_set__opened_at", "pk")
    )
    for picture in pictures:
        found.setdefault(picture.view, []).append(picture)
    return found


def how_taken(photograph: Photograph) -> HowTaken:
    """What the set says of hair and light."""
    said = photograph.photo_set
    return HowTaken(
        on=_day_of(photograph),
        view=photograph.view.code,
        wetness=said.wetness,
        has_product=said.has_product,
        washed_days=said.washed_days,
        hair_length_cm=said.hair_length_cm,
        hair_colour=said.hair_colour,
        light=said.light,
    )


def last_landmarks(photographs: Iterable[Photograph]) -> dict[int, PhotoLandmarks]:
    """The points that were placed last, by the number of the picture. One query."""
    rows = PhotoLandmarks.objects.filter(photograph__in=[p.pk for p in photographs])
    return {row.photograph_id: row for row in rows.order_by("pk")}


def releases_of_patient(patient_pk: int) -> list[PhotoRelease]:
    """Every consent to use a picture, the last first."""
    return list(
        PhotoRelease.objects.filter(photograph__photo_set__patient=patient_pk)
        .select_related("photograph__view", "photograph__photo_set")
        .order_by("-given_at", "-pk")
    )
