"""The figures of the checks that are made before a session starts, for the page that shows them."""

from datetime import date

from django.db.models import Max
from django.utils import timezone

from mesoclinic.accounts.models import Clinic
from patients.models import Consent, records_of
from treatments.billing.queries.payments import plan_balance
from treatments.cocktails.models import Component
from treatments.plans.models import TreatmentPlan
from treatments.schedule.queries.intervals import read_interval_facts_before_session
from treatments.sessions.models import TreatmentSession
from treatments.sessions.queries.proposal import lots_to_choose_by_product, share_dose_over_lots
from treatments.sessions.rules.start import StartChecks
from treatments.sessions.rules.states import SessionStatus


def read_start_checks(plan: TreatmentPlan, clinic: Clinic, on: date) -> StartChecks:
    """What stands behind each check before the next session of ``plan`` at ``clinic``. Nine queries."""
    consents = Consent.objects.filter(
        patient__in=records_of(plan.patient_id), kind=Consent.Kind.TREATMENT, withdrawn_at=None
    )
    asked = read_interval_facts_before_session(plan, clinic, on)
    last = max(asked.given, key=lambda each: (each.on, each.number), default=None)
    components = list(Component.objects.filter(version=plan.cocktail_version_id).select_related("product"))
    lots = lots_to_choose_by_product(clinic, [each.product_id for each in components], on)
    now = timezone.now()
    shares = [
        share_dose_over_lots(
            each.product_id, each.product.name, each.ml, lots.get(each.product_id, ()), on, now
        )
        for each in components
    ]
    return StartChecks(
        on=on,
        consent_until=consents.filter(valid_until__gte=on).aggregate(last=Max("valid_until"))["last"],
        last_number=last.number if last else 0,
        last_on=last.on if last else None,
        fewest_days=asked.ahead.fewest_days,
        is_paid=_is_session_paid_or_none(plan),
        products=len(shares),
        products_in_date=sum(share.missing is None for share in shares),
    )


def _is_session_paid_or_none(plan: TreatmentPlan) -> bool | None:
    """Whether what came in covers the sessions given and this one; None where no price was agreed."""
    money = plan_balance(plan)
    if money.price is None:
        return None
    stand = TreatmentSession.objects.filter(plan=plan).exclude(status=SessionStatus.VOID)
    number = (stand.aggregate(last=Max("number"))["last"] or 0) + 1
    due = money.price * min(number, plan.sessions_planned) / plan.sessions_planned
    return money.paid + money.goodwill + money.written_off >= due
