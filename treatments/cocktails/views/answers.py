"""Answer on the formulation page what was not asked."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.core.findings import block
from mesoclinic.core.idempotency import once
from patients.actions.safety_answers import record_safety_answers_and_risk_factors
from patients.forms.safety_answers import read_posted_answers
from patients.models import SafetyAnswer
from treatments.cocktails.forms import read_formulation_and_carry_out_buttons
from treatments.cocktails.queries.formulation import (
    anonymous_person_or_none,
    answers_annotated_on_version,
    patient_of_version,
)
from treatments.cocktails.queries.questions import build_safety_questions
from treatments.cocktails.queries.required_answers import substance_codes_in_mix
from treatments.cocktails.rules.mix import NOBODY
from treatments.cocktails.rules.required_answers import SIGNING
from treatments.cocktails.views.choices import mix_of_typed_page
from treatments.cocktails.views.formulation_page import (
    render_formulation_page,
    save_or_autosave_typed_formulation,
    version_and_catalogue_or_404,
)


@require_POST
@requires_permission(Permission.FORMULATE)
@once
def record_posted_cocktail_answers(request, pk: int) -> HttpResponse:
    """Keep the syringe as typed, write the answers, and show the checks anew."""
    version, catalogue = version_and_catalogue_or_404(request, pk)
    if version.is_signed:
        return redirect("cocktails:formulation", pk)
    typed = read_formulation_and_carry_out_buttons(request.POST, catalogue, version)
    typed, standing = save_or_autosave_typed_formulation(request, version, typed)
    patient, today = patient_of_version(version), timezone.localdate()
    known = answers_annotated_on_version(version, today)
    person = anonymous_person_or_none(version, catalogue, today) or NOBODY
    missing = known.findings_at_gates(
        {SIGNING}, substance_codes_in_mix(mix_of_typed_page(catalogue, typed)), person
    )
    asked = build_safety_questions(known, known.questions_to_ask(missing))
    posted = read_posted_answers(request.POST, asked)
    if posted.answers:
        record_safety_answers_and_risk_factors(
            patient=patient,
            answers=posted.answers,
            by=request.user,
            where=SafetyAnswer.Where.BENCH,
            on=today,
        )
        version, catalogue = version_and_catalogue_or_404(request, pk)
    if standing or posted.errors or typed.unknown or not typed.can_be_stored:
        return render_formulation_page(request, version, catalogue, typed, standing, status=422)
    if not posted.answers and asked:
        nothing = block(
            "nothing-answered", "Nothing was answered. Choose an answer, then write it.", fixed=True
        )
        return render_formulation_page(request, version, catalogue, typed, refused=[nothing], status=422)
    messages.success(request, "Answers written.")
    return redirect("cocktails:formulation", pk)
