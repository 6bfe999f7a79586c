"""Photographs of a patient: the sets, taking one, and the pictures themselves, which leave only through here."""

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.core import audit
from mesoclinic.core.findings import Refused
from mesoclinic.core.idempotency import once
from mesoclinic.core.images import MAX_UPLOAD_BYTES, TOO_LARGE
from patients.actions.people import record_viewing
from patients.models import Patient, records_of
from treatments.conditions.actions import photographs as actions
from treatments.conditions.forms.photographs import HowTakenForm, SkipForm, StartSetForm, UploadForm
from treatments.conditions.models import Assessment, Photograph, PhotoSet, PhotoView
from treatments.conditions.models.photographs import photograph_storage
from treatments.conditions.queries import photographs as queries
from treatments.conditions.rules.photographs import PhotoStatus, quality_advice, wants_scale
from treatments.conditions.views.phones import phone_context


@requires_permission(Permission.SEE_PHOTOGRAPHS)
@require_safe
def photograph_list_page(request, pk):
    """Every set of a patient, what pictures were given out for, and the form that begins a set."""
    patient = get_object_or_404(Patient, pk=pk)
    record_viewing(patient=patient, by=request.user, page="photographs")
    has_consent = queries.has_record_consent(pk)
    photo_sets = list(queries.photo_sets_of_patient(pk)[:30])
    pages = queries.read_photo_sets_with_views(photo_sets)
    context = {
        **_context_of_patient(patient, "Photographs"),
        "has_consent": has_consent,
        "sets": [{"row": row, "progress": pages[row.pk].progress.text} for row in photo_sets],
        "releases": queries.releases_of_patient(pk),
        "form": StartSetForm(initial={"pattern": queries.pattern_of_last_assessed_condition(pk)}),
    }
    return render(request, "treatments/conditions/photographs.html", context)


def _context_of_patient(patient, title):
    return {"title": title, "patient": patient, "step": "", "nav_on": "patients"}


@requires_permission(Permission.TAKE_PHOTOGRAPHS)
@require_POST
@once
def start_photo_set(request, pk):
    """Begin a set: of an assessment, where one is named."""
    patient = get_object_or_404(Patient, pk=pk)
    form = StartSetForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Choose the pattern, then take the pictures.")
        return redirect("conditions:photographs", pk)
    number = form.cleaned_data["assessment"]
    assessment = get_object_or_404(Assessment, pk=number, patient__in=records_of(patient)) if number else None
    pattern = form.cleaned_data["pattern"] or queries.pattern_of_last_assessed_condition(pk)
    opened = actions.create_photo_set(
        patient=patient, pattern=pattern, assessment=assessment, by=request.user
    )
    return redirect("conditions:photo_set", opened.pk)


@requires_permission(Permission.SEE_PHOTOGRAPHS)
@require_safe
def photo_set_page(request, pk):
    """The views of a set: taken, left out with a reason, or still missing. Nothing here stops an injection."""
    photo_set = get_object_or_404(PhotoSet.objects.select_related("patient"), pk=pk)
    record_viewing(patient=photo_set.patient, by=request.user, page="photo set")
    return _render_set_page(request, photo_set)


def _render_set_page(request, photo_set, *, error="", at_view=None, how=None):
    page = queries.read_photo_set_with_views(photo_set)
    uses = queries.uses_of_pictures(photo_set.patient_id)
    context = {
        **_context_of_patient(photo_set.patient, "Photographs"),
        "photo_set": photo_set,
        "has_consent": uses[0].is_open,
        "uses": uses,
        "may_take": request.user.may(Permission.TAKE_PHOTOGRAPHS),
        "progress": page.progress,
        "missing": sum(line.is_missing for line in page.lines),
        "lines": [_view_line(line, error if line.view.pk == at_view else "") for line in page.lines],
        "error": error if at_view is None else "",
        "is_waiting": any(
            picture.status == PhotoStatus.RECEIVED for line in page.lines for picture in line.photographs
        ),
        "skip_form": SkipForm(),
        "limit": MAX_UPLOAD_BYTES,
        "too_large": TOO_LARGE,
        "how_form": how or HowTakenForm.of_set(photo_set),
        **phone_context(request, photo_set.pk),
    }
    wrong = bool(error or (how is not None and how.errors))
    return render(request, "treatments/conditions/photo_set.html", context, status=422 if wrong else 200)


def _view_line(line, error):
    scale = wants_scale(line.view.name, line.view.framing)
    ready = [picture for picture in line.photographs if picture.status == PhotoStatus.READY]
    counted = [picture for picture in ready if picture.set_aside_at is None]
    return {
        "view": line.view,
        "line": line,
        "error": error,
        "wants_scale": scale,
        "pictures": [
            {
                "row": picture,
                "advice": quality_advice(
                    is_soft=picture.is_soft,
                    clipped=picture.clipped,
                    has_scale=picture.has_scale,
                    wants_scale=scale,
                )
                if picture.status == PhotoStatus.READY
                else [],
                # The one that counts alone needs no button that says so.
                "may_pick": len(ready) > 1 and (picture.set_aside_at is not None or len(counted) > 1),
            }
            for picture in line.photographs
        ],
    }


@requires_permission(Permission.TAKE_PHOTOGRAPHS)
@require_POST
def take_posted_photograph(request, pk, view_pk):
    """One picture of one view, from a file or the camera. A script is answered in JSON, a form by the page."""
    photo_set = get_object_or_404(PhotoSet.objects.select_related("patient"), pk=pk)
    view = get_object_or_404(PhotoView, pk=view_pk, retired_at=None)
    form = UploadForm(request.POST, request.FILES)
    wants_json = request.headers.get("Accept") == "application/json"
    try:
        if not form.is_valid():
            raise Refused.because("Choose a picture first.", code="file", where="file")
        picture = actions.take_photograph(
            photo_set=photo_set,
            view=view,
            content=form.cleaned_data["file"].read(MAX_UPLOAD_BYTES + 1),
            key=form.cleaned_data["once"],
            has_scale=form.cleaned_data["has_scale"],
            by=request.user,
        )
    except Refused as refused:
        said = str(refused)
        if wants_json:
            return JsonResponse({"error": said}, status=422)
        return _render_set_page(request, photo_set, error=said, at_view=view.pk)
    if wants_json:
        return JsonResponse({"photograph": picture.pk, "status": picture.status}, status=201)
    return redirect(f"{reverse('conditions:photo_set', args=[pk])}#view-{view.pk}")


@requires_permission(Permission.TAKE_PHOTOGRAPHS)
@require_POST
@once
def skip_posted_views(request, pk):
    """Why a view is missing; without a view, why all that are missing are."""
    photo_set = get_object_or_404(PhotoSet.objects.select_related("patient"), pk=pk)
    form = SkipForm(request.POST)
    try:
        if not form.is_valid():
            raise Refused.because("Choose why it is missing.", code="reason")
        chosen = form.cleaned_data["view"]
        lines = queries.read_photo_set_with_views(photo_set).lines
        views = [x.view for x in lines if (x.view.pk == chosen if chosen else x.is_missing)]
        actions.skip_views(
            photo_set=photo_set, views=views, reason=form.cleaned_data["reason"], by=request.user
        )
    except Refused as refused:
        return _render_set_page(request, photo_set, error=str(refused))
    return redirect("conditions:photo_set", pk)


@requires_permission(Permission.TAKE_PHOTOGRAPHS)
@require_POST
@once
def save_posted_how_taken(request, pk):
    """How hair and light were."""
    photo_set = get_object_or_404(PhotoSet.objects.select_related("patient"), pk=pk)
    form = HowTakenForm(request.POST)
    if not form.is_valid():
        return _render_set_page(request, photo_set, how=form)
    actions.save_how_taken(photo_set=photo_set, by=request.user, **form.cleaned_data)
    return redirect("conditions:photo_set", pk)


@requires_permission(Permission.TAKE_PHOTOGRAPHS)
@require_POST
@once
def pick_posted_photograph(request, pk):
    """Of two pictures of a view, the one that counts."""
    picture = get_object_or_404(Photograph.objects.select_related("photo_set"), pk=pk)
    try:
        actions.pick_photograph(photograph=picture, by=request.user)
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect("conditions:photo_set", picture.photo_set_id)


@requires_permission(Permission.SEE_PHOTOGRAPHS)
@require_safe
def photograph_file(request, pk, size):
    """The picture itself. Each time it is asked for is written down; no copy may be kept on the way."""
    picture = photograph_with_consent_or_404(pk)
    name = {"small": picture.thumbnail.name, "full": picture.master.name}.get(size)
    if name is None:
        raise Http404
    return audited_picture_response(request, picture, name, did="photograph.viewed")


def photograph_with_consent_or_404(pk):
    """A ready picture of a patient whose consent for the record stands; hidden at once when that is taken back."""
    ready = Photograph.objects.filter(status=PhotoStatus.READY.value)
    picture = get_object_or_404(ready.select_related("photo_set", "view"), pk=pk)
    if not queries.has_record_consent(picture.photo_set.patient_id):
        raise Http404
    return picture


def audited_picture_response(request, picture, name, *, did, **headers):
    """The bytes of a file of ``picture``, and the audit event that says who saw it."""
    content = read_file_and_audit_or_404(request, picture, name, did=did)
    return jpeg_response(content, **headers)


def read_file_and_audit_or_404(request, picture, name, *, did):
    """The bytes, once the audit event is written."""
    try:
        with photograph_storage().open(name) as stored:
            content = stored.read()
    except FileNotFoundError:
        raise Http404 from None
    with transaction.atomic():
        audit.record(by=request.user, did=did, about=picture, patient_id=picture.photo_set.patient_id)
    return content


def jpeg_response(content, **headers):
    response = HttpResponse(content, content_type="image/jpeg")
    response["Cache-Control"] = "no-store, private"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    for name, value in headers.items():
        response[name.replace("_", "-")] = value
    return response


def file_name(picture):
    """No name of anybody: the view and the day."""
    return f"{picture.view.code.lower()}-{timezone.localdate(picture.taken_at):%Y-%m-%d}.jpg"
