import django.contrib.auth.validators
import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
import django.utils.timezone
import mesoclinic.accounts.models
import mesoclinic.core.migration_operations
import pgtrigger.compiler
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        mesoclinic.core.migration_operations.CreateModels(
            models=[
                migrations.CreateModel(
                    name="User",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("password", models.CharField(max_length=128, verbose_name="password")),
                        (
                            "last_login",
                            models.DateTimeField(blank=True, null=True, verbose_name="last login"),
                        ),
                        (
                            "is_superuser",
                            models.BooleanField(
                                default=False,
                                help_text="Designates that this user has all permissions without explicitly assigning them.",
                                verbose_name="superuser status",
                            ),
                        ),
                        (
                            "username",
                            models.CharField(
                                error_messages={"unique": "A user with that username already exists."},
                                help_text="Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only.",
                                max_length=150,
                                unique=True,
                                validators=[django.contrib.auth.validators.UnicodeUsernameValidator()],
                                verbose_name="username",
                            ),
                        ),
                        (
                            "first_name",
                            models.CharField(blank=True, max_length=150, verbose_name="first name"),
                        ),
                        ("last_name", models.CharField(blank=True, max_length=150, verbose_name="last name")),
                        (
                            "email",
                            models.EmailField(blank=True, max_length=254, verbose_name="email address"),
                        ),
                        (
                            "is_staff",
                            models.BooleanField(
                                default=False,
                                help_text="Designates whether the user can log into this admin site.",
                                verbose_name="staff status",
                            ),
                        ),
                        (
                            "is_active",
                            models.BooleanField(
                                default=True,
                                help_text="Designates whether this user should be treated as active. Unselect this instead of deleting accounts.",
                                verbose_name="active",
                            ),
                        ),
                        (
                            "date_joined",
                            models.DateTimeField(
                                default=django.utils.timezone.now, verbose_name="date joined"
                            ),
                        ),
                        ("title", models.CharField(blank=True, help_text="Dr, Nurse…", max_length=20)),
                        (
                            "invited_at",
                            models.DateTimeField(
                                blank=True,
                                help_text="An invitation was sent and no password was set yet.",
                                null=True,
                            ),
                        ),
                        (
                            "groups",
                            models.ManyToManyField(
                                blank=True,
                                help_text="The groups this user belongs to. A user will get all permissions granted to each of their groups.",
                                related_name="user_set",
                                related_query_name="user",
                                to="auth.group",
                                verbose_name="groups",
                            ),
                        ),
                        (
                            "user_permissions",
                            models.ManyToManyField(
                                blank=True,
                                help_text="Specific permissions for this user.",
                                related_name="user_set",
                                related_query_name="user",
                                to="auth.permission",
                                verbose_name="user permissions",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "user",
                        "verbose_name_plural": "users",
                        "abstract": False,
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="an_admin_stays",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (NOT NEW."is_active" AND OLD."is_active")',
                                    func="\n                    PERFORM 1 FROM accounts_clinic c JOIN accounts_membership m ON m.clinic_id = c.id\n                      WHERE m.user_id = OLD.id AND 'admin' = ANY(m.roles) ORDER BY c.id FOR NO KEY UPDATE OF c;\n                    IF EXISTS (SELECT 1 FROM accounts_membership m\n                                WHERE m.user_id = OLD.id AND 'admin' = ANY(m.roles)\n                                  AND NOT EXISTS (SELECT 1 FROM accounts_membership a JOIN accounts_user u ON u.id = a.user_id AND u.is_active WHERE a.clinic_id = m.clinic_id AND 'admin' = ANY(a.roles)))\n                    THEN RAISE EXCEPTION 'A clinic keeps an admin: give somebody else the role first.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n                    RETURN NULL;\n                ",
                                    hash="69005c462825e4c4cc03a0119d4337b388b813de",
                                    operation='UPDATE OF "is_active"',
                                    pgid="pgtrigger_an_admin_stays_9ae44",
                                    table="accounts_user",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="access_leaves_a_trace",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."email" IS DISTINCT FROM (NEW."email") OR OLD."is_active" IS DISTINCT FROM (NEW."is_active") OR OLD."is_staff" IS DISTINCT FROM (NEW."is_staff") OR OLD."is_superuser" IS DISTINCT FROM (NEW."is_superuser") OR OLD."username" IS DISTINCT FROM (NEW."username"))',
                                    constraint="CONSTRAINT",
                                    declare="DECLARE person bigint; had jsonb; has jsonb;",
                                    func="\n                    person := NEW.id;\n                    had := jsonb_build_object('is_active', OLD.is_active, 'is_superuser', OLD.is_superuser);\n                    has := jsonb_build_object('is_active', NEW.is_active, 'is_superuser', NEW.is_superuser);\n                    \n        IF NOT EXISTS (SELECT 1 FROM core_auditevent e\n                        WHERE e.subject_type = 'accounts.user' AND e.subject_id = person::text\n                          AND e.did LIKE 'staff.%' AND e.at >= transaction_timestamp())\n        THEN\n            INSERT INTO core_auditevent (by_id, did, subject_type, subject_id, patient_id, data)\n            VALUES (NULL, 'staff.account_changed_by_sql', 'accounts.user', person::text, NULL,\n                    jsonb_build_object('had', had, 'has', has, 'database_role', session_user));\n        END IF;\n    \n                    RETURN NULL;\n                ",
                                    hash="42d2e2fc83d45919fa0aa4d3bc3422dd773b1f7b",
                                    operation='UPDATE OF "is_active", "is_superuser", "is_staff", "username", "email"',
                                    pgid="pgtrigger_access_leaves_a_trace_58665",
                                    table="accounts_user",
                                    timing="DEFERRABLE INITIALLY DEFERRED",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                    managers=[
                        ("objects", mesoclinic.accounts.models.StaffManager()),
                    ],
                ),
                migrations.CreateModel(
                    name="Clinic",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(max_length=100, unique=True)),
                        (
                            "time_zone",
                            models.CharField(
                                default="UTC",
                                max_length=50,
                                validators=[mesoclinic.accounts.models.validate_time_zone],
                            ),
                        ),
                        ("country", models.CharField(default="US", help_text="ISO 3166 code", max_length=2)),
                        (
                            "currency",
                            models.CharField(default="USD", help_text="ISO 4217 code", max_length=3),
                        ),
                        ("language", models.CharField(default="en", max_length=10)),
                        (
                            "max_actives",
                            models.PositiveSmallIntegerField(
                                default=6,
                                help_text="Active ingredients in one syringe: at most 6; the French society advises 3.",
                            ),
                        ),
                        (
                            "mixing",
                            models.CharField(
                                choices=[
                                    ("here", "mixing is allowed in this clinic"),
                                    ("pharmacy", "mixing only in a pharmacy (France: HAS 2014)"),
                                ],
                                default="here",
                                max_length=10,
                            ),
                        ),
                        (
                            "premade_counts_as_contents",
                            models.BooleanField(
                                default=False,
                                help_text="Count a ready-made product as the actives in it, not as one.",
                            ),
                        ),
                        ("review_at_session", models.PositiveSmallIntegerField(default=5)),
                        (
                            "amounts",
                            models.CharField(
                                choices=[("point", "1,234.56"), ("comma", "1.234,56"), ("space", "1 234,56")],
                                db_default="point",
                                default="point",
                                help_text="How numbers are typed and shown here.",
                                max_length=5,
                            ),
                        ),
                        (
                            "day_order",
                            models.CharField(
                                choices=[
                                    ("dmy", "day, month, year: 31/12/2026"),
                                    ("mdy", "month, day, year: 12/31/2026"),
                                    ("ymd", "year, month, day: 2026-12-31"),
                                ],
                                db_default="mdy",
                                default="mdy",
                                help_text="How a date typed in figures is read here.",
                                max_length=3,
                            ),
                        ),
                        (
                            "session_price_from",
                            models.DecimalField(blank=True, decimal_places=3, max_digits=12, null=True),
                        ),
                        (
                            "session_price_to",
                            models.DecimalField(blank=True, decimal_places=3, max_digits=12, null=True),
                        ),
                        ("consent_valid_days", models.PositiveSmallIntegerField(default=365)),
                        ("quote_valid_days", models.PositiveSmallIntegerField(default=30)),
                        (
                            "idle_minutes",
                            models.PositiveSmallIntegerField(
                                default=15,
                                help_text="After so long without a touch the page is covered and asks for the password.",
                            ),
                        ),
                        (
                            "second_person_release",
                            models.BooleanField(
                                default=False,
                                help_text="A lot is released from quarantine by somebody other than who received it.",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["name"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("max_actives__gte", 2), ("max_actives__lte", 6)),
                                name="clinic_allows_two_to_six_actives",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("session_price_from__gte", 0),
                                    ("session_price_to__gte", models.F("session_price_from")),
                                ),
                                name="clinic_price_range_runs_upwards",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("review_at_session__gte", 1), ("review_at_session__lte", 30)
                                ),
                                name="clinic_reviews_within_a_course",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("consent_valid_days__gte", 1),
                                    ("consent_valid_days__lte", 1095),
                                    ("quote_valid_days__gte", 1),
                                    ("quote_valid_days__lte", 365),
                                ),
                                name="clinic_consents_and_quotes_run_out",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("idle_minutes__gte", 1), ("idle_minutes__lte", 120)),
                                name="clinic_locks_in_time",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("mixing__in", ["here", "pharmacy"])),
                                name="clinic_mixing_is_known",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Membership",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="memberships",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "clinic",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="memberships",
                                to="accounts.clinic",
                            ),
                        ),
                        (
                            "roles",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(
                                    choices=[
                                        ("clinician", "Clinician"),
                                        ("front_desk", "Front desk"),
                                        ("admin", "Admin"),
                                        ("cosmetologist", "Cosmetologist"),
                                        ("privacy_officer", "Privacy officer"),
                                    ],
                                    max_length=20,
                                ),
                                size=None,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["pk"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("user", "clinic"), name="membership_once_per_clinic"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "roles__contained_by",
                                        [
                                            "clinician",
                                            "front_desk",
                                            "admin",
                                            "cosmetologist",
                                            "privacy_officer",
                                        ],
                                    )
                                ),
                                name="membership_roles_are_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("roles__len__gte", 1)), name="membership_has_a_role"
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="an_admin_stays",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="\n                    IF 'admin' = ANY(OLD.roles) THEN\n                        PERFORM 1 FROM accounts_clinic c WHERE c.id = OLD.clinic_id FOR NO KEY UPDATE;\n                        IF NOT EXISTS (SELECT 1 FROM accounts_membership a JOIN accounts_user u ON u.id = a.user_id AND u.is_active WHERE a.clinic_id = OLD.clinic_id AND 'admin' = ANY(a.roles)) THEN RAISE EXCEPTION 'A clinic keeps an admin: give somebody else the role first.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n                    END IF;\n                    RETURN NULL;\n                ",
                                    hash="efcc28382ddff126dcdd52d5fd4bb5305b31cefd",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_an_admin_stays_de3e9",
                                    table="accounts_membership",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="roles_leave_a_trace",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    constraint="CONSTRAINT",
                                    declare="DECLARE person bigint; had jsonb; has jsonb;",
                                    func="\n                    IF TG_OP <> 'INSERT' THEN person := OLD.user_id; had := to_jsonb(OLD); END IF;\n                    IF TG_OP <> 'DELETE' THEN person := NEW.user_id; has := to_jsonb(NEW); END IF;\n                    \n        IF NOT EXISTS (SELECT 1 FROM core_auditevent e\n                        WHERE e.subject_type = 'accounts.user' AND e.subject_id = person::text\n                          AND e.did LIKE 'staff.%' AND e.at >= transaction_timestamp())\n        THEN\n            INSERT INTO core_auditevent (by_id, did, subject_type, subject_id, patient_id, data)\n            VALUES (NULL, 'staff.roles_changed_by_sql', 'accounts.user', person::text, NULL,\n                    jsonb_build_object('had', had, 'has', has, 'database_role', session_user));\n        END IF;\n    \n                    RETURN NULL;\n                ",
                                    hash="93751c22bbe8e83c3c55e8067ed715c18d625df0",
                                    operation="INSERT OR UPDATE OR DELETE",
                                    pgid="pgtrigger_roles_leave_a_trace_aea7e",
                                    table="accounts_membership",
                                    timing="DEFERRABLE INITIALLY DEFERRED",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SignIn",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="sign_ins",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("session_key", models.CharField(db_index=True, max_length=40)),
                        (
                            "device",
                            models.CharField(
                                blank=True, help_text="As the browser calls itself.", max_length=200
                            ),
                        ),
                        ("address", models.GenericIPAddressField(null=True)),
                        ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        (
                            "seen_at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                        ),
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
                    ],
                    options={
                        "ordering": ["-pk"],
                        "indexes": [models.Index(fields=["user", "-id"], name="sign_ins_by_person")],
                    },
                ),
            ],
        ),
    ]
