"""A link to read and accept a quote at home: mailed, opened with a code told beside it, taken back."""

from datetime import datetime, time, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from mesoclinic.accounts.models import User
from mesoclinic.core import audit
from mesoclinic.core.findings import Refused, raise_if_found
from mesoclinic.core.signatures import Strokes
from mesoclinic.outbox.link_messages import send_link
from patients.actions.links import end_link, lock_usable_link_or_none
from patients.models import PatientLink
from patients.rules.links import LinkPurpose
from treatments.billing.actions.quotes import accept_quote
from treatments.billing.models import Quote, QuoteLink, QuoteOption
from treatments.billing.queries.payment_requests import deposit_still_to_pay
from treatments.billing.queries.quote_links import why_not_accepted_by_link_or_none
from treatments.billing.rules.quote_links import check_quote_can_be_sent, last_day_of_link
from treatments.billing.rules.states import QuoteStatus


@transaction.atomic
def create_and_mail_quote_link(*, quote: Quote, to: str, language: str, by: User) -> tuple[QuoteLink, str]:
    """Mail a link to an issued quote, and give back the code to tell the patient: it is shown this once.

    An earlier link of the quote is taken back. The e-mail itself waits for nobody: the worker sends it.
    """
    links_not_ended = QuoteLink.objects.filter(quote=OuterRef("pk"), link__ended_at=None)
    quote = (
        Quote.objects.select_for_update(of=("self",))
        .select_related("clinic__outbox", "patient", "chosen_option", "plan__clinic")
        .annotate(has_link=Exists(links_not_ended))
        .get(pk=quote.pk)
    )
    today = timezone.localdate(timezone=quote.clinic.zone)
    to_pay = quote.status == QuoteStatus.ACCEPTED and deposit_still_to_pay(quote) > 0
    raise_if_found(check_quote_can_be_sent(quote.status, quote.valid_until, today, has_deposit_to_pay=to_pay))
    assert quote.valid_until is not None  # an issued quote has its last day
    if quote.has_link:
        for earlier in QuoteLink.objects.filter(quote=quote, link__ended_at=None).select_related("link"):
            end_link(link=earlier.link, by=by)
    ends = last_day_of_link(quote.status, quote.valid_until, today) + timedelta(days=1)
    sent = send_link(
        clinic=quote.clinic,
        patient=quote.patient,
        purpose=LinkPurpose.QUOTE,
        expires_at=datetime.combine(ends, time(), quote.clinic.zone),
        by=by,
        language=language,
        to=to,
    )
    link = QuoteLink.objects.create(quote=quote, link=sent.link)
    audit.record(
        by=by,
        did="quote.sent",
        about=quote,
        patient_id=quote.patient_id,
        link=sent.link.pk,
        language=sent.link.language,
    )
    return link, sent.code


@transaction.atomic
def accept_quote_by_link(
    *, link: PatientLink, option: QuoteOption, signed_name: str, strokes: Strokes | None
) -> Quote:
    """The patient takes one option at home and signs. Raises ``Refused`` where the quote is not to be accepted so.

    The link stays readable. Of the desk and the patient who answer at once one does; the other is told.
    """
    if lock_usable_link_or_none(link) is None:
        raise Refused.because("This link has ended.", code="quote:link")
    quote = Quote.objects.select_for_update(of=("self",)).select_related("clinic").get(links__link=link)
    if why := why_not_accepted_by_link_or_none(quote):
        raise Refused.because("This quote cannot be accepted by its link now.", code=f"quote:{why}")
    return accept_quote(
        quote=quote, option=option, by=None, signed_name=signed_name, strokes=strokes, link=link.pk
    )
