import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
import mesoclinic.core.migration_operations
import pgtrigger.compiler
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
        ("patients", "0001_initial"),
        ("plans", "0001_initial"),
        ("schedule", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        mesoclinic.core.migration_operations.CreateModels(
            models=[
                migrations.CreateModel(
                    name="WaitingListEntry",
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
                                related_name="waiting_list_entries",
                                to="accounts.clinic",
                            ),
                        ),
                        (
                            "patient",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="waiting_list_entries",
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
                                related_name="waiting_list_entries",
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
                                name="entries_by_turn",
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
                                name="entry_is_for_five_minutes_to_eight_hours",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("weekdays__contained_by", [0, 1, 2, 3, 4, 5, 6])),
                                name="entry_names_weekdays",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("until_day", None),
                                    ("until_day__gte", models.F("from_day")),
                                    _connector="OR",
                                ),
                                name="entry_ends_after_it_begins",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("not_before", None),
                                    ("not_after", None),
                                    ("not_after__gt", models.F("not_before")),
                                    _connector="OR",
                                ),
                                name="entry_has_hours_that_run_forward",
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
                                name="entry_is_closed_with_its_time",
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
                                    hash="ea9f80a61f75b639df8b690276b09c9032dfa329",
                                    operation='UPDATE OF "status"',
                                    pgid="pgtrigger_moves_along_the_table_f82de",
                                    table="waiting_waitinglistentry",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="of_an_open_record",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    declare="DECLARE merged bigint;",
                                    func="\n            SELECT merged_into_id INTO merged FROM patients_patient WHERE id = NEW.patient_id FOR SHARE;\n            IF merged IS NOT NULL\n            THEN RAISE EXCEPTION 'A place on the waiting list is not of a merged record: use the one that is kept.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n            RETURN NEW;\n        ",
                                    hash="17afa0e07c3014b9e9f54303a6e7dc873bec6d37",
                                    operation='INSERT OR UPDATE OF "patient_id"',
                                    pgid="pgtrigger_of_an_open_record_ec89c",
                                    table="waiting_waitinglistentry",
                                    when="BEFORE",
                                ),
                            ),
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
                            "entry",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="offers",
                                to="waiting.waitinglistentry",
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
                                fields=("entry",),
                                name="one_open_offer_for_an_entry",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="moves_along_the_table",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF NEW.status IS DISTINCT FROM OLD.status AND NOT ((OLD.status = 'made' AND NEW.status IN ('accepted', 'declined', 'expired'))) THEN RAISE EXCEPTION 'An offer moves along docs/states.md: this move is not in it.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW;",
                                    hash="2e906a9a52628236338252abb12b704fbcfec720",
                                    operation='UPDATE OF "status"',
                                    pgid="pgtrigger_moves_along_the_table_3ec86",
                                    table="waiting_offer",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="says_what_it_said",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'An offer says what it said: make another for another time.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="72daabd424d2f682cb495b8a08d860c3ecb143e6",
                                    operation='UPDATE OF "entry_id", "clinician_id", "room_id", "starts_at", "ends_at", "why"',
                                    pgid="pgtrigger_says_what_it_said_311d1",
                                    table="waiting_offer",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="WaitingSettings",
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
                                related_name="waiting_settings",
                                to="accounts.clinic",
                            ),
                        ),
                        (
                            "offer_hours",
                            models.PositiveSmallIntegerField(
                                default=24, help_text="How long an offer from the waiting list stands."
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("offer_hours__gte", 1), ("offer_hours__lte", 336)),
                                name="offer_stands_an_hour_to_two_weeks",
                            )
                        ],
                    },
                ),
            ],
        ),
    ]
