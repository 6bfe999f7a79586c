import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.contrib.postgres.fields.ranges
import django.contrib.postgres.functions
import django.db.models.deletion
import django.db.models.functions.datetime
import mesoclinic.core.migration_operations
import pgtrigger.compiler
import treatments.schedule.models.settings
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
        ("core", "0001_initial"),
        ("outbox", "0001_initial"),
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
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="appointments",
                                to="accounts.clinic",
                            ),
                        ),
                        (
                            "patient",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="appointments",
                                to="patients.patient",
                            ),
                        ),
                        (
                            "clinician",
                            models.ForeignKey(
                                db_index=False,
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
                                db_index=False,
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
                            "patient_moved_from",
                            models.DateTimeField(
                                blank=True,
                                help_text="Its start before the patient gave it another time, by link.",
                                null=True,
                            ),
                        ),
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
                            models.Index(fields=["clinician", "starts_at"], name="appointments_of_clinician"),
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
                                    func="\n                IF NEW.status IS DISTINCT FROM OLD.status AND NOT ((OLD.status = 'booked' AND NEW.status IN ('arrived', 'cancelled', 'confirmed', 'in_treatment', 'late_cancelled', 'no_show')) OR (OLD.status = 'confirmed' AND NEW.status IN ('arrived', 'cancelled', 'in_treatment', 'late_cancelled', 'no_show')) OR (OLD.status = 'arrived' AND NEW.status IN ('booked', 'in_treatment', 'late_cancelled')) OR (OLD.status = 'in_treatment' AND NEW.status IN ('arrived', 'done')) OR (OLD.status = 'no_show' AND NEW.status IN ('arrived')))\n                THEN RAISE EXCEPTION 'An appointment moves along docs/states.md: this move is not in it.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n                IF NEW.status IN ('cancelled', 'late_cancelled') AND btrim(NEW.status_reason) = ''\n                THEN RAISE EXCEPTION 'A cancelled appointment says why.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n                RETURN NEW;\n            ",
                                    hash="3be83649c360d2747a7937749ed922b00e9f0a8a",
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
                                    func="\n            IF OLD.status IN ('arrived', 'booked', 'confirmed', 'done', 'in_treatment') AND OLD.ends_at > now() AND NOT (\n                NEW.status IN ('arrived', 'booked', 'confirmed', 'done', 'in_treatment')\n                AND (NEW.clinician_id, NEW.room_id) = (OLD.clinician_id, OLD.room_id)\n                AND NEW.starts_at <= OLD.starts_at AND NEW.ends_at >= OLD.ends_at\n            ) THEN\n                INSERT INTO schedule_freedtime\n                    (clinic_id, clinician_id, room_id, starts_at, ends_at, because, appointment_id)\n                VALUES (OLD.clinic_id, OLD.clinician_id, OLD.room_id, OLD.starts_at, OLD.ends_at,\n                        CASE WHEN NEW.status IN ('arrived', 'booked', 'confirmed', 'done', 'in_treatment') THEN 'moved' ELSE NEW.status END, OLD.id);\n            END IF;\n            RETURN NULL;\n        ",
                                    hash="7de1062665e09a6ac6798d88049cec816b909084",
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
                            pgtrigger.compiler.Trigger(
                                name="of_an_open_record",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    declare="DECLARE merged bigint;",
                                    func="\n            SELECT merged_into_id INTO merged FROM patients_patient WHERE id = NEW.patient_id FOR SHARE;\n            IF merged IS NOT NULL\n            THEN RAISE EXCEPTION 'A visit is not of a merged record: use the one that is kept.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n            RETURN NEW;\n        ",
                                    hash="fd71f1c776d9e03b65528a4fbfe805aa1673c17e",
                                    operation='INSERT OR UPDATE OF "patient_id"',
                                    pgid="pgtrigger_of_an_open_record_4ef88",
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
                    name="FreedTime",
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
                                name="freed_times_by_start",
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("ends_at__gt", models.F("starts_at"))),
                                name="freed_time_ends_after_it_starts",
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
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.clinic",
                            ),
                        ),
                        (
                            "clinician",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
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
                        "indexes": [
                            models.Index(fields=["clinic", "ends_at"], name="time_off_by_end"),
                            models.Index(fields=["clinician", "ends_at"], name="time_off_of_clinician"),
                        ],
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
                    name="WorkingHours",
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
                                related_name="working_hours",
                                to="accounts.clinic",
                            ),
                        ),
                        (
                            "clinician",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="working_hours",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "room",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="working_hours",
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
                                condition=models.Q(("weekday__lte", 6)), name="working_hours_have_a_weekday"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("closes__gt", models.F("opens"))),
                                name="working_hours_close_after_they_open",
                            ),
                            models.UniqueConstraint(
                                fields=("clinician", "weekday", "opens"), name="working_hours_stand_once"
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
                                default=treatments.schedule.models.settings.default_area_limits_cm2,
                                size=None,
                            ),
                        ),
                        (
                            "area_minutes",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.PositiveSmallIntegerField(),
                                default=treatments.schedule.models.settings.default_area_minutes,
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
                                default=treatments.schedule.models.settings.default_techniques,
                                size=None,
                            ),
                        ),
                        (
                            "technique_minutes",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.PositiveSmallIntegerField(),
                                blank=True,
                                default=treatments.schedule.models.settings.default_technique_minutes,
                                size=None,
                            ),
                        ),
                        (
                            "technique_equipment",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(blank=True, max_length=40),
                                blank=True,
                                default=treatments.schedule.models.settings.default_technique_equipment,
                                help_text="What its room must have; empty: any room.",
                                size=None,
                            ),
                        ),
                        ("intake_minutes", models.PositiveSmallIntegerField(default=45)),
                        ("review_minutes", models.PositiveSmallIntegerField(default=30)),
                        ("quote_minutes", models.PositiveSmallIntegerField(default=30)),
                        (
                            "hours_before",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.PositiveSmallIntegerField(),
                                default=treatments.schedule.models.settings.default_reminder_hours,
                                help_text="When a visit is reminded of, in hours before it.",
                                size=4,
                            ),
                        ),
                        (
                            "names_in_feeds",
                            models.BooleanField(
                                default=False,
                                help_text="Patient names in clinicians' calendar feeds, which other companies may then read.",
                            ),
                        ),
                        (
                            "intake_by_link",
                            models.BooleanField(
                                default=False,
                                help_text="Send the questions of the intake by link, 48 hours before a first visit.",
                            ),
                        ),
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
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("hours_before__len__gte", 1), ("hours_before__len__lte", 4)
                                ),
                                name="one_to_four_reminders_a_visit",
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
                                db_index=False,
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
                        (
                            "message",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="outbox.message",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-pk"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("appointment", "starts_at", "hours_before"),
                                name="one_reminder_for_a_visit_and_a_time",
                            )
                        ],
                    },
                ),
            ],
        ),
    ]
