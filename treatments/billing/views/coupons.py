"""The coupons of a clinic: the list, a new one, withdrawing one."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from mesoclinic.accounts.permissions import Permission, allowed
from mesoclinic.core.findings import Refused
from mesoclinic.core.idempotency import once
from mesoclinic.core.reasons import at_fields
from treatments.billing.actions.coupons import make_coupon, retire_coupon
from treatments.billing.forms.quotes import CouponForm
from treatments.billing.models import Coupon
from treatments.billing.queries.coupons import coupon_text, with_uses
from treatments.billing.queries.worklists import page_of
from treatments.billing.views.payments import clinic_context


@require_http_methods(["GET", "POST"])
@allowed(Permission.MANAGE_CLINIC)
@once
def coupon_list(request):
    """The coupons of this clinic, the newest first, and a new one."""
    clinic = request.clinic
    if clinic is None:
        raise Http404
    here = clinic_context(clinic)
    form, refused, status = CouponForm(**here), [], 200
    if request.method == "POST":
        form, status = CouponForm(request.POST, **here), 422
        if form.is_valid():
            try:
                make_coupon(
                    clinic=clinic,
                    fact=form.as_fact(clinic.currency),
                    note=form.cleaned_data["note"],
                    by=request.user,
                )
            except Refused as no:
                refused = at_fields(form, no)
            else:
                messages.success(request, "The coupon counts from now on.")
                return redirect("billing:coupon_list")
    coupons = with_uses(Coupon.objects.filter(clinic=clinic)).order_by("-pk")
    page = page_of(
        coupons,
        ("pk",),
        after=request.GET.get("after", ""),
        before=request.GET.get("before", ""),
        newest=True,
    )
    today = timezone.localdate()
    for coupon in page.rows:
        coupon.why_not = coupon_text(coupon, coupon.used, today)
    context = {
        "title": "Coupons",
        "sub": f"{clinic.name}, in {clinic.currency}. A quote that was issued keeps its coupon.",
        "nav_on": "prices",
        "form": form,
        "refused": refused,
        "coupons": page.rows,
        "page": {
            "previous": page.before and f"{request.path}?before={page.before}",
            "next": page.after and f"{request.path}?after={page.after}",
        },
    }
    return render(request, "treatments/billing/coupon_list.html", context, status=status)


@require_POST
@allowed(Permission.MANAGE_CLINIC)
@once
def coupon_retire(request, pk):
    coupon = get_object_or_404(Coupon, pk=pk, clinic=request.clinic)
    retire_coupon(coupon=coupon, by=request.user)
    messages.success(request, f"{coupon.code} was withdrawn.")
    return redirect("billing:coupon_list")
