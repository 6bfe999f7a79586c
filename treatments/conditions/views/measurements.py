"""The measurements of a patient: every figure with the way it was measured, one more, and the points that are found again."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from mesoclinic.accounts.models import User
from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.core.findings import Refused
from mesoclinic.core.idempotency import once
from mesoclinic.core.quantities import plain_number_text
from mesoclinic.core.reasons import add_all_errors
from patients.actions.people import record_viewing
from patients.models import Patient
from treatments.conditions.actions.measurements import record_measurement, record_measurement_site
from treatments.conditions.forms.measurements import FigureForm, SiteForm
from treatments.conditions.models import KeptAs, Zone
from treatments.conditions.queries import measurements as queries
from treatments.conditions.queries.assessments import latest_assessment_or_none
from treatments.conditions.rules.measurements import unit_text

#: So many figures stand in the table, the last first.
SHOWN = 60


@requires_permission(Permission.ASSESS)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def show_or_record_measurement(request, pk):
    """Every figure, and the form for one more: of what is followed in this patient's condition."""
    patient = get_object_or_404(Patient, pk=pk)
    kinds, zones, sites = _choices(patient)
    people = list(User.objects.clinicians(request.clinic)[:50])
    form = FigureForm(request.POST or None, kinds=kinds, zones=zones, sites=sites, people=people)
    if request.method == "POST" and form.is_valid():
        try:
            row = record_measurement(patient=patient, entry=form.entry, by=request.user)
        except Refused as refused:
            add_all_errors(refused, form)
        else:
            messages.success(request, f"{row.scale.name} is recorded.")
            return redirect("conditions:measurements", pk)
    return _render_measurements_page(request, patient, form, SiteForm(zones=zones), sites)


@requires_permission(Permission.ASSESS)
@require_POST
@once
def save_measurement_site(request, pk):
    """Pin a point that is found again."""
    patient = get_object_or_404(Patient, pk=pk)
    kinds, zones, sites = _choices(patient)
    form = SiteForm(request.POST, zones=zones)
    if form.is_valid():
        site = record_measurement_site(patient=patient, by=request.user, **form.values_for_action)
        messages.success(request, f"Site {site.label} is pinned.")
        return redirect("conditions:measurements", pk)
    blank = FigureForm(kinds=kinds, zones=zones, sites=sites, people=[])
    return _render_measurements_page(request, patient, blank, form, sites, status=422)


def _choices(patient):
    """The kinds of the patient's condition (all where none is known), the zones and the sites."""
    last = latest_assessment_or_none(patient)
    kinds = [
        kind
        for kind in queries.measurement_kinds_in_use()
        if last is None or kind.is_for_condition(last.condition.code)
    ]
    zones = list(Zone.objects.filter(retired_at=None).order_by("order", "pk"))
    return kinds, zones, list(queries.sites_of_patient(patient.pk))


def _render_measurements_page(request, patient, form, site_form, sites, status=None):
    if request.method != "POST":
        record_viewing(patient=patient, by=request.user, page="measurements")
    rows = queries.measurements_of_patient(patient.pk)[::-1][:SHOWN]
    context = {
        "title": "Measurements",
        "patient": patient,
        "step": "assessment",
        "nav_on": "patients",
        "form": form,
        "site_form": site_form,
        "sites": sites,
        "rows": [_measurement_row(row) for row in rows],
        "never": queries.kinds_never_measured(),
    }
    status = status or (422 if form.is_bound else 200)
    return render(request, "treatments/conditions/measurements.html", context, status=status)


def _measurement_row(row):
    kind = queries.kind_of_measurement_or_none(row)
    is_told = kind is not None and kind.kept_as == KeptAs.PATIENT
    return {
        "row": row,
        "name": kind.short_name if kind else row.scale.name,
        "value": plain_number_text(row.value),
        "unit": unit_text(row.scale.unit),
        "how": "told by the patient" if is_told else queries.how_measured(row).text(),
        "counted_by": (row.counter or row.measured_by).short_name,
    }
