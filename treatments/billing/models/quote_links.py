"""A quote on paper, and the link by which it is read at home."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from mesoclinic.core import triggers as core_triggers
from patients.models import PatientLink


class QuoteDocument(models.Model):
    """A quote as it was printed, in one language: what was said, and the hash of its bytes.

    ``content`` is everything the paper says, as it was when it was made; the same content makes the
    same bytes, so it is printed again from it and compared with ``sha256``.
    """

    quote = models.ForeignKey("billing.Quote", models.PROTECT, related_name="documents", db_index=False)
    language = models.CharField(max_length=10)
    content = models.JSONField()
    sha256 = models.CharField(max_length=64)
    made_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["quote", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["quote", "language"], name="quote_printed_once_a_language"),
            models.CheckConstraint(
                condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="document_has_its_hash"
            ),
        ]
        triggers = core_triggers.append_only_triggers("A printed quote")

    def __str__(self) -> str:
        return f"{self.quote_id} {self.language}"


class QuoteLink(models.Model):
    """Which quote a patient's link leads to: one row for each sending."""

    quote = models.ForeignKey("billing.Quote", models.PROTECT, related_name="links")
    link = models.OneToOneField(PatientLink, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["quote", "-pk"]

    def __str__(self) -> str:
        return f"link of quote {self.quote_id}"
