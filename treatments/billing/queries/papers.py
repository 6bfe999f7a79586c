"""What a receipt, an invoice or a credit note says on paper, in the patient's language; and one that was made void."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol

from django.utils import timezone, translation

from mesoclinic.accounts.models import Clinic
from mesoclinic.core.templatetags.clinic import money_text, percent_text
from patients.models import Patient
from treatments.billing.models import CreditNote, Invoice, InvoiceLine, Paper, Payment, PlanSettings, Receipt
from treatments.billing.queries.documents import (
    Content,
    content_as_pdf,
    first_supported_language,
    printed_date_text,
    sha256_of_pdf,
    shared_paper_content,
    texts_to_print_by_language,
    use_language_and_number_style,
)
from treatments.billing.rules.invoices import Portion, TaxRow, taxes_by_rate
from treatments.billing.rules.prices import UNTAXED


def unsaved_paper(content: Content, **of: Receipt | Invoice | CreditNote) -> Paper:
    """With the hash of what it prints. ``of`` names the one thing that it is the paper of."""
    return Paper(
        language=str(content["lang"]), content=content, sha256=sha256_of_pdf(content_as_pdf(content)), **of
    )


def _shared_paper_content_with_date(
    clinic: Clinic, patient: Patient, language: str, on: date, *, title: str
) -> Content:
    """What every paper of money says."""
    return {
        **shared_paper_content(clinic, patient, language, on, title=title),
        "date": printed_date_text(on),
    }


# --- a receipt ---------------------------------------------------------------


class ReceiptAsItStood(Protocol):
    """A receipt of :func:`receipt_of_payment_queryset`."""

    at: datetime
    number: str
    clinic: Clinic
    payment: Payment
    paid_then: Decimal  # of its plan or invoice, with this payment
    agreed: Decimal | None  # the patient's part


def receipt_content_to_print(receipt: ReceiptAsItStood, language: str) -> Content:
    """What a receipt says: how it stood after it, so that it prints the same for ever.

    No reason is printed: a free text is nobody else's business.
    """
    words, payment = texts_to_print_by_language()[language], receipt.payment
    clinic, patient = receipt.clinic, payment.patient
    paper = {"refund": "refund_paper", "void": "void_paper"}.get(payment.kind, "receipt")
    with use_language_and_number_style(language, clinic):

        def amount_text(value: Decimal) -> str:
            """An amount in the payment's currency, in words."""
            return money_text(value, payment.currency)

        on = timezone.localdate(receipt.at, clinic.zone)
        rows = [(words["how"], words[payment.method])]
        if payment.quote:
            rows.append((words["about"], payment.quote.number))
        if payment.invoice:
            rows.append((words["for_invoice"], payment.invoice.number))
        if payment.plan and payment.plan.clinic_id != clinic.pk:
            rows.append((words["taken_at"], clinic.name))
        if payment.voids and hasattr(payment.voids, "receipt"):
            rows.append((words["voids"], payment.voids.receipt.number))
        if payment.reference:
            rows.append((words["reference"], payment.reference))
        if receipt.agreed is not None:
            owed = receipt.agreed - receipt.paid_then
            rows += [
                (words["price"], amount_text(receipt.agreed)),
                (words["paid"], amount_text(receipt.paid_then)),
                (words["credit" if owed < 0 else "owed"], amount_text(abs(owed))),
            ]
        out = payment.amount < 0
        title = f"{words[paper]} {receipt.number}"
        return {
            **_shared_paper_content_with_date(clinic, patient, language, on, title=title),
            "paper_of": "receipt",
            "what": words["given_back" if out else "received"],
            "amount": amount_text(abs(payment.amount)),
            "rows": [{"label": label, "value": value} for label, value in rows],
        }


def content_with_void_stamp(original: Content, *, void: Payment, right: str, clinic: Clinic) -> Content:
    """The same paper with VOID across it: who made it void, when, why, and which is the right one (its number)."""
    language = str(original["lang"])
    words = texts_to_print_by_language()[language]
    with translation.override(language):
        at = timezone.localtime(void.at, clinic.zone)
        said = words["made_void"].format(
            at=f"{printed_date_text(at.date())}, {at:%H:%M}", who=void.by_name, why=void.reason
        )
    lines = [said, words["right_one"].format(number=right) if right else "", words["not_counted"]]
    return {**original, "void": {"stamp": words["void_stamp"], "lines": [line for line in lines if line]}}


# --- an invoice and a credit note ----------------------------------------------


def invoice_content_to_print(
    invoice: Invoice, lines: Sequence[InvoiceLine], payments: Sequence[Payment]
) -> Content:
    """What an invoice says when it is issued, with what was paid at once (each with its receipt)."""
    clinic, patient = invoice.clinic, invoice.patient
    language = first_supported_language(patient.language, clinic.language)
    words = texts_to_print_by_language()[language]
    with use_language_and_number_style(language, clinic):

        def amount_text(value: Decimal) -> str:
            return money_text(value, invoice.currency)

        title = f"{words['invoice']} {invoice.number}"
        on = timezone.localdate(invoice.issued_at, clinic.zone)
        sums = _net_tax_and_total_rows(
            taxes_by_rate((each.tax_class, each.tax_rate, Portion(each.net, each.tax)) for each in lines),
            Portion(invoice.net, invoice.tax),
            words,
            invoice.currency,
            tax_included=invoice.tax_included,
        )
        if payments:
            sums += [
                {
                    "label": words["paid_by"].format(how=words[each.method], number=each.receipt.number),
                    "amount": amount_text(-each.amount),
                    "strong": False,
                }
                for each in payments
            ]
            owed = invoice.total - sum(each.amount for each in payments)
            sums.append({"label": words["to_pay"], "amount": amount_text(owed), "strong": True})
        return {
            **_shared_paper_content_with_date(clinic, patient, language, on, title=title),
            "paper_of": "invoice",
            "seller": _seller_lines(clinic, words),
            "due": "" if payments else f"{words['due_on']} {printed_date_text(invoice.due_on)}",
            "about": "",
            "lines": [
                {
                    "label": each.label,
                    "detail": each.detail,
                    "quantity": str(each.quantity),
                    "each": amount_text(each.unit_amount),
                    "tax": "–" if each.tax_class in UNTAXED else percent_text(each.tax_rate),
                    "amount": amount_text(each.amount),
                }
                for each in lines
            ],
            "sums": sums,
            "note": words["invoice_stays"],
        }


def credit_note_content_to_print(
    note: CreditNote, credited: Sequence[tuple[InvoiceLine, Portion]]
) -> Content:
    """What a credit note says: of which invoice, what, and why."""
    invoice, clinic, patient = note.invoice, note.clinic, note.invoice.patient
    language = first_supported_language(patient.language, clinic.language)
    words = texts_to_print_by_language()[language]
    with use_language_and_number_style(language, clinic):
        on = timezone.localdate(note.issued_at, clinic.zone)
        title = f"{words['credit_note']} {note.number}"
        sums = _net_tax_and_total_rows(
            taxes_by_rate(
                (line.tax_class, line.tax_rate, Portion(-part.net, -part.tax)) for line, part in credited
            ),
            Portion(-note.net, -note.tax),
            {**words, "total": words["credited"]},
            note.currency,
            tax_included=invoice.tax_included,
        )
        return {
            **_shared_paper_content_with_date(clinic, patient, language, on, title=title),
            "paper_of": "invoice",
            "seller": _seller_lines(clinic, words),
            "due": "",
            "about": f"{words['for_invoice']} {invoice.number}",
            "lines": [
                {
                    "label": line.label,
                    "detail": line.detail,
                    "quantity": "",
                    "each": "",
                    "tax": "–" if line.tax_class in UNTAXED else percent_text(line.tax_rate),
                    "amount": money_text(-(part.total if invoice.tax_included else part.net), note.currency),
                }
                for line, part in credited
            ],
            "sums": sums,
            "note": f"{words['why']}: {note.reason}",
        }


def _seller_lines(clinic: Clinic, words: Mapping[str, str]) -> list[str]:
    """The clinic's address, telephone and tax number, as far as they are on file."""
    said = PlanSettings.of_clinic_or_defaults(clinic)
    lines = [line.strip() for line in said.address.splitlines() if line.strip()]
    if said.phone:
        lines.append(f"{words['telephone']} {said.phone}")
    if said.tax_number:
        lines.append(f"{words['tax_number']} {said.tax_number}")
    return lines


def _net_tax_and_total_rows(
    taxes: Sequence[TaxRow],
    sums: Portion,
    words: Mapping[str, str],
    currency: str,
    *,
    tax_included: bool,
) -> list[Content]:
    """Before tax, each rate with what it is reckoned on, and the total; where tax is in the prices, the total first."""

    def row(label: str, value: Decimal, *, strong: bool = False) -> Content:
        return {"label": label, "amount": money_text(value, currency), "strong": strong}

    by_rate = [
        row(
            words["untaxed_on"].format(amount=money_text(tax.net, currency))
            if not tax.percent
            else words["tax_in" if tax_included else "tax_on"].format(
                rate=percent_text(tax.percent), amount=money_text(tax.net, currency)
            ),
            tax.tax,
        )
        for tax in taxes
    ]
    total = row(words["total"], sums.total, strong=True)
    if tax_included:
        return [total, *by_rate]
    return [row(words["before_tax"], sums.net), *by_rate, total]
