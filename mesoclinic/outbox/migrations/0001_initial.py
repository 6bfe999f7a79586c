import datetime
import django.db.models.deletion
import django.db.models.functions.datetime
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
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        mesoclinic.core.migration_operations.CreateModels(
            models=[
                migrations.CreateModel(
                    name="Message",
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
                            "patient",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="patients.patient",
                            ),
                        ),
                        (
                            "purpose",
                            models.CharField(
                                choices=[
                                    ("reminder", "reminder"),
                                    ("quote", "quote"),
                                    ("check_in", "check-in"),
                                    ("intake", "intake"),
                                    ("aftercare", "aftercare"),
                                    ("course", "course"),
                                ],
                                max_length=10,
                            ),
                        ),
                        (
                            "about_at",
                            models.DateTimeField(
                                blank=True,
                                help_text="When that happens which it is about: a visit begins.",
                                null=True,
                            ),
                        ),
                        (
                            "channel",
                            models.CharField(
                                blank=True,
                                choices=[("email", "e-mail"), ("sms", "text message")],
                                max_length=5,
                            ),
                        ),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("queued", "queued"),
                                    ("sending", "sending"),
                                    ("sent", "sent"),
                                    ("unsure", "unsure"),
                                    ("failed", "failed"),
                                    ("skipped", "skipped"),
                                    ("settled", "settled"),
                                ],
                                default="queued",
                                max_length=10,
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
                        (
                            "handed_over_at",
                            models.DateTimeField(
                                blank=True, help_text="From then on it may have gone out.", null=True
                            ),
                        ),
                        ("needs_task", models.BooleanField(default=False)),
                        ("not_before", models.DateTimeField(blank=True, null=True)),
                        ("key", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        (
                            "provider_id",
                            models.CharField(
                                blank=True,
                                db_default="",
                                default="",
                                help_text="Its number with who carries it.",
                                max_length=64,
                            ),
                        ),
                        (
                            "delivery",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("on_its_way", "on-its-way"),
                                    ("undelivered", "undelivered"),
                                    ("delivered", "delivered"),
                                ],
                                db_default="",
                                default="",
                                help_text="What the carrier has reported of it.",
                                max_length=12,
                            ),
                        ),
                        (
                            "queued_at",
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
                                condition=models.Q(("status", "sending")),
                                fields=["status_at"],
                                name="messages_under_way",
                            ),
                            models.Index(
                                condition=models.Q(("needs_task", True)),
                                fields=["purpose"],
                                name="messages_without_a_task",
                            ),
                            models.Index(
                                condition=models.Q(("status__in", ["unsure", "failed"])),
                                fields=["clinic", "-id"],
                                name="messages_that_need_somebody",
                            ),
                            models.Index(fields=["clinic", "-id"], name="messages_of_a_clinic"),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "status__in",
                                        [
                                            "queued",
                                            "sending",
                                            "sent",
                                            "unsure",
                                            "failed",
                                            "skipped",
                                            "settled",
                                        ],
                                    )
                                ),
                                name="message_status_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("channel__in", ["", "email", "sms"])),
                                name="message_channel_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("status", "sending"), _negated=True),
                                    models.Q(("attempts__gt", 0), ("claim__isnull", False)),
                                    _connector="OR",
                                ),
                                name="message_under_way_is_claimed",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("status", "queued"), _negated=True),
                                    ("handed_over_at", None),
                                    _connector="OR",
                                ),
                                name="message_queued_was_not_handed_over",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("needs_task", False), ("status", "queued"), _connector="OR"
                                ),
                                name="message_wants_a_task_while_queued",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("delivery__in", ["", "on_its_way", "undelivered", "delivered"])
                                ),
                                name="message_delivery_is_known",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="moves_along_the_table",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF NEW.status IS DISTINCT FROM OLD.status AND NOT ((OLD.status = 'queued' AND NEW.status IN ('sending', 'skipped')) OR (OLD.status = 'sending' AND NEW.status IN ('failed', 'queued', 'sent', 'unsure')) OR (OLD.status = 'sent' AND NEW.status IN ('failed')) OR (OLD.status = 'unsure' AND NEW.status IN ('failed', 'queued', 'sent', 'settled')) OR (OLD.status = 'failed' AND NEW.status IN ('queued', 'sent', 'settled'))) THEN RAISE EXCEPTION 'A message moves along docs/states.md: this move is not in it.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW;",
                                    hash="5ddbf80e0a5322b4bd629a579e7cff08e370ff44",
                                    operation='UPDATE OF "status"',
                                    pgid="pgtrigger_moves_along_the_table_72027",
                                    table="outbox_message",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="LinkMessage",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "link",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="carried_by",
                                to="patients.patientlink",
                            ),
                        ),
                        (
                            "message",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="link_message",
                                to="outbox.message",
                            ),
                        ),
                        ("sent_to", models.EmailField(blank=True, max_length=254)),
                    ],
                    options={
                        "ordering": ["-pk"],
                    },
                ),
                migrations.CreateModel(
                    name="MessageText",
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
                            "purpose",
                            models.CharField(
                                choices=[
                                    ("reminder", "reminder"),
                                    ("quote", "quote"),
                                    ("check_in", "check-in"),
                                    ("intake", "intake"),
                                    ("aftercare", "aftercare"),
                                    ("course", "course"),
                                ],
                                max_length=10,
                            ),
                        ),
                        (
                            "channel",
                            models.CharField(choices=[("email", "email"), ("sms", "sms")], max_length=5),
                        ),
                        ("language", models.CharField(max_length=10)),
                        ("version", models.PositiveSmallIntegerField()),
                        ("subject", models.CharField(blank=True, max_length=150)),
                        ("body", models.TextField(blank=True)),
                        (
                            "written_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(), editable=False
                            ),
                        ),
                        (
                            "written_by",
                            models.ForeignKey(
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
                                fields=("clinic", "purpose", "channel", "language", "version"),
                                name="message_text_versions",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("channel__in", ["email", "sms"]),
                                    (
                                        "purpose__in",
                                        ["reminder", "quote", "check_in", "intake", "aftercare", "course"],
                                    ),
                                    models.Q(
                                        ("subject", ""),
                                        models.Q(("body", ""), _negated=True),
                                        _connector="OR",
                                    ),
                                ),
                                name="message_text_is_of_a_known_message",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'The text of a message is append-only: add a new row instead.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="9b9a72bd5ebf7035b40ed0a9e42f7dee1373fdd2",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_45dbf",
                                    table="outbox_messagetext",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'The text of a message is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="59860aecfb06f79adf10be5f3dd7d4afce82c4a5",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_d1aed",
                                    table="outbox_messagetext",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="OptOut",
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
                            "clinic",
                            models.ForeignKey(
                                help_text="Whose message it was.",
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.clinic",
                            ),
                        ),
                        (
                            "purpose",
                            models.CharField(
                                choices=[
                                    ("reminder", "reminder"),
                                    ("quote", "quote"),
                                    ("check_in", "check-in"),
                                    ("intake", "intake"),
                                    ("aftercare", "aftercare"),
                                    ("course", "course"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        ("ended_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "ended_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "ended_words",
                            models.CharField(
                                blank=True,
                                help_text="How the patient asked for these messages again.",
                                max_length=300,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-pk"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("ended_at", None), ("ended_by", None), ("ended_words", "")),
                                    models.Q(
                                        ("ended_at__isnull", False),
                                        ("ended_by__isnull", False),
                                        models.Q(("ended_words", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="opt_out_ends_with_the_patients_word",
                            )
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="frozen",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF (true) AND (to_jsonb(OLD) - ARRAY['ended_at', 'ended_by_id', 'ended_words']::text[]) IS DISTINCT FROM (to_jsonb(NEW) - ARRAY['ended_at', 'ended_by_id', 'ended_words']::text[]) THEN RAISE EXCEPTION 'An opt-out is frozen: correct it by adding, not by changing.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW;",
                                    hash="7b3b911ade7e3890c1bddbc967ee0b0be12304d4",
                                    operation="UPDATE",
                                    pgid="pgtrigger_frozen_e7442",
                                    table="outbox_optout",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="kept",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF (true) THEN RAISE EXCEPTION 'An opt-out is kept: it cannot be deleted.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN OLD;",
                                    hash="5f00a18c86ae9134a3e80fcb1ee9b69e5ee50d3f",
                                    operation="DELETE",
                                    pgid="pgtrigger_kept_2f714",
                                    table="outbox_optout",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'An opt-out is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="4c1058f8cf5e610c2121a6b6989b386b3714266b",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_4f371",
                                    table="outbox_optout",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="OutboxSettings",
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
                                related_name="outbox",
                                to="accounts.clinic",
                            ),
                        ),
                        ("by_email", models.BooleanField(default=False)),
                        ("by_sms", models.BooleanField(default=False)),
                        (
                            "phone",
                            models.CharField(blank=True, help_text="What a patient may call.", max_length=40),
                        ),
                        (
                            "quiet_from",
                            models.TimeField(
                                blank=True,
                                db_default=datetime.time(20, 0),
                                default=datetime.time(20, 0),
                                null=True,
                            ),
                        ),
                        (
                            "quiet_until",
                            models.TimeField(
                                blank=True,
                                db_default=datetime.time(8, 0),
                                default=datetime.time(8, 0),
                                null=True,
                            ),
                        ),
                        (
                            "quiet_when_closed",
                            models.BooleanField(
                                db_default=True,
                                default=True,
                                help_text="No texts on holidays and on days nobody works.",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("quiet_from", None), ("quiet_until", None)),
                                    models.Q(("quiet_from__isnull", False), ("quiet_until__isnull", False)),
                                    _connector="OR",
                                ),
                                name="quiet_hours_begin_and_end",
                            )
                        ],
                    },
                ),
            ],
        ),
    ]
