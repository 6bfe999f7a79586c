"""Clinics, and the staff who sign in."""

import zoneinfo
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Self

import pgtrigger
from django.contrib.auth.models import AbstractUser, UserManager
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.expressions import Combinable
from django.db.models.functions import Now
from django.utils.functional import cached_property

from mesoclinic.accounts.permissions import ROLES, Permission, Role, permissions_of
from mesoclinic.core import triggers as core_triggers
from mesoclinic.core.compiled_queries import Blank, CompiledQuery
from mesoclinic.core.money_input import NumberStyle


def validate_time_zone(name: str) -> None:
    """Django's validator: ValidationError for a name that is no zone."""
    if name not in zoneinfo.available_timezones():
        raise ValidationError(f"“{name}” is not a time zone; take one like Europe/Paris.")


class Clinic(models.Model):
    """A site: its time zone, currency and the limits it sets itself.

    It lives here, below every other app, because stock, formulations, prices and rooms are all kept
    per clinic (docs/adr/0008).
    """

    class Mixing(models.TextChoices):
        HERE = "here", "mixing is allowed in this clinic"
        PHARMACY = "pharmacy", "mixing only in a pharmacy (France: HAS 2014)"

    class Writing(models.TextChoices):
        POINT = "point", "1,234.56"
        COMMA = "comma", "1.234,56"
        SPACE = "space", "1 234,56"

    class DayOrder(models.TextChoices):
        DAY_FIRST = "dmy", "day, month, year: 31/12/2026"
        MONTH_FIRST = "mdy", "month, day, year: 12/31/2026"
        YEAR_FIRST = "ymd", "year, month, day: 2026-12-31"

    name = models.CharField(max_length=100, unique=True)
    time_zone = models.CharField(max_length=50, default="UTC", validators=[validate_time_zone])
    country = models.CharField(max_length=2, default="US", help_text="ISO 3166 code")
    currency = models.CharField(max_length=3, default="USD", help_text="ISO 4217 code")
    language = models.CharField(max_length=10, default="en")
    max_actives = models.PositiveSmallIntegerField(
        default=6, help_text="Active ingredients in one syringe: at most 6; the French society advises 3."
    )
    mixing = models.CharField(max_length=10, choices=Mixing, default=Mixing.HERE)
    premade_counts_as_contents = models.BooleanField(
        default=False, help_text="Count a ready-made product as the actives in it, not as one."
    )
    review_at_session = models.PositiveSmallIntegerField(default=5)
    amounts = models.CharField(
        max_length=5,
        choices=Writing,
        default=Writing.POINT,
        db_default="point",
        help_text="How numbers are typed and shown here.",
    )
    day_order = models.CharField(
        max_length=3,
        choices=DayOrder,
        default=DayOrder.MONTH_FIRST,
        db_default="mdy",
        help_text="How a date typed in figures is read here.",
    )
    # What a session usually costs here, in the clinic's currency; nothing is remarked where it is empty.
    session_price_from = models.DecimalField(max_digits=12, decimal_places=3, null=True, blank=True)
    session_price_to = models.DecimalField(max_digits=12, decimal_places=3, null=True, blank=True)
    consent_valid_days = models.PositiveSmallIntegerField(default=365)
    quote_valid_days = models.PositiveSmallIntegerField(default=30)
    idle_minutes = models.PositiveSmallIntegerField(
        default=15, help_text="After so long without a touch the page is covered and asks for the password."
    )
    second_person_release = models.BooleanField(
        default=False, help_text="A lot is released from quarantine by somebody other than who received it."
    )

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(max_actives__gte=2, max_actives__lte=6),
                name="clinic_allows_two_to_six_actives",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    session_price_from__gte=0, session_price_to__gte=models.F("session_price_from")
                ),
                name="clinic_price_range_runs_upwards",
            ),
            models.CheckConstraint(
                condition=models.Q(review_at_session__gte=1, review_at_session__lte=30),
                name="clinic_reviews_within_a_course",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    consent_valid_days__gte=1,
                    consent_valid_days__lte=1095,
                    quote_valid_days__gte=1,
                    quote_valid_days__lte=365,
                ),
                name="clinic_consents_and_quotes_run_out",
            ),
            models.CheckConstraint(
                condition=models.Q(idle_minutes__gte=1, idle_minutes__lte=120), name="clinic_locks_in_time"
            ),
            models.CheckConstraint(
                condition=models.Q(mixing__in=["here", "pharmacy"]), name="clinic_mixing_is_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def number_style(self) -> NumberStyle:
        marks = {"point": (".", ","), "comma": (",", "."), "space": (",", " ")}
        return NumberStyle(*marks[self.amounts])

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.time_zone)


LAST_ADMIN = "A clinic keeps an admin: give somebody else the role first."
#: What the log says of a change that did not come through the application.
SQL_CHANGED_ROLES = "staff.roles_changed_by_sql"
SQL_CHANGED_ACCOUNT = "staff.account_changed_by_sql"


def _admins_of(clinic: str) -> str:
    """SQL: those who are admins of this clinic (a column) and may sign in."""
    return (
        "SELECT 1 FROM accounts_membership a JOIN accounts_user u ON u.id = a.user_id AND u.is_active"
        f" WHERE a.clinic_id = {clinic} AND 'admin' = ANY(a.roles)"
    )


_LAST_ADMIN = f"IF NOT EXISTS ({_admins_of('OLD.clinic_id')}) THEN {core_triggers.raise_exception_sql(LAST_ADMIN)} END IF;"


def _trace_statement(did: str) -> str:
    """SQL: say it in the log with the database's role, unless this transaction has said something of the person."""
    return f"""
        IF NOT EXISTS (SELECT 1 FROM core_auditevent e
                        WHERE e.subject_type = 'accounts.user' AND e.subject_id = person::text
                          AND e.did LIKE 'staff.%' AND e.at >= transaction_timestamp())
        THEN
            INSERT INTO core_auditevent (by_id, did, subject_type, subject_id, patient_id, data)
            VALUES (NULL, '{did}', 'accounts.user', person::text, NULL,
                    jsonb_build_object('had', had, 'has', has, 'database_role', session_user));
        END IF;
    """


class Membership(models.Model):
    """A person works at a clinic, with the roles they hold there."""

    user = models.ForeignKey("User", models.PROTECT, related_name="memberships")
    clinic = models.ForeignKey(Clinic, models.PROTECT, related_name="memberships")
    roles = ArrayField(
        models.CharField(max_length=20, choices=[(role.value, ROLES[role].label) for role in Role])
    )

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["user", "clinic"], name="membership_once_per_clinic"),
            models.CheckConstraint(
                condition=models.Q(roles__contained_by=[role.value for role in Role]),
                name="membership_roles_are_known",
            ),
            models.CheckConstraint(condition=models.Q(roles__len__gte=1), name="membership_has_a_role"),
        ]
        triggers = [
            core_triggers.Trigger(
                name="an_admin_stays",
                when=pgtrigger.After,
                operation=pgtrigger.Update | pgtrigger.Delete,
                func=f"""
                    IF 'admin' = ANY(OLD.roles) THEN
                        PERFORM 1 FROM accounts_clinic c WHERE c.id = OLD.clinic_id FOR NO KEY UPDATE;
                        {_LAST_ADMIN}
                    END IF;
                    RETURN NULL;
                """,
            ),
            # At commit: what the application wrote about it in the same transaction is trace enough.
            core_triggers.Trigger(
                name="roles_leave_a_trace",
                doc=f"writes core_auditevent: {SQL_CHANGED_ROLES}, where the application has not said who did it",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                timing=pgtrigger.Deferred,
                declare=[("person", "bigint"), ("had", "jsonb"), ("has", "jsonb")],
                func=f"""
                    IF TG_OP <> 'INSERT' THEN person := OLD.user_id; had := to_jsonb(OLD); END IF;
                    IF TG_OP <> 'DELETE' THEN person := NEW.user_id; has := to_jsonb(NEW); END IF;
                    {_trace_statement(SQL_CHANGED_ROLES)}
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} at {self.clinic}"

    @property
    def permissions(self) -> frozenset[Permission]:
        """What their roles at this clinic allow."""
        return permissions_of(self.roles)

    @property
    def role_labels(self) -> list[str]:
        """Their roles at this clinic, in words."""
        return [ROLES[Role(role)].label for role in self.roles]


class UserQuerySet(models.QuerySet["User"]):
    def select_for_update(
        self,
        nowait: bool = False,
        skip_locked: bool = False,
        of: Sequence[str] = ("self",),
        no_key: bool = False,
    ) -> Self:
        """Django's, of the person only: the membership read beside them may be none, and is nobody's to lock."""
        return super().select_for_update(nowait=nowait, skip_locked=skip_locked, of=of, no_key=no_key)

    def with_role(self, role: Role, clinic: Clinic | None = None) -> "UserQuerySet":
        """Who works and holds this role, at this clinic or (None) at any."""
        memberships = Membership.objects.filter(user=models.OuterRef("pk"), roles__contains=[role])
        if clinic is not None:
            memberships = memberships.filter(clinic=clinic)
        return self.filter(models.Exists(memberships), is_active=True)

    def clinicians(self, clinic: Clinic | None = None) -> "UserQuerySet":
        """Clinicians of this clinic, or (None) of any, by name."""
        return self.with_role(Role.CLINICIAN, clinic).order_by("last_name", "first_name", "pk")


@dataclass(frozen=True, slots=True)
class BesidePerson:
    """What is read with a person in the same query: expressions by attribute, and the values of their blanks.

    ``name`` tells one set of expressions from others: the query with them is put together once.
    """

    name: str
    expressions: Callable[[], Mapping[str, Combinable | models.Q]]
    values: Mapping[str, object]


_NOTHING_BESIDE = BesidePerson("", dict, {})
#: What a request reads beside the person who asks (``annotate_users_read_inside``).
_BESIDE_PERSON: ContextVar[BesidePerson] = ContextVar("beside_person", default=_NOTHING_BESIDE)
_COMPILED: "dict[str, CompiledQuery[User, User]]" = {}


@contextmanager
def annotate_users_read_inside(beside: BesidePerson) -> Iterator[None]:
    """Inside, whoever is read by their key has these expressions as attributes."""
    before = _BESIDE_PERSON.set(beside)
    try:
        yield
    finally:
        _BESIDE_PERSON.reset(before)


class StaffManager(UserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]
    def get_queryset(self) -> UserQuerySet:
        """Everybody, each read with their first membership and its clinic."""
        # Every signed-in request asks for the person, the first membership and its clinic: one query, not three.
        first = Membership.objects.filter(user=models.OuterRef("pk")).order_by("pk").values("pk")[:1]
        is_first = models.Q(memberships__pk=models.Subquery(first))
        with_first = (
            super()
            .get_queryset()
            .annotate(
                first_membership=models.FilteredRelation("memberships", condition=is_first),
                works_at_several=models.Exists(
                    Membership.objects.filter(
                        user=models.OuterRef("pk"), pk__gt=models.OuterRef("first_membership__pk")
                    )
                ),
            )
        )
        return with_first.select_related("first_membership__clinic")

    def get(self, *args: Any, **kwargs: Any) -> "User":
        """As every manager's; a person by their key alone, which each request asks for, by a query compiled once."""
        if args or kwargs.keys() != {"pk"}:
            return super().get(*args, **kwargs)
        beside = _BESIDE_PERSON.get()
        if beside.name not in _COMPILED:
            rows = self.get_queryset().filter(pk=Blank("person")).annotate(**beside.expressions())
            _COMPILED[beside.name] = CompiledQuery(rows)
        return _COMPILED[beside.name].ask_for_one(person=kwargs["pk"], **beside.values)


class User(AbstractUser):
    """Somebody on the staff. Works at clinics by membership, and in one request at one of them.

    ``clinic``, ``roles`` and ``permissions`` are those of the current membership: the one that the request
    chose (``work_at``), otherwise the person's first.
    """

    title = models.CharField(max_length=20, blank=True, help_text="Dr, Nurse…")
    invited_at = models.DateTimeField(
        null=True, blank=True, help_text="An invitation was sent and no password was set yet."
    )

    objects = StaffManager()  # type: ignore[misc]

    class Meta(AbstractUser.Meta):
        triggers = [
            core_triggers.Trigger(
                name="an_admin_stays",
                when=pgtrigger.After,
                operation=pgtrigger.UpdateOf("is_active"),
                condition=pgtrigger.Q(old__is_active=True, new__is_active=False),
                func=f"""
                    PERFORM 1 FROM accounts_clinic c JOIN accounts_membership m ON m.clinic_id = c.id
                      WHERE m.user_id = OLD.id AND 'admin' = ANY(m.roles) ORDER BY c.id FOR NO KEY UPDATE OF c;
                    IF EXISTS (SELECT 1 FROM accounts_membership m
                                WHERE m.user_id = OLD.id AND 'admin' = ANY(m.roles)
                                  AND NOT EXISTS ({_admins_of("m.clinic_id")}))
                    THEN {core_triggers.raise_exception_sql(LAST_ADMIN)} END IF;
                    RETURN NULL;
                """,
            ),
            core_triggers.Trigger(
                name="access_leaves_a_trace",
                doc=f"writes core_auditevent: {SQL_CHANGED_ACCOUNT}, where the application has not said who did it",
                when=pgtrigger.After,
                operation=pgtrigger.UpdateOf("is_active", "is_superuser", "is_staff", "username", "email"),
                timing=pgtrigger.Deferred,
                condition=pgtrigger.AnyChange("is_active", "is_superuser", "is_staff", "username", "email"),
                declare=[("person", "bigint"), ("had", "jsonb"), ("has", "jsonb")],
                func=f"""
                    person := NEW.id;
                    had := jsonb_build_object('is_active', OLD.is_active, 'is_superuser', OLD.is_superuser);
                    has := jsonb_build_object('is_active', NEW.is_active, 'is_superuser', NEW.is_superuser);
                    {_trace_statement(SQL_CHANGED_ACCOUNT)}
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return self.display_name

    @property
    def display_name(self) -> str:
        name = " ".join(part for part in (self.title, self.first_name, self.last_name) if part)
        return name or self.username

    @property
    def short_name(self) -> str:
        """“E. Kaya”, for narrow columns."""
        if not self.last_name:
            return self.display_name
        return f"{self.first_name[:1]}. {self.last_name}" if self.first_name else self.last_name

    @cached_property
    def membership(self) -> Membership | None:
        """The current membership; without any, the person may do nothing."""
        loaded: Membership | None = getattr(self, "first_membership", None)
        if loaded is not None or self.pk is None:
            return loaded
        return self.memberships.select_related("clinic").first()

    def set_current_membership_in_memory(self, membership: Membership) -> None:
        """From here on this is the current membership of this object; nothing is stored."""
        self.membership = membership

    def membership_at_or_none(self, clinic: Clinic) -> Membership | None:
        """Their membership at this clinic, current or not; None where they do not work there."""
        current = self.membership
        if current is not None and current.clinic_id == clinic.pk:
            return current
        return self.memberships.filter(clinic=clinic).first()

    @property
    def clinic(self) -> Clinic | None:
        """The one of the current membership; None without any."""
        return self.membership.clinic if self.membership else None

    @property
    def clinic_id(self) -> int | None:
        return self.membership.clinic_id if self.membership else None

    @property
    def roles(self) -> list[str]:
        """Those of the current membership; empty without any."""
        return self.membership.roles if self.membership else []

    @property
    def permissions(self) -> frozenset[Permission]:
        """Those of the current membership; none for somebody who has left."""
        return permissions_of(self.roles) if self.is_active else frozenset()

    def may(self, permission: Permission) -> bool:
        return permission in self.permissions

    def has_role(self, role: Role, clinic: Clinic | None = None) -> bool:
        """Whether they hold this role at this clinic, or (None) at the current one."""
        membership = self.membership_at_or_none(clinic) if clinic else self.membership
        return membership is not None and role in membership.roles


class SignIn(models.Model):
    """A session of somebody of the staff: since when, on what, from where, and who ended it."""

    user = models.ForeignKey(User, models.PROTECT, related_name="sign_ins", db_index=False)
    session_key = models.CharField(max_length=40, db_index=True)
    device = models.CharField(max_length=200, blank=True, help_text="As the browser calls itself.")
    address = models.GenericIPAddressField(null=True)
    at = models.DateTimeField(db_default=Now())
    seen_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["user", "-id"], name="sign_ins_by_person")]

    def __str__(self) -> str:
        return f"sign-in {self.pk}"
