"""The laboratory results of a patient: read, entered, and replaced where one was wrong."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.core.findings import Refused
from mesoclinic.core.idempotency import once
from mesoclinic.core.paging import Place, pager_addresses
from mesoclinic.core.quantities import plain_number_text
from mesoclinic.core.reasons import add_all_errors
from patients.actions.people import record_viewing
from patients.models import Patient
from treatments.conditions.actions.labs import (
    drop_lab_order,
    order_lab_test,
    record_or_replace_lab_result,
)
from treatments.conditions.forms.labs import LabResultForm
from treatments.conditions.models import LabOrder, LabTest
from treatments.conditions.queries import labs as queries
from treatments.conditions.rules.lab_plots import lab_range_plot_or_none
from treatments.conditions.rules.labs import Position, check_fresh_or_alerting_lab_results

_CHIP_LEVELS = {Position.LOW: "warn", Position.HIGH: "warn", Position.IN_RANGE: "ok"}


@requires_permission(Permission.ASSESS)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def show_or_record_lab_result(request, pk):
    """The last result of each test, every result, and the form for a new one."""
    patient = get_object_or_404(Patient, pk=pk)
    form = LabResultForm(request.POST or None, tests=queries.lab_tests_in_use())
    if request.method == "POST" and form.is_valid():
        test = form.tests[form.cleaned_data["test"]]
        if _record_or_add_errors_or_none(form, patient=patient, test=test, by=request.user):
            messages.success(request, f"{test.name} is recorded.")
            return redirect("conditions:labs", pk)
    return _render_labs_page(request, patient, form)


@requires_permission(Permission.ASSESS)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def show_or_replace_lab_result(request, pk):
    """Replace a wrong result. The old one stays on the record."""
    wrong = get_object_or_404(queries.lab_results_with_test(), pk=pk)
    patient = wrong.patient
    before = {
        "test": wrong.test.code,
        "unit": wrong.unit,
        "text": wrong.text,
        "taken_on": wrong.taken_on,
        "laboratory": wrong.laboratory,
        **{
            name: plain_number_text(figure)
            for name in ("value", "low", "high")
            for figure in [getattr(wrong, name)]
            if figure is not None
        },
    }
    form = LabResultForm(request.POST or None, tests=[wrong.test], is_correction=True, initial=before)
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        said = {"test": wrong.test, "replaces": wrong, "reason": reason}
        if _record_or_add_errors_or_none(form, patient=patient, by=request.user, **said):
            messages.success(request, f"{wrong.test.name} is replaced. The old result stays on the record.")
            return redirect("conditions:labs", patient.pk)
    return _render_labs_page(request, patient, form, wrong=wrong)


@requires_permission(Permission.ASSESS)
@require_POST
@once(to="conditions:labs")
def order_posted_lab_test(request, pk):
    """A test is ordered; its result is awaited from now on."""
    patient = get_object_or_404(Patient, pk=pk)
    test = LabTest.objects.filter(code=request.POST.get("ordered", ""), retired_at=None).first()
    if test is None:
        messages.error(request, "Choose the test that is ordered.")
        return redirect("conditions:labs", pk)
    order_lab_test(patient=patient, test=test, by=request.user, what_for=request.POST.get("what_for", ""))
    messages.success(request, f"{test.name} is ordered: the next injection asks for its result.")
    return redirect("conditions:labs", pk)


@requires_permission(Permission.ASSESS)
@require_POST
@once
def drop_posted_lab_order(request, pk):
    """Nobody waits for this result any more."""
    order = get_object_or_404(LabOrder.objects.select_related("test"), pk=pk)
    try:
        drop_lab_order(order=order, reason=request.POST.get("reason", ""), by=request.user)
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, f"{order.test.name} is not waited for any more.")
    return redirect("conditions:labs", order.patient_id)


def _record_or_add_errors_or_none(form, **said):
    try:
        return record_or_replace_lab_result(report=form.report, **said)
    except Refused as refused:
        add_all_errors(refused, form)
        return None


def _render_labs_page(request, patient, form, *, wrong=None):
    if request.method != "POST":
        record_viewing(patient=patient, by=request.user, page="laboratory")
    found = queries.page_of_lab_results(patient, Place.from_query(request.GET))
    lines = queries.latest_lab_results_with_previous(patient)
    context = {
        "title": "Laboratory",
        "patient": patient,
        "step": "",
        "nav_on": "patients",
        "form": form,
        "wrong": wrong,
        "lines": lab_line_rows(lines),
        "awaited": queries.awaited_lab_orders().filter(patient=patient).select_related("test", "ordered_by"),
        "tests": queries.lab_tests_in_use(),
        "findings": check_fresh_or_alerting_lab_results([line.fact for line in lines], timezone.localdate()),
        "results": [_lab_result_row(row) for row in found.rows],
        "page": pager_addresses(found, request.path),
    }
    return render(request, "treatments/conditions/labs.html", context, status=422 if form.is_bound else 200)


def lab_line_rows(lines):
    """The last result of each test as the card shows it."""
    today = timezone.localdate()
    return [
        {
            "name": line.fact.name,
            "unit": line.fact.unit,
            "interval": interval_text(line.result),
            "result": line.result,
            "text": line.fact.text or plain_number_text(line.fact.value),
            "before": line.before,
            "before_text": (line.before_fact.text or plain_number_text(line.before_fact.value))
            if line.before_fact
            else "",
            "before_unit": line.before.unit if line.before and line.before.unit != line.result.unit else "",
            "chip": _position_text(line),
            "chip_level": _CHIP_LEVELS.get(line.fact.position, "plain"),
            "too_old_days": None if line.fact.is_fresh_on(today) else line.fact.max_age_days,
            "plot": lab_range_plot_or_none(line.fact, line.before_fact),
        }
        for line in lines
    ]


def _position_text(line):
    """“low”, “still low”, “in range”, “not as usual”."""
    now = line.fact.position
    if line.fact.value is None and now is Position.HIGH:
        return "not as usual"
    was = line.before_fact.position if line.before_fact else None
    return f"still {now}" if now == was and now in (Position.LOW, Position.HIGH) else str(now)


def interval_text(result):
    """“15–150”, “under 5”, “0.4 or more” of the laboratory's own interval."""
    low, high = result.low, result.high
    if low is not None and high is not None:
        return f"{plain_number_text(low)}–{plain_number_text(high)}"
    if high is not None:
        return f"up to {plain_number_text(high)}"
    return f"{plain_number_text(low)} or more" if low is not None else ""


def _lab_result_row(row):
    fact = queries.lab_fact_of_result(row)
    return {
        "row": row,
        "text": fact.result_text,
        "interval": interval_text(row),
        "position": "" if fact.position is Position.NO_INTERVAL else str(fact.position),
        "is_replaced": getattr(row, "replaced_by", None) is not None,
    }
