import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
import mesoclinic.core.fields
import mesoclinic.core.migration_operations
import pgtrigger.compiler
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
        ("patients", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        mesoclinic.core.migration_operations.CreateModels(
            models=[
                migrations.CreateModel(
                    name="Certificate",
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
                        ("name", models.CharField(max_length=100)),
                        ("content", models.BinaryField()),
                        ("sha256", models.CharField(max_length=64)),
                        (
                            "uploaded_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "uploaded_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(), editable=False
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("clinic", "sha256", "uploaded_by", "name"),
                                name="certificate_kept_once",
                            )
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'A certificate is append-only: add a new row instead.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="1255aadecf0283d9551734da9ee561ef26db0ed3",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_8c88c",
                                    table="catalogue_certificate",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'A certificate is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="e65f90de356131e57518dd10ee8b2a01e82612fb",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_7f9d1",
                                    table="catalogue_certificate",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Ingredient",
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
                        ("code", models.CharField(max_length=40, unique=True)),
                        ("name", models.CharField(max_length=100)),
                        ("synonyms", models.CharField(blank=True, max_length=200)),
                        ("ingredient_class", models.CharField(max_length=80)),
                        ("family", models.CharField(max_length=20)),
                        (
                            "work_order",
                            models.PositiveSmallIntegerField(
                                default=50, help_text="The order a cocktail is thought through in."
                            ),
                        ),
                        ("is_active", models.BooleanField()),
                        (
                            "in_syringe",
                            models.BooleanField(
                                default=True, help_text="No: used beside the syringe, as a cream is."
                            ),
                        ),
                        ("counting_note", models.CharField(blank=True, max_length=200)),
                        (
                            "preparation",
                            models.CharField(
                                choices=[
                                    ("cocktail", "in a cocktail"),
                                    ("single_only", "alone in its syringe"),
                                    ("either", "alone or in a cocktail"),
                                ],
                                default="cocktail",
                                max_length=12,
                            ),
                        ),
                        ("from_seed", models.BooleanField(default=False)),
                        ("atc", models.CharField(blank=True, max_length=80)),
                        ("cas", models.CharField(blank=True, max_length=60)),
                        ("unii", models.CharField(blank=True, max_length=20)),
                        ("usual_concentration", models.CharField(blank=True, max_length=200)),
                        ("usual_dose", models.CharField(blank=True, max_length=200)),
                        ("usual_interval", models.CharField(blank=True, max_length=300)),
                        ("regulatory_status", models.TextField(blank=True)),
                        (
                            "prescription",
                            models.CharField(
                                blank=True,
                                help_text="yes, no or varies, as the source words it",
                                max_length=60,
                            ),
                        ),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("allowed", "Allowed"),
                                    ("restricted", "Restricted: a written reason each time"),
                                    ("blocked", "Blocked"),
                                ],
                                max_length=12,
                            ),
                        ),
                        ("status_reason", models.TextField(blank=True)),
                        ("storage", models.CharField(blank=True, max_length=200)),
                        ("shelf_life_after_opening", models.CharField(blank=True, max_length=300)),
                        ("evidence_note", models.TextField(blank=True)),
                        ("unverified_fields", models.CharField(blank=True, max_length=300)),
                        (
                            "name_key",
                            models.GeneratedField(
                                db_index=True,
                                db_persist=True,
                                expression=mesoclinic.core.fields.Unaccented(models.F("name")),
                                output_field=models.TextField(),
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["name_key"],
                        "abstract": False,
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("reviewed_at", None), ("reviewed_by", None)),
                                    models.Q(("reviewed_at__isnull", False), ("reviewed_by__isnull", False)),
                                    _connector="OR",
                                ),
                                name="ingredient_reviewed_by_and_at_together",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("status", "blocked"), _negated=True),
                                    models.Q(("status_reason", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="blocked_ingredient_says_why",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="kept",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'An ingredient is kept: retire it instead.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="c3c31df646e9c0504b67eaebd1c96da1a178fa20",
                                    operation="DELETE",
                                    pgid="pgtrigger_kept_07b10",
                                    table="catalogue_ingredient",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'An ingredient is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="e86435ad83655272c4c6560395fddf992b5be88e",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_5ef11",
                                    table="catalogue_ingredient",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="keeps_versions",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    constraint="CONSTRAINT",
                                    declare="DECLARE of_row bigint; stands jsonb; stood jsonb; last_number integer; said jsonb;",
                                    func="\n            IF TG_OP = 'DELETE' THEN of_row := OLD.id; ELSE of_row := NEW.id; END IF;\n            SELECT (to_jsonb(t) - '{id,loaded,reviewed_by_id,reviewed_at,name_key}'::text[]) INTO stands FROM catalogue_ingredient t WHERE t.id = of_row;\n            SELECT number, content INTO last_number, stood FROM catalogue_rowversion\n             WHERE kind = 'catalogue.ingredient' AND row_id = of_row ORDER BY number DESC LIMIT 1;\n            IF stands IS NOT NULL AND stands IS DISTINCT FROM stood THEN\n                said := coalesce(nullif(current_setting('mesoclinic.change', true), ''), '{}')::jsonb;\n                INSERT INTO catalogue_rowversion (kind, row_id, number, content, valid_from, by_id, reason)\n                VALUES ('catalogue.ingredient', of_row, coalesce(last_number, 0) + 1, stands,\n                        coalesce((said->>'valid_from')::date, CURRENT_DATE), (said->>'by')::bigint,\n                        coalesce(said->>'reason', ''));\n            END IF;\n            RETURN NULL;\n        ",
                                    hash="3020c6a3282ed1cd66cacd2311cdc21f8be17df6",
                                    operation="INSERT OR UPDATE",
                                    pgid="pgtrigger_keeps_versions_5c40e",
                                    table="catalogue_ingredient",
                                    timing="DEFERRABLE INITIALLY DEFERRED",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="review_is_of_what_stands",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="\n                IF NEW.reviewed_at IS NOT NULL AND NEW.reviewed_at IS NOT DISTINCT FROM OLD.reviewed_at\n                   AND (to_jsonb(OLD) - '{id,loaded,reviewed_by_id,reviewed_at,name_key}'::text[]) IS DISTINCT FROM (to_jsonb(NEW) - '{id,loaded,reviewed_by_id,reviewed_at,name_key}'::text[]) THEN\n                    NEW.reviewed_at := NULL; NEW.reviewed_by_id := NULL;\n                END IF;\n                RETURN NEW;\n            ",
                                    hash="b3b5a707d750f870eea726278a98d282a01b9e1c",
                                    operation="UPDATE",
                                    pgid="pgtrigger_review_is_of_what_stands_92d95",
                                    table="catalogue_ingredient",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="reviewed_by_a_clinician",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (NEW."reviewed_by_id" IS NOT NULL)',
                                    func="\n                IF TG_OP = 'UPDATE' THEN\n                    IF OLD.reviewed_by_id IS NOT DISTINCT FROM NEW.reviewed_by_id\n                       AND OLD.reviewed_at IS NOT DISTINCT FROM NEW.reviewed_at THEN RETURN NEW; END IF;\n                END IF;\n                IF NOT EXISTS (SELECT 1 FROM accounts_user u\n                                WHERE u.id = NEW.reviewed_by_id AND 'clinician' = ANY (u.roles)) THEN\n                    RAISE EXCEPTION 'A clinical row is reviewed by a clinician.' USING ERRCODE = 'integrity_constraint_violation';\n                END IF;\n                RETURN NEW;\n            ",
                                    hash="381e479e7ca0174c758d06f0956a3f3102640c33",
                                    operation="INSERT OR UPDATE",
                                    pgid="pgtrigger_reviewed_by_a_clinician_ee525",
                                    table="catalogue_ingredient",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="stays_as_stated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF NEW.loaded->>'status' = 'blocked' AND NEW.status <> 'blocked' THEN RAISE EXCEPTION 'An ingredient that a regulator blocked stays blocked.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW;",
                                    hash="e29450f0cd67cc9d6ca773834f60272202e3c241",
                                    operation="UPDATE",
                                    pgid="pgtrigger_stays_as_stated_2429e",
                                    table="catalogue_ingredient",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="DoseLimit",
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
                        (
                            "ingredient",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="dose_limits",
                                to="catalogue.ingredient",
                            ),
                        ),
                        (
                            "value",
                            models.DecimalField(blank=True, decimal_places=4, max_digits=12, null=True),
                        ),
                        ("unit", models.CharField(help_text="mg, mL or mL/cm2", max_length=10)),
                        ("period", models.CharField(help_text="session, day or dose", max_length=10)),
                        (
                            "mg_per_kg",
                            models.DecimalField(blank=True, decimal_places=4, max_digits=12, null=True),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("label_same_route", "label maximum"),
                                    ("label_other_route", "label maximum by another route"),
                                    ("studied_dose", "highest studied dose"),
                                    ("protocol_digest", "figure of a published protocol"),
                                    ("clinic", "this clinic's own limit"),
                                ],
                                max_length=20,
                            ),
                        ),
                        ("basis_text", models.TextField(blank=True)),
                        (
                            "suggested",
                            models.CharField(
                                blank=True, help_text="A suggestion from general knowledge.", max_length=200
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["ingredient", "kind"],
                        "abstract": False,
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("reviewed_at", None), ("reviewed_by", None)),
                                    models.Q(("reviewed_at__isnull", False), ("reviewed_by__isnull", False)),
                                    _connector="OR",
                                ),
                                name="doselimit_reviewed_by_and_at_together",
                            ),
                            models.UniqueConstraint(
                                fields=("ingredient", "kind", "unit", "period"), name="dose_limit_stands_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("value__gt", 0), ("value__isnull", False)),
                                    models.Q(("mg_per_kg__gt", 0), ("mg_per_kg__isnull", False)),
                                    _connector="OR",
                                ),
                                name="dose_limit_says_how_much",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="kept",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'A dose limit is kept: retire it instead.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="43f4961cf7d7d04f40f2a9ab3250593d3e1dc609",
                                    operation="DELETE",
                                    pgid="pgtrigger_kept_26d43",
                                    table="catalogue_doselimit",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'A dose limit is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="a1626e90bd32e7cf3591027f58042809096b25d7",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_39ad4",
                                    table="catalogue_doselimit",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="keeps_versions",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    constraint="CONSTRAINT",
                                    declare="DECLARE of_row bigint; stands jsonb; stood jsonb; last_number integer; said jsonb;",
                                    func="\n            IF TG_OP = 'DELETE' THEN of_row := OLD.id; ELSE of_row := NEW.id; END IF;\n            SELECT (to_jsonb(t) - '{id,loaded,reviewed_by_id,reviewed_at,name_key}'::text[]) INTO stands FROM catalogue_doselimit t WHERE t.id = of_row;\n            SELECT number, content INTO last_number, stood FROM catalogue_rowversion\n             WHERE kind = 'catalogue.doselimit' AND row_id = of_row ORDER BY number DESC LIMIT 1;\n            IF stands IS NOT NULL AND stands IS DISTINCT FROM stood THEN\n                said := coalesce(nullif(current_setting('mesoclinic.change', true), ''), '{}')::jsonb;\n                INSERT INTO catalogue_rowversion (kind, row_id, number, content, valid_from, by_id, reason)\n                VALUES ('catalogue.doselimit', of_row, coalesce(last_number, 0) + 1, stands,\n                        coalesce((said->>'valid_from')::date, CURRENT_DATE), (said->>'by')::bigint,\n                        coalesce(said->>'reason', ''));\n            END IF;\n            RETURN NULL;\n        ",
                                    hash="bf24231dc21ed729cfadfedbaef027ae98b894de",
                                    operation="INSERT OR UPDATE",
                                    pgid="pgtrigger_keeps_versions_0a1ae",
                                    table="catalogue_doselimit",
                                    timing="DEFERRABLE INITIALLY DEFERRED",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="review_is_of_what_stands",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="\n                IF NEW.reviewed_at IS NOT NULL AND NEW.reviewed_at IS NOT DISTINCT FROM OLD.reviewed_at\n                   AND (to_jsonb(OLD) - '{id,loaded,reviewed_by_id,reviewed_at,name_key}'::text[]) IS DISTINCT FROM (to_jsonb(NEW) - '{id,loaded,reviewed_by_id,reviewed_at,name_key}'::text[]) THEN\n                    NEW.reviewed_at := NULL; NEW.reviewed_by_id := NULL;\n                END IF;\n                RETURN NEW;\n            ",
                                    hash="9abcc36914d77d8c543390fa8306df340c9360a9",
                                    operation="UPDATE",
                                    pgid="pgtrigger_review_is_of_what_stands_347ea",
                                    table="catalogue_doselimit",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="reviewed_by_a_clinician",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (NEW."reviewed_by_id" IS NOT NULL)',
                                    func="\n                IF TG_OP = 'UPDATE' THEN\n                    IF OLD.reviewed_by_id IS NOT DISTINCT FROM NEW.reviewed_by_id\n                       AND OLD.reviewed_at IS NOT DISTINCT FROM NEW.reviewed_at THEN RETURN NEW; END IF;\n                END IF;\n                IF NOT EXISTS (SELECT 1 FROM accounts_user u\n                                WHERE u.id = NEW.reviewed_by_id AND 'clinician' = ANY (u.roles)) THEN\n                    RAISE EXCEPTION 'A clinical row is reviewed by a clinician.' USING ERRCODE = 'integrity_constraint_violation';\n                END IF;\n                RETURN NEW;\n            ",
                                    hash="18d96b3982e2f36f572780753bd1c55a394d1a37",
                                    operation="INSERT OR UPDATE",
                                    pgid="pgtrigger_reviewed_by_a_clinician_b5c41",
                                    table="catalogue_doselimit",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Contraindication",
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
                        (
                            "ingredient",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="contraindications",
                                to="catalogue.ingredient",
                            ),
                        ),
                        (
                            "factor",
                            models.ForeignKey(
                                blank=True,
                                help_text="Empty: everyone.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="patients.factor",
                            ),
                        ),
                        ("factor_text", models.CharField(max_length=160)),
                        (
                            "severity",
                            models.CharField(
                                choices=[("absolute", "absolute"), ("relative", "relative")], max_length=10
                            ),
                        ),
                        ("severity_note", models.CharField(blank=True, max_length=120)),
                        ("why", models.CharField(blank=True, max_length=200)),
                        ("action", models.CharField(blank=True, max_length=120)),
                        (
                            "basis",
                            models.CharField(
                                choices=[
                                    ("stated", "stated by the source"),
                                    ("partly_sourced", "partly sourced"),
                                    ("inferred", "inferred"),
                                    ("general_knowledge", "general knowledge, to be verified"),
                                ],
                                max_length=20,
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("reviewed_at", None), ("reviewed_by", None)),
                                    models.Q(("reviewed_at__isnull", False), ("reviewed_by__isnull", False)),
                                    _connector="OR",
                                ),
                                name="contraindication_reviewed_by_and_at_together",
                            ),
                            models.UniqueConstraint(
                                fields=("ingredient", "factor", "factor_text"),
                                name="contraindication_stands_once",
                                nulls_distinct=False,
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="kept",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'A contraindication is kept: retire it instead.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="1669466f6cc6ea7c9c43fbad284cf95c969f1f26",
                                    operation="DELETE",
                                    pgid="pgtrigger_kept_478a0",
                                    table="catalogue_contraindication",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'A contraindication is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="61bbd7a02c728c1d93f8c26fb385284961bbde8d",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_2a949",
                                    table="catalogue_contraindication",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="keeps_versions",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    constraint="CONSTRAINT",
                                    declare="DECLARE of_row bigint; stands jsonb; stood jsonb; last_number integer; said jsonb;",
                                    func="\n            IF TG_OP = 'DELETE' THEN of_row := OLD.id; ELSE of_row := NEW.id; END IF;\n            SELECT (to_jsonb(t) - '{id,loaded,reviewed_by_id,reviewed_at,name_key}'::text[]) INTO stands FROM catalogue_contraindication t WHERE t.id = of_row;\n            SELECT number, content INTO last_number, stood FROM catalogue_rowversion\n             WHERE kind = 'catalogue.contraindication' AND row_id = of_row ORDER BY number DESC LIMIT 1;\n            IF stands IS NOT NULL AND stands IS DISTINCT FROM stood THEN\n                said := coalesce(nullif(current_setting('mesoclinic.change', true), ''), '{}')::jsonb;\n                INSERT INTO catalogue_rowversion (kind, row_id, number, content, valid_from, by_id, reason)\n                VALUES ('catalogue.contraindication', of_row, coalesce(last_number, 0) + 1, stands,\n                        coalesce((said->>'valid_from')::date, CURRENT_DATE), (said->>'by')::bigint,\n                        coalesce(said->>'reason', ''));\n            END IF;\n            RETURN NULL;\n        ",
                                    hash="7581ab3dd6e454ac2cdb2a4c246407ed4957af42",
                                    operation="INSERT OR UPDATE",
                                    pgid="pgtrigger_keeps_versions_a261c",
                                    table="catalogue_contraindication",
                                    timing="DEFERRABLE INITIALLY DEFERRED",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="review_is_of_what_stands",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="\n                IF NEW.reviewed_at IS NOT NULL AND NEW.reviewed_at IS NOT DISTINCT FROM OLD.reviewed_at\n                   AND (to_jsonb(OLD) - '{id,loaded,reviewed_by_id,reviewed_at,name_key}'::text[]) IS DISTINCT FROM (to_jsonb(NEW) - '{id,loaded,reviewed_by_id,reviewed_at,name_key}'::text[]) THEN\n                    NEW.reviewed_at := NULL; NEW.reviewed_by_id := NULL;\n                END IF;\n                RETURN NEW;\n            ",
                                    hash="7a93bb1f7b807835dbc6dc1bcb0129044a72c590",
                                    operation="UPDATE",
                                    pgid="pgtrigger_review_is_of_what_stands_cbbff",
                                    table="catalogue_contraindication",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="reviewed_by_a_clinician",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (NEW."reviewed_by_id" IS NOT NULL)',
                                    func="\n                IF TG_OP = 'UPDATE' THEN\n                    IF OLD.reviewed_by_id IS NOT DISTINCT FROM NEW.reviewed_by_id\n                       AND OLD.reviewed_at IS NOT DISTINCT FROM NEW.reviewed_at THEN RETURN NEW; END IF;\n                END IF;\n                IF NOT EXISTS (SELECT 1 FROM accounts_user u\n                                WHERE u.id = NEW.reviewed_by_id AND 'clinician' = ANY (u.roles)) THEN\n                    RAISE EXCEPTION 'A clinical row is reviewed by a clinician.' USING ERRCODE = 'integrity_constraint_violation';\n                END IF;\n                RETURN NEW;\n            ",
                                    hash="65bd334401abbc1aa73a02a56ba01bf1b9088677",
                                    operation="INSERT OR UPDATE",
                                    pgid="pgtrigger_reviewed_by_a_clinician_75662",
                                    table="catalogue_contraindication",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="stays_as_stated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF NEW.loaded->>'severity' = 'absolute' AND NEW.loaded->>'basis' = 'stated' AND (NEW.severity <> 'absolute' OR NEW.retired_at IS NOT NULL) THEN RAISE EXCEPTION 'A contraindication stated as absolute stays so, and in use.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW;",
                                    hash="50739ef7a2c6077dab0fdcaed49d0b7643c27510",
                                    operation="UPDATE",
                                    pgid="pgtrigger_stays_as_stated_ad627",
                                    table="catalogue_contraindication",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Interaction",
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
                        (
                            "first",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="catalogue.ingredient",
                            ),
                        ),
                        (
                            "second",
                            models.ForeignKey(
                                blank=True,
                                help_text="Empty: every other ingredient.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="catalogue.ingredient",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("incompatible", "must not share a syringe"),
                                    ("caution", "with care"),
                                    ("redundant-class", "the same class twice"),
                                    ("ok", "go together"),
                                ],
                                max_length=16,
                            ),
                        ),
                        ("severity", models.CharField(max_length=10)),
                        ("scope", models.CharField(max_length=40)),
                        ("why", models.TextField()),
                        (
                            "basis",
                            models.CharField(
                                choices=[
                                    ("stated", "stated by the source"),
                                    ("partly_sourced", "partly sourced"),
                                    ("inferred", "inferred"),
                                    ("general_knowledge", "general knowledge, to be verified"),
                                ],
                                max_length=20,
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("reviewed_at", None), ("reviewed_by", None)),
                                    models.Q(("reviewed_at__isnull", False), ("reviewed_by__isnull", False)),
                                    _connector="OR",
                                ),
                                name="interaction_reviewed_by_and_at_together",
                            ),
                            models.UniqueConstraint(
                                fields=("first", "second", "kind", "scope"),
                                name="interaction_stands_once",
                                nulls_distinct=False,
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("second", None), ("first__lt", models.F("second")), _connector="OR"
                                ),
                                name="interaction_lower_id_first",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="kept",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'An interaction is kept: retire it instead.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="2aa93b4e1f34cb6a3acbd9e25d557bbd866d4c04",
                                    operation="DELETE",
                                    pgid="pgtrigger_kept_2d737",
                                    table="catalogue_interaction",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'An interaction is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="99408ab8370ea2c4d4ac19e014203642d1b4ec3e",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_f4ed3",
                                    table="catalogue_interaction",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="keeps_versions",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    constraint="CONSTRAINT",
                                    declare="DECLARE of_row bigint; stands jsonb; stood jsonb; last_number integer; said jsonb;",
                                    func="\n            IF TG_OP = 'DELETE' THEN of_row := OLD.id; ELSE of_row := NEW.id; END IF;\n            SELECT (to_jsonb(t) - '{id,loaded,reviewed_by_id,reviewed_at,name_key}'::text[]) INTO stands FROM catalogue_interaction t WHERE t.id = of_row;\n            SELECT number, content INTO last_number, stood FROM catalogue_rowversion\n             WHERE kind = 'catalogue.interaction' AND row_id = of_row ORDER BY number DESC LIMIT 1;\n            IF stands IS NOT NULL AND stands IS DISTINCT FROM stood THEN\n                said := coalesce(nullif(current_setting('mesoclinic.change', true), ''), '{}')::jsonb;\n                INSERT INTO catalogue_rowversion (kind, row_id, number, content, valid_from, by_id, reason)\n                VALUES ('catalogue.interaction', of_row, coalesce(last_number, 0) + 1, stands,\n                        coalesce((said->>'valid_from')::date, CURRENT_DATE), (said->>'by')::bigint,\n                        coalesce(said->>'reason', ''));\n            END IF;\n            RETURN NULL;\n        ",
                                    hash="f9860158b1d17726836e47c77c729c34b443e9fd",
                                    operation="INSERT OR UPDATE",
                                    pgid="pgtrigger_keeps_versions_325d0",
                                    table="catalogue_interaction",
                                    timing="DEFERRABLE INITIALLY DEFERRED",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="review_is_of_what_stands",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="\n                IF NEW.reviewed_at IS NOT NULL AND NEW.reviewed_at IS NOT DISTINCT FROM OLD.reviewed_at\n                   AND (to_jsonb(OLD) - '{id,loaded,reviewed_by_id,reviewed_at,name_key}'::text[]) IS DISTINCT FROM (to_jsonb(NEW) - '{id,loaded,reviewed_by_id,reviewed_at,name_key}'::text[]) THEN\n                    NEW.reviewed_at := NULL; NEW.reviewed_by_id := NULL;\n                END IF;\n                RETURN NEW;\n            ",
                                    hash="e1eab370d0776b96191a9ad8ee96bf8e40a3d013",
                                    operation="UPDATE",
                                    pgid="pgtrigger_review_is_of_what_stands_f1fbc",
                                    table="catalogue_interaction",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="reviewed_by_a_clinician",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (NEW."reviewed_by_id" IS NOT NULL)',
                                    func="\n                IF TG_OP = 'UPDATE' THEN\n                    IF OLD.reviewed_by_id IS NOT DISTINCT FROM NEW.reviewed_by_id\n                       AND OLD.reviewed_at IS NOT DISTINCT FROM NEW.reviewed_at THEN RETURN NEW; END IF;\n                END IF;\n                IF NOT EXISTS (SELECT 1 FROM accounts_user u\n                                WHERE u.id = NEW.reviewed_by_id AND 'clinician' = ANY (u.roles)) THEN\n                    RAISE EXCEPTION 'A clinical row is reviewed by a clinician.' USING ERRCODE = 'integrity_constraint_violation';\n                END IF;\n                RETURN NEW;\n            ",
                                    hash="9eafa7d115f61574820d4d396941925cab67e034",
                                    operation="INSERT OR UPDATE",
                                    pgid="pgtrigger_reviewed_by_a_clinician_18ea3",
                                    table="catalogue_interaction",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Lot",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "product",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="lots",
                                to="catalogue.product",
                            ),
                        ),
                        (
                            "clinic",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="lots",
                                to="accounts.clinic",
                            ),
                        ),
                        ("number", models.CharField(max_length=40)),
                        ("maker", models.CharField(max_length=100)),
                        ("country", models.CharField(max_length=60)),
                        ("supplier", models.CharField(max_length=100)),
                        (
                            "certificate",
                            models.CharField(
                                blank=True, help_text="Number of the certificate of analysis.", max_length=100
                            ),
                        ),
                        ("received_on", models.DateField()),
                        ("expires_on", models.DateField(help_text="The last day it may be used.")),
                        (
                            "unit_cost",
                            models.DecimalField(
                                blank=True,
                                decimal_places=3,
                                help_text="Per ml, in the clinic's currency.",
                                max_digits=12,
                                null=True,
                            ),
                        ),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("quarantined", "Quarantined"),
                                    ("released", "Released"),
                                    ("recalled", "Recalled"),
                                ],
                                default="quarantined",
                                max_length=12,
                            ),
                        ),
                        ("status_reason", models.CharField(blank=True, max_length=200)),
                        (
                            "serial",
                            models.CharField(
                                blank=True, help_text="Of the pack that was scanned.", max_length=20
                            ),
                        ),
                        (
                            "certificate_file",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="lots",
                                to="catalogue.certificate",
                            ),
                        ),
                        (
                            "received_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "released_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "second_person",
                            models.BooleanField(
                                default=False,
                                help_text="Released by somebody other than who received it: as its clinic wanted when it came.",
                            ),
                        ),
                        (
                            "opened_until",
                            models.DateTimeField(
                                blank=True, help_text="Until when its opened container is good.", null=True
                            ),
                        ),
                        (
                            "opened_vial",
                            models.ForeignKey(
                                blank=True,
                                help_text="What is open in it and not empty, kept by a trigger.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="catalogue.openedvial",
                            ),
                        ),
                        (
                            "opened_ml",
                            models.DecimalField(
                                blank=True,
                                decimal_places=2,
                                help_text="What is left in its opened container, kept by a trigger.",
                                max_digits=9,
                                null=True,
                            ),
                        ),
                        (
                            "on_hand_ml",
                            models.DecimalField(
                                decimal_places=2,
                                default=0,
                                editable=False,
                                help_text="The sum of its movements, kept by a trigger.",
                                max_digits=9,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["product", "expires_on", "number"],
                        "indexes": [
                            models.Index(
                                fields=["clinic", "product", "expires_on"], name="lots_first_to_expire"
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("clinic", "product", "number"), name="lot_received_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("on_hand_ml__gte", 0)), name="stock_is_never_below_zero"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("expires_on__gte", models.F("received_on"))),
                                name="lot_expires_after_receipt",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("number", ""), _negated=True),
                                    models.Q(("maker", ""), _negated=True),
                                    models.Q(("supplier", ""), _negated=True),
                                    models.Q(("country", ""), _negated=True),
                                ),
                                name="lot_has_an_origin",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("second_person", False),
                                    models.Q(("status", "released"), _negated=True),
                                    models.Q(
                                        ("received_by__isnull", False),
                                        ("released_by__isnull", False),
                                        models.Q(("released_by", models.F("received_by")), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="second_person_releases",
                                violation_error_message="Somebody else releases what you received.",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="second_person_wanted",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF TG_OP = 'INSERT' THEN NEW.second_person := NEW.second_person OR (SELECT c.second_person_release FROM accounts_clinic c   WHERE c.id = NEW.clinic_id); ELSIF OLD.second_person AND NOT NEW.second_person THEN RAISE EXCEPTION 'A lot that a second person releases stays so.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW;",
                                    hash="01dc2790f7134c174e0c9bda423a2f6f0e9586de",
                                    operation='INSERT OR UPDATE OF "second_person"',
                                    pgid="pgtrigger_second_person_wanted_39fee",
                                    table="catalogue_lot",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="receiver_stays",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."received_by_id" IS NOT NULL)',
                                    func="IF NEW.received_by_id IS DISTINCT FROM OLD.received_by_id THEN RAISE EXCEPTION 'Who received a lot stays as it was written.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW;",
                                    hash="55f83977359246f1f33eda7d5b0025a90f4ab867",
                                    operation='UPDATE OF "received_by_id"',
                                    pgid="pgtrigger_receiver_stays_b5eeb",
                                    table="catalogue_lot",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="stock_by_ledger_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF TG_OP = 'INSERT' THEN NEW.on_hand_ml := 0; RETURN NEW; END IF; IF NEW.on_hand_ml IS DISTINCT FROM OLD.on_hand_ml AND pg_trigger_depth() < 2 THEN RAISE EXCEPTION 'Stock is the sum of its movements: add a movement.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW;",
                                    hash="3fd365fe930ee3d0949339373436d1ff22fcf756",
                                    operation='INSERT OR UPDATE OF "on_hand_ml"',
                                    pgid="pgtrigger_stock_by_ledger_only_935a5",
                                    table="catalogue_lot",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="kept",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'A lot is kept: who received it must stay known.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="e3bcf4ac9841016af7d55b899165381902570744",
                                    operation="DELETE",
                                    pgid="pgtrigger_kept_bf6c4",
                                    table="catalogue_lot",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="identity_stays",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF (OLD.product_id, OLD.clinic_id, OLD.number, OLD.expires_on, OLD.received_on) IS DISTINCT FROM (NEW.product_id, NEW.clinic_id, NEW.number, NEW.expires_on, NEW.received_on) AND EXISTS (SELECT 1 FROM catalogue_stockmovement m WHERE m.lot_id = OLD.id AND m.kind = 'use') THEN RAISE EXCEPTION 'A lot that was used keeps its product, number and dates.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW;",
                                    hash="bbdcd2c4114b5ee84c3f51885e540244aaadb92a",
                                    operation='UPDATE OF "product_id", "clinic_id", "number", "expires_on", "received_on"',
                                    pgid="pgtrigger_identity_stays_8b8da",
                                    table="catalogue_lot",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="OpenedVial",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "lot",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="vials",
                                to="catalogue.lot",
                            ),
                        ),
                        ("opened_at", models.DateTimeField()),
                        (
                            "opened_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("good_until", models.DateTimeField()),
                        (
                            "ml",
                            models.DecimalField(
                                decimal_places=2, help_text="What was in it when it was opened.", max_digits=9
                            ),
                        ),
                        (
                            "left_ml",
                            models.DecimalField(
                                decimal_places=2, editable=False, help_text="Kept by a trigger.", max_digits=9
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["lot", "-pk"],
                        "indexes": [
                            models.Index(
                                condition=models.Q(("left_ml__gt", 0)), fields=["lot"], name="vials_open_now"
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("left_ml__gte", 0), ("left_ml__lte", models.F("ml")), ("ml__gt", 0)
                                ),
                                name="vial_holds_what_is_left",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("good_until__gte", models.F("opened_at"))),
                                name="vial_is_good_from_its_opening",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="frozen",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF (true) AND (to_jsonb(OLD) - ARRAY['left_ml']::text[]) IS DISTINCT FROM (to_jsonb(NEW) - ARRAY['left_ml']::text[]) THEN RAISE EXCEPTION 'An opened vial is frozen: correct it by adding, not by changing.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW;",
                                    hash="1c4fe75390c775506a94db1711850e9a6c19835b",
                                    operation="UPDATE",
                                    pgid="pgtrigger_frozen_9a9d1",
                                    table="catalogue_openedvial",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="kept",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF (true) THEN RAISE EXCEPTION 'An opened vial is kept: it cannot be deleted.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN OLD;",
                                    hash="fc8543f287124ab5e8d4e62d3348009b962655a1",
                                    operation="DELETE",
                                    pgid="pgtrigger_kept_91b8f",
                                    table="catalogue_openedvial",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'An opened vial is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="13dbcf63b6b42a7661d9f01ba8ceecbf5aa530d2",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_6cef3",
                                    table="catalogue_openedvial",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="opened_full",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="\n                    NEW.left_ml := NEW.ml;\n                    IF NEW.good_until > NEW.opened_at + (\n                        SELECT coalesce(p.in_use_hours, CASE p.presentation WHEN 'multi_dose' THEN 672 WHEN 'single_dose' THEN 1 ELSE 0 END) * interval '1 hour' FROM catalogue_product p\n                          JOIN catalogue_lot l ON l.product_id = p.id WHERE l.id = NEW.lot_id)\n                    THEN RAISE EXCEPTION 'This product does not keep that long once opened.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n                    RETURN NEW;\n                ",
                                    hash="2878d198472f6fd36a2f9de04f6088ffff0e0b57",
                                    operation="INSERT",
                                    pgid="pgtrigger_opened_full_ad23c",
                                    table="catalogue_openedvial",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="left_by_draws_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF NEW.left_ml IS DISTINCT FROM OLD.left_ml AND pg_trigger_depth() < 2 THEN RAISE EXCEPTION 'What is left in a vial follows what is drawn: add a movement.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW;",
                                    hash="b1924d4c58bb51e43857ddf8caa4b5a953d5f247",
                                    operation='UPDATE OF "left_ml"',
                                    pgid="pgtrigger_left_by_draws_only_51f4d",
                                    table="catalogue_openedvial",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="shown_on_its_lot",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="\n                    UPDATE catalogue_lot l SET opened_vial_id = v.id, opened_until = v.good_until, opened_ml = v.left_ml\n                      FROM (SELECT NEW.lot_id) one\n                      LEFT JOIN LATERAL (SELECT id, good_until, left_ml FROM catalogue_openedvial\n                                          WHERE lot_id = NEW.lot_id AND left_ml > 0 ORDER BY id DESC LIMIT 1) v ON true\n                     WHERE l.id = NEW.lot_id;\n                    RETURN NULL;\n                ",
                                    hash="a1007dea117adcb468ad1c3c9c167c7d95f91355",
                                    operation='INSERT OR UPDATE OF "left_ml"',
                                    pgid="pgtrigger_shown_on_its_lot_f0b07",
                                    table="catalogue_openedvial",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="one_open_at_a_time",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    constraint="CONSTRAINT",
                                    func="\n                    IF (SELECT count(*) FROM catalogue_openedvial v WHERE v.lot_id = NEW.lot_id AND v.left_ml > 0) > 1\n                    THEN RAISE EXCEPTION 'Another vial of this lot is open: use it up or throw it away first.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n                    IF (SELECT coalesce(sum(v.left_ml), 0) FROM catalogue_openedvial v WHERE v.lot_id = NEW.lot_id)\n                       > (SELECT l.on_hand_ml FROM catalogue_lot l WHERE l.id = NEW.lot_id)\n                    THEN RAISE EXCEPTION 'More is open than there is of this lot.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n                    RETURN NULL;\n                ",
                                    hash="b360ba7667ed7aecf3421a753e94720d3e4f5e27",
                                    operation="INSERT",
                                    pgid="pgtrigger_one_open_at_a_time_be356",
                                    table="catalogue_openedvial",
                                    timing="DEFERRABLE INITIALLY DEFERRED",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PlannedChange",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("kind", models.CharField(help_text="catalogue.product", max_length=40)),
                        ("row_id", models.BigIntegerField()),
                        ("changes", models.JSONField(help_text="Field name to its new value.")),
                        ("valid_from", models.DateField()),
                        ("reason", models.CharField(max_length=200)),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(), editable=False
                            ),
                        ),
                        ("applied_at", models.DateTimeField(blank=True, null=True)),
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
                        "ordering": ["valid_from", "pk"],
                        "indexes": [
                            models.Index(
                                condition=models.Q(("applied_at", None), ("withdrawn_at", None)),
                                fields=["valid_from"],
                                name="changes_that_wait",
                            ),
                            models.Index(fields=["kind", "row_id"], name="changes_of_a_row"),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("reason", ""), _negated=True),
                                name="planned_change_says_why",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("applied_at", None), ("withdrawn_at", None), _connector="OR"
                                ),
                                name="planned_change_is_applied_or_withdrawn",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("withdrawn_at", None), ("withdrawn_by", None)),
                                    models.Q(
                                        ("withdrawn_at__isnull", False), ("withdrawn_by__isnull", False)
                                    ),
                                    _connector="OR",
                                ),
                                name="planned_change_withdrawn_by_and_at_together",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="frozen",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF (true) AND (to_jsonb(OLD) - ARRAY['applied_at', 'withdrawn_at', 'withdrawn_by_id']::text[]) IS DISTINCT FROM (to_jsonb(NEW) - ARRAY['applied_at', 'withdrawn_at', 'withdrawn_by_id']::text[]) THEN RAISE EXCEPTION 'A planned change is frozen: correct it by adding, not by changing.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW;",
                                    hash="b71c2942bbbb01c70b2df5b699b8d1b6b57f208e",
                                    operation="UPDATE",
                                    pgid="pgtrigger_frozen_e9232",
                                    table="catalogue_plannedchange",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="kept",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF (true) THEN RAISE EXCEPTION 'A planned change is kept: it cannot be deleted.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN OLD;",
                                    hash="cb289224ba1e447c98c769251f3265f55e85802e",
                                    operation="DELETE",
                                    pgid="pgtrigger_kept_5783a",
                                    table="catalogue_plannedchange",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'A planned change is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="f6f33e466a2139af740c0cb81c2cbbc63f9fe6c5",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_fafa8",
                                    table="catalogue_plannedchange",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="settled_once",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."applied_at" IS NOT NULL OR OLD."withdrawn_at" IS NOT NULL)',
                                    func="RAISE EXCEPTION 'A planned change is settled once: plan another one.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="fc4a18192ab080e9767b3b9f70a85836764997ad",
                                    operation="UPDATE",
                                    pgid="pgtrigger_settled_once_f1bd0",
                                    table="catalogue_plannedchange",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Product",
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
                        ("code", models.CharField(max_length=60, unique=True)),
                        ("name", models.CharField(max_length=120)),
                        (
                            "strength",
                            models.CharField(
                                blank=True, help_text="As printed: 250 mg/ml, 0.5 %.", max_length=60
                            ),
                        ),
                        (
                            "presentation",
                            models.CharField(
                                choices=[
                                    ("ampoule", "ampoule"),
                                    ("single_dose", "single-dose vial"),
                                    ("multi_dose", "multi-dose vial"),
                                    ("prefilled", "prefilled syringe"),
                                    ("bag", "bag or bottle"),
                                ],
                                max_length=12,
                            ),
                        ),
                        (
                            "container_ml",
                            models.DecimalField(blank=True, decimal_places=2, max_digits=9, null=True),
                        ),
                        ("maker", models.CharField(blank=True, max_length=100)),
                        ("supplier", models.CharField(blank=True, max_length=100)),
                        ("country", models.CharField(blank=True, max_length=60)),
                        ("gtin", models.CharField(blank=True, max_length=14)),
                        ("premade", models.BooleanField(default=False)),
                        (
                            "additions_allowed",
                            models.BooleanField(default=False, help_text="The maker allows adding to it."),
                        ),
                        ("composition", models.TextField(blank=True)),
                        ("remark", models.TextField(blank=True)),
                        (
                            "blocked",
                            models.BooleanField(default=False, help_text="Never usable, whatever is in it."),
                        ),
                        ("blocked_reason", models.TextField(blank=True)),
                        (
                            "injectable",
                            models.CharField(
                                choices=[("yes", "yes"), ("no", "no"), ("check", "to be checked")],
                                default="yes",
                                max_length=5,
                            ),
                        ),
                        ("legal_route", models.TextField(blank=True)),
                        (
                            "in_use_hours",
                            models.PositiveIntegerField(
                                blank=True,
                                help_text="After opening, where the label says otherwise than its presentation.",
                                null=True,
                            ),
                        ),
                        (
                            "price_per_ml",
                            models.DecimalField(blank=True, decimal_places=3, max_digits=12, null=True),
                        ),
                        (
                            "name_key",
                            models.GeneratedField(
                                db_index=True,
                                db_persist=True,
                                expression=mesoclinic.core.fields.Unaccented(models.F("name")),
                                output_field=models.TextField(),
                            ),
                        ),
                        (
                            "ingredients",
                            models.ManyToManyField(
                                related_name="products",
                                through="catalogue.ProductContent",
                                to="catalogue.ingredient",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["name_key"],
                        "abstract": False,
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("reviewed_at", None), ("reviewed_by", None)),
                                    models.Q(("reviewed_at__isnull", False), ("reviewed_by__isnull", False)),
                                    _connector="OR",
                                ),
                                name="product_reviewed_by_and_at_together",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("container_ml", None), ("container_ml__gt", 0), _connector="OR"
                                ),
                                name="container_holds_something",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("price_per_ml", None), ("price_per_ml__gte", 0), _connector="OR"
                                ),
                                name="product_price_is_not_negative",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("gtin", ""), _negated=True),
                                fields=("gtin",),
                                name="gtin_names_one_product",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="kept",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'A product is kept: retire it instead.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="81cc880e4c4bc0ecb5263d62c8cf99782f3a2976",
                                    operation="DELETE",
                                    pgid="pgtrigger_kept_23b0e",
                                    table="catalogue_product",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'A product is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="ddd82dea7a847f631a2e8fe26192cc4ed907571e",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_dc4b8",
                                    table="catalogue_product",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="keeps_versions",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    constraint="CONSTRAINT",
                                    declare="DECLARE of_row bigint; stands jsonb; stood jsonb; last_number integer; said jsonb;",
                                    func="\n            IF TG_OP = 'DELETE' THEN of_row := OLD.id; ELSE of_row := NEW.id; END IF;\n            SELECT (to_jsonb(t) - '{id,loaded,reviewed_by_id,reviewed_at,name_key}'::text[])\n    || jsonb_build_object('contents', (\n        SELECT coalesce(jsonb_agg(jsonb_build_array(i.code, c.mg_per_ml) ORDER BY i.code), '[]'::jsonb)\n          FROM catalogue_productcontent c JOIN catalogue_ingredient i ON i.id = c.ingredient_id\n         WHERE c.product_id = t.id))\n INTO stands FROM catalogue_product t WHERE t.id = of_row;\n            SELECT number, content INTO last_number, stood FROM catalogue_rowversion\n             WHERE kind = 'catalogue.product' AND row_id = of_row ORDER BY number DESC LIMIT 1;\n            IF stands IS NOT NULL AND stands IS DISTINCT FROM stood THEN\n                said := coalesce(nullif(current_setting('mesoclinic.change', true), ''), '{}')::jsonb;\n                INSERT INTO catalogue_rowversion (kind, row_id, number, content, valid_from, by_id, reason)\n                VALUES ('catalogue.product', of_row, coalesce(last_number, 0) + 1, stands,\n                        coalesce((said->>'valid_from')::date, CURRENT_DATE), (said->>'by')::bigint,\n                        coalesce(said->>'reason', ''));\n            END IF;\n            RETURN NULL;\n        ",
                                    hash="6b8cada8702bbc272f874623e7044efa0176803d",
                                    operation="INSERT OR UPDATE",
                                    pgid="pgtrigger_keeps_versions_3a313",
                                    table="catalogue_product",
                                    timing="DEFERRABLE INITIALLY DEFERRED",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="stays_as_stated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF NEW.loaded->>'blocked' = 'true' AND NOT NEW.blocked THEN RAISE EXCEPTION 'A product that its maker or a regulator blocked stays blocked.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW;",
                                    hash="bd453a632b75435e4a8830f52d89b11d0019fb2c",
                                    operation="UPDATE",
                                    pgid="pgtrigger_stays_as_stated_e7fed",
                                    table="catalogue_product",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Gtin",
                    fields=[
                        ("gtin", models.CharField(max_length=14, primary_key=True, serialize=False)),
                        (
                            "product",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="gtins",
                                to="catalogue.product",
                            ),
                        ),
                        (
                            "told_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "told_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(), editable=False
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("gtin__regex", "^[0-9]{14}$")), name="gtin_has_14_digits"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ProductContent",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "product",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="contents",
                                to="catalogue.product",
                            ),
                        ),
                        (
                            "ingredient",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="contents",
                                to="catalogue.ingredient",
                            ),
                        ),
                        (
                            "mg_per_ml",
                            models.DecimalField(
                                blank=True,
                                decimal_places=4,
                                help_text="Empty where the maker does not say.",
                                max_digits=12,
                                null=True,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["product", "pk"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("product", "ingredient"), name="ingredient_once_in_a_product"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("mg_per_ml", None), ("mg_per_ml__gt", 0), _connector="OR"
                                ),
                                name="strength_is_positive",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="keeps_versions",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    constraint="CONSTRAINT",
                                    declare="DECLARE of_row bigint; stands jsonb; stood jsonb; last_number integer; said jsonb;",
                                    func="\n            IF TG_OP = 'DELETE' THEN of_row := OLD.product_id; ELSE of_row := NEW.product_id; END IF;\n            SELECT (to_jsonb(t) - '{id,loaded,reviewed_by_id,reviewed_at,name_key}'::text[])\n    || jsonb_build_object('contents', (\n        SELECT coalesce(jsonb_agg(jsonb_build_array(i.code, c.mg_per_ml) ORDER BY i.code), '[]'::jsonb)\n          FROM catalogue_productcontent c JOIN catalogue_ingredient i ON i.id = c.ingredient_id\n         WHERE c.product_id = t.id))\n INTO stands FROM catalogue_product t WHERE t.id = of_row;\n            SELECT number, content INTO last_number, stood FROM catalogue_rowversion\n             WHERE kind = 'catalogue.product' AND row_id = of_row ORDER BY number DESC LIMIT 1;\n            IF stands IS NOT NULL AND stands IS DISTINCT FROM stood THEN\n                said := coalesce(nullif(current_setting('mesoclinic.change', true), ''), '{}')::jsonb;\n                INSERT INTO catalogue_rowversion (kind, row_id, number, content, valid_from, by_id, reason)\n                VALUES ('catalogue.product', of_row, coalesce(last_number, 0) + 1, stands,\n                        coalesce((said->>'valid_from')::date, CURRENT_DATE), (said->>'by')::bigint,\n                        coalesce(said->>'reason', ''));\n            END IF;\n            RETURN NULL;\n        ",
                                    hash="606200ccc5fbaf1e689088215f09ca66b783804b",
                                    operation="INSERT OR UPDATE OR DELETE",
                                    pgid="pgtrigger_keeps_versions_5b261",
                                    table="catalogue_productcontent",
                                    timing="DEFERRABLE INITIALLY DEFERRED",
                                    when="AFTER",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RowVersion",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("kind", models.CharField(help_text="catalogue.product", max_length=40)),
                        ("row_id", models.BigIntegerField()),
                        ("number", models.PositiveIntegerField()),
                        ("content", models.JSONField(help_text="Every column, as the database writes it.")),
                        ("valid_from", models.DateField()),
                        (
                            "at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(), editable=False
                            ),
                        ),
                        (
                            "by",
                            models.ForeignKey(
                                help_text="Empty: it came with the shipped data.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("reason", models.CharField(blank=True, max_length=200)),
                    ],
                    options={
                        "ordering": ["kind", "row_id", "-number"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("kind", "row_id", "number"),
                                name="versions_of_a_row_follow_each_other",
                            )
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'The history of the catalogue is append-only: add a new row instead.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="cc26cc40afa16a40a1f7b15ea5805975fefa88e3",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_2e359",
                                    table="catalogue_rowversion",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'The history of the catalogue is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="60779e3b07b29b864155982226d6f6aa52a04730",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_512bb",
                                    table="catalogue_rowversion",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="StockMovement",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "lot",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="movements",
                                to="catalogue.lot",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("receive", "Received"),
                                    ("use", "Used in a session"),
                                    ("waste", "Wasted"),
                                    ("return", "Returned to the supplier"),
                                    ("count", "Count correction"),
                                ],
                                max_length=10,
                            ),
                        ),
                        (
                            "ml",
                            models.DecimalField(
                                decimal_places=2, help_text="In above zero, out below.", max_digits=9
                            ),
                        ),
                        ("occurred_on", models.DateField(help_text="The clinic's day.")),
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
                        ("reason", models.CharField(blank=True, max_length=200)),
                    ],
                    options={
                        "ordering": ["lot", "pk"],
                        "indexes": [models.Index(fields=["lot", "at"], name="ledger_by_lot")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("kind__in", ["receive", "use", "waste", "return", "count"])
                                ),
                                name="movement_kind_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("kind", "receive"), ("ml__gt", 0)),
                                    models.Q(("kind__in", ["use", "waste", "return"]), ("ml__lt", 0)),
                                    models.Q(("kind", "count"), models.Q(("ml", 0), _negated=True)),
                                    _connector="OR",
                                ),
                                name="movement_goes_the_right_way",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("kind__in", ["receive", "use"]),
                                    models.Q(("reason", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="movement_says_why",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'The stock ledger is append-only: add a new row instead.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="3b9956c2a52746ab337771d3e3d624f2d9149410",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_77e58",
                                    table="catalogue_stockmovement",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'The stock ledger is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="0b5b01aca319a7cf45ae71011be53213464d31df",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_7fe54",
                                    table="catalogue_stockmovement",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="written_now",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="NEW.at := statement_timestamp(); RETURN NEW;",
                                    hash="0beda3e4e266b03622a6df8c6a42b2ecc63b6c8e",
                                    operation="INSERT",
                                    pgid="pgtrigger_written_now_21ed6",
                                    table="catalogue_stockmovement",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="moves_stock",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="UPDATE catalogue_lot SET on_hand_ml = on_hand_ml + NEW.ml WHERE id = NEW.lot_id; RETURN NULL;",
                                    hash="dca34a12cf89146d89794499b6a6a686c43e3e9b",
                                    operation="INSERT",
                                    pgid="pgtrigger_moves_stock_a1b39",
                                    table="catalogue_stockmovement",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="no_wrong_vial",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (NEW.\"kind\" = 'use')",
                                    declare="DECLARE lot_status text; lot_expires_on date; lot_product bigint;",
                                    func="\n                    SELECT status, expires_on, product_id INTO lot_status, lot_expires_on, lot_product\n                      FROM catalogue_lot WHERE id = NEW.lot_id FOR UPDATE;\n                    IF lot_status <> 'released' THEN RAISE EXCEPTION 'This lot is not released: take another.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n                    IF lot_expires_on < NEW.occurred_on THEN RAISE EXCEPTION 'This lot has expired: take another.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n                    IF EXISTS (SELECT 1 FROM catalogue_productcontent c\n                                 JOIN catalogue_ingredient i ON i.id = c.ingredient_id\n                                WHERE c.product_id = lot_product AND i.status = 'blocked')\n                       OR EXISTS (SELECT 1 FROM catalogue_product p WHERE p.id = lot_product AND p.blocked)\n                    THEN RAISE EXCEPTION 'This product holds a blocked ingredient.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n                    RETURN NEW;\n                ",
                                    hash="bdeb66fa49a07c5350ca7c4b623589f79cb23f9b",
                                    operation="INSERT",
                                    pgid="pgtrigger_no_wrong_vial_8b90a",
                                    table="catalogue_stockmovement",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="opened_is_on_hand",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    constraint="CONSTRAINT",
                                    func="\n                    IF (SELECT coalesce(sum(v.left_ml), 0) FROM catalogue_openedvial v WHERE v.lot_id = NEW.lot_id)\n                       > (SELECT l.on_hand_ml FROM catalogue_lot l WHERE l.id = NEW.lot_id)\n                    THEN RAISE EXCEPTION 'What is left of this lot is in an opened vial: say what is drawn from it.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n                    RETURN NULL;\n                ",
                                    hash="79840ac15ae7bc0377c99d0fa7fa695bb32ec856",
                                    operation="INSERT",
                                    pgid="pgtrigger_opened_is_on_hand_4fe0b",
                                    table="catalogue_stockmovement",
                                    timing="DEFERRABLE INITIALLY DEFERRED",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Stocktake",
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
                                related_name="stocktakes",
                                to="accounts.clinic",
                            ),
                        ),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("counting", "counting"),
                                    ("signed", "signed"),
                                    ("dropped", "dropped"),
                                ],
                                default="counting",
                                max_length=10,
                            ),
                        ),
                        (
                            "begun_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "begun_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(), editable=False
                            ),
                        ),
                        ("note", models.CharField(blank=True, max_length=200)),
                        (
                            "signed_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("signed_at", models.DateTimeField(blank=True, null=True)),
                    ],
                    options={
                        "ordering": ["-pk"],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("status", "counting")),
                                fields=("clinic",),
                                name="one_count_at_a_time",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("status__in", ["counting", "signed", "dropped"])),
                                name="stocktake_status_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("signed_at__isnull", False),
                                        ("signed_by__isnull", False),
                                        ("status", "signed"),
                                    ),
                                    models.Q(
                                        models.Q(("status", "signed"), _negated=True),
                                        ("signed_at", None),
                                        ("signed_by", None),
                                    ),
                                    _connector="OR",
                                ),
                                name="stocktake_signed_by_and_at_together",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="frozen",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF (OLD.status <> 'counting') AND (to_jsonb(OLD) - ARRAY[]::text[]) IS DISTINCT FROM (to_jsonb(NEW) - ARRAY[]::text[]) THEN RAISE EXCEPTION 'A signed stocktake is frozen: correct it by adding, not by changing.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW;",
                                    hash="4d039a65ea7444d495bce9050bd594bb4ecb6599",
                                    operation="UPDATE",
                                    pgid="pgtrigger_frozen_6a2f6",
                                    table="catalogue_stocktake",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="kept",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF (OLD.status <> 'counting') THEN RAISE EXCEPTION 'A signed stocktake is kept: it cannot be deleted.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN OLD;",
                                    hash="bb46acd2fc21a16dcd0cca31c611491a62940032",
                                    operation="DELETE",
                                    pgid="pgtrigger_kept_e7fe8",
                                    table="catalogue_stocktake",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'A signed stocktake is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="3cd5bfcd22c97cbcecad1ad2e21204bb74ffd343",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_d6b01",
                                    table="catalogue_stocktake",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="signed_with_its_corrections",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (NEW.\"status\" = 'signed')",
                                    constraint="CONSTRAINT",
                                    func="\n                    IF EXISTS (SELECT 1 FROM catalogue_stocktakeline s\n                                 LEFT JOIN catalogue_stockmovement m ON m.id = s.movement_id\n                                WHERE s.stocktake_id = NEW.id AND s.counted_ml <> s.expected_ml\n                                  AND (m.id IS NULL OR m.kind <> 'count' OR m.lot_id <> s.lot_id\n                                       OR m.ml <> s.counted_ml - s.expected_ml))\n                    THEN RAISE EXCEPTION 'A stocktake is signed with all its corrections, or not at all.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n                    RETURN NULL;\n                ",
                                    hash="54e8c8f460cbba2ccdb7218fa0ce588b917df8c8",
                                    operation='INSERT OR UPDATE OF "status"',
                                    pgid="pgtrigger_signed_with_its_corrections_d162c",
                                    table="catalogue_stocktake",
                                    timing="DEFERRABLE INITIALLY DEFERRED",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="StocktakeLine",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "stocktake",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="lines",
                                to="catalogue.stocktake",
                            ),
                        ),
                        (
                            "lot",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="catalogue.lot",
                            ),
                        ),
                        ("expected_ml", models.DecimalField(decimal_places=2, max_digits=9)),
                        (
                            "counted_ml",
                            models.DecimalField(blank=True, decimal_places=2, max_digits=9, null=True),
                        ),
                        ("reason", models.CharField(blank=True, max_length=200)),
                        (
                            "movement",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="catalogue.stockmovement",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["stocktake", "pk"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("stocktake", "lot"), name="lot_once_in_a_stocktake"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("expected_ml__gte", 0),
                                    models.Q(("counted_ml", None), ("counted_ml__gte", 0), _connector="OR"),
                                ),
                                name="shelf_holds_no_less_than_nothing",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("movement", None),
                                    models.Q(
                                        ("counted_ml__isnull", False),
                                        models.Q(("counted_ml", models.F("expected_ml")), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="only_a_difference_is_corrected",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="part_of_frozen",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    declare="DECLARE is_frozen boolean;",
                                    func="\n            IF TG_OP = 'UPDATE' THEN\n                IF (to_jsonb(OLD) - ARRAY[]::text[]) IS NOT DISTINCT FROM (to_jsonb(NEW) - ARRAY[]::text[]) THEN\n                    RETURN NEW;\n                END IF;\n            END IF;\n            IF TG_OP <> 'INSERT' THEN\n                SELECT (p.status <> 'counting') INTO is_frozen FROM catalogue_stocktake p WHERE p.id = OLD.stocktake_id FOR SHARE;\n                IF is_frozen THEN RAISE EXCEPTION 'A stocktake is signed: nothing in it changes.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n            END IF;\n            IF TG_OP <> 'DELETE' THEN\n                SELECT (p.status <> 'counting') INTO is_frozen FROM catalogue_stocktake p WHERE p.id = NEW.stocktake_id FOR SHARE;\n                IF is_frozen THEN RAISE EXCEPTION 'A stocktake is signed: nothing in it changes.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n                RETURN NEW;\n            END IF;\n            RETURN OLD;\n        ",
                                    hash="429c5e012f1a92255128e589268a1f9ceed6f038",
                                    operation="INSERT OR UPDATE OR DELETE",
                                    pgid="pgtrigger_part_of_frozen_a782a",
                                    table="catalogue_stocktakeline",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="VialDraw",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "movement",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="draws",
                                to="catalogue.stockmovement",
                            ),
                        ),
                        (
                            "vial",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="draws",
                                to="catalogue.openedvial",
                            ),
                        ),
                        ("ml", models.DecimalField(decimal_places=2, max_digits=9)),
                        (
                            "opens_ml",
                            models.DecimalField(blank=True, decimal_places=2, max_digits=9, null=True),
                        ),
                        (
                            "at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(), editable=False
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("movement", "vial"), name="vial_once_in_a_movement"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("ml__gt", 0)), name="draw_has_a_volume"
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'What was drawn from a vial is append-only: add a new row instead.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="40bb111dce5f4b39d190c4bd65bb13eaa0a59d21",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_3f842",
                                    table="catalogue_vialdraw",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'What was drawn from a vial is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="92f34058a3fa15ee05497b0253255e034e34df4c",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_57480",
                                    table="catalogue_vialdraw",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="a_vial_is_opened",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="\n                    IF NEW.opens_ml IS NOT NULL THEN\n                        INSERT INTO catalogue_openedvial (lot_id, opened_at, opened_by_id, good_until, ml, left_ml)\n                        SELECT l.id, NEW.at, m.by_id,\n                               greatest(NEW.at, least(NEW.at + coalesce(p.in_use_hours, CASE p.presentation WHEN 'multi_dose' THEN 672 WHEN 'single_dose' THEN 1 ELSE 0 END) * interval '1 hour',\n                                        (l.expires_on + 1)::timestamp AT TIME ZONE c.time_zone)),\n                               NEW.opens_ml, NEW.opens_ml\n                          FROM catalogue_stockmovement m\n                          JOIN catalogue_lot l ON l.id = m.lot_id\n                          JOIN catalogue_product p ON p.id = l.product_id\n                          JOIN accounts_clinic c ON c.id = l.clinic_id\n                         WHERE m.id = NEW.movement_id\n                        RETURNING id INTO NEW.vial_id;\n                    ELSIF NEW.vial_id IS NULL THEN\n                        SELECT l.opened_vial_id INTO NEW.vial_id FROM catalogue_stockmovement m\n                          JOIN catalogue_lot l ON l.id = m.lot_id WHERE m.id = NEW.movement_id;\n                    END IF;\n                    RETURN NEW;\n                ",
                                    hash="92ae7d71cce3631a990b4bc3396bd7f6320d79af",
                                    operation="INSERT",
                                    pgid="pgtrigger_a_vial_is_opened_cac8f",
                                    table="catalogue_vialdraw",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="from_a_good_vial",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    declare="DECLARE v catalogue_openedvial%ROWTYPE; m catalogue_stockmovement%ROWTYPE; moment timestamptz;",
                                    func="\n                    SELECT * INTO v FROM catalogue_openedvial WHERE id = NEW.vial_id FOR UPDATE;\n                    SELECT * INTO m FROM catalogue_stockmovement WHERE id = NEW.movement_id;\n                    IF v.lot_id <> m.lot_id THEN RAISE EXCEPTION 'This vial is of another lot.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n                    IF NEW.ml + (SELECT coalesce(sum(d.ml), 0) FROM catalogue_vialdraw d\n                                  WHERE d.movement_id = NEW.movement_id) > -m.ml\n                    THEN RAISE EXCEPTION 'More is drawn from vials than leaves stock.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n                    IF m.kind = 'return' THEN RAISE EXCEPTION 'An opened vial is not returned: it is waste.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n                    IF m.kind = 'use' THEN\n                        SELECT CASE WHEN m.occurred_on < (statement_timestamp() AT TIME ZONE c.time_zone)::date\n                                    THEN m.occurred_on::timestamp AT TIME ZONE c.time_zone\n                                    ELSE statement_timestamp() END INTO moment\n                          FROM catalogue_lot l JOIN accounts_clinic c ON c.id = l.clinic_id WHERE l.id = m.lot_id;\n                        IF v.good_until + interval '1 minute' < moment\n                        THEN RAISE EXCEPTION 'This vial has been open too long: take another.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n                    END IF;\n                    RETURN NEW;\n                ",
                                    hash="73f2388670c3309e9cc5434249a559cd1b467183",
                                    operation="INSERT",
                                    pgid="pgtrigger_from_a_good_vial_0e8ac",
                                    table="catalogue_vialdraw",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="empties_the_vial",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="UPDATE catalogue_openedvial SET left_ml = left_ml - NEW.ml WHERE id = NEW.vial_id; RETURN NULL;",
                                    hash="7f9297379496e891f12322b42300272011f8f2ef",
                                    operation="INSERT",
                                    pgid="pgtrigger_empties_the_vial_11bd6",
                                    table="catalogue_vialdraw",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
            ],
        ),
    ]
