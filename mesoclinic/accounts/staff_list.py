"""The staff of a clinic as the staff page reads them: roles, second factor, last sign-in, state."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db.models import Max
from django.utils import timezone

from mesoclinic.accounts.models import Clinic, Membership, SignIn, User
from mesoclinic.accounts.permissions import ROLES, Role
from mesoclinic.accounts.sign_in_tries import locked_accounts

#: State to the badge that shows it.
STATES = {
    "locked": "stop",
    "must switch on": "warn",
    "invited": "info",
    "disabled": "ink",
    "active": "ok",
}


@dataclass(frozen=True)
class StaffRow:
    person: User
    roles: str
    clinics: str
    second_factor: str
    last_at: datetime | None
    state: str

    @property
    def badge(self) -> str:
        return STATES[self.state]


def staff_of_clinic(clinic: Clinic) -> list[StaffRow]:
    """Everybody who works there or did while an account stands, by name. Five queries."""
    people = list(
        User.objects.filter(memberships__clinic=clinic).order_by("last_name", "first_name", "pk").distinct()
    )
    ids = [person.pk for person in people]
    memberships: dict[int, list[Membership]] = {}
    for membership in Membership.objects.filter(user__in=ids).select_related("clinic"):
        memberships.setdefault(membership.user_id, []).append(membership)
    factors = _second_factors(ids)
    last = dict(SignIn.objects.filter(user__in=ids).order_by().values_list("user").annotate(Max("at")))
    locked = locked_accounts([person.username for person in people])
    rows = []
    for person in people:
        own = memberships.get(person.pk, [])
        here = next((each.roles for each in own if each.clinic_id == clinic.pk), [])
        rows.append(
            StaffRow(
                person=person,
                roles=", ".join(ROLES[Role(role)].label for role in here),
                clinics=", ".join(each.clinic.name for each in own),
                second_factor=factors.get(person.pk, ""),
                last_at=last.get(person.pk),
                state=_state(person, here, person.pk in factors, person.username in locked),
            )
        )
    return rows


def _second_factors(ids: Sequence[int]) -> dict[int, str]:
    words = {Authenticator.Type.TOTP: "app", Authenticator.Type.WEBAUTHN: "key"}
    found: dict[int, str] = {}
    for user, kind in Authenticator.objects.filter(user__in=ids, type__in=words).values_list("user", "type"):
        found[user] = " and ".join(sorted({*found.get(user, "").split(" and "), words[kind]} - {""}))
    return found


def _state(person: User, roles: Sequence[str], has_factor: bool, is_locked: bool) -> str:
    if not person.is_active:
        return "disabled"
    if is_locked:
        return "locked"
    if person.invited_at is not None:
        return "invited"
    if not has_factor and set(roles) & set(settings.SECOND_FACTOR_ROLES):
        return "must switch on"
    return "active"


def open_sign_ins(person: User) -> list[SignIn]:
    """The sessions of a person that the database still holds, newest first. Two queries."""
    rows = list(SignIn.objects.filter(user=person, ended_at=None).select_related("user")[:50])
    standing = set(
        Session.objects.filter(
            session_key__in=[row.session_key for row in rows], expire_date__gt=timezone.now()
        ).values_list("session_key", flat=True)
    )
    return [row for row in rows if row.session_key in standing]
