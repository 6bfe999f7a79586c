"""Which reasons were given before for what is asked now: when the cocktail was signed, and in the session before."""

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from mesoclinic.core.reasons import ReasonBefore
from treatments.cocktails.models import CocktailVersion
from treatments.cocktails.queries.formulation import OverrideRead
from treatments.plans.models import TreatmentPlan
from treatments.sessions.models import TreatmentSession
from treatments.sessions.rules.states import SessionStatus

Before = dict[str, ReasonBefore]


def reasons_for_cocktail_by_code(
    version: CocktailVersion, overrides: Iterable[OverrideRead], zone: ZoneInfo
) -> Before:
    """By code: why the signature of the cocktail went past it. No query: who signed is read with the version."""
    if version.signed_at is None or version.signed_by is None:
        return {}
    by, on = version.signed_by.display_name, version.signed_at.astimezone(zone).date()
    return {row["code"]: ReasonBefore(row["reason"], "for the cocktail", by, on) for row in overrides}


def reasons_in_session_by_code(session: TreatmentSession | None, zone: ZoneInfo) -> Before:
    """By code: why this session went past it. No query."""
    if session is None:
        return {}
    return {
        row["code"]: ReasonBefore(
            row["reason"],
            f"in session {session.number}",
            row["by"],
            datetime.fromisoformat(row["at"]).astimezone(zone).date(),
        )
        for row in session.acknowledged
    }


def earlier_reasons_of_plan_by_code(plan: TreatmentPlan) -> Before:
    """By code: the newest reason given for the plan's cocktail, or in its last signed session. Two queries."""
    zone, version = plan.clinic.zone, plan.cocktail_version
    overrides: list[OverrideRead] = [
        {"code": row.code, "level": row.level, "message": row.message, "reason": row.reason}
        for row in version.overrides.all()
    ]
    signed = TreatmentSession.objects.filter(
        plan=plan, status__in=(SessionStatus.SIGNED, SessionStatus.AMENDED)
    )
    last = signed.order_by("-number").only("number", "acknowledged").first()
    return {
        **reasons_for_cocktail_by_code(version, overrides, zone),
        **reasons_in_session_by_code(last, zone),
    }
