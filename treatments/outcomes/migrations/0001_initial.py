import django.contrib.postgres.fields
import django.contrib.postgres.indexes
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
        ("conditions", "0001_initial"),
        ("patients", "0001_initial"),
        ("recalls", "0001_initial"),
        ("stock", "0001_initial"),
        ("treatment_sessions", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        mesoclinic.core.migration_operations.CreateModels(
            models=[
                migrations.CreateModel(
                    name="LotSignal",
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
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="accounts.clinic",
                            ),
                        ),
                        (
                            "lot",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="stock.lot",
                            ),
                        ),
                        (
                            "vial",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="stock.openedvial",
                            ),
                        ),
                        ("sessions", models.PositiveIntegerField()),
                        ("observed", models.PositiveIntegerField()),
                        ("expected", models.FloatField()),
                        (
                            "line",
                            models.FloatField(
                                help_text="Crossed by chance as often as treatments.outcomes.rules.sentinel says."
                            ),
                        ),
                        ("sum_now", models.FloatField()),
                        ("crossed_on", models.DateField(blank=True, null=True)),
                        (
                            "path_days",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.DateField(), size=None
                            ),
                        ),
                        (
                            "path_sums",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.FloatField(), size=None
                            ),
                        ),
                        ("counted_at", models.DateTimeField()),
                    ],
                    options={
                        "ordering": ["clinic", "-sum_now"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("lot", "vial"), name="lot_signal_once", nulls_distinct=False
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="OutcomeCell",
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
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="accounts.clinic",
                            ),
                        ),
                        ("days", models.PositiveSmallIntegerField(help_text="Until the count; 0: all.")),
                        (
                            "condition",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="conditions.condition",
                            ),
                        ),
                        ("sex", models.CharField(blank=True, max_length=20)),
                        ("first_course_only", models.BooleanField()),
                        (
                            "moment",
                            models.CharField(
                                choices=[
                                    ("during", "during"),
                                    ("end", "end"),
                                    ("1h", "1h"),
                                    ("24h", "24h"),
                                    ("reaction", "reaction"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("name", models.CharField(help_text="“lot:17”.", max_length=220)),
                        ("asked", models.PositiveIntegerField(help_text="Sessions of the group.")),
                        (
                            "answered",
                            models.PositiveIntegerField(
                                help_text="Those with a score; of reactions, those with a later call that was answered."
                            ),
                        ),
                        ("people", models.PositiveIntegerField(help_text="In sessions with a score.")),
                        ("performers", models.PositiveIntegerField()),
                        (
                            "scores",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.PositiveIntegerField(),
                                help_text="How often 0, 1, 2 … was said.",
                                size=None,
                            ),
                        ),
                        ("counted_at", models.DateTimeField()),
                    ],
                    options={
                        "ordering": ["clinic", "name"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=(
                                    "clinic",
                                    "days",
                                    "moment",
                                    "first_course_only",
                                    "sex",
                                    "condition",
                                    "name",
                                ),
                                name="outcome_cell_once",
                                nulls_distinct=False,
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SessionOutcome",
                    fields=[
                        (
                            "treatment_session",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                primary_key=True,
                                related_name="+",
                                serialize=False,
                                to="treatment_sessions.treatmentsession",
                            ),
                        ),
                        (
                            "clinic",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="accounts.clinic",
                            ),
                        ),
                        (
                            "patient",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="patients.patient",
                            ),
                        ),
                        (
                            "performer",
                            models.ForeignKey(
                                db_index=False,
                                help_text="Who injected.",
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "condition",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="conditions.condition",
                            ),
                        ),
                        ("sex", models.CharField(max_length=20)),
                        ("is_first_course", models.BooleanField()),
                        ("performed_on", models.DateField()),
                        ("pain_during", models.PositiveSmallIntegerField(blank=True, null=True)),
                        ("pain_end", models.PositiveSmallIntegerField(blank=True, null=True)),
                        ("pain_1h", models.PositiveSmallIntegerField(blank=True, null=True)),
                        ("pain_24h", models.PositiveSmallIntegerField(blank=True, null=True)),
                        ("has_reacted", models.BooleanField(help_text="A coded reaction after day 2.")),
                        (
                            "was_asked_later",
                            models.BooleanField(help_text="A call after day 2 was answered."),
                        ),
                        (
                            "groups",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=220),
                                help_text="“lot:17”, “relief:ice”.",
                                size=None,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-performed_on", "-pk"],
                        "indexes": [
                            models.Index(
                                fields=["clinic", "-performed_on", "-treatment_session"],
                                name="outcomes_by_day",
                            ),
                            models.Index(fields=["performer", "performed_on"], name="outcomes_by_performer"),
                            django.contrib.postgres.indexes.GinIndex(
                                fields=["groups"], name="outcomes_by_group"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SideComparison",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "treatment_session",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="side_comparison",
                                to="treatment_sessions.treatmentsession",
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
                            "patient",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="patients.patient",
                            ),
                        ),
                        (
                            "compared",
                            models.CharField(
                                choices=[
                                    ("relief", "Pain relief"),
                                    ("needle", "Needle"),
                                    ("spacing", "Spacing of the points"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("first", models.CharField(max_length=60)),
                        ("second", models.CharField(max_length=60)),
                        (
                            "first_side",
                            models.CharField(choices=[("left", "left"), ("right", "right")], max_length=5),
                        ),
                        ("ethics_number", models.CharField(blank=True, max_length=60)),
                        (
                            "consent_text",
                            models.TextField(help_text="What the patient agreed to, as it was read."),
                        ),
                        (
                            "consent_name",
                            models.CharField(help_text="Of the person who agreed.", max_length=200),
                        ),
                        (
                            "drawn_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(), editable=False
                            ),
                        ),
                        (
                            "drawn_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("pain_left", models.PositiveSmallIntegerField(blank=True, null=True)),
                        ("pain_right", models.PositiveSmallIntegerField(blank=True, null=True)),
                        (
                            "count_left",
                            models.PositiveIntegerField(
                                blank=True, help_text="Hairs per cm2, or weals.", null=True
                            ),
                        ),
                        ("count_right", models.PositiveIntegerField(blank=True, null=True)),
                        ("recorded_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "recorded_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "withdrawn_by",
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
                        "indexes": [models.Index(fields=["clinic", "compared"], name="sides_of_clinic")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("first", models.F("second")), _negated=True),
                                    models.Q(("first", ""), _negated=True),
                                    models.Q(("second", ""), _negated=True),
                                ),
                                name="sides_differ_in_one_thing",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("compared__in", ["relief", "needle", "spacing"]),
                                    ("first_side__in", ["left", "right"]),
                                ),
                                name="sides_compare_what_may_be",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("consent_text", ""), _negated=True),
                                    models.Q(("consent_name", ""), _negated=True),
                                ),
                                name="sides_have_their_own_consent",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("pain_left", None), ("pain_left__lte", 10), _connector="OR"),
                                    models.Q(("pain_right", None), ("pain_right__lte", 10), _connector="OR"),
                                ),
                                name="side_pain_is_zero_to_ten",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("count_left", None),
                                        ("count_right", None),
                                        ("pain_left", None),
                                        ("pain_right", None),
                                        ("recorded_at", None),
                                        ("recorded_by", None),
                                    ),
                                    models.Q(
                                        ("pain_left__isnull", False),
                                        ("pain_right__isnull", False),
                                        ("recorded_at__isnull", False),
                                        ("recorded_by__isnull", False),
                                        models.Q(
                                            models.Q(("count_left", None), ("count_right", None)),
                                            models.Q(
                                                ("count_left__isnull", False), ("count_right__isnull", False)
                                            ),
                                            _connector="OR",
                                        ),
                                    ),
                                    _connector="OR",
                                ),
                                name="side_figures_come_in_pairs",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("withdrawn_at", None), ("withdrawn_by", None)),
                                    models.Q(
                                        ("withdrawn_at__isnull", False), ("withdrawn_by__isnull", False)
                                    ),
                                    _connector="OR",
                                ),
                                name="sides_withdrawn_by_and_at_together",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="switched_on_and_a_draft",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="\n                    IF NOT EXISTS (SELECT 1 FROM outcomes_splitscalpsettings o\n                                     JOIN treatment_sessions_treatmentsession s ON s.clinic_id = o.clinic_id\n                                    WHERE s.id = NEW.treatment_session_id AND s.clinic_id = NEW.clinic_id\n                                      AND s.patient_id = NEW.patient_id AND s.status = 'draft' AND o.is_on)\n                    THEN RAISE EXCEPTION 'Sides are drawn in a session that is not signed, at a clinic that compares sides.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n                    RETURN NEW;\n                ",
                                    hash="ad9da38e8423048b5c88e6d9b583548a0e1da15d",
                                    operation="INSERT",
                                    pgid="pgtrigger_switched_on_and_a_draft_2b283",
                                    table="outcomes_sidecomparison",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="frozen",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    declare="DECLARE may_change text[];",
                                    func="\n                    may_change := ARRAY['withdrawn_at', 'withdrawn_by_id']::text[];\n                    IF OLD.recorded_at IS NULL THEN may_change := may_change || ARRAY['pain_left', 'pain_right', 'count_left', 'count_right', 'recorded_at', 'recorded_by_id']::text[]; END IF;\n                    IF OLD.withdrawn_at IS NOT NULL\n                       OR (to_jsonb(OLD) - may_change) IS DISTINCT FROM (to_jsonb(NEW) - may_change)\n                    THEN RAISE EXCEPTION 'A comparison of sides stays as it was drawn and recorded.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n                    RETURN NEW;\n                ",
                                    hash="b724905a4d2c163987fb97c9c80e08d3668afb00",
                                    operation="UPDATE",
                                    pgid="pgtrigger_frozen_c671f",
                                    table="outcomes_sidecomparison",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="kept",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF (true) THEN RAISE EXCEPTION 'A comparison of sides is kept: it cannot be deleted.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN OLD;",
                                    hash="ad88689770d6e86c102cc805810929daf34b2797",
                                    operation="DELETE",
                                    pgid="pgtrigger_kept_f5b0a",
                                    table="outcomes_sidecomparison",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'A comparison of sides is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="fddf4df12f3ccde4970a4c09d5b407ac6af36318",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_98b99",
                                    table="outcomes_sidecomparison",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SplitScalpSettings",
                    fields=[
                        (
                            "clinic",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                primary_key=True,
                                related_name="split_scalp_settings",
                                serialize=False,
                                to="accounts.clinic",
                            ),
                        ),
                        ("is_on", models.BooleanField(default=False)),
                        (
                            "ethics_number",
                            models.CharField(
                                blank=True, help_text="Of the approval by an ethics committee.", max_length=60
                            ),
                        ),
                        (
                            "not_asked_because",
                            models.CharField(
                                blank=True,
                                help_text="Why no approval is asked for in this country.",
                                max_length=200,
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("is_on", False),
                                    models.Q(("ethics_number", ""), _negated=True),
                                    models.Q(("not_asked_because", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="split_scalp_says_its_approval",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ChangeCell",
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
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="accounts.clinic",
                            ),
                        ),
                        (
                            "scale",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="conditions.severityscale",
                            ),
                        ),
                        (
                            "condition",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="conditions.condition",
                            ),
                        ),
                        (
                            "zone",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="conditions.zone",
                            ),
                        ),
                        (
                            "name",
                            models.CharField(help_text="“cocktail:3+8”, “ingredient:5”.", max_length=220),
                        ),
                        (
                            "third",
                            models.PositiveSmallIntegerField(
                                blank=True,
                                help_text="Of the dose: 0 the lowest. Empty: not by dose.",
                                null=True,
                            ),
                        ),
                        (
                            "dose_low",
                            models.DecimalField(
                                blank=True,
                                decimal_places=6,
                                help_text="mg per cm2.",
                                max_digits=14,
                                null=True,
                            ),
                        ),
                        (
                            "dose_high",
                            models.DecimalField(blank=True, decimal_places=6, max_digits=14, null=True),
                        ),
                        ("people", models.PositiveIntegerField()),
                        ("low", models.FloatField(blank=True, null=True)),
                        ("median", models.FloatField(blank=True, null=True)),
                        ("high", models.FloatField(blank=True, null=True)),
                        ("counted_at", models.DateTimeField()),
                    ],
                    options={
                        "ordering": ["clinic", "scale", "name", "third"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("clinic", "scale", "condition", "zone", "name", "third"),
                                name="change_cell_once",
                                nulls_distinct=False,
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="LotAlarm",
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
                                related_name="lot_alarms",
                                to="accounts.clinic",
                            ),
                        ),
                        (
                            "lot",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="alarms",
                                to="stock.lot",
                            ),
                        ),
                        (
                            "vial",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="stock.openedvial",
                            ),
                        ),
                        ("sessions", models.PositiveIntegerField()),
                        ("observed", models.PositiveIntegerField()),
                        ("expected", models.FloatField()),
                        ("crossed_on", models.DateField()),
                        (
                            "drafted_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(), editable=False
                            ),
                        ),
                        (
                            "decision",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("quarantine", "Put aside until it is clear"),
                                    ("use", "Leave it in use"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("reason", models.CharField(blank=True, max_length=200)),
                        (
                            "case",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="recalls.recallcase",
                            ),
                        ),
                        ("decided_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "decided_by",
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
                            models.UniqueConstraint(
                                condition=models.Q(("decided_at", None)),
                                fields=("lot", "vial"),
                                name="one_open_alarm_of_a_lot",
                                nulls_distinct=False,
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("case", None),
                                        ("decided_at", None),
                                        ("decided_by", None),
                                        ("decision", ""),
                                        ("reason", ""),
                                    ),
                                    models.Q(
                                        ("decided_at__isnull", False),
                                        ("decided_by__isnull", False),
                                        models.Q(("reason", ""), _negated=True),
                                        models.Q(
                                            models.Q(("case__isnull", False), ("decision", "quarantine")),
                                            models.Q(("case", None), ("decision", "use")),
                                            _connector="OR",
                                        ),
                                    ),
                                    _connector="OR",
                                ),
                                name="alarm_decision_says_who_and_why",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="frozen",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF OLD.decided_at IS NOT NULL OR (to_jsonb(OLD) - ARRAY['decision', 'reason', 'case_id', 'decided_at', 'decided_by_id']) IS DISTINCT FROM (to_jsonb(NEW) - ARRAY['decision', 'reason', 'case_id', 'decided_at', 'decided_by_id']) THEN RAISE EXCEPTION 'An alarm is decided once and stays as it was drafted.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW;",
                                    hash="35c22d205e2a837e6dbbd2558d1273bef634396b",
                                    operation="UPDATE",
                                    pgid="pgtrigger_frozen_7fb24",
                                    table="outcomes_lotalarm",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="kept",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF (true) THEN RAISE EXCEPTION 'An alarm of a lot is kept: it cannot be deleted.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN OLD;",
                                    hash="810bc82db7a4418d34f0a055c8acf3862314a000",
                                    operation="DELETE",
                                    pgid="pgtrigger_kept_6f3c9",
                                    table="outcomes_lotalarm",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'An alarm of a lot is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="c525ae883cb56e68150a44fff57b76f7229f4140",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_b5473",
                                    table="outcomes_lotalarm",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
            ],
        ),
    ]
