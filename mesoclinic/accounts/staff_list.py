"""The staff of a clinic as the staff page reads them: roles, second factor, last sign-in, state."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db.models import Max, Min
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
    #: The roles at each clinic, by its name.
    roles: dict[str, str]
    clinics: frozenset[int]
    second_factor: str
    last_at: datetime | None
    state: str
    locked_until: datetime | None

    @property
    def badge(self) -> str:
        return STATES[self.state]

    @property
    def state_text(self) -> str:
        """The state, and until when where it ends by itself."""
        if self.state == "locked" and self.locked_until is not None:
            return f"locked until {timezone.localtime(self.locked_until):%-H:%M}"
        if self.state == "invited" and self.person.invited_at is not None:
            ends = self.person.invited_at + timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT)
            return f"invited to {timezone.localtime(ends):%-d %b}"
        return self.state


@dataclass(frozen=True)
class StaffFilter:
    """What the list is asked for: a kind of state, one clinic, and words of a name or an e-mail address."""

    kind: str = ""
    clinic: int | None = None
    words: str = ""

    def keeps(self, row: StaffRow) -> bool:
        who = f"{row.person.display_name} {row.person.username} {row.person.email}".casefold()
        is_here = self.clinic is None or self.clinic in row.clinics
        return (
            is_here
            and is_of_kind(row, self.kind)
            and all(word in who for word in self.words.casefold().split())
        )


#: The kinds of rows by which the list is filtered, as it names them.
KINDS = {
    "": "All",
    "locked": "Locked",
    "without": "No second factor",
    "invited": "Invited",
    "disabled": "Disabled",
}


def is_of_kind(row: StaffRow, kind: str) -> bool:
    if kind == "without":
        return not row.second_factor and row.state not in ("invited", "disabled")
    return kind in ("", row.state)


def clinics_of_admin(person: User) -> list[Clinic]:
    """Where they are admin, by name. One query."""
    return list(
        Clinic.objects.filter(
            memberships__user=person, memberships__roles__contains=[Role.ADMIN.value]
        ).order_by("name")
    )


def staff_of_clinics(clinics: Sequence[Clinic]) -> list[StaffRow]:
    """Everybody who works at one of them or did while an account stands, by name. Five queries."""
    people = list(
        User.objects.filter(memberships__clinic__in=clinics)
        .order_by("last_name", "first_name", "pk")
        .distinct()
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
        held = [role for each in own for role in each.roles]
        rows.append(
            StaffRow(
                person=person,
                roles={
                    each.clinic.name: ", ".join(ROLES[Role(role)].label for role in each.roles)
                    for each in own
                },
                clinics=frozenset(each.clinic_id for each in own),
                second_factor=factors.get(person.pk, ""),
                last_at=last.get(person.pk),
                state=_state(person, held, person.pk in factors, person.username in locked),
                locked_until=locked.get(person.username),
            )
        )
    return rows


def _second_factors(ids: Sequence[int]) -> dict[int, str]:
    words = {Authenticator.Type.TOTP: "app", Authenticator.Type.WEBAUTHN: "key"}
    found: dict[int, str] = {}
    for user, kind in Authenticator.objects.filter(user__in=ids, type__in=words).values_list("user", "type"):
        found[user] = " and ".join(sorted({*found.get(user, "").split(" and "), words[kind]} - {""}))
    return found


def second_factor_since_or_none(person: User) -> datetime | None:
    """When the first that they have now was switched on."""
    own = Authenticator.objects.filter(
        user=person, type__in=[Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
    )
    return own.aggregate(first=Min("created_at"))["first"]


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
