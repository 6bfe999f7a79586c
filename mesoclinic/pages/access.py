"""The wall between clinics, asked before any view: who works where, and whose patient it is."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from django.core import checks
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, Q, Subquery
from django.db.models.expressions import Combinable
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import Resolver404, URLPattern, URLResolver, get_resolver, resolve
from django.utils import timezone

from mesoclinic.accounts.models import BesidePerson, Clinic, User, annotate_users_read_inside
from mesoclinic.accounts.permissions import Permission
from mesoclinic.core import access_log
from mesoclinic.core.compiled_queries import Blank
from mesoclinic.pages.addresses import ADDRESSES
from mesoclinic.pages.form_pages import PAGES_OF_FORMS, PAGES_OF_ROWS
from mesoclinic.pages.walls import Behind
from patients.models import Restriction, is_open_exists

#: What was given is on record, whatever we think of it (law 16): forms of a session and of what followed it are taken.
_TAKEN_ALWAYS = frozenset({"sessions", "followup"})

#: The key of no row: they are counted from 1.
NOTHING = 0


@dataclass(frozen=True, slots=True)
class Found:
    """The row behind an address: its clinic, its patient, and whether that patient's record is open to the viewer."""

    clinic: int | None
    patient: int | None
    is_open: bool


class AccessMiddleware:
    """Refuses rows of other clinics than the one where one is working; asks why before a patient of other clinics is opened.

    What is missing, or needs another role, is left to the view: it answers 403 before it looks anything up.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with annotate_users_read_inside(_beside_person_of_request(request)):
            # The person is read here, before anything else asks who they are.
            request.user.is_authenticated  # noqa: B018
        response = self.get_response(request)
        if response.status_code == 405 and request.method == "GET" and request.accepts("text/html"):
            return _redirect_from_form_or_none(request) or response
        return response

    def process_view(
        self, request: HttpRequest, view: object, args: object, kwargs: dict[str, int]
    ) -> HttpResponseBase | None:
        """Called by Django before the view. None: go on."""
        name = request.resolver_match.view_name if request.resolver_match else ""
        if name not in ADDRESSES:
            raise PermissionDenied(f"{name} is not classed in mesoclinic.pages.addresses")
        wall, user = ADDRESSES[name], request.user
        if not isinstance(wall, Behind) or not isinstance(user, User):
            return None
        needed: Permission | None = getattr(view, "permission", None)
        if needed is not None and not user.may(needed):
            return None
        found = _row_beside_user_or_none(user)
        if found is None:
            return None
        if found.patient is not None:
            access_log.note_subject(found.patient)
        is_read = request.method in ("GET", "HEAD")
        if getattr(user, "wall_is_restricted", False) and (found.is_open or found.clinic == user.clinic_id):
            page = {"patient_pk": found.patient}
            return render(request, "patients/restricted.html", page, status=403)
        if found.clinic is not None:
            if found.clinic == user.clinic_id:
                return None
            if found.is_open and wall.is_read_elsewhere:
                if is_read:
                    _read_by_the_clock_of(request, found.clinic)
                    return None
                raise PermissionDenied
            # The view answers as it does where nothing is there: nobody learns that something is.
            kwargs[wall.key] = NOTHING
            return None
        if found.patient is None or found.is_open:
            return None
        if is_read:
            return redirect("patients:break_glass", found.patient)
        return render(request, "patients/not_open.html", {"patient_pk": found.patient}, status=403)


def _read_by_the_clock_of(request: HttpRequest, clinic_id: int) -> None:
    """Another clinic's row is read in that clinic's time, and the page says so. The zone ends with the request.

    One query, and only for such a row.
    """
    clinic = Clinic.objects.get(pk=clinic_id)
    request.read_at_clinic = clinic  # type: ignore[attr-defined]
    timezone.activate(clinic.zone)


def _redirect_from_form_or_none(request: HttpRequest) -> HttpResponseBase | None:
    """A refused form stands at an address that only takes forms: who loads it again is led to the page it is of."""
    match = request.resolver_match
    # A program that sends no Accept header is told the plain truth.
    if match is None or "Accept" not in request.headers or not request.user.is_authenticated:
        return None
    wall = ADDRESSES[match.view_name]
    page = PAGES_OF_FORMS.get(match.view_name) or (
        PAGES_OF_ROWS.get(wall.model) if isinstance(wall, Behind) else None
    )
    if page is None:
        return redirect("today")
    return redirect(page, match.kwargs["pk"]) if isinstance(wall, Behind) else redirect(page)


def _beside_person_of_request(request: HttpRequest) -> BesidePerson:
    """What is read beside the person: clinic and patient of the row behind the address, and whether its record is open; for
    a form, whether it is restricted.
    """
    try:
        match = resolve(request.path_info)
    except Resolver404:
        return BesidePerson("", dict, {})
    wall = ADDRESSES.get(match.view_name)
    if not isinstance(wall, Behind):
        return BesidePerson("", dict, {})
    values = {"row": match.kwargs[wall.key], "now": timezone.now()}
    asks_restricted = request.method == "POST" and match.namespace not in _TAKEN_ALWAYS
    name = f"wall of {wall}, restricted or not" if asks_restricted else f"wall of {wall}"
    return BesidePerson(name, partial(_wall_expressions, wall, asks_restricted), values)


def _wall_expressions(wall: Behind, asks_restricted: bool) -> dict[str, Combinable | Q]:
    row = wall.model._default_manager.filter(pk=Blank("row")).order_by()
    beside: dict[str, Combinable | Q] = {"wall_is_there": Exists(row)}
    if wall.clinic:
        beside["wall_clinic"] = Subquery(row.values(wall.clinic)[:1])
    if wall.patient:
        patient = row.values(wall.patient)[:1]
        beside["wall_patient"] = Subquery(patient)
        if asks_restricted:
            restricted = Restriction.objects.filter(patient__in=Subquery(patient), lifted_at=None).order_by()
            beside["wall_is_restricted"] = Exists(restricted)
        if wall.is_read_elsewhere or not wall.clinic:
            beside["wall_is_open"] = is_open_exists(OuterRef("pk"), Subquery(patient), Blank("now"))
    return beside


def _row_beside_user_or_none(user: User) -> Found | None:
    """The row behind the address, as it was read beside the person."""
    # Raises where it was not read: an address never opens because nobody asked.
    if not user.wall_is_there:  # type: ignore[attr-defined]
        return None
    return Found(
        getattr(user, "wall_clinic", None),
        getattr(user, "wall_patient", None),
        bool(getattr(user, "wall_is_open", False)),
    )


def url_names_with_namespace(resolver: URLResolver | None = None, prefix: str = "") -> list[str]:
    """The name of every address, with its namespace."""
    names: list[str] = []
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            names += url_names_with_namespace(
                entry, f"{prefix}{entry.namespace}:" if entry.namespace else prefix
            )
        elif isinstance(entry, URLPattern):
            names.append(f"{prefix}{entry.name}")
    return names


@checks.register
def check_every_address_is_classed(**kwargs: object) -> list[checks.CheckMessage]:
    """Asked by ``manage.py check`` and at every start: an address without a wall answers nobody."""
    return [
        checks.Error(f"{name} is not classed in mesoclinic/pages/addresses.py.", id="mesoclinic.E001")
        for name in url_names_with_namespace()
        if name not in ADDRESSES
    ]
