"""The coupons of a clinic: the list, a new one, withdrawing one."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.core.findings import Refused
from mesoclinic.core.idempotency import once
from mesoclinic.core.paging import Place, page_of, pager_addresses
from mesoclinic.core.reasons import add_field_errors_and_return_others
from treatments.billing.actions.coupons import create_coupon, retire_coupon
from treatments.billing.forms.quotes import CouponForm
from treatments.billing.models import Coupon
from treatments.billing.queries import worklists
from treatments.billing.queries.coupons import coupon_refusal_text_or_empty, with_coupon_uses
from treatments.billing.views.payments import amount_form_arguments


@require_http_methods(["GET", "POST"])
@requires_permission(Permission.MANAGE_CLINIC)
@once
def list_or_add_coupons(request):
    """The coupons of this clinic, the newest first, and a new one."""
    clinic = request.clinic
    if clinic is None:
        raise Http404
    here = amount_form_arguments(clinic)
    form, refused, status = CouponForm(**here), [], 200
    if request.method == "POST":
        form, status = CouponForm(request.POST, **here), 422
        if form.is_valid():
            try:
                create_coupon(
                    clinic=clinic,
                    fact=form.as_fact(clinic.currency),
                    note=form.cleaned_data["note"],
                    by=request.user,
                )
            except Refused as no:
                refused = add_field_errors_and_return_others(no, form)
            else:
                messages.success(request, "The coupon counts from now on.")
                return redirect("billing:coupon_list")
    coupons = with_coupon_uses(Coupon.objects.filter(clinic=clinic))
    page = page_of(coupons, ["pk"], Place.from_query(request.GET), size=worklists.PAGE_SIZE, newest=True)
    today = timezone.localdate()
    for coupon in page.rows:
        coupon.why_not = coupon_refusal_text_or_empty(coupon, coupon.used, today)
    context = {
        "title": "Coupons",
        "sub": f"{clinic.name}, in {clinic.currency}. A quote that was issued keeps its coupon.",
        "nav_on": "prices",
        "form": form,
        "refused": refused,
        "coupons": page.rows,
        "page": pager_addresses(page, request.path),
    }
    return render(request, "treatments/billing/coupon_list.html", context, status=status)


@require_POST
@requires_permission(Permission.MANAGE_CLINIC)
@once
def coupon_retire(request, pk):
    coupon = get_object_or_404(Coupon, pk=pk, clinic=request.clinic)
    retire_coupon(coupon=coupon, by=request.user)
    messages.success(request, f"{coupon.code} was withdrawn.")
    return redirect("billing:coupon_list")
