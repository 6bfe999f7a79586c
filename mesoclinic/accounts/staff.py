"""What an admin does about the people of a clinic: invite, change roles, disable, unlock, reset, sign out."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.mail import send_mail
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from mesoclinic.accounts import sign_in_tries
from mesoclinic.accounts.actions import save_new_staff
from mesoclinic.accounts.models import LAST_ADMIN, Clinic, Membership, SignIn, User
from mesoclinic.accounts.permissions import Role
from mesoclinic.core import audit
from mesoclinic.core.findings import Refused
from mesoclinic.core.locking import lock_row


def _must_be_admin_of(by: User, clinic: Clinic) -> None:
    if not (by.is_active and by.has_role(Role.ADMIN, clinic)):
        raise Refused.because("Only an admin of this clinic changes its staff.", code="staff:admin")


def _must_share_a_clinic(by: User, person: User) -> None:
    """An admin acts on accounts of people who work at a clinic where they are admin."""
    shared = Membership.objects.filter(
        user=person,
        clinic__in=Clinic.objects.filter(memberships__user=by, memberships__roles__contains=[Role.ADMIN]),
    )
    if not by.is_active or not shared.exists():
        raise Refused.because("Only an admin of their clinic changes this account.", code="staff:admin")


@transaction.atomic
def invite_staff(
    *,
    username: str,
    email: str,
    roles: Iterable[Role],
    clinic: Clinic,
    by: User,
    first_name: str = "",
    last_name: str = "",
    title: str = "",
) -> User:
    """An account without a password, and a letter with which its person sets one. The link holds three days."""
    _must_be_admin_of(by, clinic)
    email = email.strip()
    if not email:
        raise Refused.because(
            "Type the e-mail address for the invitation.", code="staff:email", where="email"
        )
    if User.objects.filter(email__iexact=email).exists():
        raise Refused.because("Somebody has this e-mail address already.", code="staff:email", where="email")
    if User.objects.filter(username__iexact=username.strip()).exists():
        raise Refused.because(
            "Somebody has this name for signing in.", code="staff:username", where="username"
        )
    user = User(
        username=username.strip(),
        email=email,
        first_name=first_name.strip(),
        last_name=last_name.strip(),
        title=title.strip(),
        invited_at=timezone.now(),
    )
    user.set_unusable_password()
    save_new_staff(user, roles=roles, clinic=clinic, by=by)
    audit.record(by=by, did="staff.invited", about=user)
    transaction.on_commit(lambda: _send_password_letter(user, "Your account at the clinic"))
    return user


@transaction.atomic
def send_new_password_letter(*, person: User, by: User) -> None:
    """The letter once more: of an invitation, or to set a new password."""
    _must_share_a_clinic(by, person)
    if not person.is_active:
        raise Refused.because("This account is disabled: enable it first.", code="staff:disabled")
    if not person.email:
        raise Refused.because("This account has no e-mail address.", code="staff:email")
    audit.record(by=by, did="staff.password_letter_sent", about=person)
    transaction.on_commit(lambda: _send_password_letter(person, "Set your password"))


def _send_password_letter(person: User, subject: str) -> None:
    key = default_token_generator.make_token(person)
    where = reverse(
        "account_reset_password_from_key", kwargs={"uidb36": user_pk_to_url_str(person), "key": key}
    )
    send_mail(
        subject,
        f"You sign in as: {person.username}\n\nSet your password here, within three days:\n{settings.SITE_URL}{where}\n",
        None,
        [person.email],
    )


@transaction.atomic
def change_roles(*, person: User, clinic: Clinic, roles: Sequence[Role], by: User) -> None:
    """Their roles at this clinic from now on; none: they do not work there any more."""
    _must_be_admin_of(by, clinic)
    lock_row(User, person.pk)
    membership = Membership.objects.filter(user=person, clinic=clinic).first()
    before = membership.roles if membership else []
    after = [role.value for role in Role if role in set(roles)]
    if before == after:
        return
    if person.pk == by.pk and Role.ADMIN in before and Role.ADMIN not in after:
        raise Refused.because(
            "You cannot take away your own role as admin: another admin does.",
            code="staff:own",
            where="roles",
        )
    try:
        with transaction.atomic():
            if membership is None:
                Membership.objects.create(user=person, clinic=clinic, roles=after)
            elif after:
                Membership.objects.filter(pk=membership.pk).update(roles=after)
            else:
                membership.delete()
    except IntegrityError as wrong:
        raise _last_admin_or(wrong) from wrong
    audit.record(by=by, did="staff.roles_changed", about=person, clinic=clinic.pk, before=before, after=after)


@transaction.atomic
def disable_staff(*, person: User, by: User, now: datetime | None = None) -> None:
    """They are signed out at once, may not sign in, and their calendar feeds answer nothing. What they signed stays."""
    _must_share_a_clinic(by, person)
    if person.pk == by.pk:
        raise Refused.because("You cannot disable your own account.", code="staff:own")
    person = lock_row(User, person.pk)
    if not person.is_active:
        return
    person.is_active = False
    try:
        with transaction.atomic():
            person.save(update_fields=["is_active"])
    except IntegrityError as wrong:
        raise _last_admin_or(wrong) from wrong
    end_sessions(SignIn.objects.filter(user=person, ended_at=None), by=by, now=now)
    audit.record(by=by, did="staff.disabled", about=person)


@transaction.atomic
def enable_staff(*, person: User, by: User) -> None:
    """They may sign in again, with the roles they had."""
    _must_share_a_clinic(by, person)
    person = lock_row(User, person.pk)
    if not person.is_active:
        person.is_active = True
        person.save(update_fields=["is_active"])
        audit.record(by=by, did="staff.enabled", about=person)


@transaction.atomic
def unlock_staff(*, person: User, by: User) -> None:
    """Their wrong tries are forgotten, on every address they or somebody else tried from."""
    _must_share_a_clinic(by, person)
    tried_from = audit.addresses_in_log(person, ["staff.wrong_try", "staff.locked_out"])
    sign_in_tries.unlock_account(person.username, tried_from)
    audit.record(by=by, did="staff.unlocked", about=person)


@transaction.atomic
def reset_second_factor(*, person: User, by: User) -> None:
    """Their app, keys and recovery codes are gone and they are signed out everywhere; a letter tells them."""
    _must_share_a_clinic(by, person)
    if person.pk == by.pk:
        raise Refused.because(
            "You cannot reset your own second factor: another admin does.", code="staff:own"
        )
    Authenticator.objects.filter(user=person).delete()
    end_sessions(SignIn.objects.filter(user=person, ended_at=None), by=by)
    audit.record(by=by, did="staff.second_factor_reset", about=person)
    if person.email:
        transaction.on_commit(
            lambda: send_mail(
                "Your second factor was reset",
                "An admin of the clinic has reset your second factor. You are signed out everywhere.\n"
                "If you did not ask for it, tell the clinic at once.\n",
                None,
                [person.email],
            )
        )


@transaction.atomic
def sign_out_device(*, sign_in: SignIn, by: User) -> None:
    """This session ends at once."""
    _must_share_a_clinic(by, sign_in.user)
    end_sessions([sign_in], by=by)
    audit.record(by=by, did="staff.signed_out", about=sign_in.user, sign_in=sign_in.pk)


def end_sessions(sign_ins: Iterable[SignIn], *, by: User, now: datetime | None = None) -> None:
    """What these browsers hold is a session that is not there any more."""
    sign_ins = list(sign_ins)
    Session.objects.filter(session_key__in=[each.session_key for each in sign_ins]).delete()
    SignIn.objects.filter(pk__in=[each.pk for each in sign_ins], ended_at=None).update(
        ended_at=now or timezone.now(), ended_by=by
    )


def _last_admin_or(wrong: IntegrityError) -> Exception:
    """The database's refusal as ours, where it is about the last admin."""
    if LAST_ADMIN in str(wrong):
        return Refused.because(LAST_ADMIN, code="staff:last-admin", where="roles")
    return wrong
