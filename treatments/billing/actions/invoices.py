"""Charging a patient, crediting what was charged, and writing off what will not be paid."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from mesoclinic.accounts.models import Clinic, User
from mesoclinic.core import audit
from mesoclinic.core.findings import Refused, gate, raise_if_found, refusal_without_override
from mesoclinic.core.locking import lock_row
from mesoclinic.core.quantities import ZERO, plain_number_text
from mesoclinic.core.reasons import refuse_card_number, refuse_missing_text_or_card_number
from patients.models import Patient
from treatments.billing.actions.numbers import take_next_number
from treatments.billing.actions.payments import (
    lock_account,
    take_payment,
)
from treatments.billing.models import (
    Allowance,
    CreditNote,
    CreditNoteLine,
    Invoice,
    InvoiceLine,
    PlanSettings,
    PriceList,
    QuoteNumber,
)
from treatments.billing.queries.invoices import (
    already_credited_portion,
    charged_portion,
    fee_waiver_or_none,
    invoice_with_everything_queryset,
    is_charged_already,
)
from treatments.billing.queries.papers import (
    credit_note_content_to_print,
    invoice_content_to_print,
    unsaved_paper,
)
from treatments.billing.rules.invoices import (
    ChargedLine,
    Portion,
    PricedInvoice,
    check_charge_is_as_shown,
    check_charged_lines,
    check_credit_amount,
    check_not_charged_already,
    check_not_waived,
    check_write_off_amount,
    portion_to_credit,
    price_charged_lines,
)
from treatments.billing.rules.numbers import CREDIT_NOTE, INVOICE, paper_number_text
from treatments.plans.models import TreatmentPlan


@dataclass(frozen=True, slots=True)
class PaidNow:
    """How much of an invoice is paid as it is made; ``amount`` 0 for nothing."""

    method: str
    amount: Decimal
    reference: str = ""


@transaction.atomic
def create_invoice_and_take_payment(
    *,
    patient: Patient,
    clinic: Clinic,
    price_list: PriceList | None,
    lines: Sequence[ChargedLine],
    by: User,
    paid: PaidNow | None = None,
    shown_total: Decimal | None = None,
) -> Invoice:
    """Issue a numbered invoice for these lines, and take what is paid at once.

    ``shown_total`` is what the button said; where it would come to something else, it is asked again. Prices hold
    their tax where the clinic's settings, or its price list, say so.
    """
    settings = PlanSettings.of_clinic_or_defaults(clinic)
    gate(check_charged_lines(lines, clinic.currency))
    if any(line.source for line in lines):
        # A fee is charged or waived: of two people at once the second sees what the first did.
        lock_row(Patient, patient.pk)
    for line in lines:
        refuse_card_number(f"{line.label} {line.detail}", "items")
        raise_if_found(
            check_not_charged_already(line.label, is_charged=is_charged_already(line.kind, line.source))
        )
        raise_if_found(
            check_not_waived(line.label, is_waived=fee_waiver_or_none(line.kind, line.source) is not None)
        )
    tax_included = price_list.tax_included if price_list else settings.prices_include_tax
    priced = price_charged_lines(lines, currency=clinic.currency, tax_included=tax_included)
    raise_if_found(check_charge_is_as_shown(priced.total, shown_total, clinic.currency))
    invoice = _write_invoice_without_lines(
        patient, clinic, price_list, priced, settings, tax_included=tax_included, by=by
    )
    rows = InvoiceLine.objects.bulk_create(_unsaved_lines(invoice, lines, priced))
    payments = []
    if paid is not None and paid.amount:
        payments.append(
            take_payment(
                invoice=invoice, method=paid.method, amount=paid.amount, by=by, reference=paid.reference
            )
        )
    unsaved_paper(invoice_content_to_print(invoice, rows, payments), invoice=invoice).save()
    audit.record(
        by=by,
        did="invoice.issued",
        about=invoice,
        patient_id=patient.pk,
        number=invoice.number,
        total=plain_number_text(invoice.total),
        currency=invoice.currency,
    )
    return invoice


def _write_invoice_without_lines(
    patient: Patient,
    clinic: Clinic,
    price_list: PriceList | None,
    priced: PricedInvoice,
    settings: PlanSettings,
    *,
    tax_included: bool,
    by: User,
) -> Invoice:
    now = timezone.now()
    today = timezone.localdate(now, clinic.zone)
    count = take_next_number(clinic, QuoteNumber.Series.INVOICE, today.year)
    return Invoice.objects.create(
        clinic=clinic,
        patient=patient,
        price_list=price_list,
        year=today.year,
        count=count,
        number=paper_number_text(INVOICE, today.year, count),
        currency=clinic.currency,
        tax_included=tax_included,
        line_count=len(priced.lines),
        net=priced.net,
        tax=priced.tax,
        total=priced.total,
        due_on=today + timedelta(days=settings.invoice_days),
        issued_at=now,
        issued_by=by,
    )


def _unsaved_lines(
    invoice: Invoice, lines: Sequence[ChargedLine], priced: PricedInvoice
) -> list[InvoiceLine]:
    return [
        InvoiceLine(
            invoice=invoice,
            position=at,
            kind=line.kind,
            label=line.label.strip(),
            detail=line.detail.strip(),
            quantity=line.quantity,
            unit_amount=line.unit,
            amount=figures.amount,
            net=figures.net,
            tax_class=line.tax_class,
            tax_rate=line.tax_percent,
            tax=figures.tax,
            source=line.source,
        )
        for at, (line, figures) in enumerate(zip(lines, priced.lines, strict=True))
    ]


@transaction.atomic
def credit_invoice(*, invoice: Invoice, amounts: Mapping[int, Decimal], reason: str, by: User) -> CreditNote:
    """Take back so much of these lines (by id, tax included), with a numbered credit note that says why.

    Money that was paid and is owed to nobody any more goes back by a refund.
    """
    lock_row(Invoice, invoice.pk, "clinic")
    invoice = invoice_with_everything_queryset(invoice.pk).get()
    refuse_missing_text_or_card_number(reason, "reason", "Write why it is credited.")
    credited: list[tuple[InvoiceLine, Portion]] = []
    found = []
    for line in invoice.lines.all():
        amount = amounts.get(line.pk, ZERO)
        charged, before = charged_portion(line), already_credited_portion(line)
        refused = check_credit_amount(
            amount, charged.total - before.total, invoice.currency, where=f"line-{line.pk}"
        )
        if refused:
            found.append(refused)
        elif amount:
            credited.append((line, portion_to_credit(charged, before, amount, invoice.currency)))
    if found:
        raise Refused(*found)
    if not credited:
        raise refusal_without_override("credit:nothing", "Type how much of a line is credited.", "reason")
    now = timezone.now()
    year = timezone.localdate(now, invoice.clinic.zone).year
    count = take_next_number(invoice.clinic, QuoteNumber.Series.CREDIT, year)
    net, tax = sum((part.net for _, part in credited), ZERO), sum((part.tax for _, part in credited), ZERO)
    note = CreditNote.objects.create(
        clinic=invoice.clinic,
        invoice=invoice,
        year=year,
        count=count,
        number=paper_number_text(CREDIT_NOTE, year, count),
        currency=invoice.currency,
        reason=reason.strip(),
        line_count=len(credited),
        net=net,
        tax=tax,
        total=net + tax,
        issued_at=now,
        issued_by=by,
    )
    CreditNoteLine.objects.bulk_create(
        CreditNoteLine(credit_note=note, invoice_line=line, net=part.net, tax=part.tax)
        for line, part in credited
    )
    unsaved_paper(credit_note_content_to_print(note, credited), credit_note=note).save()
    audit.record(
        by=by,
        did="invoice.credited",
        about=note,
        patient_id=invoice.patient_id,
        number=note.number,
        total=plain_number_text(note.total),
        currency=note.currency,
    )
    return note


@transaction.atomic
def record_write_off(
    *,
    amount: Decimal,
    reason: str,
    by: User,
    plan: TreatmentPlan | None = None,
    invoice: Invoice | None = None,
) -> Allowance:
    """What is owed and will not be paid, with the reason. No money moves, and nothing is paid back for it."""
    account = lock_account(plan, invoice)
    refuse_missing_text_or_card_number(reason, "reason", "Write why it is written off.")
    raise_if_found(check_write_off_amount(amount, account.owed or ZERO, account.currency))
    allowance = Allowance.objects.create(
        clinic=account.clinic,
        plan=account.plan,
        invoice=account.invoice,
        kind=Allowance.Kind.WRITE_OFF,
        amount=amount,
        currency=account.currency,
        reason=reason.strip(),
        by=by,
    )
    audit.record(
        by=by,
        did="money.written_off",
        about=allowance,
        patient_id=account.patient_id,
        amount=plain_number_text(amount),
        currency=account.currency,
    )
    return allowance
