"""The page of a source: what it is, where it can be read, and which rules cite it."""

from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods

from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.core.models import Source
from treatments.catalogue.queries.safety_rules import rules_citing_source_and_if_more


@requires_permission(Permission.SEE_CATALOGUE)
@require_http_methods(["GET", "HEAD"])
def source(request, key):
    found = get_object_or_404(Source, pk=key)
    return render(
        request,
        "treatments/catalogue/source.html",
        {
            "title": f"Source {found.key}",
            "nav_on": "catalogue",
            "source": found,
            "groups": rules_citing_source_and_if_more(found),
        },
    )
