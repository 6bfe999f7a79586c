"""What happened: treatment sessions, the syringes and doses given, and what came of it."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, JSONField, Q, Value
from django.db.models.functions import Now

from mesoclinic.accounts.models import Clinic
from mesoclinic.core import triggers
from mesoclinic.core.fields import area_field, ml_field
from mesoclinic.core.models import ReferenceRow
from patients.models import Patient
from treatments.catalogue.models import Lot, Product, StockMovement
from treatments.cocktails.models import CocktailVersion
from treatments.conditions.models import Measurement, Zone
from treatments.plans.models import TreatmentPlan
from treatments.schedule.models import Appointment, Room
from treatments.sessions.models.discarded import DiscardedSession
from treatments.sessions.models.follow_up import (
    CheckIn,
    FollowUp,
    FollowUpNote,
    PainRelief,
    ReactionEnd,
    asks_how_it_went,
)
from treatments.sessions.rules import LATER_MOMENTS, SessionStatus

__all__ = [
    "Addendum",
    "AdverseEffect",
    "CheckIn",
    "ChecklistAnswer",
    "ChecklistItem",
    "DiscardedSession",
    "Dose",
    "FollowUp",
    "FollowUpNote",
    "Pain",
    "PainRelief",
    "Reaction",
    "ReactionEnd",
    "Syringe",
    "TreatmentSession",
    "ZoneTreatment",
]

_SIGNED = "p.status <> 'draft'"


def _part_of_session(*, except_fields: tuple[str, ...] = (), added_when: str = "") -> pgtrigger.Trigger:
    return triggers.part_of_frozen(
        "A session",
        parent_table="treatment_sessions_treatmentsession",
        parent_key="treatment_session_id",
        once=_SIGNED,
        except_fields=except_fields,
        added_when=added_when,
    )


class ChecklistItem(ReferenceRow):
    class Phase(models.TextChoices):
        BEFORE = "before", "Before"
        DURING = "during", "During"
        AFTER = "after", "After"

    code = models.CharField(max_length=30, unique=True)
    phase = models.CharField(max_length=10, choices=Phase)
    item = models.CharField(max_length=160)
    short_label = models.CharField(max_length=80)
    mandatory = models.BooleanField()
    required_when = models.CharField(max_length=120, blank=True)
    why = models.CharField(max_length=200, blank=True)
    short_list = models.BooleanField(
        default=False, help_text="Asked on the session page before the first injection."
    )
    short_order = models.PositiveSmallIntegerField(null=True, blank=True)
    asked_with = models.CharField(max_length=30, blank=True, help_text="The same tick answers this code.")
    answered_by = models.CharField(
        max_length=10, default="person", help_text="person, or software where the record itself is the answer"
    )
    from_seed = models.BooleanField(default=False)
    order = models.PositiveSmallIntegerField(default=0)

    class Meta(ReferenceRow.Meta):
        ordering = ["phase", "order", "code"]

    def __str__(self) -> str:
        return self.short_label


class AdverseEffect(ReferenceRow):
    class Level(models.TextChoices):
        EXPECTED = "expected", "Expected"
        ALERT = "alert", "Alert"
        EMERGENCY = "emergency", "Emergency"

    code = models.CharField(max_length=60, unique=True)
    effect = models.CharField(max_length=120)
    short_label = models.CharField(max_length=40)
    phase = models.CharField(max_length=12)
    onset = models.CharField(max_length=60, blank=True)
    usual_duration = models.CharField(max_length=60, blank=True)
    level = models.CharField(max_length=10, choices=Level)
    escalate_if = models.CharField(max_length=120, blank=True)
    action = models.CharField(max_length=200, blank=True)
    from_seed = models.BooleanField(default=False)
    order = models.PositiveSmallIntegerField(default=0)
    lot_days = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        help_text="Where it may come from a lot: how many days before it began a session counts.",
    )
    asked_as = models.CharField(
        max_length=60, blank=True, help_text="How a check-in asks for it, in plain words."
    )

    class Meta(ReferenceRow.Meta):
        ordering = ["order", "code"]

    def __str__(self) -> str:
        return self.effect


class TreatmentSession(models.Model):
    """One treatment. A draft while it is being charted, signed once, then corrected by addenda only."""

    Status = SessionStatus

    clinic = models.ForeignKey(Clinic, models.PROTECT, related_name="treatment_sessions")
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="treatment_sessions")
    plan = models.ForeignKey(TreatmentPlan, models.PROTECT, related_name="treatment_sessions")
    appointment = models.OneToOneField(
        Appointment, models.PROTECT, null=True, blank=True, related_name="treatment_session"
    )
    number = models.PositiveSmallIntegerField()
    clinician = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="treatment_sessions")
    room = models.ForeignKey(Room, models.PROTECT, null=True, blank=True, related_name="+")
    cocktail_version = models.ForeignKey(CocktailVersion, models.PROTECT, related_name="treatment_sessions")
    status = models.CharField(
        max_length=10, choices=[(s.value, s.value) for s in SessionStatus], default=SessionStatus.DRAFT.value
    )
    performed_on = models.DateField(help_text="The clinic's day.")
    started_at = models.DateTimeField(db_default=Now())
    performed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Who injected, where it was not the clinician.",
    )
    technique = models.CharField(max_length=200, blank=True)
    needle = models.CharField(max_length=60, blank=True)
    since_last = models.TextField(blank=True, help_text="What the patient reports since the last time.")
    safety = models.JSONField(
        default=dict,
        db_default=Value({}, JSONField()),
        blank=True,
        help_text="Medicines, pregnancy, allergies asked again: what is new, what ended (rules.safety).",
    )
    no_reactions = models.BooleanField(default=False, help_text="Asked, and there were none.")
    note = models.TextField(blank=True)
    next_on = models.DateField(null=True, blank=True)
    review_change = models.SmallIntegerField(
        null=True, blank=True, help_text="GPA7 against the start, −3 to +3."
    )
    review_decision = models.CharField(max_length=20, blank=True)
    review_note = models.TextField(blank=True)
    acknowledged = models.JSONField(
        default=list, help_text="Findings gone past: code, level, message, reason."
    )
    measurements = models.ManyToManyField(Measurement, blank=True, related_name="+")
    revision = models.PositiveIntegerField(default=1, help_text="Counts the saves of a draft.")
    saved_at = models.DateTimeField(db_default=Now())
    signed_at = models.DateTimeField(null=True, blank=True)
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["patient", "-number", "-pk"]
        indexes = [
            models.Index(fields=["patient", "-performed_on"], name="sessions_by_patient"),
            models.Index(fields=["clinic", "status", "-id"], name="sessions_by_status"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "number"], condition=~Q(status="void"), name="session_number_once_in_a_plan"
            ),
            models.CheckConstraint(
                condition=Q(status="draft", signed_at=None, signed_by=None)
                | (~Q(status="draft") & Q(signed_at__isnull=False, signed_by__isnull=False)),
                name="session_signed_by_and_at_together",
            ),
            models.CheckConstraint(
                condition=Q(status__in=[s.value for s in SessionStatus]), name="session_status_is_known"
            ),
            models.CheckConstraint(
                condition=Q(review_change=None) | Q(review_change__gte=-3, review_change__lte=3),
                name="review_change_is_gpa7",
            ),
            models.CheckConstraint(
                condition=Q(safety__contained_by=Value({}, JSONField()))
                | Q(safety__has_any_keys=["medicine", "pregnancy", "allergy"]),
                name="safety_is_about_what_is_asked",
            ),
        ]
        triggers = [
            # After signing only the status moves (signed → amended, void), by an addendum that says why.
            *triggers.frozen("A signed session", once="OLD.status <> 'draft'", except_fields=("status",)),
            asks_how_it_went(),
            # Law 4, at commit: a signed session has taken from stock exactly what it says, or there is none.
            pgtrigger.Trigger(
                name="signed_with_its_stock",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("status"),
                timing=pgtrigger.Deferred,
                condition=pgtrigger.Q(new__status="signed"),
                func=f"""
                    IF NOT EXISTS (SELECT 1 FROM treatment_sessions_dose d
                                    WHERE d.treatment_session_id = NEW.id)
                    THEN {triggers.refuse("A session is signed with what was given.")} END IF;
                    IF EXISTS (SELECT 1 FROM treatment_sessions_dose d
                                 LEFT JOIN catalogue_stockmovement m ON m.id = d.movement_id
                                 LEFT JOIN catalogue_stockmovement w ON w.id = d.waste_movement_id
                                WHERE d.treatment_session_id = NEW.id
                                  AND (m.id IS NULL OR m.kind <> 'use' OR m.lot_id <> d.lot_id
                                       OR m.ml <> d.wasted_ml - d.ml
                                       OR (d.wasted_ml > 0) IS DISTINCT FROM (w.id IS NOT NULL)
                                       OR w.kind <> 'waste' OR w.lot_id <> d.lot_id OR w.ml <> -d.wasted_ml))
                    THEN {triggers.refuse("A session is signed with every dose taken from its lot, or not at all.")} END IF;
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"session {self.pk}"

    @property
    def is_draft(self) -> bool:
        return self.status == SessionStatus.DRAFT


class ChecklistAnswer(models.Model):
    treatment_session = models.ForeignKey(TreatmentSession, models.CASCADE, related_name="checklist")
    item = models.ForeignKey(ChecklistItem, models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["treatment_session", "item"], name="checklist_item_ticked_once")
        ]
        triggers = [_part_of_session()]

    def __str__(self) -> str:
        return f"{self.item_id} of {self.treatment_session_id}"


class Syringe(models.Model):
    """A syringe drawn up for one session, used once."""

    treatment_session = models.ForeignKey(TreatmentSession, models.CASCADE, related_name="syringes")
    label = models.CharField(max_length=80)
    capacity_ml = ml_field(default=5)
    prepared_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    prepared_at = models.DateTimeField(db_default=Now())
    use_before = models.DateTimeField(null=True, blank=True, help_text="Beyond-use time of the mixture.")

    class Meta:
        ordering = ["treatment_session", "pk"]
        triggers = [_part_of_session()]

    def __str__(self) -> str:
        return self.label


class Dose(models.Model):
    """So many ml of one product from one lot, in one syringe. Signing ties it to the ledger."""

    treatment_session = models.ForeignKey(TreatmentSession, models.CASCADE, related_name="doses")
    syringe = models.ForeignKey(Syringe, models.CASCADE, related_name="doses")
    product = models.ForeignKey(Product, models.PROTECT, related_name="+")
    lot = models.ForeignKey(Lot, models.PROTECT, related_name="doses")
    planned_ml = ml_field()
    ml = ml_field(help_text="Drawn up from the lot.")
    wasted_ml = ml_field(
        default=0, db_default=0, help_text="Of it, what stayed in the syringe; set by the signature."
    )
    lot_read = models.BooleanField(
        default=False, db_default=False, help_text="Somebody scanned the vial, or read it and accepted."
    )
    movement = models.OneToOneField(StockMovement, models.PROTECT, null=True, blank=True, related_name="dose")
    waste_movement = models.OneToOneField(
        StockMovement, models.PROTECT, null=True, blank=True, related_name="wasted_dose"
    )

    class Meta:
        ordering = ["syringe", "pk"]
        indexes = [models.Index(fields=["lot", "treatment_session"], name="doses_by_lot")]
        constraints = [
            models.UniqueConstraint(fields=["syringe", "lot"], name="lot_once_in_a_syringe"),
            models.CheckConstraint(condition=Q(ml__gt=0, planned_ml__gte=0), name="dose_has_a_volume"),
            models.CheckConstraint(
                condition=Q(wasted_ml__gte=0, wasted_ml__lt=F("ml")), name="dose_is_not_all_waste"
            ),
        ]
        triggers = [
            _part_of_session(),
            pgtrigger.Trigger(
                name="lot_is_of_the_product",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert
                | pgtrigger.UpdateOf("lot_id", "product_id", "treatment_session_id"),
                func=f"""
                    IF NOT EXISTS (SELECT 1 FROM catalogue_lot l
                                     JOIN treatment_sessions_treatmentsession s ON s.id = NEW.treatment_session_id
                                    WHERE l.id = NEW.lot_id AND l.product_id = NEW.product_id
                                      AND l.clinic_id = s.clinic_id)
                    THEN {triggers.refuse("The lot is of another product or another clinic.")} END IF;
                    RETURN NEW;
                """,
            ),
            # Law 3 for drafts too: a lot that may not be used does not get into a session at all.
            pgtrigger.Trigger(
                name="no_wrong_vial",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("lot_id"),
                func=f"""
                    IF NOT EXISTS (SELECT 1 FROM catalogue_lot l
                                     JOIN treatment_sessions_treatmentsession s ON s.id = NEW.treatment_session_id
                                    WHERE l.id = NEW.lot_id AND l.status = 'released'
                                      AND l.expires_on >= s.performed_on)
                    THEN {triggers.refuse("This lot is expired or not released: take another.")} END IF;
                    -- Empty, or nothing left but what has been open too long (for a day that has passed: was it then).
                    IF NOT EXISTS (SELECT 1 FROM catalogue_lot l
                                     JOIN treatment_sessions_treatmentsession s ON s.id = NEW.treatment_session_id
                                     JOIN accounts_clinic c ON c.id = s.clinic_id
                                    WHERE l.id = NEW.lot_id AND l.on_hand_ml > 0
                                      AND (l.opened_until IS NULL OR l.on_hand_ml > l.opened_ml OR l.opened_until >
                                           CASE WHEN s.performed_on < (statement_timestamp() AT TIME ZONE c.time_zone)::date
                                                THEN s.performed_on::timestamp AT TIME ZONE c.time_zone
                                                ELSE statement_timestamp() END))
                    THEN {triggers.refuse("This lot is empty, or has been open too long: take another.")} END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ml} ml of lot {self.lot_id}"


class ZoneTreatment(models.Model):
    """What went into one region: a zone of the map, or one that was drawn on it and has a name."""

    treatment_session = models.ForeignKey(TreatmentSession, models.CASCADE, related_name="zones")
    zone = models.ForeignKey(Zone, models.PROTECT, null=True, blank=True, related_name="+")
    name = models.CharField(
        max_length=60, blank=True, db_default="", help_text="Of a zone that was drawn; else empty."
    )
    outline = models.JSONField(
        default=list,
        db_default=Value([], JSONField()),
        blank=True,
        help_text="Corners of a drawn zone, [[x, y], …] in percent of the map's picture.",
    )
    points = models.PositiveSmallIntegerField()
    ml_per_point = models.DecimalField(max_digits=5, decimal_places=3)
    depth_mm = models.DecimalField(max_digits=4, decimal_places=1)
    spacing_cm = models.DecimalField(max_digits=4, decimal_places=2, null=True, blank=True)
    area_cm2 = area_field()

    class Meta:
        ordering = ["zone__order", "name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["treatment_session", "zone"], name="zone_treated_once_in_a_session"
            ),
            models.UniqueConstraint(
                fields=["treatment_session", "name"],
                condition=Q(zone=None),
                name="drawn_zone_named_once_in_a_session",
            ),
            models.CheckConstraint(
                condition=Q(zone__isnull=False, name="", outline=[]) | (Q(zone=None) & ~Q(name="")),
                name="zone_is_of_the_map_or_drawn",
            ),
            models.CheckConstraint(
                condition=Q(
                    points__gt=0, ml_per_point__gt=0, depth_mm__gt=0, depth_mm__lte=13, area_cm2__gt=0
                )
                & (Q(spacing_cm=None) | Q(spacing_cm__gt=0)),
                name="zone_treatment_has_figures",
            ),
        ]
        triggers = [
            _part_of_session(),
            # A vector in percent: at least three corners, none outside the picture.
            pgtrigger.Trigger(
                name="outline_is_in_the_picture",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("outline"),
                func=f"""
                    IF jsonb_typeof(NEW.outline) <> 'array' THEN
                        {triggers.refuse("An outline is a list of corners.")}
                    END IF;
                    IF jsonb_array_length(NEW.outline) BETWEEN 1 AND 2 OR jsonb_array_length(NEW.outline) > 60
                    THEN {triggers.refuse("An outline has 3 to 60 corners.")} END IF;
                    IF EXISTS (SELECT 1 FROM jsonb_array_elements(NEW.outline) c
                         WHERE CASE WHEN jsonb_typeof(c) <> 'array' THEN true
                               WHEN jsonb_array_length(c) <> 2 THEN true
                               WHEN jsonb_typeof(c->0) <> 'number' OR jsonb_typeof(c->1) <> 'number' THEN true
                               ELSE (c->>0)::numeric NOT BETWEEN 0 AND 100
                                 OR (c->>1)::numeric NOT BETWEEN 0 AND 100 END)
                    THEN {triggers.refuse("Every corner of an outline is within the picture.")} END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.zone_id or 'a drawn zone'} of {self.treatment_session_id}"


class Pain(models.Model):
    class Moment(models.TextChoices):
        DURING = "during", "worst during treatment"
        END = "end", "at the end"
        AFTER_1H = "1h", "1 hour after"
        AFTER_24H = "24h", "24 hours after"

    treatment_session = models.ForeignKey(TreatmentSession, models.CASCADE, related_name="pain")
    moment = models.CharField(max_length=10, choices=Moment)
    score = models.PositiveSmallIntegerField()
    added_at = models.DateTimeField(
        null=True, blank=True, help_text="After the signature; empty where charted."
    )
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    check_in = models.ForeignKey(CheckIn, models.PROTECT, null=True, blank=True, related_name="pain")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["treatment_session", "moment"], name="pain_asked_once_a_moment"),
            models.CheckConstraint(condition=Q(score__lte=10), name="pain_is_zero_to_ten"),
            models.CheckConstraint(
                condition=Q(added_at=None, added_by=None, check_in=None)
                | Q(added_at__isnull=False, added_by__isnull=False, moment__in=LATER_MOMENTS),
                name="later_pain_says_who_and_when",
            ),
        ]
        triggers = [_part_of_session(added_when="NEW.added_at IS NOT NULL")]

    def __str__(self) -> str:
        return f"{self.moment} {self.score}"


class Reaction(models.Model):
    class Grade(models.TextChoices):
        MILD = "mild", "mild"
        MODERATE = "moderate", "moderate"
        SEVERE = "severe", "severe"

    treatment_session = models.ForeignKey(TreatmentSession, models.CASCADE, related_name="reactions")
    effect = models.ForeignKey(AdverseEffect, models.PROTECT, related_name="+")
    grade = models.CharField(max_length=10, choices=Grade, default=Grade.MILD)
    zone = models.ForeignKey(Zone, models.PROTECT, null=True, blank=True, related_name="+")
    note = models.CharField(max_length=200, blank=True)
    began_on = models.DateField(null=True, blank=True, help_text="Empty where it began in the chair.")
    ended_on = models.DateField(null=True, blank=True)
    occasion = models.PositiveSmallIntegerField(
        default=0, help_text="0 where charted; counts what was told after the signature."
    )
    added_at = models.DateTimeField(null=True, blank=True)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    check_in = models.ForeignKey(CheckIn, models.PROTECT, null=True, blank=True, related_name="reactions")

    class Meta:
        ordering = ["effect__order"]
        constraints = [
            models.UniqueConstraint(
                fields=["treatment_session", "effect", "occasion"], name="reaction_recorded_once"
            ),
            models.CheckConstraint(
                condition=Q(occasion=0, added_at=None, added_by=None, check_in=None)
                | Q(occasion__gt=0, added_at__isnull=False, added_by__isnull=False),
                name="later_reaction_says_who_and_when",
            ),
            models.CheckConstraint(
                condition=Q(began_on=None) | Q(ended_on=None) | Q(ended_on__gte=models.F("began_on")),
                name="reaction_ends_after_it_begins",
            ),
        ]
        triggers = [_part_of_session(added_when="NEW.added_at IS NOT NULL")]

    def __str__(self) -> str:
        return f"{self.effect_id} {self.grade}"


class Addendum(models.Model):
    """A correction of a signed session: added, with a reason, never changed."""

    treatment_session = models.ForeignKey(TreatmentSession, models.PROTECT, related_name="addenda")
    text = models.TextField()
    reason = models.CharField(max_length=200)
    at = models.DateTimeField(db_default=Now())
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        verbose_name_plural = "addenda"
        ordering = ["treatment_session", "pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(text="") & ~Q(reason=""), name="addendum_says_what_and_why")
        ]
        triggers = triggers.append_only("An addendum")

    def __str__(self) -> str:
        return f"addendum {self.pk}"


# A subject with a module of its own; a model must be known when the app is loaded.
# Below, for it builds on what stands above.
from treatments.sessions.models.preparation import SyringeCheck  # noqa: E402, F401
from treatments.sessions.models.stock import UseOfStock  # noqa: E402, F401
