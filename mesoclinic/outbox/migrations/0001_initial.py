import datetime
import django.db.models.deletion
import django.db.models.functions.datetime
import mesoclinic.core.migration_operations
import pgtrigger.compiler
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
        ("patients", "0001_initial"),
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
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="moves_along_the_table",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF NEW.status IS DISTINCT FROM OLD.status AND NOT ((OLD.status = 'queued' AND NEW.status IN ('sending', 'skipped')) OR (OLD.status = 'sending' AND NEW.status IN ('failed', 'queued', 'sent', 'unsure')) OR (OLD.status = 'unsure' AND NEW.status IN ('queued', 'settled')) OR (OLD.status = 'failed' AND NEW.status IN ('queued', 'settled'))) THEN RAISE EXCEPTION 'A message moves along docs/states.md: this move is not in it.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW;",
                                    hash="e1f587a20b62f1e4938fb7a12e9cfd5b820f9d92",
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
