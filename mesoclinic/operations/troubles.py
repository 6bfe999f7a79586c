"""What is wrong with the server, and the message about it to the administrators. No patient is in it."""

import logging
import smtplib
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import EmailMessage

from mesoclinic.accounts.models import User
from mesoclinic.accounts.permissions import Role
from mesoclinic.core.audit_heads import check_since_last_head
from mesoclinic.operations.health import run_health_checks
from mesoclinic.operations.models import BackupRun, Trouble

logger = logging.getLogger(__name__)

#: A trouble that goes on is written about again after this time.
TOLD_AGAIN_AFTER = timedelta(days=1)
BACKUP_EVERY = timedelta(days=2)
VERIFICATION_EVERY = timedelta(days=35)


@dataclass(frozen=True)
class Found:
    code: str
    words: str


def find_troubles(now: datetime, *, with_audit_chain: bool) -> list[Found]:
    """Everything that is wrong now. What is new in the audit log is read only where it is asked for."""
    found = [
        Found(check.name, f"{check.name}: {check.words}.")
        for check in run_health_checks()
        if not check.is_well
    ]
    found += _backup_troubles(now)
    if with_audit_chain and (broken := check_since_last_head().broken):
        found.append(Found("audit", f"The audit log is not as it was written: {broken[0]}."))
    return found


def _backup_troubles(now: datetime) -> list[Found]:
    found = []
    for kind, every, code, never, old in (
        (
            BackupRun.Kind.BACKUP,
            BACKUP_EVERY,
            "backup",
            "No backup was ever made.",
            "The last good backup is of",
        ),
        (
            BackupRun.Kind.VERIFICATION,
            VERIFICATION_EVERY,
            "verification",
            "No backup was ever verified by restoring it.",
            "A backup was last verified on",
        ),
    ):
        runs = BackupRun.objects.filter(kind=kind)
        last, last_good = runs.first(), runs.filter(is_good=True).first()
        if last is not None and not last.is_good:
            found.append(Found(code, f"The last {code} failed: {last.words}"[:300]))
        elif last_good is None:
            found.append(Found(code, never))
        elif now - last_good.ended_at > every:
            found.append(Found(code, f"{old} {last_good.ended_at:%d %b %Y}."))
    return found


def save_troubles_and_mail_admins(found: list[Found], now: datetime, *, audit_was_read: bool) -> list[str]:
    """Remember what is wrong, forget what is over, write to the administrators. The lines of the message, if one went."""
    known = {trouble.code: trouble for trouble in Trouble.objects.all()}
    lines, told = [], []
    for each in found:
        trouble = known.pop(each.code, None) or Trouble(code=each.code, since=now)
        trouble.words = each.words
        trouble.save()
        if trouble.told_at is None or now - trouble.told_at > TOLD_AGAIN_AFTER:
            lines.append(each.words)
            told.append(trouble)
    for code, trouble in known.items():
        if code == "audit" and not audit_was_read:
            continue
        if trouble.told_at is not None:
            lines.append(f"Over: {trouble.words}")
        trouble.delete()
    if not lines or not _mail(lines):
        return []
    Trouble.objects.filter(pk__in=[trouble.pk for trouble in told]).update(told_at=now)
    return lines


def admin_addresses() -> list[str]:
    """Who is written to: the addresses of the settings, and the administrators of every clinic who have one."""
    of_admins = User.objects.with_role(Role.ADMIN).exclude(email="").values_list("email", flat=True)
    return sorted({*settings.TROUBLE_ADDRESSES, *of_admins})


def _mail(lines: list[str]) -> bool:
    addresses = admin_addresses()
    if not addresses:
        logger.error("trouble: %d to tell, and nobody to write to", len(lines))
        return False
    message = EmailMessage(
        subject="Mesoclinic: the server needs somebody",
        body="\n".join([*lines, "", f"{settings.SITE_URL}/server/ says how things stand now."]),
        to=addresses,
    )
    try:
        message.send()
    except (OSError, smtplib.SMTPException) as error:
        # The next look at it writes again.
        logger.error("trouble: no message went out (%s)", type(error).__name__)
        return False
    return True
