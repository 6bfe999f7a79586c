import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.contrib.postgres.fields.ranges
import django.contrib.postgres.functions
import django.db.models.deletion
import django.db.models.functions.datetime
import mesoclinic.core.migration_operations
import pgtrigger.compiler
import treatments.schedule.models.booking
import treatments.schedule.models.reminders
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
        ("core", "0001_initial"),
        ("patients", "0001_initial"),
        ("plans", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        mesoclinic.core.migration_operations.CreateModels(
            models=[
                migrations.CreateModel(
                    name="Appointment",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "clinic",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="appointments",
                                to="accounts.clinic",
                            ),
                        ),
                        (
                            "patient",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="appointments",
                                to="patients.patient",
                            ),
                        ),
                        (
                            "clinician",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="appointments",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "room",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="appointments",
                                to="schedule.room",
                            ),
                        ),
                        ("starts_at", models.DateTimeField()),
                        ("ends_at", models.DateTimeField()),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("session", "Session"),
                                    ("intake", "Intake and assessment"),
                                    ("review", "Review"),
                                    ("quote", "Quote talk"),
                                ],
                                default="session",
                                max_length=10,
                            ),
                        ),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("booked", "booked"),
                                    ("confirmed", "confirmed"),
                                    ("arrived", "arrived"),
                                    ("in_treatment", "in treatment"),
                                    ("done", "done"),
                                    ("cancelled", "cancelled"),
                                    ("late_cancelled", "late cancelled"),
                                    ("no_show", "no show"),
                                ],
                                default="booked",
                                max_length=16,
                            ),
                        ),
                        (
                            "plan",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="appointments",
                                to="plans.treatmentplan",
                            ),
                        ),
                        ("session_number", models.PositiveSmallIntegerField(blank=True, null=True)),
                        (
                            "note",
                            models.CharField(
                                blank=True, help_text="For the desk; nothing clinical.", max_length=200
                            ),
                        ),
                        (
                            "acknowledged",
                            models.JSONField(
                                default=list, help_text="Findings gone past: code, level, reason, by, at."
                            ),
                        ),
                        (
                            "minutes_by_rule",
                            models.PositiveSmallIntegerField(
                                blank=True,
                                help_text="What the clinic's rule proposed when it was booked.",
                                null=True,
                            ),
                        ),
                        (
                            "booked_at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                        ),
                        (
                            "booked_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "status_at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                        ),
                        (
                            "status_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("status_reason", models.CharField(blank=True, max_length=200)),
                        (
                            "uid",
                            models.UUIDField(
                                db_default=django.contrib.postgres.functions.RandomUUID(),
                                editable=False,
                                unique=True,
                            ),
                        ),
                        ("revision", models.PositiveIntegerField(db_default=0, editable=False)),
                        (
                            "changed_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(), editable=False
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["starts_at", "pk"],
                        "indexes": [
                            models.Index(fields=["clinic", "starts_at"], name="appointments_by_day"),
                            models.Index(fields=["patient", "starts_at"], name="appointments_by_patient"),
                            models.Index(fields=["plan", "session_number"], name="appointments_by_plan"),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("ends_at__gt", models.F("starts_at"))),
                                name="appointment_ends_after_it_starts",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "status__in",
                                        [
                                            "booked",
                                            "confirmed",
                                            "arrived",
                                            "in_treatment",
                                            "done",
                                            "cancelled",
                                            "late_cancelled",
                                            "no_show",
                                        ],
                                    )
                                ),
                                name="appointment_status_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("plan", None), ("session_number", None)),
                                    ("plan__isnull", False),
                                    _connector="OR",
                                ),
                                name="numbered_session_belongs_to_a_plan",
                            ),
                            django.contrib.postgres.constraints.ExclusionConstraint(
                                condition=models.Q(
                                    ("status__in", ["arrived", "booked", "confirmed", "done", "in_treatment"])
                                ),
                                expressions=[
                                    (
                                        models.Func(
                                            models.F("starts_at"),
                                            models.F("ends_at"),
                                            django.contrib.postgres.fields.ranges.RangeBoundary(),
                                            function="tstzrange",
                                            output_field=django.contrib.postgres.fields.ranges.DateTimeRangeField(),
                                        ),
                                        "&&",
                                    ),
                                    ("clinician", "="),
                                ],
                                name="clinician_is_in_one_place",
                                violation_error_message="The clinician already has an appointment then.",
                            ),
                            django.contrib.postgres.constraints.ExclusionConstraint(
                                condition=models.Q(
                                    ("status__in", ["arrived", "booked", "confirmed", "done", "in_treatment"])
                                ),
                                expressions=[
                                    (
                                        models.Func(
                                            models.F("starts_at"),
                                            models.F("ends_at"),
                                            django.contrib.postgres.fields.ranges.RangeBoundary(),
                                            function="tstzrange",
                                            output_field=django.contrib.postgres.fields.ranges.DateTimeRangeField(),
                                        ),
                                        "&&",
                                    ),
                                    ("room", "="),
                                ],
                                name="room_is_in_one_place",
                                violation_error_message="The room is already taken then.",
                            ),
                            django.contrib.postgres.constraints.ExclusionConstraint(
                                condition=models.Q(
                                    ("status__in", ["arrived", "booked", "confirmed", "done", "in_treatment"])
                                ),
                                expressions=[
                                    (
                                        models.Func(
                                            models.F("starts_at"),
                                            models.F("ends_at"),
                                            django.contrib.postgres.fields.ranges.RangeBoundary(),
                                            function="tstzrange",
                                            output_field=django.contrib.postgres.fields.ranges.DateTimeRangeField(),
                                        ),
                                        "&&",
                                    ),
                                    ("patient", "="),
                                ],
                                name="patient_is_in_one_place",
                                violation_error_message="The patient already has an appointment then.",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="moves_along_the_table",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="\n                IF NEW.status IS DISTINCT FROM OLD.status AND NOT ((OLD.status = 'booked' AND NEW.status IN ('arrived', 'cancelled', 'confirmed', 'late_cancelled', 'no_show')) OR (OLD.status = 'confirmed' AND NEW.status IN ('arrived', 'cancelled', 'late_cancelled', 'no_show')) OR (OLD.status = 'arrived' AND NEW.status IN ('booked', 'in_treatment', 'late_cancelled')) OR (OLD.status = 'in_treatment' AND NEW.status IN ('arrived', 'done')) OR (OLD.status = 'no_show' AND NEW.status IN ('arrived')))\n                THEN RAISE EXCEPTION 'An appointment moves along docs/states.md: this move is not in it.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n                IF NEW.status IN ('cancelled', 'late_cancelled') AND btrim(NEW.status_reason) = ''\n                THEN RAISE EXCEPTION 'A cancelled appointment says why.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n                RETURN NEW;\n            ",
                                    hash="0cf8a77762f644bf9bedf6bbca0f9f85a4a7a20d",
                                    operation='UPDATE OF "status", "status_reason"',
                                    pgid="pgtrigger_moves_along_the_table_d3b29",
                                    table="schedule_appointment",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="over_stays_where_it_was",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="\n                IF OLD.status IN ('cancelled', 'done', 'late_cancelled', 'no_show') AND\n                   (OLD.starts_at, OLD.ends_at, OLD.clinician_id, OLD.room_id, OLD.patient_id) IS DISTINCT FROM\n                   (NEW.starts_at, NEW.ends_at, NEW.clinician_id, NEW.room_id, NEW.patient_id)\n                THEN RAISE EXCEPTION 'A visit that is over stays where it was.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n                RETURN NEW;\n            ",
                                    hash="70bb01093501d8d30315e68d851f4a3aa93ba220",
                                    operation='UPDATE OF "starts_at", "ends_at", "clinician_id", "room_id", "patient_id"',
                                    pgid="pgtrigger_over_stays_where_it_was_d0f82",
                                    table="schedule_appointment",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="notes_what_it_frees",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="\n            IF OLD.status IN ('arrived', 'booked', 'confirmed', 'done', 'in_treatment') AND OLD.ends_at > now() AND NOT (\n                NEW.status IN ('arrived', 'booked', 'confirmed', 'done', 'in_treatment')\n                AND (NEW.clinician_id, NEW.room_id) = (OLD.clinician_id, OLD.room_id)\n                AND NEW.starts_at <= OLD.starts_at AND NEW.ends_at >= OLD.ends_at\n            ) THEN\n                INSERT INTO schedule_freed\n                    (clinic_id, clinician_id, room_id, starts_at, ends_at, because, appointment_id)\n                VALUES (OLD.clinic_id, OLD.clinician_id, OLD.room_id, OLD.starts_at, OLD.ends_at,\n                        CASE WHEN NEW.status IN ('arrived', 'booked', 'confirmed', 'done', 'in_treatment') THEN 'moved' ELSE NEW.status END, OLD.id);\n            END IF;\n            RETURN NULL;\n        ",
                                    hash="1769828f38303d1b6d7f59fea8e79152e6ca4bd8",
                                    operation='UPDATE OF "status", "starts_at", "ends_at", "clinician_id", "room_id"',
                                    pgid="pgtrigger_notes_what_it_frees_ee63d",
                                    table="schedule_appointment",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="counts_its_changes",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="\n            IF (OLD.status, OLD.starts_at, OLD.ends_at, OLD.clinician_id, OLD.room_id, OLD.kind) IS DISTINCT FROM\n               (NEW.status, NEW.starts_at, NEW.ends_at, NEW.clinician_id, NEW.room_id, NEW.kind)\n            THEN\n                NEW.revision := OLD.revision + 1;\n                NEW.changed_at := now();\n            END IF;\n            RETURN NEW;\n        ",
                                    hash="82a73b89f3e5a59ee5fa48fba91d177744533a34",
                                    operation="UPDATE",
                                    pgid="pgtrigger_counts_its_changes_b5c0e",
                                    table="schedule_appointment",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Room",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "clinic",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="rooms",
                                to="accounts.clinic",
                            ),
                        ),
                        ("name", models.CharField(max_length=60)),
                        ("active", models.BooleanField(default=True)),
                        (
                            "equipment",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=40),
                                blank=True,
                                default=list,
                                help_text="What stands in it that a technique may need.",
                                size=None,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["clinic", "name"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("clinic", "name"), name="room_name_once_in_a_clinic"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Opening",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "clinic",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="openings",
                                to="accounts.clinic",
                            ),
                        ),
                        (
                            "clinician",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="openings",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "room",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="openings",
                                to="schedule.room",
                            ),
                        ),
                        ("weekday", models.PositiveSmallIntegerField(help_text="0 is Monday.")),
                        ("opens", models.TimeField()),
                        ("closes", models.TimeField()),
                    ],
                    options={
                        "ordering": ["clinic", "weekday", "opens"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("weekday__lte", 6)), name="opening_has_a_weekday"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("closes__gt", models.F("opens"))),
                                name="opening_closes_after_it_opens",
                            ),
                            models.UniqueConstraint(
                                fields=("clinician", "weekday", "opens"), name="opening_stands_once"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Freed",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "clinic",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.clinic",
                            ),
                        ),
                        (
                            "clinician",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "room",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="schedule.room",
                            ),
                        ),
                        ("starts_at", models.DateTimeField()),
                        ("ends_at", models.DateTimeField()),
                        (
                            "because",
                            models.CharField(
                                choices=[
                                    ("cancelled", "cancelled"),
                                    ("late_cancelled", "cancelled late"),
                                    ("no_show", "did not come"),
                                    ("moved", "moved"),
                                    ("hours", "hours added"),
                                    ("back", "absence taken back"),
                                ],
                                max_length=16,
                            ),
                        ),
                        (
                            "appointment",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="schedule.appointment",
                            ),
                        ),
                        ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        (
                            "dismissed_at",
                            models.DateTimeField(
                                blank=True, help_text="Somebody saw to it, or nobody wants it.", null=True
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["starts_at", "pk"],
                        "indexes": [
                            models.Index(
                                condition=models.Q(("dismissed_at", None)),
                                fields=["clinic", "starts_at", "id"],
                                name="freed_by_time",
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("ends_at__gt", models.F("starts_at"))),
                                name="freed_ends_after_it_starts",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="StrangerCalls",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("who", models.CharField(help_text="A keyed hash, not the address.", max_length=64)),
                        ("minute", models.DateTimeField()),
                        ("count", models.PositiveIntegerField(default=1)),
                    ],
                    options={
                        "indexes": [models.Index(fields=["minute"], name="calls_by_minute")],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("who", "minute"), name="calls_are_counted_once_a_minute"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="TimeOff",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "clinic",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.clinic",
                            ),
                        ),
                        (
                            "clinician",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "room",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="schedule.room",
                            ),
                        ),
                        ("starts_at", models.DateTimeField()),
                        ("ends_at", models.DateTimeField()),
                        ("reason", models.CharField(blank=True, max_length=100)),
                        (
                            "imported_uid",
                            models.CharField(
                                blank=True,
                                help_text="The event of another calendar that this is a time of.",
                                max_length=255,
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("imported_uid", ""), _negated=True),
                                fields=("clinician", "imported_uid", "starts_at"),
                                name="imported_time_stands_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("ends_at__gt", models.F("starts_at"))),
                                name="time_off_ends_after_it_starts",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Wait",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "clinic",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="waits",
                                to="accounts.clinic",
                            ),
                        ),
                        (
                            "patient",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="waits",
                                to="patients.patient",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("session", "Session"),
                                    ("intake", "Intake and assessment"),
                                    ("review", "Review"),
                                    ("quote", "Quote talk"),
                                ],
                                max_length=10,
                            ),
                        ),
                        (
                            "plan",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="waits",
                                to="plans.treatmentplan",
                            ),
                        ),
                        ("minutes", models.PositiveSmallIntegerField()),
                        (
                            "clinician",
                            models.ForeignKey(
                                blank=True,
                                help_text="Empty: anybody.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "room",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="schedule.room",
                            ),
                        ),
                        (
                            "weekdays",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.PositiveSmallIntegerField(),
                                blank=True,
                                default=list,
                                help_text="0 is Monday; empty: any day.",
                                size=None,
                            ),
                        ),
                        ("not_before", models.TimeField(blank=True, null=True)),
                        (
                            "not_after",
                            models.TimeField(blank=True, help_text="The visit is over by then.", null=True),
                        ),
                        ("from_day", models.DateField()),
                        ("until_day", models.DateField(blank=True, null=True)),
                        (
                            "note",
                            models.CharField(
                                blank=True, help_text="For the desk; nothing clinical.", max_length=200
                            ),
                        ),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("waiting", "waiting"),
                                    ("booked", "booked"),
                                    ("withdrawn", "withdrawn"),
                                    ("lapsed", "lapsed"),
                                ],
                                default="waiting",
                                max_length=10,
                            ),
                        ),
                        (
                            "added_at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                        ),
                        (
                            "added_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("closed_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "closed_by",
                            models.ForeignKey(
                                blank=True,
                                help_text="Empty where the last day passed.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("closed_reason", models.CharField(blank=True, max_length=200)),
                    ],
                    options={
                        "ordering": ["added_at", "pk"],
                        "indexes": [
                            models.Index(
                                condition=models.Q(("status", "waiting")),
                                fields=["clinic", "added_at", "id"],
                                name="waits_by_turn",
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("kind", "session"), ("plan__isnull", False)),
                                    models.Q(models.Q(("kind", "session"), _negated=True), ("plan", None)),
                                    _connector="OR",
                                ),
                                name="session_waits_for_its_plan",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("minutes__gte", 5), ("minutes__lte", 480)),
                                name="wait_is_for_five_minutes_to_eight_hours",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("weekdays__contained_by", [0, 1, 2, 3, 4, 5, 6])),
                                name="wait_names_weekdays",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("until_day", None),
                                    ("until_day__gte", models.F("from_day")),
                                    _connector="OR",
                                ),
                                name="wait_ends_after_it_begins",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("not_before", None),
                                    ("not_after", None),
                                    ("not_after__gt", models.F("not_before")),
                                    _connector="OR",
                                ),
                                name="wait_has_hours_that_run_forward",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("closed_at", None), ("status", "waiting")),
                                    models.Q(
                                        models.Q(("status", "waiting"), _negated=True),
                                        ("closed_at__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="wait_is_closed_with_its_time",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("status", "waiting")),
                                fields=("patient", "kind", "plan"),
                                name="patient_waits_once_for_one_thing",
                                nulls_distinct=False,
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="moves_along_the_table",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF NEW.status IS DISTINCT FROM OLD.status AND NOT ((OLD.status = 'waiting' AND NEW.status IN ('booked', 'lapsed', 'withdrawn'))) THEN RAISE EXCEPTION 'A place on the waiting list moves along docs/states.md: this move is not in it.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW;",
                                    hash="cba59f0c8e03c72d96c1a225e48d8747817f6d31",
                                    operation='UPDATE OF "status"',
                                    pgid="pgtrigger_moves_along_the_table_9e118",
                                    table="schedule_wait",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Offer",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "wait",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="offers",
                                to="schedule.wait",
                            ),
                        ),
                        (
                            "clinician",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "room",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="schedule.room",
                            ),
                        ),
                        ("starts_at", models.DateTimeField()),
                        ("ends_at", models.DateTimeField()),
                        (
                            "why",
                            models.CharField(
                                help_text="Why this patient, as the page said it.", max_length=200
                            ),
                        ),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("made", "made"),
                                    ("accepted", "accepted"),
                                    ("declined", "declined"),
                                    ("expired", "expired"),
                                ],
                                default="made",
                                max_length=10,
                            ),
                        ),
                        (
                            "made_at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                        ),
                        (
                            "made_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("expires_at", models.DateTimeField()),
                        ("answered_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "answered_by",
                            models.ForeignKey(
                                blank=True,
                                help_text="Empty where it expired.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("answer", models.CharField(blank=True, max_length=200)),
                        (
                            "appointment",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="offer",
                                to="schedule.appointment",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-made_at", "-pk"],
                        "indexes": [
                            models.Index(
                                condition=models.Q(("status", "made")),
                                fields=["expires_at"],
                                name="offers_by_expiry",
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("ends_at__gt", models.F("starts_at"))),
                                name="offer_ends_after_it_starts",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("expires_at__lte", models.F("starts_at"))),
                                name="offer_expires_before_its_time",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("appointment__isnull", False), ("status", "accepted")),
                                    models.Q(
                                        models.Q(("status", "accepted"), _negated=True), ("appointment", None)
                                    ),
                                    _connector="OR",
                                ),
                                name="accepted_offer_has_its_appointment",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("answered_at", None), ("status", "made")),
                                    models.Q(
                                        models.Q(("status", "made"), _negated=True),
                                        ("answered_at__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="answered_offer_says_when",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("status", "made")),
                                fields=("wait",),
                                name="one_open_offer_for_a_wait",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="moves_along_the_table",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF NEW.status IS DISTINCT FROM OLD.status AND NOT ((OLD.status = 'made' AND NEW.status IN ('accepted', 'declined', 'expired'))) THEN RAISE EXCEPTION 'An offer moves along docs/states.md: this move is not in it.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW;",
                                    hash="2ccd6accd321f453af4a441bd5ffc85a1f758379",
                                    operation='UPDATE OF "status"',
                                    pgid="pgtrigger_moves_along_the_table_01cdf",
                                    table="schedule_offer",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="says_what_it_said",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'An offer says what it said: make another for another time.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="9aaa4478bf6edd36cfa59085ead777dc649cfe05",
                                    operation='UPDATE OF "wait_id", "clinician_id", "room_id", "starts_at", "ends_at", "why"',
                                    pgid="pgtrigger_says_what_it_said_1e754",
                                    table="schedule_offer",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="BookingSettings",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "clinic",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="booking",
                                to="accounts.clinic",
                            ),
                        ),
                        (
                            "notice_hours",
                            models.PositiveSmallIntegerField(
                                default=24, help_text="Cancelling later than this is late."
                            ),
                        ),
                        (
                            "buffer_minutes",
                            models.PositiveSmallIntegerField(
                                default=0, help_text="Kept free between two visits, to clean and to write."
                            ),
                        ),
                        (
                            "area_up_to_cm2",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.DecimalField(decimal_places=1, max_digits=6),
                                default=treatments.schedule.models.booking.usual_areas,
                                size=None,
                            ),
                        ),
                        (
                            "area_minutes",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.PositiveSmallIntegerField(),
                                default=treatments.schedule.models.booking.usual_minutes,
                                help_text="Minutes of a session up to the area beside it.",
                                size=None,
                            ),
                        ),
                        ("per_100_cm2", models.PositiveSmallIntegerField(default=10)),
                        ("first_minutes", models.PositiveSmallIntegerField(default=15)),
                        (
                            "technique_names",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=40),
                                blank=True,
                                default=treatments.schedule.models.booking.usual_techniques,
                                size=None,
                            ),
                        ),
                        (
                            "technique_minutes",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.PositiveSmallIntegerField(),
                                blank=True,
                                default=treatments.schedule.models.booking.usual_technique_minutes,
                                size=None,
                            ),
                        ),
                        (
                            "technique_equipment",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(blank=True, max_length=40),
                                blank=True,
                                default=treatments.schedule.models.booking.no_equipment,
                                help_text="What its room must have; empty: any room.",
                                size=None,
                            ),
                        ),
                        ("intake_minutes", models.PositiveSmallIntegerField(default=45)),
                        ("review_minutes", models.PositiveSmallIntegerField(default=30)),
                        ("quote_minutes", models.PositiveSmallIntegerField(default=30)),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("buffer_minutes__lte", 120), ("notice_hours__lte", 336)),
                                name="booking_notice_and_buffer_are_in_reason",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("area_up_to_cm2__len", models.F("area_minutes__len")),
                                    ("area_up_to_cm2__len__gte", 1),
                                ),
                                name="every_area_has_its_minutes",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("technique_equipment__len", models.F("technique_minutes__len")),
                                    ("technique_names__len", models.F("technique_minutes__len")),
                                ),
                                name="every_technique_has_its_minutes",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("intake_minutes__gte", 5),
                                    ("quote_minutes__gte", 5),
                                    ("review_minutes__gte", 5),
                                ),
                                name="a_visit_takes_five_minutes_at_least",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Break",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "clinic",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.clinic",
                            ),
                        ),
                        (
                            "clinician",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("weekday", models.PositiveSmallIntegerField(help_text="0 is Monday.")),
                        ("starts", models.TimeField()),
                        ("ends", models.TimeField()),
                        ("name", models.CharField(default="Break", max_length=40)),
                    ],
                    options={
                        "ordering": ["clinic", "clinician", "weekday", "starts"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("weekday__lte", 6)), name="break_has_a_weekday"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("ends__gt", models.F("starts"))),
                                name="break_ends_after_it_starts",
                            ),
                            models.UniqueConstraint(
                                fields=("clinic", "clinician", "weekday", "starts"), name="break_stands_once"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CalendarFeed",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "clinician",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="feeds",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("label", models.CharField(help_text="Where it is read: “my phone”.", max_length=60)),
                        ("token_hash", models.CharField(editable=False, max_length=64, unique=True)),
                        (
                            "made_at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                        ),
                        (
                            "made_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("last_read_on", models.DateField(blank=True, null=True)),
                        ("revoked_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "revoked_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-pk"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("revoked_at", None), ("revoked_by", None)),
                                    models.Q(("revoked_at__isnull", False), ("revoked_by__isnull", False)),
                                    _connector="OR",
                                ),
                                name="revoked_feed_says_by_whom",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("token_hash__regex", "^[0-9a-f]{64}$")),
                                name="feed_keeps_a_hash_and_not_its_address",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ContactSettings",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "clinic",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="contact",
                                to="accounts.clinic",
                            ),
                        ),
                        ("by_email", models.BooleanField(default=False)),
                        ("by_sms", models.BooleanField(default=False)),
                        (
                            "hours_before",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.PositiveSmallIntegerField(),
                                default=treatments.schedule.models.reminders.usual_hours,
                                size=4,
                            ),
                        ),
                        (
                            "phone",
                            models.CharField(blank=True, help_text="What a patient may call.", max_length=40),
                        ),
                        (
                            "offer_hours",
                            models.PositiveSmallIntegerField(
                                default=24, help_text="How long an offer from the waiting list stands."
                            ),
                        ),
                        (
                            "names_in_feeds",
                            models.BooleanField(
                                default=False,
                                help_text="Patient names in clinicians' calendar feeds, which other companies may then read.",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("hours_before__len__gte", 1), ("hours_before__len__lte", 4)
                                ),
                                name="one_to_four_reminders_a_visit",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("offer_hours__gte", 1), ("offer_hours__lte", 336)),
                                name="offer_stands_an_hour_to_two_weeks",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Holiday",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "clinic",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="holidays",
                                to="accounts.clinic",
                            ),
                        ),
                        ("day", models.DateField()),
                        ("name", models.CharField(max_length=60)),
                    ],
                    options={
                        "ordering": ["clinic", "day"],
                        "constraints": [
                            models.UniqueConstraint(fields=("clinic", "day"), name="holiday_stands_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Reminder",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "appointment",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="reminders",
                                to="schedule.appointment",
                            ),
                        ),
                        (
                            "starts_at",
                            models.DateTimeField(
                                help_text="Of the visit, as it stood: one that is moved is reminded of anew."
                            ),
                        ),
                        ("hours_before", models.PositiveSmallIntegerField()),
                        ("channel", models.CharField(blank=True, max_length=5)),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("due", "due"),
                                    ("claimed", "claimed"),
                                    ("handed_over", "handed over"),
                                    ("sent", "sent"),
                                    ("unsure", "unsure"),
                                    ("failed", "failed"),
                                    ("skipped", "skipped"),
                                    ("settled", "settled"),
                                ],
                                default="due",
                                max_length=12,
                            ),
                        ),
                        (
                            "reason",
                            models.CharField(
                                blank=True,
                                help_text="Why it was skipped, or what went wrong.",
                                max_length=100,
                            ),
                        ),
                        ("attempts", models.PositiveSmallIntegerField(default=0)),
                        ("claim", models.UUIDField(blank=True, null=True)),
                        ("key", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        (
                            "made_at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                        ),
                        (
                            "status_at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                        ),
                    ],
                    options={
                        "ordering": ["-pk"],
                        "indexes": [
                            models.Index(
                                condition=models.Q(("status__in", ["due", "claimed", "handed_over"])),
                                fields=["status", "status_at"],
                                name="reminders_under_way",
                            ),
                            models.Index(
                                condition=models.Q(("status__in", ["unsure", "failed"])),
                                fields=["-id"],
                                name="reminders_that_need_somebody",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("appointment", "starts_at", "hours_before"),
                                name="one_reminder_for_a_visit_and_a_time",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "status__in",
                                        [
                                            "due",
                                            "claimed",
                                            "handed_over",
                                            "sent",
                                            "unsure",
                                            "failed",
                                            "skipped",
                                            "settled",
                                        ],
                                    )
                                ),
                                name="reminder_status_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("status__in", ["claimed", "handed_over"]), _negated=True),
                                    models.Q(("attempts__gt", 0), ("claim__isnull", False)),
                                    _connector="OR",
                                ),
                                name="reminder_under_way_is_claimed",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="moves_along_the_table",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF NEW.status IS DISTINCT FROM OLD.status AND NOT ((OLD.status = 'due' AND NEW.status IN ('claimed', 'skipped')) OR (OLD.status = 'claimed' AND NEW.status IN ('due', 'failed', 'handed_over', 'skipped')) OR (OLD.status = 'handed_over' AND NEW.status IN ('failed', 'sent', 'unsure')) OR (OLD.status = 'unsure' AND NEW.status IN ('due', 'settled')) OR (OLD.status = 'failed' AND NEW.status IN ('due', 'settled'))) THEN RAISE EXCEPTION 'A reminder moves along docs/states.md: this move is not in it.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW;",
                                    hash="4a8be2b2117693d4fc925a1a6db7df1bd9e8dea2",
                                    operation='UPDATE OF "status"',
                                    pgid="pgtrigger_moves_along_the_table_4f778",
                                    table="schedule_reminder",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
            ],
        ),
    ]
