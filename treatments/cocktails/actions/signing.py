"""Sign a cocktail version, with the reasons given for going past findings."""

from collections.abc import Mapping, Sequence

from django.db import IntegrityError, transaction
from django.utils import timezone

from mesoclinic.accounts.models import User
from mesoclinic.accounts.permissions import Permission
from mesoclinic.core import audit
from mesoclinic.core.database_refusals import trigger_sentence_or_none
from mesoclinic.core.findings import Acknowledgement, Refused, gate
from treatments.catalogue.actions.versions import apply_planned_changes_due
from treatments.cocktails.actions.formulation import Status, lock_version
from treatments.cocktails.models import CocktailOverride, CocktailVersion
from treatments.cocktails.queries.alerts import syringe_alert_findings
from treatments.cocktails.queries.catalogue import catalogue_of_clinic
from treatments.cocktails.queries.formulation import (
    anonymous_person_or_none,
    answers_annotated_on_version,
    assessment_facts_of_version,
    formula_of_version,
    version_with_formulation,
)
from treatments.cocktails.queries.required_answers import findings_with_required_answers
from treatments.cocktails.rules.arithmetic import held_by_substance_code
from treatments.cocktails.rules.checks import check_mix_against_all_rules
from treatments.cocktails.rules.versions import Formula


@transaction.atomic
def sign_version(
    *,
    version: CocktailVersion,
    by: User,
    reasons: Mapping[str, str] | None = None,
    is_confirmed: bool = True,
    signed_from: str | None = None,
) -> CocktailVersion:
    """Sign what the syringe holds, after asking every rule once more of what now stands.

    ``is_confirmed``: whoever signs typed their password again, where the page asked for it.
    ``signed_from`` is the network address of whoever signs, None where nobody knows it.
    The row is locked first, then read with the catalogue and the patient's factors of this moment. What
    blocks or warns needs its reason in ``reasons`` (finding code to text); what is gone past is kept with
    who and when, beside all findings. Signing twice signs once.
    """
    lock_version(version)
    today = timezone.localdate()
    # What begins today holds for this signature, whether or not the nightly command has run.
    apply_planned_changes_due(on=today)
    version = version_with_formulation(version.pk, on=today, user=by)
    if version.is_signed:
        return version
    if version.cocktail.patient is None:
        raise Refused.because(
            "A saved formulation belongs to nobody: start it for a patient, then sign.", code="nobody"
        )
    catalogue = catalogue_of_clinic(version.cocktail.clinic)
    found = assessment_facts_of_version(version)
    formula = formula_of_version(version)
    mix = catalogue.build_mix_of_known_products(
        [(line.product_code, line.ml) for line in formula.lines],
        kind=version.kind,
        syringe_ml=version.syringe_ml,
        sessions=version.sessions,
        every_days=version.every_days,
    )
    person = anonymous_person_or_none(version, catalogue, today)
    findings = check_mix_against_all_rules(
        mix, person, catalogue.rulebook, area_cm2=found.area_cm2, today=today
    )
    findings += syringe_alert_findings(version, held_by_substance_code(mix), beside=findings)
    findings = findings_with_required_answers(
        answers_annotated_on_version(version, today), person, mix, findings
    )
    passed = gate(findings, reasons, may_override=by.may(Permission.OVERRIDE), is_confirmed=is_confirmed)
    CocktailOverride.objects.bulk_create(
        CocktailOverride(
            version=version, code=each.code, level=each.level, message=each.message, reason=each.reason, by=by
        )
        for each in passed
    )
    version.status = Status.SIGNED
    version.signed_by, version.signed_at = by, timezone.now()
    version.signed_from = signed_from
    version.assessment_id = found.assessment_id
    version.findings = [finding.as_dict() for finding in findings]
    _save_signature_or_refuse(version)
    _audit_signature(version, formula, passed, by)
    return version


def _audit_signature(
    version: CocktailVersion, formula: Formula, passed: Sequence[Acknowledgement], by: User
) -> None:
    audit.record(
        by=by,
        did="cocktail.signed",
        about=version,
        patient_id=version.cocktail.patient_id,
        components={line.product_code: str(line.ml) for line in formula.lines},
        signed_from=version.signed_from,
        overrides=[{"code": each.code, "level": str(each.level), "reason": each.reason} for each in passed],
    )


def _save_signature_or_refuse(version: CocktailVersion) -> None:
    try:
        with transaction.atomic():
            version.save(
                update_fields=["status", "signed_by", "signed_at", "signed_from", "assessment", "findings"]
            )
    except IntegrityError as refusal:
        # The database has the last word; a trigger says it in a sentence (mesoclinic.core.triggers).
        sentence = trigger_sentence_or_none(refusal)
        if sentence is None:
            raise
        raise Refused.because(sentence, code="database", where="syringe") from refusal
