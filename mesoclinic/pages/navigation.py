"""What the frame of every page shows: where you may go, and where you are."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse

from mesoclinic.accounts.permissions import Permission


@dataclass(frozen=True)
class Place:
    key: str
    label: str
    url: str
    badge: str = ""


_PLACES = (
    ("today", "Today", "today", Permission.SEE_TODAY),
    ("calendar", "Calendar", "schedule:day", Permission.SEE_CALENDAR),
    ("waiting", "Waiting list", "waiting:waiting", Permission.BOOK),
    ("patients", "Patients", "patients:list", Permission.FIND_PATIENTS),
    ("follow_up", "Follow-up", "followup:calls", Permission.SEE_PATIENT),
    ("quotes", "Quotes", "billing:quote_list", Permission.SEE_QUOTES),
    ("till", "Till", "billing:day_close", Permission.CLOSE_DAY),
    ("cocktails", "Cocktails", "cocktails:formulas", Permission.SEE_COCKTAILS),
    ("catalogue", "Catalogue", "catalogue:ingredient_list", Permission.SEE_CATALOGUE),
    ("stock", "Stock", "stock:stock", Permission.SEE_STOCK),
    ("recalls", "Recalls", "recalls:list", Permission.SEE_RECALLS),
    ("prices", "Prices", "billing:price_list_list", Permission.MANAGE_CLINIC),
    ("hours", "Hours", "schedule:hours", Permission.MANAGE_CLINIC),
    ("consent_texts", "Consent texts", "patients:consent_text_list", Permission.MANAGE_CLINIC),
    ("messages", "Messages", "outbox:settings", Permission.MANAGE_CLINIC),
    ("clinic", "Settings", "clinic_settings", Permission.MANAGE_CLINIC),
    ("openings", "Why opened", "patients:openings", Permission.MANAGE_CLINIC),
    ("import", "Import", "patients:import", Permission.IMPORT_PATIENTS),
)


def navigation_context(request: HttpRequest) -> dict[str, object]:
    """``nav`` (the places this person may go) and ``clinic``; nothing before sign-in. Asks no query."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"nav": [], "clinic": None, "may": frozenset()}
    held = user.permissions
    clinic = getattr(request, "clinic", None)
    return {
        "nav": [Place(key, label, reverse(name)) for key, label, name, needs in _PLACES if needs in held],
        "clinic": clinic,
        "clinic_name": clinic.name if clinic else "",
        "may": {permission.name for permission in held},
    }
