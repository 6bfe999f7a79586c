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
        ("catalogue", "0001_initial"),
        ("conditions", "0001_initial"),
        ("patients", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        mesoclinic.core.migration_operations.CreateModels(
            models=[
                migrations.CreateModel(
                    name="Cocktail",
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
                                related_name="cocktails",
                                to="accounts.clinic",
                            ),
                        ),
                        (
                            "patient",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="cocktails",
                                to="patients.patient",
                            ),
                        ),
                        ("name", models.CharField(max_length=80)),
                        (
                            "paper_name",
                            models.CharField(
                                blank=True,
                                db_default="",
                                default="",
                                help_text="On papers and at the desk. Empty: Cocktail.",
                                max_length=80,
                            ),
                        ),
                        (
                            "created_at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                        ),
                        (
                            "created_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("retired_at", models.DateTimeField(blank=True, null=True)),
                    ],
                    options={
                        "ordering": ["name", "pk"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("name", ""), _negated=True), name="cocktail_has_a_name"
                            )
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="of_an_open_record",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    declare="DECLARE merged bigint;",
                                    func="\n            SELECT merged_into_id INTO merged FROM patients_patient WHERE id = NEW.patient_id FOR SHARE;\n            IF merged IS NOT NULL\n            THEN RAISE EXCEPTION 'A cocktail is not of a merged record: use the one that is kept.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n            RETURN NEW;\n        ",
                                    hash="1163374daff836952bdb500c8910334ec6df6e32",
                                    operation='INSERT OR UPDATE OF "patient_id"',
                                    pgid="pgtrigger_of_an_open_record_81c2b",
                                    table="cocktails_cocktail",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CocktailVersion",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "cocktail",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="versions",
                                to="cocktails.cocktail",
                            ),
                        ),
                        ("number", models.PositiveSmallIntegerField()),
                        (
                            "assessment",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="conditions.assessment",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("cocktail", "Cocktail, 2 to 6 actives"),
                                    ("single", "Single preparation, one active"),
                                ],
                                default="cocktail",
                                max_length=10,
                            ),
                        ),
                        ("syringe_ml", models.DecimalField(decimal_places=2, default=5, max_digits=9)),
                        (
                            "sessions",
                            models.PositiveSmallIntegerField(
                                default=1, help_text="How many sessions the course is reckoned with."
                            ),
                        ),
                        (
                            "every_days",
                            models.PositiveSmallIntegerField(
                                default=14, help_text="How many days apart they are reckoned."
                            ),
                        ),
                        (
                            "status",
                            models.CharField(
                                choices=[("draft", "Draft"), ("signed", "Signed")],
                                default="draft",
                                max_length=10,
                            ),
                        ),
                        (
                            "revision",
                            models.PositiveIntegerField(
                                default=1, help_text="Counts the changes of a draft: two editors notice."
                            ),
                        ),
                        (
                            "findings",
                            models.JSONField(default=list, help_text="What the rules said at signing."),
                        ),
                        (
                            "created_at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                        ),
                        (
                            "created_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("signed_at", models.DateTimeField(blank=True, null=True)),
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
                        (
                            "signed_from",
                            models.GenericIPAddressField(
                                blank=True, help_text="The address the signature came from.", null=True
                            ),
                        ),
                        (
                            "reason",
                            models.CharField(
                                blank=True, help_text="Why this version follows the last.", max_length=200
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["cocktail", "-number"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("cocktail", "number"), name="cocktail_versions_follow_each_other"
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("status", "draft")),
                                fields=("cocktail",),
                                name="one_draft_version_per_cocktail",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("signed_at", None), ("signed_by", None), ("status", "draft")),
                                    models.Q(
                                        ("signed_at__isnull", False),
                                        ("signed_by__isnull", False),
                                        ("status", "signed"),
                                    ),
                                    _connector="OR",
                                ),
                                name="cocktail_signed_by_and_at_together",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("syringe_ml__gt", 0), ("syringe_ml__lte", 60)),
                                name="syringe_is_a_syringe",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("sessions__gte", 1),
                                    ("sessions__lte", 52),
                                    ("every_days__gte", 1),
                                    ("every_days__lte", 365),
                                ),
                                name="course_of_a_cocktail_is_a_course",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("signed_from", None), ("status", "signed"), _connector="OR"
                                ),
                                name="only_a_signature_comes_from_somewhere",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="frozen",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF (OLD.status = 'signed') AND (to_jsonb(OLD) - ARRAY[]::text[]) IS DISTINCT FROM (to_jsonb(NEW) - ARRAY[]::text[]) THEN RAISE EXCEPTION 'A signed cocktail is frozen: correct it by adding, not by changing.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW;",
                                    hash="51022ad1fc70a504a8893dc9b13eceb96a23c092",
                                    operation="UPDATE",
                                    pgid="pgtrigger_frozen_35839",
                                    table="cocktails_cocktailversion",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="kept",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF (OLD.status = 'signed') THEN RAISE EXCEPTION 'A signed cocktail is kept: it cannot be deleted.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN OLD;",
                                    hash="d66099c79fb898f021521b9058377c79ce29875e",
                                    operation="DELETE",
                                    pgid="pgtrigger_kept_f2f3e",
                                    table="cocktails_cocktailversion",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'A signed cocktail is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="9d55b1e0e1dd4f6723f582c41136a207d5c6a7aa",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_08248",
                                    table="cocktails_cocktailversion",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="by_a_member",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="\n            IF NEW.signed_by_id IS NOT NULL AND NOT EXISTS (\n                SELECT 1 FROM accounts_membership m\n                 WHERE m.user_id = NEW.signed_by_id AND m.clinic_id = (SELECT k.clinic_id FROM cocktails_cocktail k WHERE k.id = NEW.cocktail_id) AND 'clinician' = ANY (m.roles))\n            THEN RAISE EXCEPTION 'Only who works at a clinic acts there.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n            RETURN NEW;\n        ",
                                    hash="39b0100524952ac9505a8c5c0bccd1efec52ebd3",
                                    operation='INSERT OR UPDATE OF "signed_by_id"',
                                    pgid="pgtrigger_by_a_member_8351a",
                                    table="cocktails_cocktailversion",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="signed_only_when_right",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (NEW.\"status\" = 'signed')",
                                    declare="DECLARE actives integer; allowed integer; clinic bigint; drawn numeric;",
                                    func="\n                    SELECT k.clinic_id, cl.max_actives INTO clinic, allowed FROM cocktails_cocktail k\n                      JOIN accounts_clinic cl ON cl.id = k.clinic_id WHERE k.id = NEW.cocktail_id;\n                    \n    SELECT count(DISTINCT CASE WHEN pr.premade AND NOT cl.premade_counts_as_contents\n                               THEN 'product:' || pr.id ELSE coalesce(nullif(s.moiety, ''), i.code) END) INTO actives\n      FROM cocktails_component c\n      JOIN catalogue_product pr ON pr.id = c.product_id\n      JOIN catalogue_productcontent pc ON pc.product_id = pr.id\n      JOIN catalogue_ingredient i ON i.id = pc.ingredient_id\n      LEFT JOIN catalogue_substanceidentity s ON s.ingredient_id = i.id AND s.retired_at IS NULL\n      JOIN accounts_clinic cl ON cl.id = clinic\n     WHERE c.version_id = NEW.id AND i.is_active\n;\n                    IF NEW.kind = 'cocktail' AND (actives < 2 OR actives > least(6, allowed)) THEN\n                        RAISE EXCEPTION 'A cocktail holds 2 to 6 different actives, or fewer where the clinic says so.' USING ERRCODE = 'integrity_constraint_violation';\n                    END IF;\n                    IF NEW.kind = 'single' AND actives <> 1 THEN\n                        RAISE EXCEPTION 'A single preparation holds exactly one active.' USING ERRCODE = 'integrity_constraint_violation';\n                    END IF;\n                    SELECT sum(ml) INTO drawn FROM cocktails_component WHERE version_id = NEW.id;\n                    IF drawn > NEW.syringe_ml THEN RAISE EXCEPTION 'The mixture does not fit in its syringe.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n                    RETURN NEW;\n                ",
                                    hash="051c33fd3133fce9169348813ac4d25205d37a10",
                                    operation='INSERT OR UPDATE OF "status"',
                                    pgid="pgtrigger_signed_only_when_right_88b75",
                                    table="cocktails_cocktailversion",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CocktailOverride",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "version",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="overrides",
                                to="cocktails.cocktailversion",
                            ),
                        ),
                        ("code", models.CharField(max_length=120)),
                        ("level", models.CharField(max_length=10)),
                        ("message", models.TextField()),
                        ("reason", models.TextField()),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ],
                    options={
                        "ordering": ["version", "pk"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("version", "code"), name="finding_overridden_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("reason", ""), _negated=True), name="override_says_why"
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'An override is append-only: add a new row instead.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="eb19a3afd8e2fcbb3827e6ce60e734f6dfee3854",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_10514",
                                    table="cocktails_cocktailoverride",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'An override is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="91754b919a41e789520681be383b3e4dc78176b7",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_b80a5",
                                    table="cocktails_cocktailoverride",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Component",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "version",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="components",
                                to="cocktails.cocktailversion",
                            ),
                        ),
                        (
                            "product",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="catalogue.product",
                            ),
                        ),
                        ("ml", models.DecimalField(decimal_places=2, max_digits=9)),
                        ("position", models.PositiveSmallIntegerField(default=0)),
                    ],
                    options={
                        "ordering": ["version", "position", "pk"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("version", "product"), name="product_once_in_a_syringe"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("ml__gt", 0), ("ml__lte", 60)),
                                name="component_has_a_volume",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="part_of_frozen",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    declare="DECLARE is_frozen boolean;",
                                    func="\n            IF TG_OP = 'UPDATE' THEN\n                IF (to_jsonb(OLD) - ARRAY[]::text[]) IS NOT DISTINCT FROM (to_jsonb(NEW) - ARRAY[]::text[]) THEN\n                    RETURN NEW;\n                END IF;\n            END IF;\n            IF TG_OP <> 'INSERT' THEN\n                SELECT (p.status = 'signed') INTO is_frozen FROM cocktails_cocktailversion p WHERE p.id = OLD.version_id FOR SHARE;\n                IF is_frozen THEN RAISE EXCEPTION 'A cocktail is signed: nothing in it changes.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n            END IF;\n            IF TG_OP <> 'DELETE' THEN\n                SELECT (p.status = 'signed') INTO is_frozen FROM cocktails_cocktailversion p WHERE p.id = NEW.version_id FOR SHARE;\n                IF is_frozen THEN RAISE EXCEPTION 'A cocktail is signed: nothing in it changes.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n                RETURN NEW;\n            END IF;\n            RETURN OLD;\n        ",
                                    hash="4d7c640df11147ea88c5c5347196d91e6d969077",
                                    operation="INSERT OR UPDATE OR DELETE",
                                    pgid="pgtrigger_part_of_frozen_c9eb4",
                                    table="cocktails_component",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="nothing_blocked",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="\n                    IF EXISTS (SELECT 1 FROM catalogue_productcontent c\n                                 JOIN catalogue_ingredient i ON i.id = c.ingredient_id\n                                WHERE c.product_id = NEW.product_id AND i.status = 'blocked')\n                       OR EXISTS (SELECT 1 FROM catalogue_product p WHERE p.id = NEW.product_id AND p.blocked)\n                    THEN RAISE EXCEPTION 'A blocked ingredient cannot be part of a formula.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n                    RETURN NEW;\n                ",
                                    hash="fefd64df9f687a967207bb2fbb8f736b68e37346",
                                    operation="INSERT OR UPDATE",
                                    pgid="pgtrigger_nothing_blocked_3c4fa",
                                    table="cocktails_component",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
            ],
        ),
    ]
