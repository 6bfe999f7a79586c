"""Products as CSV, out and in: what an import would do is shown before it does."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.core.csv_stream import csv_stream_response
from mesoclinic.core.findings import Refused
from mesoclinic.core.idempotency import once
from mesoclinic.core.kept_uploads import KeptFile, delete_kept_upload, keep_file, kept_file_or_none
from mesoclinic.core.long_work import takes_longer
from mesoclinic.core.paging import batches_by_key
from mesoclinic.core.text_files import MAX_BYTES, TOO_LARGE
from mesoclinic.core.time_limits import Work
from treatments.catalogue.actions.products import import_products, preview_product_import
from treatments.catalogue.files import COLUMNS, product_as_csv_cells, read_products_file_and_note_wrong
from treatments.catalogue.forms.imports import ProductsFileForm, product_rows_and_wrong_cells
from treatments.catalogue.queries.products import PRODUCT_ORDER, filtered_products
from treatments.catalogue.queries.versions import field_label_text

#: What the kept list is of.
_KIND = "products"
#: Rows named on the page; beyond, one mistake repeats itself.
_NAMED = 200


@requires_permission(Permission.SEE_STOCK)
@require_http_methods(["GET", "HEAD"])
@takes_longer(Work.EXPORT)
def export_products_csv(request):
    """Every product in use, as the import takes it."""
    batches = batches_by_key(filtered_products(), PRODUCT_ORDER)
    return csv_stream_response(
        request, "products", COLUMNS, (map(product_as_csv_cells, each) for each in batches)
    )


@requires_permission(Permission.EDIT_CATALOGUE)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def upload_products_to_preview(request):
    """The upload form, or what was uploaded and waits to be imported."""
    if request.method == "POST":
        form = ProductsFileForm(request.POST, request.FILES)
        if form.is_valid():
            file = form.cleaned_data["file"]
            if file.size > MAX_BYTES:
                form.add_error("file", TOO_LARGE)
            else:
                keep_file(
                    owner=request.user,
                    kind=_KIND,
                    url=reverse("catalogue:product_import"),
                    name=file.name,
                    data=file.read(),
                )
                return redirect("catalogue:product_import")
        return _render_upload_page(request, form, status=422)
    kept = kept_file_or_none(owner=request.user, kind=_KIND)
    if kept is None:
        return _render_upload_page(request, ProductsFileForm())
    return _render_import_preview_page(request, kept)


@requires_permission(Permission.EDIT_CATALOGUE)
@require_POST
@takes_longer(Work.IMPORT)
@once
def import_uploaded_products(request):
    """Import what the page showed: everything or nothing."""
    kept = kept_file_or_none(owner=request.user, kind=_KIND)
    if kept is None or kept.stamp != request.POST.get("stamp"):
        messages.warning(request, "This list is no longer waiting. Nothing was imported.")
        return redirect("catalogue:product_import")
    checked = product_rows_and_wrong_cells(read_products_file_and_note_wrong(kept.name, kept.data))
    if checked.wrong:
        return _render_import_preview_page(request, kept, stopped=True)
    try:
        done = import_products(rows=checked.rows, reason=request.POST.get("reason", ""), by=request.user)
    except Refused as refused:
        return _render_import_preview_page(request, kept, stopped=True, refused=refused.findings)
    delete_kept_upload(owner=request.user, kind=_KIND)
    messages.success(
        request, f"{len(done.new)} added, {len(done.changed)} changed, {done.unchanged} as they were."
    )
    return redirect("catalogue:product_list")


@requires_permission(Permission.EDIT_CATALOGUE)
@require_POST
@once
def discard_uploaded_products(request):
    delete_kept_upload(owner=request.user, kind=_KIND)
    messages.success(request, "Given up: nothing was imported, and the list is not kept.")
    return redirect("catalogue:product_import")


def _render_upload_page(request, form, status=200):
    return render(
        request,
        "treatments/catalogue/product_import.html",
        {
            "title": "Import products",
            "nav_on": "catalogue",
            "form": form,
            "columns": COLUMNS,
            "back_url": reverse("catalogue:product_list"),
        },
        status=status,
    )


def _render_import_preview_page(request, kept: KeptFile, *, stopped=False, refused=()):
    found = read_products_file_and_note_wrong(kept.name, kept.data)
    checked = product_rows_and_wrong_cells(found)
    would = preview_product_import(rows=checked.rows)
    wrong = [(one.line, one.column, one.reason) for one in checked.wrong] + would.wrong
    wrong.sort()
    said = [finding for finding in refused if not finding.code.startswith("row-")]
    return render(
        request,
        "treatments/catalogue/product_import_preview.html",
        {
            "title": "Import products",
            "nav_on": "catalogue",
            "file": kept.name,
            "stamp": kept.stamp,
            "reason": request.POST.get("reason", ""),
            "written_as": found.written_as,
            "ignored": found.ignored,
            "new": would.new[:_NAMED],
            "new_count": len(would.new),
            "changed": [
                (product, ", ".join(map(field_label_text, names)))
                for product, _, names in would.changed[:_NAMED]
            ],
            "changed_count": len(would.changed),
            "unchanged": would.unchanged,
            "wrong": [(line, column, reason) for line, column, reason in wrong[:_NAMED]],
            "wrong_count": len(wrong),
            "wrong_more": max(len(wrong) - _NAMED, 0),
            "can_import": not wrong and bool(would.new or would.changed),
            "refused": said,
            "stopped": stopped,
        },
        status=422 if stopped else 200,
    )
