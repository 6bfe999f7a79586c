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
                                db_index=False,
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
                                    hash="88aa9652eae4a2b127091653cb1465914e3d4922",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_00bd0",
                                    table="stock_certificate",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'A certificate is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="3942aab70383a81433312d6c2602b2430ad62457",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_02aee",
                                    table="stock_certificate",
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
                                db_index=False,
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
                                to="stock.certificate",
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
                                to="stock.openedvial",
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
                                condition=models.Q(("on_hand_ml__gt", 0)),
                                fields=["clinic", "product", "expires_on"],
                                name="lots_first_to_expire",
                            ),
                            models.Index(
                                fields=["clinic", "product", "expires_on", "number"],
                                name="lots_of_product_by_expiry",
                            ),
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
                                    hash="331759914c69e9a461a2cafb3512ebd6b18cd165",
                                    operation='INSERT OR UPDATE OF "second_person"',
                                    pgid="pgtrigger_second_person_wanted_2a5ca",
                                    table="stock_lot",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="receiver_stays",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."received_by_id" IS NOT NULL)',
                                    func="IF NEW.received_by_id IS DISTINCT FROM OLD.received_by_id THEN RAISE EXCEPTION 'Who received a lot stays as it was written.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW;",
                                    hash="d5cb6b1bfa5e92d1234516ef143ca252dadbce4c",
                                    operation='UPDATE OF "received_by_id"',
                                    pgid="pgtrigger_receiver_stays_3f743",
                                    table="stock_lot",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="stock_by_ledger_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF TG_OP = 'INSERT' THEN NEW.on_hand_ml := 0; RETURN NEW; END IF; IF NEW.on_hand_ml IS DISTINCT FROM OLD.on_hand_ml AND pg_trigger_depth() < 2 THEN RAISE EXCEPTION 'Stock is the sum of its movements: add a movement.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW;",
                                    hash="450d523a8f8cc1f9b6e2b2b917019f09796339a2",
                                    operation='INSERT OR UPDATE OF "on_hand_ml"',
                                    pgid="pgtrigger_stock_by_ledger_only_be721",
                                    table="stock_lot",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="kept",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'A lot is kept: who received it must stay known.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="958ac2227cacf110a196eabe20dbdcf4bb3b5666",
                                    operation="DELETE",
                                    pgid="pgtrigger_kept_a8934",
                                    table="stock_lot",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="held_is_not_released",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF NEW.status = 'released' AND OLD.status <> 'released' AND EXISTS (SELECT 1 FROM stock_lothold h WHERE h.lot_id = NEW.id AND h.lifted_at IS NULL) THEN RAISE EXCEPTION 'This lot is held: lift the hold first.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW;",
                                    hash="67dc6e8f9c2816fec15efd684d21293a0c1470b4",
                                    operation='UPDATE OF "status"',
                                    pgid="pgtrigger_held_is_not_released_062b7",
                                    table="stock_lot",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="identity_stays",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF (OLD.product_id, OLD.clinic_id, OLD.number, OLD.expires_on, OLD.received_on) IS DISTINCT FROM (NEW.product_id, NEW.clinic_id, NEW.number, NEW.expires_on, NEW.received_on) AND EXISTS (SELECT 1 FROM stock_stockmovement m WHERE m.lot_id = OLD.id AND m.kind = 'use') THEN RAISE EXCEPTION 'A lot that was used keeps its product, number and dates.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW;",
                                    hash="cec1941b6d2b32707f111742dbcbca2c772fb530",
                                    operation='UPDATE OF "product_id", "clinic_id", "number", "expires_on", "received_on"',
                                    pgid="pgtrigger_identity_stays_8b129",
                                    table="stock_lot",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="LotHold",
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
                                related_name="holds",
                                to="stock.lot",
                            ),
                        ),
                        ("reason", models.CharField(max_length=200)),
                        ("source", models.CharField(max_length=80)),
                        (
                            "placed_at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                        ),
                        (
                            "placed_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("lifted_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "lifted_by",
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
                        "ordering": ["lot", "pk"],
                        "indexes": [
                            models.Index(
                                condition=models.Q(("lifted_at", None)), fields=["lot"], name="holds_standing"
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("lifted_at", None)),
                                fields=("lot", "source"),
                                name="lot_held_once_for_a_source",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("reason", ""), _negated=True),
                                    models.Q(("source", ""), _negated=True),
                                ),
                                name="lot_hold_says_why",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("lifted_at", None), ("lifted_by", None)),
                                    models.Q(("lifted_at__isnull", False), ("lifted_by__isnull", False)),
                                    _connector="OR",
                                ),
                                name="lot_hold_lifted_by_and_at_together",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="frozen",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF OLD.lifted_at IS NOT NULL OR (to_jsonb(OLD) - ARRAY['lifted_at', 'lifted_by_id']) IS DISTINCT FROM (to_jsonb(NEW) - ARRAY['lifted_at', 'lifted_by_id']) THEN RAISE EXCEPTION 'A hold is lifted once and stays as it was placed.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW;",
                                    hash="c9ee4f8e89eacab08b9406d0db1a954e7a0089c6",
                                    operation="UPDATE",
                                    pgid="pgtrigger_frozen_4a3e1",
                                    table="stock_lothold",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="kept",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'A hold is kept: Lift it.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="26f81a90f4e8ff1d30f9fc9c6f4875ee4022a78b",
                                    operation="DELETE",
                                    pgid="pgtrigger_kept_7aa4e",
                                    table="stock_lothold",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'A hold is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="1845ac9f7467c3fc3ed093475711958b971c226c",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_8fd78",
                                    table="stock_lothold",
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
                                to="stock.lot",
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
                                    hash="56eef62f31c0efc41646873cf5dc860de5c008fd",
                                    operation="UPDATE",
                                    pgid="pgtrigger_frozen_b92a5",
                                    table="stock_openedvial",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="kept",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF (true) THEN RAISE EXCEPTION 'An opened vial is kept: it cannot be deleted.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN OLD;",
                                    hash="562b6e18910b68e89adba958098e93a6eddd8523",
                                    operation="DELETE",
                                    pgid="pgtrigger_kept_ea095",
                                    table="stock_openedvial",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'An opened vial is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="06f18b45674123c8fed8ffaf060774b04054e919",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_2abc3",
                                    table="stock_openedvial",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="opened_full",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="\n                    NEW.left_ml := NEW.ml;\n                    IF NEW.good_until > NEW.opened_at + (\n                        SELECT coalesce(p.in_use_hours, CASE p.presentation WHEN 'multi_dose' THEN 672 WHEN 'single_dose' THEN 1 ELSE 0 END) * interval '1 hour' FROM catalogue_product p\n                          JOIN stock_lot l ON l.product_id = p.id WHERE l.id = NEW.lot_id)\n                    THEN RAISE EXCEPTION 'This product does not keep that long once opened.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n                    RETURN NEW;\n                ",
                                    hash="9f9dc7e2f5ddf95a09c4ff0587d2fde9dce25975",
                                    operation="INSERT",
                                    pgid="pgtrigger_opened_full_f5e16",
                                    table="stock_openedvial",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="left_by_draws_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF NEW.left_ml IS DISTINCT FROM OLD.left_ml AND pg_trigger_depth() < 2 THEN RAISE EXCEPTION 'What is left in a vial follows what is drawn: add a movement.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW;",
                                    hash="c8716dd78a0dbb27851aacd6564dcd90947cba8f",
                                    operation='UPDATE OF "left_ml"',
                                    pgid="pgtrigger_left_by_draws_only_8bd1d",
                                    table="stock_openedvial",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="shown_on_its_lot",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="\n                    UPDATE stock_lot l SET opened_vial_id = v.id, opened_until = v.good_until, opened_ml = v.left_ml\n                      FROM (SELECT NEW.lot_id) one\n                      LEFT JOIN LATERAL (SELECT id, good_until, left_ml FROM stock_openedvial\n                                          WHERE lot_id = NEW.lot_id AND left_ml > 0 ORDER BY id DESC LIMIT 1) v ON true\n                     WHERE l.id = NEW.lot_id;\n                    RETURN NULL;\n                ",
                                    hash="02369038236198105fde76a1fdb1e89b278bc216",
                                    operation='INSERT OR UPDATE OF "left_ml"',
                                    pgid="pgtrigger_shown_on_its_lot_fc12f",
                                    table="stock_openedvial",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="one_open_at_a_time",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    constraint="CONSTRAINT",
                                    func="\n                    IF (SELECT count(*) FROM stock_openedvial v WHERE v.lot_id = NEW.lot_id AND v.left_ml > 0) > 1\n                    THEN RAISE EXCEPTION 'Another vial of this lot is open: use it up or throw it away first.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n                    IF (SELECT coalesce(sum(v.left_ml), 0) FROM stock_openedvial v WHERE v.lot_id = NEW.lot_id)\n                       > (SELECT l.on_hand_ml FROM stock_lot l WHERE l.id = NEW.lot_id)\n                    THEN RAISE EXCEPTION 'More is open than there is of this lot.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n                    RETURN NULL;\n                ",
                                    hash="db3207ab29c235a47f1ea54360b58f361390b4f3",
                                    operation="INSERT",
                                    pgid="pgtrigger_one_open_at_a_time_47d3c",
                                    table="stock_openedvial",
                                    timing="DEFERRABLE INITIALLY DEFERRED",
                                    when="AFTER",
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
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="movements",
                                to="stock.lot",
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
                        (
                            "already_given",
                            models.BooleanField(
                                db_default=False,
                                default=False,
                                help_text="Of a lot that may not be used: it was in the patient when that became known.",
                            ),
                        ),
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
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("already_given", False), ("kind", "use"), _connector="OR"
                                ),
                                name="already_given_is_a_use",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'The stock ledger is append-only: add a new row instead.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="9e4c896303af42144c54598114657aa9e7c1bf34",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_3fd68",
                                    table="stock_stockmovement",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'The stock ledger is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="ecff698922b77e1da5d54553caf5e7e7aae4dbd6",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_a71ff",
                                    table="stock_stockmovement",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="written_now",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="NEW.at := statement_timestamp(); RETURN NEW;",
                                    hash="5d784921ebae157166141e9d4e31c5edba7b34d4",
                                    operation="INSERT",
                                    pgid="pgtrigger_written_now_fb632",
                                    table="stock_stockmovement",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="moves_stock",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="UPDATE stock_lot SET on_hand_ml = on_hand_ml + NEW.ml WHERE id = NEW.lot_id; RETURN NULL;",
                                    hash="016abd62ac759c984e9e46ee3ebdc1d75a17a62e",
                                    operation="INSERT",
                                    pgid="pgtrigger_moves_stock_0b0a4",
                                    table="stock_stockmovement",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="no_wrong_vial",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (NOT NEW."already_given" AND NEW."kind" = \'use\')',
                                    declare="DECLARE lot_status text; lot_expires_on date; lot_product bigint;",
                                    func="\n                    SELECT status, expires_on, product_id INTO lot_status, lot_expires_on, lot_product\n                      FROM stock_lot WHERE id = NEW.lot_id FOR UPDATE;\n                    IF lot_status <> 'released' THEN RAISE EXCEPTION 'This lot is not released: take another.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n                    IF lot_expires_on < NEW.occurred_on THEN RAISE EXCEPTION 'This lot has expired: take another.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n                    IF EXISTS (SELECT 1 FROM catalogue_productcontent c\n                                 JOIN catalogue_ingredient i ON i.id = c.ingredient_id\n                                WHERE c.product_id = lot_product AND i.status = 'blocked')\n                       OR EXISTS (SELECT 1 FROM catalogue_product p WHERE p.id = lot_product AND p.blocked)\n                    THEN RAISE EXCEPTION 'This product holds a blocked ingredient.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n                    RETURN NEW;\n                ",
                                    hash="88a431498e3df90c263d50219e20af00d1d92929",
                                    operation="INSERT",
                                    pgid="pgtrigger_no_wrong_vial_e0e7c",
                                    table="stock_stockmovement",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="opened_is_on_hand",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    constraint="CONSTRAINT",
                                    func="\n                    IF (SELECT coalesce(sum(v.left_ml), 0) FROM stock_openedvial v WHERE v.lot_id = NEW.lot_id)\n                       > (SELECT l.on_hand_ml FROM stock_lot l WHERE l.id = NEW.lot_id)\n                    THEN RAISE EXCEPTION 'What is left of this lot is in an opened vial: say what is drawn from it.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n                    RETURN NULL;\n                ",
                                    hash="5bee29ea29aeca1ee2868fe663085402bae0600a",
                                    operation="INSERT",
                                    pgid="pgtrigger_opened_is_on_hand_517c6",
                                    table="stock_stockmovement",
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
                                    hash="b8da759a4fee608a13d1c9ff614805c965b921c7",
                                    operation="UPDATE",
                                    pgid="pgtrigger_frozen_ee8d2",
                                    table="stock_stocktake",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="kept",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF (OLD.status <> 'counting') THEN RAISE EXCEPTION 'A signed stocktake is kept: it cannot be deleted.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN OLD;",
                                    hash="1679beb435cc5d907401211d7e6c13c26e863980",
                                    operation="DELETE",
                                    pgid="pgtrigger_kept_2bc96",
                                    table="stock_stocktake",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'A signed stocktake is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="5a5559e53a5b474fa21d3593fa042974ac0af62a",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_be135",
                                    table="stock_stocktake",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="signed_with_its_corrections",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (NEW.\"status\" = 'signed')",
                                    constraint="CONSTRAINT",
                                    func="\n                    IF EXISTS (SELECT 1 FROM stock_stocktakeline s\n                                 LEFT JOIN stock_stockmovement m ON m.id = s.movement_id\n                                WHERE s.stocktake_id = NEW.id AND s.counted_ml <> s.expected_ml\n                                  AND (m.id IS NULL OR m.kind <> 'count' OR m.lot_id <> s.lot_id\n                                       OR m.ml <> s.counted_ml - s.expected_ml))\n                    THEN RAISE EXCEPTION 'A stocktake is signed with all its corrections, or not at all.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n                    RETURN NULL;\n                ",
                                    hash="a8c5404d51a965b28d1f2698a28844c7237668a8",
                                    operation='INSERT OR UPDATE OF "status"',
                                    pgid="pgtrigger_signed_with_its_corrections_21c64",
                                    table="stock_stocktake",
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
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="lines",
                                to="stock.stocktake",
                            ),
                        ),
                        (
                            "lot",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="stock.lot"
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
                                to="stock.stockmovement",
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
                                    func="\n            IF TG_OP = 'UPDATE' THEN\n                IF (to_jsonb(OLD) - ARRAY[]::text[]) IS NOT DISTINCT FROM (to_jsonb(NEW) - ARRAY[]::text[]) THEN\n                    RETURN NEW;\n                END IF;\n            END IF;\n            IF TG_OP <> 'INSERT' THEN\n                SELECT (p.status <> 'counting') INTO is_frozen FROM stock_stocktake p WHERE p.id = OLD.stocktake_id FOR SHARE;\n                IF is_frozen THEN RAISE EXCEPTION 'A stocktake is signed: nothing in it changes.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n            END IF;\n            IF TG_OP <> 'DELETE' THEN\n                SELECT (p.status <> 'counting') INTO is_frozen FROM stock_stocktake p WHERE p.id = NEW.stocktake_id FOR SHARE;\n                IF is_frozen THEN RAISE EXCEPTION 'A stocktake is signed: nothing in it changes.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n                RETURN NEW;\n            END IF;\n            RETURN OLD;\n        ",
                                    hash="aa6e2d78a203c728ff3e475d1aae10c03709d486",
                                    operation="INSERT OR UPDATE OR DELETE",
                                    pgid="pgtrigger_part_of_frozen_a0525",
                                    table="stock_stocktakeline",
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
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="draws",
                                to="stock.stockmovement",
                            ),
                        ),
                        (
                            "vial",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="draws",
                                to="stock.openedvial",
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
                                    hash="bf9c9e4aee3ba1d85e465283d4253d6c0d8da45d",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_3833d",
                                    table="stock_vialdraw",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'What was drawn from a vial is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="554f2f03d943383278e92a36354c79d9353be68b",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_3718d",
                                    table="stock_vialdraw",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="a_vial_is_opened",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="\n                    IF NEW.opens_ml IS NOT NULL THEN\n                        INSERT INTO stock_openedvial (lot_id, opened_at, opened_by_id, good_until, ml, left_ml)\n                        SELECT l.id, NEW.at, m.by_id,\n                               greatest(NEW.at, least(NEW.at + coalesce(p.in_use_hours, CASE p.presentation WHEN 'multi_dose' THEN 672 WHEN 'single_dose' THEN 1 ELSE 0 END) * interval '1 hour',\n                                        (l.expires_on + 1)::timestamp AT TIME ZONE c.time_zone)),\n                               NEW.opens_ml, NEW.opens_ml\n                          FROM stock_stockmovement m\n                          JOIN stock_lot l ON l.id = m.lot_id\n                          JOIN catalogue_product p ON p.id = l.product_id\n                          JOIN accounts_clinic c ON c.id = l.clinic_id\n                         WHERE m.id = NEW.movement_id\n                        RETURNING id INTO NEW.vial_id;\n                    ELSIF NEW.vial_id IS NULL THEN\n                        SELECT l.opened_vial_id INTO NEW.vial_id FROM stock_stockmovement m\n                          JOIN stock_lot l ON l.id = m.lot_id WHERE m.id = NEW.movement_id;\n                    END IF;\n                    RETURN NEW;\n                ",
                                    hash="e66aa038212ec50f0e3730088bc9c9f332bf1a0e",
                                    operation="INSERT",
                                    pgid="pgtrigger_a_vial_is_opened_2b414",
                                    table="stock_vialdraw",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="from_a_good_vial",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    declare="DECLARE v stock_openedvial%ROWTYPE; m stock_stockmovement%ROWTYPE; moment timestamptz;",
                                    func="\n                    SELECT * INTO v FROM stock_openedvial WHERE id = NEW.vial_id FOR UPDATE;\n                    SELECT * INTO m FROM stock_stockmovement WHERE id = NEW.movement_id;\n                    IF v.lot_id <> m.lot_id THEN RAISE EXCEPTION 'This vial is of another lot.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n                    IF NEW.ml + (SELECT coalesce(sum(d.ml), 0) FROM stock_vialdraw d\n                                  WHERE d.movement_id = NEW.movement_id) > -m.ml\n                    THEN RAISE EXCEPTION 'More is drawn from vials than leaves stock.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n                    IF m.kind = 'return' THEN RAISE EXCEPTION 'An opened vial is not returned: it is waste.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n                    IF m.kind = 'use' AND NOT m.already_given THEN\n                        SELECT CASE WHEN m.occurred_on < (statement_timestamp() AT TIME ZONE c.time_zone)::date\n                                    THEN m.occurred_on::timestamp AT TIME ZONE c.time_zone\n                                    ELSE statement_timestamp() END INTO moment\n                          FROM stock_lot l JOIN accounts_clinic c ON c.id = l.clinic_id WHERE l.id = m.lot_id;\n                        IF v.good_until + interval '1 minute' < moment\n                        THEN RAISE EXCEPTION 'This vial has been open too long: take another.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n                    END IF;\n                    RETURN NEW;\n                ",
                                    hash="1ce59b7481f40a7966fa9091805c2c4838112e48",
                                    operation="INSERT",
                                    pgid="pgtrigger_from_a_good_vial_60a04",
                                    table="stock_vialdraw",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="empties_the_vial",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="UPDATE stock_openedvial SET left_ml = left_ml - NEW.ml WHERE id = NEW.vial_id; RETURN NULL;",
                                    hash="68165b684abbde67789f90ed020c125086ef883c",
                                    operation="INSERT",
                                    pgid="pgtrigger_empties_the_vial_01cd9",
                                    table="stock_vialdraw",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
            ],
        ),
    ]
