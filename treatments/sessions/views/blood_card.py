"""What the preparation page shows of the patient's own blood."""

from dataclasses import dataclass
from datetime import timedelta

from django.forms import Form
from django.utils import timezone

from treatments.cocktails.models import Component
from treatments.sessions.forms.blood import DrawForm, InjectionForm, SpinForm, TubeForm
from treatments.sessions.models import BloodIdentityCheck, BloodPreparation
from treatments.sessions.queries.blood import (
    LimitOnFile,
    blood_limit_of_product_or_none,
    blood_of_session_or_none,
    blood_thrown_away_in_session,
    kit_component_or_none,
    kit_lots_to_choose,
)
from treatments.sessions.rules.blood import CHECKERS, hours_and_minutes_text, is_within_time_limit


@dataclass
class BloodCard:
    """What the page shows of the patient's own blood, and the one form that comes next."""

    planned: Component
    limit: LimitOnFile | None
    blood: BloodPreparation | None
    checks: list[BloodIdentityCheck]
    thrown_away: list[BloodPreparation]
    step: str  # draw, check, spin, inject, done
    form: Form | None
    limit_text: str
    is_over: bool
    has_checked: bool


def blood_card_or_none(session, user, form=None):
    """The card of a session whose cocktail holds a kit; None for any other.

    ``session`` as ``sessions_and_their_syringes_queryset`` reads it. Up to seven queries, none for any other.
    """
    planned = kit_component_or_none(session) if session.plans_kit else None
    if planned is None:
        return None
    blood = blood_of_session_or_none(session.pk)
    checks = list(blood.identity_checks.all()) if blood else []
    step = _next_blood_step(session, blood, checks)
    limit = blood_limit_of_product_or_none(planned.product_id) if blood is None else None
    minutes = blood.limit_minutes if blood else limit and limit.minutes
    return BloodCard(
        planned=planned,
        limit=limit,
        blood=blood,
        checks=checks,
        thrown_away=blood_thrown_away_in_session(session.pk),
        step=step,
        form=form or _empty_form_of_step_or_none(step, session, planned),
        limit_text=hours_and_minutes_text(timedelta(minutes=minutes)) if minutes else "",
        is_over=blood is not None
        and blood.injected_at is None
        and not is_within_time_limit(blood.use_before, timezone.now()),
        has_checked=any(check.checked_by_id == user.pk for check in checks),
    )


def _next_blood_step(session, blood, checks):
    if not session.is_draft:
        return "done"
    if blood is None:
        return "draw"
    if blood.spun_at is None:
        return "check" if len(checks) < CHECKERS else "spin"
    return "inject" if blood.injected_at is None else "done"


def _empty_form_of_step_or_none(step, session, planned):
    if step == "draw":
        return DrawForm(kits=kit_lots_to_choose(session, planned.product_id))
    forms = {"check": TubeForm, "spin": SpinForm, "inject": InjectionForm}
    return forms[step]() if step in forms else None
