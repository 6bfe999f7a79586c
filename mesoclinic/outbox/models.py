"""Every message to a patient, and how a clinic sends them. No text and no address is kept."""

import uuid
from enum import StrEnum

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from mesoclinic.accounts.models import Clinic
from mesoclinic.core import triggers as core_triggers
from mesoclinic.outbox.rules import (
    MESSAGE_MOVES,
    NEEDS_SOMEBODY,
    USUAL_QUIET_FROM,
    USUAL_QUIET_UNTIL,
    Channel,
    Delivery,
    MessageStatus,
    Purpose,
)
from patients.models import Patient, PatientLink


class OutboxSettings(models.Model):
    """How one clinic writes to its patients. A clinic without a row sends nothing by itself."""

    clinic = models.OneToOneField(Clinic, models.PROTECT, related_name="outbox")
    by_email = models.BooleanField(default=False)
    by_sms = models.BooleanField(default=False)
    phone = models.CharField(max_length=40, blank=True, help_text="What a patient may call.")

    quiet_from = models.TimeField(
        null=True, blank=True, default=USUAL_QUIET_FROM, db_default=USUAL_QUIET_FROM
    )
    quiet_until = models.TimeField(
        null=True, blank=True, default=USUAL_QUIET_UNTIL, db_default=USUAL_QUIET_UNTIL
    )
    quiet_when_closed = models.BooleanField(
        default=True, db_default=True, help_text="No texts on holidays and on days nobody works."
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(quiet_from=None, quiet_until=None)
                | Q(quiet_from__isnull=False, quiet_until__isnull=False),
                name="quiet_hours_begin_and_end",
            )
        ]

    def __str__(self) -> str:
        return f"outbox settings {self.pk}"


def outbox_settings_or_unsaved(clinic: Clinic) -> OutboxSettings:
    """The clinic's own, or none sent. No query where ``outbox`` was read with the clinic."""
    try:
        return clinic.outbox
    except OutboxSettings.DoesNotExist:
        return OutboxSettings(clinic=clinic)


def _choices_of_enum(states: type[StrEnum]) -> list[tuple[str, str]]:
    return [(state.value, state.value.replace("_", "-")) for state in states if state]


class Message(models.Model):
    """One message to one patient, from the day it is wanted until its fate is known (docs/adr/0018).

    Its text and its address are read when it is sent, by the app that wrote it: that app's own row points here.
    """

    clinic = models.ForeignKey(Clinic, models.PROTECT, related_name="+", db_index=False)
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="+")
    purpose = models.CharField(max_length=10, choices=_choices_of_enum(Purpose))
    about_at = models.DateTimeField(
        null=True, blank=True, help_text="When that happens which it is about: a visit begins."
    )
    channel = models.CharField(
        max_length=5, choices=[("email", "e-mail"), ("sms", "text message")], blank=True
    )
    status = models.CharField(
        max_length=10, choices=_choices_of_enum(MessageStatus), default=MessageStatus.QUEUED.value
    )
    reason = models.CharField(max_length=100, blank=True, help_text="Why it was skipped, or what went wrong.")
    attempts = models.PositiveSmallIntegerField(default=0)
    #: Whoever holds this may hand it over; a worker that was thought dead finds another here.
    claim = models.UUIDField(null=True, blank=True)
    handed_over_at = models.DateTimeField(
        null=True, blank=True, help_text="From then on it may have gone out."
    )
    #: Queued, and no task will send it yet: its owner enqueues one, not to run before ``not_before``.
    needs_task = models.BooleanField(default=False)
    not_before = models.DateTimeField(null=True, blank=True)
    #: The message's own id: the same at every attempt, so that a mail server may tell a repeat.
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    provider_id = models.CharField(
        max_length=64, blank=True, default="", db_default="", help_text="Its number with who carries it."
    )
    delivery = models.CharField(
        max_length=12,
        blank=True,
        default="",
        db_default="",
        choices=_choices_of_enum(Delivery),
        help_text="What the carrier has reported of it.",
    )
    queued_at = models.DateTimeField(db_default=Now())
    status_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(
                fields=["status_at"],
                condition=Q(status=MessageStatus.SENDING.value),
                name="messages_under_way",
            ),
            models.Index(fields=["purpose"], condition=Q(needs_task=True), name="messages_without_a_task"),
            models.Index(
                fields=["clinic", "-id"],
                condition=Q(status__in=[s.value for s in NEEDS_SOMEBODY]),
                name="messages_that_need_somebody",
            ),
            models.Index(fields=["clinic", "-id"], name="messages_of_a_clinic"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=[s.value for s in MessageStatus]), name="message_status_is_known"
            ),
            models.CheckConstraint(
                condition=Q(channel__in=["", *(c.value for c in Channel)]), name="message_channel_is_known"
            ),
            models.CheckConstraint(
                condition=~Q(status=MessageStatus.SENDING.value) | Q(claim__isnull=False, attempts__gt=0),
                name="message_under_way_is_claimed",
            ),
            models.CheckConstraint(
                condition=~Q(status=MessageStatus.QUEUED.value) | Q(handed_over_at=None),
                name="message_queued_was_not_handed_over",
            ),
            models.CheckConstraint(
                condition=Q(needs_task=False) | Q(status=MessageStatus.QUEUED.value),
                name="message_wants_a_task_while_queued",
            ),
            models.CheckConstraint(
                condition=Q(delivery__in=[each.value for each in Delivery]),
                name="message_delivery_is_known",
            ),
        ]
        triggers = [core_triggers.status_move_trigger("A message", MESSAGE_MOVES)]

    def __str__(self) -> str:
        return f"message {self.pk}"


class LinkMessage(models.Model):
    """The message that carries a link to its patient."""

    link = models.OneToOneField(PatientLink, models.PROTECT, related_name="carried_by")
    message = models.OneToOneField(Message, models.PROTECT, related_name="link_message")
    #: An address given for this message alone; empty: the patient's own, as it stands when it is sent.
    sent_to = models.EmailField(blank=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"message of link {self.link_id}"


class MessageText(models.Model):
    """A clinic's own words for one kind of message in one language. Another wording is the next version.

    The newest version is sent; one without a body goes back to the text that comes with the product.
    """

    clinic = models.ForeignKey(Clinic, models.PROTECT, related_name="+", db_index=False)
    purpose = models.CharField(max_length=10, choices=_choices_of_enum(Purpose))
    channel = models.CharField(max_length=5, choices=_choices_of_enum(Channel))
    language = models.CharField(max_length=10)
    version = models.PositiveSmallIntegerField()
    subject = models.CharField(max_length=150, blank=True)
    body = models.TextField(blank=True)
    written_at = models.DateTimeField(db_default=Now(), editable=False)
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "purpose", "channel", "language", "version"], name="message_text_versions"
            ),
            models.CheckConstraint(
                condition=Q(channel__in=[each.value for each in Channel])
                & Q(purpose__in=[each.value for each in Purpose])
                & (Q(subject="") | ~Q(body="")),
                name="message_text_is_of_a_known_message",
            ),
        ]
        triggers = core_triggers.append_only_triggers("The text of a message")

    def __str__(self) -> str:
        return f"message text {self.pk}"


class OptOutQuerySet(models.QuerySet["OptOut"]):
    def standing(self) -> "OptOutQuerySet":
        """Those that the desk has not ended by the patient's word."""
        return self.filter(ended_at=None)


class OptOut(models.Model):
    """A patient does not want messages of one kind, at no clinic: said by the link in a message, ended by the desk."""

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="+")
    clinic = models.ForeignKey(Clinic, models.PROTECT, related_name="+", help_text="Whose message it was.")
    purpose = models.CharField(max_length=10, choices=_choices_of_enum(Purpose))
    at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    ended_words = models.CharField(
        max_length=300, blank=True, help_text="How the patient asked for these messages again."
    )

    objects = OptOutQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_by=None, ended_words="")
                | (Q(ended_at__isnull=False, ended_by__isnull=False) & ~Q(ended_words="")),
                name="opt_out_ends_with_the_patients_word",
            )
        ]
        triggers = core_triggers.frozen_triggers(
            "An opt-out", except_fields=("ended_at", "ended_by_id", "ended_words")
        )

    def __str__(self) -> str:
        return f"opt-out {self.pk}"
