"""Whether an uploaded certificate is what it says it is, judged by its content. No Django here."""

import re
from dataclasses import dataclass

from mesoclinic.core.pdf_content import is_one_whole_pdf, pdf_refusal_code_or_none

MAX_CERTIFICATE_MB = 5
MAX_CERTIFICATE_BYTES = MAX_CERTIFICATE_MB * 1024 * 1024

_REFUSED = {
    "encrypted": "This PDF is encrypted. Save it without a password, or print it to a new PDF, and choose that.",
    "active": "This PDF holds a script or an attachment. Print it to a new PDF and choose that.",
    "bomb": "This PDF unpacks to more than a certificate needs. Print it to a new PDF and choose that.",
}


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """A file that was looked into; ``name`` is what people read, never a path."""

    name: str
    content: bytes


def safe_file_name(sent: str) -> str:
    """The last part of what the browser calls it, without what cannot stand in a file's name."""
    last = re.split(r"[\\/]", sent)[-1]
    plain = re.sub(r"[\x00-\x1f\x7f\"<>|:*?]", "", last).strip(" .")
    return plain[-100:] or "certificate.pdf"


def certificate_error_text_or_empty(content: bytes) -> str:
    """What is wrong with a file as a certificate, and what to do; "" where nothing is."""
    if not content:
        return "The file is empty. Choose the certificate again."
    if len(content) > MAX_CERTIFICATE_BYTES:
        return f"The file is larger than {MAX_CERTIFICATE_MB} MB. Save it smaller and choose it again."
    if not is_one_whole_pdf(content):
        return "This is no complete PDF, or more than one file. Save the certificate as PDF and choose that."
    return _REFUSED.get(pdf_refusal_code_or_none(content) or "", "")
