"""What each role may do. A page names one permission; a role is a list of them."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import wraps
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase

from mesoclinic.core.findings import Refused

Request = TypeVar("Request", bound=HttpRequest)
#: What a view is given by its address.
Given = ParamSpec("Given")

View = Callable[Concatenate[Request, Given], HttpResponseBase]


class Permission(StrEnum):
    SEE_TODAY = "see today"
    FIND_PATIENTS = "find patients"
    REGISTER_PATIENTS = "register patients"
    SEE_PATIENT = "see a patient's name, contacts and visits"
    SEE_CLINICAL = "see clinical notes and diagnoses"
    SEE_PHOTOGRAPHS = "see photographs"
    TAKE_PHOTOGRAPHS = "take photographs"
    TAKE_INTAKE = "take the intake"
    TAKE_CONSENT = "take consent"
    ASSESS = "assess"
    FORMULATE = "build a cocktail"
    SEE_COCKTAILS = "read what a cocktail holds, without its patient"
    SIGN_COCKTAIL = "sign a cocktail"
    OVERRIDE = "go past a block with a written reason"
    PLAN = "plan a course"
    SEE_QUOTES = "see quotes"
    QUOTE = "quote and issue"
    TAKE_PAYMENT = "take payments"
    SEE_MARGIN = "see cost and margin"
    CLOSE_DAY = "count the till and close the day"
    EXPORT_BOOK = "take the payment book out as a file"
    SEE_CALENDAR = "see the calendar"
    BOOK = "book, move and cancel"
    SHARE_CALENDAR = "open calendar feeds and bring in busy times"
    RUN_SESSION = "log a session"
    SIGN_SESSION = "sign a session"
    SEE_CATALOGUE = "read the catalogue"
    EDIT_CATALOGUE = "edit the catalogue and its rules"
    REVIEW_RULES = "sign that a rule was read and stands"
    READ_SAFETY_TEXTS = "sign that patients' emergency texts were read and are right"
    SEE_STOCK = "see stock"
    MANAGE_STOCK = "receive, count and waste stock"
    SEE_RECALLS = "see recalls"
    RUN_RECALLS = "start, close and reopen a recall"
    CONTACT_RECALLED = "see and call those who received a recalled lot"
    IMPORT_PATIENTS = "import patients from files"
    MANAGE_CLINIC = "manage rooms, prices and staff"
    SEE_ACCESS_LOG = "read who looked at what"
    ANSWER_PATIENTS = "hand out, restrict and erase records for patients who ask"
    SEE_OWN_ACCOUNT = "see one's own account"


class Role(StrEnum):
    CLINICIAN = "clinician"
    FRONT_DESK = "front_desk"
    ADMIN = "admin"
    COSMETOLOGIST = "cosmetologist"
    PRIVACY_OFFICER = "privacy_officer"


@dataclass(frozen=True)
class RoleDescription:
    label: str
    sentence: str
    permissions: frozenset[Permission]


_EVERYONE = {Permission.SEE_TODAY, Permission.SEE_CATALOGUE, Permission.SEE_OWN_ACCOUNT}

ROLES: dict[Role, RoleDescription] = {
    Role.CLINICIAN: RoleDescription(
        "Clinician",
        "Takes the intake, assesses, builds and signs the cocktail, plans, runs and signs sessions.",
        frozenset(
            _EVERYONE
            | {
                Permission.FIND_PATIENTS,
                Permission.REGISTER_PATIENTS,
                Permission.SEE_PATIENT,
                Permission.SEE_CLINICAL,
                Permission.SEE_PHOTOGRAPHS,
                Permission.TAKE_PHOTOGRAPHS,
                Permission.TAKE_INTAKE,
                Permission.TAKE_CONSENT,
                Permission.ASSESS,
                Permission.FORMULATE,
                Permission.SEE_COCKTAILS,
                Permission.SIGN_COCKTAIL,
                Permission.OVERRIDE,
                Permission.PLAN,
                Permission.SEE_QUOTES,
                Permission.QUOTE,
                Permission.SEE_MARGIN,
                Permission.SEE_CALENDAR,
                Permission.BOOK,
                Permission.SHARE_CALENDAR,
                Permission.RUN_SESSION,
                Permission.SIGN_SESSION,
                Permission.SEE_STOCK,
                Permission.SEE_RECALLS,
                Permission.RUN_RECALLS,
                Permission.CONTACT_RECALLED,
                Permission.REVIEW_RULES,
                Permission.READ_SAFETY_TEXTS,
            }
        ),
    ),
    Role.FRONT_DESK: RoleDescription(
        "Front desk",
        "Finds and registers patients, books, quotes and takes payments. Sees no clinical notes.",
        frozenset(
            _EVERYONE
            | {
                Permission.FIND_PATIENTS,
                Permission.REGISTER_PATIENTS,
                Permission.SEE_PATIENT,
                Permission.SEE_QUOTES,
                Permission.QUOTE,
                Permission.TAKE_PAYMENT,
                Permission.CLOSE_DAY,
                Permission.SEE_CALENDAR,
                Permission.BOOK,
                Permission.SEE_RECALLS,
                Permission.CONTACT_RECALLED,
            }
        ),
    ),
    Role.ADMIN: RoleDescription(
        "Admin",
        "Keeps ingredients, products, rules, lots, prices, rooms and staff. Reads no patient records.",
        frozenset(
            _EVERYONE
            | {
                Permission.EDIT_CATALOGUE,
                Permission.SEE_STOCK,
                Permission.MANAGE_STOCK,
                Permission.SEE_RECALLS,
                Permission.RUN_RECALLS,
                Permission.IMPORT_PATIENTS,
                Permission.SHARE_CALENDAR,
                Permission.MANAGE_CLINIC,
                Permission.READ_SAFETY_TEXTS,
                Permission.SEE_ACCESS_LOG,
                Permission.CLOSE_DAY,
                Permission.EXPORT_BOOK,
            }
        ),
    ),
    Role.COSMETOLOGIST: RoleDescription(
        "Cosmetologist",
        "Reads the catalogue and what cocktails hold, and prints education sheets. Cannot prescribe, sign or sell.",
        frozenset(_EVERYONE | {Permission.SEE_COCKTAILS}),
    ),
    Role.PRIVACY_OFFICER: RoleDescription(
        "Privacy officer",
        "Reads who looked at which record and answers patients who ask. Reads no patient records.",
        frozenset(_EVERYONE | {Permission.SEE_ACCESS_LOG, Permission.ANSWER_PATIENTS}),
    ),
}


#: What changes nothing: all that a page about a row of a clinic where somebody is not working now offers them.
READING = frozenset(
    {
        Permission.SEE_TODAY,
        Permission.FIND_PATIENTS,
        Permission.SEE_PATIENT,
        Permission.SEE_CLINICAL,
        Permission.SEE_PHOTOGRAPHS,
        Permission.SEE_COCKTAILS,
        Permission.SEE_QUOTES,
        Permission.SEE_MARGIN,
        Permission.SEE_CALENDAR,
        Permission.SEE_CATALOGUE,
        Permission.SEE_STOCK,
        Permission.SEE_RECALLS,
        Permission.SEE_ACCESS_LOG,
    }
)


def permissions_of(roles: list[str]) -> frozenset[Permission]:
    """Everything that somebody with these roles may do: a person may hold several."""
    held: frozenset[Permission] = frozenset()
    for role in roles:
        held |= ROLES[Role(role)].permissions
    return held


class Member(Protocol):
    """Somebody of the staff, as far as permissions are asked."""

    def may(self, permission: Permission) -> bool: ...


def refuse_unless_allowed(
    by: Member, permission: Permission, message: str = "", *, code: str = "role"
) -> None:
    """Refuse what ``by`` may not do. Actions ask it again: a role can be taken away while a page stands open."""
    if not by.may(permission):
        raise Refused.because(message or f"Your account may not {permission}.", code=code)


def requires_permission(
    permission: Permission,
) -> Callable[[View[Request, Given]], View[Request, Given]]:
    """A view for those who hold ``permission``; 403 for everybody else, before anything is looked up.

    Asked before the object is fetched, so that a forbidden page does not tell whether the object exists.
    """

    def decorate_view(view: View[Request, Given]) -> View[Request, Given]:
        @wraps(view)
        def refuse_or_call_view(
            request: Request, /, *args: Given.args, **kwargs: Given.kwargs
        ) -> HttpResponseBase:
            if not request.user.may(permission):  # type: ignore[union-attr]
                raise PermissionDenied
            return view(request, *args, **kwargs)

        refuse_or_call_view.permission = permission  # type: ignore[attr-defined]
        return refuse_or_call_view

    return decorate_view
