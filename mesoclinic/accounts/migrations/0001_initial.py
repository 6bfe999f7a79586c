import django.contrib.auth.validators
import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
import mesoclinic.accounts.models
import mesoclinic.core.migration_operations
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
                                        ["clinician", "front_desk", "admin", "cosmetologist"],
                                    )
                                ),
                                name="membership_roles_are_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("roles__len__gte", 1)), name="membership_has_a_role"
                            ),
                        ],
                    },
                ),
            ],
        ),
    ]
