import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
import mesoclinic.core.migration_operations
import pgtrigger.compiler
import pgtrigger.migrations
import treatments.sessions.rules.pain_relief
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
        ("catalogue", "0001_initial"),
        ("cocktails", "0001_initial"),
        ("conditions", "0001_initial"),
        ("patients", "0001_initial"),
        ("plans", "0001_initial"),
        ("schedule", "0001_initial"),
        ("stock", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        mesoclinic.core.migration_operations.CreateModels(
            models=[
                migrations.CreateModel(
                    name="CourseOfSession",
                    fields=[],
                    options={
                        "proxy": True,
                        "indexes": [],
                        "constraints": [],
                    },
                    bases=("plans.coursesession",),
                ),
                migrations.CreateModel(
                    name="UseOfStock",
                    fields=[],
                    options={
                        "proxy": True,
                        "indexes": [],
                        "constraints": [],
                    },
                    bases=("stock.stockmovement",),
                ),
                migrations.CreateModel(
                    name="AdverseEffect",
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
                        ("effect", models.CharField(max_length=120)),
                        ("short_label", models.CharField(max_length=40)),
                        ("phase", models.CharField(max_length=12)),
                        ("onset", models.CharField(blank=True, max_length=60)),
                        ("usual_duration", models.CharField(blank=True, max_length=60)),
                        (
                            "level",
                            models.CharField(
                                choices=[
                                    ("expected", "Expected"),
                                    ("alert", "Alert"),
                                    ("emergency", "Emergency"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("escalate_if", models.CharField(blank=True, max_length=120)),
                        ("action", models.CharField(blank=True, max_length=200)),
                        ("from_seed", models.BooleanField(default=False)),
                        ("order", models.PositiveSmallIntegerField(default=0)),
                        (
                            "lot_days",
                            models.PositiveSmallIntegerField(
                                blank=True,
                                help_text="Where it may come from a lot: how many days before it began a session counts.",
                                null=True,
                            ),
                        ),
                        (
                            "asked_as",
                            models.CharField(
                                blank=True,
                                help_text="How a check-in asks for it, in plain words.",
                                max_length=60,
                            ),
                        ),
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
                                name="adverseeffect_reviewed_by_and_at_together",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="BloodPreparation",
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
                                blank=True,
                                help_text="Empty where it was thrown away and the session was discarded after it.",
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="blood_preparations",
                                to="treatment_sessions.treatmentsession",
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
                            "lot",
                            models.ForeignKey(
                                help_text="Of the kit.",
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="blood_preparations",
                                to="stock.lot",
                            ),
                        ),
                        ("drawn_ml", models.DecimalField(decimal_places=2, help_text="Blood.", max_digits=9)),
                        ("drawn_at", models.DateTimeField()),
                        (
                            "drawn_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "limit_minutes",
                            models.PositiveSmallIntegerField(
                                help_text="From drawing to injecting, as the rule said then."
                            ),
                        ),
                        ("limit_source", models.CharField(help_text="Who says so.", max_length=600)),
                        ("use_before", models.DateTimeField(editable=False, help_text="Kept by a trigger.")),
                        ("spun_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "spun_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "spin_minutes",
                            models.DecimalField(blank=True, decimal_places=1, max_digits=4, null=True),
                        ),
                        ("spin_g", models.PositiveIntegerField(blank=True, null=True)),
                        ("spin_rpm", models.PositiveIntegerField(blank=True, null=True)),
                        (
                            "obtained_ml",
                            models.DecimalField(
                                blank=True, decimal_places=2, help_text="Plasma.", max_digits=9, null=True
                            ),
                        ),
                        ("injected_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "injected_said_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "late_reason",
                            models.CharField(
                                blank=True,
                                help_text="Why it was injected after its time; it is on record all the same.",
                                max_length=200,
                            ),
                        ),
                        ("rest_discarded_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "rest_discarded_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "rest_ml",
                            models.DecimalField(
                                blank=True,
                                decimal_places=2,
                                help_text="What was not drawn up; set by the signature.",
                                max_digits=9,
                                null=True,
                            ),
                        ),
                        ("abandoned_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "abandoned_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("abandoned_reason", models.CharField(blank=True, max_length=200)),
                    ],
                    options={
                        "ordering": ["-pk"],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("abandoned_at", None)),
                                fields=("treatment_session",),
                                name="one_blood_preparation_in_a_session",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("drawn_ml__gt", 0), ("limit_minutes__gt", 0)),
                                name="blood_was_drawn",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("obtained_ml", None),
                                        ("spin_g", None),
                                        ("spin_minutes", None),
                                        ("spin_rpm", None),
                                        ("spun_at", None),
                                        ("spun_by", None),
                                    ),
                                    models.Q(
                                        ("obtained_ml__isnull", False),
                                        ("spin_minutes__isnull", False),
                                        ("spun_at__isnull", False),
                                        ("spun_by__isnull", False),
                                        ("obtained_ml__gt", 0),
                                        ("spin_minutes__gt", 0),
                                        ("spun_at__gte", models.F("drawn_at")),
                                        models.Q(
                                            models.Q(("spin_g__gt", 0), ("spin_g__isnull", False)),
                                            models.Q(("spin_rpm__gt", 0), ("spin_rpm__isnull", False)),
                                            _connector="OR",
                                        ),
                                    ),
                                    _connector="OR",
                                ),
                                name="blood_spin_is_said_whole",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("obtained_ml", None),
                                    ("obtained_ml__lt", models.F("drawn_ml")),
                                    _connector="OR",
                                ),
                                name="plasma_is_less_than_the_blood",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("injected_at", None), ("injected_said_by", None), ("late_reason", "")
                                    ),
                                    models.Q(
                                        ("injected_at__isnull", False),
                                        ("injected_said_by__isnull", False),
                                        ("spun_at__isnull", False),
                                        ("injected_at__gte", models.F("spun_at")),
                                    ),
                                    _connector="OR",
                                ),
                                name="blood_is_spun_before_it_is_injected",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("injected_at", None),
                                    ("injected_at__lte", models.F("use_before")),
                                    models.Q(("late_reason", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="blood_is_injected_in_its_time",
                                violation_error_message="Its time is over: throw it away.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("rest_discarded_at", None),
                                        ("rest_discarded_by", None),
                                        ("rest_ml", None),
                                    ),
                                    models.Q(
                                        ("injected_at__isnull", False),
                                        ("rest_discarded_at__isnull", False),
                                        ("rest_discarded_by__isnull", False),
                                        models.Q(("rest_ml", None), ("rest_ml__gte", 0), _connector="OR"),
                                    ),
                                    _connector="OR",
                                ),
                                name="rest_of_blood_discarded_by_and_at_together",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("abandoned_at", None),
                                        ("abandoned_by", None),
                                        ("abandoned_reason", ""),
                                    ),
                                    models.Q(
                                        ("abandoned_at__isnull", False),
                                        ("abandoned_by__isnull", False),
                                        ("injected_at", None),
                                        models.Q(("abandoned_reason", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="abandoned_blood_says_who_and_why",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("treatment_session__isnull", False),
                                    ("abandoned_at__isnull", False),
                                    _connector="OR",
                                ),
                                name="blood_is_of_a_session_or_thrown_away",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="kept",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'A preparation from blood is kept: throw it away, and say why.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="6a18b987d5e86970232bfcc5b46e50077701965e",
                                    operation="DELETE",
                                    pgid="pgtrigger_kept_1613e",
                                    table="treatment_sessions_bloodpreparation",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'A preparation from blood is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="76d8dea5a87d4bb849653ac063bd25578c217455",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_989e3",
                                    table="treatment_sessions_bloodpreparation",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="own_blood_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    declare="DECLARE s record; l record; most integer;",
                                    func="\n                    SELECT patient_id, clinic_id, status, performed_on INTO s\n                      FROM treatment_sessions_treatmentsession WHERE id = NEW.treatment_session_id FOR SHARE;\n                    IF s.patient_id IS DISTINCT FROM NEW.patient_id\n                    THEN RAISE EXCEPTION 'What is made of a patient’s blood is of one session and one patient: draw again.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n                    IF s.status <> 'draft'\n                    THEN RAISE EXCEPTION 'A session is signed: nothing in it changes.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n                    SELECT k.clinic_id, k.status, k.expires_on, k.on_hand_ml, k.product_id, p.presentation INTO l\n                      FROM stock_lot k JOIN catalogue_product p ON p.id = k.product_id\n                     WHERE k.id = NEW.lot_id FOR SHARE OF k;\n                    IF l.clinic_id IS DISTINCT FROM s.clinic_id OR l.presentation <> 'kit'\n                    THEN RAISE EXCEPTION 'Blood is drawn with a kit of this clinic.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n                    IF l.status <> 'released' OR l.expires_on < s.performed_on OR l.on_hand_ml <= 0\n                    THEN RAISE EXCEPTION 'This kit is expired, empty or not released: take another.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n                    SELECT min(b.minutes) INTO most FROM catalogue_bloodlimit b\n                      JOIN catalogue_productcontent c ON c.ingredient_id = b.ingredient_id\n                     WHERE c.product_id = l.product_id AND b.retired_at IS NULL;\n                    IF most IS NULL OR NEW.limit_minutes > most\n                    THEN RAISE EXCEPTION 'What is made of blood waits no longer than its limit on file.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n                    NEW.use_before := NEW.drawn_at + NEW.limit_minutes * interval '1 minute';\n                    RETURN NEW;\n                ",
                                    hash="60597b0882b331daf50a8787ea0769a5b361d57a",
                                    operation="INSERT",
                                    pgid="pgtrigger_own_blood_only_14978",
                                    table="treatment_sessions_bloodpreparation",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="of_one_session",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    declare="DECLARE is_signed boolean;",
                                    func="\n                    IF (OLD.patient_id, OLD.lot_id, OLD.drawn_at, OLD.drawn_ml, OLD.drawn_by_id, OLD.limit_minutes,\n                        OLD.limit_source, OLD.use_before)\n                       IS DISTINCT FROM (NEW.patient_id, NEW.lot_id, NEW.drawn_at, NEW.drawn_ml, NEW.drawn_by_id,\n                        NEW.limit_minutes, NEW.limit_source, NEW.use_before)\n                       OR (NEW.treatment_session_id IS DISTINCT FROM OLD.treatment_session_id\n                           AND NEW.treatment_session_id IS NOT NULL)\n                    THEN RAISE EXCEPTION 'What is made of a patient’s blood is of one session and one patient: draw again.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n                    IF OLD.abandoned_at IS NOT NULL AND (to_jsonb(OLD) - 'treatment_session_id')\n                       IS DISTINCT FROM (to_jsonb(NEW) - 'treatment_session_id')\n                    THEN RAISE EXCEPTION 'This was thrown away: draw again.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n                    SELECT p.status <> 'draft' INTO is_signed FROM treatment_sessions_treatmentsession p\n                     WHERE p.id = OLD.treatment_session_id FOR SHARE;\n                    IF is_signed AND to_jsonb(OLD) IS DISTINCT FROM to_jsonb(NEW)\n                    THEN RAISE EXCEPTION 'A session is signed: nothing in it changes.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n                    IF OLD.spun_at IS NULL AND NEW.spun_at IS NOT NULL AND (\n                        SELECT count(DISTINCT c.checked_by_id) FROM treatment_sessions_bloodidentitycheck c\n                         WHERE c.preparation_id = NEW.id AND c.at <= NEW.spun_at) < 2\n                    THEN RAISE EXCEPTION 'Two people check the tube before the spin.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n                    RETURN NEW;\n                ",
                                    hash="eb07fcb7d977820cbd74efeac13e3724c693d2ea",
                                    operation="UPDATE",
                                    pgid="pgtrigger_of_one_session_fe6a4",
                                    table="treatment_sessions_bloodpreparation",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="BloodIdentityCheck",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "preparation",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="identity_checks",
                                to="treatment_sessions.bloodpreparation",
                            ),
                        ),
                        (
                            "checked_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        (
                            "record_number",
                            models.CharField(help_text="As it stands on the tube.", max_length=20),
                        ),
                    ],
                    options={
                        "ordering": ["preparation", "pk"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("preparation", "checked_by"),
                                name="blood_is_checked_by_two_people",
                                violation_error_message="You have checked this tube: somebody else checks it too.",
                            )
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'A check of a tube is append-only: add a new row instead.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="4373c8651b78832adf842b8b251c03503b6ab38c",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_85cc2",
                                    table="treatment_sessions_bloodidentitycheck",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'A check of a tube is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="c3fffab7f35c4e65bf65c4cb1072dc18b48512c9",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_ecaa0",
                                    table="treatment_sessions_bloodidentitycheck",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="tube_is_the_patients",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    declare="DECLARE tube record;",
                                    func="\n                    SELECT p.record_number, b.spun_at, b.abandoned_at, b.drawn_at INTO tube\n                      FROM treatment_sessions_bloodpreparation b JOIN patients_patient p ON p.id = b.patient_id\n                     WHERE b.id = NEW.preparation_id FOR SHARE OF b;\n                    IF NEW.record_number IS DISTINCT FROM tube.record_number\n                    THEN RAISE EXCEPTION 'The tube is another patient’s: throw it away and draw again.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n                    IF tube.spun_at IS NOT NULL OR tube.abandoned_at IS NOT NULL OR NEW.at < tube.drawn_at\n                    THEN RAISE EXCEPTION 'A tube is checked between the draw and the spin.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n                    RETURN NEW;\n                ",
                                    hash="ac12ddc54943469e9d0d9efe0d3e0ca92f768f38",
                                    operation="INSERT",
                                    pgid="pgtrigger_tube_is_the_patients_a8165",
                                    table="treatment_sessions_bloodidentitycheck",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ChecklistItem",
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
                            "phase",
                            models.CharField(
                                choices=[("before", "Before"), ("during", "During"), ("after", "After")],
                                max_length=10,
                            ),
                        ),
                        ("item", models.CharField(max_length=160)),
                        ("short_label", models.CharField(max_length=80)),
                        ("mandatory", models.BooleanField()),
                        ("required_when", models.CharField(blank=True, max_length=120)),
                        ("why", models.CharField(blank=True, max_length=200)),
                        (
                            "short_list",
                            models.BooleanField(
                                default=False,
                                help_text="Asked on the session page before the first injection.",
                            ),
                        ),
                        ("short_order", models.PositiveSmallIntegerField(blank=True, null=True)),
                        (
                            "asked_with",
                            models.CharField(
                                blank=True, help_text="The same tick answers this code.", max_length=30
                            ),
                        ),
                        (
                            "answered_by",
                            models.CharField(
                                default="person",
                                help_text="person; software where the record is the answer; photographs: nobody until there are some",
                                max_length=11,
                            ),
                        ),
                        (
                            "in_one_tap",
                            models.BooleanField(
                                default=True,
                                help_text="Routine: “all of these were done” ticks it. What is looked at is its own tap.",
                            ),
                        ),
                        ("from_seed", models.BooleanField(default=False)),
                        ("order", models.PositiveSmallIntegerField(default=0)),
                    ],
                    options={
                        "ordering": ["phase", "order", "code"],
                        "abstract": False,
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("reviewed_at", None), ("reviewed_by", None)),
                                    models.Q(("reviewed_at__isnull", False), ("reviewed_by__isnull", False)),
                                    _connector="OR",
                                ),
                                name="checklistitem_reviewed_by_and_at_together",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="DiscardedSession",
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
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="plans.treatmentplan",
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
                            "appointment",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="schedule.appointment",
                            ),
                        ),
                        ("number", models.PositiveSmallIntegerField()),
                        ("started_at", models.DateTimeField()),
                        ("reason", models.CharField(max_length=200)),
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
                        "ordering": ["-pk"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("reason", ""), _negated=True),
                                name="discarded_session_says_why",
                            )
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'A discarded session is append-only: add a new row instead.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="994f11d6fe8b5a694bb0c6c488a4ed8e593fe3c8",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_2e1e0",
                                    table="treatment_sessions_discardedsession",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'A discarded session is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="7a57e46a98b3953795d78bbb7bbe6cdae1cda790",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_5657f",
                                    table="treatment_sessions_discardedsession",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Reaction",
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
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="reactions",
                                to="treatment_sessions.treatmentsession",
                            ),
                        ),
                        (
                            "effect",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="treatment_sessions.adverseeffect",
                            ),
                        ),
                        (
                            "grade",
                            models.CharField(
                                choices=[("mild", "mild"), ("moderate", "moderate"), ("severe", "severe")],
                                default="mild",
                                max_length=10,
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
                        ("note", models.CharField(blank=True, max_length=200)),
                        (
                            "began_on",
                            models.DateField(
                                blank=True, help_text="Empty where it began in the chair.", null=True
                            ),
                        ),
                        ("ended_on", models.DateField(blank=True, null=True)),
                        (
                            "occasion",
                            models.PositiveSmallIntegerField(
                                default=0,
                                help_text="0 where charted; counts what was told after the signature.",
                            ),
                        ),
                        ("added_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "added_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "told_on_day",
                            models.PositiveSmallIntegerField(
                                blank=True,
                                help_text="Days after the session, where it was told at a check-in.",
                                null=True,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["effect__order"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("treatment_session", "effect", "occasion"),
                                name="reaction_recorded_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("added_at", None),
                                        ("added_by", None),
                                        ("occasion", 0),
                                        ("told_on_day", None),
                                    ),
                                    models.Q(
                                        ("added_at__isnull", False),
                                        ("added_by__isnull", False),
                                        ("occasion__gt", 0),
                                    ),
                                    models.Q(
                                        ("added_at__isnull", False),
                                        ("occasion__gt", 0),
                                        ("told_on_day__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="later_reaction_says_who_and_when",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("began_on", None),
                                    ("ended_on", None),
                                    ("ended_on__gte", models.F("began_on")),
                                    _connector="OR",
                                ),
                                name="reaction_ends_after_it_begins",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="part_of_frozen",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    declare="DECLARE is_frozen boolean;",
                                    func="\n            IF TG_OP = 'UPDATE' THEN\n                IF (to_jsonb(OLD) - ARRAY[]::text[]) IS NOT DISTINCT FROM (to_jsonb(NEW) - ARRAY[]::text[]) THEN\n                    RETURN NEW;\n                END IF;\n            END IF;\n            IF TG_OP <> 'INSERT' THEN\n                SELECT (p.status <> 'draft') INTO is_frozen FROM treatment_sessions_treatmentsession p WHERE p.id = OLD.treatment_session_id FOR SHARE;\n                IF is_frozen THEN RAISE EXCEPTION 'A session is signed: nothing in it changes.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n            END IF;\n            IF TG_OP <> 'DELETE' THEN\n                SELECT (p.status <> 'draft') INTO is_frozen FROM treatment_sessions_treatmentsession p WHERE p.id = NEW.treatment_session_id FOR SHARE;\n                IF TG_OP = 'INSERT' AND (NEW.added_at IS NOT NULL) THEN IF NOT is_frozen THEN RAISE EXCEPTION 'A session is not signed yet: chart it there.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END IF; IF is_frozen THEN RAISE EXCEPTION 'A session is signed: nothing in it changes.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n                RETURN NEW;\n            END IF;\n            RETURN OLD;\n        ",
                                    hash="cfdcc33e1c91f2b3667d0cc611ec3fbd12280d06",
                                    operation="INSERT OR UPDATE OR DELETE",
                                    pgid="pgtrigger_part_of_frozen_51ad0",
                                    table="treatment_sessions_reaction",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ReactionEnd",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "reaction",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="end",
                                to="treatment_sessions.reaction",
                            ),
                        ),
                        ("ended_on", models.DateField()),
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
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'The end of a reaction is append-only: add a new row instead.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="b3f26552909efc7a675320c0e6dfac392e5acb35",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_a11d1",
                                    table="treatment_sessions_reactionend",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'The end of a reaction is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="2039171f2629e8962b9597adb5b354bd11d45565",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_bb8f4",
                                    table="treatment_sessions_reactionend",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SessionMeasurement",
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
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="treatment_sessions.treatmentsession",
                            ),
                        ),
                        (
                            "measurement",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="conditions.measurement",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("treatment_session", "measurement"),
                                name="measurement_once_in_a_session",
                            )
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="part_of_frozen",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    declare="DECLARE is_frozen boolean;",
                                    func="\n            IF TG_OP = 'UPDATE' THEN\n                IF (to_jsonb(OLD) - ARRAY[]::text[]) IS NOT DISTINCT FROM (to_jsonb(NEW) - ARRAY[]::text[]) THEN\n                    RETURN NEW;\n                END IF;\n            END IF;\n            IF TG_OP <> 'INSERT' THEN\n                SELECT (p.status <> 'draft') INTO is_frozen FROM treatment_sessions_treatmentsession p WHERE p.id = OLD.treatment_session_id FOR SHARE;\n                IF is_frozen THEN RAISE EXCEPTION 'A session is signed: nothing in it changes.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n            END IF;\n            IF TG_OP <> 'DELETE' THEN\n                SELECT (p.status <> 'draft') INTO is_frozen FROM treatment_sessions_treatmentsession p WHERE p.id = NEW.treatment_session_id FOR SHARE;\n                IF is_frozen THEN RAISE EXCEPTION 'A session is signed: nothing in it changes.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n                RETURN NEW;\n            END IF;\n            RETURN OLD;\n        ",
                                    hash="a49b301a34c1b27717349510a7734864aad2907f",
                                    operation="INSERT OR UPDATE OR DELETE",
                                    pgid="pgtrigger_part_of_frozen_fa80a",
                                    table="treatment_sessions_sessionmeasurement",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'What was measured at a session is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="fcb000e3933441c88670016d1e6e2f9b294869fb",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_c961e",
                                    table="treatment_sessions_sessionmeasurement",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SessionPhotoSet",
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
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="treatment_sessions.treatmentsession",
                            ),
                        ),
                        (
                            "photo_set",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="conditions.photoset",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("treatment_session", "photo_set"), name="photo_set_once_in_a_session"
                            )
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="frozen",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF (EXISTS (SELECT 1 FROM treatment_sessions_treatmentsession s WHERE s.id = OLD.treatment_session_id AND s.status <> 'draft')) AND (to_jsonb(OLD) - ARRAY[]::text[]) IS DISTINCT FROM (to_jsonb(NEW) - ARRAY[]::text[]) THEN RAISE EXCEPTION 'Which photographs are of a session is frozen: correct it by adding, not by changing.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW;",
                                    hash="b61ca99b0cf24ab1e9073c99edcbb6d1c48f9d91",
                                    operation="UPDATE",
                                    pgid="pgtrigger_frozen_12573",
                                    table="treatment_sessions_sessionphotoset",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="kept",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF (EXISTS (SELECT 1 FROM treatment_sessions_treatmentsession s WHERE s.id = OLD.treatment_session_id AND s.status <> 'draft')) THEN RAISE EXCEPTION 'Which photographs are of a session is kept: it cannot be deleted.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN OLD;",
                                    hash="32055d47c97dc34bfc714fec2ed2d88ab567088d",
                                    operation="DELETE",
                                    pgid="pgtrigger_kept_327f3",
                                    table="treatment_sessions_sessionphotoset",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'Which photographs are of a session is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="166c6b3f686a96d4280044ed1a0ce7ce3f6ba8a0",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_b3180",
                                    table="treatment_sessions_sessionphotoset",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Syringe",
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
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="syringes",
                                to="treatment_sessions.treatmentsession",
                            ),
                        ),
                        ("label", models.CharField(max_length=80)),
                        ("capacity_ml", models.DecimalField(decimal_places=2, default=5, max_digits=9)),
                        (
                            "prepared_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "prepared_at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                        ),
                        (
                            "use_before",
                            models.DateTimeField(
                                blank=True, help_text="Beyond-use time of the mixture.", null=True
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["treatment_session", "pk"],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="part_of_frozen",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    declare="DECLARE is_frozen boolean;",
                                    func="\n            IF TG_OP = 'UPDATE' THEN\n                IF (to_jsonb(OLD) - ARRAY[]::text[]) IS NOT DISTINCT FROM (to_jsonb(NEW) - ARRAY[]::text[]) THEN\n                    RETURN NEW;\n                END IF;\n            END IF;\n            IF TG_OP <> 'INSERT' THEN\n                SELECT (p.status <> 'draft') INTO is_frozen FROM treatment_sessions_treatmentsession p WHERE p.id = OLD.treatment_session_id FOR SHARE;\n                IF is_frozen THEN RAISE EXCEPTION 'A session is signed: nothing in it changes.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n            END IF;\n            IF TG_OP <> 'DELETE' THEN\n                SELECT (p.status <> 'draft') INTO is_frozen FROM treatment_sessions_treatmentsession p WHERE p.id = NEW.treatment_session_id FOR SHARE;\n                IF is_frozen THEN RAISE EXCEPTION 'A session is signed: nothing in it changes.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n                RETURN NEW;\n            END IF;\n            RETURN OLD;\n        ",
                                    hash="132783a18c2f939675a3edf683da914f56dec722",
                                    operation="INSERT OR UPDATE OR DELETE",
                                    pgid="pgtrigger_part_of_frozen_98492",
                                    table="treatment_sessions_syringe",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SyringeCheck",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "syringe",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="checks",
                                to="treatment_sessions.syringe",
                            ),
                        ),
                        (
                            "checked_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        (
                            "contents",
                            models.JSONField(
                                help_text="What was in it: lot number and ml, in the order drawn. A change later shows."
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["syringe", "pk"],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="other_eyes",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="\n                    IF EXISTS (SELECT 1 FROM treatment_sessions_syringe y\n                                WHERE y.id = NEW.syringe_id AND y.prepared_by_id = NEW.checked_by_id)\n                    THEN RAISE EXCEPTION 'A syringe is checked by somebody else than who prepared it.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n                    RETURN NEW;\n                ",
                                    hash="124f27e42c4b015219438e39ccd51c3cdd814ea6",
                                    operation="INSERT",
                                    pgid="pgtrigger_other_eyes_1b51f",
                                    table="treatment_sessions_syringecheck",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="part_of_frozen",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    declare="DECLARE is_signed boolean;",
                                    func="\n                    IF TG_OP = 'UPDATE' THEN RAISE EXCEPTION 'A check of a syringe is written once: check again instead.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n                    SELECT s.status <> 'draft' INTO is_signed\n                      FROM treatment_sessions_syringe y\n                      JOIN treatment_sessions_treatmentsession s ON s.id = y.treatment_session_id\n                     WHERE y.id = CASE WHEN TG_OP = 'DELETE' THEN OLD.syringe_id ELSE NEW.syringe_id END\n                       FOR SHARE OF s;\n                    IF is_signed THEN RAISE EXCEPTION 'A session is signed: nothing in it changes.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n                    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;\n                    RETURN NEW;\n                ",
                                    hash="3333353c2063d27f80bb1dacc8d64ce2509844d1",
                                    operation="INSERT OR UPDATE OR DELETE",
                                    pgid="pgtrigger_part_of_frozen_3d1f2",
                                    table="treatment_sessions_syringecheck",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'A check of a syringe is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="adaace66bfdda3d2961ac23b382c8bf69eb8e07f",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_3d780",
                                    table="treatment_sessions_syringecheck",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="TreatmentSession",
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
                                related_name="treatment_sessions",
                                to="accounts.clinic",
                            ),
                        ),
                        (
                            "patient",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="treatment_sessions",
                                to="patients.patient",
                            ),
                        ),
                        (
                            "plan",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="treatment_sessions",
                                to="plans.treatmentplan",
                            ),
                        ),
                        (
                            "appointment",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="treatment_session",
                                to="schedule.appointment",
                            ),
                        ),
                        ("number", models.PositiveSmallIntegerField()),
                        (
                            "clinician",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="treatment_sessions",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "room",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="schedule.room",
                            ),
                        ),
                        (
                            "cocktail_version",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="treatment_sessions",
                                to="cocktails.cocktailversion",
                            ),
                        ),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("draft", "draft"),
                                    ("signed", "signed"),
                                    ("amended", "amended"),
                                    ("void", "void"),
                                ],
                                default="draft",
                                max_length=10,
                            ),
                        ),
                        ("performed_on", models.DateField(help_text="The clinic's day.")),
                        (
                            "started_at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                        ),
                        (
                            "performed_by",
                            models.ForeignKey(
                                blank=True,
                                help_text="Who injected, where it was not the clinician.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("technique", models.CharField(blank=True, max_length=200)),
                        ("needle", models.CharField(blank=True, max_length=60)),
                        (
                            "since_last",
                            models.TextField(
                                blank=True, help_text="What the patient reports since the last time."
                            ),
                        ),
                        (
                            "safety",
                            models.JSONField(
                                blank=True,
                                db_default=models.Value({}, models.JSONField()),
                                default=dict,
                                help_text="Medicines, pregnancy, allergies asked again: what is new, what ended (rules.safety).",
                            ),
                        ),
                        (
                            "no_reactions",
                            models.BooleanField(default=False, help_text="Asked, and there were none."),
                        ),
                        ("note", models.TextField(blank=True)),
                        ("next_on", models.DateField(blank=True, null=True)),
                        (
                            "acknowledged",
                            models.JSONField(
                                default=list, help_text="Findings gone past: code, level, message, reason."
                            ),
                        ),
                        (
                            "not_asked",
                            models.JSONField(
                                db_default=models.Value([], models.JSONField()),
                                default=list,
                                help_text="Answers that were missing when it was signed: codes of findings.",
                            ),
                        ),
                        (
                            "revision",
                            models.PositiveIntegerField(default=1, help_text="Counts the saves of a draft."),
                        ),
                        (
                            "saved_at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
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
                            "measurements",
                            models.ManyToManyField(
                                blank=True,
                                related_name="+",
                                through="treatment_sessions.SessionMeasurement",
                                to="conditions.measurement",
                            ),
                        ),
                        (
                            "photo_sets",
                            models.ManyToManyField(
                                blank=True,
                                related_name="+",
                                through="treatment_sessions.SessionPhotoSet",
                                to="conditions.photoset",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["patient", "-number", "-pk"],
                        "indexes": [
                            models.Index(fields=["patient", "-performed_on"], name="sessions_by_patient"),
                            models.Index(fields=["clinic", "status", "-id"], name="sessions_by_status"),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("status", "void"), _negated=True),
                                fields=("plan", "number"),
                                name="session_number_once_in_a_plan",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("signed_at", None), ("signed_by", None), ("status", "draft")),
                                    models.Q(
                                        models.Q(("status", "draft"), _negated=True),
                                        ("signed_at__isnull", False),
                                        ("signed_by__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="session_signed_by_and_at_together",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("status__in", ["draft", "signed", "amended", "void"])),
                                name="session_status_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("safety__contained_by", models.Value({}, models.JSONField())),
                                    ("safety__has_any_keys", ["medicine", "pregnancy", "allergy"]),
                                    _connector="OR",
                                ),
                                name="safety_is_about_what_is_asked",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="of_an_open_record",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    declare="DECLARE merged bigint;",
                                    func="\n            SELECT merged_into_id INTO merged FROM patients_patient WHERE id = NEW.patient_id FOR SHARE;\n            IF merged IS NOT NULL\n            THEN RAISE EXCEPTION 'A session is not of a merged record: use the one that is kept.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n            RETURN NEW;\n        ",
                                    hash="eaddaecd061649455ce88aba1c58398156910131",
                                    operation='INSERT OR UPDATE OF "patient_id"',
                                    pgid="pgtrigger_of_an_open_record_b64f2",
                                    table="treatment_sessions_treatmentsession",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="frozen",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF (OLD.status <> 'draft') AND (to_jsonb(OLD) - ARRAY['status']::text[]) IS DISTINCT FROM (to_jsonb(NEW) - ARRAY['status']::text[]) THEN RAISE EXCEPTION 'A signed session is frozen: correct it by adding, not by changing.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW;",
                                    hash="da5e11b1e1820737d08abc5066f4459e2723e801",
                                    operation="UPDATE",
                                    pgid="pgtrigger_frozen_67920",
                                    table="treatment_sessions_treatmentsession",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="kept",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF (OLD.status <> 'draft') THEN RAISE EXCEPTION 'A signed session is kept: it cannot be deleted.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN OLD;",
                                    hash="3ed6534973ffc5a52bd85783edee90e6053bd777",
                                    operation="DELETE",
                                    pgid="pgtrigger_kept_9659b",
                                    table="treatment_sessions_treatmentsession",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'A signed session is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="5e34b1782f7cdce56b2e90a8d2ec9873c07f7c9e",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_397be",
                                    table="treatment_sessions_treatmentsession",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="by_a_member",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="\n            IF NEW.signed_by_id IS NOT NULL AND NOT EXISTS (\n                SELECT 1 FROM accounts_membership m\n                 WHERE m.user_id = NEW.signed_by_id AND m.clinic_id = (NEW.clinic_id) AND 'clinician' = ANY (m.roles))\n            THEN RAISE EXCEPTION 'Only who works at a clinic acts there.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n            RETURN NEW;\n        ",
                                    hash="6e22e2b425861f4ce60016c1c2bc222340d02ed1",
                                    operation='INSERT OR UPDATE OF "signed_by_id"',
                                    pgid="pgtrigger_by_a_member_9d0d5",
                                    table="treatment_sessions_treatmentsession",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="stands_in_its_course",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    constraint="CONSTRAINT",
                                    declare="DECLARE place record;",
                                    func="-- At commit: a session that is not void has its course session, with the same day and signature, and a course session\n-- has its session. Works on both tables: both have plan_id and number.\nFOR place IN\n    SELECT OLD.plan_id AS plan_id, OLD.number AS number WHERE TG_OP <> 'INSERT'\n     UNION\n    SELECT NEW.plan_id, NEW.number WHERE TG_OP <> 'DELETE'\nLOOP\n    IF EXISTS (\n        SELECT 1\n          FROM (SELECT performed_on, signed_at, 1 AS one FROM treatment_sessions_treatmentsession\n                 WHERE plan_id = place.plan_id AND number = place.number AND status <> 'void') s\n          FULL JOIN (SELECT performed_on, signed_at, 1 AS one FROM plans_coursesession\n                      WHERE plan_id = place.plan_id AND number = place.number) c USING (one)\n         WHERE (s.performed_on, s.signed_at) IS DISTINCT FROM (c.performed_on, c.signed_at)\n    ) THEN\n        RAISE EXCEPTION 'A session and its course session say the same: number, day and signature.'\n            USING ERRCODE = 'integrity_constraint_violation';\n    END IF;\nEND LOOP;\nRETURN NULL;\n",
                                    hash="f21b1c36fd8414641a6142ba123ab01cc16c6aef",
                                    operation='INSERT OR UPDATE OF "plan_id", "number", "performed_on", "signed_at", "status" OR DELETE',
                                    pgid="pgtrigger_stands_in_its_course_3bd68",
                                    table="treatment_sessions_treatmentsession",
                                    timing="DEFERRABLE INITIALLY DEFERRED",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="waits_for_the_review",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (NEW.\"status\" = 'draft')",
                                    func="\n                    IF EXISTS (SELECT 1 FROM plans_treatmentplan p JOIN accounts_clinic c ON c.id = p.clinic_id\n                                WHERE p.id = NEW.plan_id\n                                  AND (p.reviewed_to < c.review_at_session AND c.review_at_session < NEW.number\n                                       OR p.reviewed_to < p.sessions_planned AND p.sessions_planned < NEW.number))\n                    THEN RAISE EXCEPTION 'A session after the review waits until the review is answered.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n                    RETURN NEW;\n                ",
                                    hash="14c4bdff64eb543f547d0bda54a460209c0300b3",
                                    operation="INSERT",
                                    pgid="pgtrigger_waits_for_the_review_1d5de",
                                    table="treatment_sessions_treatmentsession",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="signed_with_its_stock",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (NEW.\"status\" = 'signed')",
                                    constraint="CONSTRAINT",
                                    func="\n                    IF NOT EXISTS (SELECT 1 FROM treatment_sessions_dose d\n                                    WHERE d.treatment_session_id = NEW.id)\n                    THEN RAISE EXCEPTION 'A session is signed with what was given.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n                    IF EXISTS (SELECT 1 FROM treatment_sessions_dose d\n                                 LEFT JOIN stock_stockmovement m ON m.id = d.movement_id\n                                 LEFT JOIN stock_stockmovement w ON w.id = d.waste_movement_id\n                                WHERE d.treatment_session_id = NEW.id\n                                  AND (m.id IS NULL OR m.kind <> 'use' OR m.lot_id <> d.lot_id\n                                       OR m.ml <> d.wasted_ml - d.ml\n                                       OR (d.wasted_ml > 0) IS DISTINCT FROM (w.id IS NOT NULL)\n                                       OR w.kind <> 'waste' OR w.lot_id <> d.lot_id OR w.ml <> -d.wasted_ml))\n                    THEN RAISE EXCEPTION 'A session is signed with every dose taken from its lot, or not at all.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n                    RETURN NULL;\n                ",
                                    hash="6bc752d46311863ff19328cababcc228e024ddf2",
                                    operation='INSERT OR UPDATE OF "status"',
                                    pgid="pgtrigger_signed_with_its_stock_0a6af",
                                    table="treatment_sessions_treatmentsession",
                                    timing="DEFERRABLE INITIALLY DEFERRED",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PainRelief",
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
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="relief",
                                to="treatment_sessions.treatmentsession",
                            ),
                        ),
                        (
                            "method",
                            models.CharField(
                                choices=[
                                    ("ice", "ice"),
                                    ("vibration", "vibration"),
                                    ("cream", "cream"),
                                    ("nerve_block", "nerve block"),
                                    ("cooling_spray", "cooling spray"),
                                ],
                                max_length=15,
                            ),
                        ),
                        (
                            "lidocaine_mg",
                            models.DecimalField(blank=True, decimal_places=1, max_digits=6, null=True),
                        ),
                        (
                            "label",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("lidocaine_prilocaine", "lidocaine_prilocaine"),
                                    ("other", "other"),
                                ],
                                help_text="What the label of a cream lists; empty where nobody read it.",
                                max_length=20,
                            ),
                        ),
                        (
                            "already_given_at",
                            models.DateTimeField(
                                blank=True,
                                help_text="Said to be given already when the record spoke against it.",
                                null=True,
                            ),
                        ),
                        (
                            "already_given_by",
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
                        "ordering": ["treatment_session", "pk"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("treatment_session", "method"), name="relief_stands_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "method__in",
                                        ["ice", "vibration", "cream", "nerve_block", "cooling_spray"],
                                    ),
                                    models.Q(
                                        ("lidocaine_mg", None), ("lidocaine_mg__gte", 0), _connector="OR"
                                    ),
                                ),
                                name="relief_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("label", ""),
                                    models.Q(
                                        ("label__in", ["lidocaine_prilocaine", "other"]),
                                        ("method", treatments.sessions.rules.pain_relief.Relief["CREAM"]),
                                    ),
                                    _connector="OR",
                                ),
                                name="relief_label_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("already_given_at", None), ("already_given_by", None)),
                                    models.Q(
                                        ("already_given_at__isnull", False),
                                        ("already_given_by__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="relief_given_already_says_who_and_when",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="part_of_frozen",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    declare="DECLARE is_frozen boolean;",
                                    func="\n            IF TG_OP = 'UPDATE' THEN\n                IF (to_jsonb(OLD) - ARRAY[]::text[]) IS NOT DISTINCT FROM (to_jsonb(NEW) - ARRAY[]::text[]) THEN\n                    RETURN NEW;\n                END IF;\n            END IF;\n            IF TG_OP <> 'INSERT' THEN\n                SELECT (p.status <> 'draft') INTO is_frozen FROM treatment_sessions_treatmentsession p WHERE p.id = OLD.treatment_session_id FOR SHARE;\n                IF is_frozen THEN RAISE EXCEPTION 'A session is signed: nothing in it changes.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n            END IF;\n            IF TG_OP <> 'DELETE' THEN\n                SELECT (p.status <> 'draft') INTO is_frozen FROM treatment_sessions_treatmentsession p WHERE p.id = NEW.treatment_session_id FOR SHARE;\n                IF is_frozen THEN RAISE EXCEPTION 'A session is signed: nothing in it changes.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n                RETURN NEW;\n            END IF;\n            RETURN OLD;\n        ",
                                    hash="2c6162199081a7d81bdf0b8bf108c59de7b9bd2a",
                                    operation="INSERT OR UPDATE OR DELETE",
                                    pgid="pgtrigger_part_of_frozen_18969",
                                    table="treatment_sessions_painrelief",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Pain",
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
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="pain",
                                to="treatment_sessions.treatmentsession",
                            ),
                        ),
                        (
                            "moment",
                            models.CharField(
                                choices=[
                                    ("during", "worst during treatment"),
                                    ("end", "at the end"),
                                    ("1h", "1 hour after"),
                                    ("24h", "24 hours after"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("score", models.PositiveSmallIntegerField()),
                        (
                            "added_at",
                            models.DateTimeField(
                                blank=True, help_text="After the signature; empty where charted.", null=True
                            ),
                        ),
                        (
                            "added_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "told_on_day",
                            models.PositiveSmallIntegerField(
                                blank=True,
                                help_text="Days after the session, where it was told at a check-in.",
                                null=True,
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("treatment_session", "moment"), name="pain_asked_once_a_moment"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("score__lte", 10)), name="pain_is_zero_to_ten"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("added_at", None), ("added_by", None), ("told_on_day", None)),
                                    models.Q(
                                        ("added_at__isnull", False),
                                        ("added_by__isnull", False),
                                        ("moment__in", ("1h", "24h")),
                                    ),
                                    _connector="OR",
                                ),
                                name="later_pain_says_who_and_when",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="part_of_frozen",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    declare="DECLARE is_frozen boolean;",
                                    func="\n            IF TG_OP = 'UPDATE' THEN\n                IF (to_jsonb(OLD) - ARRAY[]::text[]) IS NOT DISTINCT FROM (to_jsonb(NEW) - ARRAY[]::text[]) THEN\n                    RETURN NEW;\n                END IF;\n            END IF;\n            IF TG_OP <> 'INSERT' THEN\n                SELECT (p.status <> 'draft') INTO is_frozen FROM treatment_sessions_treatmentsession p WHERE p.id = OLD.treatment_session_id FOR SHARE;\n                IF is_frozen THEN RAISE EXCEPTION 'A session is signed: nothing in it changes.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n            END IF;\n            IF TG_OP <> 'DELETE' THEN\n                SELECT (p.status <> 'draft') INTO is_frozen FROM treatment_sessions_treatmentsession p WHERE p.id = NEW.treatment_session_id FOR SHARE;\n                IF TG_OP = 'INSERT' AND (NEW.added_at IS NOT NULL) THEN IF NOT is_frozen THEN RAISE EXCEPTION 'A session is not signed yet: chart it there.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END IF; IF is_frozen THEN RAISE EXCEPTION 'A session is signed: nothing in it changes.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n                RETURN NEW;\n            END IF;\n            RETURN OLD;\n        ",
                                    hash="7d5a298d74ef59ddb80b1c4ed9ada66bcc900495",
                                    operation="INSERT OR UPDATE OR DELETE",
                                    pgid="pgtrigger_part_of_frozen_ba012",
                                    table="treatment_sessions_pain",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Dose",
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
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="doses",
                                to="treatment_sessions.treatmentsession",
                            ),
                        ),
                        (
                            "syringe",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="doses",
                                to="treatment_sessions.syringe",
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
                        (
                            "lot",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="doses",
                                to="stock.lot",
                            ),
                        ),
                        ("planned_ml", models.DecimalField(decimal_places=2, max_digits=9)),
                        (
                            "ml",
                            models.DecimalField(
                                decimal_places=2, help_text="Drawn up from the lot.", max_digits=9
                            ),
                        ),
                        (
                            "wasted_ml",
                            models.DecimalField(
                                db_default=0,
                                decimal_places=2,
                                default=0,
                                help_text="Of it, what stayed in the syringe; set by the signature.",
                                max_digits=9,
                            ),
                        ),
                        (
                            "lot_read",
                            models.BooleanField(
                                db_default=False,
                                default=False,
                                help_text="Somebody scanned the vial, or read it and accepted.",
                            ),
                        ),
                        (
                            "already_given_at",
                            models.DateTimeField(
                                blank=True,
                                help_text="When somebody said that it was in the patient before the lot turned out not to be usable.",
                                null=True,
                            ),
                        ),
                        (
                            "already_given_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "movement",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="dose",
                                to="stock.stockmovement",
                            ),
                        ),
                        (
                            "waste_movement",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="wasted_dose",
                                to="stock.stockmovement",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["syringe", "pk"],
                        "indexes": [models.Index(fields=["lot", "treatment_session"], name="doses_by_lot")],
                        "constraints": [
                            models.UniqueConstraint(fields=("syringe", "lot"), name="lot_once_in_a_syringe"),
                            models.CheckConstraint(
                                condition=models.Q(("ml__gt", 0), ("planned_ml__gte", 0)),
                                name="dose_has_a_volume",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("wasted_ml__gte", 0), ("wasted_ml__lt", models.F("ml"))),
                                name="dose_is_not_all_waste",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("already_given_at", None), ("already_given_by", None)),
                                    models.Q(
                                        ("already_given_at__isnull", False),
                                        ("already_given_by__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="dose_given_already_says_who_and_when",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="part_of_frozen",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    declare="DECLARE is_frozen boolean;",
                                    func="\n            IF TG_OP = 'UPDATE' THEN\n                IF (to_jsonb(OLD) - ARRAY[]::text[]) IS NOT DISTINCT FROM (to_jsonb(NEW) - ARRAY[]::text[]) THEN\n                    RETURN NEW;\n                END IF;\n            END IF;\n            IF TG_OP <> 'INSERT' THEN\n                SELECT (p.status <> 'draft') INTO is_frozen FROM treatment_sessions_treatmentsession p WHERE p.id = OLD.treatment_session_id FOR SHARE;\n                IF is_frozen THEN RAISE EXCEPTION 'A session is signed: nothing in it changes.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n            END IF;\n            IF TG_OP <> 'DELETE' THEN\n                SELECT (p.status <> 'draft') INTO is_frozen FROM treatment_sessions_treatmentsession p WHERE p.id = NEW.treatment_session_id FOR SHARE;\n                IF is_frozen THEN RAISE EXCEPTION 'A session is signed: nothing in it changes.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n                RETURN NEW;\n            END IF;\n            RETURN OLD;\n        ",
                                    hash="112a79644ba4ecb6830fbf9382a59f9e053ccf56",
                                    operation="INSERT OR UPDATE OR DELETE",
                                    pgid="pgtrigger_part_of_frozen_11e9f",
                                    table="treatment_sessions_dose",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="lot_is_of_the_product",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="\n                    IF NOT EXISTS (SELECT 1 FROM stock_lot l\n                                     JOIN treatment_sessions_treatmentsession s ON s.id = NEW.treatment_session_id\n                                    WHERE l.id = NEW.lot_id AND l.product_id = NEW.product_id\n                                      AND l.clinic_id = s.clinic_id)\n                    THEN RAISE EXCEPTION 'The lot is of another product or another clinic.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n                    RETURN NEW;\n                ",
                                    hash="03329cde5c4c48790c8e53535d24b38dff6c7cf4",
                                    operation='INSERT OR UPDATE OF "lot_id", "product_id", "treatment_session_id"',
                                    pgid="pgtrigger_lot_is_of_the_product_bb40c",
                                    table="treatment_sessions_dose",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="no_wrong_vial",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (NEW."already_given_at" IS NULL)',
                                    func="\n                    IF NOT EXISTS (SELECT 1 FROM stock_lot l\n                                     JOIN treatment_sessions_treatmentsession s ON s.id = NEW.treatment_session_id\n                                    WHERE l.id = NEW.lot_id AND l.status = 'released'\n                                      AND l.expires_on >= s.performed_on)\n                    THEN RAISE EXCEPTION 'This lot is expired or not released: take another.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n                    -- Empty, or nothing left but what has been open too long (for a day that has passed: was it then).\n                    IF NOT EXISTS (SELECT 1 FROM stock_lot l\n                                     JOIN treatment_sessions_treatmentsession s ON s.id = NEW.treatment_session_id\n                                     JOIN accounts_clinic c ON c.id = s.clinic_id\n                                    WHERE l.id = NEW.lot_id AND l.on_hand_ml > 0\n                                      AND (l.opened_until IS NULL OR l.on_hand_ml > l.opened_ml OR l.opened_until >\n                                           CASE WHEN s.performed_on < (statement_timestamp() AT TIME ZONE c.time_zone)::date\n                                                THEN s.performed_on::timestamp AT TIME ZONE c.time_zone\n                                                ELSE statement_timestamp() END))\n                    THEN RAISE EXCEPTION 'This lot is empty, or has been open too long: take another.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n                    RETURN NEW;\n                ",
                                    hash="91cdd4b4bab27f5c0ef13febf54a239f7698df95",
                                    operation='INSERT OR UPDATE OF "lot_id", "already_given_at"',
                                    pgid="pgtrigger_no_wrong_vial_86efe",
                                    table="treatment_sessions_dose",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ChecklistAnswer",
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
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="checklist",
                                to="treatment_sessions.treatmentsession",
                            ),
                        ),
                        (
                            "item",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="treatment_sessions.checklistitem",
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
                        ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("treatment_session", "item"), name="checklist_item_ticked_once"
                            )
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="part_of_frozen",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    declare="DECLARE is_frozen boolean;",
                                    func="\n            IF TG_OP = 'UPDATE' THEN\n                IF (to_jsonb(OLD) - ARRAY[]::text[]) IS NOT DISTINCT FROM (to_jsonb(NEW) - ARRAY[]::text[]) THEN\n                    RETURN NEW;\n                END IF;\n            END IF;\n            IF TG_OP <> 'INSERT' THEN\n                SELECT (p.status <> 'draft') INTO is_frozen FROM treatment_sessions_treatmentsession p WHERE p.id = OLD.treatment_session_id FOR SHARE;\n                IF is_frozen THEN RAISE EXCEPTION 'A session is signed: nothing in it changes.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n            END IF;\n            IF TG_OP <> 'DELETE' THEN\n                SELECT (p.status <> 'draft') INTO is_frozen FROM treatment_sessions_treatmentsession p WHERE p.id = NEW.treatment_session_id FOR SHARE;\n                IF is_frozen THEN RAISE EXCEPTION 'A session is signed: nothing in it changes.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n                RETURN NEW;\n            END IF;\n            RETURN OLD;\n        ",
                                    hash="1968978d162d6ffbe4b4cb2fe08eefbe72fa2886",
                                    operation="INSERT OR UPDATE OR DELETE",
                                    pgid="pgtrigger_part_of_frozen_e297c",
                                    table="treatment_sessions_checklistanswer",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Addendum",
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
                                related_name="addenda",
                                to="treatment_sessions.treatmentsession",
                            ),
                        ),
                        ("text", models.TextField()),
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
                        "verbose_name_plural": "addenda",
                        "ordering": ["treatment_session", "pk"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("text", ""), _negated=True),
                                    models.Q(("reason", ""), _negated=True),
                                ),
                                name="addendum_says_what_and_why",
                            )
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'An addendum is append-only: add a new row instead.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="18134d20fb94ac7393f60b70342c895ebdb46324",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_d0bdf",
                                    table="treatment_sessions_addendum",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'An addendum is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="3bda4988d38f535d17b2317d88e7695a18e7dc93",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_c4494",
                                    table="treatment_sessions_addendum",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="by_a_member",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="\n            IF NEW.by_id IS NOT NULL AND NOT EXISTS (\n                SELECT 1 FROM accounts_membership m\n                 WHERE m.user_id = NEW.by_id AND m.clinic_id = (SELECT s.clinic_id FROM treatment_sessions_treatmentsession s WHERE s.id = NEW.treatment_session_id))\n            THEN RAISE EXCEPTION 'Only who works at a clinic acts there.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n            RETURN NEW;\n        ",
                                    hash="179d00eb214b9048775984bbbe2c0fb0e6daba9b",
                                    operation="INSERT",
                                    pgid="pgtrigger_by_a_member_72ac3",
                                    table="treatment_sessions_addendum",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SessionWithBlood",
                    fields=[],
                    options={
                        "proxy": True,
                        "indexes": [],
                        "constraints": [],
                    },
                    bases=("treatment_sessions.treatmentsession",),
                ),
                migrations.CreateModel(
                    name="ZoneTreatment",
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
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="zones",
                                to="treatment_sessions.treatmentsession",
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
                            "name",
                            models.CharField(
                                blank=True,
                                db_default="",
                                help_text="Of a zone that was drawn; else empty.",
                                max_length=60,
                            ),
                        ),
                        (
                            "outline",
                            models.JSONField(
                                blank=True,
                                db_default=models.Value([], models.JSONField()),
                                default=list,
                                help_text="Corners of a drawn zone, [[x, y], …] in percent of the map's picture.",
                            ),
                        ),
                        ("points", models.PositiveSmallIntegerField()),
                        ("ml_per_point", models.DecimalField(decimal_places=3, max_digits=5)),
                        ("depth_mm", models.DecimalField(decimal_places=1, max_digits=4)),
                        (
                            "spacing_cm",
                            models.DecimalField(blank=True, decimal_places=2, max_digits=4, null=True),
                        ),
                        ("area_cm2", models.DecimalField(decimal_places=1, max_digits=6)),
                    ],
                    options={
                        "ordering": ["zone__order", "name", "pk"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("treatment_session", "zone"), name="zone_treated_once_in_a_session"
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("zone", None)),
                                fields=("treatment_session", "name"),
                                name="drawn_zone_named_once_in_a_session",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("name", ""), ("outline", []), ("zone__isnull", False)),
                                    models.Q(("zone", None), models.Q(("name", ""), _negated=True)),
                                    _connector="OR",
                                ),
                                name="zone_is_of_the_map_or_drawn",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("area_cm2__gt", 0),
                                    ("depth_mm__gt", 0),
                                    ("depth_mm__lte", 13),
                                    ("ml_per_point__gt", 0),
                                    ("points__gt", 0),
                                    models.Q(("spacing_cm", None), ("spacing_cm__gt", 0), _connector="OR"),
                                ),
                                name="zone_treatment_has_figures",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="part_of_frozen",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    declare="DECLARE is_frozen boolean;",
                                    func="\n            IF TG_OP = 'UPDATE' THEN\n                IF (to_jsonb(OLD) - ARRAY[]::text[]) IS NOT DISTINCT FROM (to_jsonb(NEW) - ARRAY[]::text[]) THEN\n                    RETURN NEW;\n                END IF;\n            END IF;\n            IF TG_OP <> 'INSERT' THEN\n                SELECT (p.status <> 'draft') INTO is_frozen FROM treatment_sessions_treatmentsession p WHERE p.id = OLD.treatment_session_id FOR SHARE;\n                IF is_frozen THEN RAISE EXCEPTION 'A session is signed: nothing in it changes.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n            END IF;\n            IF TG_OP <> 'DELETE' THEN\n                SELECT (p.status <> 'draft') INTO is_frozen FROM treatment_sessions_treatmentsession p WHERE p.id = NEW.treatment_session_id FOR SHARE;\n                IF is_frozen THEN RAISE EXCEPTION 'A session is signed: nothing in it changes.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n                RETURN NEW;\n            END IF;\n            RETURN OLD;\n        ",
                                    hash="c84945deac2b6a13831a4ddb3640cdc9c810b769",
                                    operation="INSERT OR UPDATE OR DELETE",
                                    pgid="pgtrigger_part_of_frozen_34919",
                                    table="treatment_sessions_zonetreatment",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="outline_is_in_the_picture",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="\n                    IF jsonb_typeof(NEW.outline) <> 'array' THEN\n                        RAISE EXCEPTION 'An outline is a list of corners.' USING ERRCODE = 'integrity_constraint_violation';\n                    END IF;\n                    IF jsonb_array_length(NEW.outline) BETWEEN 1 AND 2 OR jsonb_array_length(NEW.outline) > 60\n                    THEN RAISE EXCEPTION 'An outline has 3 to 60 corners.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n                    IF EXISTS (SELECT 1 FROM jsonb_array_elements(NEW.outline) c\n                         WHERE CASE WHEN jsonb_typeof(c) <> 'array' THEN true\n                               WHEN jsonb_array_length(c) <> 2 THEN true\n                               WHEN jsonb_typeof(c->0) <> 'number' OR jsonb_typeof(c->1) <> 'number' THEN true\n                               ELSE (c->>0)::numeric NOT BETWEEN 0 AND 100\n                                 OR (c->>1)::numeric NOT BETWEEN 0 AND 100 END)\n                    THEN RAISE EXCEPTION 'Every corner of an outline is within the picture.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n                    RETURN NEW;\n                ",
                                    hash="1c2c021de8a544a84a78800393d3cd2483b01294",
                                    operation='INSERT OR UPDATE OF "outline"',
                                    pgid="pgtrigger_outline_is_in_the_picture_35d7b",
                                    table="treatment_sessions_zonetreatment",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
            ],
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="courseofsession",
            trigger=pgtrigger.compiler.Trigger(
                name="stands_in_its_course",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    constraint="CONSTRAINT",
                    declare="DECLARE place record;",
                    func="-- At commit: a session that is not void has its course session, with the same day and signature, and a course session\n-- has its session. Works on both tables: both have plan_id and number.\nFOR place IN\n    SELECT OLD.plan_id AS plan_id, OLD.number AS number WHERE TG_OP <> 'INSERT'\n     UNION\n    SELECT NEW.plan_id, NEW.number WHERE TG_OP <> 'DELETE'\nLOOP\n    IF EXISTS (\n        SELECT 1\n          FROM (SELECT performed_on, signed_at, 1 AS one FROM treatment_sessions_treatmentsession\n                 WHERE plan_id = place.plan_id AND number = place.number AND status <> 'void') s\n          FULL JOIN (SELECT performed_on, signed_at, 1 AS one FROM plans_coursesession\n                      WHERE plan_id = place.plan_id AND number = place.number) c USING (one)\n         WHERE (s.performed_on, s.signed_at) IS DISTINCT FROM (c.performed_on, c.signed_at)\n    ) THEN\n        RAISE EXCEPTION 'A session and its course session say the same: number, day and signature.'\n            USING ERRCODE = 'integrity_constraint_violation';\n    END IF;\nEND LOOP;\nRETURN NULL;\n",
                    hash="7a5d80f415cf815e14f79a8dc4ddfa472221bf71",
                    operation='INSERT OR UPDATE OF "plan_id", "number", "performed_on", "signed_at" OR DELETE',
                    pgid="pgtrigger_stands_in_its_course_45c47",
                    table="plans_coursesession",
                    timing="DEFERRABLE INITIALLY DEFERRED",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="useofstock",
            trigger=pgtrigger.compiler.Trigger(
                name="only_into_a_patient",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (NEW.\"kind\" = 'use')",
                    constraint="CONSTRAINT",
                    func="\n                    IF NOT EXISTS (SELECT 1 FROM treatment_sessions_dose d\n                                     JOIN treatment_sessions_treatmentsession s ON s.id = d.treatment_session_id\n                                    WHERE d.movement_id = NEW.id AND s.status <> 'draft')\n                    THEN RAISE EXCEPTION 'Medicine leaves stock only into a patient: sign it in a session.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n                    IF NEW.already_given AND NOT EXISTS (\n                        SELECT 1 FROM treatment_sessions_dose d\n                         WHERE d.movement_id = NEW.id AND d.already_given_at IS NOT NULL)\n                    THEN RAISE EXCEPTION 'What was injected from a lot that may not be used is marked on its dose.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n                    RETURN NULL;\n                ",
                    hash="ebab8ac63694efd098ff3829f321e53bb5d71ac1",
                    operation="INSERT",
                    pgid="pgtrigger_only_into_a_patient_56233",
                    table="stock_stockmovement",
                    timing="DEFERRABLE INITIALLY DEFERRED",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="sessionwithblood",
            trigger=pgtrigger.compiler.Trigger(
                name="signed_with_its_blood",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (NEW.\"status\" = 'signed')",
                    constraint="CONSTRAINT",
                    func="\n                    IF EXISTS (\n                        SELECT 1 FROM treatment_sessions_dose d JOIN catalogue_product p ON p.id = d.product_id\n                         WHERE d.treatment_session_id = NEW.id AND p.presentation = 'kit'\n                           AND NOT EXISTS (\n                               SELECT 1 FROM treatment_sessions_bloodpreparation b\n                                WHERE b.treatment_session_id = NEW.id AND b.patient_id = NEW.patient_id\n                                  AND b.lot_id = d.lot_id AND b.abandoned_at IS NULL\n                                  AND b.injected_at IS NOT NULL AND b.rest_discarded_at IS NOT NULL\n                                  AND b.obtained_ml = b.rest_ml + (\n                                      SELECT sum(x.ml) FROM treatment_sessions_dose x\n                                       WHERE x.treatment_session_id = NEW.id AND x.lot_id = d.lot_id)))\n                    THEN RAISE EXCEPTION 'What is made of the patient’s blood is signed with its preparation: checked, spun, injected, the rest thrown away.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n                    IF EXISTS (\n                        SELECT 1 FROM treatment_sessions_bloodpreparation b\n                         WHERE b.treatment_session_id = NEW.id AND b.abandoned_at IS NULL\n                           AND NOT EXISTS (SELECT 1 FROM treatment_sessions_dose d\n                                            WHERE d.treatment_session_id = NEW.id AND d.lot_id = b.lot_id))\n                    THEN RAISE EXCEPTION 'Blood was drawn in this session and not given: throw it away first.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n                    RETURN NULL;\n                ",
                    hash="9dfeaf1f81fda027749512bbba3929e3776d25f5",
                    operation='INSERT OR UPDATE OF "status"',
                    pgid="pgtrigger_signed_with_its_blood_4e604",
                    table="treatment_sessions_treatmentsession",
                    timing="DEFERRABLE INITIALLY DEFERRED",
                    when="AFTER",
                ),
            ),
        ),
    ]
