"""A delivery: one line a lot, typed or scanned. Enter goes to the next line, with a script and without."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.core.findings import Refused
from mesoclinic.core.idempotency import once
from mesoclinic.core.uploads import (
    MAX_CERTIFICATE_BYTES,
    CheckedFile,
    certificate_error_text_or_empty,
    safe_file_name,
)
from treatments.catalogue.barcodes import read_scan
from treatments.catalogue.forms.versions import MAX_LINES
from treatments.catalogue.models import Product
from treatments.catalogue.queries.products import products_by_gtin
from treatments.stock.actions.receiving import (
    receive_delivery,
    save_certificate,
    save_second_person_release_setting,
)
from treatments.stock.forms import SAME, receipt_formset
from treatments.stock.models import Certificate, Lot

#: Said where a scanned GTIN is of no product yet.
NEW_GTIN = "This GTIN is new here. Choose the product once: it is remembered."


@requires_permission(Permission.MANAGE_STOCK)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def show_or_receive_delivery(request):
    """Scans fill their line; a file is kept at once, so that it need not be chosen again; then all is received."""
    products = _products_to_receive_by_id()
    if request.method != "POST":
        return _render_receive_page(request, receipt_formset(products=products))
    data, notes, wrong = _read_scans_and_save_files(request, products)
    lines = receipt_formset(data, products=products)
    for line in lines:
        line.note = notes.get(line.prefix, "")
    adding = "add" in request.POST or "next" in request.POST
    if lines.forms and (adding or notes):
        return _render_receive_page(request, _unvalidated_receipt_lines(lines, products, wrong, add=adding))
    is_valid = lines.is_valid()
    for line in lines:
        if line.prefix in wrong:
            line.add_error("certificate_file", wrong[line.prefix])
    if wrong or not is_valid:
        return _render_receive_page(request, lines, status=422)
    filled = lines.filled_lines
    try:
        lots = receive_delivery(
            clinic=request.clinic,
            lines=[(line.cleaned_data["product"], line.as_receipt()) for line in filled],
            certificates=_kept_certificates_by_line(request, filled),
            by=request.user,
        )
    except Refused as refused:
        for finding in refused.findings:
            place, _, field = finding.where.partition("-")
            filled[int(place)].add_error(field, finding.message)
        return _render_receive_page(request, lines, status=422)
    messages.success(request, _received_text(lots))
    return redirect("stock:stock")


def _products_to_receive_by_id():
    """The products that may be received, by their id as text."""
    return {
        str(product.pk): product
        for product in Product.objects.filter(retired_at=None, blocked=False).order_by(
            "premade", "name_key", "pk"
        )
    }


def _read_scans_and_save_files(request, products):
    """What was posted, with each scan read into its line and each file kept. Notes and wrong files by line."""
    data, notes, wrong = request.POST.copy(), {}, {}
    scans = {}
    for prefix in [line.prefix for line in receipt_formset(data, products=products)]:
        if data.get(f"{prefix}-scan", "").strip():
            scans[prefix] = read_scan(data[f"{prefix}-scan"])
            data[f"{prefix}-scan"] = ""
        file = request.FILES.get(f"{prefix}-certificate_file")
        if file is not None:
            content = file.read(MAX_CERTIFICATE_BYTES + 1)
            if why := certificate_error_text_or_empty(content):
                wrong[prefix] = why
            else:
                checked = CheckedFile(safe_file_name(file.name or ""), content)
                kept = save_certificate(clinic=request.clinic, file=checked, by=request.user)
                data[f"{prefix}-kept"] = str(kept.pk)
    known = products_by_gtin(scan.gtin for scan in scans.values())
    for prefix, scan in scans.items():
        notes[prefix] = _fill_line_from_scan_and_note(data, prefix, scan, known.get(scan.gtin), products)
    return data, notes, wrong


def _fill_line_from_scan_and_note(data, prefix, scan, product, products):
    """Put what a scan says into its line; what there is to say about it."""
    if scan.lot:
        data[f"{prefix}-number"] = scan.lot
    if scan.expires_on:
        data[f"{prefix}-expires_on"] = scan.expires_on.isoformat()
    if scan.serial:
        data[f"{prefix}-serial"] = scan.serial
    if scan.gtin:
        data[f"{prefix}-gtin"] = scan.gtin
    if product is None:
        return scan.problem or (NEW_GTIN if scan.gtin else "The code is read.")
    if str(product.pk) not in products:
        return f"{product} is blocked or retired: it is not received."
    data[f"{prefix}-product"] = str(product.pk)
    for name in ("maker", "country", "supplier"):
        said = getattr(product, name)
        if said and not data.get(f"{prefix}-{name}", "").strip():
            data[f"{prefix}-{name}"] = said
    return scan.problem or f"{product} is read. Look it over."


def _unvalidated_receipt_lines(lines, products, wrong, *, add):
    """The lines as they stand, unjudged; one more of the same delivery where the last says something."""
    typed = [
        {name: line[name].value() for name in line.fields if name != "certificate_file"} for line in lines
    ]
    notes = [line.note for line in lines]
    files = [wrong.get(line.prefix, "") for line in lines]
    if add and not lines[-1].is_blank and len(lines) < MAX_LINES:
        typed.append({name: typed[-1][name] for name in SAME})
        notes.append("")
        files.append("")
    forms = receipt_formset(initial=typed, products=products)
    for form, note, file in zip(forms, notes, files, strict=True):
        form.note = file or note
    forms[-1].fields["scan"].widget.attrs["autofocus"] = True
    return forms


def _kept_certificates_by_line(request, lines):
    """The files kept for the lines: this person's, of this clinic."""
    ids = {place: line.cleaned_data["kept"] for place, line in enumerate(lines)}
    mine = {
        certificate.pk: certificate
        for certificate in Certificate.objects.filter(
            pk__in=[pk for pk in ids.values() if pk], clinic=request.clinic, uploaded_by=request.user
        ).defer("content")
    }
    return {place: mine[pk] for place, pk in ids.items() if pk in mine}


def _render_receive_page(request, lines, *, status=200):
    ids = [line["kept"].value() for line in lines]
    names = dict(
        Certificate.objects.filter(
            pk__in=[pk for pk in ids if str(pk or "").isdecimal()],
            clinic=request.clinic,
            uploaded_by=request.user,
        ).values_list("pk", "name")
    )
    for line, pk in zip(lines, ids, strict=True):
        line.kept_name = names.get(int(pk), "") if str(pk or "").isdecimal() else ""
    return render(
        request,
        "treatments/stock/receive.html",
        {
            "title": "Receive a delivery",
            "nav_on": "stock",
            "lines": lines,
            "forms": lines,
            "has_products": bool(lines.form_kwargs["products"]),
            "second_person": request.clinic.second_person_release,
        },
        status=status,
    )


def _received_text(lots):
    numbers = ", ".join(lot.number for lot in lots)
    what = f"Lot {numbers} is" if len(lots) == 1 else f"Lots {numbers} are"
    return f"{what} received and in quarantine. Read the papers, then release."


@requires_permission(Permission.MANAGE_CLINIC)
@require_POST
@once
def save_second_person_setting(request):
    """Whether somebody other than who received a lot releases it."""
    wanted = request.POST.get("second_person") == "on"
    save_second_person_release_setting(clinic=request.clinic, wanted=wanted, by=request.user)
    messages.success(
        request,
        "From now on a second person releases what somebody received."
        if wanted
        else "From now on whoever received a lot may release it.",
    )
    return redirect("stock:receive")


@requires_permission(Permission.SEE_STOCK)
@require_http_methods(["GET", "HEAD"])
def download_lot_certificate(request, pk):
    """The file, to those who may see stock here. Never opened inside a page of ours."""
    lot = get_object_or_404(Lot.objects.of_clinic(request.clinic).select_related("certificate_file"), pk=pk)
    certificate = lot.certificate_file
    if certificate is None:
        raise Http404
    response = HttpResponse(bytes(certificate.content), content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="certificate-{lot.pk}.pdf"'
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cache-Control"] = "private, no-store"
    return response
