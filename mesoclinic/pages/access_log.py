"""Who looked at what: the log by person, patient, action and day; a report for one patient; reasons that wait for an eye."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django import forms
from django.contrib import messages
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST
from django_tasks import task

from mesoclinic.accounts.models import Clinic, User
from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.accounts.requests import StaffRequest
from mesoclinic.core import audit, audit_heads
from mesoclinic.core.csv_stream import csv_stream_response
from mesoclinic.core.documents import pdf_response
from mesoclinic.core.idempotency import once
from mesoclinic.core.long_work import takes_longer
from mesoclinic.core.models import AuditEvent, AuditHead, PreparedFile
from mesoclinic.core.paging import batches_by_key
from mesoclinic.core.prepared_files import begin_prepared_file, is_for_the_queue, write_prepared_file
from mesoclinic.core.time_limits import Work
from patients.models import BreakGlass, Patient

#: Rows on a page, and on a patient's paper.
_ROWS = 50
_MOST_ON_PAPER = 20_000
_COLUMNS = ("Time", "Who", "Did what", "Record", "Where", "From")
#: Without a head kept elsewhere for so long, the page says so.
_SEAL_IS_OLD = timedelta(days=2)

OPENED_WITH_REASON = "patient.opened_with_reason"
#: What an admin says of a reason; both are rows of the log.
REVIEWS = {"in_order": "access.in_order", "ask_why": "access.asked_why"}
#: What was done, by the beginning of its name in the log.
_KINDS = [
    ("", "Anything"),
    ("looked", "Looked at a patient"),
    (OPENED_WITH_REASON, "Opened with a reason"),
    ("staff.", "Signing in and staff"),
    ("session.", "Sessions"),
    ("payment.", "Payments"),
    ("quote.", "Quotes"),
    ("stock.", "Stock"),
]


class LogForm(forms.Form):
    who = forms.ModelChoiceField(
        User.objects.order_by("last_name", "first_name", "pk"),
        required=False,
        label="Who",
        empty_label="Everyone",
    )
    record = forms.CharField(max_length=20, required=False, label="Record number")
    did = forms.ChoiceField(choices=_KINDS, required=False, label="Did what")
    since = forms.DateField(required=False, label="From", widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(required=False, label="To", widget=forms.DateInput(attrs={"type": "date"}))


@dataclass(frozen=True)
class LogRow:
    pk: int
    at: datetime
    who: str
    did: str
    records: str
    page: str
    address: str


def events_asked_for(form: LogForm) -> QuerySet[AuditEvent]:
    """The events that the form asks for, newest first; of an unknown record number none."""
    asked = form.cleaned_data if form.is_valid() else {}
    events = AuditEvent.objects.select_related("by").order_by("-pk")
    if asked.get("who"):
        events = events.filter(by=asked["who"])
    if asked.get("record"):
        number = Patient.objects.filter(record_number=asked["record"].strip().upper()).values_list(
            "pk", flat=True
        )
        events = events_about_patient(events, number.first())
    if asked.get("did") == "looked":
        events = events.filter(did__in=["patient.viewed", "patients.listed", "recall.viewed"])
    elif asked.get("did"):
        events = events.filter(did__startswith=asked["did"])
    zone = timezone.get_current_timezone()
    if asked.get("since"):
        events = events.filter(at__gte=datetime.combine(asked["since"], datetime.min.time(), zone))
    if asked.get("until"):
        day_after = asked["until"] + timedelta(days=1)
        events = events.filter(at__lt=datetime.combine(day_after, datetime.min.time(), zone))
    return events


def events_about_patient(events: QuerySet[AuditEvent], patient: int | None) -> QuerySet[AuditEvent]:
    """Those about this patient, lists that showed them included."""
    if patient is None:
        return events.none()
    listed = Q(data__has_key="patients") & Q(data__contains={"patients": [patient]})
    return events.filter(Q(patient_id=patient) | listed)


def log_rows(events: Iterable[AuditEvent]) -> list[LogRow]:
    """As they are shown: people by name, patients by record number only. One query for the numbers."""
    events = list(events)
    ids = {event.patient_id for event in events if event.patient_id is not None}
    ids |= {pk for event in events for pk in event.data.get("patients", [])}
    numbers = dict(Patient.objects.filter(pk__in=ids).values_list("pk", "record_number"))
    return [_log_row(event, numbers) for event in events]


def _page_text(name: str) -> str:
    """A page by its address ("billing:quote_list") in words: "quote list"."""
    return name.rpartition(":")[2].replace("_", " ").replace("-", " ")


def _log_row(event: AuditEvent, numbers: dict[int, str]) -> LogRow:
    ids = [event.patient_id] if event.patient_id else event.data.get("patients", [])
    known = [numbers[pk] for pk in ids if pk in numbers]
    more = f" and {len(known) - 3} more" if len(known) > 3 else ""
    what = event.did.replace("_", " ").split(".", 1)
    return LogRow(
        pk=event.pk,
        at=event.at,
        who=event.by.display_name if event.by else "someone",
        did={"patient.viewed": "looked at", "patients.listed": "saw in a list"}.get(
            event.did, f"{what[0]}: {what[-1]}"
        ),
        records=", ".join(known[:3]) + more,
        page=_page_text(str(event.data.get("page", ""))),
        address=event.address or "",
    )


@requires_permission(Permission.SEE_ACCESS_LOG)
@require_GET
@transaction.atomic
def access_log_page(request: StaffRequest) -> HttpResponse:
    """Reading the log is itself a row in it, which has its seal at the end of the transaction only: it is checked before."""
    checked = audit_heads.check_since_last_head()
    form = LogForm(request.GET or None)
    events = events_asked_for(form)
    before = request.GET.get("before", "")
    if before.isdecimal() and len(before) < 18:
        events = events.filter(pk__lt=int(before))
    found = list(events[: _ROWS + 1])
    audit.record(
        by=request.user,
        did="access_log.viewed",
        about=request.clinic,
        asked=sorted(k for k, v in request.GET.items() if v),
    )
    asked = request.GET.copy()
    asked.pop("before", None)
    kept = AuditHead.objects.filter(kept_elsewhere=True).order_by("-position").first()
    return render(
        request,
        "mesoclinic/pages/access_log.html",
        {
            "title": "Access log",
            "nav_on": "access_log",
            "form": form,
            "rows": log_rows(found[:_ROWS]),
            "earlier": found[_ROWS - 1].pk if len(found) > _ROWS else None,
            "asked": asked.urlencode(),
            "record": request.GET.get("record", ""),
            "checked": checked,
            "kept": kept,
            "is_seal_old": kept is None or timezone.now() - kept.at > _SEAL_IS_OLD,
            "reasons": reasons_to_review(),
        },
    )


def reasons_to_review() -> list[tuple[LogRow, str]]:
    """Records that were opened with a reason and that nobody has looked at yet, newest first."""
    settled = AuditEvent.objects.filter(did=REVIEWS["in_order"], subject_type="core.auditevent")
    waiting = AuditEvent.objects.filter(did=OPENED_WITH_REASON, at__gte=timezone.now() - timedelta(days=90))
    done = set(
        settled.filter(at__gte=timezone.now() - timedelta(days=90)).values_list("subject_id", flat=True)
    )
    events = [
        event for event in waiting.select_related("by").order_by("-pk")[:200] if str(event.pk) not in done
    ]
    reasons = dict(
        BreakGlass.objects.filter(pk__in=[event.subject_id for event in events]).values_list("pk", "reason")
    )
    return [
        (row, reasons.get(int(event.subject_id), ""))
        for row, event in zip(log_rows(events), events, strict=True)
    ]


@requires_permission(Permission.SEE_ACCESS_LOG)
@require_POST
@once
@transaction.atomic
def review_reason(request: StaffRequest, pk: int) -> HttpResponse:
    """In order, or asked why: a row of the log about the row."""
    event = get_object_or_404(AuditEvent, pk=pk, did=OPENED_WITH_REASON)
    said = "in_order" if request.POST.get("said") == "in_order" else "ask_why"
    audit.record(by=request.user, did=REVIEWS[said], about=event, patient_id=event.patient_id)
    return redirect("access_log")


@requires_permission(Permission.SEE_ACCESS_LOG)
@require_POST
def check_log(request: StaffRequest) -> HttpResponse:
    """Read the whole chain now, and say what was found."""
    checked = audit_heads.check_chain(since=None)
    if checked.broken:
        messages.error(request, f"The log is not as it was written: {checked.broken[0]}.")
    else:
        messages.success(
            request, f"The log is whole: {checked.last_position} entries, none changed or missing."
        )
    return redirect("access_log")


@requires_permission(Permission.SEE_ACCESS_LOG)
@require_GET
@takes_longer(Work.EXPORT)
def access_log_csv(request: StaffRequest) -> HttpResponseBase:
    """The rows that are asked for, patients by record number only; many of them from the queue.

    Taking them out is a row of the log, which is not in the file.
    """
    asked = request.GET.dict()
    last = AuditEvent.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    audit.record(by=request.user, did="access_log.exported", about=request.clinic, up_to=last)
    if is_for_the_queue(_exported_events(asked, last)):
        file = begin_prepared_file(
            owner=request.user,
            name="access-log",
            needs=Permission.SEE_ACCESS_LOG.name,
            clinic=request.clinic.pk if request.clinic else None,
            query=asked,
            last=last,
        )
        write_access_log_file.enqueue(file.pk)
        return redirect("prepared_file", pk=file.pk)
    return csv_stream_response(request, "access-log", _COLUMNS, _batches_of_log_cells(asked, last))


def _exported_events(asked: dict[str, str], last: int) -> QuerySet[AuditEvent]:
    return events_asked_for(LogForm(asked or None)).filter(pk__lte=last)


def _batches_of_log_cells(asked: dict[str, str], last: int) -> Iterator[list[list[object]]]:
    """Newest first; two queries a batch."""
    for events in batches_by_key(_exported_events(asked, last), ["pk"], newest=True):
        yield [[row.at, row.who, row.did, row.records, row.page, row.address] for row in log_rows(events)]


@task
def write_access_log_file(file_id: int) -> None:
    """Write the rows that somebody asked for; a second run begins it anew."""
    file = PreparedFile.objects.select_related("owner").get(pk=file_id)
    clinic = Clinic.objects.filter(pk=file.asked["clinic"]).first()
    zone = clinic.zone if clinic else timezone.get_default_timezone()
    asked, last = file.asked["query"], file.asked["last"]
    # The days asked for are days of that zone.
    with timezone.override(zone):
        rows = _exported_events(asked, last).count()
    write_prepared_file(file, _COLUMNS, rows=rows, batches=_batches_of_log_cells(asked, last), zone=zone)


@requires_permission(Permission.SEE_ACCESS_LOG)
@require_GET
@transaction.atomic
def patient_report_pdf(request: StaffRequest) -> HttpResponse:
    """“Who looked at my record”, on paper for the patient: people, days and pages; nobody else's number."""
    number = request.GET.get("record", "").strip()
    patient = Patient.objects.filter(record_number=number.upper()).values_list("pk", "record_number").first()
    if patient is None:
        messages.error(request, "No record has this number. Type it as it stands on the patient’s page.")
        return redirect("access_log")
    pk, number = patient
    events = events_about_patient(
        events_asked_for(
            LogForm({"since": request.GET.get("since", ""), "until": request.GET.get("until", "")})
        ),
        pk,
    )
    rows = [
        [f"{timezone.localtime(row.at):%Y-%m-%d %H:%M}", row.who, row.did, row.page]
        for row in log_rows(events[:_MOST_ON_PAPER])
    ]
    audit.record(
        by=request.user, did="access_log.reported", about=request.clinic, patient_id=pk, rows=len(rows)
    )
    return pdf_response(
        "mesoclinic/pages/access_report.typ",
        {
            "clinic": request.clinic.name,
            "country": request.clinic.country,
            "record": number,
            "day": f"{timezone.localdate():%Y-%m-%d}",
            "zone": request.clinic.time_zone,
            "rows": rows,
        },
        "access-report",
    )
