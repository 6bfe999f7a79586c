"""A phone as the camera of a set: paired by a code on the clinic's screen, and its own page, which only takes pictures."""

from django.contrib import messages
from django.http import JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.core.documents import qr_code_svg
from mesoclinic.core.findings import Refused
from mesoclinic.core.idempotency import once
from mesoclinic.core.images import MAX_UPLOAD_BYTES
from mesoclinic.core.links import BadLink
from mesoclinic.core.public_pages import without_sign_in_but_rate_limited
from treatments.conditions.actions import phones
from treatments.conditions.forms.photographs import PhoneForm
from treatments.conditions.models import PhotoSet
from treatments.conditions.queries.phones import open_pairing_or_none, views_of_pattern
from treatments.conditions.queries.photographs import photographs_of_set_count


@requires_permission(Permission.TAKE_PHOTOGRAPHS)
@require_POST
@once
def pair_phone(request, pk):
    """Show the code on the page of the set."""
    photo_set = get_object_or_404(PhotoSet, pk=pk)
    try:
        pairing = phones.open_phone_pairing(photo_set=photo_set, clinic=request.clinic, by=request.user)
    except Refused as refused:
        messages.error(request, str(refused))
        return redirect("conditions:photo_set", pk)
    return redirect(f"{request.path.removesuffix('phone/')}?phone={pairing.pk}#phone")


@requires_permission(Permission.TAKE_PHOTOGRAPHS)
@require_POST
@once
def end_paired_phone(request, pk):
    """The phone is put away."""
    phones.end_phone_pairings(photo_set=get_object_or_404(PhotoSet, pk=pk), by=request.user)
    return redirect("conditions:photo_set", pk)


@requires_permission(Permission.TAKE_PHOTOGRAPHS)
@require_safe
def arrived_photographs(request, pk):
    """How many pictures a set has and how many are being prepared, for a page that waits for a phone. Shows none."""
    return JsonResponse(photographs_of_set_count(get_object_or_404(PhotoSet, pk=pk).pk))


def phone_context(request, photo_set_pk):
    """The code that a page shows while a phone is paired; empty where none is."""
    asked = request.GET.get("phone", "")
    now = timezone.now()
    pairing = open_pairing_or_none(asked, photo_set_pk=photo_set_pk, now=now) if asked else None
    if pairing is None:
        return {}
    address = phones.phone_address(pairing)
    return {
        "phone": {
            "row": pairing,
            "address": address,
            "code": qr_code_svg(address),
            "until": pairing.expires_at,
            "set_pk": photo_set_pk,
        }
    }


def _refused_page(request, why, status):
    return render(request, "treatments/conditions/phone.html", {"why": why}, status=status)


# The signed address is the key, so a forged form would need it too. And a page that tells nobody where it was
# (no-referrer) sends "Origin: null", which the usual check would take for a stranger's.
@csrf_exempt
@without_sign_in_but_rate_limited
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_variables("token")
def phone_page(request, token):
    """Choose a view, take the picture, send it. Nothing of the patient is shown, and no picture comes back."""
    try:
        pairing = phones.pairing_of_token_or_raise(token)
        views = views_of_pattern(pairing.photo_set.pattern)
        if request.method == "POST":
            return _answer_sent_picture(request, pairing, views)
    except BadLink as bad:
        return _refused_page(request, bad.why, 410 if bad.why == "expired" else 404)
    sent = request.GET.get("sent", "")
    return _phone_page(
        request, pairing, views, PhoneForm(views=views, initial={"view": _view_after(sent, views)})
    )


def _answer_sent_picture(request, pairing, views):
    form = PhoneForm(request.POST, request.FILES, views=views)
    if not form.is_valid():
        return _phone_page(request, pairing, views, form, status=422)
    view = form.cleaned_data["view"]
    try:
        phones.take_photograph_by_phone(
            pairing=pairing,
            view=view,
            content=form.cleaned_data["file"].read(MAX_UPLOAD_BYTES + 1),
            key=form.cleaned_data["once"],
        )
    except Refused as refused:
        form.add_error("file", str(refused))
        return _phone_page(request, pairing, views, form, status=422)
    return redirect(f"{request.path}?sent={view.pk}")


def _phone_page(request, pairing, views, form, status=200):
    sent = request.GET.get("sent", "")
    context = {
        "form": form,
        "clinic": pairing.clinic,
        # Nobody is signed in: the clinic's own clock.
        "until": date_format(pairing.expires_at.astimezone(pairing.clinic.zone), "H:i"),
        "sent": next((view.name for view in views if str(view.pk) == sent), ""),
        "count": pairing.sent,
    }
    return render(request, "treatments/conditions/phone.html", context, status=status)


def _view_after(sent, views):
    """The number of the view that comes after the one just sent; the first where none was."""
    numbers = [view.pk for view in views]
    place = next((n for n, pk in enumerate(numbers) if str(pk) == sent), -1)
    return numbers[min(place + 1, len(numbers) - 1)] if numbers else None
