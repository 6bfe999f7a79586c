"""The privacy officer's pages: a record by its number, what of it is kept and why, and all records of the clinic as one file."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from zipfile import ZipFile

from django.contrib import messages
from django.db import transaction
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from mesoclinic.accounts.models import User
from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.accounts.requests import StaffRequest
from mesoclinic.core import audit
from mesoclinic.core.findings import Refused
from mesoclinic.core.idempotency import once
from mesoclinic.core.long_work import takes_longer
from mesoclinic.core.reasons import add_all_errors
from mesoclinic.core.time_limits import Work
from mesoclinic.operations.models import ExportRun
from mesoclinic.privacy.actions import (
    drafts_about,
    erase_contacts,
    lift_restriction,
    records_with_contacts,
    restrict_record,
    unsent_answers_of,
)
from mesoclinic.privacy.erasing import last_days_of, retention_in_force
from mesoclinic.privacy.exports import ask_for_export, path_of_export
from mesoclinic.privacy.forms import ReasonForm, RecordNumberForm
from mesoclinic.privacy.record import write_record
from mesoclinic.privacy.rules import CLASS_RULES, ClassRule, DataClass, record_may_go_on_or_none
from mesoclinic.privacy.tables import Table, own_tables, rows_of, tables_of_patients
from patients.models import Erasure, Patient, Restriction, records_of_person

_NAV = "privacy"
#: Shown on the first page.
_MOST_RUNS = 10


@requires_permission(Permission.ANSWER_PATIENTS)
@require_http_methods(["GET", "HEAD", "POST"])
def privacy_page(request: StaffRequest) -> HttpResponse:
    """A record is opened by its number; exports of the clinic, the newest first."""
    form = RecordNumberForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            number = form.cleaned_data["record"].strip()
            found = Patient.objects.filter(record_number__iexact=number).values_list("pk", flat=True).first()
            if found is not None:
                return redirect("privacy:record", found)
            form.add_error("record", "No record has this number. Type it as it stands on the patient’s page.")
    context = {
        "title": "Privacy",
        "nav_on": _NAV,
        "form": form,
        "runs": ExportRun.objects.filter(clinic=request.clinic).select_related("by")[:_MOST_RUNS],
    }
    return render(request, "mesoclinic/privacy/privacy.html", context, status=status)


@dataclass(frozen=True)
class ClassRow:
    rule: ClassRule
    rows: int


@requires_permission(Permission.ANSWER_PATIENTS)
@require_safe
def record_page(request: StaffRequest, pk: int) -> HttpResponse:
    return _render_record_page(request, _patient_or_404(pk))


def _patient_or_404(pk: int) -> Patient:
    # Without names: a privacy officer reads no patient records.
    return get_object_or_404(Patient.objects.only("record_number", "merged_into"), pk=pk)


def _render_record_page(
    request: StaffRequest, patient: Patient, *, status: int = 200, **forms: ReasonForm
) -> HttpResponse:
    records = list(records_of_person(patient.pk).values_list("pk", flat=True))
    counts = {
        DataClass.CONTACT: records_with_contacts(records).count(),
        DataClass.DRAFT: drafts_about(records).count() + unsent_answers_of(records).count(),
    }
    for label, data_class in tables_of_patients():
        counts[data_class] = counts.get(data_class, 0) + rows_of(label, records).count()
    context = {
        "title": f"Record {patient.record_number}",
        "nav_on": _NAV,
        "found": patient,
        "classes": [ClassRow(CLASS_RULES[each], counts[each]) for each in DataClass if counts.get(each)],
        "restriction": Restriction.objects.filter(patient__in=records, lifted_at=None)
        .select_related("by")
        .first(),
        "erasures": Erasure.objects.filter(patient__in=records).select_related("by"),
        "may_go_on": record_may_go_on_or_none(last_days_of(records), retention_in_force()),
        "restrict_form": forms.get("restrict") or ReasonForm(auto_id="restrict_%s"),
        "erase_form": forms.get("erase") or ReasonForm(auto_id="erase_%s"),
    }
    return render(request, "mesoclinic/privacy/record.html", context, status=status)


def _deed_view(
    deed: Callable[[Patient, str, User], object], said: str, form_name: str
) -> Callable[[StaffRequest, int], HttpResponseBase]:
    """A form of the record's page: does ``deed(patient, reason, by)`` and goes back there."""

    @requires_permission(Permission.ANSWER_PATIENTS)
    @require_POST
    @once
    def do(request: StaffRequest, pk: int) -> HttpResponse:
        patient = _patient_or_404(pk)
        form = ReasonForm(request.POST, auto_id=f"{form_name}_%s")
        if form.is_valid():
            try:
                deed(patient, form.cleaned_data["reason"], request.user)
            except Refused as refused:
                add_all_errors(refused, form)
            else:
                messages.success(request, said)
                return redirect("privacy:record", pk)
        return _render_record_page(request, patient, status=422, **{form_name: form})

    return do


restrict = _deed_view(
    lambda patient, reason, by: restrict_record(patient=patient, reason=reason, by=by),
    "Restricted: the record is kept and not used.",
    "restrict",
)
lift = _deed_view(
    lambda patient, reason, by: lift_restriction(patient=patient, reason=reason, by=by),
    "The restriction is lifted.",
    "restrict",
)
erase = _deed_view(
    lambda patient, reason, by: erase_contacts(patient=patient, reason=reason, by=by),
    "How to reach them, drafts, open links, places on the waiting list and waiting messages are erased.",
    "erase",
)


@requires_permission(Permission.ANSWER_PATIENTS)
@require_safe
@takes_longer(Work.EXPORT)
def record_zip(request: StaffRequest, pk: int) -> HttpResponse:
    """All of one record as files. Taking it out is a row of the log."""
    patient = _patient_or_404(pk)
    made = io.BytesIO()
    with ZipFile(made, "w") as archive:
        files = write_record(archive, patient, clinic=request.clinic, by=request.user, now=timezone.now())
    audit.record(by=request.user, did="privacy.record_taken_out", about=patient, patient_id=pk, files=files)
    answer = HttpResponse(made.getvalue(), content_type="application/zip")
    answer["Content-Disposition"] = f'attachment; filename="record-{patient.record_number}.zip"'
    return answer


@dataclass(frozen=True)
class Activity:
    """A class of data, as the record of processing lists it."""

    rule: ClassRule
    tables: list[Table]


@requires_permission(Permission.SEE_ACCESS_LOG)
@require_safe
def processing_page(request: StaffRequest) -> HttpResponse:
    """The record of processing (GDPR, article 30), made from the models: no list is kept by hand."""
    tables = own_tables()
    activities = [
        Activity(CLASS_RULES[each], [table for table in tables if table.data_class == each])
        for each in DataClass
    ]
    context = {
        "title": "Record of processing",
        "nav_on": _NAV,
        "activities": [activity for activity in activities if activity.tables],
        "retention": retention_in_force(),
    }
    return render(request, "mesoclinic/privacy/processing.html", context)


@requires_permission(Permission.ANSWER_PATIENTS)
@require_POST
@once
def file_ask(request: StaffRequest) -> HttpResponse:
    try:
        run = ask_for_export(clinic=request.clinic, by=request.user)
    except Refused as refused:
        messages.error(request, str(refused))
        return redirect("privacy:privacy")
    return redirect("privacy:file_state", run.pk)


def _run_or_404(request: StaffRequest, pk: int) -> ExportRun:
    return get_object_or_404(ExportRun.objects.select_related("by"), pk=pk, clinic=request.clinic)


@requires_permission(Permission.ANSWER_PATIENTS)
@require_safe
def file_state_page(request: StaffRequest, pk: int) -> HttpResponse:
    """How far it is; the page asks again by itself until it is ready."""
    run = _run_or_404(request, pk)
    template = "_file_state.html" if request.headers.get("HX-Request") else "file_state.html"
    context = {
        "title": f"Export {run.pk}",
        "nav_on": _NAV,
        "run": run,
        "is_sealed": path_of_export(run).suffix == ".age",
    }
    return render(request, f"mesoclinic/privacy/{template}", context)


@requires_permission(Permission.ANSWER_PATIENTS)
@require_safe
@transaction.atomic
def file(request: StaffRequest, pk: int) -> HttpResponseBase:
    """The file, while it is there. Taking it out is a row of the log."""
    run = _run_or_404(request, pk)
    path = path_of_export(run)
    if run.state != ExportRun.State.READY or not path.exists():
        raise Http404
    audit.record(by=request.user, did="privacy.export_taken_out", about=run, records=run.done)
    return FileResponse(
        path.open("rb"),
        as_attachment=True,
        filename=path.name,
        content_type="application/octet-stream" if path.suffix == ".age" else "application/zip",
    )
