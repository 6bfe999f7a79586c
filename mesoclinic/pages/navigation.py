"""What the frame of every page shows: where you may go, and where you are."""

from dataclasses import dataclass

from django.http import HttpRequest, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from mesoclinic.accounts.permissions import READING, Permission, requires_permission
from mesoclinic.accounts.requests import StaffRequest
from mesoclinic.core.paging import counted_text
from mesoclinic.pages.menu_badges import badges_of_menu, has_badges


@dataclass(frozen=True)
class Place:
    key: str
    label: str
    url: str
    has_badge: bool = False


_PLACES = (
    ("today", "Today", "today", Permission.SEE_TODAY),
    ("calendar", "Calendar", "schedule:day", Permission.SEE_CALENDAR),
    ("waiting", "Waiting list", "waiting:waiting", Permission.BOOK),
    ("patients", "Patients", "patients:list", Permission.FIND_PATIENTS),
    ("follow_up", "Follow-up", "followup:calls", Permission.SEE_PATIENT),
    ("message_list", "Messages", "outbox:message_list", Permission.BOOK),
    ("quotes", "Quotes", "billing:quote_list", Permission.SEE_QUOTES),
    ("insights", "Insights", "insights:insights", Permission.MANAGE_CLINIC),
    ("outcomes", "Clinical insights", "outcomes:clinical", Permission.SEE_CLINICAL),
    ("till", "Till", "billing:day_close", Permission.CLOSE_DAY),
    ("cocktails", "Cocktails", "cocktails:formulas", Permission.SEE_COCKTAILS),
    ("catalogue", "Catalogue", "catalogue:ingredient_list", Permission.SEE_CATALOGUE),
    ("stock", "Stock", "stock:stock", Permission.SEE_STOCK),
    ("recalls", "Recalls", "recalls:list", Permission.SEE_RECALLS),
    ("prices", "Prices", "billing:price_list_list", Permission.MANAGE_CLINIC),
    ("hours", "Rooms and hours", "schedule:hours", Permission.MANAGE_CLINIC),
    ("consent_texts", "Consent texts", "patients:consent_text_list", Permission.MANAGE_CLINIC),
    ("messages", "Message settings", "outbox:settings", Permission.MANAGE_CLINIC),
    ("check_ins", "Check-ins", "followup:check_in_settings", Permission.MANAGE_CLINIC),
    ("safety_texts", "Emergency texts", "safety_texts", Permission.READ_SAFETY_TEXTS),
    ("sides", "Two sides", "outcomes:split_scalp_settings", Permission.MANAGE_CLINIC),
    ("clinic", "Settings", "clinic_settings", Permission.MANAGE_CLINIC),
    ("staff", "Staff", "staff", Permission.MANAGE_CLINIC),
    ("access_log", "Access log", "access_log", Permission.SEE_ACCESS_LOG),
    ("privacy", "Privacy", "privacy:privacy", Permission.ANSWER_PATIENTS),
    ("openings", "Why was this opened?", "patients:openings", Permission.MANAGE_CLINIC),
    ("import", "Import", "patients:import", Permission.IMPORT_PATIENTS),
)


#: Somebody may wait behind these.
WITH_BADGE = frozenset({"today", "follow_up", "recalls", "message_list"})


def navigation_context(request: HttpRequest) -> dict[str, object]:
    """``nav`` (the places this person may go) and ``clinic``; nothing before sign-in. Asks no query.

    The badges are asked for by the page itself, once it is there, so that no page waits for them.
    """
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"nav": [], "clinic": None, "may": frozenset()}
    held = user.permissions
    clinic = getattr(request, "clinic", None)
    elsewhere = getattr(request, "read_at_clinic", None)
    with_badges = clinic is not None and has_badges(user)
    return {
        "nav": [
            Place(key, label, reverse(name), with_badges and key in WITH_BADGE)
            for key, label, name, needs in _PLACES
            if needs in held
        ],
        "badges_url": reverse("menu_badges") if with_badges else "",
        "clinic": clinic,
        "clinic_name": clinic.name if clinic else "",
        # Whose row it is, where it is of another clinic: it is read only, and its times are by that clinic's clock.
        "read_at_clinic": elsewhere,
        "hour_here": timezone.localtime(timezone=clinic.zone) if clinic else None,
        "may": {permission.name for permission in (held & READING if elsewhere else held)},
    }


@requires_permission(Permission.SEE_TODAY)
@require_GET
def menu_badges(request: StaffRequest) -> JsonResponse:
    """How much waits behind each place of the menu; what waits for nobody is left out. One query."""
    clinic = request.clinic
    counts = badges_of_menu(request.user, clinic, timezone.now()) if clinic else {}
    return JsonResponse({key: counted_text(count) for key, count in counts.items() if count})
