"""How the server is: its version, what it checks, its backups, what is wrong."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.accounts.requests import StaffRequest
from mesoclinic.core.version import version
from mesoclinic.operations.backups import last_good_backup_or_none, last_good_verification_or_none
from mesoclinic.operations.health import run_health_checks
from mesoclinic.operations.models import BackupRun, Trouble


@requires_permission(Permission.MANAGE_CLINIC)
@require_http_methods(["GET", "HEAD"])
def server_page(request: StaffRequest) -> HttpResponse:
    """Only reads; what it says is also on /readyz."""
    failed = BackupRun.objects.first()
    return render(
        request,
        "mesoclinic/operations/server.html",
        {
            "title": "Server",
            "nav_on": "clinic",
            "version": version(),
            "checks": run_health_checks(),
            "backup": last_good_backup_or_none(),
            "verification": last_good_verification_or_none(),
            "failed": failed if failed is not None and not failed.is_good else None,
            "troubles": Trouble.objects.all(),
        },
    )
