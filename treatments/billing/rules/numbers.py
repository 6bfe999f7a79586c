"""How the numbers of quotes, receipts, invoices and credit notes read. No Django here."""

QUOTE, RECEIPT, INVOICE, CREDIT_NOTE = "Q", "R", "I", "C"


def paper_number_text(prefix: str, year: int, count: int) -> str:
    """``R-2026-0192``: the count of its clinic and year, in four digits or more."""
    return f"{prefix}-{year}-{count:04d}"
