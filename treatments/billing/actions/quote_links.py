"""A link to read a quote at home: mailed, opened with a code told beside it, taken back."""

import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.db.models import Exists, F, OuterRef
from django.urls import reverse
from django.utils import formats, timezone, translation
from django.utils.crypto import constant_time_compare, salted_hmac
from django_tasks import task

from mesoclinic.accounts.models import User
from mesoclinic.core import audit
from mesoclinic.core.findings import raise_if_found
from mesoclinic.core.locking import lock_row
from mesoclinic.outbox import actions as outbox
from mesoclinic.outbox.rules import Channel, MessageStatus, Purpose, Way
from treatments.billing.models import Quote, QuoteDocument, QuoteLink
from treatments.billing.queries.documents import texts_to_print_by_language
from treatments.billing.rules.quote_links import READABLE, check_quote_can_be_sent

_SALT = "plans.quote-link"


def quote_link_url(link: QuoteLink) -> str:
    """What the e-mail holds: a signed key, nothing about anybody."""
    token = signing.dumps(str(link.key), salt=_SALT)
    return f"{settings.SITE_URL}{reverse('billing:quote_open', args=[token])}"


def hash_link_code(code: str, key: uuid.UUID) -> str:
    """Of a link with this key: the code itself is kept nowhere."""
    return salted_hmac(_SALT, f"{key}:{code}", algorithm="sha256").hexdigest()


@transaction.atomic
def create_and_mail_quote_link(*, quote: Quote, to: str, language: str, by: User) -> tuple[QuoteLink, str]:
    """Mail a link to an issued quote, and give back the code to tell the patient: it is shown this once.

    An earlier link of the quote is taken back. The e-mail itself waits for nobody: the worker sends it.
    """
    open_links = QuoteLink.objects.filter(quote=OuterRef("pk"), revoked_at=None)
    quote = (
        Quote.objects.select_for_update(of=("self",))
        .select_related("clinic", "patient")
        .annotate(has_link=Exists(open_links))
        .get(pk=quote.pk)
    )
    today = timezone.localdate(timezone=quote.clinic.zone)
    raise_if_found(check_quote_can_be_sent(quote.status, quote.valid_until, today))
    assert quote.valid_until is not None  # an issued quote has its last day
    if quote.has_link:
        QuoteLink.objects.filter(quote=quote, revoked_at=None).update(revoked_at=timezone.now())
    code, key = f"{secrets.randbelow(1_000_000):06d}", uuid.uuid4()
    ends = quote.valid_until + timedelta(days=1)
    mail = outbox.unsaved_message(
        clinic=quote.clinic,
        patient=quote.patient,
        purpose=Purpose.QUOTE,
        way=Way(Channel.EMAIL),
        about_at=None,
        now=timezone.now(),
        needs_task=False,
    )
    outbox.save_new_messages([mail])
    link = QuoteLink.objects.create(
        key=key,
        quote=quote,
        message=mail,
        language=language,
        sent_to=to,
        code_hash=hash_link_code(code, key),
        created_by=by,
        expires_at=datetime.combine(ends, time(), quote.clinic.zone),
    )
    mail_quote_link.enqueue(mail.pk)
    audit.record(
        by=by, did="quote.sent", about=quote, patient_id=quote.patient_id, link=link.pk, language=language
    )
    return link, code


@transaction.atomic
def enqueue_quote_mail_tasks() -> int:
    """A task for each quote mail that has none: new, not reached and tried again, or sent again by hand."""
    waiting = outbox.take_and_mark_messages_without_task(Purpose.QUOTE)
    for message in waiting:
        mail_quote_link.using(run_after=message.not_before).enqueue(message.pk)
    return len(waiting)


@task()
def mail_quote_link(message_id: int) -> str:
    """Send the e-mail of a link, once: a second run finds it sent, or taken back, and does nothing."""
    now = timezone.now()
    link = QuoteLink.objects.select_related("quote__clinic").filter(message=message_id).first()
    if link is None:
        return ""
    if link.revoked_at:
        outbox.mark_message_skipped_if_queued(message_id, reason="the link was taken back", now=now)
        return ""
    message = outbox.claim_message_or_none(message_id, channel=Channel.EMAIL, now=now)
    if message is None:
        return ""
    became = outbox.send_message_and_return_outcome(message, _quote_link_letter(link), now=now)
    if became == MessageStatus.QUEUED:
        enqueue_quote_mail_tasks()
    return became


def _quote_link_letter(link: QuoteLink) -> outbox.Letter:
    """The e-mail that holds the link, in the language of the link."""
    clinic, words = link.quote.clinic, texts_to_print_by_language()[link.language]
    last = timezone.localtime(link.expires_at, clinic.zone) - timedelta(days=1)
    with translation.override(link.language):
        until = formats.date_format(last.date(), "DATE_FORMAT")
    return outbox.Letter(
        to=link.sent_to,
        subject=words["mail_subject"].format(clinic=clinic.name),
        text=words["mail_body"].format(clinic=clinic.name, link=quote_link_url(link), until=until),
        language=link.language,
    )


@transaction.atomic
def revoke_quote_link(*, link: QuoteLink, by: User) -> QuoteLink:
    """Take a link back: it opens no more."""
    link = lock_row(QuoteLink, link.pk, "quote")
    if link.revoked_at is None:
        link.revoked_at = timezone.now()
        link.save(update_fields=["revoked_at"])
        audit.record(
            by=by, did="link.revoked", about=link.quote, patient_id=link.quote.patient_id, link=link.pk
        )
    return link


@dataclass(frozen=True)
class Opening:
    """``link`` None: it ended (or never was). ``document`` None: the code was not the right one."""

    link: QuoteLink | None = None
    document: QuoteDocument | None = None


def usable_link_of_token_or_none(token: str) -> QuoteLink | None:
    """The link of an address, if it still opens; one answer for unknown, forged, ended and taken back."""
    try:
        key = uuid.UUID(signing.loads(token, salt=_SALT))
    except (signing.BadSignature, ValueError, TypeError, AttributeError):
        return None
    return QuoteLink.objects.usable_at(timezone.now()).filter(key=key, quote__status__in=READABLE).first()


def try_link_code(*, token: str, code: str) -> Opening:
    """Try a code. Every try is counted before it is looked at, so tries at once are no way round the limit."""
    link = usable_link_of_token_or_none(token)
    if link is None:
        return Opening()
    counted = QuoteLink.objects.usable_at(timezone.now()).filter(pk=link.pk)
    if not counted.update(attempts=F("attempts") + 1):
        return Opening()
    given = "".join(str(int(c)) for c in code if c.isdecimal())
    if not constant_time_compare(hash_link_code(given, link.key), link.code_hash):
        left = QuoteLink.objects.usable_at(timezone.now()).filter(pk=link.pk).exists()
        return Opening(link) if left else Opening()
    with transaction.atomic():
        # A right try is no try; the wrong ones stay counted.
        QuoteLink.objects.filter(pk=link.pk).update(attempts=F("attempts") - 1, opened_at=timezone.now())
        document = (
            QuoteDocument.objects.filter(quote=link.quote_id, language=link.language)
            .select_related("quote")
            .get()
        )
        audit.record(
            by=None,
            did="quote.opened",
            about=document.quote,
            patient_id=document.quote.patient_id,
            link=link.pk,
        )
    return Opening(link, document)
