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
        ("conditions", "0001_initial"),
        ("patients", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        mesoclinic.core.migration_operations.CreateModels(
            models=[
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
                                    func="\n            IF TG_OP = 'DELETE' THEN of_row := OLD.id; ELSE of_row := NEW.id; END IF;\n            SELECT (to_jsonb(t) - '{id,loaded,reviewed_by_id,reviewed_at,name_key,received_since}'::text[]) INTO stands FROM catalogue_ingredient t WHERE t.id = of_row;\n            SELECT number, content INTO last_number, stood FROM catalogue_rowversion\n             WHERE kind = 'catalogue.ingredient' AND row_id = of_row ORDER BY number DESC LIMIT 1;\n            IF stands IS NOT NULL AND stands IS DISTINCT FROM stood THEN\n                said := coalesce(nullif(current_setting('mesoclinic.change', true), ''), '{}')::jsonb;\n                INSERT INTO catalogue_rowversion (kind, row_id, number, content, valid_from, by_id, reason)\n                VALUES ('catalogue.ingredient', of_row, coalesce(last_number, 0) + 1, stands,\n                        coalesce((said->>'valid_from')::date, CURRENT_DATE), (said->>'by')::bigint,\n                        coalesce(said->>'reason', ''));\n            END IF;\n            RETURN NULL;\n        ",
                                    hash="46dd302fe4f83af7dad606a2fa8bb0336d655ed4",
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
                                    func="\n                IF NEW.reviewed_at IS NOT NULL AND NEW.reviewed_at IS NOT DISTINCT FROM OLD.reviewed_at\n                   AND (to_jsonb(OLD) - '{id,loaded,reviewed_by_id,reviewed_at,name_key,received_since}'::text[]) IS DISTINCT FROM (to_jsonb(NEW) - '{id,loaded,reviewed_by_id,reviewed_at,name_key,received_since}'::text[]) THEN\n                    NEW.reviewed_at := NULL; NEW.reviewed_by_id := NULL;\n                END IF;\n                RETURN NEW;\n            ",
                                    hash="c7f04c9d83c326854b3df764b390a5b6192919e4",
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
                                    func="\n                IF TG_OP = 'UPDATE' THEN\n                    IF OLD.reviewed_by_id IS NOT DISTINCT FROM NEW.reviewed_by_id\n                       AND OLD.reviewed_at IS NOT DISTINCT FROM NEW.reviewed_at THEN RETURN NEW; END IF;\n                END IF;\n                IF NOT EXISTS (SELECT 1 FROM accounts_membership m\n                                WHERE m.user_id = NEW.reviewed_by_id AND 'clinician' = ANY (m.roles)) THEN\n                    RAISE EXCEPTION 'A clinical row is reviewed by a clinician.' USING ERRCODE = 'integrity_constraint_violation';\n                END IF;\n                RETURN NEW;\n            ",
                                    hash="ad6c990e4ee5e07346935b7851c4895d9358a1e8",
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
                    name="Indication",
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
                            "condition",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="conditions.condition",
                            ),
                        ),
                        (
                            "ingredient",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="catalogue.ingredient",
                            ),
                        ),
                        ("support", models.PositiveSmallIntegerField()),
                        ("evidence_level", models.CharField(max_length=200)),
                        ("remark", models.CharField(blank=True, max_length=200)),
                        (
                            "contested",
                            models.BooleanField(blank=True, help_text="Empty: told by the words.", null=True),
                        ),
                        (
                            "show_as",
                            models.CharField(
                                blank=True, help_text="How a suggestion is to be put.", max_length=80
                            ),
                        ),
                        (
                            "order",
                            models.PositiveSmallIntegerField(
                                blank=True, help_text="Among those of the same support.", null=True
                            ),
                        ),
                        (
                            "basis",
                            models.CharField(
                                choices=[
                                    ("stated", "stated by the source"),
                                    ("partly_sourced", "partly sourced"),
                                    ("inferred", "inferred"),
                                    ("general_knowledge", "general knowledge, to be verified"),
                                    (
                                        "clinic-default",
                                        "a proposal nobody published, for the clinic to confirm",
                                    ),
                                ],
                                max_length=20,
                            ),
                        ),
                    ],
                    options={
                        "ordering": [
                            "condition",
                            "-support",
                            "ingredient__work_order",
                            "ingredient__name_key",
                        ],
                        "abstract": False,
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("reviewed_at", None), ("reviewed_by", None)),
                                    models.Q(("reviewed_at__isnull", False), ("reviewed_by__isnull", False)),
                                    _connector="OR",
                                ),
                                name="indication_reviewed_by_and_at_together",
                            ),
                            models.UniqueConstraint(
                                fields=("condition", "ingredient"), name="indication_stands_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("support__lte", 3)),
                                name="support_runs_from_zero_to_three",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="kept",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'An indication is kept: retire it instead.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="213ff9e8373573d86c0f5bf21c2cccdbe0bf2b64",
                                    operation="DELETE",
                                    pgid="pgtrigger_kept_d6807",
                                    table="catalogue_indication",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'An indication is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="ab0c2293b519bcdfd562eb19dedaef3115384475",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_132f1",
                                    table="catalogue_indication",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="keeps_versions",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    constraint="CONSTRAINT",
                                    declare="DECLARE of_row bigint; stands jsonb; stood jsonb; last_number integer; said jsonb;",
                                    func="\n            IF TG_OP = 'DELETE' THEN of_row := OLD.id; ELSE of_row := NEW.id; END IF;\n            SELECT (to_jsonb(t) - '{id,loaded,reviewed_by_id,reviewed_at,name_key,received_since}'::text[]) INTO stands FROM catalogue_indication t WHERE t.id = of_row;\n            SELECT number, content INTO last_number, stood FROM catalogue_rowversion\n             WHERE kind = 'catalogue.indication' AND row_id = of_row ORDER BY number DESC LIMIT 1;\n            IF stands IS NOT NULL AND stands IS DISTINCT FROM stood THEN\n                said := coalesce(nullif(current_setting('mesoclinic.change', true), ''), '{}')::jsonb;\n                INSERT INTO catalogue_rowversion (kind, row_id, number, content, valid_from, by_id, reason)\n                VALUES ('catalogue.indication', of_row, coalesce(last_number, 0) + 1, stands,\n                        coalesce((said->>'valid_from')::date, CURRENT_DATE), (said->>'by')::bigint,\n                        coalesce(said->>'reason', ''));\n            END IF;\n            RETURN NULL;\n        ",
                                    hash="57f6b9931b14b75db1084e6f2868c7b78d7f9542",
                                    operation="INSERT OR UPDATE",
                                    pgid="pgtrigger_keeps_versions_c0d16",
                                    table="catalogue_indication",
                                    timing="DEFERRABLE INITIALLY DEFERRED",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="review_is_of_what_stands",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="\n                IF NEW.reviewed_at IS NOT NULL AND NEW.reviewed_at IS NOT DISTINCT FROM OLD.reviewed_at\n                   AND (to_jsonb(OLD) - '{id,loaded,reviewed_by_id,reviewed_at,name_key,received_since}'::text[]) IS DISTINCT FROM (to_jsonb(NEW) - '{id,loaded,reviewed_by_id,reviewed_at,name_key,received_since}'::text[]) THEN\n                    NEW.reviewed_at := NULL; NEW.reviewed_by_id := NULL;\n                END IF;\n                RETURN NEW;\n            ",
                                    hash="0a2586ad427e612cca9653cfb771a1a659ea2b01",
                                    operation="UPDATE",
                                    pgid="pgtrigger_review_is_of_what_stands_c73ea",
                                    table="catalogue_indication",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="reviewed_by_a_clinician",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (NEW."reviewed_by_id" IS NOT NULL)',
                                    func="\n                IF TG_OP = 'UPDATE' THEN\n                    IF OLD.reviewed_by_id IS NOT DISTINCT FROM NEW.reviewed_by_id\n                       AND OLD.reviewed_at IS NOT DISTINCT FROM NEW.reviewed_at THEN RETURN NEW; END IF;\n                END IF;\n                IF NOT EXISTS (SELECT 1 FROM accounts_membership m\n                                WHERE m.user_id = NEW.reviewed_by_id AND 'clinician' = ANY (m.roles)) THEN\n                    RAISE EXCEPTION 'A clinical row is reviewed by a clinician.' USING ERRCODE = 'integrity_constraint_violation';\n                END IF;\n                RETURN NEW;\n            ",
                                    hash="908141efe92114cc11679027965cb729d33b2399",
                                    operation="INSERT OR UPDATE",
                                    pgid="pgtrigger_reviewed_by_a_clinician_38d69",
                                    table="catalogue_indication",
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
                                    ("studied_volume", "highest studied volume"),
                                    ("reference_handbook", "top of a handbook's range"),
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
                                    func="\n            IF TG_OP = 'DELETE' THEN of_row := OLD.id; ELSE of_row := NEW.id; END IF;\n            SELECT (to_jsonb(t) - '{id,loaded,reviewed_by_id,reviewed_at,name_key,received_since}'::text[]) INTO stands FROM catalogue_doselimit t WHERE t.id = of_row;\n            SELECT number, content INTO last_number, stood FROM catalogue_rowversion\n             WHERE kind = 'catalogue.doselimit' AND row_id = of_row ORDER BY number DESC LIMIT 1;\n            IF stands IS NOT NULL AND stands IS DISTINCT FROM stood THEN\n                said := coalesce(nullif(current_setting('mesoclinic.change', true), ''), '{}')::jsonb;\n                INSERT INTO catalogue_rowversion (kind, row_id, number, content, valid_from, by_id, reason)\n                VALUES ('catalogue.doselimit', of_row, coalesce(last_number, 0) + 1, stands,\n                        coalesce((said->>'valid_from')::date, CURRENT_DATE), (said->>'by')::bigint,\n                        coalesce(said->>'reason', ''));\n            END IF;\n            RETURN NULL;\n        ",
                                    hash="c5a4ad16eecc3459341d69f9758c1b8a7e68d314",
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
                                    func="\n                IF NEW.reviewed_at IS NOT NULL AND NEW.reviewed_at IS NOT DISTINCT FROM OLD.reviewed_at\n                   AND (to_jsonb(OLD) - '{id,loaded,reviewed_by_id,reviewed_at,name_key,received_since}'::text[]) IS DISTINCT FROM (to_jsonb(NEW) - '{id,loaded,reviewed_by_id,reviewed_at,name_key,received_since}'::text[]) THEN\n                    NEW.reviewed_at := NULL; NEW.reviewed_by_id := NULL;\n                END IF;\n                RETURN NEW;\n            ",
                                    hash="ccb02647f770ba8a491bb94c3e383c981b7190c8",
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
                                    func="\n                IF TG_OP = 'UPDATE' THEN\n                    IF OLD.reviewed_by_id IS NOT DISTINCT FROM NEW.reviewed_by_id\n                       AND OLD.reviewed_at IS NOT DISTINCT FROM NEW.reviewed_at THEN RETURN NEW; END IF;\n                END IF;\n                IF NOT EXISTS (SELECT 1 FROM accounts_membership m\n                                WHERE m.user_id = NEW.reviewed_by_id AND 'clinician' = ANY (m.roles)) THEN\n                    RAISE EXCEPTION 'A clinical row is reviewed by a clinician.' USING ERRCODE = 'integrity_constraint_violation';\n                END IF;\n                RETURN NEW;\n            ",
                                    hash="c25a42d3dae1e0bef1dd4dfc1ea7ed18c436a83d",
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
                    name="DoseCoverage",
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
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="coverage",
                                to="catalogue.ingredient",
                            ),
                        ),
                        (
                            "highest_dose",
                            models.DecimalField(blank=True, decimal_places=4, max_digits=12, null=True),
                        ),
                        ("unit", models.CharField(blank=True, max_length=10)),
                        ("period", models.CharField(blank=True, max_length=20)),
                        ("concentration", models.CharField(blank=True, max_length=120)),
                        ("population", models.CharField(blank=True, max_length=120)),
                        ("kind", models.CharField(max_length=20)),
                        ("level_over", models.CharField(max_length=20)),
                        ("reason", models.TextField(blank=True, help_text="Why no figure is on file.")),
                        ("screen_text", models.TextField()),
                        ("note", models.TextField(blank=True)),
                        (
                            "basis",
                            models.CharField(
                                choices=[
                                    ("stated", "stated by the source"),
                                    ("partly_sourced", "partly sourced"),
                                    ("inferred", "inferred"),
                                    ("general_knowledge", "general knowledge, to be verified"),
                                    (
                                        "clinic-default",
                                        "a proposal nobody published, for the clinic to confirm",
                                    ),
                                ],
                                max_length=20,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["ingredient"],
                        "abstract": False,
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("reviewed_at", None), ("reviewed_by", None)),
                                    models.Q(("reviewed_at__isnull", False), ("reviewed_by__isnull", False)),
                                    _connector="OR",
                                ),
                                name="dosecoverage_reviewed_by_and_at_together",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("highest_dose__isnull", False),
                                    models.Q(("reason", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="dose_coverage_has_a_figure_or_a_reason",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="kept",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'What is known of a dose is kept: retire it instead.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="5e277695c5aefa96ac2efabb2c5e4ecb6e66ec55",
                                    operation="DELETE",
                                    pgid="pgtrigger_kept_535bf",
                                    table="catalogue_dosecoverage",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'What is known of a dose is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="8e3f49f6f08f443bb15a33af7b5a04577b56aef7",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_2af31",
                                    table="catalogue_dosecoverage",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="keeps_versions",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    constraint="CONSTRAINT",
                                    declare="DECLARE of_row bigint; stands jsonb; stood jsonb; last_number integer; said jsonb;",
                                    func="\n            IF TG_OP = 'DELETE' THEN of_row := OLD.id; ELSE of_row := NEW.id; END IF;\n            SELECT (to_jsonb(t) - '{id,loaded,reviewed_by_id,reviewed_at,name_key,received_since}'::text[]) INTO stands FROM catalogue_dosecoverage t WHERE t.id = of_row;\n            SELECT number, content INTO last_number, stood FROM catalogue_rowversion\n             WHERE kind = 'catalogue.dosecoverage' AND row_id = of_row ORDER BY number DESC LIMIT 1;\n            IF stands IS NOT NULL AND stands IS DISTINCT FROM stood THEN\n                said := coalesce(nullif(current_setting('mesoclinic.change', true), ''), '{}')::jsonb;\n                INSERT INTO catalogue_rowversion (kind, row_id, number, content, valid_from, by_id, reason)\n                VALUES ('catalogue.dosecoverage', of_row, coalesce(last_number, 0) + 1, stands,\n                        coalesce((said->>'valid_from')::date, CURRENT_DATE), (said->>'by')::bigint,\n                        coalesce(said->>'reason', ''));\n            END IF;\n            RETURN NULL;\n        ",
                                    hash="965fac17ea97f623229c08a907c612efe1c82920",
                                    operation="INSERT OR UPDATE",
                                    pgid="pgtrigger_keeps_versions_8df43",
                                    table="catalogue_dosecoverage",
                                    timing="DEFERRABLE INITIALLY DEFERRED",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="review_is_of_what_stands",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="\n                IF NEW.reviewed_at IS NOT NULL AND NEW.reviewed_at IS NOT DISTINCT FROM OLD.reviewed_at\n                   AND (to_jsonb(OLD) - '{id,loaded,reviewed_by_id,reviewed_at,name_key,received_since}'::text[]) IS DISTINCT FROM (to_jsonb(NEW) - '{id,loaded,reviewed_by_id,reviewed_at,name_key,received_since}'::text[]) THEN\n                    NEW.reviewed_at := NULL; NEW.reviewed_by_id := NULL;\n                END IF;\n                RETURN NEW;\n            ",
                                    hash="7584de97d57ba7790c81a68b86c857798652e979",
                                    operation="UPDATE",
                                    pgid="pgtrigger_review_is_of_what_stands_3f0ac",
                                    table="catalogue_dosecoverage",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="reviewed_by_a_clinician",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (NEW."reviewed_by_id" IS NOT NULL)',
                                    func="\n                IF TG_OP = 'UPDATE' THEN\n                    IF OLD.reviewed_by_id IS NOT DISTINCT FROM NEW.reviewed_by_id\n                       AND OLD.reviewed_at IS NOT DISTINCT FROM NEW.reviewed_at THEN RETURN NEW; END IF;\n                END IF;\n                IF NOT EXISTS (SELECT 1 FROM accounts_membership m\n                                WHERE m.user_id = NEW.reviewed_by_id AND 'clinician' = ANY (m.roles)) THEN\n                    RAISE EXCEPTION 'A clinical row is reviewed by a clinician.' USING ERRCODE = 'integrity_constraint_violation';\n                END IF;\n                RETURN NEW;\n            ",
                                    hash="cee757e75016c60f02aeea154d5552c9d5a3b488",
                                    operation="INSERT OR UPDATE",
                                    pgid="pgtrigger_reviewed_by_a_clinician_d0251",
                                    table="catalogue_dosecoverage",
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
                                    (
                                        "clinic-default",
                                        "a proposal nobody published, for the clinic to confirm",
                                    ),
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
                                    func="\n            IF TG_OP = 'DELETE' THEN of_row := OLD.id; ELSE of_row := NEW.id; END IF;\n            SELECT (to_jsonb(t) - '{id,loaded,reviewed_by_id,reviewed_at,name_key,received_since}'::text[]) INTO stands FROM catalogue_contraindication t WHERE t.id = of_row;\n            SELECT number, content INTO last_number, stood FROM catalogue_rowversion\n             WHERE kind = 'catalogue.contraindication' AND row_id = of_row ORDER BY number DESC LIMIT 1;\n            IF stands IS NOT NULL AND stands IS DISTINCT FROM stood THEN\n                said := coalesce(nullif(current_setting('mesoclinic.change', true), ''), '{}')::jsonb;\n                INSERT INTO catalogue_rowversion (kind, row_id, number, content, valid_from, by_id, reason)\n                VALUES ('catalogue.contraindication', of_row, coalesce(last_number, 0) + 1, stands,\n                        coalesce((said->>'valid_from')::date, CURRENT_DATE), (said->>'by')::bigint,\n                        coalesce(said->>'reason', ''));\n            END IF;\n            RETURN NULL;\n        ",
                                    hash="e0d0d94a12dbc3e8abc27800b884cc0608ca799e",
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
                                    func="\n                IF NEW.reviewed_at IS NOT NULL AND NEW.reviewed_at IS NOT DISTINCT FROM OLD.reviewed_at\n                   AND (to_jsonb(OLD) - '{id,loaded,reviewed_by_id,reviewed_at,name_key,received_since}'::text[]) IS DISTINCT FROM (to_jsonb(NEW) - '{id,loaded,reviewed_by_id,reviewed_at,name_key,received_since}'::text[]) THEN\n                    NEW.reviewed_at := NULL; NEW.reviewed_by_id := NULL;\n                END IF;\n                RETURN NEW;\n            ",
                                    hash="21af47dad23312c09e77bf310db48d6843d22df1",
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
                                    func="\n                IF TG_OP = 'UPDATE' THEN\n                    IF OLD.reviewed_by_id IS NOT DISTINCT FROM NEW.reviewed_by_id\n                       AND OLD.reviewed_at IS NOT DISTINCT FROM NEW.reviewed_at THEN RETURN NEW; END IF;\n                END IF;\n                IF NOT EXISTS (SELECT 1 FROM accounts_membership m\n                                WHERE m.user_id = NEW.reviewed_by_id AND 'clinician' = ANY (m.roles)) THEN\n                    RAISE EXCEPTION 'A clinical row is reviewed by a clinician.' USING ERRCODE = 'integrity_constraint_violation';\n                END IF;\n                RETURN NEW;\n            ",
                                    hash="94dd2008b87dbae51034782a72db3efe59f5544c",
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
                    name="BloodLimit",
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
                            "ingredient",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="blood_limits",
                                to="catalogue.ingredient",
                            ),
                        ),
                        ("minutes", models.PositiveSmallIntegerField()),
                        ("why", models.CharField(max_length=300)),
                        ("note", models.CharField(blank=True, max_length=200)),
                        (
                            "basis",
                            models.CharField(
                                choices=[
                                    ("stated", "stated by the source"),
                                    ("partly_sourced", "partly sourced"),
                                    ("inferred", "inferred"),
                                    ("general_knowledge", "general knowledge, to be verified"),
                                    (
                                        "clinic-default",
                                        "a proposal nobody published, for the clinic to confirm",
                                    ),
                                ],
                                max_length=20,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["ingredient", "minutes"],
                        "abstract": False,
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("reviewed_at", None), ("reviewed_by", None)),
                                    models.Q(("reviewed_at__isnull", False), ("reviewed_by__isnull", False)),
                                    _connector="OR",
                                ),
                                name="bloodlimit_reviewed_by_and_at_together",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("minutes__gt", 0)), name="blood_limit_is_above_zero"
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="kept",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'A blood limit is kept: retire it instead.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="c67ccd33f59eb2ca6232f965e3cb885797674de3",
                                    operation="DELETE",
                                    pgid="pgtrigger_kept_bf889",
                                    table="catalogue_bloodlimit",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'A blood limit is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="2d1444660a8d0123beea5fa217b5d15156343a9c",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_0fe23",
                                    table="catalogue_bloodlimit",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="keeps_versions",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    constraint="CONSTRAINT",
                                    declare="DECLARE of_row bigint; stands jsonb; stood jsonb; last_number integer; said jsonb;",
                                    func="\n            IF TG_OP = 'DELETE' THEN of_row := OLD.id; ELSE of_row := NEW.id; END IF;\n            SELECT (to_jsonb(t) - '{id,loaded,reviewed_by_id,reviewed_at,name_key,received_since}'::text[]) INTO stands FROM catalogue_bloodlimit t WHERE t.id = of_row;\n            SELECT number, content INTO last_number, stood FROM catalogue_rowversion\n             WHERE kind = 'catalogue.bloodlimit' AND row_id = of_row ORDER BY number DESC LIMIT 1;\n            IF stands IS NOT NULL AND stands IS DISTINCT FROM stood THEN\n                said := coalesce(nullif(current_setting('mesoclinic.change', true), ''), '{}')::jsonb;\n                INSERT INTO catalogue_rowversion (kind, row_id, number, content, valid_from, by_id, reason)\n                VALUES ('catalogue.bloodlimit', of_row, coalesce(last_number, 0) + 1, stands,\n                        coalesce((said->>'valid_from')::date, CURRENT_DATE), (said->>'by')::bigint,\n                        coalesce(said->>'reason', ''));\n            END IF;\n            RETURN NULL;\n        ",
                                    hash="4333d3adddf3fbb1b153f6fcb04bc5a8fa75248d",
                                    operation="INSERT OR UPDATE",
                                    pgid="pgtrigger_keeps_versions_723e9",
                                    table="catalogue_bloodlimit",
                                    timing="DEFERRABLE INITIALLY DEFERRED",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="review_is_of_what_stands",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="\n                IF NEW.reviewed_at IS NOT NULL AND NEW.reviewed_at IS NOT DISTINCT FROM OLD.reviewed_at\n                   AND (to_jsonb(OLD) - '{id,loaded,reviewed_by_id,reviewed_at,name_key,received_since}'::text[]) IS DISTINCT FROM (to_jsonb(NEW) - '{id,loaded,reviewed_by_id,reviewed_at,name_key,received_since}'::text[]) THEN\n                    NEW.reviewed_at := NULL; NEW.reviewed_by_id := NULL;\n                END IF;\n                RETURN NEW;\n            ",
                                    hash="8dfb2ffb661829e15ee7bffb79248ece8a3a21cb",
                                    operation="UPDATE",
                                    pgid="pgtrigger_review_is_of_what_stands_2e345",
                                    table="catalogue_bloodlimit",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="reviewed_by_a_clinician",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (NEW."reviewed_by_id" IS NOT NULL)',
                                    func="\n                IF TG_OP = 'UPDATE' THEN\n                    IF OLD.reviewed_by_id IS NOT DISTINCT FROM NEW.reviewed_by_id\n                       AND OLD.reviewed_at IS NOT DISTINCT FROM NEW.reviewed_at THEN RETURN NEW; END IF;\n                END IF;\n                IF NOT EXISTS (SELECT 1 FROM accounts_membership m\n                                WHERE m.user_id = NEW.reviewed_by_id AND 'clinician' = ANY (m.roles)) THEN\n                    RAISE EXCEPTION 'A clinical row is reviewed by a clinician.' USING ERRCODE = 'integrity_constraint_violation';\n                END IF;\n                RETURN NEW;\n            ",
                                    hash="3d6a7b14253240ac5b94d13d646e2814e03f6722",
                                    operation="INSERT OR UPDATE",
                                    pgid="pgtrigger_reviewed_by_a_clinician_07ed5",
                                    table="catalogue_bloodlimit",
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
                                    (
                                        "clinic-default",
                                        "a proposal nobody published, for the clinic to confirm",
                                    ),
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
                                    func="\n            IF TG_OP = 'DELETE' THEN of_row := OLD.id; ELSE of_row := NEW.id; END IF;\n            SELECT (to_jsonb(t) - '{id,loaded,reviewed_by_id,reviewed_at,name_key,received_since}'::text[]) INTO stands FROM catalogue_interaction t WHERE t.id = of_row;\n            SELECT number, content INTO last_number, stood FROM catalogue_rowversion\n             WHERE kind = 'catalogue.interaction' AND row_id = of_row ORDER BY number DESC LIMIT 1;\n            IF stands IS NOT NULL AND stands IS DISTINCT FROM stood THEN\n                said := coalesce(nullif(current_setting('mesoclinic.change', true), ''), '{}')::jsonb;\n                INSERT INTO catalogue_rowversion (kind, row_id, number, content, valid_from, by_id, reason)\n                VALUES ('catalogue.interaction', of_row, coalesce(last_number, 0) + 1, stands,\n                        coalesce((said->>'valid_from')::date, CURRENT_DATE), (said->>'by')::bigint,\n                        coalesce(said->>'reason', ''));\n            END IF;\n            RETURN NULL;\n        ",
                                    hash="959058587f4be87d0532766300558f1da0037a87",
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
                                    func="\n                IF NEW.reviewed_at IS NOT NULL AND NEW.reviewed_at IS NOT DISTINCT FROM OLD.reviewed_at\n                   AND (to_jsonb(OLD) - '{id,loaded,reviewed_by_id,reviewed_at,name_key,received_since}'::text[]) IS DISTINCT FROM (to_jsonb(NEW) - '{id,loaded,reviewed_by_id,reviewed_at,name_key,received_since}'::text[]) THEN\n                    NEW.reviewed_at := NULL; NEW.reviewed_by_id := NULL;\n                END IF;\n                RETURN NEW;\n            ",
                                    hash="99107236770e5eb0ecd453b6bb29af541654b87b",
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
                                    func="\n                IF TG_OP = 'UPDATE' THEN\n                    IF OLD.reviewed_by_id IS NOT DISTINCT FROM NEW.reviewed_by_id\n                       AND OLD.reviewed_at IS NOT DISTINCT FROM NEW.reviewed_at THEN RETURN NEW; END IF;\n                END IF;\n                IF NOT EXISTS (SELECT 1 FROM accounts_membership m\n                                WHERE m.user_id = NEW.reviewed_by_id AND 'clinician' = ANY (m.roles)) THEN\n                    RAISE EXCEPTION 'A clinical row is reviewed by a clinician.' USING ERRCODE = 'integrity_constraint_violation';\n                END IF;\n                RETURN NEW;\n            ",
                                    hash="621db000c097cea474254c452bdaa38f495dfb09",
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
                    name="Interval",
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
                        (
                            "scope",
                            models.CharField(
                                choices=[
                                    ("any", "any"),
                                    ("ingredient", "ingredient"),
                                    ("protocol", "protocol"),
                                    ("pair", "pair"),
                                    ("event", "event"),
                                ],
                                max_length=12,
                            ),
                        ),
                        (
                            "subject",
                            models.CharField(
                                help_text="An ingredient, a protocol, or in words what it is.", max_length=80
                            ),
                        ),
                        ("usual_days", models.CharField(blank=True, max_length=40)),
                        ("min_days", models.PositiveSmallIntegerField(blank=True, null=True)),
                        (
                            "early_from_days",
                            models.PositiveSmallIntegerField(
                                blank=True, help_text="From here on it is not early any more.", null=True
                            ),
                        ),
                        ("max_days", models.PositiveSmallIntegerField(blank=True, null=True)),
                        ("below_min_level", models.CharField(max_length=20)),
                        ("early_level", models.CharField(max_length=20)),
                        ("above_max_level", models.CharField(max_length=20)),
                        ("finding", models.CharField(help_text="Code of the finding.", max_length=60)),
                        ("screen_below", models.CharField(blank=True, max_length=300)),
                        ("screen_above", models.CharField(blank=True, max_length=300)),
                        ("clears", models.CharField(blank=True, max_length=80)),
                        ("note", models.TextField(blank=True)),
                        (
                            "basis",
                            models.CharField(
                                choices=[
                                    ("stated", "stated by the source"),
                                    ("partly_sourced", "partly sourced"),
                                    ("inferred", "inferred"),
                                    ("general_knowledge", "general knowledge, to be verified"),
                                    (
                                        "clinic-default",
                                        "a proposal nobody published, for the clinic to confirm",
                                    ),
                                ],
                                max_length=20,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["code"],
                        "abstract": False,
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("reviewed_at", None), ("reviewed_by", None)),
                                    models.Q(("reviewed_at__isnull", False), ("reviewed_by__isnull", False)),
                                    _connector="OR",
                                ),
                                name="interval_reviewed_by_and_at_together",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("scope__in", ("any", "ingredient", "protocol", "pair", "event"))
                                ),
                                name="interval_scope_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "above_max_level__in",
                                        ("block_fixed", "block_overridable", "warn", "none"),
                                    ),
                                    (
                                        "below_min_level__in",
                                        ("block_fixed", "block_overridable", "warn", "none"),
                                    ),
                                    ("early_level__in", ("block_fixed", "block_overridable", "warn", "none")),
                                ),
                                name="interval_levels_are_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("min_days", None),
                                    ("max_days", None),
                                    ("max_days__gte", models.F("min_days")),
                                    _connector="OR",
                                ),
                                name="interval_runs_from_fewest_to_most",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="kept",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'An interval is kept: retire it instead.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="3c4c2fa10116916ad127f1336e7f88dced6146e3",
                                    operation="DELETE",
                                    pgid="pgtrigger_kept_d4c7f",
                                    table="catalogue_interval",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'An interval is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="d9d65531a54895bde4809b622143deef216e232b",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_322da",
                                    table="catalogue_interval",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="keeps_versions",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    constraint="CONSTRAINT",
                                    declare="DECLARE of_row bigint; stands jsonb; stood jsonb; last_number integer; said jsonb;",
                                    func="\n            IF TG_OP = 'DELETE' THEN of_row := OLD.id; ELSE of_row := NEW.id; END IF;\n            SELECT (to_jsonb(t) - '{id,loaded,reviewed_by_id,reviewed_at,name_key,received_since}'::text[]) INTO stands FROM catalogue_interval t WHERE t.id = of_row;\n            SELECT number, content INTO last_number, stood FROM catalogue_rowversion\n             WHERE kind = 'catalogue.interval' AND row_id = of_row ORDER BY number DESC LIMIT 1;\n            IF stands IS NOT NULL AND stands IS DISTINCT FROM stood THEN\n                said := coalesce(nullif(current_setting('mesoclinic.change', true), ''), '{}')::jsonb;\n                INSERT INTO catalogue_rowversion (kind, row_id, number, content, valid_from, by_id, reason)\n                VALUES ('catalogue.interval', of_row, coalesce(last_number, 0) + 1, stands,\n                        coalesce((said->>'valid_from')::date, CURRENT_DATE), (said->>'by')::bigint,\n                        coalesce(said->>'reason', ''));\n            END IF;\n            RETURN NULL;\n        ",
                                    hash="89a9fbd740f81190145f110be39385f538fb3633",
                                    operation="INSERT OR UPDATE",
                                    pgid="pgtrigger_keeps_versions_c33c7",
                                    table="catalogue_interval",
                                    timing="DEFERRABLE INITIALLY DEFERRED",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="review_is_of_what_stands",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="\n                IF NEW.reviewed_at IS NOT NULL AND NEW.reviewed_at IS NOT DISTINCT FROM OLD.reviewed_at\n                   AND (to_jsonb(OLD) - '{id,loaded,reviewed_by_id,reviewed_at,name_key,received_since}'::text[]) IS DISTINCT FROM (to_jsonb(NEW) - '{id,loaded,reviewed_by_id,reviewed_at,name_key,received_since}'::text[]) THEN\n                    NEW.reviewed_at := NULL; NEW.reviewed_by_id := NULL;\n                END IF;\n                RETURN NEW;\n            ",
                                    hash="f4894cd9771883a8131f675ceff2514966819667",
                                    operation="UPDATE",
                                    pgid="pgtrigger_review_is_of_what_stands_7315a",
                                    table="catalogue_interval",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="reviewed_by_a_clinician",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (NEW."reviewed_by_id" IS NOT NULL)',
                                    func="\n                IF TG_OP = 'UPDATE' THEN\n                    IF OLD.reviewed_by_id IS NOT DISTINCT FROM NEW.reviewed_by_id\n                       AND OLD.reviewed_at IS NOT DISTINCT FROM NEW.reviewed_at THEN RETURN NEW; END IF;\n                END IF;\n                IF NOT EXISTS (SELECT 1 FROM accounts_membership m\n                                WHERE m.user_id = NEW.reviewed_by_id AND 'clinician' = ANY (m.roles)) THEN\n                    RAISE EXCEPTION 'A clinical row is reviewed by a clinician.' USING ERRCODE = 'integrity_constraint_violation';\n                END IF;\n                RETURN NEW;\n            ",
                                    hash="3a497caacaf5f6d04f463a6fdac9b0a6af7bba6b",
                                    operation="INSERT OR UPDATE",
                                    pgid="pgtrigger_reviewed_by_a_clinician_47e69",
                                    table="catalogue_interval",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="OtherTreatment",
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
                            "condition",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="conditions.condition",
                            ),
                        ),
                        ("name", models.CharField(max_length=120)),
                        (
                            "support",
                            models.PositiveSmallIntegerField(
                                blank=True, help_text="Empty: nothing to grade.", null=True
                            ),
                        ),
                        ("text", models.CharField(max_length=200)),
                        ("limit", models.CharField(blank=True, max_length=120)),
                        ("contested", models.BooleanField(default=False)),
                        ("show_as", models.CharField(max_length=80)),
                        ("order", models.PositiveSmallIntegerField()),
                        (
                            "question",
                            models.CharField(
                                blank=True,
                                help_text="The intake question whose answer brings it.",
                                max_length=40,
                            ),
                        ),
                        (
                            "answers",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=120),
                                blank=True,
                                default=list,
                                size=None,
                            ),
                        ),
                        (
                            "basis",
                            models.CharField(
                                choices=[
                                    ("stated", "stated by the source"),
                                    ("partly_sourced", "partly sourced"),
                                    ("inferred", "inferred"),
                                    ("general_knowledge", "general knowledge, to be verified"),
                                    (
                                        "clinic-default",
                                        "a proposal nobody published, for the clinic to confirm",
                                    ),
                                ],
                                max_length=20,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["condition", "order", "name"],
                        "abstract": False,
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("reviewed_at", None), ("reviewed_by", None)),
                                    models.Q(("reviewed_at__isnull", False), ("reviewed_by__isnull", False)),
                                    _connector="OR",
                                ),
                                name="othertreatment_reviewed_by_and_at_together",
                            ),
                            models.UniqueConstraint(
                                fields=("condition", "name"), name="other_treatment_stands_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("support", None), ("support__lte", 3), _connector="OR"),
                                name="other_support_runs_from_zero_to_three",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("answers", []), ("question", "")),
                                    models.Q(
                                        models.Q(("question", ""), _negated=True),
                                        models.Q(("answers", []), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="other_treatment_answers_a_question",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="kept",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'Another treatment is kept: retire it instead.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="745ea633af74c222e2368fac2e220bc74efd600b",
                                    operation="DELETE",
                                    pgid="pgtrigger_kept_38f6f",
                                    table="catalogue_othertreatment",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'Another treatment is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="7291ad807f53f616e3d79ecab8f2a4d2975034cf",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_a298c",
                                    table="catalogue_othertreatment",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="keeps_versions",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    constraint="CONSTRAINT",
                                    declare="DECLARE of_row bigint; stands jsonb; stood jsonb; last_number integer; said jsonb;",
                                    func="\n            IF TG_OP = 'DELETE' THEN of_row := OLD.id; ELSE of_row := NEW.id; END IF;\n            SELECT (to_jsonb(t) - '{id,loaded,reviewed_by_id,reviewed_at,name_key,received_since}'::text[]) INTO stands FROM catalogue_othertreatment t WHERE t.id = of_row;\n            SELECT number, content INTO last_number, stood FROM catalogue_rowversion\n             WHERE kind = 'catalogue.othertreatment' AND row_id = of_row ORDER BY number DESC LIMIT 1;\n            IF stands IS NOT NULL AND stands IS DISTINCT FROM stood THEN\n                said := coalesce(nullif(current_setting('mesoclinic.change', true), ''), '{}')::jsonb;\n                INSERT INTO catalogue_rowversion (kind, row_id, number, content, valid_from, by_id, reason)\n                VALUES ('catalogue.othertreatment', of_row, coalesce(last_number, 0) + 1, stands,\n                        coalesce((said->>'valid_from')::date, CURRENT_DATE), (said->>'by')::bigint,\n                        coalesce(said->>'reason', ''));\n            END IF;\n            RETURN NULL;\n        ",
                                    hash="8f9cb79c138803dca67c30f672c2c97335f80bbc",
                                    operation="INSERT OR UPDATE",
                                    pgid="pgtrigger_keeps_versions_6228d",
                                    table="catalogue_othertreatment",
                                    timing="DEFERRABLE INITIALLY DEFERRED",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="review_is_of_what_stands",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="\n                IF NEW.reviewed_at IS NOT NULL AND NEW.reviewed_at IS NOT DISTINCT FROM OLD.reviewed_at\n                   AND (to_jsonb(OLD) - '{id,loaded,reviewed_by_id,reviewed_at,name_key,received_since}'::text[]) IS DISTINCT FROM (to_jsonb(NEW) - '{id,loaded,reviewed_by_id,reviewed_at,name_key,received_since}'::text[]) THEN\n                    NEW.reviewed_at := NULL; NEW.reviewed_by_id := NULL;\n                END IF;\n                RETURN NEW;\n            ",
                                    hash="e561cef4ac013994ac355a23732f7edadf381d88",
                                    operation="UPDATE",
                                    pgid="pgtrigger_review_is_of_what_stands_c51c6",
                                    table="catalogue_othertreatment",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="reviewed_by_a_clinician",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (NEW."reviewed_by_id" IS NOT NULL)',
                                    func="\n                IF TG_OP = 'UPDATE' THEN\n                    IF OLD.reviewed_by_id IS NOT DISTINCT FROM NEW.reviewed_by_id\n                       AND OLD.reviewed_at IS NOT DISTINCT FROM NEW.reviewed_at THEN RETURN NEW; END IF;\n                END IF;\n                IF NOT EXISTS (SELECT 1 FROM accounts_membership m\n                                WHERE m.user_id = NEW.reviewed_by_id AND 'clinician' = ANY (m.roles)) THEN\n                    RAISE EXCEPTION 'A clinical row is reviewed by a clinician.' USING ERRCODE = 'integrity_constraint_violation';\n                END IF;\n                RETURN NEW;\n            ",
                                    hash="98b8f72c31f5fca5ec96896373a005e866b41ce6",
                                    operation="INSERT OR UPDATE",
                                    pgid="pgtrigger_reviewed_by_a_clinician_5cfbb",
                                    table="catalogue_othertreatment",
                                    when="BEFORE",
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
                                    ("kit", "kit for the patient’s own blood"),
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
                            "received_since",
                            models.DateField(
                                blank=True,
                                editable=False,
                                help_text="The day its first lot came; from then on its contents stay.",
                                null=True,
                            ),
                        ),
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
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("presentation", "kit"), _negated=True),
                                    models.Q(
                                        ("container_ml__isnull", False),
                                        models.Q(
                                            ("in_use_hours", None), ("in_use_hours", 0), _connector="OR"
                                        ),
                                    ),
                                    _connector="OR",
                                ),
                                name="kit_gives_so_much_and_keeps_nothing",
                                violation_error_message="A kit says the most ml it gives, and keeps nothing once opened.",
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
                                    func="\n            IF TG_OP = 'DELETE' THEN of_row := OLD.id; ELSE of_row := NEW.id; END IF;\n            SELECT (to_jsonb(t) - '{id,loaded,reviewed_by_id,reviewed_at,name_key,received_since}'::text[])\n    || jsonb_build_object('contents', (\n        SELECT coalesce(jsonb_agg(jsonb_build_array(i.code, c.mg_per_ml) ORDER BY i.code), '[]'::jsonb)\n          FROM catalogue_productcontent c JOIN catalogue_ingredient i ON i.id = c.ingredient_id\n         WHERE c.product_id = t.id))\n INTO stands FROM catalogue_product t WHERE t.id = of_row;\n            SELECT number, content INTO last_number, stood FROM catalogue_rowversion\n             WHERE kind = 'catalogue.product' AND row_id = of_row ORDER BY number DESC LIMIT 1;\n            IF stands IS NOT NULL AND stands IS DISTINCT FROM stood THEN\n                said := coalesce(nullif(current_setting('mesoclinic.change', true), ''), '{}')::jsonb;\n                INSERT INTO catalogue_rowversion (kind, row_id, number, content, valid_from, by_id, reason)\n                VALUES ('catalogue.product', of_row, coalesce(last_number, 0) + 1, stands,\n                        coalesce((said->>'valid_from')::date, CURRENT_DATE), (said->>'by')::bigint,\n                        coalesce(said->>'reason', ''));\n            END IF;\n            RETURN NULL;\n        ",
                                    hash="8fe0530315ac319f35a965803d5d989d4d4c2394",
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
                            pgtrigger.compiler.Trigger(
                                name="own_blood_comes_in_a_kit",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    constraint="CONSTRAINT",
                                    func="\n    IF EXISTS (SELECT 1 FROM catalogue_productcontent c\n                 JOIN catalogue_ingredient i ON i.id = c.ingredient_id\n                 JOIN catalogue_product p ON p.id = c.product_id\n                WHERE c.product_id = NEW.id AND i.code IN ('prp')\n                  AND p.presentation <> 'kit')\n    THEN RAISE EXCEPTION 'This is made of the patient’s own blood: its product is a kit.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n    RETURN NULL;\n",
                                    hash="c12a36c747ad18a2b2a4d4693f4fb02d058354b5",
                                    operation='UPDATE OF "presentation"',
                                    pgid="pgtrigger_own_blood_comes_in_a_kit_d1c57",
                                    table="catalogue_product",
                                    timing="DEFERRABLE INITIALLY DEFERRED",
                                    when="AFTER",
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
                                    func="\n            IF TG_OP = 'DELETE' THEN of_row := OLD.product_id; ELSE of_row := NEW.product_id; END IF;\n            SELECT (to_jsonb(t) - '{id,loaded,reviewed_by_id,reviewed_at,name_key,received_since}'::text[])\n    || jsonb_build_object('contents', (\n        SELECT coalesce(jsonb_agg(jsonb_build_array(i.code, c.mg_per_ml) ORDER BY i.code), '[]'::jsonb)\n          FROM catalogue_productcontent c JOIN catalogue_ingredient i ON i.id = c.ingredient_id\n         WHERE c.product_id = t.id))\n INTO stands FROM catalogue_product t WHERE t.id = of_row;\n            SELECT number, content INTO last_number, stood FROM catalogue_rowversion\n             WHERE kind = 'catalogue.product' AND row_id = of_row ORDER BY number DESC LIMIT 1;\n            IF stands IS NOT NULL AND stands IS DISTINCT FROM stood THEN\n                said := coalesce(nullif(current_setting('mesoclinic.change', true), ''), '{}')::jsonb;\n                INSERT INTO catalogue_rowversion (kind, row_id, number, content, valid_from, by_id, reason)\n                VALUES ('catalogue.product', of_row, coalesce(last_number, 0) + 1, stands,\n                        coalesce((said->>'valid_from')::date, CURRENT_DATE), (said->>'by')::bigint,\n                        coalesce(said->>'reason', ''));\n            END IF;\n            RETURN NULL;\n        ",
                                    hash="ee4e725825365b0824c585a42e2b863917926816",
                                    operation="INSERT OR UPDATE OR DELETE",
                                    pgid="pgtrigger_keeps_versions_5b261",
                                    table="catalogue_productcontent",
                                    timing="DEFERRABLE INITIALLY DEFERRED",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="own_blood_comes_in_a_kit",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    constraint="CONSTRAINT",
                                    func="\n    IF EXISTS (SELECT 1 FROM catalogue_productcontent c\n                 JOIN catalogue_ingredient i ON i.id = c.ingredient_id\n                 JOIN catalogue_product p ON p.id = c.product_id\n                WHERE c.product_id = NEW.product_id AND i.code IN ('prp')\n                  AND p.presentation <> 'kit')\n    THEN RAISE EXCEPTION 'This is made of the patient’s own blood: its product is a kit.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n    RETURN NULL;\n",
                                    hash="2d7a371e783b5c8f1d994567a369c7605ecffd04",
                                    operation='INSERT OR UPDATE OF "ingredient_id", "product_id"',
                                    pgid="pgtrigger_own_blood_comes_in_a_kit_37b9e",
                                    table="catalogue_productcontent",
                                    timing="DEFERRABLE INITIALLY DEFERRED",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RequiredAnswer",
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
                        (
                            "question_code",
                            models.CharField(
                                help_text="The question of the intake, where it has one.", max_length=40
                            ),
                        ),
                        (
                            "answer_code",
                            models.CharField(help_text="What the answer is kept under.", max_length=40),
                        ),
                        ("question", models.CharField(max_length=300)),
                        ("label", models.CharField(max_length=60)),
                        (
                            "kind",
                            models.CharField(
                                help_text="How the answer is given: a choice, words, a number…", max_length=20
                            ),
                        ),
                        (
                            "subjects",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=60),
                                help_text="Ingredient codes, *treatment, *nerve_block.",
                                size=None,
                            ),
                        ),
                        (
                            "who",
                            models.CharField(help_text="any, male, or not male at birth.", max_length=20),
                        ),
                        ("age_from", models.PositiveSmallIntegerField(blank=True, null=True)),
                        ("age_to", models.PositiveSmallIntegerField(blank=True, null=True)),
                        (
                            "unless_impossible",
                            models.BooleanField(
                                default=False,
                                help_text="Not asked once it is recorded that no pregnancy is possible.",
                            ),
                        ),
                        ("from_session", models.PositiveSmallIntegerField(default=1)),
                        (
                            "max_age_days",
                            models.PositiveIntegerField(
                                help_text="0 is this visit; 1 counts yesterday's answer."
                            ),
                        ),
                        (
                            "gates",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=30),
                                help_text="Where the answer must be there.",
                                size=None,
                            ),
                        ),
                        ("where_asked", models.CharField(blank=True, max_length=120)),
                        ("level", models.CharField(help_text="What a missing answer means.", max_length=20)),
                        (
                            "levels",
                            models.JSONField(
                                blank=True,
                                default=dict,
                                help_text="Subject to level, where it is another than the row's.",
                            ),
                        ),
                        (
                            "finding",
                            models.CharField(
                                help_text="Code of the finding; {ingredient} is the subject.", max_length=80
                            ),
                        ),
                        ("screen_says", models.CharField(max_length=200)),
                        (
                            "choices",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=60),
                                blank=True,
                                default=list,
                                size=None,
                            ),
                        ),
                        (
                            "passing",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=60),
                                blank=True,
                                default=list,
                                size=None,
                            ),
                        ),
                        (
                            "stopping",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=60),
                                blank=True,
                                default=list,
                                size=None,
                            ),
                        ),
                        (
                            "other",
                            models.CharField(
                                blank=True,
                                help_text="pass or stop: what is neither. Empty: still open.",
                                max_length=4,
                            ),
                        ),
                        ("least", models.DecimalField(blank=True, decimal_places=2, max_digits=8, null=True)),
                        ("most", models.DecimalField(blank=True, decimal_places=2, max_digits=8, null=True)),
                        (
                            "none_of_these",
                            models.CharField(
                                blank=True,
                                help_text="What “none of these” writes; empty where it does not answer.",
                                max_length=60,
                            ),
                        ),
                        (
                            "factors",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=60),
                                blank=True,
                                default=list,
                                help_text="Risk factors that an answer puts on the record.",
                                size=None,
                            ),
                        ),
                        ("why", models.TextField(blank=True)),
                        ("note", models.TextField(blank=True)),
                        (
                            "basis",
                            models.CharField(
                                choices=[
                                    ("stated", "stated by the source"),
                                    ("partly_sourced", "partly sourced"),
                                    ("inferred", "inferred"),
                                    ("general_knowledge", "general knowledge, to be verified"),
                                    (
                                        "clinic-default",
                                        "a proposal nobody published, for the clinic to confirm",
                                    ),
                                ],
                                max_length=20,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["code"],
                        "abstract": False,
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("reviewed_at", None), ("reviewed_by", None)),
                                    models.Q(("reviewed_at__isnull", False), ("reviewed_by__isnull", False)),
                                    _connector="OR",
                                ),
                                name="requiredanswer_reviewed_by_and_at_together",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("level__in", ("block_fixed", "block_overridable", "warn"))
                                ),
                                name="required_answer_level_is_known",
                            ),
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
                    name="SubstanceIdentity",
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
                            "code",
                            models.CharField(
                                help_text="With a star: known by name only.", max_length=40, unique=True
                            ),
                        ),
                        (
                            "ingredient",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="identity",
                                to="catalogue.ingredient",
                            ),
                        ),
                        ("kind", models.CharField(max_length=20)),
                        (
                            "moiety",
                            models.CharField(
                                blank=True, help_text="Empty: it stands for itself.", max_length=60
                            ),
                        ),
                        ("is_mixture", models.BooleanField(default=False)),
                        (
                            "pools",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=160),
                                blank=True,
                                default=list,
                                size=None,
                            ),
                        ),
                        (
                            "possible_pools",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=160),
                                blank=True,
                                default=list,
                                size=None,
                            ),
                        ),
                        (
                            "members_are_counted",
                            models.BooleanField(
                                default=True,
                                help_text="The members of this mixture are in it as themselves, not in another form.",
                            ),
                        ),
                        ("counts_as_active", models.CharField(blank=True, max_length=20)),
                        (
                            "forms",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=160),
                                blank=True,
                                default=list,
                                size=None,
                            ),
                        ),
                        (
                            "inside_products",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=160),
                                blank=True,
                                default=list,
                                size=None,
                            ),
                        ),
                        (
                            "maybe_inside_products",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=160),
                                blank=True,
                                default=list,
                                size=None,
                            ),
                        ),
                        (
                            "label_names",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=160),
                                blank=True,
                                default=list,
                                size=None,
                            ),
                        ),
                        ("allergy_class", models.CharField(blank=True, max_length=80)),
                        ("allergy_level", models.CharField(max_length=20)),
                        (
                            "cross_reacts_with",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=160),
                                blank=True,
                                default=list,
                                size=None,
                            ),
                        ),
                        ("cross_level", models.CharField(blank=True, max_length=20)),
                        ("does_not_cross", models.TextField(blank=True)),
                        ("cross_basis", models.CharField(blank=True, max_length=20)),
                        ("synonyms", models.JSONField(default=dict, help_text="Language to its words.")),
                        ("match_note", models.TextField(blank=True)),
                        (
                            "basis",
                            models.CharField(
                                choices=[
                                    ("stated", "stated by the source"),
                                    ("partly_sourced", "partly sourced"),
                                    ("inferred", "inferred"),
                                    ("general_knowledge", "general knowledge, to be verified"),
                                    (
                                        "clinic-default",
                                        "a proposal nobody published, for the clinic to confirm",
                                    ),
                                ],
                                max_length=20,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["code"],
                        "abstract": False,
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("reviewed_at", None), ("reviewed_by", None)),
                                    models.Q(("reviewed_at__isnull", False), ("reviewed_by__isnull", False)),
                                    _connector="OR",
                                ),
                                name="substanceidentity_reviewed_by_and_at_together",
                            )
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="kept",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'A substance is kept: retire it instead.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="4d2fecf7623b36c02dc10b380fd1bbeb91e043ea",
                                    operation="DELETE",
                                    pgid="pgtrigger_kept_ccba7",
                                    table="catalogue_substanceidentity",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'A substance is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="74580ea5b1a67f12b1db535a158243dc92f5db83",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_74d4f",
                                    table="catalogue_substanceidentity",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="keeps_versions",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    constraint="CONSTRAINT",
                                    declare="DECLARE of_row bigint; stands jsonb; stood jsonb; last_number integer; said jsonb;",
                                    func="\n            IF TG_OP = 'DELETE' THEN of_row := OLD.id; ELSE of_row := NEW.id; END IF;\n            SELECT (to_jsonb(t) - '{id,loaded,reviewed_by_id,reviewed_at,name_key,received_since}'::text[]) INTO stands FROM catalogue_substanceidentity t WHERE t.id = of_row;\n            SELECT number, content INTO last_number, stood FROM catalogue_rowversion\n             WHERE kind = 'catalogue.substanceidentity' AND row_id = of_row ORDER BY number DESC LIMIT 1;\n            IF stands IS NOT NULL AND stands IS DISTINCT FROM stood THEN\n                said := coalesce(nullif(current_setting('mesoclinic.change', true), ''), '{}')::jsonb;\n                INSERT INTO catalogue_rowversion (kind, row_id, number, content, valid_from, by_id, reason)\n                VALUES ('catalogue.substanceidentity', of_row, coalesce(last_number, 0) + 1, stands,\n                        coalesce((said->>'valid_from')::date, CURRENT_DATE), (said->>'by')::bigint,\n                        coalesce(said->>'reason', ''));\n            END IF;\n            RETURN NULL;\n        ",
                                    hash="fd0e88d134e59f38eeb9a1b70e2a578f4b0c00a2",
                                    operation="INSERT OR UPDATE",
                                    pgid="pgtrigger_keeps_versions_de4b7",
                                    table="catalogue_substanceidentity",
                                    timing="DEFERRABLE INITIALLY DEFERRED",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="review_is_of_what_stands",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="\n                IF NEW.reviewed_at IS NOT NULL AND NEW.reviewed_at IS NOT DISTINCT FROM OLD.reviewed_at\n                   AND (to_jsonb(OLD) - '{id,loaded,reviewed_by_id,reviewed_at,name_key,received_since}'::text[]) IS DISTINCT FROM (to_jsonb(NEW) - '{id,loaded,reviewed_by_id,reviewed_at,name_key,received_since}'::text[]) THEN\n                    NEW.reviewed_at := NULL; NEW.reviewed_by_id := NULL;\n                END IF;\n                RETURN NEW;\n            ",
                                    hash="fb86eaaf80bf2da2be68e76eaf0b69cd0033aa96",
                                    operation="UPDATE",
                                    pgid="pgtrigger_review_is_of_what_stands_54da8",
                                    table="catalogue_substanceidentity",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="reviewed_by_a_clinician",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (NEW."reviewed_by_id" IS NOT NULL)',
                                    func="\n                IF TG_OP = 'UPDATE' THEN\n                    IF OLD.reviewed_by_id IS NOT DISTINCT FROM NEW.reviewed_by_id\n                       AND OLD.reviewed_at IS NOT DISTINCT FROM NEW.reviewed_at THEN RETURN NEW; END IF;\n                END IF;\n                IF NOT EXISTS (SELECT 1 FROM accounts_membership m\n                                WHERE m.user_id = NEW.reviewed_by_id AND 'clinician' = ANY (m.roles)) THEN\n                    RAISE EXCEPTION 'A clinical row is reviewed by a clinician.' USING ERRCODE = 'integrity_constraint_violation';\n                END IF;\n                RETURN NEW;\n            ",
                                    hash="b688439bcf9efba70b70503222ffb532d7d2d37b",
                                    operation="INSERT OR UPDATE",
                                    pgid="pgtrigger_reviewed_by_a_clinician_4e872",
                                    table="catalogue_substanceidentity",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="VolumeLimit",
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
                            "code",
                            models.CharField(
                                blank=True,
                                help_text="Empty: the clinic's own.",
                                max_length=40,
                                null=True,
                                unique=True,
                            ),
                        ),
                        (
                            "what",
                            models.CharField(
                                choices=[
                                    ("needle depth", "needle depth"),
                                    ("volume per point", "volume per point"),
                                    ("spacing", "spacing"),
                                    ("volume per cm2", "volume per cm²"),
                                    ("volume per session", "volume per session"),
                                    ("volume per region", "volume per region"),
                                    ("points per region", "points per region"),
                                    ("needle", "needle"),
                                    ("cream area", "area under a cream"),
                                    ("cream amount", "amount of a cream"),
                                ],
                                max_length=20,
                            ),
                        ),
                        (
                            "technique",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("epidermic", "epidermic"),
                                    ("papule", "papule"),
                                    ("nappage", "nappage"),
                                    ("point_by_point", "point by point"),
                                    ("mesogun", "mesogun"),
                                ],
                                help_text="Empty: any.",
                                max_length=20,
                            ),
                        ),
                        (
                            "scope",
                            models.CharField(
                                choices=[
                                    ("any", "whatever is injected"),
                                    ("cocktail", "cocktails"),
                                    ("ingredient", "one ingredient"),
                                    ("all_but", "all but one ingredient"),
                                ],
                                default="any",
                                max_length=10,
                            ),
                        ),
                        (
                            "ingredient",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="volume_limits",
                                to="catalogue.ingredient",
                            ),
                        ),
                        (
                            "zone",
                            models.CharField(
                                blank=True, help_text="TEMPORAL holds for both sides.", max_length=20
                            ),
                        ),
                        (
                            "minimum",
                            models.DecimalField(blank=True, decimal_places=4, max_digits=12, null=True),
                        ),
                        ("usual", models.CharField(blank=True, max_length=40)),
                        (
                            "maximum",
                            models.DecimalField(
                                blank=True,
                                decimal_places=4,
                                help_text="Strictly more than this is found.",
                                max_digits=12,
                                null=True,
                            ),
                        ),
                        ("unit", models.CharField(blank=True, max_length=10)),
                        (
                            "level",
                            models.CharField(
                                choices=[
                                    ("block_fixed", "stops: nobody goes past it"),
                                    ("block_overridable", "stops: a clinician writes why"),
                                    ("warn", "warns: a short reason"),
                                    ("none", "shown only"),
                                ],
                                default="warn",
                                max_length=20,
                            ),
                        ),
                        (
                            "finding",
                            models.CharField(
                                blank=True, help_text="The code of what is found.", max_length=60
                            ),
                        ),
                        ("formula", models.CharField(blank=True, max_length=120)),
                        ("kind", models.CharField(max_length=20)),
                        ("note", models.TextField(blank=True)),
                        (
                            "basis",
                            models.CharField(
                                choices=[
                                    ("stated", "stated by the source"),
                                    ("partly_sourced", "partly sourced"),
                                    ("inferred", "inferred"),
                                    ("general_knowledge", "general knowledge, to be verified"),
                                    (
                                        "clinic-default",
                                        "a proposal nobody published, for the clinic to confirm",
                                    ),
                                ],
                                max_length=20,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["what", "pk"],
                        "abstract": False,
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("reviewed_at", None), ("reviewed_by", None)),
                                    models.Q(("reviewed_at__isnull", False), ("reviewed_by__isnull", False)),
                                    _connector="OR",
                                ),
                                name="volumelimit_reviewed_by_and_at_together",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("ingredient", None), ("scope__in", ["any", "cocktail"])),
                                    models.Q(
                                        ("ingredient__isnull", False),
                                        ("scope__in", ["ingredient", "all_but"]),
                                    ),
                                    _connector="OR",
                                ),
                                name="volume_limit_names_its_ingredient",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("maximum", None), ("maximum__gt", 0), _connector="OR"),
                                name="volume_limit_is_above_zero",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("level", "none"),
                                    models.Q(("finding", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="volume_limit_says_what_is_found",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("code", None)),
                                fields=("what", "technique", "scope", "ingredient", "zone", "level"),
                                name="own_volume_limit_stands_once",
                                nulls_distinct=False,
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("code__isnull", False),
                                    models.Q(("kind", "clinic"), ("maximum__isnull", False)),
                                    _connector="OR",
                                ),
                                name="own_volume_limit_has_a_figure",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="kept",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'A volume limit is kept: retire it instead.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="57eb59ddcf4bf88b316fd271f5c8ed6d9c100eb8",
                                    operation="DELETE",
                                    pgid="pgtrigger_kept_a13a4",
                                    table="catalogue_volumelimit",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'A volume limit is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="ff9bea67ea511b03412c507c862f50ffd6e78fd4",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_3e638",
                                    table="catalogue_volumelimit",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="keeps_versions",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    constraint="CONSTRAINT",
                                    declare="DECLARE of_row bigint; stands jsonb; stood jsonb; last_number integer; said jsonb;",
                                    func="\n            IF TG_OP = 'DELETE' THEN of_row := OLD.id; ELSE of_row := NEW.id; END IF;\n            SELECT (to_jsonb(t) - '{id,loaded,reviewed_by_id,reviewed_at,name_key,received_since}'::text[]) INTO stands FROM catalogue_volumelimit t WHERE t.id = of_row;\n            SELECT number, content INTO last_number, stood FROM catalogue_rowversion\n             WHERE kind = 'catalogue.volumelimit' AND row_id = of_row ORDER BY number DESC LIMIT 1;\n            IF stands IS NOT NULL AND stands IS DISTINCT FROM stood THEN\n                said := coalesce(nullif(current_setting('mesoclinic.change', true), ''), '{}')::jsonb;\n                INSERT INTO catalogue_rowversion (kind, row_id, number, content, valid_from, by_id, reason)\n                VALUES ('catalogue.volumelimit', of_row, coalesce(last_number, 0) + 1, stands,\n                        coalesce((said->>'valid_from')::date, CURRENT_DATE), (said->>'by')::bigint,\n                        coalesce(said->>'reason', ''));\n            END IF;\n            RETURN NULL;\n        ",
                                    hash="7bfbe2d4d5e2eb2bc11bd24b5ba68f1c51221693",
                                    operation="INSERT OR UPDATE",
                                    pgid="pgtrigger_keeps_versions_5e41d",
                                    table="catalogue_volumelimit",
                                    timing="DEFERRABLE INITIALLY DEFERRED",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="review_is_of_what_stands",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="\n                IF NEW.reviewed_at IS NOT NULL AND NEW.reviewed_at IS NOT DISTINCT FROM OLD.reviewed_at\n                   AND (to_jsonb(OLD) - '{id,loaded,reviewed_by_id,reviewed_at,name_key,received_since}'::text[]) IS DISTINCT FROM (to_jsonb(NEW) - '{id,loaded,reviewed_by_id,reviewed_at,name_key,received_since}'::text[]) THEN\n                    NEW.reviewed_at := NULL; NEW.reviewed_by_id := NULL;\n                END IF;\n                RETURN NEW;\n            ",
                                    hash="bcdcf8a8f8336fd477b1f71ae7b41c6409f3bf02",
                                    operation="UPDATE",
                                    pgid="pgtrigger_review_is_of_what_stands_3cc62",
                                    table="catalogue_volumelimit",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="reviewed_by_a_clinician",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (NEW."reviewed_by_id" IS NOT NULL)',
                                    func="\n                IF TG_OP = 'UPDATE' THEN\n                    IF OLD.reviewed_by_id IS NOT DISTINCT FROM NEW.reviewed_by_id\n                       AND OLD.reviewed_at IS NOT DISTINCT FROM NEW.reviewed_at THEN RETURN NEW; END IF;\n                END IF;\n                IF NOT EXISTS (SELECT 1 FROM accounts_membership m\n                                WHERE m.user_id = NEW.reviewed_by_id AND 'clinician' = ANY (m.roles)) THEN\n                    RAISE EXCEPTION 'A clinical row is reviewed by a clinician.' USING ERRCODE = 'integrity_constraint_violation';\n                END IF;\n                RETURN NEW;\n            ",
                                    hash="15cc90fd35b4fd9aaa1e95fccdbe8713707bc2f6",
                                    operation="INSERT OR UPDATE",
                                    pgid="pgtrigger_reviewed_by_a_clinician_a9755",
                                    table="catalogue_volumelimit",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
            ],
        ),
    ]
