"""What is charted in a session, row by row: checklist, zones, pain, relief and reactions."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import JSONField, Q, Value
from django.db.models.functions import Now

from mesoclinic.core import triggers as core_triggers
from mesoclinic.core.fields import area_field
from treatments.conditions.models import Zone
from treatments.sessions.models.reference import AdverseEffect, ChecklistItem
from treatments.sessions.models.sessions import TreatmentSession
from treatments.sessions.rules.alerts import IN_WORDS, is_alarming
from treatments.sessions.rules.late_reports import LATER_MOMENTS
from treatments.sessions.rules.pain_relief import CreamLabel, Relief

_SIGNED = "p.status <> 'draft'"


def frozen_with_session_trigger(
    *, except_fields: tuple[str, ...] = (), added_when: str = ""
) -> core_triggers.Trigger:
    return core_triggers.frozen_parent_trigger(
        "A session",
        parent_table="treatment_sessions_treatmentsession",
        parent_key="treatment_session_id",
        once=_SIGNED,
        except_fields=except_fields,
        added_when=added_when,
    )


class ChecklistAnswer(models.Model):
    treatment_session = models.ForeignKey(
        TreatmentSession, models.CASCADE, related_name="checklist", db_index=False
    )
    item = models.ForeignKey(ChecklistItem, models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["treatment_session", "item"], name="checklist_item_ticked_once")
        ]
        triggers = [frozen_with_session_trigger()]

    def __str__(self) -> str:
        return f"{self.item_id} of {self.treatment_session_id}"


class ZoneTreatment(models.Model):
    """What went into one region: a zone of the map, or one that was drawn on it and has a name."""

    treatment_session = models.ForeignKey(
        TreatmentSession, models.CASCADE, related_name="zones", db_index=False
    )
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
            frozen_with_session_trigger(),
            # A vector in percent: at least three corners, none outside the picture.
            core_triggers.Trigger(
                name="outline_is_in_the_picture",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("outline"),
                func=f"""
                    IF jsonb_typeof(NEW.outline) <> 'array' THEN
                        {core_triggers.raise_exception_sql("An outline is a list of corners.")}
                    END IF;
                    IF jsonb_array_length(NEW.outline) BETWEEN 1 AND 2 OR jsonb_array_length(NEW.outline) > 60
                    THEN {core_triggers.raise_exception_sql("An outline has 3 to 60 corners.")} END IF;
                    IF EXISTS (SELECT 1 FROM jsonb_array_elements(NEW.outline) c
                         WHERE CASE WHEN jsonb_typeof(c) <> 'array' THEN true
                               WHEN jsonb_array_length(c) <> 2 THEN true
                               WHEN jsonb_typeof(c->0) <> 'number' OR jsonb_typeof(c->1) <> 'number' THEN true
                               ELSE (c->>0)::numeric NOT BETWEEN 0 AND 100
                                 OR (c->>1)::numeric NOT BETWEEN 0 AND 100 END)
                    THEN {core_triggers.raise_exception_sql("Every corner of an outline is within the picture.")} END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.zone_id or 'a drawn zone'} of {self.treatment_session_id}"

    @property
    def code(self) -> str:
        """Of a zone of the map, read with it; empty for a drawn one."""
        return "" if self.zone is None else self.zone.code

    @property
    def label(self) -> str:
        """What it is called: the zone of the map, read with it, or the name that was given."""
        return self.name if self.zone is None else self.zone.name


class Pain(models.Model):
    class Moment(models.TextChoices):
        DURING = "during", "worst during treatment"
        END = "end", "at the end"
        AFTER_1H = "1h", "1 hour after"
        AFTER_24H = "24h", "24 hours after"

    treatment_session = models.ForeignKey(
        TreatmentSession, models.CASCADE, related_name="pain", db_index=False
    )
    moment = models.CharField(max_length=10, choices=Moment)
    score = models.PositiveSmallIntegerField()
    added_at = models.DateTimeField(
        null=True, blank=True, help_text="After the signature; empty where charted."
    )
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    told_on_day = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Days after the session, where it was told at a check-in."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["treatment_session", "moment"], name="pain_asked_once_a_moment"),
            models.CheckConstraint(condition=Q(score__lte=10), name="pain_is_zero_to_ten"),
            models.CheckConstraint(
                condition=Q(added_at=None, added_by=None, told_on_day=None)
                | Q(added_at__isnull=False, added_by__isnull=False, moment__in=LATER_MOMENTS),
                name="later_pain_says_who_and_when",
            ),
        ]
        triggers = [frozen_with_session_trigger(added_when="NEW.added_at IS NOT NULL")]

    def __str__(self) -> str:
        return f"{self.moment} {self.score}"


class Reaction(models.Model):
    class Grade(models.TextChoices):
        MILD = "mild", "mild"
        MODERATE = "moderate", "moderate"
        SEVERE = "severe", "severe"

    treatment_session = models.ForeignKey(
        TreatmentSession, models.CASCADE, related_name="reactions", db_index=False
    )
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
    told_on_day = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Days after the session, where it was told at a check-in."
    )

    class Meta:
        ordering = ["effect__order"]
        constraints = [
            models.UniqueConstraint(
                fields=["treatment_session", "effect", "occasion"], name="reaction_recorded_once"
            ),
            models.CheckConstraint(
                # Nobody of the clinic wrote it down where the patient answered a check-in by link.
                condition=Q(occasion=0, added_at=None, added_by=None, told_on_day=None)
                | Q(occasion__gt=0, added_at__isnull=False, added_by__isnull=False)
                | Q(occasion__gt=0, added_at__isnull=False, told_on_day__isnull=False),
                name="later_reaction_says_who_and_when",
            ),
            models.CheckConstraint(
                condition=Q(began_on=None) | Q(ended_on=None) | Q(ended_on__gte=models.F("began_on")),
                name="reaction_ends_after_it_begins",
            ),
        ]
        triggers = [frozen_with_session_trigger(added_when="NEW.added_at IS NOT NULL")]

    def __str__(self) -> str:
        return f"{self.effect_id} {self.grade}"

    @property
    def is_alarming(self) -> bool:
        """Shown in red, read with its effect."""
        return self.effect.code == IN_WORDS or is_alarming(self.effect.level, self.grade)


SESSION = "treatment_sessions.TreatmentSession"


class PainRelief(models.Model):
    """What was done against the pain in one session. Lidocaine in it counts toward lidocaine's own limit."""

    treatment_session = models.ForeignKey(SESSION, models.CASCADE, related_name="relief", db_index=False)
    method = models.CharField(max_length=15, choices=[(r.value, r.value.replace("_", " ")) for r in Relief])
    lidocaine_mg = models.DecimalField(max_digits=6, decimal_places=1, null=True, blank=True)
    label = models.CharField(
        max_length=20,
        blank=True,
        choices=[(each.value, each.value) for each in CreamLabel],
        help_text="What the label of a cream lists; empty where nobody read it.",
    )
    already_given_at = models.DateTimeField(
        null=True, blank=True, help_text="Said to be given already when the record spoke against it."
    )
    already_given_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["treatment_session", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["treatment_session", "method"], name="relief_stands_once"),
            models.CheckConstraint(
                condition=Q(method__in=[r.value for r in Relief])
                & (Q(lidocaine_mg=None) | Q(lidocaine_mg__gte=0)),
                name="relief_is_known",
            ),
            models.CheckConstraint(
                condition=Q(label="") | Q(label__in=[each.value for each in CreamLabel], method=Relief.CREAM),
                name="relief_label_is_known",
            ),
            models.CheckConstraint(
                condition=Q(already_given_at=None, already_given_by=None)
                | Q(already_given_at__isnull=False, already_given_by__isnull=False),
                name="relief_given_already_says_who_and_when",
            ),
        ]
        triggers = [
            core_triggers.frozen_parent_trigger(
                "A session",
                parent_table="treatment_sessions_treatmentsession",
                parent_key="treatment_session_id",
                once="p.status <> 'draft'",
            )
        ]

    def __str__(self) -> str:
        return f"{self.method} in {self.treatment_session_id}"


class ReactionEnd(models.Model):
    """The day a reaction was over, where that became known after the signature. Added, never changed."""

    reaction = models.OneToOneField("treatment_sessions.Reaction", models.PROTECT, related_name="end")
    ended_on = models.DateField()
    at = models.DateTimeField(db_default=Now())
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        triggers = core_triggers.append_only_triggers("The end of a reaction")

    def __str__(self) -> str:
        return f"end of reaction {self.reaction_id}"
