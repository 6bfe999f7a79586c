"""The patient's own blood on the preparation page: drawn, checked by two, spun, injected, thrown away."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.core.findings import Refused
from mesoclinic.core.idempotency import once
from treatments.sessions.actions.blood import (
    mark_blood_thrown_away_and_waste_kit,
    record_blood_draw,
    record_blood_injection,
    record_blood_spin,
    record_identity_check,
)
from treatments.sessions.forms.blood import DrawForm, InjectionForm, SpinForm, TubeForm
from treatments.sessions.models import BloodPreparation
from treatments.sessions.queries.blood import kit_component_or_none, kit_lots_to_choose
from treatments.sessions.queries.preparation import sessions_and_their_syringes_queryset
from treatments.sessions.views.preparation import render_preparation_page


@require_POST
@requires_permission(Permission.RUN_SESSION)
@once(to="sessions:preparation")
def record_posted_blood_draw(request, pk):
    """Blood was drawn for this session with the kit chosen."""
    session = get_object_or_404(sessions_and_their_syringes_queryset(), pk=pk)
    planned = kit_component_or_none(session)
    form = DrawForm(request.POST, kits=kit_lots_to_choose(session, planned.product_id) if planned else ())
    return _run_action_or_show_form_again(
        request,
        session,
        form,
        "Drawn. Its time runs from now: two people check the tube.",
        lambda said: record_blood_draw(
            session=session, kit=said["kit"], ml=said["ml"], drawn_at=said["drawn_at"], by=request.user
        ),
    )


@require_POST
@requires_permission(Permission.RUN_SESSION)
@once
def record_posted_tube_check(request, pk):
    """Who presses this read the tube and asked the patient."""
    blood, session = _blood_and_session_or_404(pk)
    return _run_action_or_show_form_again(
        request,
        session,
        TubeForm(request.POST),
        "Checked.",
        lambda said: record_identity_check(blood=blood, record_number=said["record_number"], by=request.user),
    )


@require_POST
@requires_permission(Permission.RUN_SESSION)
@once
def record_posted_blood_spin(request, pk):
    """It was spun, and so much plasma came out."""
    blood, session = _blood_and_session_or_404(pk)
    form = SpinForm(request.POST)
    return _run_action_or_show_form_again(
        request,
        session,
        form,
        "Spun.",
        lambda _: record_blood_spin(blood=blood, spin=form.typed_spin, by=request.user),
    )


@require_POST
@requires_permission(Permission.RUN_SESSION)
@once
def record_posted_blood_injection(request, pk):
    """It was injected, and the rest is gone."""
    blood, session = _blood_and_session_or_404(pk)
    return _run_action_or_show_form_again(
        request,
        session,
        InjectionForm(request.POST),
        "Injected; the rest is thrown away.",
        lambda said: record_blood_injection(
            blood=blood,
            injected_at=_injection_time_not_before_spin(said["injected_at"], blood),
            late_reason=said["late_reason"],
            by=request.user,
        ),
    )


@require_POST
@requires_permission(Permission.RUN_SESSION)
@once
def record_posted_blood_thrown_away(request, pk):
    """All of it goes, with the reason."""
    blood, session = _blood_and_session_or_404(pk)
    try:
        mark_blood_thrown_away_and_waste_kit(
            blood=blood, reason=request.POST.get("reason", ""), by=request.user
        )
    except Refused as refused:
        return render_preparation_page(request, session, refused=refused.findings, status=422)
    messages.success(request, "Thrown away. Its kit is written off.")
    return redirect("sessions:preparation", session.pk)


def _injection_time_not_before_spin(at, blood):
    """The field has minutes: the minute of the spin is not before the spin."""
    spun = blood.spun_at
    return spun if spun and at < spun and at == spun.replace(second=0, microsecond=0) else at


def _blood_and_session_or_404(pk):
    blood = get_object_or_404(BloodPreparation.objects.exclude(treatment_session=None), pk=pk)
    return blood, get_object_or_404(sessions_and_their_syringes_queryset(), pk=blood.treatment_session_id)


def _run_action_or_show_form_again(request, session, form, done, act):
    """Do it and go back to the page; else the page with what was typed and what stands in the way."""
    if not form.is_valid():
        return render_preparation_page(request, session, form=form, status=422)
    try:
        act(form.cleaned_data)
    except Refused as refused:
        return render_preparation_page(request, session, form=form, refused=refused.findings, status=422)
    messages.success(request, done)
    return redirect("sessions:preparation", session.pk)
