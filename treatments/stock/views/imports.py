"""Lots as CSV, out and in: what an import would do is shown before it does, and it does all of it or nothing."""

from django import forms
from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.core.csv_stream import csv_stream_response
from mesoclinic.core.findings import Refused
from mesoclinic.core.idempotency import once
from mesoclinic.core.kept_uploads import KeptFile, delete_kept_upload, keep_file, kept_file_or_none
from mesoclinic.core.long_work import takes_longer
from mesoclinic.core.prepared_files import begin_prepared_file, is_for_the_queue
from mesoclinic.core.text_files import MAX_BYTES, TOO_LARGE
from mesoclinic.core.time_limits import Work
from treatments.stock.actions.lot_lists import batches_of_lot_cells, write_lots_file
from treatments.stock.actions.receiving import check_delivery_lots_acceptable, receive_delivery
from treatments.stock.files import COLUMNS, NEEDED, read_lots_file_and_note_wrong
from treatments.stock.models import Lot

#: What the kept list is of.
_KIND = "lots"
#: Rows named on the page; beyond, one mistake repeats itself.
_NAMED = 200


class LotsFileForm(forms.Form):
    file = forms.FileField(
        label="The list",
        allow_empty_file=True,  # said in our words
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv,text/plain"}),
    )


@requires_permission(Permission.SEE_STOCK)
@require_http_methods(["GET", "HEAD"])
@takes_longer(Work.EXPORT)
def export_lots_csv(request):
    """Every lot of this clinic, as the import takes it; many of them from the queue."""
    if is_for_the_queue(Lot.objects.of_clinic(request.clinic)):
        file = begin_prepared_file(
            owner=request.user, name="lots", needs=Permission.SEE_STOCK.name, clinic=request.clinic.pk
        )
        write_lots_file.enqueue(file.pk)
        return redirect("prepared_file", pk=file.pk)
    return csv_stream_response(request, "lots", COLUMNS, batches_of_lot_cells(request.clinic))


@requires_permission(Permission.MANAGE_STOCK)
@require_http_methods(["GET", "HEAD", "POST"])
@takes_longer(Work.IMPORT)
@once
def show_or_import_lots_list(request):
    """The upload form; what was uploaded and waits; and its import, on the same page."""
    if request.method != "POST":
        kept = kept_file_or_none(owner=request.user, kind=_KIND)
        return (
            _render_lots_import_preview(request, kept)
            if kept
            else _render_lots_upload_form(request, LotsFileForm())
        )
    if "cancel" in request.POST:
        delete_kept_upload(owner=request.user, kind=_KIND)
        messages.success(request, "Given up: nothing was imported.")
        return redirect("stock:lots_import")
    if "stamp" in request.POST:
        return _import_kept_lots_and_redirect(request)
    form = LotsFileForm(request.POST, request.FILES)
    if form.is_valid():
        file = form.cleaned_data["file"]
        if file.size <= MAX_BYTES:
            keep_file(
                owner=request.user,
                kind=_KIND,
                url=reverse("stock:lots_import"),
                name=file.name or "list",
                data=file.read(),
            )
            return redirect("stock:lots_import")
        form.add_error("file", TOO_LARGE)
    return _render_lots_upload_form(request, form, status=422)


def _import_kept_lots_and_redirect(request):
    """Receive the lots of the list that waits, or show what is wrong with it."""
    kept = kept_file_or_none(owner=request.user, kind=_KIND)
    if kept is None or kept.stamp != request.POST["stamp"]:
        messages.warning(request, "This list is no longer waiting. Nothing was imported.")
        return redirect("stock:lots_import")
    found = read_lots_file_and_note_wrong(kept.name, kept.data)
    if found.wrong or not found.rows:
        return _render_lots_import_preview(request, kept, status=422)
    try:
        lots = receive_delivery(
            clinic=request.clinic,
            lines=[(product, receipt) for _, product, receipt in found.rows],
            by=request.user,
        )
    except Refused:
        return _render_lots_import_preview(request, kept, status=422)
    delete_kept_upload(owner=request.user, kind=_KIND)
    count = "1 lot is" if len(lots) == 1 else f"{len(lots)} lots are"
    messages.success(request, f"{count} received and in quarantine. Read the papers, then release.")
    return redirect("stock:stock")


def _render_lots_upload_form(request, form, status=200):
    return render(
        request,
        "treatments/stock/lots_import.html",
        {"title": "Import lots", "nav_on": "stock", "form": form, "columns": COLUMNS, "needed": NEEDED},
        status=status,
    )


def _render_lots_import_preview(request, kept: KeptFile, status=200):
    found = read_lots_file_and_note_wrong(kept.name, kept.data)
    wrong = [(one.line, one.column, one.reason) for one in found.wrong]
    lines = [line for line, _, _ in found.rows]
    findings = check_delivery_lots_acceptable(
        clinic=request.clinic, lines=[(product, receipt) for _, product, receipt in found.rows]
    )
    for finding in findings:
        place, _, column = finding.where.partition("-")
        wrong.append((lines[int(place)], column, finding.message))
    wrong.sort()
    return render(
        request,
        "treatments/stock/lots_import.html",
        {
            "title": "Import lots",
            "nav_on": "stock",
            "kept": kept,
            "written_as": found.written_as,
            "ignored": found.ignored,
            "rows": found.rows[:_NAMED],
            "row_count": len(found.rows),
            "wrong": wrong[:_NAMED],
            "wrong_count": len(wrong),
            "wrong_more": max(len(wrong) - _NAMED, 0),
            "can_import": bool(found.rows) and not wrong,
        },
        status=status,
    )
