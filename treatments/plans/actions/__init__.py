"""What may be done with plans, prices, quotes and payments. Nothing else writes them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from mesoclinic.accounts.models import Clinic, User
from mesoclinic.core import audit
from mesoclinic.core.findings import Acknowledgement, Finding, Refused, block, gate
from mesoclinic.core.quantities import plain
from mesoclinic.core.signatures import Strokes
from patients.models import Patient
from treatments.cocktails.models import CocktailVersion
from treatments.conditions.models import Assessment
from treatments.plans import queries
from treatments.plans.actions.drafts import (
    OLD_PRICES,
    add_extra,
    add_option,
    coupon_still_counts,
    locked_quote,
    make_coupon,
    must,
    needs,
    remove_extra,
    remove_option,
    retire_coupon,
    set_discount,
    set_terms,
    stop,
)
from treatments.plans.actions.numbers import next_number
from treatments.plans.actions.payments import (
    close_day,
    locked_plan,
    note_export,
    refund,
    take_payment,
    void_payment,
)
from treatments.plans.actions.pricing import line_row, option_row
from treatments.plans.actions.sending import open_link, print_quote, revoke_link, send_quote
from treatments.plans.models import (
    Coupon,
    PlanSettings,
    Price,
    PriceList,
    Protocol,
    Quote,
    QuoteLine,
    QuoteNumber,
    QuoteOption,
    TreatmentPlan,
)
from treatments.plans.rules import (
    PLAN_MOVES,
    QUOTE_MOVES,
    PlanStatus,
    PriceRow,
    QuoteStatus,
    check_move,
    check_price_list,
    course_findings,
    expiry_finding,
    gaps,
    valid_until,
)

__all__ = [
    "accept_quote",
    "accept_without_quote",
    "add_extra",
    "add_option",
    "close_day",
    "decline_quote",
    "draft_plan",
    "draft_quote",
    "expire_quotes",
    "issue_quote",
    "make_coupon",
    "move_plan",
    "note_export",
    "open_link",
    "print_quote",
    "publish_price_list",
    "refund",
    "remove_extra",
    "remove_option",
    "retire_coupon",
    "revoke_link",
    "save_settings",
    "send_quote",
    "set_discount",
    "set_terms",
    "stop_plan",
    "take_payment",
    "void_payment",
]


def _today(clinic: Clinic) -> date:
    return timezone.localdate(timezone=clinic.zone)


# --- plans -------------------------------------------------------------------


@transaction.atomic
def draft_plan(
    *,
    patient: Patient,
    assessment: Assessment,
    cocktail_version: CocktailVersion,
    protocol: Protocol,
    name: str,
    sessions_planned: int,
    intervals: Sequence[int],
    technique: str = "",
    reasons: Mapping[str, str] | None = None,
    by: User,
    clinic: Clinic,
) -> TreatmentPlan:
    """Plan a course with a signed cocktail, over the area assessed.

    ``intervals`` is the pattern in days; past its end its last repeats. Fewer sessions than five, or
    others than the protocol has, wait for a reason in ``reasons``. An empty ``name`` becomes “Course of 8”.

    Its first quote is drafted with it, where every price is known: ``plan.first_quote``, else None and
    ``plan.missing_prices`` says what to add.
    """
    area = _area_of(assessment)
    findings = _plan_findings(patient, assessment, cocktail_version, protocol)
    findings += course_findings(
        sessions_planned, intervals, protocol.as_fact(), review_at=clinic.review_at_session
    )
    if not area:
        message = "The assessment has no area. Assess again and choose the zones."
        findings.append(block("plan:no-area", message, fixed=True, where="assessment"))
    passed = gate(findings, reasons)
    plan = TreatmentPlan.objects.create(
        clinic=clinic,
        patient=patient,
        assessment=assessment,
        cocktail_version=cocktail_version,
        protocol=protocol,
        name=name.strip() or f"Course of {sessions_planned}",
        sessions_planned=sessions_planned,
        intervals=gaps(intervals, sessions_planned) or list(intervals[:1]),
        technique=technique,
        area_cm2=area,
        reason=_joined(passed),
        status=PlanStatus.DRAFT,
        created_by=by,
    )
    try:
        plan.first_quote, _ = _write_quote(plan, by=by)
    except Refused as refused:  # raised before anything is written
        plan.missing_prices = refused.findings
    audit.record(
        by=by,
        did="plan.drafted",
        about=plan,
        patient_id=patient.pk,
        sessions=sessions_planned,
        protocol=protocol.code,
        quote=plan.first_quote.pk if plan.first_quote else None,
        acknowledged=[each.code for each in passed],
    )
    return plan


def _area_of(assessment: Assessment) -> Decimal:
    """As annotated by :func:`queries.latest_assessment`, else asked for."""
    if hasattr(assessment, "area_cm2"):
        return assessment.area_cm2 or Decimal(0)
    return sum((zone.area_cm2 for zone in assessment.zones.all()), Decimal(0))


def _joined(passed: Iterable[Acknowledgement]) -> str:
    """Each reason once."""
    return "; ".join(dict.fromkeys(each.reason for each in passed))[:300]


def _plan_findings(
    patient: Patient, assessment: Assessment, version: CocktailVersion, protocol: Protocol
) -> list[Finding]:
    findings = []

    def refuse(code: str, message: str, where: str) -> None:
        findings.append(block(code, message, fixed=True, where=where))

    if patient.died_on or patient.merged_into_id:
        message = "This record is closed: the patient died, or it was merged into another."
        refuse("plan:closed-record", message, "patient")
    if not version.is_signed:
        message = "This cocktail is not signed yet. Sign it, then plan with it."
        refuse("plan:unsigned-cocktail", message, "cocktail")
    if patient.pk not in (assessment.patient_id, version.cocktail.patient_id) or (
        assessment.patient_id != version.cocktail.patient_id
    ):
        message = "The assessment and the cocktail are of different patients. Choose this patient's."
        refuse("plan:other-patient", message, "cocktail")
    if protocol.is_technique or protocol.retired_at:
        message = f"{protocol.name} is no schedule in use here. Choose another."
        refuse("plan:no-schedule", message, "protocol")
    return findings


@transaction.atomic
def move_plan(*, plan: TreatmentPlan, to: PlanStatus, by: User, reason: str = "") -> TreatmentPlan:
    """Move a plan on, where the table lets it. The sessions call this: accepted → active → done."""
    plan = locked_plan(plan)
    must(check_move(PLAN_MOVES, plan.status, to, what="plan"))
    was, plan.status = plan.status, to
    if reason:
        plan.reason = f"{plan.reason}; {reason}".lstrip("; ")[:300]
    plan.save(update_fields=["status", "reason"])
    audit.record(by=by, did=f"plan.{to}", about=plan, patient_id=plan.patient_id, was=was)
    return plan


@transaction.atomic
def accept_without_quote(*, plan: TreatmentPlan, by: User) -> TreatmentPlan:
    """Treat without a quote: a draft is accepted as it is, and nothing is owed for it."""
    plan = locked_plan(plan)
    if plan.status != PlanStatus.DRAFT:
        message = f"This plan is {plan.status}. Only a draft is accepted without a quote."
        raise stop("plan:quoted", message, "status")
    return move_plan(plan=plan, to=PlanStatus.ACCEPTED, by=by)


def stop_plan(*, plan: TreatmentPlan, reason: str, by: User) -> TreatmentPlan:
    """End a course early. Says why; what is booked is cancelled in the calendar."""
    needs(reason, "reason", "Write why the course stops.")
    return move_plan(plan=plan, to=PlanStatus.STOPPED, by=by, reason=f"Stopped: {reason.strip()}")


# --- price lists -------------------------------------------------------------


@transaction.atomic
def publish_price_list(
    *,
    clinic: Clinic,
    valid_from: date,
    currency: str,
    rows: Sequence[PriceRow],
    by: User,
    name: str = "",
    cocktail_markup: Decimal = Decimal(1),
    discount_cap: Decimal = Decimal(25),
    deposit_rate: Decimal = Decimal(20),
    tax_standard: Decimal = Decimal(0),
    tax_reduced: Decimal = Decimal(0),
) -> PriceList:
    """Set a clinic's prices from a day on. A list is never edited: the next one takes its place.

    Quotes already issued keep their own prices.
    """
    findings = check_price_list(rows)

    def refuse(code: str, message: str, where: str) -> None:
        findings.append(block(code, message, fixed=True, where=where))

    if not (0 <= discount_cap <= 100 and 0 <= deposit_rate <= 100):
        message = "The discount cap and the deposit are between 0 and 100 %."
        refuse("price-list:rates", message, "discount_cap")
    if not (0 <= tax_standard <= 100 and 0 <= tax_reduced <= 100):
        message = "A tax rate is between 0 and 100 %. Correct it."
        refuse("price-list:taxes", message, "tax_standard")
    if not 0 < cocktail_markup <= 100:
        message = "The cocktail markup is above 0, up to 100. 1 sells at cost."
        refuse("price-list:markup", message, "cocktail_markup")
    if PriceList.objects.filter(clinic=clinic, valid_from=valid_from).exists():
        message = "A price list starts on that day already. Choose another day."
        refuse("price-list:same-day", message, "valid_from")
    if findings:
        raise Refused(*findings)
    price_list = PriceList.objects.create(
        clinic=clinic,
        name=name.strip() or f"Prices from {valid_from.isoformat()}",
        currency=currency,
        valid_from=valid_from,
        cocktail_markup=cocktail_markup,
        discount_cap=discount_cap,
        deposit_rate=deposit_rate,
        tax_standard=tax_standard,
        tax_reduced=tax_reduced,
    )
    Price.objects.bulk_create(
        Price(
            price_list=price_list,
            kind=row.kind,
            label=row.label.strip(),
            why=row.why,
            area_from=row.area_from,
            area_to=row.area_to,
            technique=row.technique,
            treatment=row.treatment,
            sessions_from=row.sessions_from,
            amount=row.amount,
            rate=row.rate,
            tax_class=row.taxed_as,
            tax_rate=row.tax_percent,
        )
        for row in rows
    )
    audit.record(
        by=by, did="price_list.published", about=price_list, valid_from=valid_from.isoformat(), rows=len(rows)
    )
    return price_list


# --- quotes ------------------------------------------------------------------


@transaction.atomic
def draft_quote(*, plan: TreatmentPlan, by: User) -> Quote:
    """Price a plan's options at today's prices, side by side. Takes the place of an older draft.

    Refuses where a price is missing (naming it) or the plan can no longer be quoted.
    """
    plan = locked_plan(plan)
    _check_quotable(plan)
    # A draft was promised to nobody.
    Quote.objects.filter(plan=plan, status=QuoteStatus.DRAFT).delete()
    quote, options = _write_quote(plan, by=by)
    audit.record(by=by, did="quote.drafted", about=quote, patient_id=plan.patient_id, options=options)
    return quote


def _check_quotable(plan: TreatmentPlan) -> None:
    # A plan that waits for an answer takes a new quote: the older one is superseded.
    if plan.status not in (PlanStatus.DRAFT, PlanStatus.QUOTED):
        must(check_move(PLAN_MOVES, plan.status, PlanStatus.QUOTED, what="plan"))


def _write_quote(plan: TreatmentPlan, *, by: User) -> tuple[Quote, int]:
    quotation = queries.price_for(plan, on=_today(plan.clinic))
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
        option_row(quote, position, option) for position, option in enumerate(quotation.options)
    )
    QuoteLine.objects.bulk_create(
        line_row(row, position, line)
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
    found: Any = queries.quotes_to_issue().select_for_update(of=("plan", "self")).get(pk=quote.pk)
    quote = found
    plan, clinic, today = quote.plan, quote.clinic, _today(quote.clinic)
    must(check_move(QUOTE_MOVES, quote.status, QuoteStatus.ISSUED, what="quote"))
    _check_quotable(plan)
    if found.newest_list != quote.price_list_id:
        raise stop("quote:old-prices", OLD_PRICES, "prices")
    if quote.coupon_id:
        # Locked first and counted after: a count in the same statement would be from before the wait.
        list(Coupon.objects.select_for_update().filter(pk=quote.coupon_id).values_list("pk"))
        # Its own plan's older quote is about to give its use back.
        coupon = Coupon.objects.held(except_plan=plan.pk).get(pk=quote.coupon_id)
        must(coupon_still_counts(coupon, quote))
    options = queries.options_of(found)
    if any(sum(o.instalments) != o.patient_total for o in options):
        # Made before quotes said how they are paid.
        message = "This draft does not say how it is paid. Draft it again."
        raise stop("quote:old-draft", message, "status")
    if plan.status == PlanStatus.QUOTED:
        Quote.objects.filter(plan=plan, status=QuoteStatus.ISSUED).update(status=QuoteStatus.SUPERSEDED)
    count = next_number(clinic, QuoteNumber.Series.QUOTE, today.year)
    quote.number = queries.quote_number(today.year, count)
    quote.status = QuoteStatus.ISSUED
    quote.issued_at, quote.issued_by = timezone.now(), by
    quote.valid_until = valid_until(today, clinic.quote_valid_days)
    quote.previous_id = found.last_issued
    quote.save()
    if plan.status != PlanStatus.QUOTED:
        plan.status = PlanStatus.QUOTED
        plan.save(update_fields=["status"])
    language = queries.language_for(quote.patient.language, clinic.language)
    document = print_quote(quote=quote, options=options, language=language)
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
    *, quote: Quote, option: QuoteOption, by: User, signed_name: str = "", strokes: Strokes | None = None
) -> Quote:
    """The patient takes one option and signs: the plan is accepted, with that many sessions.

    Signed by a typed name, or by ``strokes`` drawn on the tablet (then the patient's name stands for
    an empty ``signed_name``). Of two desks that accept at once one does; the other is told.
    """
    quote = locked_quote(quote.pk)
    plan = quote.plan
    _check_answerable(quote, QuoteStatus.ACCEPTED)
    if option.quote_id != quote.pk:
        raise stop("quote:option", "Choose one of the options of this quote.", "option")
    if strokes and not signed_name.strip():
        signed_name = quote.patient.full_name
    needs(signed_name, "signed_name", "Sign in the box, or type the name.")
    must(check_move(PLAN_MOVES, plan.status, PlanStatus.ACCEPTED, what="plan"))
    quote.status, quote.chosen_option = QuoteStatus.ACCEPTED, option
    quote.accepted_name, quote.signature = signed_name.strip(), strokes or None
    quote.answered_at, quote.answered_by = timezone.now(), by
    quote.save()
    plan.status = PlanStatus.ACCEPTED
    if plan.sessions_planned != option.sessions:
        plan.intervals = gaps(plan.intervals, option.sessions) or plan.intervals[:1]
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
    )
    return quote


@transaction.atomic
def decline_quote(*, quote: Quote, reason: str, by: User) -> Quote:
    """The patient says no, and why. A new quote opens the plan again."""
    quote = locked_quote(quote.pk)
    _check_answerable(quote, QuoteStatus.DECLINED)
    needs(reason, "reason", "Write why, as the patient said it.")
    return _end_quote(quote, QuoteStatus.DECLINED, PlanStatus.DECLINED, by=by, reason=reason.strip())


def _check_answerable(quote: Quote, to: QuoteStatus) -> None:
    if quote.status == QuoteStatus.ISSUED and quote.valid_until:
        expiry = expiry_finding(quote.valid_until, _today(quote.clinic))
        must(expiry if expiry and expiry.blocks else None)
    if quote.status in (QuoteStatus.ACCEPTED, QuoteStatus.DECLINED):
        message = (
            f"This quote was already {quote.status}, at "
            f"{timezone.localtime(quote.answered_at, quote.clinic.zone):%H:%M on %d %b %Y}. "
            "Nothing was changed: look at it before going on."
        )
        raise stop("quote:answered", message, "status")
    must(check_move(QUOTE_MOVES, quote.status, to, what="quote"))


def _end_quote(
    quote: Quote, status: QuoteStatus, plan_status: PlanStatus, *, by: User | None, reason: str = ""
) -> Quote:
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


def expire_quotes() -> int:
    """Mark every quote past its last day, at its own clinic's date. Returns how many.

    Each in its own transaction: a quote answered meanwhile is left as it is.
    """
    expired = 0
    for clinic in Clinic.objects.all():
        today = _today(clinic)
        for pk in list(Quote.objects.filter(clinic=clinic).overdue(today).values_list("pk", flat=True)):
            with transaction.atomic():
                quote = locked_quote(pk)
                if quote.status == QuoteStatus.ISSUED:
                    _end_quote(quote, QuoteStatus.EXPIRED, PlanStatus.EXPIRED, by=None)
                    expired += 1
    return expired


# --- settings ----------------------------------------------------------------


@transaction.atomic
def save_settings(*, settings: PlanSettings, by: User) -> PlanSettings:
    """What a clinic decides about refunds, instalments, insurance and its till. Quotes issued keep theirs."""
    settings.save()
    audit.record(
        by=by,
        did="plan_settings.saved",
        about=settings,
        refund_policy=settings.refund_policy,
        instalments=settings.instalments,
        insurance=plain(Decimal(settings.insurance_rate)),
    )
    return settings
