"""At the tap: what the record says against the relief that is ticked, whatever the amount, and what nobody asked."""

from django.http import Http404
from django.shortcuts import render
from django.views.decorators.http import require_POST

from mesoclinic.accounts.permissions import Permission, requires_permission
from treatments.sessions.forms.charting import MainForm
from treatments.sessions.forms.safety_questions import SafetyForm
from treatments.sessions.models import TreatmentSession
from treatments.sessions.queries.reference import charting_reference
from treatments.sessions.queries.relief import relief_findings
from treatments.sessions.queries.sessions import safety_question_risk_factors_on_day
from treatments.sessions.rules.safety_questions import TOPICS, risk_changes_from_answers
from treatments.sessions.rules.states import SessionStatus
from treatments.sessions.views.relief_page import relief_findings_context


@requires_permission(Permission.RUN_SESSION)
@require_POST
def posted_relief_findings_fragment(request, pk):
    """A part of the page, asked whenever relief is ticked: what nobody may give, and what to ask first."""
    drafts = TreatmentSession.objects.filter(status=SessionStatus.DRAFT)
    session = drafts.select_related("clinic", "patient").filter(pk=pk).first()
    if session is None:
        raise Http404
    ref = charting_reference(session.clinic_id)
    main = MainForm(request.POST, ref=ref, on=session.performed_on)
    changes = _typed_risk_changes_or_none(request, session, ref, main)
    found = relief_findings(session, main.typed_pain_relief, request.user, changes)
    return render(
        request,
        "treatments/sessions/_relief_findings.html",
        relief_findings_context(request, session, main, found),
    )


def _typed_risk_changes_or_none(request, session, ref, main):
    """What is said to have changed at this session, as far as it can be read."""
    known = safety_question_risk_factors_on_day(session)
    topics = [
        SafetyForm(
            request.POST,
            topic=topic,
            risks=[risk for risk in ref.risks if risk.kind == topic],
            known=[row for row in known if row.kind == topic],
        )
        for topic in TOPICS
    ]
    if not main.is_valid() or not all(form.is_valid() for form in topics):
        return None
    none_changed = main.cleaned_data["safety_none"]
    said = {form.topic: form.safety_answer_or_none(none_changed=none_changed) for form in topics}
    return risk_changes_from_answers({topic: answer for topic, answer in said.items() if answer})
