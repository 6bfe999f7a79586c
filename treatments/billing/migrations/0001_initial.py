import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
import django.db.models.functions.math
import django.db.models.functions.text
import mesoclinic.core.migration_operations
import pgtrigger.compiler
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
        ("patients", "0001_initial"),
        ("plans", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        mesoclinic.core.migration_operations.CreateModels(
            models=[
                migrations.CreateModel(
                    name="Coupon",
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
                                related_name="coupons",
                                to="accounts.clinic",
                            ),
                        ),
                        ("code", models.CharField(max_length=24)),
                        ("amount", models.DecimalField(decimal_places=3, max_digits=12)),
                        ("currency", models.CharField(max_length=3)),
                        ("valid_from", models.DateField(blank=True, null=True)),
                        ("valid_to", models.DateField(blank=True, null=True)),
                        ("most_uses", models.PositiveIntegerField(blank=True, null=True)),
                        ("note", models.CharField(blank=True, max_length=120)),
                        ("retired_at", models.DateTimeField(blank=True, null=True)),
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
                    ],
                    options={
                        "ordering": ["clinic", "-pk"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("clinic", "code"), name="coupon_code_once_in_a_clinic"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("amount__gt", 0)), name="coupon_takes_something_off"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("most_uses", None), ("most_uses__gte", 1), _connector="OR"
                                ),
                                name="coupon_is_used_once_or_more",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("code", django.db.models.functions.text.Upper("code")),
                                    models.Q(("code", ""), _negated=True),
                                ),
                                name="coupon_code_is_in_capitals",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="DayClose",
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
                                related_name="day_closes",
                                to="accounts.clinic",
                            ),
                        ),
                        ("day", models.DateField()),
                        ("currency", models.CharField(max_length=3)),
                        (
                            "first_receipt",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="billing.receipt",
                            ),
                        ),
                        (
                            "last_receipt",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="billing.receipt",
                            ),
                        ),
                        ("receipts", models.PositiveIntegerField()),
                        ("note", models.CharField(blank=True, max_length=300)),
                        ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
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
                        "ordering": ["clinic", "-pk"],
                        "constraints": [
                            models.UniqueConstraint(fields=("clinic", "day"), name="a_day_is_closed_once")
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'A closed day is append-only: add a new row instead.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="efef1bb2b5a88bb876c155a6474fc8b84ad4052f",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_a52db",
                                    table="billing_dayclose",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'A closed day is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="9c02ae629bac2dabb20ff3958aa185b23e96aa36",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_56435",
                                    table="billing_dayclose",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="by_a_member",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="\n            IF NEW.by_id IS NOT NULL AND NOT EXISTS (\n                SELECT 1 FROM accounts_membership m\n                 WHERE m.user_id = NEW.by_id AND m.clinic_id = (NEW.clinic_id))\n            THEN RAISE EXCEPTION 'Only who works at a clinic acts there.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n            RETURN NEW;\n        ",
                                    hash="e6f95bede5155b8af031620f637fe7ac4468c8d9",
                                    operation="INSERT",
                                    pgid="pgtrigger_by_a_member_e1876",
                                    table="billing_dayclose",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="no_card_number",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    declare="DECLARE run text; digits text; total integer; n integer;",
                                    func="\n            FOR run IN SELECT m[1] FROM regexp_matches(\n                coalesce(NEW.note, ''), '(?<![0-9A-Za-z])([0-9](?:[ .-]?[0-9]){12,})(?![0-9A-Za-z])', 'g') AS m\n            LOOP\n                digits := reverse(regexp_replace(run, '[^0-9]', '', 'g'));\n                CONTINUE WHEN length(digits) > 19 OR digits ~ '^0+$';\n                total := 0;\n                FOR i IN 1..length(digits) LOOP\n                    n := substr(digits, i, 1)::integer * (CASE WHEN i % 2 = 0 THEN 2 ELSE 1 END);\n                    total := total + CASE WHEN n > 9 THEN n - 9 ELSE n END;\n                END LOOP;\n                IF total % 10 = 0 THEN RAISE EXCEPTION 'Card numbers are never kept.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n            END LOOP;\n            RETURN NEW;\n        ",
                                    hash="808177123da132a9e5cd0a6de904033580dcb7d2",
                                    operation="INSERT OR UPDATE",
                                    pgid="pgtrigger_no_card_number_554ed",
                                    table="billing_dayclose",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="DayCount",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "close",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="counts",
                                to="billing.dayclose",
                            ),
                        ),
                        ("method", models.CharField(max_length=10)),
                        ("expected", models.DecimalField(decimal_places=3, max_digits=12)),
                        ("counted", models.DecimalField(decimal_places=3, max_digits=12)),
                        ("difference", models.DecimalField(decimal_places=3, max_digits=12)),
                    ],
                    options={
                        "ordering": ["close", "pk"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("close", "method"), name="a_method_is_counted_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "difference",
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("counted"), "-", models.F("expected")
                                        ),
                                    )
                                ),
                                name="difference_is_counted_less_expected",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'A closed day is append-only: add a new row instead.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="cc39cc03ef154ec581f16b4cd0e5da94a33e0cfe",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_57f29",
                                    table="billing_daycount",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'A closed day is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="c12e933da1448def2eca7fd4bd6fc5bcad3d95ad",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_040ba",
                                    table="billing_daycount",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="FeeWaiver",
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
                            "patient",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="patients.patient",
                            ),
                        ),
                        ("kind", models.CharField(max_length=12)),
                        ("source", models.CharField(max_length=60)),
                        ("reason", models.CharField(max_length=200)),
                        ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
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
                        "ordering": ["pk"],
                        "constraints": [
                            models.UniqueConstraint(fields=("kind", "source"), name="fee_is_waived_once"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("source", ""), _negated=True),
                                    models.Q(("reason", ""), _negated=True),
                                ),
                                name="fee_waiver_says_what_and_why",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'A waived fee is append-only: add a new row instead.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="09f7e062fd4013694f0b3713250c6081ed5096fb",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_7173a",
                                    table="billing_feewaiver",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'A waived fee is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="e973b05c98b27f21bfacf4cdd7f727b5b90b87f4",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_d8f4e",
                                    table="billing_feewaiver",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="no_card_number",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    declare="DECLARE run text; digits text; total integer; n integer;",
                                    func="\n            FOR run IN SELECT m[1] FROM regexp_matches(\n                coalesce(NEW.reason, ''), '(?<![0-9A-Za-z])([0-9](?:[ .-]?[0-9]){12,})(?![0-9A-Za-z])', 'g') AS m\n            LOOP\n                digits := reverse(regexp_replace(run, '[^0-9]', '', 'g'));\n                CONTINUE WHEN length(digits) > 19 OR digits ~ '^0+$';\n                total := 0;\n                FOR i IN 1..length(digits) LOOP\n                    n := substr(digits, i, 1)::integer * (CASE WHEN i % 2 = 0 THEN 2 ELSE 1 END);\n                    total := total + CASE WHEN n > 9 THEN n - 9 ELSE n END;\n                END LOOP;\n                IF total % 10 = 0 THEN RAISE EXCEPTION 'Card numbers are never kept.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n            END LOOP;\n            RETURN NEW;\n        ",
                                    hash="a2da8016e98c9d552917fdf6fc7ed16fc62c3297",
                                    operation="INSERT OR UPDATE",
                                    pgid="pgtrigger_no_card_number_f9c95",
                                    table="billing_feewaiver",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="not_charged_already",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="\n                    IF EXISTS (SELECT 1 FROM billing_invoiceline l WHERE l.kind = NEW.kind AND l.source = NEW.source)\n                    THEN RAISE EXCEPTION 'This fee was charged: credit its invoice instead.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n                    RETURN NEW;\n                ",
                                    hash="e252e7654223d4cbc9b45e99f3afc84581b155ac",
                                    operation="INSERT",
                                    pgid="pgtrigger_not_charged_already_0e50b",
                                    table="billing_feewaiver",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Invoice",
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
                                related_name="invoices",
                                to="accounts.clinic",
                            ),
                        ),
                        (
                            "patient",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="invoices",
                                to="patients.patient",
                            ),
                        ),
                        (
                            "price_list",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="billing.pricelist",
                            ),
                        ),
                        ("year", models.PositiveSmallIntegerField()),
                        ("count", models.PositiveIntegerField()),
                        ("number", models.CharField(max_length=20)),
                        ("currency", models.CharField(max_length=3)),
                        (
                            "tax_included",
                            models.BooleanField(
                                default=False, help_text="Amounts of its lines hold their tax."
                            ),
                        ),
                        ("line_count", models.PositiveIntegerField()),
                        ("net", models.DecimalField(decimal_places=3, max_digits=12)),
                        ("tax", models.DecimalField(decimal_places=3, max_digits=12)),
                        ("total", models.DecimalField(decimal_places=3, max_digits=12)),
                        ("due_on", models.DateField()),
                        (
                            "issued_at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                        ),
                        (
                            "issued_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["clinic", "-pk"],
                        "indexes": [
                            models.Index(fields=["patient", "-id"], name="invoices_of_a_patient"),
                            models.Index(fields=["clinic", "issued_at"], name="invoices_by_day"),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("clinic", "year", "count"), name="invoice_number_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("net__gte", 0),
                                    ("tax__gte", 0),
                                    (
                                        "total",
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("net"), "+", models.F("tax")
                                        ),
                                    ),
                                ),
                                name="invoice_adds_up",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "net",
                                        django.db.models.functions.math.Round(
                                            models.F("net"),
                                            precision=models.Case(
                                                models.When(
                                                    currency__in=[
                                                        "JPY",
                                                        "KRW",
                                                        "VND",
                                                        "CLP",
                                                        "ISK",
                                                        "XAF",
                                                        "XOF",
                                                        "PYG",
                                                        "UGX",
                                                    ],
                                                    then=models.Value(0),
                                                ),
                                                models.When(
                                                    currency__in=[
                                                        "KWD",
                                                        "BHD",
                                                        "OMR",
                                                        "JOD",
                                                        "TND",
                                                        "LYD",
                                                        "IQD",
                                                    ],
                                                    then=models.Value(3),
                                                ),
                                                default=models.Value(2),
                                                output_field=models.IntegerField(),
                                            ),
                                        ),
                                    ),
                                    (
                                        "tax",
                                        django.db.models.functions.math.Round(
                                            models.F("tax"),
                                            precision=models.Case(
                                                models.When(
                                                    currency__in=[
                                                        "JPY",
                                                        "KRW",
                                                        "VND",
                                                        "CLP",
                                                        "ISK",
                                                        "XAF",
                                                        "XOF",
                                                        "PYG",
                                                        "UGX",
                                                    ],
                                                    then=models.Value(0),
                                                ),
                                                models.When(
                                                    currency__in=[
                                                        "KWD",
                                                        "BHD",
                                                        "OMR",
                                                        "JOD",
                                                        "TND",
                                                        "LYD",
                                                        "IQD",
                                                    ],
                                                    then=models.Value(3),
                                                ),
                                                default=models.Value(2),
                                                output_field=models.IntegerField(),
                                            ),
                                        ),
                                    ),
                                    (
                                        "total",
                                        django.db.models.functions.math.Round(
                                            models.F("total"),
                                            precision=models.Case(
                                                models.When(
                                                    currency__in=[
                                                        "JPY",
                                                        "KRW",
                                                        "VND",
                                                        "CLP",
                                                        "ISK",
                                                        "XAF",
                                                        "XOF",
                                                        "PYG",
                                                        "UGX",
                                                    ],
                                                    then=models.Value(0),
                                                ),
                                                models.When(
                                                    currency__in=[
                                                        "KWD",
                                                        "BHD",
                                                        "OMR",
                                                        "JOD",
                                                        "TND",
                                                        "LYD",
                                                        "IQD",
                                                    ],
                                                    then=models.Value(3),
                                                ),
                                                default=models.Value(2),
                                                output_field=models.IntegerField(),
                                            ),
                                        ),
                                    ),
                                ),
                                name="invoice_has_the_decimals_of_its_currency",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'An issued invoice is append-only: add a new row instead.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="fb6968ecb764804a05956ae66e6e124c41abae2d",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_87831",
                                    table="billing_invoice",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'An issued invoice is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="b07ab02a14c403fae7fa404a0a41dcecba78cbd9",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_4c66a",
                                    table="billing_invoice",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="numbered_without_gaps",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="\n            IF NEW.count IS DISTINCT FROM 1 + coalesce(\n                   (SELECT max(n.count) FROM billing_invoice n WHERE n.clinic_id = NEW.clinic_id AND n.year = NEW.year), 0)\n               OR NEW.number IS DISTINCT FROM\n                   'I-' || NEW.year || '-' || lpad(NEW.count::text, greatest(4, length(NEW.count::text)), '0')\n               OR NEW.year <> extract(year FROM NEW.issued_at AT TIME ZONE\n                   (SELECT c.time_zone FROM accounts_clinic c WHERE c.id = NEW.clinic_id))\n            THEN RAISE EXCEPTION 'Invoices are numbered without gaps in a clinic and year.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n            RETURN NEW;\n        ",
                                    hash="549d4f2f11cb44061a33af448d2b1dd312bb7c78",
                                    operation="INSERT",
                                    pgid="pgtrigger_numbered_without_gaps_41210",
                                    table="billing_invoice",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="from_a_standing_price_list",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    declare="DECLARE is_withdrawn boolean;",
                                    func="\n            IF NOT (true) THEN RETURN NEW; END IF;\n            SELECT l.withdrawn_at IS NOT NULL INTO is_withdrawn FROM billing_pricelist l\n             WHERE l.id = NEW.price_list_id FOR SHARE;\n            IF is_withdrawn THEN RAISE EXCEPTION 'This price list was withdrawn: use the one in force.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n            RETURN NEW;\n        ",
                                    hash="bab478a002ef43b66256de9f08f7b4739d7ca60c",
                                    operation="INSERT",
                                    pgid="pgtrigger_from_a_standing_price_list_9f160",
                                    table="billing_invoice",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="adds_up",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    constraint="CONSTRAINT",
                                    func="\n            IF EXISTS (\n                SELECT 1 FROM billing_invoice p, LATERAL (\n                    SELECT count(*) AS lines, coalesce(sum(l.net), 0) AS net, coalesce(sum(l.tax), 0) AS tax\n                      FROM billing_invoiceline l WHERE l.invoice_id = p.id) s\n                 WHERE p.id = NEW.id AND (p.line_count <> s.lines OR p.net <> s.net OR p.tax <> s.tax))\n            THEN RAISE EXCEPTION 'The lines of an invoice sum to it, and are as many as it says.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n            RETURN NULL;\n        ",
                                    hash="030dbddc4eb6c06317fb5670339831846d5e2bde",
                                    operation="INSERT",
                                    pgid="pgtrigger_adds_up_c18fc",
                                    table="billing_invoice",
                                    timing="DEFERRABLE INITIALLY DEFERRED",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CreditNote",
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
                                related_name="credit_notes",
                                to="accounts.clinic",
                            ),
                        ),
                        (
                            "invoice",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="credit_notes",
                                to="billing.invoice",
                            ),
                        ),
                        ("year", models.PositiveSmallIntegerField()),
                        ("count", models.PositiveIntegerField()),
                        ("number", models.CharField(max_length=20)),
                        ("currency", models.CharField(max_length=3)),
                        ("reason", models.CharField(max_length=200)),
                        ("line_count", models.PositiveIntegerField()),
                        ("net", models.DecimalField(decimal_places=3, max_digits=12)),
                        ("tax", models.DecimalField(decimal_places=3, max_digits=12)),
                        ("total", models.DecimalField(decimal_places=3, max_digits=12)),
                        (
                            "issued_at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                        ),
                        (
                            "issued_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["clinic", "-pk"],
                        "indexes": [models.Index(fields=["clinic", "issued_at"], name="credit_notes_by_day")],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("clinic", "year", "count"), name="credit_note_number_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("net__gte", 0),
                                    ("tax__gte", 0),
                                    (
                                        "total",
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("net"), "+", models.F("tax")
                                        ),
                                    ),
                                    ("total__gt", 0),
                                ),
                                name="credit_note_adds_up",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("reason", ""), _negated=True), name="credit_note_says_why"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "net",
                                        django.db.models.functions.math.Round(
                                            models.F("net"),
                                            precision=models.Case(
                                                models.When(
                                                    currency__in=[
                                                        "JPY",
                                                        "KRW",
                                                        "VND",
                                                        "CLP",
                                                        "ISK",
                                                        "XAF",
                                                        "XOF",
                                                        "PYG",
                                                        "UGX",
                                                    ],
                                                    then=models.Value(0),
                                                ),
                                                models.When(
                                                    currency__in=[
                                                        "KWD",
                                                        "BHD",
                                                        "OMR",
                                                        "JOD",
                                                        "TND",
                                                        "LYD",
                                                        "IQD",
                                                    ],
                                                    then=models.Value(3),
                                                ),
                                                default=models.Value(2),
                                                output_field=models.IntegerField(),
                                            ),
                                        ),
                                    ),
                                    (
                                        "tax",
                                        django.db.models.functions.math.Round(
                                            models.F("tax"),
                                            precision=models.Case(
                                                models.When(
                                                    currency__in=[
                                                        "JPY",
                                                        "KRW",
                                                        "VND",
                                                        "CLP",
                                                        "ISK",
                                                        "XAF",
                                                        "XOF",
                                                        "PYG",
                                                        "UGX",
                                                    ],
                                                    then=models.Value(0),
                                                ),
                                                models.When(
                                                    currency__in=[
                                                        "KWD",
                                                        "BHD",
                                                        "OMR",
                                                        "JOD",
                                                        "TND",
                                                        "LYD",
                                                        "IQD",
                                                    ],
                                                    then=models.Value(3),
                                                ),
                                                default=models.Value(2),
                                                output_field=models.IntegerField(),
                                            ),
                                        ),
                                    ),
                                    (
                                        "total",
                                        django.db.models.functions.math.Round(
                                            models.F("total"),
                                            precision=models.Case(
                                                models.When(
                                                    currency__in=[
                                                        "JPY",
                                                        "KRW",
                                                        "VND",
                                                        "CLP",
                                                        "ISK",
                                                        "XAF",
                                                        "XOF",
                                                        "PYG",
                                                        "UGX",
                                                    ],
                                                    then=models.Value(0),
                                                ),
                                                models.When(
                                                    currency__in=[
                                                        "KWD",
                                                        "BHD",
                                                        "OMR",
                                                        "JOD",
                                                        "TND",
                                                        "LYD",
                                                        "IQD",
                                                    ],
                                                    then=models.Value(3),
                                                ),
                                                default=models.Value(2),
                                                output_field=models.IntegerField(),
                                            ),
                                        ),
                                    ),
                                ),
                                name="credit_note_has_the_decimals_of_its_currency",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'A credit note is append-only: add a new row instead.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="03aac29e555f775feb6b3241e0ca824a05c46ded",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_35af7",
                                    table="billing_creditnote",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'A credit note is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="d2d6a577d1a80024a46445fdce035089d351417d",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_c0ca7",
                                    table="billing_creditnote",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="no_card_number",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    declare="DECLARE run text; digits text; total integer; n integer;",
                                    func="\n            FOR run IN SELECT m[1] FROM regexp_matches(\n                coalesce(NEW.reason, ''), '(?<![0-9A-Za-z])([0-9](?:[ .-]?[0-9]){12,})(?![0-9A-Za-z])', 'g') AS m\n            LOOP\n                digits := reverse(regexp_replace(run, '[^0-9]', '', 'g'));\n                CONTINUE WHEN length(digits) > 19 OR digits ~ '^0+$';\n                total := 0;\n                FOR i IN 1..length(digits) LOOP\n                    n := substr(digits, i, 1)::integer * (CASE WHEN i % 2 = 0 THEN 2 ELSE 1 END);\n                    total := total + CASE WHEN n > 9 THEN n - 9 ELSE n END;\n                END LOOP;\n                IF total % 10 = 0 THEN RAISE EXCEPTION 'Card numbers are never kept.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n            END LOOP;\n            RETURN NEW;\n        ",
                                    hash="09fff94415a9a63153b91430c295c3270fd66aa3",
                                    operation="INSERT OR UPDATE",
                                    pgid="pgtrigger_no_card_number_514fd",
                                    table="billing_creditnote",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="numbered_without_gaps",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="\n            IF NEW.count IS DISTINCT FROM 1 + coalesce(\n                   (SELECT max(n.count) FROM billing_creditnote n WHERE n.clinic_id = NEW.clinic_id AND n.year = NEW.year), 0)\n               OR NEW.number IS DISTINCT FROM\n                   'C-' || NEW.year || '-' || lpad(NEW.count::text, greatest(4, length(NEW.count::text)), '0')\n               OR NEW.year <> extract(year FROM NEW.issued_at AT TIME ZONE\n                   (SELECT c.time_zone FROM accounts_clinic c WHERE c.id = NEW.clinic_id))\n            THEN RAISE EXCEPTION 'Credit notes are numbered without gaps in a clinic and year.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n            RETURN NEW;\n        ",
                                    hash="b6448b6b57160ffe2e4bdc8fdfd37aed0a9b8220",
                                    operation="INSERT",
                                    pgid="pgtrigger_numbered_without_gaps_868e7",
                                    table="billing_creditnote",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="of_its_invoice",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="\n                    PERFORM 1 FROM billing_invoice i WHERE i.id = NEW.invoice_id\n                       AND i.clinic_id = NEW.clinic_id AND i.currency = NEW.currency FOR NO KEY UPDATE;\n                    IF NOT FOUND THEN RAISE EXCEPTION 'A credit note is of its invoice''s clinic and currency.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n                    RETURN NEW;\n                ",
                                    hash="7943eb25b5e0d75e03b657f7eb5d536951e115df",
                                    operation="INSERT",
                                    pgid="pgtrigger_of_its_invoice_9f2a2",
                                    table="billing_creditnote",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="adds_up",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    constraint="CONSTRAINT",
                                    func="\n            IF EXISTS (\n                SELECT 1 FROM billing_creditnote p, LATERAL (\n                    SELECT count(*) AS lines, coalesce(sum(l.net), 0) AS net, coalesce(sum(l.tax), 0) AS tax\n                      FROM billing_creditnoteline l WHERE l.credit_note_id = p.id) s\n                 WHERE p.id = NEW.id AND (p.line_count <> s.lines OR p.net <> s.net OR p.tax <> s.tax))\n            THEN RAISE EXCEPTION 'The lines of a credit note sum to it, and are as many as it says.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n            RETURN NULL;\n        ",
                                    hash="258f4e06206930082627af7be25fe0188d58d660",
                                    operation="INSERT",
                                    pgid="pgtrigger_adds_up_0c3db",
                                    table="billing_creditnote",
                                    timing="DEFERRABLE INITIALLY DEFERRED",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="InvoiceLine",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "invoice",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="lines",
                                to="billing.invoice",
                            ),
                        ),
                        ("position", models.PositiveSmallIntegerField()),
                        ("kind", models.CharField(max_length=12)),
                        ("label", models.CharField(max_length=120)),
                        ("detail", models.CharField(blank=True, max_length=160)),
                        ("quantity", models.PositiveSmallIntegerField()),
                        ("unit_amount", models.DecimalField(decimal_places=3, max_digits=12)),
                        ("amount", models.DecimalField(decimal_places=3, max_digits=12)),
                        ("net", models.DecimalField(decimal_places=3, max_digits=12)),
                        ("tax_class", models.CharField(max_length=10)),
                        ("tax_rate", models.DecimalField(decimal_places=3, max_digits=6)),
                        ("tax", models.DecimalField(decimal_places=3, max_digits=12)),
                        ("source", models.CharField(blank=True, max_length=60)),
                    ],
                    options={
                        "ordering": ["invoice", "position"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("invoice", "position"), name="invoice_line_has_its_place"
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("source", ""), _negated=True),
                                fields=("kind", "source"),
                                name="what_is_charged_for_is_charged_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "amount",
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("quantity"), "*", models.F("unit_amount")
                                        ),
                                    ),
                                    ("quantity__gte", 1),
                                    ("unit_amount__gte", 0),
                                ),
                                name="invoice_line_multiplies",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("net__gte", 0),
                                    ("tax__gte", 0),
                                    models.Q(
                                        ("net", models.F("amount")),
                                        (
                                            "amount",
                                            django.db.models.expressions.CombinedExpression(
                                                models.F("net"), "+", models.F("tax")
                                            ),
                                        ),
                                        _connector="OR",
                                    ),
                                ),
                                name="invoice_line_is_its_amount",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("tax_class__in", ["standard", "reduced"]),
                                    models.Q(("tax", 0), ("tax_rate", 0)),
                                    _connector="OR",
                                ),
                                name="invoice_line_without_tax_has_none",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'An issued invoice is append-only: add a new row instead.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="e540e4e6c49ee87c4d4d1d6fce4028208cac48d1",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_148d2",
                                    table="billing_invoiceline",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'An issued invoice is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="b7045f60f798414db8f05a468e76176ce838eec5",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_9c92c",
                                    table="billing_invoiceline",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="no_card_number",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    declare="DECLARE run text; digits text; total integer; n integer;",
                                    func="\n            FOR run IN SELECT m[1] FROM regexp_matches(\n                coalesce(NEW.label, '') || ' | ' || coalesce(NEW.detail, ''), '(?<![0-9A-Za-z])([0-9](?:[ .-]?[0-9]){12,})(?![0-9A-Za-z])', 'g') AS m\n            LOOP\n                digits := reverse(regexp_replace(run, '[^0-9]', '', 'g'));\n                CONTINUE WHEN length(digits) > 19 OR digits ~ '^0+$';\n                total := 0;\n                FOR i IN 1..length(digits) LOOP\n                    n := substr(digits, i, 1)::integer * (CASE WHEN i % 2 = 0 THEN 2 ELSE 1 END);\n                    total := total + CASE WHEN n > 9 THEN n - 9 ELSE n END;\n                END LOOP;\n                IF total % 10 = 0 THEN RAISE EXCEPTION 'Card numbers are never kept.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n            END LOOP;\n            RETURN NEW;\n        ",
                                    hash="f42c435d0b0de99a80c3ab23f90057b810036da6",
                                    operation="INSERT OR UPDATE",
                                    pgid="pgtrigger_no_card_number_70c61",
                                    table="billing_invoiceline",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="not_waived_already",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (NEW.\"source\" > '')",
                                    func="\n                    IF EXISTS (SELECT 1 FROM billing_feewaiver w WHERE w.kind = NEW.kind AND w.source = NEW.source)\n                    THEN RAISE EXCEPTION 'This fee was waived: it is not charged.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n                    RETURN NEW;\n                ",
                                    hash="d9d07d1ad90b4385c334d5c2fa85c0c4814c5130",
                                    operation="INSERT",
                                    pgid="pgtrigger_not_waived_already_82445",
                                    table="billing_invoiceline",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="adds_up",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    constraint="CONSTRAINT",
                                    func="\n            IF EXISTS (\n                SELECT 1 FROM billing_invoice p, LATERAL (\n                    SELECT count(*) AS lines, coalesce(sum(l.net), 0) AS net, coalesce(sum(l.tax), 0) AS tax\n                      FROM billing_invoiceline l WHERE l.invoice_id = p.id) s\n                 WHERE p.id = NEW.invoice_id AND (p.line_count <> s.lines OR p.net <> s.net OR p.tax <> s.tax))\n            THEN RAISE EXCEPTION 'The lines of an invoice sum to it, and are as many as it says.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n            RETURN NULL;\n        ",
                                    hash="fe2e24dfc3c0e078961fce6441abee10a487f333",
                                    operation="INSERT",
                                    pgid="pgtrigger_adds_up_a8fab",
                                    table="billing_invoiceline",
                                    timing="DEFERRABLE INITIALLY DEFERRED",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CreditNoteLine",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "credit_note",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="lines",
                                to="billing.creditnote",
                            ),
                        ),
                        (
                            "invoice_line",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="credited",
                                to="billing.invoiceline",
                            ),
                        ),
                        ("net", models.DecimalField(decimal_places=3, max_digits=12)),
                        ("tax", models.DecimalField(decimal_places=3, max_digits=12)),
                    ],
                    options={
                        "ordering": ["credit_note", "pk"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("credit_note", "invoice_line"), name="credit_note_names_a_line_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("net__gte", 0), ("tax__gte", 0)),
                                name="credit_note_line_is_not_negative",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'A credit note is append-only: add a new row instead.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="3f57947d31e5332c5b2c09a01b7a16b4b8ff6b96",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_bb3d7",
                                    table="billing_creditnoteline",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'A credit note is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="22188b04d863329e98edc33ddc0ee50dd022be11",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_cd37d",
                                    table="billing_creditnoteline",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="adds_up",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    constraint="CONSTRAINT",
                                    func="\n            IF EXISTS (\n                SELECT 1 FROM billing_creditnote p, LATERAL (\n                    SELECT count(*) AS lines, coalesce(sum(l.net), 0) AS net, coalesce(sum(l.tax), 0) AS tax\n                      FROM billing_creditnoteline l WHERE l.credit_note_id = p.id) s\n                 WHERE p.id = NEW.credit_note_id AND (p.line_count <> s.lines OR p.net <> s.net OR p.tax <> s.tax))\n            THEN RAISE EXCEPTION 'The lines of a credit note sum to it, and are as many as it says.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n            RETURN NULL;\n        ",
                                    hash="b5863d5fc2ffa785be88761992f805936311ac09",
                                    operation="INSERT",
                                    pgid="pgtrigger_adds_up_b1b65",
                                    table="billing_creditnoteline",
                                    timing="DEFERRABLE INITIALLY DEFERRED",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="no_more_than_was_charged",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    constraint="CONSTRAINT",
                                    func="\n                    IF NOT EXISTS (\n                        SELECT 1 FROM billing_invoiceline l\n                          JOIN billing_creditnote c ON c.id = NEW.credit_note_id AND c.invoice_id = l.invoice_id\n                         WHERE l.id = NEW.invoice_line_id\n                           AND l.net >= (SELECT sum(o.net) FROM billing_creditnoteline o WHERE o.invoice_line_id = l.id)\n                           AND l.tax >= (SELECT sum(o.tax) FROM billing_creditnoteline o WHERE o.invoice_line_id = l.id))\n                    THEN RAISE EXCEPTION 'No more is credited than was charged.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n                    RETURN NULL;\n                ",
                                    hash="aed7841b4c297fd698386155ee25894725b46703",
                                    operation="INSERT",
                                    pgid="pgtrigger_no_more_than_was_charged_4931f",
                                    table="billing_creditnoteline",
                                    timing="DEFERRABLE INITIALLY DEFERRED",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Payment",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
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
                            "plan",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="payments",
                                to="plans.treatmentplan",
                            ),
                        ),
                        (
                            "invoice",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="payments",
                                to="billing.invoice",
                            ),
                        ),
                        (
                            "quote",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="payments",
                                to="billing.quote",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("deposit", "Deposit"),
                                    ("instalment", "Instalment"),
                                    ("payment", "Payment"),
                                    ("refund", "Refund"),
                                    ("void", "Void of a mistake"),
                                ],
                                max_length=10,
                            ),
                        ),
                        (
                            "method",
                            models.CharField(
                                choices=[
                                    ("cash", "Cash"),
                                    ("card", "Card terminal"),
                                    ("transfer", "Bank transfer"),
                                    ("online", "Payment link"),
                                ],
                                max_length=10,
                            ),
                        ),
                        (
                            "amount",
                            models.DecimalField(
                                decimal_places=3, help_text="In above zero, out below.", max_digits=12
                            ),
                        ),
                        ("currency", models.CharField(max_length=3)),
                        (
                            "voids",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="voided_by",
                                to="billing.payment",
                            ),
                        ),
                        (
                            "replaces",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="replacement",
                                to="billing.payment",
                            ),
                        ),
                        (
                            "replaced_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="billing.payment",
                            ),
                        ),
                        ("reason", models.CharField(blank=True, max_length=200)),
                        (
                            "reference",
                            models.CharField(
                                blank=True,
                                db_default="",
                                default="",
                                help_text="Slip or transfer number. Never a card number.",
                                max_length=60,
                            ),
                        ),
                        ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        (
                            "by",
                            models.ForeignKey(
                                blank=True,
                                help_text="Empty where the patient paid by a link.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["pk"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("by__isnull", False),
                                    models.Q(("kind", "deposit"), ("method", "online")),
                                    _connector="OR",
                                ),
                                name="only_a_deposit_by_link_is_taken_by_nobody",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("amount__gt", 0), ("kind__in", ["deposit", "instalment", "payment"])
                                    ),
                                    models.Q(("amount__lt", 0), ("kind", "refund")),
                                    models.Q(
                                        ("kind", "void"),
                                        ("voids__isnull", False),
                                        models.Q(("amount", 0), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="payment_goes_the_right_way",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("invoice__isnull", False), ("plan__isnull", True)),
                                    models.Q(("invoice__isnull", True), ("plan__isnull", False)),
                                    _connector="OR",
                                ),
                                name="payment_is_for_a_plan_or_an_invoice",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("replaced_by", None), ("kind", "void"), _connector="OR"),
                                name="only_a_void_names_the_right_one",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("replaces", None),
                                    ("kind__in", ["deposit", "instalment", "payment"]),
                                    _connector="OR",
                                ),
                                name="only_money_in_replaces_a_voided_payment",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "amount",
                                        django.db.models.functions.math.Round(
                                            models.F("amount"),
                                            precision=models.Case(
                                                models.When(
                                                    currency__in=[
                                                        "JPY",
                                                        "KRW",
                                                        "VND",
                                                        "CLP",
                                                        "ISK",
                                                        "XAF",
                                                        "XOF",
                                                        "PYG",
                                                        "UGX",
                                                    ],
                                                    then=models.Value(0),
                                                ),
                                                models.When(
                                                    currency__in=[
                                                        "KWD",
                                                        "BHD",
                                                        "OMR",
                                                        "JOD",
                                                        "TND",
                                                        "LYD",
                                                        "IQD",
                                                    ],
                                                    then=models.Value(3),
                                                ),
                                                default=models.Value(2),
                                                output_field=models.IntegerField(),
                                            ),
                                        ),
                                    )
                                ),
                                name="payment_has_the_decimals_of_its_currency",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("kind__in", ["deposit", "instalment", "payment"]),
                                    models.Q(("reason", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="money_back_says_why",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'The payment book is append-only: add a new row instead.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="e3655c8410f66f742e16839236233bc494ac228e",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_009d6",
                                    table="billing_payment",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'The payment book is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="1ae323140331a49a0f4b73289085f385d3510c54",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_0b246",
                                    table="billing_payment",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="by_a_member",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="\n            IF NEW.by_id IS NOT NULL AND NOT EXISTS (\n                SELECT 1 FROM accounts_membership m\n                 WHERE m.user_id = NEW.by_id AND m.clinic_id = (SELECT coalesce((SELECT p.clinic_id FROM plans_treatmentplan p WHERE p.id = NEW.plan_id), (SELECT i.clinic_id FROM billing_invoice i WHERE i.id = NEW.invoice_id))))\n            THEN RAISE EXCEPTION 'Only who works at a clinic acts there.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n            RETURN NEW;\n        ",
                                    hash="0cee748694916c63847b5fb27ba57200ae911240",
                                    operation="INSERT",
                                    pgid="pgtrigger_by_a_member_526fa",
                                    table="billing_payment",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="no_card_number",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    declare="DECLARE run text; digits text; total integer; n integer;",
                                    func="\n            FOR run IN SELECT m[1] FROM regexp_matches(\n                coalesce(NEW.reason, '') || ' | ' || coalesce(NEW.reference, ''), '(?<![0-9A-Za-z])([0-9](?:[ .-]?[0-9]){12,})(?![0-9A-Za-z])', 'g') AS m\n            LOOP\n                digits := reverse(regexp_replace(run, '[^0-9]', '', 'g'));\n                CONTINUE WHEN length(digits) > 19 OR digits ~ '^0+$';\n                total := 0;\n                FOR i IN 1..length(digits) LOOP\n                    n := substr(digits, i, 1)::integer * (CASE WHEN i % 2 = 0 THEN 2 ELSE 1 END);\n                    total := total + CASE WHEN n > 9 THEN n - 9 ELSE n END;\n                END LOOP;\n                IF total % 10 = 0 THEN RAISE EXCEPTION 'Card numbers are never kept.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n            END LOOP;\n            RETURN NEW;\n        ",
                                    hash="64b5ce1d36d9d3359159dd31fcb4b04ae7ed5126",
                                    operation="INSERT OR UPDATE",
                                    pgid="pgtrigger_no_card_number_890ae",
                                    table="billing_payment",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="of_its_patient",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="\n                    IF NEW.patient_id IS DISTINCT FROM coalesce(\n                           (SELECT t.patient_id FROM plans_treatmentplan t WHERE t.id = NEW.plan_id),\n                           (SELECT i.patient_id FROM billing_invoice i WHERE i.id = NEW.invoice_id))\n                    THEN RAISE EXCEPTION 'A payment is of the patient of its plan or invoice.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n                    IF NEW.voids_id IS NOT NULL AND NOT EXISTS (\n                        SELECT 1 FROM billing_payment v WHERE v.id = NEW.voids_id AND v.amount = -NEW.amount\n                           AND v.currency = NEW.currency AND v.kind <> 'void'\n                           AND v.plan_id IS NOT DISTINCT FROM NEW.plan_id\n                           AND v.invoice_id IS NOT DISTINCT FROM NEW.invoice_id)\n                    THEN RAISE EXCEPTION 'A void is the opposite of what it voids.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n                    IF NEW.replaces_id IS NOT NULL AND NOT EXISTS (\n                        SELECT 1 FROM billing_payment v WHERE v.voids_id = NEW.replaces_id)\n                    THEN RAISE EXCEPTION 'Only a voided payment is replaced.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n                    RETURN NEW;\n                ",
                                    hash="d4f1609bd9260bb7d76eb50b116dff0de908f3dc",
                                    operation="INSERT",
                                    pgid="pgtrigger_of_its_patient_a30cb",
                                    table="billing_payment",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Allowance",
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
                            "plan",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="allowances",
                                to="plans.treatmentplan",
                            ),
                        ),
                        (
                            "invoice",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="allowances",
                                to="billing.invoice",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[("write_off", "Written off"), ("goodwill", "Goodwill")],
                                max_length=10,
                            ),
                        ),
                        ("amount", models.DecimalField(decimal_places=3, max_digits=12)),
                        ("currency", models.CharField(max_length=3)),
                        ("reason", models.CharField(max_length=200)),
                        (
                            "payment",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="goodwill",
                                to="billing.payment",
                            ),
                        ),
                        ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
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
                        "ordering": ["pk"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("invoice__isnull", False), ("plan__isnull", True)),
                                    models.Q(("invoice__isnull", True), ("plan__isnull", False)),
                                    _connector="OR",
                                ),
                                name="allowance_is_of_a_plan_or_an_invoice",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("amount__gt", 0), models.Q(("reason", ""), _negated=True)
                                ),
                                name="allowance_says_how_much_and_why",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("kind", "write_off"), ("payment__isnull", True)),
                                    models.Q(("kind", "goodwill"), ("payment__isnull", False)),
                                    _connector="OR",
                                ),
                                name="goodwill_goes_with_its_refund",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "amount",
                                        django.db.models.functions.math.Round(
                                            models.F("amount"),
                                            precision=models.Case(
                                                models.When(
                                                    currency__in=[
                                                        "JPY",
                                                        "KRW",
                                                        "VND",
                                                        "CLP",
                                                        "ISK",
                                                        "XAF",
                                                        "XOF",
                                                        "PYG",
                                                        "UGX",
                                                    ],
                                                    then=models.Value(0),
                                                ),
                                                models.When(
                                                    currency__in=[
                                                        "KWD",
                                                        "BHD",
                                                        "OMR",
                                                        "JOD",
                                                        "TND",
                                                        "LYD",
                                                        "IQD",
                                                    ],
                                                    then=models.Value(3),
                                                ),
                                                default=models.Value(2),
                                                output_field=models.IntegerField(),
                                            ),
                                        ),
                                    )
                                ),
                                name="allowance_has_the_decimals_of_its_currency",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'What was written off is append-only: add a new row instead.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="cd8ba960d40432604f37696e64481661a77eb719",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_95e10",
                                    table="billing_allowance",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'What was written off is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="d78b4591c03cf742e8ba866652cd2c003c3e5081",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_e20d1",
                                    table="billing_allowance",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="no_card_number",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    declare="DECLARE run text; digits text; total integer; n integer;",
                                    func="\n            FOR run IN SELECT m[1] FROM regexp_matches(\n                coalesce(NEW.reason, ''), '(?<![0-9A-Za-z])([0-9](?:[ .-]?[0-9]){12,})(?![0-9A-Za-z])', 'g') AS m\n            LOOP\n                digits := reverse(regexp_replace(run, '[^0-9]', '', 'g'));\n                CONTINUE WHEN length(digits) > 19 OR digits ~ '^0+$';\n                total := 0;\n                FOR i IN 1..length(digits) LOOP\n                    n := substr(digits, i, 1)::integer * (CASE WHEN i % 2 = 0 THEN 2 ELSE 1 END);\n                    total := total + CASE WHEN n > 9 THEN n - 9 ELSE n END;\n                END LOOP;\n                IF total % 10 = 0 THEN RAISE EXCEPTION 'Card numbers are never kept.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n            END LOOP;\n            RETURN NEW;\n        ",
                                    hash="796695e26997699fcdbfd29e39169a06e3abeef6",
                                    operation="INSERT OR UPDATE",
                                    pgid="pgtrigger_no_card_number_44e10",
                                    table="billing_allowance",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="goodwill_is_what_went_back",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (NEW.\"kind\" = 'goodwill')",
                                    func="\n                    IF NOT EXISTS (\n                        SELECT 1 FROM billing_payment p\n                         WHERE p.id = NEW.payment_id AND p.kind = 'refund' AND p.amount = -NEW.amount\n                           AND p.currency = NEW.currency AND p.plan_id IS NOT DISTINCT FROM NEW.plan_id\n                           AND p.invoice_id IS NOT DISTINCT FROM NEW.invoice_id)\n                    THEN RAISE EXCEPTION 'Goodwill is as much as its refund gave back.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n                    RETURN NEW;\n                ",
                                    hash="6332bc118b88e4a375d3776c8b2f54cbe74ed41b",
                                    operation="INSERT",
                                    pgid="pgtrigger_goodwill_is_what_went_back_9b53d",
                                    table="billing_allowance",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PaymentRequest",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("key", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        (
                            "clinic",
                            models.ForeignKey(
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
                            "quote",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="payment_requests",
                                to="billing.quote",
                            ),
                        ),
                        ("amount", models.DecimalField(decimal_places=3, max_digits=12)),
                        ("currency", models.CharField(max_length=3)),
                        ("provider", models.CharField(max_length=20)),
                        (
                            "provider_id",
                            models.CharField(
                                blank=True, help_text="Its number at the provider.", max_length=100
                            ),
                        ),
                        (
                            "address",
                            models.URLField(
                                blank=True,
                                help_text="The provider's page, once it has told it.",
                                max_length=500,
                            ),
                        ),
                        (
                            "created_at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                        ),
                        (
                            "ends_at",
                            models.DateTimeField(
                                help_text="No page is opened for it after this; money that comes all the same counts."
                            ),
                        ),
                        (
                            "payment",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="request",
                                to="billing.payment",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-pk"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("amount__gt", 0)),
                                name="payment_request_asks_for_something",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("ends_at__gt", models.F("created_at"))),
                                name="payment_request_ends_later",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "amount",
                                        django.db.models.functions.math.Round(
                                            models.F("amount"),
                                            precision=models.Case(
                                                models.When(
                                                    currency__in=[
                                                        "JPY",
                                                        "KRW",
                                                        "VND",
                                                        "CLP",
                                                        "ISK",
                                                        "XAF",
                                                        "XOF",
                                                        "PYG",
                                                        "UGX",
                                                    ],
                                                    then=models.Value(0),
                                                ),
                                                models.When(
                                                    currency__in=[
                                                        "KWD",
                                                        "BHD",
                                                        "OMR",
                                                        "JOD",
                                                        "TND",
                                                        "LYD",
                                                        "IQD",
                                                    ],
                                                    then=models.Value(3),
                                                ),
                                                default=models.Value(2),
                                                output_field=models.IntegerField(),
                                            ),
                                        ),
                                    )
                                ),
                                name="payment_request_has_the_decimals_of_its_currency",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="frozen",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF (true) AND (to_jsonb(OLD) - ARRAY['provider_id', 'address', 'payment_id']::text[]) IS DISTINCT FROM (to_jsonb(NEW) - ARRAY['provider_id', 'address', 'payment_id']::text[]) THEN RAISE EXCEPTION 'A payment link is frozen: correct it by adding, not by changing.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW;",
                                    hash="62ecc36020e08860bdca26ea24011f3453b02e69",
                                    operation="UPDATE",
                                    pgid="pgtrigger_frozen_30fde",
                                    table="billing_paymentrequest",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="kept",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF (true) THEN RAISE EXCEPTION 'A payment link is kept: it cannot be deleted.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN OLD;",
                                    hash="f7b7a7b3567074790bc84b73e3407a6c61200be1",
                                    operation="DELETE",
                                    pgid="pgtrigger_kept_21de1",
                                    table="billing_paymentrequest",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'A payment link is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="b4feab346e0b4e1e9e5c774bf86d3d7d6acd1548",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_39c79",
                                    table="billing_paymentrequest",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PaymentNotice",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("provider", models.CharField(max_length=20)),
                        (
                            "event_id",
                            models.CharField(
                                help_text="The provider's own: told twice, it is one.", max_length=100
                            ),
                        ),
                        (
                            "request",
                            models.ForeignKey(
                                blank=True,
                                help_text="Empty where the provider names none of ours.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="notices",
                                to="billing.paymentrequest",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[("paid", "paid"), ("failed", "failed"), ("expired", "expired")],
                                max_length=10,
                            ),
                        ),
                        (
                            "amount",
                            models.DecimalField(blank=True, decimal_places=3, max_digits=12, null=True),
                        ),
                        ("currency", models.CharField(blank=True, max_length=3)),
                        (
                            "outcome",
                            models.CharField(
                                choices=[
                                    ("booked", "booked"),
                                    ("told_again", "told_again"),
                                    ("other_amount", "other_amount"),
                                    ("other_currency", "other_currency"),
                                    ("not_owed", "not_owed"),
                                    ("no_money", "no_money"),
                                    ("unknown", "unknown"),
                                ],
                                max_length=16,
                            ),
                        ),
                        ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ],
                    options={
                        "ordering": ["-pk"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("provider", "event_id"), name="payment_notice_counts_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("kind__in", ["paid", "failed", "expired"]),
                                    (
                                        "outcome__in",
                                        [
                                            "booked",
                                            "told_again",
                                            "other_amount",
                                            "other_currency",
                                            "not_owed",
                                            "no_money",
                                            "unknown",
                                        ],
                                    ),
                                    models.Q(("event_id", ""), _negated=True),
                                ),
                                name="payment_notice_is_known",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'What a provider told is append-only: add a new row instead.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="bab1837a8d1d6686d250f11bf3f6cce4dedc6caa",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_4a4f9",
                                    table="billing_paymentnotice",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'What a provider told is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="2300d103cc86fc2dbb21bb580c4b04cedb5f74fa",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_207b7",
                                    table="billing_paymentnotice",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PlanSettings",
                    fields=[
                        (
                            "clinic",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                primary_key=True,
                                related_name="plan_settings",
                                serialize=False,
                                to="accounts.clinic",
                            ),
                        ),
                        (
                            "refund_policy",
                            models.CharField(
                                choices=[
                                    ("pro_rata", "Pro rata: unused sessions of the price paid"),
                                    ("at_list", "At list: sessions used cost their list price"),
                                ],
                                default="pro_rata",
                                max_length=10,
                            ),
                        ),
                        (
                            "instalments",
                            models.PositiveSmallIntegerField(
                                default=1, help_text="Parts that the rest is paid in, after the deposit."
                            ),
                        ),
                        (
                            "instalment_days",
                            models.PositiveSmallIntegerField(default=30, help_text="Days between two parts."),
                        ),
                        (
                            "insurance_rate",
                            models.DecimalField(
                                decimal_places=3,
                                default=0,
                                help_text="What an insurer usually pays, in percent. Rarely more than 0.",
                                max_digits=6,
                            ),
                        ),
                        (
                            "prices_include_tax",
                            models.BooleanField(
                                db_default=False,
                                default=False,
                                help_text="Prices are written with their tax in them.",
                            ),
                        ),
                        (
                            "invoice_days",
                            models.PositiveSmallIntegerField(
                                db_default=14,
                                default=14,
                                help_text="An invoice not paid at once is due after so many days.",
                            ),
                        ),
                        (
                            "days_to_decide",
                            models.PositiveSmallIntegerField(
                                db_default=0,
                                default=0,
                                help_text="A patient accepts a quote by its link only after so many days.",
                            ),
                        ),
                        ("address", models.CharField(blank=True, db_default="", default="", max_length=300)),
                        ("phone", models.CharField(blank=True, db_default="", default="", max_length=40)),
                        (
                            "tax_number",
                            models.CharField(blank=True, db_default="", default="", max_length=40),
                        ),
                        (
                            "cash_float",
                            models.DecimalField(
                                decimal_places=3,
                                default=0,
                                help_text="Stays in the drawer overnight; counted with the cash.",
                                max_digits=12,
                            ),
                        ),
                        (
                            "kit_cost",
                            models.DecimalField(
                                decimal_places=3,
                                default=0,
                                help_text="What a single-use kit costs the clinic.",
                                max_digits=12,
                            ),
                        ),
                        (
                            "practitioner_cost",
                            models.DecimalField(
                                decimal_places=3, default=0, help_text="Per session.", max_digits=12
                            ),
                        ),
                        (
                            "room_cost",
                            models.DecimalField(
                                decimal_places=3, default=0, help_text="Per session.", max_digits=12
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("insurance_rate__gte", 0), ("insurance_rate__lte", 100)),
                                name="insurance_is_a_percentage",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("instalments__gte", 1), ("instalments__lte", 24)),
                                name="clinic_takes_1_to_24_instalments",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("instalment_days__gte", 1)),
                                name="instalments_are_days_apart",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("days_to_decide__lte", 60)),
                                name="days_to_decide_are_in_reason",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("cash_float__gte", 0),
                                    ("kit_cost__gte", 0),
                                    ("practitioner_cost__gte", 0),
                                    ("room_cost__gte", 0),
                                ),
                                name="clinic_costs_are_not_negative",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("refund_policy__in", ["pro_rata", "at_list"])),
                                name="clinic_names_its_refund_policy",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PriceList",
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
                                related_name="price_lists",
                                to="accounts.clinic",
                            ),
                        ),
                        ("name", models.CharField(max_length=80)),
                        ("currency", models.CharField(max_length=3)),
                        ("valid_from", models.DateField()),
                        (
                            "cocktail_markup",
                            models.DecimalField(
                                decimal_places=3,
                                default=1,
                                help_text="A cocktail costs its ml × price per ml × this.",
                                max_digits=6,
                            ),
                        ),
                        ("discount_cap", models.DecimalField(decimal_places=3, default=25, max_digits=6)),
                        ("deposit_rate", models.DecimalField(decimal_places=3, default=20, max_digits=6)),
                        (
                            "tax_standard",
                            models.DecimalField(
                                db_default=0,
                                decimal_places=3,
                                default=0,
                                help_text="Standard tax rate, in percent.",
                                max_digits=6,
                            ),
                        ),
                        (
                            "tax_reduced",
                            models.DecimalField(
                                db_default=0,
                                decimal_places=3,
                                default=0,
                                help_text="Reduced tax rate, in percent.",
                                max_digits=6,
                            ),
                        ),
                        (
                            "tax_included",
                            models.BooleanField(
                                db_default=False, default=False, help_text="Prices hold their tax."
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
                        (
                            "withdrawn_reason",
                            models.CharField(blank=True, db_default="", default="", max_length=200),
                        ),
                    ],
                    options={
                        "ordering": ["clinic", "-valid_from"],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("withdrawn_at", None)),
                                fields=("clinic", "valid_from"),
                                name="one_price_list_starts_on_a_day",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("withdrawn_at", None), ("withdrawn_by", None)),
                                    models.Q(
                                        ("withdrawn_at__isnull", False),
                                        ("withdrawn_by__isnull", False),
                                        models.Q(("withdrawn_reason", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="withdrawn_price_list_says_who_and_why",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("deposit_rate__gte", 0),
                                    ("deposit_rate__lte", 100),
                                    ("discount_cap__gte", 0),
                                    ("discount_cap__lte", 100),
                                ),
                                name="price_list_rates_are_percentages",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("tax_reduced__gte", 0),
                                    ("tax_reduced__lte", 100),
                                    ("tax_standard__gte", 0),
                                    ("tax_standard__lte", 100),
                                ),
                                name="price_list_taxes_are_percentages",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="frozen",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF (EXISTS (SELECT 1 FROM billing_quote q WHERE q.price_list_id = OLD.id AND q.status <> 'draft') OR EXISTS (SELECT 1 FROM billing_invoice i WHERE i.price_list_id = OLD.id)) AND (to_jsonb(OLD) - ARRAY[]::text[]) IS DISTINCT FROM (to_jsonb(NEW) - ARRAY[]::text[]) THEN RAISE EXCEPTION 'A price list that something was issued from is frozen: correct it by adding, not by changing.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW;",
                                    hash="274211e0de74b6d559e4e671c73049c85b629034",
                                    operation="UPDATE",
                                    pgid="pgtrigger_frozen_f76e7",
                                    table="billing_pricelist",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="kept",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF (EXISTS (SELECT 1 FROM billing_quote q WHERE q.price_list_id = OLD.id AND q.status <> 'draft') OR EXISTS (SELECT 1 FROM billing_invoice i WHERE i.price_list_id = OLD.id)) THEN RAISE EXCEPTION 'A price list that something was issued from is kept: it cannot be deleted.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN OLD;",
                                    hash="bd2138a0f27a70070779052c17f49f04e13c7236",
                                    operation="DELETE",
                                    pgid="pgtrigger_kept_2db90",
                                    table="billing_pricelist",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'A price list that something was issued from is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="4795c6cd77e42096f43b3599b5dc52cd0d84b038",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_dc784",
                                    table="billing_pricelist",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Price",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "price_list",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="prices",
                                to="billing.pricelist",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("session", "Session, by area"),
                                    ("cocktail", "Cocktail, fixed price"),
                                    ("kit", "Single-use kit"),
                                    ("consultation", "Consultation"),
                                    ("extra", "Extra"),
                                    ("no_show", "Missed visit"),
                                    ("late_cancel", "Late cancellation"),
                                    ("package", "Package discount, by sessions"),
                                ],
                                max_length=12,
                            ),
                        ),
                        ("label", models.CharField(max_length=80)),
                        ("why", models.CharField(blank=True, max_length=120)),
                        (
                            "area_from",
                            models.DecimalField(blank=True, decimal_places=1, max_digits=6, null=True),
                        ),
                        (
                            "area_to",
                            models.DecimalField(
                                blank=True,
                                decimal_places=1,
                                help_text="Up to, not including.",
                                max_digits=6,
                                null=True,
                            ),
                        ),
                        (
                            "technique",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("epidermic", "Epidermic"),
                                    ("papule", "Papule"),
                                    ("nappage", "Nappage"),
                                    ("point_by_point", "Point by point"),
                                    ("mesogun", "Mesogun"),
                                ],
                                help_text="Empty: any.",
                                max_length=20,
                            ),
                        ),
                        (
                            "treatment",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("cocktail", "Mixed cocktail"),
                                    ("single", "Single preparation"),
                                    ("premade", "Ready-made product"),
                                ],
                                help_text="Empty: any.",
                                max_length=10,
                            ),
                        ),
                        ("sessions_from", models.PositiveSmallIntegerField(blank=True, null=True)),
                        ("amount", models.DecimalField(decimal_places=3, default=0, max_digits=12)),
                        (
                            "rate",
                            models.DecimalField(
                                decimal_places=3,
                                default=0,
                                help_text="Package discount, in percent.",
                                max_digits=6,
                            ),
                        ),
                        (
                            "tax_class",
                            models.CharField(
                                choices=[
                                    ("none", "No tax"),
                                    ("exempt", "Exempt"),
                                    ("standard", "Standard rate"),
                                    ("reduced", "Reduced rate"),
                                ],
                                db_default="none",
                                default="none",
                                max_length=10,
                            ),
                        ),
                        (
                            "tax_rate",
                            models.DecimalField(
                                decimal_places=3,
                                default=0,
                                help_text="Of its class, when the list was published.",
                                max_digits=6,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["price_list", "kind", "area_from", "sessions_from", "pk"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("amount__gte", 0)), name="price_is_not_negative"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("rate__gte", 0),
                                    ("rate__lte", 100),
                                    ("tax_rate__gte", 0),
                                    ("tax_rate__lte", 100),
                                ),
                                name="price_rates_are_percentages",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("tax_class__in", ["standard", "reduced"]),
                                    ("tax_rate", 0),
                                    _connector="OR",
                                ),
                                name="what_is_exempt_has_no_tax",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="part_of_frozen",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    declare="DECLARE is_frozen boolean;",
                                    func="\n            IF TG_OP = 'UPDATE' THEN\n                IF (to_jsonb(OLD) - ARRAY[]::text[]) IS NOT DISTINCT FROM (to_jsonb(NEW) - ARRAY[]::text[]) THEN\n                    RETURN NEW;\n                END IF;\n            END IF;\n            IF TG_OP <> 'INSERT' THEN\n                SELECT (EXISTS (SELECT 1 FROM billing_quote q WHERE q.price_list_id = p.id AND q.status <> 'draft') OR EXISTS (SELECT 1 FROM billing_invoice i WHERE i.price_list_id = p.id)) INTO is_frozen FROM billing_pricelist p WHERE p.id = OLD.price_list_id FOR SHARE;\n                IF is_frozen THEN RAISE EXCEPTION 'A price list that something was issued from is signed: nothing in it changes.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n            END IF;\n            IF TG_OP <> 'DELETE' THEN\n                SELECT (EXISTS (SELECT 1 FROM billing_quote q WHERE q.price_list_id = p.id AND q.status <> 'draft') OR EXISTS (SELECT 1 FROM billing_invoice i WHERE i.price_list_id = p.id)) INTO is_frozen FROM billing_pricelist p WHERE p.id = NEW.price_list_id FOR SHARE;\n                IF is_frozen THEN RAISE EXCEPTION 'A price list that something was issued from is signed: nothing in it changes.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n                RETURN NEW;\n            END IF;\n            RETURN OLD;\n        ",
                                    hash="0d8733114c04d08f2bf5f68be4afa806617a2e15",
                                    operation="INSERT OR UPDATE OR DELETE",
                                    pgid="pgtrigger_part_of_frozen_f4f62",
                                    table="billing_price",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Quote",
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
                                related_name="quotes",
                                to="accounts.clinic",
                            ),
                        ),
                        (
                            "patient",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="quotes",
                                to="patients.patient",
                            ),
                        ),
                        (
                            "plan",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="quotes",
                                to="plans.treatmentplan",
                            ),
                        ),
                        (
                            "price_list",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="billing.pricelist",
                            ),
                        ),
                        ("currency", models.CharField(max_length=3)),
                        ("number", models.CharField(blank=True, max_length=20)),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("draft", "draft"),
                                    ("issued", "issued"),
                                    ("accepted", "accepted"),
                                    ("declined", "declined"),
                                    ("expired", "expired"),
                                    ("superseded", "superseded"),
                                ],
                                max_length=12,
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
                        ("issued_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "issued_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("valid_until", models.DateField(blank=True, null=True)),
                        (
                            "chosen_option",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="billing.quoteoption",
                            ),
                        ),
                        ("answered_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "answered_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("answer_reason", models.CharField(blank=True, max_length=200)),
                        (
                            "accepted_name",
                            models.CharField(blank=True, help_text="As the patient signed.", max_length=200),
                        ),
                        (
                            "signature",
                            models.JSONField(
                                blank=True, help_text="Drawn strokes; see core/signatures.py.", null=True
                            ),
                        ),
                        (
                            "coupon",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="quotes",
                                to="billing.coupon",
                            ),
                        ),
                        (
                            "insurance_rate",
                            models.DecimalField(
                                db_default=0,
                                decimal_places=3,
                                default=0,
                                help_text="The insurer's share, in percent.",
                                max_digits=6,
                            ),
                        ),
                        ("instalments", models.PositiveSmallIntegerField(db_default=1, default=1)),
                        ("instalment_days", models.PositiveSmallIntegerField(db_default=30, default=30)),
                        (
                            "refund_policy",
                            models.CharField(
                                db_default="pro_rata",
                                default="pro_rata",
                                help_text="The contract names one (docs/pricing.md example 6).",
                                max_length=10,
                            ),
                        ),
                        (
                            "previous",
                            models.ForeignKey(
                                blank=True,
                                help_text="The quote issued before this one.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="billing.quote",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-pk"],
                        "indexes": [
                            models.Index(fields=["clinic", "status", "-id"], name="quotes_by_status"),
                            models.Index(fields=["clinic", "issued_at"], name="quotes_by_day_issued"),
                            models.Index(
                                fields=["clinic", "status", "answered_at"], name="quotes_by_day_answered"
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("number", ""), _negated=True),
                                fields=("clinic", "number"),
                                name="quote_number_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("issued_at", None),
                                        ("issued_by", None),
                                        ("number", ""),
                                        ("status", "draft"),
                                    ),
                                    models.Q(
                                        models.Q(("status", "draft"), _negated=True),
                                        ("issued_at__isnull", False),
                                        ("issued_by__isnull", False),
                                        ("valid_until__isnull", False),
                                        models.Q(("number", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="issued_quote_has_number_by_and_at",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("status", "accepted"), _negated=True),
                                    models.Q(
                                        ("answered_at__isnull", False), ("chosen_option__isnull", False)
                                    ),
                                    _connector="OR",
                                ),
                                name="accepted_quote_says_which_option",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "status__in",
                                        ["draft", "issued", "accepted", "declined", "expired", "superseded"],
                                    )
                                ),
                                name="quote_status_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("instalment_days__gte", 1),
                                    ("instalments__gte", 1),
                                    ("instalments__lte", 24),
                                    ("insurance_rate__gte", 0),
                                    ("insurance_rate__lte", 100),
                                    ("refund_policy__in", ["pro_rata", "at_list"]),
                                ),
                                name="quote_terms_make_sense",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="of_an_open_record",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    declare="DECLARE merged bigint;",
                                    func="\n            SELECT merged_into_id INTO merged FROM patients_patient WHERE id = NEW.patient_id FOR SHARE;\n            IF merged IS NOT NULL\n            THEN RAISE EXCEPTION 'A quote is not of a merged record: use the one that is kept.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n            RETURN NEW;\n        ",
                                    hash="572bd5e000aadf1c893ccff547c9a973b0739c46",
                                    operation='INSERT OR UPDATE OF "patient_id"',
                                    pgid="pgtrigger_of_an_open_record_bae28",
                                    table="billing_quote",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="frozen",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF (OLD.status <> 'draft') AND (to_jsonb(OLD) - ARRAY['status', 'chosen_option_id', 'answered_at', 'answered_by_id', 'answer_reason', 'accepted_name', 'signature']::text[]) IS DISTINCT FROM (to_jsonb(NEW) - ARRAY['status', 'chosen_option_id', 'answered_at', 'answered_by_id', 'answer_reason', 'accepted_name', 'signature']::text[]) THEN RAISE EXCEPTION 'An issued quote is frozen: correct it by adding, not by changing.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW;",
                                    hash="0476c1fefab8a73fa6ae67e481ca249b6ae49cfe",
                                    operation="UPDATE",
                                    pgid="pgtrigger_frozen_c8c64",
                                    table="billing_quote",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="kept",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF (OLD.status <> 'draft') THEN RAISE EXCEPTION 'An issued quote is kept: it cannot be deleted.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN OLD;",
                                    hash="48ce2f7bfdcfb97585c57af7d9ad76fe70d29b4f",
                                    operation="DELETE",
                                    pgid="pgtrigger_kept_7c4d2",
                                    table="billing_quote",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'An issued quote is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="884868c1b70fbee77a2b5b913ec22e496fbedae5",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_1fb95",
                                    table="billing_quote",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="from_a_standing_price_list",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    declare="DECLARE is_withdrawn boolean;",
                                    func="\n            IF NOT (OLD.status = 'draft' AND NEW.status = 'issued') THEN RETURN NEW; END IF;\n            SELECT l.withdrawn_at IS NOT NULL INTO is_withdrawn FROM billing_pricelist l\n             WHERE l.id = NEW.price_list_id FOR SHARE;\n            IF is_withdrawn THEN RAISE EXCEPTION 'This price list was withdrawn: use the one in force.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n            RETURN NEW;\n        ",
                                    hash="1f767c549ccafb6990abbfdd40b29d13bfb562d7",
                                    operation="UPDATE",
                                    pgid="pgtrigger_from_a_standing_price_list_85ca3",
                                    table="billing_quote",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="no_card_number",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    declare="DECLARE run text; digits text; total integer; n integer;",
                                    func="\n            FOR run IN SELECT m[1] FROM regexp_matches(\n                coalesce(NEW.answer_reason, '') || ' | ' || coalesce(NEW.accepted_name, ''), '(?<![0-9A-Za-z])([0-9](?:[ .-]?[0-9]){12,})(?![0-9A-Za-z])', 'g') AS m\n            LOOP\n                digits := reverse(regexp_replace(run, '[^0-9]', '', 'g'));\n                CONTINUE WHEN length(digits) > 19 OR digits ~ '^0+$';\n                total := 0;\n                FOR i IN 1..length(digits) LOOP\n                    n := substr(digits, i, 1)::integer * (CASE WHEN i % 2 = 0 THEN 2 ELSE 1 END);\n                    total := total + CASE WHEN n > 9 THEN n - 9 ELSE n END;\n                END LOOP;\n                IF total % 10 = 0 THEN RAISE EXCEPTION 'Card numbers are never kept.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n            END LOOP;\n            RETURN NEW;\n        ",
                                    hash="99e063ab3436e30f25117b898bfbf0d9e241d9d0",
                                    operation="INSERT OR UPDATE",
                                    pgid="pgtrigger_no_card_number_e729d",
                                    table="billing_quote",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="answered_once",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF OLD.status = 'accepted' AND to_jsonb(OLD) IS DISTINCT FROM to_jsonb(NEW) THEN RAISE EXCEPTION 'An accepted quote is frozen.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW;",
                                    hash="513f8f68abab55aaec12f045cf42efbaecd61c14",
                                    operation="UPDATE",
                                    pgid="pgtrigger_answered_once_3924e",
                                    table="billing_quote",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="adds_up_when_issued",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (NEW.\"status\" = 'issued' AND OLD.\"status\" = 'draft')",
                                    declare="DECLARE most integer;",
                                    func="\n                    IF EXISTS (\n                        SELECT 1 FROM billing_quoteoption o WHERE o.quote_id = NEW.id AND (\n                            o.total IS DISTINCT FROM\n                                (SELECT sum(l.net + l.tax) FROM billing_quoteline l WHERE l.option_id = o.id)\n                            OR o.total - o.insurer IS DISTINCT FROM coalesce(\n                                (SELECT sum(part) FROM unnest(o.instalments) part), 0)))\n                    THEN RAISE EXCEPTION 'Lines and instalments must sum to their option''s total.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n                    IF NEW.coupon_id IS NOT NULL THEN\n                        -- The coupon's row stays locked: of two that take its last use at once one waits, and is refused.\n                        SELECT c.most_uses INTO most FROM billing_coupon c WHERE c.id = NEW.coupon_id FOR UPDATE;\n                        IF most <= (SELECT count(*) FROM billing_quote q WHERE q.coupon_id = NEW.coupon_id\n                                     AND q.id <> NEW.id AND q.status IN ('issued', 'accepted'))\n                        THEN RAISE EXCEPTION 'This coupon is used up.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n                    END IF;\n                    RETURN NEW;\n                ",
                                    hash="b711dad5e4f97e9163ce3a7b154ae52a475102ac",
                                    operation="UPDATE",
                                    pgid="pgtrigger_adds_up_when_issued_49374",
                                    table="billing_quote",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="QuoteDocument",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "quote",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="documents",
                                to="billing.quote",
                            ),
                        ),
                        ("language", models.CharField(max_length=10)),
                        ("content", models.JSONField()),
                        ("sha256", models.CharField(max_length=64)),
                        (
                            "made_at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                        ),
                    ],
                    options={
                        "ordering": ["quote", "pk"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("quote", "language"), name="quote_printed_once_a_language"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("sha256__regex", "^[0-9a-f]{64}$")),
                                name="document_has_its_hash",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'A printed quote is append-only: add a new row instead.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="79c0d308d306620ccea92a97a3752c78cd9695f8",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_ab2c0",
                                    table="billing_quotedocument",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'A printed quote is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="baceab12110f054b9386f0f54b9e8fcc4d729b6e",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_64b4e",
                                    table="billing_quotedocument",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="QuoteLink",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "quote",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="links",
                                to="billing.quote",
                            ),
                        ),
                        (
                            "link",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="patients.patientlink",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["quote", "-pk"],
                    },
                ),
                migrations.CreateModel(
                    name="QuoteNumber",
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
                            "series",
                            models.CharField(
                                choices=[
                                    ("quote", "Quote"),
                                    ("receipt", "Receipt"),
                                    ("invoice", "Invoice"),
                                    ("credit", "Credit"),
                                ],
                                default="quote",
                                max_length=10,
                            ),
                        ),
                        ("year", models.PositiveSmallIntegerField()),
                        ("last", models.PositiveIntegerField(default=0)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("clinic", "series", "year"),
                                name="one_number_per_clinic_series_and_year",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="QuoteOption",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "quote",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="options",
                                to="billing.quote",
                            ),
                        ),
                        ("position", models.PositiveSmallIntegerField()),
                        ("name", models.CharField(max_length=80)),
                        ("sessions", models.PositiveSmallIntegerField()),
                        ("why", models.CharField(blank=True, max_length=200)),
                        ("discount_rate", models.DecimalField(decimal_places=3, default=0, max_digits=6)),
                        ("discount_reason", models.CharField(blank=True, max_length=200)),
                        (
                            "package_rate",
                            models.DecimalField(
                                db_default=0,
                                decimal_places=3,
                                default=0,
                                help_text="The package's by the price list, given or not.",
                                max_digits=6,
                            ),
                        ),
                        (
                            "added_rate",
                            models.DecimalField(db_default=0, decimal_places=3, default=0, max_digits=6),
                        ),
                        (
                            "added_amount",
                            models.DecimalField(db_default=0, decimal_places=3, default=0, max_digits=12),
                        ),
                        (
                            "added_reason",
                            models.CharField(blank=True, db_default="", default="", max_length=200),
                        ),
                        ("tax_included", models.BooleanField(db_default=False, default=False)),
                        ("list_total", models.DecimalField(decimal_places=3, max_digits=12)),
                        ("discount", models.DecimalField(decimal_places=3, default=0, max_digits=12)),
                        ("net", models.DecimalField(decimal_places=3, max_digits=12)),
                        ("tax", models.DecimalField(decimal_places=3, default=0, max_digits=12)),
                        ("total", models.DecimalField(decimal_places=3, max_digits=12)),
                        ("deposit", models.DecimalField(decimal_places=3, default=0, max_digits=12)),
                        (
                            "line_discount",
                            models.DecimalField(
                                db_default=0,
                                decimal_places=3,
                                default=0,
                                help_text="Part of the discount.",
                                max_digits=12,
                            ),
                        ),
                        (
                            "added_discount",
                            models.DecimalField(
                                db_default=0,
                                decimal_places=3,
                                default=0,
                                help_text="Part of the discount.",
                                max_digits=12,
                            ),
                        ),
                        (
                            "coupon",
                            models.DecimalField(
                                db_default=0,
                                decimal_places=3,
                                default=0,
                                help_text="Part of the discount.",
                                max_digits=12,
                            ),
                        ),
                        ("capped", models.BooleanField(db_default=False, default=False)),
                        (
                            "insurer",
                            models.DecimalField(
                                db_default=0,
                                decimal_places=3,
                                default=0,
                                help_text="Part of the total.",
                                max_digits=12,
                            ),
                        ),
                        (
                            "instalments",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.DecimalField(decimal_places=3, max_digits=12),
                                blank=True,
                                db_default=[],
                                default=list,
                                help_text="How the patient pays: the deposit first, the rest in parts.",
                                size=None,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["quote", "position"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("quote", "position"), name="option_has_its_place"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        (
                                            "net",
                                            django.db.models.expressions.CombinedExpression(
                                                models.F("list_total"), "-", models.F("discount")
                                            ),
                                        ),
                                        ("tax_included", False),
                                        (
                                            "total",
                                            django.db.models.expressions.CombinedExpression(
                                                models.F("net"), "+", models.F("tax")
                                            ),
                                        ),
                                    ),
                                    models.Q(
                                        (
                                            "net",
                                            django.db.models.expressions.CombinedExpression(
                                                models.F("total"), "-", models.F("tax")
                                            ),
                                        ),
                                        ("tax_included", True),
                                        (
                                            "total",
                                            django.db.models.expressions.CombinedExpression(
                                                models.F("list_total"), "-", models.F("discount")
                                            ),
                                        ),
                                    ),
                                    _connector="OR",
                                ),
                                name="option_adds_up",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("deposit__gte", 0),
                                    ("discount__gte", 0),
                                    ("net__gte", 0),
                                    ("tax__gte", 0),
                                ),
                                name="option_is_not_negative",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("insurer__gte", 0), ("insurer__lte", models.F("total"))),
                                name="insurer_pays_a_part",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("added_amount", 0), ("added_rate", 0)),
                                    models.Q(
                                        ("added_amount__gte", 0),
                                        ("added_rate__gte", 0),
                                        ("added_rate__lte", 100),
                                        models.Q(("added_reason", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="a_discount_by_hand_says_why",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="part_of_frozen",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    declare="DECLARE is_frozen boolean;",
                                    func="\n            IF TG_OP = 'UPDATE' THEN\n                IF (to_jsonb(OLD) - ARRAY[]::text[]) IS NOT DISTINCT FROM (to_jsonb(NEW) - ARRAY[]::text[]) THEN\n                    RETURN NEW;\n                END IF;\n            END IF;\n            IF TG_OP <> 'INSERT' THEN\n                SELECT (p.status <> 'draft') INTO is_frozen FROM billing_quote p WHERE p.id = OLD.quote_id FOR SHARE;\n                IF is_frozen THEN RAISE EXCEPTION 'A quote is signed: nothing in it changes.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n            END IF;\n            IF TG_OP <> 'DELETE' THEN\n                SELECT (p.status <> 'draft') INTO is_frozen FROM billing_quote p WHERE p.id = NEW.quote_id FOR SHARE;\n                IF is_frozen THEN RAISE EXCEPTION 'A quote is signed: nothing in it changes.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n                RETURN NEW;\n            END IF;\n            RETURN OLD;\n        ",
                                    hash="de4727bdb1a01a4e9532f8e384e9eb978f71bcdf",
                                    operation="INSERT OR UPDATE OR DELETE",
                                    pgid="pgtrigger_part_of_frozen_8d456",
                                    table="billing_quoteoption",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="QuoteLine",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "option",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="lines",
                                to="billing.quoteoption",
                            ),
                        ),
                        ("position", models.PositiveSmallIntegerField()),
                        ("label", models.CharField(max_length=120)),
                        ("why", models.CharField(blank=True, max_length=160)),
                        ("quantity", models.PositiveSmallIntegerField()),
                        ("unit_amount", models.DecimalField(decimal_places=3, max_digits=12)),
                        (
                            "amount",
                            models.DecimalField(
                                decimal_places=3,
                                help_text="Quantity × unit, before discounts.",
                                max_digits=12,
                            ),
                        ),
                        (
                            "net",
                            models.DecimalField(
                                decimal_places=3, help_text="After discounts, before tax.", max_digits=12
                            ),
                        ),
                        ("tax_class", models.CharField(db_default="none", default="none", max_length=10)),
                        ("tax_rate", models.DecimalField(decimal_places=3, default=0, max_digits=6)),
                        ("tax", models.DecimalField(decimal_places=3, default=0, max_digits=12)),
                        ("kind", models.CharField(blank=True, db_default="", default="", max_length=12)),
                        ("in_package", models.BooleanField(db_default=True, default=True)),
                        (
                            "discount_rate",
                            models.DecimalField(db_default=0, decimal_places=3, default=0, max_digits=6),
                        ),
                        (
                            "discount_amount",
                            models.DecimalField(
                                db_default=0,
                                decimal_places=3,
                                default=0,
                                help_text="Off the whole line.",
                                max_digits=12,
                            ),
                        ),
                        (
                            "discount_reason",
                            models.CharField(blank=True, db_default="", default="", max_length=120),
                        ),
                    ],
                    options={
                        "ordering": ["option", "position"],
                        "constraints": [
                            models.UniqueConstraint(fields=("option", "position"), name="line_has_its_place"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "amount",
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("quantity"), "*", models.F("unit_amount")
                                        ),
                                    )
                                ),
                                name="line_multiplies",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("discount_amount", 0), ("discount_rate", 0)),
                                    models.Q(("discount_reason", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="a_line_discount_says_why",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="part_of_frozen",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="\n            IF EXISTS (SELECT 1 FROM billing_quoteoption o JOIN billing_quote q ON q.id = o.quote_id\n                        WHERE o.id IN (CASE WHEN TG_OP <> 'INSERT' THEN OLD.option_id END,\n                                       CASE WHEN TG_OP <> 'DELETE' THEN NEW.option_id END)\n                          AND q.status <> 'draft')\n            THEN RAISE EXCEPTION 'An issued quote is frozen: issue a new one.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n            IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;\n            RETURN NEW;\n        ",
                                    hash="83131edcbbd089ae77cf3715d729712701f7a024",
                                    operation="INSERT OR UPDATE OR DELETE",
                                    pgid="pgtrigger_part_of_frozen_00079",
                                    table="billing_quoteline",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Receipt",
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
                                related_name="receipts",
                                to="accounts.clinic",
                            ),
                        ),
                        (
                            "payment",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="receipt",
                                to="billing.payment",
                            ),
                        ),
                        ("number", models.CharField(max_length=20)),
                        ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ],
                    options={
                        "ordering": ["clinic", "pk"],
                        "indexes": [
                            models.Index(fields=["clinic", "id"], name="receipts_in_order"),
                            models.Index(fields=["clinic", "at"], name="receipts_by_day"),
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("clinic", "number"), name="receipt_number_once"),
                            models.CheckConstraint(
                                condition=models.Q(("number", ""), _negated=True), name="receipt_has_a_number"
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'The book of receipts is append-only: add a new row instead.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="6a1b58156bf29ca64598bab2bfd98525bde6f1c5",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_c2811",
                                    table="billing_receipt",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'The book of receipts is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="ddd6e119b2ae9f95d48bea7a48e3a8db7ed9dfcf",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_86346",
                                    table="billing_receipt",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="voided_at_its_own_till",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="\n                    IF EXISTS (SELECT 1 FROM billing_payment p JOIN billing_receipt r ON r.payment_id = p.voids_id\n                                WHERE p.id = NEW.payment_id AND r.clinic_id <> NEW.clinic_id)\n                    THEN RAISE EXCEPTION 'A payment is voided at the till that took it.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n                    RETURN NEW;\n                ",
                                    hash="e2f25ba015339122575dd87182eee622cd24e7f9",
                                    operation="INSERT",
                                    pgid="pgtrigger_voided_at_its_own_till_f2d7a",
                                    table="billing_receipt",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Paper",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "receipt",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="paper",
                                to="billing.receipt",
                            ),
                        ),
                        (
                            "invoice",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="paper",
                                to="billing.invoice",
                            ),
                        ),
                        (
                            "credit_note",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="paper",
                                to="billing.creditnote",
                            ),
                        ),
                        ("language", models.CharField(max_length=10)),
                        ("content", models.JSONField()),
                        ("sha256", models.CharField(max_length=64)),
                        (
                            "made_at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                        ),
                    ],
                    options={
                        "ordering": ["pk"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("credit_note__isnull", True),
                                        ("invoice__isnull", True),
                                        ("receipt__isnull", False),
                                    ),
                                    models.Q(
                                        ("credit_note__isnull", True),
                                        ("invoice__isnull", False),
                                        ("receipt__isnull", True),
                                    ),
                                    models.Q(
                                        ("credit_note__isnull", False),
                                        ("invoice__isnull", True),
                                        ("receipt__isnull", True),
                                    ),
                                    _connector="OR",
                                ),
                                name="paper_is_of_one_thing",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("sha256__regex", "^[0-9a-f]{64}$")),
                                name="paper_has_its_hash",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'A printed paper is append-only: add a new row instead.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="cd674b0726f834e621959d9db052a277692330d7",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_9e6d6",
                                    table="billing_paper",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'A printed paper is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="04fe31bfb1c1314f5560d40045591e85170e1624",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_1c21f",
                                    table="billing_paper",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
            ],
        ),
    ]
