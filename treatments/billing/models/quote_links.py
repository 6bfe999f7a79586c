"""A quote on paper, and the link by which it is read at home."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from mesoclinic.core import triggers as core_triggers
from mesoclinic.outbox.models import Message
from treatments.billing.rules.quote_links import MOST_TRIES


class QuoteDocument(models.Model):
    """A quote as it was printed, in one language: what was said, and the hash of its bytes.

    ``content`` is everything the paper says, as it was when it was made; the same content makes the
    same bytes, so it is printed again from it and compared with ``sha256``.
    """

    quote = models.ForeignKey("billing.Quote", models.PROTECT, related_name="documents")
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


class QuoteLinkQuerySet(models.QuerySet["QuoteLink"]):
    def usable_at(self, now) -> "QuoteLinkQuerySet":
        """Those that still open: not ended, not taken back, with a try left."""
        return self.filter(revoked_at=None, expires_at__gt=now, attempts__lt=MOST_TRIES)


class QuoteLink(models.Model):
    """One sending of a quote: an address that is signed and ends, opened with a code told apart from it."""

    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    quote = models.ForeignKey("billing.Quote", models.PROTECT, related_name="links")
    language = models.CharField(max_length=10)
    sent_to = models.EmailField()
    code_hash = models.CharField(max_length=64)
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    expires_at = models.DateTimeField()
    message = models.OneToOneField(Message, models.PROTECT, related_name="+")
    opened_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)

    objects = QuoteLinkQuerySet.as_manager()

    class Meta:
        ordering = ["quote", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(attempts__gte=0, attempts__lte=MOST_TRIES), name="link_takes_so_many_tries"
            )
        ]

    def __str__(self) -> str:
        return f"link {self.pk}"
