"""The import of patients from files: upload, name the columns, look at it, write it."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.core.csv_in import Table
from mesoclinic.core.idempotency import once
from mesoclinic.core.kept_uploads import KeptUpload, delete_kept_upload, keep_upload, kept_upload_or_none
from mesoclinic.core.long_work import takes_longer
from mesoclinic.core.time_limits import Work
from patients.actions.imports import (
    NothingWritten,
    count_registered_already,
    count_with_noun_text,
    import_counts_text,
    import_people,
)
from patients.files.columns import FIELDS
from patients.files.csv_list import must_ask_date_order
from patients.files.days import Order
from patients.files.people import Reading, Wrong
from patients.files.upload import Opened, parse_file
from patients.forms.imports import MAX_PEOPLE, ORDERS, UploadForm

#: What the kept files are of.
_KIND = "import"
#: Wrong rows named on the page; beyond, one mistake repeats itself.
MAX_SHOWN = 200


@require_http_methods(["GET", "POST"])
@requires_permission(Permission.IMPORT_PATIENTS)
@takes_longer(Work.IMPORT)
@once
def import_page(request):
    """The upload form, or what was uploaded and waits to be imported."""
    if request.method == "POST":
        form = UploadForm(request.POST, request.FILES)
        if form.is_valid():
            opened = [parse_file(file.name, file.read()) for file in form.cleaned_data["chosen"]]
            _store_uploaded_files(request, opened)
            return redirect("patients:import")
        return render(request, "patients/import.html", _import_page_context(form=form), status=422)
    upload = kept_upload_or_none(owner=request.user, kind=_KIND)
    if upload is None:
        return render(request, "patients/import.html", _import_page_context(form=UploadForm()))
    return _render_preview_page(request, upload, skip_bad=bool(upload.content["skip_bad"]))


@require_POST
@requires_permission(Permission.IMPORT_PATIENTS)
@once
def save_posted_column_choices(request):
    """Read the lists again by the columns chosen."""
    upload = _posted_upload_or_none(request)
    if upload is not None:
        _store_uploaded_files(
            request,
            _files_with_posted_choices(request.POST, _kept_files(upload)),
            bool(request.POST.get("skip_bad")),
        )
    return redirect("patients:import")


@require_POST
@requires_permission(Permission.IMPORT_PATIENTS)
@takes_longer(Work.IMPORT)
@once
def write_import(request):
    """Import what the page showed: everything or nothing, unless asked to leave out what is wrong."""
    upload = _posted_upload_or_none(request)
    if upload is None:
        return redirect("patients:import")
    opened = _kept_files(upload)
    chosen = _files_with_posted_choices(request.POST, opened)
    skip_bad = bool(request.POST.get("skip_bad"))
    if chosen != opened:
        _store_uploaded_files(request, chosen, skip_bad)
        messages.warning(request, "The columns have changed: look at the counts, then import.")
        return redirect("patients:import")
    readings = [one.read_people(timezone.localdate()) for one in opened]
    people = [person for reading in readings for person in reading.people]
    if len(people) > MAX_PEOPLE:
        return redirect("patients:import")
    try:
        done = import_people(
            people=people,
            wrong=[wrong for reading in readings for wrong in reading.wrong],
            skip_bad=skip_bad,
            by=request.user,
        )
    except NothingWritten as nothing:
        return _render_preview_page(request, upload, skip_bad=skip_bad, wrong=nothing.wrong)
    delete_kept_upload(owner=request.user, kind=_KIND)
    messages.success(request, import_counts_text(done))
    return redirect("patients:import")


@require_POST
@requires_permission(Permission.IMPORT_PATIENTS)
@once
def cancel_import(request):
    """Deletes the kept files: nothing is imported."""
    delete_kept_upload(owner=request.user, kind=_KIND)
    messages.success(request, "Given up: nothing was imported, and nothing of the files is kept.")
    return redirect("patients:import")


def _store_uploaded_files(request, opened: list[Opened], skip_bad: bool = False) -> None:
    content = {"files": [one.as_dict() for one in opened], "skip_bad": skip_bad}
    keep_upload(owner=request.user, kind=_KIND, url=reverse("patients:import"), content=content)


def _posted_upload_or_none(request) -> KeptUpload | None:
    """The upload that the posted page showed; nothing if it is gone or another has taken its place."""
    upload = kept_upload_or_none(owner=request.user, kind=_KIND)
    if upload is None or upload.stamp != request.POST.get("stamp"):
        messages.warning(request, "These files are no longer waiting. Nothing was imported.")
        return None
    return upload


def _kept_files(upload: KeptUpload) -> list[Opened]:
    files = upload.content["files"]
    assert isinstance(files, list), "kept by _store_uploaded_files"
    return [Opened.from_dict(kept) for kept in files]


def _files_with_posted_choices(posted: Mapping[str, str], opened: list[Opened]) -> list[Opened]:
    """The lists with the columns, the order of dates and the name that the form says."""
    chosen = []
    for number, one in enumerate(opened):
        if one.table and one.choices:
            mapping: dict[str, int] = {}
            for column in range(len(one.table.header)):
                name = posted.get(f"column-{number}-{column}", "")
                if name in FIELDS:
                    mapping.setdefault(name, column)
            order = posted.get(f"dates-{number}", "")
            name = " ".join(posted.get(f"name-{number}", "").split())[:100]
            one = one.with_choices(
                mapping=mapping,
                order=Order(order) if order in list(Order) else None,
                name=name or one.choices.name,
            )
        chosen.append(one)
    return chosen


def _import_page_context(**more: Any) -> dict[str, Any]:
    return {"title": "Import patients", "nav_on": "import", "max_people": MAX_PEOPLE, **more}


def _render_preview_page(request, upload: KeptUpload, *, skip_bad: bool, wrong: list[Wrong] | None = None):
    """Columns and counts. ``wrong`` is what an import has just been stopped by."""
    opened = _kept_files(upload)
    readings = [one.read_people(timezone.localdate()) for one in opened]
    people = [person for reading in readings for person in reading.people]
    known = count_registered_already(people)
    stopped = wrong is not None
    if wrong is None:
        wrong = [one for reading in readings for one in reading.wrong]
    is_too_many = len(people) > MAX_PEOPLE
    context = _import_page_context(
        stamp=upload.stamp,
        skip_bad=skip_bad,
        files=[
            _file_preview(number, one, reading)
            for number, (one, reading) in enumerate(zip(opened, readings, strict=True))
        ],
        people=len(people),
        known=known,
        new=len(people) - known,
        stands=sum(len(person.stands) for person in people),
        wrong=wrong[:MAX_SHOWN],
        wrong_count=len(wrong),
        wrong_more=len(wrong) - MAX_SHOWN if len(wrong) > MAX_SHOWN else 0,
        stopped=stopped,
        is_too_many=is_too_many,
        can_import=bool(people) and not is_too_many,
    )
    return render(request, "patients/import_preview.html", context, status=422 if stopped else 200)


def _file_preview(number: int, one: Opened, reading: Reading) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "number": number,
        "name": one.file,
        "people": len(reading.people),
        "wrong": len(reading.wrong),
        "notes": reading.notes,
        "lacking": one.unreadable_reason_or_empty,
        "kind": "FHIR bundle" if one.entries is not None else "",
    }
    if one.table and one.choices:
        mapped = {column: name for name, column in one.choices.mapping.items()}
        filled = _filled_cell_counts(one.table)
        shown |= {
            "kind": f"CSV list ({one.table.encoding_and_delimiter_text}), {count_with_noun_text(len(one.table.rows), 'row')}",
            "columns": [
                {
                    "number": column,
                    "name": one.table.column_name(column),
                    "filled": filled[column],
                    "holds": mapped.get(column, ""),
                }
                for column in range(len(one.table.header))
            ],
            "fields": list(FIELDS.items()),
            "orders": ORDERS,
            "order": one.choices.order or "",
            "asks_order": bool(one.choices.order) or must_ask_date_order(one.table, one.choices),
            "list_name": one.choices.name,
            "has_numbers": "identifier" in one.choices.mapping,
        }
    return shown


def _filled_cell_counts(table: Table) -> list[int]:
    return [
        sum(1 for row in table.rows if column < len(row) and row[column])
        for column in range(len(table.header))
    ]
