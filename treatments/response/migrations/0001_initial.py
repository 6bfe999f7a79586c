import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
import mesoclinic.core.migration_operations
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("conditions", "0001_initial"),
        ("plans", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        mesoclinic.core.migration_operations.CreateModels(
            models=[
                migrations.CreateModel(
                    name="ReviewedPlan",
                    fields=[],
                    options={
                        "proxy": True,
                        "indexes": [],
                        "constraints": [],
                    },
                    bases=("plans.treatmentplan",),
                ),
                migrations.CreateModel(
                    name="BlindScore",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "rater",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "earlier",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="conditions.photograph",
                            ),
                        ),
                        (
                            "later",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="conditions.photograph",
                            ),
                        ),
                        (
                            "is_later_right",
                            models.BooleanField(help_text="On which side the later picture stood."),
                        ),
                        (
                            "is_repeat",
                            models.BooleanField(default=False, help_text="This person had scored it before."),
                        ),
                        (
                            "offered_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(), editable=False
                            ),
                        ),
                        (
                            "answer",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("score", "Scored"),
                                    ("cannot", "Cannot tell"),
                                    ("gone", "No longer shown"),
                                ],
                                max_length=6,
                            ),
                        ),
                        (
                            "score",
                            models.SmallIntegerField(
                                blank=True,
                                help_text="Of the later picture against the earlier one, −3 to +3.",
                                null=True,
                            ),
                        ),
                        ("answered_at", models.DateTimeField(blank=True, null=True)),
                    ],
                    options={
                        "ordering": ["rater", "pk"],
                        "indexes": [models.Index(fields=["earlier", "later"], name="blind_scores_of_pair")],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("rater", "earlier", "later", "is_repeat"),
                                name="pair_scored_once_and_repeated_once",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("answer", "")),
                                fields=("rater",),
                                name="one_open_pair_for_a_rater",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("answer", ""), ("answered_at", None), ("score", None)),
                                    models.Q(
                                        ("answer", "score"),
                                        ("answered_at__isnull", False),
                                        ("score__gte", -3),
                                        ("score__isnull", False),
                                        ("score__lte", 3),
                                    ),
                                    models.Q(
                                        ("answer__in", ["cannot", "gone"]),
                                        ("answered_at__isnull", False),
                                        ("score", None),
                                    ),
                                    _connector="OR",
                                ),
                                name="blind_score_is_of_its_answer",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("earlier", models.F("later")), _negated=True),
                                name="blind_pair_is_two_pictures",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="frozen",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF (OLD.answer <> '') AND (to_jsonb(OLD) - ARRAY[]::text[]) IS DISTINCT FROM (to_jsonb(NEW) - ARRAY[]::text[]) THEN RAISE EXCEPTION 'A blind score is frozen: correct it by adding, not by changing.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW;",
                                    hash="ba1b32d20ae0d8b4d7563380194ff545b3c11d96",
                                    operation="UPDATE",
                                    pgid="pgtrigger_frozen_c3955",
                                    table="response_blindscore",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="kept",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF (OLD.answer <> '') THEN RAISE EXCEPTION 'A blind score is kept: it cannot be deleted.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN OLD;",
                                    hash="777cdc4c21fb9a784ba9ae15f9177c5a1000cadb",
                                    operation="DELETE",
                                    pgid="pgtrigger_kept_98884",
                                    table="response_blindscore",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'A blind score is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="b4a7f2eaef07a58b3b877482384098bf7fe6e49a",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_75373",
                                    table="response_blindscore",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CohortCell",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "condition",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="conditions.condition",
                            ),
                        ),
                        ("sex", models.CharField(max_length=20)),
                        (
                            "scale",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="conditions.severityscale",
                            ),
                        ),
                        (
                            "zone",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="conditions.zone",
                            ),
                        ),
                        (
                            "method",
                            models.CharField(blank=True, help_text="In small letters.", max_length=80),
                        ),
                        (
                            "week",
                            models.PositiveSmallIntegerField(
                                help_text="Since the first session; 0 is before it."
                            ),
                        ),
                        ("patients", models.PositiveIntegerField()),
                        (
                            "low",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.DecimalField(decimal_places=2, max_digits=8),
                                blank=True,
                                default=list,
                                size=None,
                            ),
                        ),
                        (
                            "high",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.DecimalField(decimal_places=2, max_digits=8),
                                blank=True,
                                default=list,
                                size=None,
                            ),
                        ),
                        (
                            "newest_id",
                            models.BigIntegerField(
                                help_text="The last measurement that there was when it was counted."
                            ),
                        ),
                        ("counted_at", models.DateTimeField()),
                    ],
                    options={
                        "ordering": ["condition", "scale", "week"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("condition", "sex", "scale", "zone", "method", "week"),
                                name="cohort_cell_once",
                                nulls_distinct=False,
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Review",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "plan",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="plans.treatmentplan",
                            ),
                        ),
                        (
                            "number",
                            models.PositiveSmallIntegerField(
                                help_text="The session after which it was decided."
                            ),
                        ),
                        (
                            "decision",
                            models.CharField(
                                choices=[
                                    ("continue", "Continue"),
                                    ("change", "Change cocktail"),
                                    ("longer", "Longer interval"),
                                    ("stop", "Stop"),
                                    ("refer", "Refer"),
                                    ("maintenance", "Maintenance"),
                                ],
                                max_length=12,
                            ),
                        ),
                        ("text", models.TextField(help_text="Why.")),
                        (
                            "interval_days",
                            models.PositiveSmallIntegerField(
                                blank=True,
                                help_text="Days between sessions from here on, where they are made longer.",
                                null=True,
                            ),
                        ),
                        (
                            "next_on",
                            models.DateField(
                                blank=True, help_text="The next session, as it was booked then.", null=True
                            ),
                        ),
                        (
                            "cancelled",
                            models.PositiveSmallIntegerField(
                                default=0, help_text="Bookings that it gave up."
                            ),
                        ),
                        (
                            "at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(), editable=False
                            ),
                        ),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["plan", "-pk"],
                        "indexes": [models.Index(fields=["plan", "-id"], name="reviews_of_plan")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("number__gte", 1), models.Q(("text", ""), _negated=True)),
                                name="review_says_why",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "decision__in",
                                        ["continue", "change", "longer", "stop", "refer", "maintenance"],
                                    )
                                ),
                                name="review_decision_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("decision", "longer"), ("interval_days__gte", 1)),
                                    models.Q(
                                        models.Q(("decision", "longer"), _negated=True),
                                        ("interval_days", None),
                                    ),
                                    _connector="OR",
                                ),
                                name="longer_interval_has_days",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'A review is append-only: add a new row instead.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="b7ec1855892befee6e5cf6576e0edd6841937c5a",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_26bdc",
                                    table="response_review",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'A review is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="dd79424490ca70b7bd32633908a98491471bd64e",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_49c11",
                                    table="response_review",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="reviewed_as_far_as_it_says",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    constraint="CONSTRAINT",
                                    declare="DECLARE place record;",
                                    func="\n    SELECT p.reviewed_to, coalesce((SELECT max(r.number) FROM response_review r WHERE r.plan_id = p.id), 0) AS answered\n      INTO place FROM plans_treatmentplan p WHERE p.id = NEW.plan_id;\n    IF place.reviewed_to IS DISTINCT FROM place.answered\n    THEN RAISE EXCEPTION 'A plan is reviewed as far as its last review, and no further.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n    RETURN NULL;\n",
                                    hash="1fa5212c76c290f0ff840bf98e3ccf9502f909ab",
                                    operation="INSERT",
                                    pgid="pgtrigger_reviewed_as_far_as_it_says_5721f",
                                    table="response_review",
                                    timing="DEFERRABLE INITIALLY DEFERRED",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ReviewRule",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "source_keys",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=30),
                                blank=True,
                                default=list,
                                size=None,
                            ),
                        ),
                        ("source_text", models.TextField(blank=True)),
                        (
                            "reviewed_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("reviewed_at", models.DateTimeField(blank=True, null=True)),
                        ("retired_at", models.DateTimeField(blank=True, null=True)),
                        ("loaded", models.JSONField(blank=True, default=dict, editable=False)),
                        ("code", models.CharField(max_length=30, unique=True)),
                        (
                            "condition_codes",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=40),
                                blank=True,
                                default=list,
                                help_text="Empty: any condition.",
                                size=None,
                            ),
                        ),
                        ("when", models.CharField(max_length=80)),
                        ("measures", models.CharField(max_length=80)),
                        ("improved_if", models.CharField(blank=True, max_length=120)),
                        ("stable_if", models.CharField(blank=True, max_length=120)),
                        ("worse_if", models.CharField(blank=True, max_length=120)),
                        ("no_verdict_if", models.CharField(blank=True, max_length=120)),
                        ("options", models.CharField(blank=True, max_length=120)),
                        ("expected_rate", models.CharField(blank=True, max_length=120)),
                        ("evidence", models.CharField(blank=True, max_length=120)),
                        ("honesty_line", models.CharField(max_length=200)),
                        ("order", models.PositiveSmallIntegerField(default=0)),
                    ],
                    options={
                        "ordering": ["order", "code"],
                        "abstract": False,
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("reviewed_at", None), ("reviewed_by", None)),
                                    models.Q(("reviewed_at__isnull", False), ("reviewed_by__isnull", False)),
                                    _connector="OR",
                                ),
                                name="reviewrule_reviewed_by_and_at_together",
                            )
                        ],
                    },
                ),
            ],
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="reviewedplan",
            trigger=pgtrigger.compiler.Trigger(
                name="reviewed_as_far_as_it_says",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    constraint="CONSTRAINT",
                    declare="DECLARE place record;",
                    func="\n    SELECT p.reviewed_to, coalesce((SELECT max(r.number) FROM response_review r WHERE r.plan_id = p.id), 0) AS answered\n      INTO place FROM plans_treatmentplan p WHERE p.id = NEW.id;\n    IF place.reviewed_to IS DISTINCT FROM place.answered\n    THEN RAISE EXCEPTION 'A plan is reviewed as far as its last review, and no further.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n    RETURN NULL;\n",
                    hash="1ee70f89c50087b984c539829233e4b65fe91cda",
                    operation='INSERT OR UPDATE OF "reviewed_to"',
                    pgid="pgtrigger_reviewed_as_far_as_it_says_f0d49",
                    table="plans_treatmentplan",
                    timing="DEFERRABLE INITIALLY DEFERRED",
                    when="AFTER",
                ),
            ),
        ),
    ]
