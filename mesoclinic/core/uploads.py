"""Whether an uploaded certificate is what it says it is, judged by its content. No Django here."""

import re
from dataclasses import dataclass

MAX_CERTIFICATE_MB = 5
MAX_CERTIFICATE_BYTES = MAX_CERTIFICATE_MB * 1024 * 1024

#: What runs, opens or carries something when a PDF is looked at. A certificate needs none of it.
_ACTIVE = re.compile(rb"/(JavaScript|JS|Launch|EmbeddedFile|OpenAction|AA|RichMedia|XFA)\b")


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
    if not content.startswith(b"%PDF-") or b"%%EOF" not in content[-2048:]:
        return "This is no complete PDF, whatever its name says. Save the certificate as PDF and choose that."
    if _ACTIVE.search(content):
        return "This PDF holds a script or an attachment. Print it to a new PDF and choose that."
    return ""
