"""Hairs counted on a picture by tapping each: once, a second time without seeing the first, then kept as a measurement."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.core import autosave
from mesoclinic.core.findings import Refused
from mesoclinic.core.idempotency import once
from mesoclinic.core.quantities import plain_number_text
from mesoclinic.core.reasons import add_all_errors
from patients.actions.people import record_viewing
from treatments.conditions.actions.hair_counts import record_counted_density, save_hair_count
from treatments.conditions.forms.hair_counts import CountForm, KeepCountForm, points_of_text, text_of_points
from treatments.conditions.queries import hair_counts as queries
from treatments.conditions.rules.hair_counts import GRID, counts_text, density_per_cm2
from treatments.conditions.views.photographs import photograph_with_consent_or_404

KIND = "hair-count"
#: How wide the picture is drawn, and how many times wider on demand.
_WIDTH, ZOOMS = 640, (1, 2, 4)


@requires_permission(Permission.ASSESS)
@require_http_methods(["GET", "HEAD", "POST"])
def show_or_count_hairs(request, pk):
    """One press, one hair. Without a script each press is sent and comes back as a mark."""
    picture = photograph_with_consent_or_404(pk)
    subject = f"photograph:{pk}"
    if request.method != "POST":
        record_viewing(patient=picture.photo_set.patient, by=request.user, page="hair count")
        draft = autosave.autosave_or_none(owner=request.user, kind=KIND, subject=subject)
        typed = autosave.autosave_as_posted(draft) if draft else {}
        return _render_count_page(request, picture, points_of_text(typed.get("points", "")), typed)
    form = CountForm(request.POST)
    points = points_of_text(request.POST.get("points", ""))
    if "save" not in request.POST:
        return _render_count_page(request, picture, _points_after_press(request.POST, points), request.POST)
    if form.is_valid():
        try:
            save_hair_count(
                photograph=picture,
                points=form.cleaned_data["points"],
                field_cm2=form.cleaned_data["field_cm2"],
                by=request.user,
            )
        except Refused as refused:
            add_all_errors(refused, form)
        else:
            autosave.delete_autosave(owner=request.user, kind=KIND, subject=subject)
            messages.success(request, "The count is saved.")
            return redirect("conditions:hair_count", pk)
    return _render_count_page(request, picture, points, request.POST, form=form, status=422)


def _points_after_press(posted, points):
    """With the hair that was pressed, or without the last one."""
    if "undo" in posted:
        return points[:-2]
    try:
        width = _WIDTH * _zoom_of_text(posted.get("shown_zoom", ""))
        x = int(posted["at.x"]) / width
        y = int(posted["at.y"]) / (width * float(posted["shape"]))
    except (KeyError, ValueError, ZeroDivisionError):
        return points
    return [*points, min(1.0, max(0.0, x)), min(1.0, max(0.0, y))]


def _zoom_of_text(text):
    return next((zoom for zoom in ZOOMS if str(zoom) == text), ZOOMS[0])


def _render_count_page(request, picture, points, typed, *, form=None, keep_form=None, status=200):
    counts = queries.open_hair_counts(picture)
    zoom = _zoom_of_text(typed.get("zoom") or typed.get("shown_zoom", ""))
    width = _WIDTH * zoom
    height = round(width * picture.height / picture.width)
    hairs = [count.hairs for count in counts]
    # The first count is not shown to whoever counts a second time.
    is_shown = len(counts) == 2 or "show" in request.GET
    area = counts[-1].field_cm2 if counts else queries.last_field_cm2_or_none(picture)
    last = queries.last_counted_by_hand_or_none(picture)
    initial = {
        "field_cm2": area,
        "site": last and last.site_id,
        "preparation": last.preparation if last else "",
    }
    context = {
        "title": "Count hairs",
        "patient": picture.photo_set.patient,
        "step": "",
        "nav_on": "patients",
        "picture": picture,
        "form": form or CountForm(initial=initial | {"field_cm2": typed.get("field_cm2") or area}),
        "keep_form": keep_form or KeepCountForm(initial=initial, sites=queries.sites_to_choose(picture)),
        "points": text_of_points(points),
        "marks": [
            {"x": round(x * width, 1), "y": round(y * height, 1)}
            for x, y in zip(points[0::2], points[1::2], strict=True)
        ],
        "number": len(points) // 2,
        "width": width,
        "height": height,
        "shape": f"{height / width:.6f}",
        "zoom": zoom,
        "zooms": ZOOMS,
        "columns": [round(width * n / GRID, 1) for n in range(1, GRID)],
        "lines": [round(height * n / GRID, 1) for n in range(1, GRID)],
        "counts": counts,
        "area_text": plain_number_text(area) if area else "",
        "is_shown": is_shown,
        "counts_text": counts_text(hairs) if counts and is_shown else "",
        "density": plain_number_text(density_per_cm2(hairs, counts[-1].field_cm2))
        if counts and is_shown
        else "",
        "autosave_kind": KIND,
        "autosave_subject": f"photograph:{picture.pk}",
        "autosave_page": reverse("conditions:hair_count", args=[picture.pk]),
    }
    return render(request, "treatments/conditions/hair_count.html", context, status=status)


@requires_permission(Permission.ASSESS)
@require_POST
@once
def keep_counted_hairs(request, pk):
    """The count, or the mean of two, is a measurement from here on."""
    picture = photograph_with_consent_or_404(pk)
    form = KeepCountForm(request.POST, sites=queries.sites_to_choose(picture))
    if form.is_valid():
        try:
            row = record_counted_density(photograph=picture, by=request.user, **form.cleaned_data)
        except Refused as refused:
            add_all_errors(refused, form)
        else:
            messages.success(request, f"{row.scale.name} is recorded: {plain_number_text(row.value)} /cm².")
            return redirect("conditions:measurements", picture.photo_set.patient_id)
    return _render_count_page(request, picture, [], {}, keep_form=form, status=422)
