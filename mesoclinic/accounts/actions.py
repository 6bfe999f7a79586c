"""Clinics and staff are added here, and what each may do is changed here."""

from collections.abc import Iterable

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from mesoclinic.accounts.models import Clinic, Membership, User
from mesoclinic.accounts.permissions import Role
from mesoclinic.accounts.rules import (
    USUAL_SESSION_PRICES,
    Setting,
    check_clinic_name_ranges_and_prices,
    check_ends_own_access,
)
from mesoclinic.core import audit
from mesoclinic.core.countries import style_of_country
from mesoclinic.core.findings import Refused, gate, raise_if_found
from mesoclinic.core.locking import lock_row


@transaction.atomic
def add_clinic(*, name: str, by: User | None = None, **settings: Setting) -> Clinic:
    """A new site; ``settings`` are fields of Clinic (time_zone, currency, country…). ``by`` is None for the first.

    Its language and how it writes numbers and dates follow its country, where ``settings`` do not say otherwise.
    """
    style = style_of_country(str(settings.get("country") or "US"))
    usual = USUAL_SESSION_PRICES.get(str(settings.get("currency") or "USD"))
    follows: dict[str, Setting] = {
        "amounts": style.amounts,
        "day_order": style.day_order,
        "language": style.language,
    }
    if usual:
        follows |= {"session_price_from": usual[0], "session_price_to": usual[1]}
    clinic = Clinic(name=name.strip(), **(follows | settings))
    _refuse_invalid_row(clinic)
    clinic.save()
    audit.record(by=by, did="clinic.added", about=clinic)
    return clinic


@transaction.atomic
def add_staff(
    *,
    username: str,
    password: str,
    roles: Iterable[Role],
    clinic: Clinic,
    by: User | None = None,
    first_name: str = "",
    last_name: str = "",
    title: str = "",
    email: str = "",
) -> User:
    """Somebody who may sign in, with the roles they hold at the clinic. A weak password is refused."""
    user = User(
        username=username,
        first_name=first_name,
        last_name=last_name,
        title=title,
        email=email,
    )
    try:
        validate_password(password, user)
    except ValidationError as weak:
        raise Refused.because(" ".join(weak.messages), code="password") from weak
    user.set_password(password)
    return save_new_staff(user, roles=roles, clinic=clinic, by=by)


@transaction.atomic
def save_new_staff(user: User, *, roles: Iterable[Role], clinic: Clinic, by: User | None = None) -> User:
    """Save somebody whose password is set already, with their roles at the clinic."""
    _refuse_invalid_row(user)
    user.save()
    membership = Membership(user=user, clinic=clinic, roles=[Role(role).value for role in roles])
    _refuse_invalid_row(membership)
    membership.save()
    audit.record(by=by, did="staff.added", about=user, roles=membership.roles)
    return user


@transaction.atomic
def set_staff_active(*, user: User, active: bool, by: User) -> User:
    """Whether somebody works here: who does not can no longer sign in. What they booked and signed stays."""
    user = lock_row(User, user.pk)
    raise_if_found(check_ends_own_access(is_self=user.pk == by.pk, active=active))
    if user.is_active != active:
        user.is_active = active
        user.save(update_fields=["is_active"])
        audit.record(by=by, did="staff.activated" if active else "staff.deactivated", about=user)
    return user


@transaction.atomic
def change_clinic_settings(*, clinic: Clinic, by: User, **settings: Setting) -> list[str]:
    """Set what a clinic may set itself; the names of what changed. ``settings`` are fields of Clinic.

    Its currency and its time zone stay as it began: prices, lots and appointments are written in them.
    """
    clinic = lock_row(Clinic, clinic.pk)
    before = {name: getattr(clinic, name) for name in settings}
    changed = [name for name, value in settings.items() if before[name] != value]
    name_is_taken = (
        "name" in changed and Clinic.objects.filter(name=settings["name"]).exclude(pk=clinic.pk).exists()
    )
    gate(check_clinic_name_ranges_and_prices(settings, name_is_taken=name_is_taken))
    if not changed:
        return []
    for name in changed:
        setattr(clinic, name, settings[name])
    clinic.save(update_fields=changed)
    audit.record(
        by=by,
        did="clinic.settings_changed",
        about=clinic,
        before={name: str(before[name]) for name in changed},
        after={name: str(settings[name]) for name in changed},
    )
    return changed


def _refuse_invalid_row(row: Clinic | Membership | User) -> None:
    try:
        row.full_clean()
    except ValidationError as wrong:
        said = "; ".join(f"{field}: {' '.join(messages)}" for field, messages in wrong.message_dict.items())
        raise Refused.because(said, code="invalid") from wrong
