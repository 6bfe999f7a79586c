"""A long list that the queue writes: how far it is, and the file when it is ready. Only for whoever asked for it."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET

from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.accounts.requests import StaffRequest
from mesoclinic.core import audit
from mesoclinic.core.csv_out import CSV_TYPE, as_download
from mesoclinic.core.models import PreparedFile
from mesoclinic.core.prepared_files import texts_of_file


@requires_permission(Permission.SEE_TODAY)
@require_GET
def prepared_file_page(request: StaffRequest, pk: int) -> HttpResponse:
    """How many rows are written. The page asks again by itself while there are more."""
    file = _own_file_or_404(request, pk)
    template = "_prepared_file.html" if request.headers.get("HX-Request") else "prepared_file.html"
    context = {
        "title": f"{file.name}.csv",
        "file": file,
        "is_under_way": not (file.ready_at or file.failed_at),
    }
    return render(request, f"mesoclinic/pages/{template}", context)


@requires_permission(Permission.SEE_TODAY)
@require_GET
def take_prepared_file(request: StaffRequest, pk: int) -> HttpResponse | StreamingHttpResponse:
    """The file, sent a part at a time. That it was taken is a row of the log."""
    file = _own_file_or_404(request, pk)
    if file.ready_at is None:
        return redirect("prepared_file", pk=pk)
    with transaction.atomic():
        audit.record(by=request.user, did="file.taken", about=file, name=file.name)
    return as_download(StreamingHttpResponse(texts_of_file(file), content_type=CSV_TYPE), file.name)


def _own_file_or_404(request: StaffRequest, pk: int) -> PreparedFile:
    """Whoever may no longer see such a list does not get one asked for before either."""
    file = get_object_or_404(PreparedFile, pk=pk, owner=request.user)
    if not request.user.may(Permission[file.needs]):
        raise PermissionDenied
    return file
