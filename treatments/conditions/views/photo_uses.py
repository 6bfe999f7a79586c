"""Pictures given out for a purpose, taken back, laid over each other, and the points that this needs."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.core.findings import Refused
from mesoclinic.core.idempotency import once
from mesoclinic.core.images import THUMBNAIL_SIDE, transformed_picture_jpeg
from patients.actions.people import record_viewing
from patients.models import Patient, records_of_person
from treatments.conditions.actions.photograph_files import release_photograph, withdraw_release
from treatments.conditions.actions.photographs import place_landmarks
from treatments.conditions.forms.photographs import ReleaseForm
from treatments.conditions.models import PhotoRelease
from treatments.conditions.queries import photographs as queries
from treatments.conditions.rules.photographs import (
    check_pair_is_comparable,
    how_taken_comparison_rows,
    similarity_coefficients,
)
from treatments.conditions.views.photographs import (
    audited_picture_response,
    file_name,
    jpeg_response,
    photograph_with_consent_or_404,
    read_file_and_audit_or_404,
)

#: How two pictures are shown; all but side by side need the four points on both.
_MODES = ("slider", "side", "overlay")
#: Both pictures of a comparison are drawn in a frame so wide.
_COMPARED_WIDTH = 1_000


@requires_permission(Permission.TAKE_PHOTOGRAPHS)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def show_or_release_photograph(request, pk):
    """Ask the patient, now, whether this picture may be used for a purpose; then it can be taken out."""
    picture = photograph_with_consent_or_404(pk)
    form = ReleaseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            release_photograph(photograph=picture, by=request.user, **form.cleaned_data)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, "The copy is ready. It is deleted when the consent is withdrawn.")
            return redirect("conditions:photographs", picture.photo_set.patient_id)
    context = {
        "title": "Use a photograph",
        "patient": picture.photo_set.patient,
        "step": "",
        "nav_on": "patients",
        "picture": picture,
        "form": form,
    }
    return render(
        request, "treatments/conditions/photo_release.html", context, status=422 if form.is_bound else 200
    )


@requires_permission(Permission.TAKE_PHOTOGRAPHS)
@require_POST
@once
def withdraw_posted_release(request, pk):
    """Taken back: the copy is deleted at once."""
    found = PhotoRelease.objects.select_related("photograph__photo_set")
    release = get_object_or_404(found, pk=pk)
    try:
        withdraw_release(release=release, by=request.user)
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, "Withdrawn, and the copy is deleted.")
    return redirect("conditions:photographs", release.photograph.photo_set.patient_id)


@requires_permission(Permission.SEE_PHOTOGRAPHS)
@require_safe
def released_copy_file(request, pk):
    """The copy for a purpose, as a file to keep."""
    release = get_object_or_404(PhotoRelease, pk=pk, withdrawn_at=None)
    picture = photograph_with_consent_or_404(release.photograph_id)
    name = f'attachment; filename="{file_name(picture)}"'
    return audited_picture_response(
        request, picture, release.copy.name, did="photograph.taken_out", Content_Disposition=name
    )


@requires_permission(Permission.TAKE_PHOTOGRAPHS)
@require_http_methods(["GET", "HEAD", "POST"])
def show_or_place_landmarks(request, pk):
    """Four presses on the picture, one after the other; the fourth saves. No script is needed."""
    picture = photograph_with_consent_or_404(pk)
    width, height = thumbnail_size(picture)
    points = _placed_points_from_texts(request.POST.getlist("point"))
    wrong = ""
    if request.method == "POST":
        try:
            x, y = int(request.POST["at.x"]) / width, int(request.POST["at.y"]) / height
        except (KeyError, ValueError):
            wrong = "Press on the picture where the point is."
        else:
            points += [min(1.0, max(0.0, x)), min(1.0, max(0.0, y))]
        if len(points) == 8:
            try:
                place_landmarks(photograph=picture, points=points, by=request.user)
            except Refused as refused:
                wrong, points = str(refused), []
            else:
                return redirect(_compare_address(picture))
    like = queries.last_landmarks_of_view_or_none(picture)
    context = {
        "title": "Four points",
        "patient": picture.photo_set.patient,
        "step": "",
        "nav_on": "patients",
        "picture": picture,
        "width": width,
        "height": height,
        "points": [f"{value:.5f}" for value in points],
        "number": len(points) // 2 + 1,
        "marks": _landmark_marks_on_picture(points, (width, height)),
        "like": like and _landmarks_example_context(like),
        "wrong": wrong,
        "compare": _compare_address(picture),
    }
    return render(
        request, "treatments/conditions/photo_landmarks.html", context, status=422 if wrong else 200
    )


def _landmark_marks_on_picture(points, size):
    """Where each point is drawn on a picture of this size, and its number."""
    pairs = zip(points[0::2], points[1::2], strict=True)
    return [
        {"x": round(x * size[0]), "y": round(y * size[1]), "number": n} for n, (x, y) in enumerate(pairs, 1)
    ]


def _landmarks_example_context(landmarks):
    """Another picture of the view with its points, half as large, to place these in the same order."""
    picture = landmarks.photograph
    width, height = (round(side / 2) for side in thumbnail_size(picture))
    return {
        "picture": picture,
        "width": width,
        "height": height,
        "marks": _landmark_marks_on_picture(landmarks.points, (width, height)),
    }


def _placed_points_from_texts(texts):
    """The points placed so far, as shares; none where the form was tampered with."""
    try:
        points = [float(text) for text in texts]
    except ValueError:
        return []
    return points if len(points) in (2, 4, 6) and all(0 <= value <= 1 for value in points) else []


def thumbnail_size(picture):
    """The size of the thumbnail, from that of the master."""
    share = min(1.0, THUMBNAIL_SIDE / max(picture.width, picture.height))
    return round(picture.width * share), round(picture.height * share)


def _compare_address(picture):
    return (
        f"{reverse('conditions:photo_compare', args=[picture.photo_set.patient_id])}?view={picture.view_id}"
    )


@requires_permission(Permission.SEE_PHOTOGRAPHS)
@require_safe
def photo_compare_page(request, pk):
    """Two pictures of one view: a slider, or side by side. Nothing is scored and nothing is enhanced."""
    patient = get_object_or_404(Patient, pk=pk)
    record_viewing(patient=patient, by=request.user, page="photographs compared")
    has_consent = queries.has_record_consent(pk)
    found = queries.counted_photographs_by_view(pk) if has_consent else {}
    by_pk = {view.pk: pictures for view, pictures in found.items()}
    paired = [view for view, pictures in found.items() if len(pictures) > 1]
    asked = request.GET.get("view", "")
    view = next((v for v in found if str(v.pk) == asked), paired[0] if paired else None)
    pictures = by_pk.get(view.pk, []) if view else []
    context = {
        "title": "Compare",
        "patient": patient,
        "step": "",
        "nav_on": "patients",
        "has_consent": has_consent,
        "views": [
            {"view": v, "last": rows[-1], "is_on": v == view, "is_single": len(rows) == 1}
            for v, rows in found.items()
        ],
        "view": view,
        "pictures": pictures,
        "mode": asked_mode if (asked_mode := request.GET.get("mode", "")) in _MODES else _MODES[0],
        **(_pair_context(request, pictures) if len(pictures) > 1 else {}),
    }
    return render(request, "treatments/conditions/photo_compare.html", context)


def _pair_context(request, pictures):
    by_pk = {str(picture.pk): picture for picture in pictures}
    chosen = (
        by_pk.get(request.GET.get("then", ""), pictures[0]),
        by_pk.get(request.GET.get("now", ""), pictures[-1]),
    )
    # The earlier one stands first, whichever way they were chosen.
    then, now = sorted(chosen, key=pictures.index)
    old, new = queries.how_taken(then), queries.how_taken(now)
    landmarks = queries.last_landmarks_by_photograph([then, now])
    return {
        "then": then,
        "now": now,
        "then_said": _day_taken_text(then, now),
        "now_said": _day_taken_text(now, then),
        "weeks": (new.on - old.on).days // 7,
        "refusals": check_pair_is_comparable(old, new),
        "rows": how_taken_comparison_rows(old, new),
        "is_aligned": then.pk in landmarks and now.pk in landmarks,
        "without_points": [picture for picture in (then, now) if picture.pk not in landmarks],
    }


def _day_taken_text(picture, other):
    """The day it was taken; with the time where the other is of the same day."""
    day, of_other = timezone.localtime(picture.taken_at), timezone.localtime(other.taken_at)
    return date_format(day, "j M Y, H:i" if day.date() == of_other.date() else "j M Y")


@requires_permission(Permission.SEE_PHOTOGRAPHS)
@require_safe
def aligned_file(request, pk, to_pk):
    """A picture turned, sized and moved so that its four points lie on those of another of the same view and patient."""
    picture, to = photograph_with_consent_or_404(pk), photograph_with_consent_or_404(to_pk)
    person = records_of_person(picture.photo_set.patient_id)
    same = picture.view_id == to.view_id and person.filter(pk=to.photo_set.patient_id).exists()
    placed = queries.last_landmarks_by_photograph([picture, to])
    if not same or picture.pk not in placed or to.pk not in placed:
        raise Http404
    size = (_COMPARED_WIDTH, round(_COMPARED_WIDTH * to.height / to.width))
    coefficients = similarity_coefficients(
        placed[to.pk].points, size, placed[picture.pk].points, (picture.width, picture.height)
    )
    content = read_file_and_audit_or_404(request, picture, picture.master.name, did="photograph.viewed")
    return jpeg_response(transformed_picture_jpeg(content, coefficients, size))
