"""What comes with a delivery: certificates of analysis, kept privately, and which product a scanned GTIN is."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from mesoclinic.accounts.models import Clinic
from mesoclinic.core import triggers


class Certificate(models.Model):
    """A PDF as it was uploaded and checked. It has no address of its own: a page with a permission serves it."""

    clinic = models.ForeignKey(Clinic, models.PROTECT, related_name="+")
    name = models.CharField(max_length=100)
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "sha256", "uploaded_by", "name"], name="certificate_kept_once"
            )
        ]
        triggers = triggers.append_only("A certificate")

    def __str__(self) -> str:
        return f"certificate {self.pk}"


class Gtin(models.Model):
    """A GTIN that somebody said is this product: asked once, known from then on."""

    gtin = models.CharField(max_length=14, primary_key=True)
    product = models.ForeignKey("Product", models.PROTECT, related_name="gtins")
    told_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    told_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(gtin__regex=r"^[0-9]{14}$"), name="gtin_has_14_digits")
        ]

    def __str__(self) -> str:
        return self.gtin
