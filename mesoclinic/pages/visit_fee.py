"""From a missed or late cancelled visit to its fee: the desk's charge page, with the line ready."""

from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import formats, timezone
from django.views.decorators.http import require_http_methods

from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.accounts.requests import StaffRequest
from treatments.billing.rules.prices import PriceKind
from treatments.schedule.models import Appointment
from treatments.schedule.rules.appointments import AppointmentStatus

#: Which price of the list is the fee of a visit that ended so.
FEES = {
    AppointmentStatus.NO_SHOW: PriceKind.NO_SHOW,
    AppointmentStatus.LATE_CANCELLED: PriceKind.LATE_CANCEL,
}


@require_http_methods(["GET"])
@requires_permission(Permission.TAKE_PAYMENT)
def redirect_to_visit_fee(request: StaffRequest, pk: int) -> HttpResponse:
    """404 where the visit has no fee: it was neither missed nor cancelled late."""
    visit = get_object_or_404(Appointment.objects.select_related("clinic"), pk=pk)
    kind = FEES.get(AppointmentStatus(visit.status))
    if kind is None:
        raise Http404
    at = timezone.localtime(visit.starts_at, visit.clinic.zone)
    asked = {
        "kind": kind.value,
        "source": f"schedule.appointment:{visit.pk}",
        "detail": formats.date_format(at, "D j M Y, H:i"),
    }
    return redirect(f"{reverse('billing:charge', args=[visit.patient_id])}?{urlencode(asked)}")
