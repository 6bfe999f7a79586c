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
        ("treatment_sessions", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        mesoclinic.core.migration_operations.CreateModels(
            models=[
                migrations.CreateModel(
                    name="AftercareLink",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "treatment_session",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="aftercare_links",
                                to="treatment_sessions.treatmentsession",
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
                        (
                            "texts_read",
                            models.ForeignKey(
                                help_text="Who had read the aftercare texts of its language when it was sent.",
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="patients.safetytextreading",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["treatment_session", "-pk"],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="texts_were_read",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF NOT EXISTS (SELECT 1 FROM patients_patientlink l JOIN patients_safetytextreading r ON r.clinic_id = l.clinic_id AND r.language = l.language WHERE l.id = NEW.link_id AND r.id = NEW.texts_read_id AND r.topic = 'aftercare') THEN RAISE EXCEPTION 'Aftercare is sent in a language whose texts were read at its clinic.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW;",
                                    hash="6b5250a48d634450d1c7753402b94e3236522cdc",
                                    operation="INSERT OR UPDATE",
                                    pgid="pgtrigger_texts_were_read_7cf78",
                                    table="followup_aftercarelink",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CheckIn",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "treatment_session",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="check_ins",
                                to="treatment_sessions.treatmentsession",
                            ),
                        ),
                        (
                            "clinic",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="check_ins",
                                to="accounts.clinic",
                            ),
                        ),
                        ("days", models.PositiveSmallIntegerField(help_text="After the session.")),
                        ("due_on", models.DateField()),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("due", "due"),
                                    ("answered", "answered"),
                                    ("taken_over", "taken over"),
                                    ("cancelled", "cancelled"),
                                ],
                                default="due",
                                max_length=12,
                            ),
                        ),
                        (
                            "tries",
                            models.PositiveSmallIntegerField(
                                default=0, help_text="How often nobody answered."
                            ),
                        ),
                        ("last_tried_at", models.DateTimeField(blank=True, null=True)),
                        ("closed_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "closed_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "taken_over_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="treatment_sessions.treatmentsession",
                            ),
                        ),
                        ("note", models.TextField(blank=True)),
                    ],
                    options={
                        "ordering": ["due_on", "pk"],
                        "indexes": [
                            models.Index(fields=["clinic", "due_on"], name="check_ins_of_days"),
                            models.Index(
                                condition=models.Q(("status", "due")),
                                fields=["clinic", "due_on", "id"],
                                name="check_ins_due",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("treatment_session", "days"), name="checked_in_once_a_moment"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("status__in", ["due", "answered", "taken_over", "cancelled"])
                                ),
                                name="check_in_status_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("closed_at__isnull", False),
                                        ("closed_by__isnull", False),
                                        ("status__in", ["answered", "cancelled"]),
                                        ("taken_over_by", None),
                                    ),
                                    models.Q(
                                        ("closed_at__isnull", False),
                                        ("closed_by", None),
                                        ("status", "answered"),
                                        ("taken_over_by", None),
                                    ),
                                    models.Q(
                                        ("closed_at", None),
                                        ("closed_by", None),
                                        ("status", "due"),
                                        ("taken_over_by", None),
                                    ),
                                    models.Q(
                                        ("closed_at", None),
                                        ("closed_by", None),
                                        ("status", "taken_over"),
                                        ("taken_over_by__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="check_in_says_how_it_ended",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="frozen",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF (OLD.status <> 'due') AND (to_jsonb(OLD) - ARRAY[]::text[]) IS DISTINCT FROM (to_jsonb(NEW) - ARRAY[]::text[]) THEN RAISE EXCEPTION 'A check-in is frozen: correct it by adding, not by changing.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW;",
                                    hash="6beaea5d4aea59b71415785617aacc1c6a04e647",
                                    operation="UPDATE",
                                    pgid="pgtrigger_frozen_b0e3d",
                                    table="followup_checkin",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="kept",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF (true) THEN RAISE EXCEPTION 'A check-in is kept: it cannot be deleted.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN OLD;",
                                    hash="b7831579a0a9f19e2855815e48409fbe579446e1",
                                    operation="DELETE",
                                    pgid="pgtrigger_kept_1c896",
                                    table="followup_checkin",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'A check-in is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="261978103bfd55af9a4389e1a4360fd2fe86a08e",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_07710",
                                    table="followup_checkin",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="moves_along_the_table",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF NEW.status IS DISTINCT FROM OLD.status AND NOT ((OLD.status = 'due' AND NEW.status IN ('answered', 'cancelled', 'taken_over'))) THEN RAISE EXCEPTION 'A check-in moves along docs/states.md: this move is not in it.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW;",
                                    hash="f9544dea6bd088e4fe5f4b7ff3e55e02829595be",
                                    operation='UPDATE OF "status"',
                                    pgid="pgtrigger_moves_along_the_table_ee88e",
                                    table="followup_checkin",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CheckInAnswer",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "check_in",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="answer",
                                to="followup.checkin",
                            ),
                        ),
                        ("pain", models.PositiveSmallIntegerField(help_text="Now, 0 to 10.")),
                        (
                            "noticed",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=12),
                                blank=True,
                                default=list,
                                size=None,
                            ),
                        ),
                        (
                            "alarms",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=12),
                                blank=True,
                                default=list,
                                size=None,
                            ),
                        ),
                        ("words", models.CharField(blank=True, max_length=1000)),
                        (
                            "shedding",
                            models.PositiveSmallIntegerField(
                                blank=True, help_text="The last 7 days: 0 none to 10 very heavy.", null=True
                            ),
                        ),
                        (
                            "density",
                            models.PositiveSmallIntegerField(
                                blank=True, help_text="0 very thin to 10 full.", null=True
                            ),
                        ),
                        ("language", models.CharField(max_length=10)),
                        (
                            "answered_at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                        ),
                        ("is_red", models.BooleanField(help_text="A clinician was told at once.")),
                        ("escalated_at", models.DateTimeField(blank=True, null=True)),
                    ],
                    options={
                        "ordering": ["-pk"],
                        "indexes": [
                            models.Index(
                                condition=models.Q(("escalated_at", None), ("is_red", True)),
                                fields=["answered_at"],
                                name="red_answers_waiting",
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("pain__lte", 10),
                                    models.Q(("shedding", None), ("shedding__lte", 10), _connector="OR"),
                                    models.Q(("density", None), ("density__lte", 10), _connector="OR"),
                                ),
                                name="answers_are_zero_to_ten",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("alarms", []), ("is_red", True), _connector="OR"),
                                name="an_alarm_is_an_answer_in_red",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("escalated_at", None), ("is_red", True), _connector="OR"),
                                name="only_an_answer_in_red_escalates",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="frozen",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF (true) AND (to_jsonb(OLD) - ARRAY['escalated_at']::text[]) IS DISTINCT FROM (to_jsonb(NEW) - ARRAY['escalated_at']::text[]) THEN RAISE EXCEPTION 'An answer by link is frozen: correct it by adding, not by changing.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW;",
                                    hash="86c2fe43ffacc1248c22020eeb3516c4c40683bd",
                                    operation="UPDATE",
                                    pgid="pgtrigger_frozen_d8c6c",
                                    table="followup_checkinanswer",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="kept",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF (true) THEN RAISE EXCEPTION 'An answer by link is kept: it cannot be deleted.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN OLD;",
                                    hash="13f7ba54457926f0f924a40b1e28de471eff06cc",
                                    operation="DELETE",
                                    pgid="pgtrigger_kept_6f0ae",
                                    table="followup_checkinanswer",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'An answer by link is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="ea61aa377f783576c44617e451e0e3a422a0ea3f",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_fd7dd",
                                    table="followup_checkinanswer",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CheckInLink",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "check_in",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="links",
                                to="followup.checkin",
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
                        (
                            "texts_read",
                            models.ForeignKey(
                                help_text="Who had read the emergency texts of its language when it was sent.",
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="patients.safetytextreading",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["check_in", "-pk"],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="texts_were_read",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF NOT EXISTS (SELECT 1 FROM patients_patientlink l JOIN patients_safetytextreading r ON r.clinic_id = l.clinic_id AND r.language = l.language WHERE l.id = NEW.link_id AND r.id = NEW.texts_read_id AND r.topic = 'check_in') THEN RAISE EXCEPTION 'A check-in is sent in a language whose emergency texts were read at its clinic.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW;",
                                    hash="3eca57a9645fa2d15e7ded005ea6d4cce352bba1",
                                    operation="INSERT OR UPDATE",
                                    pgid="pgtrigger_texts_were_read_58711",
                                    table="followup_checkinlink",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CheckInPhotograph",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "answer",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="photograph",
                                to="followup.checkinanswer",
                            ),
                        ),
                        ("jpeg", models.BinaryField()),
                        ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ],
                    options={
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'A photograph of a check-in is append-only: add a new row instead.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="7f2abd6d9d4d061578328a8831a2acf4f2c434b9",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_be270",
                                    table="followup_checkinphotograph",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'A photograph of a check-in is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="c5408b7e3886f5f011cc76f17ea1596f966dc251",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_97cdc",
                                    table="followup_checkinphotograph",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CheckInSettings",
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
                                related_name="check_in_settings",
                                to="accounts.clinic",
                            ),
                        ),
                        ("by_link", models.BooleanField(db_default=False, default=False)),
                        (
                            "escalate_after",
                            models.PositiveSmallIntegerField(
                                db_default=120,
                                default=120,
                                help_text="Minutes that an answer in red may wait for a clinician.",
                            ),
                        ),
                        (
                            "escalate_to",
                            models.ForeignKey(
                                blank=True,
                                help_text="Who is then written to; empty: the clinic's administrators.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("escalate_after__gte", 5), ("escalate_after__lte", 1440)),
                                name="red_answers_escalate_within_a_day",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="FollowUp",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "treatment_session",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="follow_ups",
                                to="treatment_sessions.treatmentsession",
                            ),
                        ),
                        (
                            "clinic",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="follow_ups",
                                to="accounts.clinic",
                            ),
                        ),
                        (
                            "reaction",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="follow_ups",
                                to="treatment_sessions.reaction",
                            ),
                        ),
                        (
                            "assigned_to",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="follow_ups",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "status",
                            models.CharField(
                                choices=[("open", "open"), ("in_hand", "in hand"), ("closed", "closed")],
                                default="open",
                                max_length=10,
                            ),
                        ),
                        (
                            "outcome",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("healed", "healed"),
                                    ("ruled_out", "ruled out"),
                                    ("referred_may", "referred, may be treated"),
                                    ("referred_not", "referred, not to be treated"),
                                ],
                                help_text="What came of it, once it is closed.",
                                max_length=15,
                            ),
                        ),
                        ("lot_days", models.PositiveSmallIntegerField(blank=True, null=True)),
                        ("due_on", models.DateField()),
                        (
                            "opened_at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                        ),
                        (
                            "opened_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["due_on", "pk"],
                        "indexes": [
                            models.Index(
                                condition=models.Q(("status", "closed"), _negated=True),
                                fields=["clinic", "due_on", "id"],
                                name="follow_ups_open",
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("status", "closed"), _negated=True),
                                fields=("reaction",),
                                name="reaction_followed_up_once_at_a_time",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("status__in", ["open", "in_hand", "closed"])),
                                name="follow_up_status_is_known",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="frozen",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF (true) AND (to_jsonb(OLD) - ARRAY['status', 'assigned_to_id', 'due_on', 'outcome']::text[]) IS DISTINCT FROM (to_jsonb(NEW) - ARRAY['status', 'assigned_to_id', 'due_on', 'outcome']::text[]) THEN RAISE EXCEPTION 'A follow-up is frozen: correct it by adding, not by changing.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW;",
                                    hash="7fc4529769dcbc2e22300e16ad9759e757f13063",
                                    operation="UPDATE",
                                    pgid="pgtrigger_frozen_949d1",
                                    table="followup_followup",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="kept",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF (true) THEN RAISE EXCEPTION 'A follow-up is kept: it cannot be deleted.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN OLD;",
                                    hash="5c615c081873ac765fd7d2faf706a5c46dd1854d",
                                    operation="DELETE",
                                    pgid="pgtrigger_kept_c3de0",
                                    table="followup_followup",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'A follow-up is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="8fb77182fa9aa220514370dbf37811053a16bee1",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_74b2c",
                                    table="followup_followup",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="moves_along_the_table",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF NEW.status IS DISTINCT FROM OLD.status AND NOT ((OLD.status = 'open' AND NEW.status IN ('closed', 'in_hand')) OR (OLD.status = 'in_hand' AND NEW.status IN ('closed')) OR (OLD.status = 'closed' AND NEW.status IN ('open'))) THEN RAISE EXCEPTION 'A follow-up moves along docs/states.md: this move is not in it.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW;",
                                    hash="266f0cbb080fca93719e163db055e58b0462cd21",
                                    operation='UPDATE OF "status"',
                                    pgid="pgtrigger_moves_along_the_table_8f0f7",
                                    table="followup_followup",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AdverseReport",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "follow_up",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="adverse_reports",
                                to="followup.followup",
                            ),
                        ),
                        (
                            "serious",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=12),
                                blank=True,
                                default=list,
                                help_text="Why; empty where it is not serious.",
                                size=None,
                            ),
                        ),
                        (
                            "outcome",
                            models.CharField(
                                choices=[
                                    ("recovered", "recovered"),
                                    ("recovering", "recovering"),
                                    ("not_recovered", "not recovered"),
                                    ("sequelae", "recovered with sequelae"),
                                    ("fatal", "fatal"),
                                    ("unknown", "unknown"),
                                ],
                                max_length=15,
                            ),
                        ),
                        (
                            "causality",
                            models.CharField(
                                choices=[
                                    (
                                        "certain",
                                        "Certain: plausible time, no other cause, plausible on withdrawal, definitive event",
                                    ),
                                    (
                                        "probable",
                                        "Probable: reasonable time, other cause unlikely, reasonable on withdrawal",
                                    ),
                                    (
                                        "possible",
                                        "Possible: reasonable time, other cause could explain, withdrawal unclear",
                                    ),
                                    ("unlikely", "Unlikely: improbable time, another cause plausible"),
                                    ("conditional", "Conditional: more data needed or under examination"),
                                    (
                                        "unassessable",
                                        "Unassessable: insufficient or contradictory, cannot be completed",
                                    ),
                                ],
                                max_length=12,
                            ),
                        ),
                        (
                            "dechallenge",
                            models.CharField(
                                choices=[
                                    ("yes", "yes"),
                                    ("no", "no"),
                                    ("unknown", "unknown"),
                                    ("does_not_apply", "does not apply"),
                                ],
                                max_length=15,
                            ),
                        ),
                        (
                            "rechallenge",
                            models.CharField(
                                choices=[
                                    ("yes", "yes"),
                                    ("no", "no"),
                                    ("unknown", "unknown"),
                                    ("does_not_apply", "does not apply"),
                                ],
                                max_length=15,
                            ),
                        ),
                        ("narrative", models.TextField(blank=True)),
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
                        "ordering": ["follow_up", "-pk"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "causality__in",
                                        [
                                            "certain",
                                            "probable",
                                            "possible",
                                            "unlikely",
                                            "conditional",
                                            "unassessable",
                                        ],
                                    ),
                                    (
                                        "outcome__in",
                                        [
                                            "recovered",
                                            "recovering",
                                            "not_recovered",
                                            "sequelae",
                                            "fatal",
                                            "unknown",
                                        ],
                                    ),
                                ),
                                name="report_says_outcome_and_causality",
                            )
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'An adverse reaction report is append-only: add a new row instead.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="9d53d6e6676f45c6bad6341eab3180d40a1ec781",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_edf18",
                                    table="followup_adversereport",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'An adverse reaction report is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="f1b1f4a40dcb4a3699a9ef751ba557e329905cf9",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_5fc3a",
                                    table="followup_adversereport",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="FollowUpNote",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "follow_up",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="notes",
                                to="followup.followup",
                            ),
                        ),
                        ("text", models.TextField()),
                        ("moved_to", models.CharField(blank=True, max_length=10)),
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
                        "ordering": ["follow_up", "pk"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("text", ""), _negated=True),
                                name="follow_up_note_says_what",
                            )
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'A follow-up note is append-only: add a new row instead.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="363fcce686704e0b6e78e43a41854c5c9c3aef8d",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_8a52b",
                                    table="followup_followupnote",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'A follow-up note is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="e25bb0ad9c2a08e5e4b251944fb93b83592aefba",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_09089",
                                    table="followup_followupnote",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AdverseReportSubmission",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "report",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="submissions",
                                to="followup.adversereport",
                            ),
                        ),
                        ("authority", models.CharField(max_length=120)),
                        (
                            "number",
                            models.CharField(
                                blank=True,
                                help_text="The authority's; empty until it is known.",
                                max_length=60,
                            ),
                        ),
                        ("sent_on", models.DateField()),
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
                        "ordering": ["report", "pk"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("authority", ""), _negated=True),
                                name="submission_says_to_whom",
                            )
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'The submission of a report is append-only: add a new row instead.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="ec62fb17ea40e7b0865da6dce47d1af481df84be",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_22f3d",
                                    table="followup_adversereportsubmission",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'The submission of a report is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="05e7944108e9db4b3a8c6c63c603375a9ca0dee6",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_9ba98",
                                    table="followup_adversereportsubmission",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
            ],
        ),
    ]
