"""Whatever is a part of a frozen row is frozen too, and whoever changes roles around the application leaves a trace."""

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, models, transaction

from mesoclinic.accounts.models import SQL_CHANGED_ACCOUNT, SQL_CHANGED_ROLES, Membership, User
from mesoclinic.core.models import AuditEvent
from tests import factories

OURS = ("mesoclinic", "patients", "treatments")
#: One of these keeps a row as it was written, or as it was when its whole was signed.
FREEZE = {"frozen", "append_only", "part_of_frozen"}

#: Rows that point at a frozen row and are no part of it: what they are instead.
NO_PART = {
    "billing.QuoteLink.link": "which quote a link leads to: written once, with the link",
    "billing.QuoteLink.quote": "a way to read the quote, which ends and is revoked",
    "followup.AftercareLink.link": "which session a link leads to: written once, with the link",
    "followup.AftercareLink.texts_read": "who had read its texts when it was sent: written once",
    "followup.AftercareLink.treatment_session": "a way to read what to do after the session, which ends",
    "followup.CheckInLink.check_in": "a way to answer the check-in, which ends and is used",
    "followup.CheckInLink.texts_read": "who had read its texts when it was sent: written once, and asked by its own trigger",
    "followup.CheckInLink.link": "which check-in a link leads to: written once, with the link",
    "outbox.LinkMessage.link": "the message that carries the link, which moves on its own",
    "outcomes.LotSignal.vial": "counted anew by the tick",
    "outcomes.SessionOutcome.treatment_session": "counted anew by the tick",
    "plans.CourseSession.cocktail_version": "which version is planned next: it moves to a newer one",
    "plans.TreatmentPlan.assessment": "a plan is made on an assessment and goes on after it",
    "plans.TreatmentPlan.cocktail_version": "which version the plan gives now",
    "stock.Lot.certificate_file": "the certificate that stands; an older one stays as a row",
    "stock.Lot.opened_vial": "which vial is open now, written by the vial's own trigger",
    "treatment_sessions.BloodPreparation.treatment_session": "kept by its own triggers: of_one_session, own_blood_only",
}


def freezing(model) -> set[str]:
    return {trigger.name for trigger in getattr(model._meta, "triggers", [])} & FREEZE


def relations():
    """Every foreign key of ours, those of many-to-many tables included, that points at a row which is frozen."""
    for model in apps.get_models(include_auto_created=True):
        if model.__module__.split(".")[0] not in OURS or model._meta.proxy:
            continue
        for field in model._meta.local_fields:
            if isinstance(field, models.ForeignKey) and freezing(field.related_model):
                yield model, field


def loose() -> set[str]:
    return {f"{model._meta.label}.{field.name}" for model, field in relations() if not freezing(model)}


def test_every_table_that_hangs_on_a_frozen_row_is_frozen():
    assert loose() == set(NO_PART)


def test_the_walk_meets_the_tables_of_many_to_many_relations():
    met = {model._meta.label for model, _ in relations()}

    assert {"treatment_sessions.SessionMeasurement", "conditions.AssessmentCondition"} <= met


def test_no_many_to_many_table_on_a_frozen_row_is_made_by_django_itself():
    made = {model._meta.label for model, _ in relations() if model._meta.auto_created}

    assert made == set()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM treatment_sessions_sessionmeasurement",
        "UPDATE treatment_sessions_sessionmeasurement SET measurement_id = measurement_id + 1",
        "INSERT INTO treatment_sessions_sessionmeasurement (treatment_session_id, measurement_id)"
        " SELECT treatment_session_id, measurement_id + 1 FROM treatment_sessions_sessionmeasurement",
    ],
)
def test_what_was_measured_at_a_signed_session_stays(clinic, clinician, sql):
    plan = factories.make_plan(clinic=clinic, by=clinician, status="active")
    session = factories.TreatmentSessionFactory(plan=plan, number=1)
    scale = factories.SeverityScaleFactory(kind="number")
    session.measurements.add(plan.patient.measurements.create(scale=scale, value=120, measured_by=clinician))
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE treatment_sessions_treatmentsession SET status = 'signed', signed_at = now(), signed_by_id = %s",
            [clinician.pk],
        )
        with pytest.raises(IntegrityError, match="A session is signed"):
            cursor.execute(sql)


@pytest.mark.django_db
def test_what_else_was_found_at_an_assessment_stays(clinic, clinician):
    plan = factories.make_plan(clinic=clinic, by=clinician)
    plan.assessment.other_conditions.add(factories.ConditionFactory())

    with pytest.raises(IntegrityError, match="An assessment is kept"), connection.cursor() as cursor:
        cursor.execute("DELETE FROM conditions_assessmentcondition")


def traces(person) -> list[AuditEvent]:
    return list(
        AuditEvent.objects.filter(
            subject_id=str(person.pk), did__in=[SQL_CHANGED_ROLES, SQL_CHANGED_ACCOUNT]
        ).order_by("pk")
    )


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("sql", "did"),
    [
        ("UPDATE accounts_membership SET roles = '{clinician,admin}' WHERE user_id = %s", SQL_CHANGED_ROLES),
        ("DELETE FROM accounts_membership WHERE user_id = %s", SQL_CHANGED_ROLES),
        ("UPDATE accounts_user SET is_superuser = true WHERE id = %s", SQL_CHANGED_ACCOUNT),
        ("UPDATE accounts_user SET is_active = false WHERE id = %s", SQL_CHANGED_ACCOUNT),
        ("UPDATE accounts_user SET email = 'else@example.com' WHERE id = %s", SQL_CHANGED_ACCOUNT),
    ],
)
def test_access_changed_by_sql_leaves_a_sealed_trace(sql, did):
    person = factories.UserFactory(roles=["clinician"])
    before = len(traces(person))
    with connection.cursor() as cursor:
        cursor.execute(sql, [person.pk])

    trace = traces(person)[before]
    assert (trace.did, trace.by_id) == (did, None)
    assert trace.data["database_role"]
    assert trace.seal.position


@pytest.mark.django_db
@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE accounts_membership SET roles = '{front_desk}' WHERE user_id = %s",
        "DELETE FROM accounts_membership WHERE user_id = %s",
        "UPDATE accounts_user SET is_active = false WHERE id = %s",
    ],
)
def test_the_database_keeps_the_last_admin_of_a_clinic(admin, clinic, sql):
    with connection.cursor() as cursor:
        with pytest.raises(IntegrityError, match="A clinic keeps an admin"), transaction.atomic():
            cursor.execute(sql, [admin.pk])
        factories.UserFactory(roles=["admin", "clinician"], clinic=clinic)
        cursor.execute(sql, [admin.pk])

    assert not User.objects.filter(
        pk=admin.pk, is_active=True, memberships__roles__contains=["admin"]
    ).exists()


@pytest.mark.django_db
def test_an_admin_who_may_not_sign_in_is_none(admin, clinic):
    factories.UserFactory(roles=["admin"], clinic=clinic, is_active=False)

    with pytest.raises(IntegrityError, match="A clinic keeps an admin"):
        Membership.objects.filter(user=admin).update(roles=["front_desk"])
