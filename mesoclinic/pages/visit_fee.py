"""From a visit to its money: a missed or late cancelled one to its fee, charged or waived; a consultation to its charge."""

from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import formats, timezone
from django.views.decorators.http import require_http_methods

from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.accounts.requests import StaffRequest
from mesoclinic.core.findings import Refused
from mesoclinic.core.form_fields import NoCardField
from mesoclinic.core.idempotency import once
from mesoclinic.core.reasons import add_all_errors
from treatments.billing.actions.fee_waivers import waive_fee
from treatments.billing.queries.invoices import fee_waiver_or_none
from treatments.billing.rules.prices import PriceKind
from treatments.schedule.actions.visits import record_bookings_viewed
from treatments.schedule.models import Appointment
from treatments.schedule.rules.appointments import AppointmentStatus

#: Which price of the list is the fee of a visit that ended so.
FEES = {
    AppointmentStatus.NO_SHOW: PriceKind.NO_SHOW,
    AppointmentStatus.LATE_CANCELLED: PriceKind.LATE_CANCEL,
}


class WaiveForm(forms.Form):
    reason = NoCardField(
        label="Why it is waived", max_length=200, error_messages={"required": "Write why it is waived."}
    )


def source_of_visit(visit: Appointment) -> str:
    """As the line of an invoice names what it is charged for."""
    return f"schedule.appointment:{visit.pk}"


def _price_kind_or_none(visit: Appointment) -> PriceKind | None:
    """What is charged for a visit: its fee, or a consultation that is done and belongs to no plan."""
    if visit.status == AppointmentStatus.DONE and visit.plan_id is None:
        return PriceKind.CONSULTATION
    return FEES.get(AppointmentStatus(visit.status))


@require_http_methods(["GET"])
@requires_permission(Permission.TAKE_PAYMENT)
def redirect_to_visit_fee(request: StaffRequest, pk: int) -> HttpResponse:
    """To the desk's charge page, with the line ready. 404 where nothing is charged for such a visit."""
    visit = get_object_or_404(Appointment.objects.select_related("clinic"), pk=pk)
    kind = _price_kind_or_none(visit)
    if kind is None:
        raise Http404
    at = timezone.localtime(visit.starts_at, visit.clinic.zone)
    asked = {
        "kind": kind.value,
        "source": source_of_visit(visit),
        "detail": formats.date_format(at, "D j M Y, H:i"),
    }
    return redirect(f"{reverse('billing:charge', args=[visit.patient_id])}?{urlencode(asked)}")


@require_http_methods(["GET", "HEAD", "POST"])
@requires_permission(Permission.TAKE_PAYMENT)
@once
def waive_visit_fee(request: StaffRequest, pk: int) -> HttpResponse:
    """Asks why, then waives the fee. 404 where the visit has none."""
    visit = get_object_or_404(Appointment.objects.select_related("clinic", "patient"), pk=pk)
    kind = FEES.get(AppointmentStatus(visit.status))
    if kind is None:
        raise Http404
    form = WaiveForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                waive_fee(
                    patient=visit.patient,
                    clinic=visit.clinic,
                    kind=kind.value,
                    source=source_of_visit(visit),
                    reason=form.cleaned_data["reason"],
                    by=request.user,
                )
            except Refused as refused:
                add_all_errors(refused, form)
            else:
                messages.success(request, "The fee is waived.")
                return redirect("patient", visit.patient_id)
    else:
        record_bookings_viewed(patient=visit.patient, by=request.user, page="fee")
    at = timezone.localtime(visit.starts_at, visit.clinic.zone)
    ended = "missed" if visit.status == AppointmentStatus.NO_SHOW else "cancelled late"
    page = {
        "title": "Waive the fee",
        "nav_on": "patients",
        "patient": visit.patient,
        "form": form,
        "waived": fee_waiver_or_none(kind.value, source_of_visit(visit)),
        "said": f"Visit of {formats.date_format(at, 'D j M Y, H:i')}, {ended}.",
        "charge_url": reverse("visit_fee", args=[visit.pk]),
    }
    return render(request, "mesoclinic/pages/waive_fee.html", page, status=status)
