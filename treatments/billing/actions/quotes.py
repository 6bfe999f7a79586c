"""Drafting, issuing, accepting and declining a quote, and ending those that were not answered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Unpack

from django.db import transaction
from django.utils import timezone

from mesoclinic.accounts.models import Clinic, User
from mesoclinic.core import audit
from mesoclinic.core.findings import Finding, Refused, raise_if_found, refusal_without_override
from mesoclinic.core.moves import check_state_move_is_allowed
from mesoclinic.core.reasons import refuse_missing_text_or_card_number
from mesoclinic.core.signatures import Strokes
from treatments.billing.actions.coupons import check_coupon_is_valid_for_quote
from treatments.billing.actions.numbers import take_next_number
from treatments.billing.actions.quote_drafts import lock_quote
from treatments.billing.actions.quote_prices import unsaved_option_with_prices, unsaved_quote_line
from treatments.billing.models import (
    Coupon,
    PriceList,
    Quote,
    QuoteDocument,
    QuoteLine,
    QuoteNumber,
    QuoteOption,
)
from treatments.billing.queries.coupons import count_coupon_uses
from treatments.billing.queries.documents import (
    content_as_pdf,
    first_supported_language,
    prefetched_options_of_quote,
    quote_content_to_print,
    quotes_with_lines,
    sha256_of_pdf,
)
from treatments.billing.queries.prices import quotation_priced_for_plan
from treatments.billing.queries.quotes import last_issued_quote_id_or_none
from treatments.billing.rules.numbers import QUOTE, paper_number_text
from treatments.billing.rules.quotes import (
    check_draft_prices_are_current,
    check_instalments_sum_to_total,
    check_quote_can_be_answered,
    last_valid_day,
)
from treatments.billing.rules.states import QUOTE_MOVES, QuoteStatus
from treatments.plans.actions import Course, create_draft_plan, lock_plan
from treatments.plans.models import TreatmentPlan
from treatments.plans.rules import PLAN_MOVES, PlanStatus, check_plan_quotable, course_intervals


def _today_at_clinic(clinic: Clinic) -> date:
    return timezone.localdate(timezone=clinic.zone)


@dataclass(frozen=True, slots=True)
class PlanWithQuote:
    """A new plan with its first quote, or with what is missing to price it."""

    plan: TreatmentPlan
    quote: Quote | None
    missing: tuple[Finding, ...] = ()


@transaction.atomic
def create_plan_with_quote(*, by: User, **course: Unpack[Course]) -> PlanWithQuote:
    """Plan a course (see :func:`treatments.plans.actions.create_draft_plan`) and draft its first quote,
    where every price is known."""
    plan = create_draft_plan(by=by, **course)
    try:
        quote = _write_and_audit_draft_quote(plan, by=by)
    except Refused as refused:  # raised before anything is written
        return PlanWithQuote(plan, None, tuple(refused.findings))
    return PlanWithQuote(plan, quote)


@transaction.atomic
def replace_draft_quote(*, plan: TreatmentPlan, by: User) -> Quote:
    """Price a plan's options at today's prices, side by side. Takes the place of an older draft.

    Refuses where a price is missing (naming it) or the plan can no longer be quoted.
    """
    plan = lock_plan(plan)
    raise_if_found(check_plan_quotable(plan.status))
    # A draft was promised to nobody.
    Quote.objects.filter(plan=plan, status=QuoteStatus.DRAFT).delete()
    return _write_and_audit_draft_quote(plan, by=by)


def _write_and_audit_draft_quote(plan: TreatmentPlan, *, by: User) -> Quote:
    quote, options = _write_draft_quote_or_refuse(plan, by=by)
    audit.record(by=by, did="quote.drafted", about=quote, patient_id=plan.patient_id, options=options)
    return quote


def _write_draft_quote_or_refuse(plan: TreatmentPlan, *, by: User) -> tuple[Quote, int]:
    """The draft and how many options it has; refused where a price is missing."""
    quotation = quotation_priced_for_plan(plan, on=_today_at_clinic(plan.clinic))
    if quotation.price_list is None or not quotation.options:
        raise Refused(*quotation.findings)
    quote = Quote.objects.create(
        clinic=plan.clinic,
        patient_id=plan.patient_id,
        plan=plan,
        price_list=quotation.price_list,
        currency=quotation.price_list.currency,
        status=QuoteStatus.DRAFT,
        created_by=by,
        insurance_rate=quotation.terms.insurance_rate,
        instalments=quotation.terms.instalments,
        instalment_days=quotation.terms.instalment_days,
        refund_policy=quotation.terms.refund_policy,
    )
    rows = QuoteOption.objects.bulk_create(
        unsaved_option_with_prices(quote, position, option)
        for position, option in enumerate(quotation.options)
    )
    QuoteLine.objects.bulk_create(
        unsaved_quote_line(row, position, line)
        for row, option in zip(rows, quotation.options, strict=True)
        for position, line in enumerate(option.priced.lines)
    )
    return quote, len(rows)


@transaction.atomic
def issue_quote(*, quote: Quote, by: User) -> Quote:
    """Give a draft its number and freeze it: its prices are a promise until ``valid_until``.

    An older quote of the plan that waits for an answer is superseded; the plan is quoted. Numbers run
    without gaps in a clinic and year: the counter's row stays locked until the number is committed.
    """
    quote = quotes_with_lines().select_for_update(of=("plan", "self")).get(pk=quote.pk)
    plan, clinic, today = quote.plan, quote.clinic, _today_at_clinic(quote.clinic)
    raise_if_found(check_state_move_is_allowed(QUOTE_MOVES, quote.status, QuoteStatus.ISSUED, what="quote"))
    raise_if_found(check_plan_quotable(plan.status))
    newest = PriceList.objects.newest_in_force(clinic, today).values_list("pk", flat=True).first()
    raise_if_found(check_draft_prices_are_current(quote.price_list_id, newest))
    if quote.coupon_id:
        # Locked first and counted after: a count in the same statement would be from before the wait.
        list(Coupon.objects.select_for_update().filter(pk=quote.coupon_id).values_list("pk"))
        # Its own plan's older quote is about to give its use back.
        coupon = Coupon.objects.get(pk=quote.coupon_id)
        raise_if_found(
            check_coupon_is_valid_for_quote(coupon, count_coupon_uses(coupon.pk, except_plan=plan.pk), quote)
        )
    options = prefetched_options_of_quote(quote)
    raise_if_found(
        check_instalments_sum_to_total((option.instalments, option.patient_total) for option in options)
    )
    if plan.status == PlanStatus.QUOTED:
        Quote.objects.filter(plan=plan, status=QuoteStatus.ISSUED).update(status=QuoteStatus.SUPERSEDED)
    count = take_next_number(clinic, QuoteNumber.Series.QUOTE, today.year)
    quote.number = paper_number_text(QUOTE, today.year, count)
    quote.status = QuoteStatus.ISSUED
    quote.issued_at, quote.issued_by = timezone.now(), by
    quote.valid_until = last_valid_day(today, clinic.quote_valid_days)
    quote.previous_id = last_issued_quote_id_or_none(plan.pk)
    quote.save()
    if plan.status != PlanStatus.QUOTED:
        plan.status = PlanStatus.QUOTED
        plan.save(update_fields=["status"])
    language = first_supported_language(quote.patient.language, clinic.language)
    document = create_quote_document(quote=quote, options=options, language=language)
    audit.record(
        by=by,
        did="quote.issued",
        about=quote,
        patient_id=quote.patient_id,
        number=quote.number,
        sha256=document.sha256,
    )
    return quote


@transaction.atomic
def accept_quote(
    *,
    quote: Quote,
    option: QuoteOption,
    by: User | None,
    signed_name: str = "",
    strokes: Strokes | None = None,
    link: int | None = None,
) -> Quote:
    """The patient takes one option and signs: the plan is accepted, with that many sessions.

    ``by`` None: at home, by the ``link`` with this id.

    Signed by a typed name, or by ``strokes`` drawn on the tablet (then the patient's name stands for
    an empty ``signed_name``). Of two desks that accept at once one does; the other is told.
    """
    quote = lock_quote(quote.pk)
    plan = quote.plan
    _refuse_unless_answerable(quote, QuoteStatus.ACCEPTED)
    if option.quote_id != quote.pk:
        raise refusal_without_override("quote:option", "Choose one of the options of this quote.", "option")
    if strokes and not signed_name.strip():
        signed_name = quote.patient.full_name
    refuse_missing_text_or_card_number(signed_name, "signed_name", "Sign in the box, or type the name.")
    raise_if_found(check_state_move_is_allowed(PLAN_MOVES, plan.status, PlanStatus.ACCEPTED, what="plan"))
    quote.status, quote.chosen_option = QuoteStatus.ACCEPTED, option
    quote.accepted_name, quote.signature = signed_name.strip(), strokes or None
    quote.answered_at, quote.answered_by = timezone.now(), by
    quote.save()
    plan.status = PlanStatus.ACCEPTED
    if plan.sessions_planned != option.sessions:
        plan.intervals = course_intervals(plan.intervals, option.sessions) or plan.intervals[:1]
        plan.sessions_planned = option.sessions
        chosen = f"{option.sessions} chosen in quote {quote.number}"
        plan.reason = f"{plan.reason}; {chosen}".lstrip("; ")[:300]
    plan.save(update_fields=["status", "sessions_planned", "intervals", "reason"])
    audit.record(
        by=by,
        did="quote.accepted",
        about=quote,
        patient_id=quote.patient_id,
        option=option.position,
        sessions=option.sessions,
        drawn=bool(strokes),
        link=link,
    )
    return quote


@transaction.atomic
def decline_quote(*, quote: Quote, reason: str, by: User) -> Quote:
    """The patient says no, and why. A new quote opens the plan again."""
    quote = lock_quote(quote.pk)
    _refuse_unless_answerable(quote, QuoteStatus.DECLINED)
    refuse_missing_text_or_card_number(reason, "reason", "Write why, as the patient said it.")
    return _end_quote_and_its_plan(
        quote, QuoteStatus.DECLINED, PlanStatus.DECLINED, by=by, reason=reason.strip()
    )


def _refuse_unless_answerable(quote: Quote, to: QuoteStatus) -> None:
    """Refused where the quote cannot be accepted or declined (``to``) any more."""
    zone = quote.clinic.zone
    raise_if_found(
        check_quote_can_be_answered(
            quote.status,
            to,
            today=_today_at_clinic(quote.clinic),
            valid_until=quote.valid_until,
            answered_at=timezone.localtime(quote.answered_at, zone) if quote.answered_at else None,
        )
    )


def _end_quote_and_its_plan(
    quote: Quote, status: QuoteStatus, plan_status: PlanStatus, *, by: User | None, reason: str = ""
) -> Quote:
    """Declined or expired; a quoted plan ends with it."""
    quote.status, quote.answer_reason = status, reason[:200]
    if by is not None:
        quote.answered_at, quote.answered_by = timezone.now(), by
    quote.save()
    plan = quote.plan
    if plan.status == PlanStatus.QUOTED:
        plan.status = plan_status
        plan.save(update_fields=["status"])
    audit.record(by=by, did=f"quote.{status}", about=quote, patient_id=quote.patient_id)
    return quote


def mark_quotes_and_plans_expired() -> int:
    """Mark every quote past its last day, at its own clinic's date. Returns how many.

    Each in its own transaction: a quote answered meanwhile is left as it is.
    """
    expired = 0
    for clinic in Clinic.objects.all():
        today = _today_at_clinic(clinic)
        for pk in list(
            Quote.objects.filter(clinic=clinic).to_mark_expired(today).values_list("pk", flat=True)
        ):
            with transaction.atomic():
                quote = lock_quote(pk)
                if quote.status == QuoteStatus.ISSUED:
                    _end_quote_and_its_plan(quote, QuoteStatus.EXPIRED, PlanStatus.EXPIRED, by=None)
                    expired += 1
    return expired


def create_quote_document(*, quote: Quote, options: Sequence[QuoteOption], language: str) -> QuoteDocument:
    """The quote's paper in this language: made once, then kept with its hash.

    ``options`` have their lines at hand. The first is made when the quote is issued, with the patient's and
    the clinic's name as they were.
    """
    content = quote_content_to_print(quote, options, language)
    return QuoteDocument.objects.create(
        quote=quote, language=language, content=content, sha256=sha256_of_pdf(content_as_pdf(content))
    )
