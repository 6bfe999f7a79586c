"""Appointments; the database keeps people and rooms in one place at a time."""

import pgtrigger
from django.conf import settings
from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from mesoclinic.accounts.models import Clinic
from mesoclinic.core import triggers as core_triggers
from patients.models import Patient, open_record_trigger
from treatments.plans.models import TreatmentPlan
from treatments.schedule.models.hours import IS_ACTIVE, Room, no_overlap_constraint
from treatments.schedule.rules.appointments import ACTIVE, APPOINTMENT_MOVES, OVER, AppointmentStatus


def _sql_list_of_statuses(statuses) -> str:
    return ", ".join(f"'{status.value}'" for status in sorted(statuses))


def _appointment_move_triggers() -> list[core_triggers.Trigger]:
    """``APPOINTMENT_MOVES``, said by the database: raw SQL meets it too."""
    ways = " OR ".join(
        f"(OLD.status = '{state.value}' AND NEW.status IN ({_sql_list_of_statuses(ways)}))"
        for state, ways in APPOINTMENT_MOVES.items()
        if ways
    )
    cancelled = _sql_list_of_statuses([AppointmentStatus.CANCELLED, AppointmentStatus.LATE_CANCELLED])
    return [
        core_triggers.Trigger(
            name="moves_along_the_table",
            when=pgtrigger.Before,
            operation=pgtrigger.UpdateOf("status", "status_reason"),
            func=f"""
                IF NEW.status IS DISTINCT FROM OLD.status AND NOT ({ways})
                THEN {core_triggers.raise_exception_sql("An appointment moves along docs/states.md: this move is not in it.")} END IF;
                IF NEW.status IN ({cancelled}) AND btrim(NEW.status_reason) = ''
                THEN {core_triggers.raise_exception_sql("A cancelled appointment says why.")} END IF;
                RETURN NEW;
            """,
        ),
        core_triggers.Trigger(
            name="over_stays_where_it_was",
            when=pgtrigger.Before,
            operation=pgtrigger.UpdateOf("starts_at", "ends_at", "clinician_id", "room_id", "patient_id"),
            func=f"""
                IF OLD.status IN ({_sql_list_of_statuses(OVER)}) AND
                   (OLD.starts_at, OLD.ends_at, OLD.clinician_id, OLD.room_id, OLD.patient_id) IS DISTINCT FROM
                   (NEW.starts_at, NEW.ends_at, NEW.clinician_id, NEW.room_id, NEW.patient_id)
                THEN {core_triggers.raise_exception_sql("A visit that is over stays where it was.")} END IF;
                RETURN NEW;
            """,
        ),
    ]


_LISTED = _sql_list_of_statuses(ACTIVE)

#: What an appointment leaves is there for those who wait, and calendars that show it hear of every change.
_HEARD_OF = [
    core_triggers.Trigger(
        name="notes_what_it_frees",
        doc="writes schedule_freedtime: the time that an appointment gives up",
        when=pgtrigger.After,
        operation=pgtrigger.UpdateOf("status", "starts_at", "ends_at", "clinician_id", "room_id"),
        func=f"""
            IF OLD.status IN ({_LISTED}) AND OLD.ends_at > now() AND NOT (
                NEW.status IN ({_LISTED})
                AND (NEW.clinician_id, NEW.room_id) = (OLD.clinician_id, OLD.room_id)
                AND NEW.starts_at <= OLD.starts_at AND NEW.ends_at >= OLD.ends_at
            ) THEN
                INSERT INTO schedule_freedtime
                    (clinic_id, clinician_id, room_id, starts_at, ends_at, because, appointment_id)
                VALUES (OLD.clinic_id, OLD.clinician_id, OLD.room_id, OLD.starts_at, OLD.ends_at,
                        CASE WHEN NEW.status IN ({_LISTED}) THEN 'moved' ELSE NEW.status END, OLD.id);
            END IF;
            RETURN NULL;
        """,
    ),
    core_triggers.Trigger(
        name="counts_its_changes",
        doc="writes its own revision and changed_at: one more for each change of state, time, place or kind",
        when=pgtrigger.Before,
        operation=pgtrigger.Update,
        func="""
            IF (OLD.status, OLD.starts_at, OLD.ends_at, OLD.clinician_id, OLD.room_id, OLD.kind) IS DISTINCT FROM
               (NEW.status, NEW.starts_at, NEW.ends_at, NEW.clinician_id, NEW.room_id, NEW.kind)
            THEN
                NEW.revision := OLD.revision + 1;
                NEW.changed_at := now();
            END IF;
            RETURN NEW;
        """,
    ),
]


class AppointmentQuerySet(models.QuerySet["Appointment"]):
    def holding_time(self) -> "AppointmentQuerySet":
        """Those that keep clinician, room and patient busy: not cancelled, not missed."""
        return self.filter(IS_ACTIVE)

    def overlapping(self, start, end) -> "AppointmentQuerySet":
        return self.filter(starts_at__lt=end, ends_at__gt=start)


class Appointment(models.Model):
    Status = AppointmentStatus

    class Kind(models.TextChoices):
        SESSION = "session", "Session"
        INTAKE = "intake", "Intake and assessment"
        REVIEW = "review", "Review"
        QUOTE = "quote", "Quote talk"

    clinic = models.ForeignKey(Clinic, models.PROTECT, related_name="appointments", db_index=False)
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="appointments", db_index=False)
    clinician = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="appointments", db_index=False
    )
    room = models.ForeignKey(Room, models.PROTECT, related_name="appointments")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.SESSION)
    status = models.CharField(
        max_length=16,
        choices=[(s.value, s.value.replace("_", " ")) for s in AppointmentStatus],
        default=AppointmentStatus.BOOKED.value,
    )
    plan = models.ForeignKey(
        TreatmentPlan,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="appointments",
        db_index=False,
    )
    session_number = models.PositiveSmallIntegerField(null=True, blank=True)
    note = models.CharField(max_length=200, blank=True, help_text="For the desk; nothing clinical.")
    acknowledged = models.JSONField(
        default=list, help_text="Findings gone past: code, level, reason, by, at."
    )
    minutes_by_rule = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="What the clinic's rule proposed when it was booked."
    )
    booked_at = models.DateTimeField(db_default=Now())
    booked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    status_at = models.DateTimeField(db_default=Now())
    status_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    status_reason = models.CharField(max_length=200, blank=True)
    patient_moved_from = models.DateTimeField(
        null=True, blank=True, help_text="Its start before the patient gave it another time, by link."
    )
    # What another calendar knows it by, how often it has changed, and when last: kept by the database.
    uid = models.UUIDField(db_default=RandomUUID(), unique=True, editable=False)
    revision = models.PositiveIntegerField(db_default=0, editable=False)
    changed_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = AppointmentQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at", "pk"]
        indexes = [
            models.Index(fields=["clinic", "starts_at"], name="appointments_by_day"),
            models.Index(fields=["patient", "starts_at"], name="appointments_by_patient"),
            models.Index(fields=["plan", "session_number"], name="appointments_by_plan"),
            models.Index(fields=["clinician", "starts_at"], name="appointments_of_clinician"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="appointment_ends_after_it_starts"
            ),
            models.CheckConstraint(
                condition=Q(status__in=[s.value for s in AppointmentStatus]),
                name="appointment_status_is_known",
            ),
            models.CheckConstraint(
                condition=Q(plan=None, session_number=None) | Q(plan__isnull=False),
                name="numbered_session_belongs_to_a_plan",
            ),
            no_overlap_constraint("clinician", "clinician", "The clinician already has an appointment then."),
            no_overlap_constraint("room", "room", "The room is already taken then."),
            no_overlap_constraint("patient", "patient", "The patient already has an appointment then."),
        ]
        triggers = [*_appointment_move_triggers(), *_HEARD_OF, open_record_trigger("A visit")]

    def __str__(self) -> str:
        return f"appointment {self.pk}"
