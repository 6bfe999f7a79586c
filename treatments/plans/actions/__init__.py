"""What may be done with plans, prices, quotes and payments. Nothing else writes them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal

from django.db import connection, transaction
from django.utils import timezone

from mesoclinic.accounts.models import Clinic, User
from mesoclinic.core import audit
from mesoclinic.core.findings import (
    Acknowledgement,
    Finding,
    Refused,
    block,
    gate,
)
from mesoclinic.core.quantities import currency_digits, plain
from patients.models import Patient
from treatments.cocktails.models import CocktailVersion
from treatments.conditions.models import Assessment
from treatments.plans import queries
from treatments.plans.models import (
    AGREED_PLANS,
    Payment,
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
    ABSURD_UNIT,
    PLAN_MOVES,
    QUOTE_MOVES,
    Line,
    Option,
    PlanStatus,
    PricedLine,
    PriceRow,
    QuoteStatus,
    check_move,
    check_price_list,
    check_refund,
    course_findings,
    deposit_of,
    discount_cap_finding,
    expiry_finding,
    gaps,
    price_option,
    valid_until,
)


def _today(clinic: Clinic) -> date:
    return timezone.localdate(timezone=clinic.zone)


def _stop(code: str, message: str, where: str = "") -> Refused:
    return Refused(block(code, message, fixed=True, where=where))


def _must(finding: Finding | None) -> None:
    if finding is not None:
        raise Refused(finding)


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
        sessions_planned,
        intervals,
        protocol.as_fact(),
        review_at=clinic.review_at_session,
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
    patient: Patient,
    assessment: Assessment,
    version: CocktailVersion,
    protocol: Protocol,
) -> list[Finding]:
    findings = []

    def refuse(code: str, message: str, where: str) -> None:
        findings.append(block(code, message, fixed=True, where=where))

    if patient.died_on or patient.merged_into_id:
        message = (
            "This record is closed: the patient died, or it was merged into another."
        )
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
def move_plan(
    *, plan: TreatmentPlan, to: PlanStatus, by: User, reason: str = ""
) -> TreatmentPlan:
    """Move a plan on, where the table lets it. The sessions call this: accepted → active → done."""
    plan = _locked_plan(plan)
    _must(check_move(PLAN_MOVES, plan.status, to, what="plan"))
    was, plan.status = plan.status, to
    if reason:
        plan.reason = f"{plan.reason}; {reason}".lstrip("; ")[:300]
    plan.save(update_fields=["status", "reason"])
    audit.record(
        by=by,
        did=f"plan.{to}",
        about=plan,
        patient_id=plan.patient_id,
        was=was,
    )
    return plan


@transaction.atomic
def accept_without_quote(*, plan: TreatmentPlan, by: User) -> TreatmentPlan:
    """Treat without a quote: a draft is accepted as it is, and nothing is owed for it."""
    plan = _locked_plan(plan)
    if plan.status != PlanStatus.DRAFT:
        message = (
            f"This plan is {plan.status}. Only a draft is accepted without a quote."
        )
        raise _stop("plan:quoted", message, "status")
    return move_plan(plan=plan, to=PlanStatus.ACCEPTED, by=by)


def stop_plan(*, plan: TreatmentPlan, reason: str, by: User) -> TreatmentPlan:
    """End a course early. Says why; what is booked is cancelled in the calendar."""
    _needs(reason, "reason", "Write why the course stops.")
    return move_plan(
        plan=plan, to=PlanStatus.STOPPED, by=by, reason=f"Stopped: {reason.strip()}"
    )


def _locked_plan(plan: TreatmentPlan) -> TreatmentPlan:
    return (
        TreatmentPlan.objects.select_for_update(of=("self",))
        .select_related("clinic")
        .get(pk=plan.pk)
    )


def _needs(text: str, where: str, message: str) -> None:
    if not text.strip():
        raise _stop(f"{where}:missing", message, where)


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
    )
    Price.objects.bulk_create(
        Price(
            price_list=price_list,
            kind=row.kind,
            label=row.label.strip(),
            why=row.why,
            area_from=row.area_from,
            area_to=row.area_to,
            sessions_from=row.sessions_from,
            amount=row.amount,
            rate=row.rate,
            tax_rate=row.tax_percent,
        )
        for row in rows
    )
    audit.record(
        by=by,
        did="price_list.published",
        about=price_list,
        valid_from=valid_from.isoformat(),
        rows=len(rows),
    )
    return price_list


# --- quotes ------------------------------------------------------------------


@transaction.atomic
def draft_quote(*, plan: TreatmentPlan, by: User) -> Quote:
    """Price a plan's options at today's prices, side by side. Takes the place of an older draft.

    Refuses where a price is missing (naming it) or the plan can no longer be quoted.
    """
    plan = _locked_plan(plan)
    _check_quotable(plan)
    # A draft was promised to nobody.
    Quote.objects.filter(plan=plan, status=QuoteStatus.DRAFT).delete()
    quote, options = _write_quote(plan, by=by)
    audit.record(
        by=by,
        did="quote.drafted",
        about=quote,
        patient_id=plan.patient_id,
        options=options,
    )
    return quote


def _check_quotable(plan: TreatmentPlan) -> None:
    # A plan that waits for an answer takes a new quote: the older one is superseded.
    if plan.status not in (PlanStatus.DRAFT, PlanStatus.QUOTED):
        _must(check_move(PLAN_MOVES, plan.status, PlanStatus.QUOTED, what="plan"))


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
    )
    rows = QuoteOption.objects.bulk_create(
        _option_row(quote, position, option)
        for position, option in enumerate(quotation.options)
    )
    QuoteLine.objects.bulk_create(
        _line_row(row, position, line)
        for row, option in zip(rows, quotation.options, strict=True)
        for position, line in enumerate(option.priced.lines)
    )
    return quote, len(rows)


def _option_row(quote: Quote, position: int, option: Option) -> QuoteOption:
    return QuoteOption(
        quote=quote,
        position=position,
        name=option.name,
        sessions=option.sessions,
        why=option.why,
        discount_rate=option.rate,
        discount_reason=option.reason,
        list_total=option.priced.list_total,
        discount=option.priced.discount,
        net=option.priced.net,
        tax=option.priced.tax,
        total=option.priced.total,
        deposit=option.deposit,
    )


def _line_row(option: QuoteOption, position: int, priced: PricedLine) -> QuoteLine:
    return QuoteLine(
        option=option,
        position=position,
        label=priced.line.label,
        why=priced.line.why,
        quantity=int(priced.line.quantity),
        unit_amount=priced.line.unit,
        amount=priced.amount,
        net=priced.net,
        tax_rate=priced.line.tax_percent,
        tax=priced.tax,
    )


@transaction.atomic
def set_discount(
    *, option: QuoteOption, rate: Decimal, reason: str, by: User
) -> QuoteOption:
    """Give an option of a draft another discount than its package's, with a reason, up to the cap."""
    quote = _locked_quote(option.quote_id)
    if quote.status != QuoteStatus.DRAFT:
        raise _stop(
            "quote:frozen",
            "This quote was issued and keeps its prices. Make a new one.",
            "status",
        )
    _needs(reason, "discount_reason", "Write why this discount is given.")
    _must(discount_cap_finding(rate, quote.price_list.discount_cap))
    option = QuoteOption.objects.get(pk=option.pk, quote=quote)
    rows = list(option.lines.order_by("position"))
    priced = price_option(
        [
            Line(
                row.label,
                Decimal(row.quantity),
                row.unit_amount,
                row.tax_rate,
                why=row.why,
            )
            for row in rows
        ],
        package_discount=rate,
        cap=quote.price_list.discount_cap,
        currency=quote.currency,
        sessions=option.sessions,
    )
    was = option.discount_rate
    option.discount_rate, option.discount_reason = rate, reason.strip()
    option.discount, option.net = priced.discount, priced.net
    option.tax, option.total = priced.tax, priced.total
    option.deposit = deposit_of(
        priced.total, quote.price_list.deposit_rate, quote.currency
    )
    option.save()
    for row, line in zip(rows, priced.lines, strict=True):
        row.net, row.tax = line.net, line.tax
    QuoteLine.objects.bulk_update(rows, ["net", "tax"])
    audit.record(
        by=by,
        did="quote.discounted",
        about=quote,
        patient_id=quote.patient_id,
        option=option.position,
        was=plain(was),
        rate=plain(rate),
    )
    return option


@transaction.atomic
def issue_quote(*, quote: Quote, by: User) -> Quote:
    """Give a draft its number and freeze it: its prices are a promise until ``valid_until``.

    An older quote of the plan that waits for an answer is superseded; the plan is quoted. Numbers run
    without gaps in a clinic and year: the counter's row stays locked until the number is committed.
    """
    quote = _locked_quote(quote.pk)
    plan, clinic, today = quote.plan, quote.clinic, _today(quote.clinic)
    _must(check_move(QUOTE_MOVES, quote.status, QuoteStatus.ISSUED, what="quote"))
    _check_quotable(plan)
    in_force = PriceList.objects.in_force(clinic, today).values_list("pk", flat=True)
    if list(in_force) != [quote.price_list_id]:
        message = "New prices are in force since this draft was made. Draft it again."
        raise _stop("quote:old-prices", message, "prices")
    Quote.objects.filter(plan=plan, status=QuoteStatus.ISSUED).update(
        status=QuoteStatus.SUPERSEDED
    )
    quote.number = queries.quote_number(today.year, _next_number(clinic, today.year))
    quote.status = QuoteStatus.ISSUED
    quote.issued_at, quote.issued_by = timezone.now(), by
    quote.valid_until = valid_until(today, clinic.quote_valid_days)
    quote.save()
    if plan.status != PlanStatus.QUOTED:
        plan.status = PlanStatus.QUOTED
        plan.save(update_fields=["status"])
    audit.record(
        by=by,
        did="quote.issued",
        about=quote,
        patient_id=quote.patient_id,
        number=quote.number,
    )
    return quote


def _next_number(clinic: Clinic, year: int) -> int:
    """One statement takes the counter's row and its lock; a rollback gives the number back."""
    table = QuoteNumber._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} AS counter (clinic_id, year, last) VALUES (%s, %s, 1)"
            " ON CONFLICT (clinic_id, year) DO UPDATE SET last = counter.last + 1 RETURNING last",
            [clinic.pk, year],
        )
        return int(cursor.fetchone()[0])


def _locked_quote(pk: int) -> Quote:
    """A quote and its plan, locked; the plan first, as everywhere, so that two desks never deadlock."""
    return (
        Quote.objects.select_for_update(of=("plan", "self"))
        .select_related("plan", "clinic", "price_list")
        .get(pk=pk)
    )


@transaction.atomic
def accept_quote(
    *, quote: Quote, option: QuoteOption, signed_name: str, by: User
) -> Quote:
    """The patient takes one option and signs: the plan is accepted, with that many sessions.

    Of two desks that accept at once one does; the other is told.
    """
    quote = _locked_quote(quote.pk)
    plan = quote.plan
    _check_answerable(quote, QuoteStatus.ACCEPTED)
    if option.quote_id != quote.pk:
        raise _stop(
            "quote:option", "Choose one of the options of this quote.", "option"
        )
    _needs(signed_name, "signed_name", "Type the name as the patient signed it.")
    _must(check_move(PLAN_MOVES, plan.status, PlanStatus.ACCEPTED, what="plan"))
    quote.status, quote.chosen_option = QuoteStatus.ACCEPTED, option
    quote.accepted_name = signed_name.strip()
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
    )
    return quote


@transaction.atomic
def decline_quote(*, quote: Quote, reason: str, by: User) -> Quote:
    """The patient says no, and why. A new quote opens the plan again."""
    quote = _locked_quote(quote.pk)
    _check_answerable(quote, QuoteStatus.DECLINED)
    _needs(reason, "reason", "Write why, as the patient said it.")
    return _end_quote(
        quote, QuoteStatus.DECLINED, PlanStatus.DECLINED, by=by, reason=reason.strip()
    )


def _check_answerable(quote: Quote, to: QuoteStatus) -> None:
    if quote.status == QuoteStatus.ISSUED and quote.valid_until:
        expiry = expiry_finding(quote.valid_until, _today(quote.clinic))
        _must(expiry if expiry and expiry.blocks else None)
    if quote.status in (QuoteStatus.ACCEPTED, QuoteStatus.DECLINED):
        message = (
            f"This quote was already {quote.status}, at "
            f"{timezone.localtime(quote.answered_at, quote.clinic.zone):%H:%M on %d %b %Y}. "
            "Nothing was changed: look at it before going on."
        )
        raise _stop("quote:answered", message, "status")
    _must(check_move(QUOTE_MOVES, quote.status, to, what="quote"))


def _end_quote(
    quote: Quote,
    status: QuoteStatus,
    plan_status: PlanStatus,
    *,
    by: User | None,
    reason: str = "",
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
        for pk in list(
            Quote.objects.filter(clinic=clinic).overdue(today).values_list("pk", flat=True)
        ):  # fmt: skip
            with transaction.atomic():
                quote = _locked_quote(pk)
                if quote.status == QuoteStatus.ISSUED:
                    _end_quote(quote, QuoteStatus.EXPIRED, PlanStatus.EXPIRED, by=None)
                    expired += 1
    return expired


# --- payments ----------------------------------------------------------------


@transaction.atomic
def take_payment(
    *,
    plan: TreatmentPlan,
    kind: str,
    method: str,
    amount: Decimal,
    by: User,
) -> Payment:
    """Money in, for a plan that was agreed. Where a quote says the price, no more than is owed."""
    plan = _locked_plan(plan)
    if plan.status not in AGREED_PLANS:
        message = "Nothing is agreed yet. Let the patient accept a quote first."
        raise _stop("payment:not-agreed", message, "amount")
    money = queries.plan_balance(plan)
    _must(_check_amount(amount, money))
    quote = Quote.objects.filter(plan=plan, status=QuoteStatus.ACCEPTED).first()
    payment = Payment.objects.create(
        plan=plan,
        quote=quote,
        kind=Payment.Kind(kind),
        method=Payment.Method(method),
        amount=amount,
        currency=money.currency,
        by=by,
    )
    return _booked(payment, "payment.taken")


def _check_amount(amount: Decimal, money: queries.Balance) -> Finding | None:
    if not 0 < amount <= ABSURD_UNIT:
        message = f"A payment is above 0, up to {ABSURD_UNIT}. Type what came in."
    elif money.price is not None and amount > money.owed:
        owed = max(money.owed, Decimal(0))
        message = f"Only {plain(owed)} {money.currency} is owing. Take that or less."
    else:
        return _check_decimals(amount, money.currency)
    return block("payment:amount", message, fixed=True, where="amount")


def _check_decimals(amount: Decimal, currency: str) -> Finding | None:
    digits = currency_digits(currency)
    if amount == round(amount, digits):
        return None
    message = f"{currency} has {digits} decimals. Type the amount with no more."
    return block("payment:decimals", message, fixed=True, where="amount")


@transaction.atomic
def refund(
    *, plan: TreatmentPlan, amount: Decimal, method: str, reason: str, by: User
) -> Payment:
    """Money back, never more than was paid. ``amount`` is above zero; the book shows it below."""
    plan = _locked_plan(plan)
    _needs(reason, "reason", "Write why money goes back.")
    money = queries.plan_balance(plan)
    _must(check_refund(amount, money.paid, money.currency))
    _must(_check_decimals(amount, money.currency))
    payment = Payment.objects.create(
        plan=plan,
        kind=Payment.Kind.REFUND,
        method=Payment.Method(method),
        amount=-amount,
        currency=money.currency,
        reason=reason.strip(),
        by=by,
    )
    return _booked(payment, "payment.refunded")


@transaction.atomic
def void_payment(*, payment: Payment, reason: str, by: User) -> Payment:
    """Undo a mistake with its opposite; both rows stay. Once, and not where the money has gone back since."""
    plan = _locked_plan(payment.plan)
    _needs(reason, "reason", "Write what was wrong.")
    if payment.kind == Payment.Kind.VOID:
        raise _stop("void:void", "A void is not voided. Enter the payment again.")
    if Payment.objects.filter(voids=payment).exists():
        raise _stop("void:again", "This payment was voided already.")
    if queries.plan_balance(plan).paid - payment.amount < 0:
        message = "This money was given back already. Void the refund first."
        raise _stop("void:refunded", message)
    void = Payment.objects.create(
        plan=plan,
        quote_id=payment.quote_id,
        kind=Payment.Kind.VOID,
        method=payment.method,
        amount=-payment.amount,
        currency=payment.currency,
        voids=payment,
        reason=reason.strip(),
        by=by,
    )
    return _booked(void, "payment.voided")


def _booked(payment: Payment, did: str) -> Payment:
    audit.record(
        by=payment.by,
        did=did,
        about=payment,
        patient_id=payment.plan.patient_id,
        amount=plain(payment.amount),
        currency=payment.currency,
        method=payment.method,
    )
    return payment
