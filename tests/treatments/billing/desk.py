"""What tests of plans and money do again and again."""

from decimal import Decimal as D

import pytest
from django.db import connection, transaction
from django.utils import timezone

from mesoclinic.core.findings import Refused
from mesoclinic.core.models import AuditEvent
from tests import factories
from treatments.billing.actions.payments import take_payment
from treatments.plans.models import TreatmentPlan


def refusal(call, *codes):
    with pytest.raises(Refused) as refused, transaction.atomic():
        call()
    assert [finding.code for finding in refused.value.findings] == list(codes)
    return str(refused.value)


def did():
    return list(AuditEvent.objects.order_by("pk").values_list("did", flat=True))


def pay(plan, by, amount, kind="payment"):
    return take_payment(plan=plan, kind=kind, method="card", amount=D(amount), by=by)


def signed_sessions(plan, count):
    """Sessions as signed, without the stock a real signature takes."""
    table = TreatmentPlan._meta.get_field("treatment_sessions").related_model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        for number in range(1, count + 1):
            factories.TreatmentSessionFactory(
                plan=plan, number=number, status="signed", signed_by=plan.created_by, signed_at=timezone.now()
            )
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
