"""The addresses of the site, and one page more: the floor that every page is measured against."""

from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import path
from django.views.decorators.http import require_GET

from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.pages.addresses import ADDRESSES, HERE
from mesoclinic.urls import handler500 as handler500
from mesoclinic.urls import urlpatterns as of_the_site
from treatments.stock.models import Lot

_PAGE = "<ul>{% for lot in lots %}<li>{{ lot.number }}, {{ lot.maker }}, {{ lot.expires_on }}</li>{% endfor %}</ul>"


@require_GET
@requires_permission(Permission.SEE_TODAY)
def floor_page(request: HttpRequest) -> HttpResponse:
    """Fifty rows by one indexed query, signed in, through the same middleware."""
    lots = Lot.objects.order_by("pk")[:50]
    return HttpResponse(engines["django"].from_string(_PAGE).render({"lots": lots}, request))


# Only here: the site has no such page.
ADDRESSES["floor"] = HERE

urlpatterns = [*of_the_site, path("floor/", floor_page, name="floor")]
