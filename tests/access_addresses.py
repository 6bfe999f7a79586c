"""Every address of the product, for a row of a place of ``tests.access_world``, and who may use it."""

import re
from pathlib import Path
from uuid import UUID

from django.urls import get_resolver, reverse
from django.urls.converters import UUIDConverter

from mesoclinic.accounts.permissions import Role
from mesoclinic.pages.access import NOTHING
from mesoclinic.pages.addresses import ADDRESSES
from mesoclinic.pages.walls import BY_SECRET, SIGN_IN, STAFF, Behind
from patients.actions.links import link_token
from tests.access_world import Place, World
from treatments.schedule.queries.visit_links import visit_link_token

KNOWN = Path(__file__).parent / "known" / "access.txt"
LETTERS = {
    "C": Role.CLINICIAN,
    "D": Role.FRONT_DESK,
    "A": Role.ADMIN,
    "K": Role.COSMETOLOGIST,
    "P": Role.PRIVACY_OFFICER,
}
NOT_OURS = {name for name, wall in ADDRESSES.items() if wall in (SIGN_IN, BY_SECRET)}


def roles_by_address() -> dict[str, set[Role]]:
    """What the file says: an address and the letters of the roles that may use it."""
    rows = (line.split() for line in KNOWN.read_text().splitlines() if line and not line.startswith("#"))
    return {name: {LETTERS[letter] for letter in letters if letter != "-"} for name, letters in rows}


MAY = roles_by_address()


def patterns_by_name(resolver=None, prefix=""):
    found = {}
    for entry in (resolver or get_resolver()).url_patterns:
        if hasattr(entry, "url_patterns"):
            space = f"{prefix}{entry.namespace}:" if entry.namespace else prefix
            found |= patterns_by_name(entry, space)
        else:
            found[f"{prefix}{entry.name}"] = entry
    return found


PATTERNS = patterns_by_name()
WORDS = {
    "kind": "dose-limit",
    "key": "HAS14",
    "code": "unknown",
    "size": "small",
    "side": "left",
    "token": "x",
}
_OF_SIGN_IN = {
    "mfa_edit_webauthn": {"pk": 1},
    "mfa_remove_webauthn": {"pk": 1},
    "account_confirm_email": {"key": "x"},
    "account_reset_password_from_key": {"uidb36": "1", "key": "x-y"},
}


def address_of(name: str, place: Place | None, world: World) -> str:
    """The address for the row of this place; None: of no row."""
    wall = ADDRESSES[name]
    if wall is SIGN_IN:
        return reverse(name, kwargs=_OF_SIGN_IN.get(name, {}))
    wanted = PATTERNS[name].pattern.converters
    kwargs: dict[str, object] = {}
    shared = re.sub("_(edit|retire|review)$", "", name)
    for key, converter in wanted.items():
        if isinstance(converter, UUIDConverter):
            kwargs[key] = UUID(int=1)
        elif isinstance(wall, Behind) and key == wall.key:
            kwargs[key] = place.rows[wall.model].pk if place else NOTHING
        elif key == "pk" and wall is STAFF:
            kwargs[key] = place.people[Role.CLINICIAN].pk if place else NOTHING
        elif key in ("pk", "code") and shared in world.shared:
            kwargs[key] = world.shared[shared]
        elif key == "pk":
            kwargs[key] = place.patient.pk if place else NOTHING
        elif key == "kind":
            kwargs[key] = "treatment" if name.startswith("patients") else "limit"
        else:
            kwargs[key] = place.beside.get(key, WORDS.get(key)) if place else WORDS.get(key, NOTHING)
    return reverse(name, kwargs=kwargs)


def secret_addresses(place: Place) -> dict[str, str]:
    """By a word for each: the address that leads a stranger to a row of this place, as its letter says it."""
    found = {
        f"link of {purpose}": reverse("patient_link", args=[link_token(link)])
        for purpose, link in place.links.items()
    }
    token = visit_link_token(place.visit_by_link)
    for name in ("visit", "visit_time", "visit_ics"):
        found[name] = reverse(f"schedule:{name}", args=[token])
    return found | {"phone": place.phone_address, "feed": place.feed_address}
