"""Money: taken, given back, voided; receipts, the day's close, the bookkeeper's file; coupons and terms."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from mesoclinic.accounts.permissions import Permission, allowed
from mesoclinic.core.csv_out import csv_response
from mesoclinic.core.findings import Refused
from mesoclinic.core.once import once
from patients.actions import note_viewing
from treatments.plans import actions, queries
from treatments.plans.forms.money import (
    BookForm,
    CouponForm,
    DayCloseForm,
    PaymentForm,
    RefundForm,
    SettingsForm,
)
from treatments.plans.models import Coupon, Payment, PlanSettings, TreatmentPlan
from treatments.plans.queries import money as books
from treatments.plans.queries import paper
from treatments.plans.views import at_fields, plan_move, plan_page
from treatments.plans.views.sending import pdf_answer


def _here(clinic, currency="") -> dict:
    return {"settings": PlanSettings.of(clinic), "currency": currency or clinic.currency}


def _plan(pk) -> TreatmentPlan:
    """With what says in which currency and writing its amounts are."""
    return get_object_or_404(
        TreatmentPlan.objects.with_course().with_money().select_related("clinic__plan_settings"), pk=pk
    )


def _money_form(request, pk, form_of, act, done, name):
    found = _plan(pk)
    form = form_of(request.POST, **_here(found.clinic, queries.balance_of(found).currency))
    rest = []
    if form.is_valid():
        try:
            act(plan=found, **form.cleaned_data, by=request.user)
        except Refused as refused:
            rest = at_fields(form, refused)
            for finding in [each for each in rest if each.asks]:
                form.add_error("agreed_by", finding.message)
                rest.remove(finding)
        else:
            messages.success(request, done)
            return redirect("plans:plan", pk=pk)
    return plan_page(request, pk, status=422, wrong_form=form, refused=rest, **{name: form})


@require_POST
@allowed(Permission.TAKE_PAYMENT)
@once
def payment_add(request, pk):
    return _money_form(request, pk, PaymentForm, actions.take_payment, "Payment taken.", "payment_form")


@require_POST
@allowed(Permission.TAKE_PAYMENT)
@once
def payment_refund(request, pk):
    def form_of(data, **here):
        return RefundForm(data, auto_id="refund_%s", **here)

    return _money_form(request, pk, form_of, actions.refund, "Refund entered.", "refund_form")


@require_POST
@allowed(Permission.TAKE_PAYMENT)
@once
def payment_void(request, pk):
    found = get_object_or_404(Payment.objects.select_related("plan"), pk=pk)
    return plan_move(
        request,
        found.plan_id,
        lambda _: actions.void_payment(payment=found, reason=request.POST.get("reason", ""), by=request.user),
        "Payment voided. Both entries stay in the book.",
    )


@require_http_methods(["GET", "HEAD"])
@allowed(Permission.TAKE_PAYMENT)
def receipt(request, pk):
    """The paper of one payment, in the patient's language."""
    found = get_object_or_404(books.receipt_with_payment(pk))
    patient = found.payment.plan.patient
    language = queries.language_for(patient.language, found.clinic.language)
    content = paper.receipt_content(found, language)
    note_viewing(patient=patient, by=request.user, page="receipt")
    return pdf_answer(paper.printed(content), found.number)


# --- the day and the book ----------------------------------------------------


@require_http_methods(["GET", "POST"])
@allowed(Permission.CLOSE_DAY)
@once
def day_close(request):
    """What should be in the till by each method, what was counted, and the days before."""
    clinic = request.clinic
    if clinic is None:
        raise Http404
    here = _here(clinic)
    till = books.till_of(clinic, settings=here["settings"])
    today = timezone.localdate()
    seen = {"seen_to": till.last_receipt_id or 0}
    form = DayCloseForm(expected=till.expected, initial=seen, **here)
    refused, status = [], 200
    if request.method == "POST":
        form = DayCloseForm(request.POST, expected=till.expected, **here)
        status = 422
        if form.is_valid():
            try:
                actions.close_day(
                    clinic=clinic,
                    counted=form.counted(),
                    note=form.cleaned_data["note"],
                    seen_to=form.cleaned_data["seen_to"],
                    by=request.user,
                )
            except Refused as no:
                refused = at_fields(form, no)
                # Shown again with the figures of now: counted against them next time.
                form.data = form.data.copy()
                form.data["seen_to"] = str(seen["seen_to"])
            else:
                messages.success(request, "The day is closed.")
                return redirect("plans:day_close")
    closes = list(books.closes_of(clinic)[:10])
    labels = dict(Payment.Method.choices)
    for close in closes:
        close.methods = [(labels.get(row.method, row.method), row) for row in close.rows]
    rows = [
        {
            "field": form[method],
            "moved": till.moved.get(method, 0),
            "expected": amount,
            "has_float": method == "cash" and here["settings"].cash_float,
        }
        for method, amount in till.expected.items()
    ]
    context = {
        "title": "Close the day",
        "sub": f"{clinic.name}: everything since the last close.",
        "nav_on": "till",
        "form": form,
        "rows": rows,
        "till": till,
        "closed": next((each for each in closes if each.day == today), None),
        "closes": closes,
        "currency": clinic.currency,
        "cash_float": here["settings"].cash_float,
        "book_form": BookForm.last_month(today),
        "refused": refused,
    }
    return render(request, "treatments/plans/day_close.html", context, status=status)


@require_http_methods(["GET", "HEAD"])
@allowed(Permission.EXPORT_BOOK)
def payment_book(request):
    """Every receipt of some days as CSV for the bookkeeper; formulas are neutralised, names are not in it."""
    clinic = request.clinic
    if clinic is None:
        raise Http404
    form = BookForm(request.GET)
    if not form.is_valid():
        context = {
            "title": "Payment book",
            "sub": f"{clinic.name}: every receipt of these days, as a file for the bookkeeper.",
            "nav_on": "till",
            "form": form if request.GET else BookForm.last_month(timezone.localdate()),
        }
        status = 422 if request.GET else 200
        return render(request, "treatments/plans/payment_book.html", context, status=status)
    first, last = form.cleaned_data["first"], form.cleaned_data["last"]
    actions.note_export(clinic=clinic, first=first.isoformat(), last=last.isoformat(), by=request.user)
    rows = books.book_rows(clinic, first, last)
    return csv_response(f"payments-{first}-{last}", books.BOOK_COLUMNS, rows)


# --- coupons and settings ----------------------------------------------------


@require_http_methods(["GET", "POST"])
@allowed(Permission.MANAGE_CLINIC)
@once
def coupon_list(request):
    """The coupons of this clinic, the newest first, and a new one."""
    clinic = request.clinic
    if clinic is None:
        raise Http404
    here = _here(clinic)
    form, refused, status = CouponForm(**here), [], 200
    if request.method == "POST":
        form, status = CouponForm(request.POST, **here), 422
        if form.is_valid():
            try:
                actions.make_coupon(
                    clinic=clinic,
                    fact=form.as_fact(clinic.currency),
                    note=form.cleaned_data["note"],
                    by=request.user,
                )
            except Refused as no:
                refused = at_fields(form, no)
            else:
                messages.success(request, "The coupon counts from now on.")
                return redirect("plans:coupon_list")
    coupons = Coupon.objects.filter(clinic=clinic).held().order_by("-pk")
    page = queries.page_of(
        coupons,
        ("pk",),
        after=request.GET.get("after", ""),
        before=request.GET.get("before", ""),
        newest=True,
    )
    today = timezone.localdate()
    for coupon in page.rows:
        coupon.why_not = queries.coupon_words(coupon, today)
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
    return render(request, "treatments/plans/coupon_list.html", context, status=status)


@require_POST
@allowed(Permission.MANAGE_CLINIC)
@once
def coupon_retire(request, pk):
    coupon = get_object_or_404(Coupon, pk=pk, clinic=request.clinic)
    actions.retire_coupon(coupon=coupon, by=request.user)
    messages.success(request, f"{coupon.code} was withdrawn.")
    return redirect("plans:coupon_list")


@require_http_methods(["GET", "POST"])
@allowed(Permission.MANAGE_CLINIC)
@once
def plan_settings(request):
    """Refunds, instalments, insurance, how amounts are typed, the till and what a session costs us."""
    clinic = request.clinic
    if clinic is None:
        raise Http404
    given = PlanSettings.of(clinic)
    form, status = SettingsForm(instance=given, clinic=clinic), 200
    if request.method == "POST":
        form, status = SettingsForm(request.POST, instance=given, clinic=clinic), 422
        if form.is_valid():
            actions.save_settings(settings=form.save(commit=False), by=request.user)
            messages.success(request, "Saved. It counts for the next quotes.")
            return redirect("plans:plan_settings")
    context = {
        "title": "Refunds, parts and till",
        "sub": f"{clinic.name}. What quotes say from now on; those issued keep what they said.",
        "nav_on": "prices",
        "form": form,
        "submit": "Save",
        "back_url": "/prices/",
    }
    return render(request, "layouts/form.html", context, status=status)
