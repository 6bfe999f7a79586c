"""What the formulation page shows: the mix as typed, what the rules say of it, and its figures."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify

from mesoclinic.accounts.permissions import Permission
from mesoclinic.core import autosave
from mesoclinic.core.findings import (
    Finding,
    Refused,
    block,
    ordered,
)
from mesoclinic.core.quantities import ZERO
from mesoclinic.core.shown_findings import ShownFindings, numbered_findings_by_level
from patients.models import Patient
from treatments.cocktails.actions.formulation import save_draft_contents
from treatments.cocktails.forms import SYRINGES_ML, Typed, read_ml_or_none
from treatments.cocktails.models import CocktailVersion
from treatments.cocktails.queries.alerts import syringe_alert_findings
from treatments.cocktails.queries.catalogue import Catalogue, catalogue_of_clinic
from treatments.cocktails.queries.formulation import (
    AUTOSAVE_KIND,
    anonymous_person_or_none,
    assessment_facts_of_version,
    autosave_subject_of_version,
    formula_of_previous_version_or_none,
    formula_of_version,
    formulation_annotated_on_version,
    patient_of_version,
    patient_version_with_formulation_or_none,
)
from treatments.cocktails.rules.arithmetic import held_by_substance_code
from treatments.cocktails.rules.checks import check_mix_against_all_rules
from treatments.cocktails.rules.contraindications import blocks_per_risk_factor
from treatments.cocktails.rules.marks import Mark, marks_of_findings
from treatments.cocktails.rules.mix import Mix, Person
from treatments.cocktails.rules.totals import dose_lines, syringe_totals
from treatments.cocktails.rules.versions import Formula, changed_meanwhile_finding, formula_difference_texts
from treatments.cocktails.rules.volumes import ml_to_scale_to_by_code
from treatments.cocktails.views.choices import (
    INGREDIENT,
    Choice,
    addable_products,
    ingredients_without_product_html,
    mix_of_typed_page,
    product_options_html,
    suggested_choices,
)
from treatments.cocktails.views.figures import figure_rows
from treatments.cocktails.views.not_asked import (
    NotAsked,
    findings_and_questions_not_asked,
    numbered_findings_with_questions,
    questions_context,
)
from treatments.cocktails.views.other_treatments import other_treatment_choices
from treatments.cocktails.views.ready_made import ready_made_best_fit_first

#: Of the product list: nothing was asked.
_NOTHING_SEARCHED = {"find": "", "hits": None}

#: A bar beyond this part of a limit is amber.
NEARLY_FULL = Decimal("0.8")


def version_or_404(request, pk: int) -> CocktailVersion:
    """A patient's version with all the formulation page shows; a saved formulation has no such page."""
    version = patient_version_with_formulation_or_none(pk, on=timezone.localdate(), user=request.user)
    if version is None:
        raise Http404
    return version


def version_and_catalogue_or_404(request, pk: int) -> tuple[CocktailVersion, Catalogue]:
    version = version_or_404(request, pk)
    return version, catalogue_of_clinic(version.cocktail.clinic)


def save_or_autosave_typed_formulation(
    request, version: CocktailVersion, typed: Typed
) -> tuple[Typed, list[Finding]]:
    """Store the formulation page: as components where the database can hold them, and what it cannot as a draft.

    Returns the formulation page at its new revision, and what stands against it: somebody else's change, a cocktail
    signed meanwhile.
    """
    standing: list[Finding] = []
    if typed.can_be_stored:
        try:
            kept = save_draft_contents(
                version=version,
                lines=typed.products_and_ml_to_store,
                kind=typed.kind,
                syringe_ml=typed.syringe_ml,
                name=typed.name,
                by=request.user,
                revision=typed.revision,
                sessions=typed.sessions,
                every_days=typed.every_days,
            )
        except Refused as refused:
            standing = refused.findings
        else:
            typed = replace(typed, revision=kept.revision)
            version.revision = kept.revision
    subject = autosave_subject_of_version(version)
    if standing or not typed.can_be_stored or typed.reasons:
        autosave.save_autosave(
            owner=request.user,
            kind=AUTOSAVE_KIND,
            subject=subject,
            url=reverse("cocktails:formulation", args=[version.pk]),
            posted=typed.as_form_fields(),
        )
    elif formulation_annotated_on_version(version)["draft"]:
        autosave.delete_autosave(owner=request.user, kind=AUTOSAVE_KIND, subject=subject)
    return typed, standing


def is_posted_page_unchanged(request, version: CocktailVersion) -> bool:
    """Whether the posted formulation page is the one that is kept: the same revision, products, volumes and total."""
    posted = request.POST
    formula = formula_of_version(version)
    filled = posted.get("fill_with", "") if posted.get("fill_to", "").strip() else ""
    kept = {line.product_code: line.ml for line in formula.lines}
    diluted = kept.pop(filled, None) if filled not in posted.getlist("line") else None
    whole = read_ml_or_none(posted.get("fill_to", ""))
    return (
        posted.get("revision") == str(version.revision)
        and posted.get("kind") == version.kind
        and posted.get("name", "").strip() == version.cocktail.name
        and read_ml_or_none(posted.get("syringe_ml", "")) == version.syringe_ml
        and posted.get("sessions", str(version.sessions)) == str(version.sessions)
        and posted.get("every_days", str(version.every_days)) == str(version.every_days)
        and posted.getlist("line") == list(kept)
        and all(read_ml_or_none(posted.get(f"ml:{code}", "")) == ml for code, ml in kept.items())
        and (not posted.get("fill_to", "").strip() or whole == sum(kept.values(), ZERO) + (diluted or ZERO))
    )


@dataclass(frozen=True, slots=True)
class NameTyped:
    """The name under which somebody tried to keep the syringe as a formulation, and why that was refused."""

    name: str
    error: str

    @property
    def template_context(self) -> dict[str, object]:
        return {"formulation_name": self.name, "formulation_error": self.error}


@dataclass(frozen=True)
class Row:
    """One line of the syringe's table."""

    code: str
    name: str
    holds: str  # what a product of several ingredients holds
    text: str
    ml: Decimal | None
    mg: Decimal | None
    percent: Decimal | None
    word: str
    limit: str
    is_warning: bool
    colour: int
    error: str
    marks: tuple[Mark, ...] = ()

    @property
    def label(self) -> str:
        return self.name


def render_formulation_page(
    request,
    version: CocktailVersion,
    catalogue: Catalogue,
    typed: Typed,
    standing: Sequence[Finding] = (),
    why: Sequence[str] = (),
    *,
    refused: Sequence[Finding] = (),
    name: NameTyped | None = None,
    found: Mapping[str, object] | None = None,
    status: int = 200,
) -> HttpResponse:
    page = formulation_context(request, version, catalogue, typed, standing, why, refused)
    if name is not None:
        page |= name.template_context
    page |= found or {}
    shown = [finding for finding in refused if not finding.needs_reason]
    if any(finding.needs_reason for finding in refused):
        shown.append(
            block(
                "reasons",
                "Some checks wait for a written reason. Write it beside each, or change the syringe.",
                where=f"reason-{slugify(next(f.code for f in refused if f.needs_reason))}",
            )
        )
    page["refused"] = shown
    return render(request, "treatments/cocktails/formulation.html", page, status=status)


def formulation_context(
    request,
    version: CocktailVersion,
    catalogue: Catalogue,
    typed: Typed,
    standing: Sequence[Finding] = (),
    why: Sequence[str] = (),
    refused: Sequence[Finding] = (),
) -> dict[str, object]:
    """Everything the formulation page shows, from what was typed: nothing is reckoned in a template."""
    today = timezone.localdate()
    found = assessment_facts_of_version(version)
    person = anonymous_person_or_none(version, catalogue, today)
    mix = mix_of_typed_page(catalogue, typed)
    findings = [
        *(f for f in standing if f.code != "changed-meanwhile"),
        *_unknown_product_findings(typed),
        *_findings_of_mix_and_alerts(version, mix, person, catalogue, today),
    ]
    findings, not_asked = findings_and_questions_not_asked(request, version, person, mix, findings, today)
    shown = numbered_findings_by_level(findings)
    marks = marks_of_findings(shown.loud, _substance_codes_by_product(typed))
    figures = syringe_totals(mix, found.area_cm2, catalogue.rulebook, person)
    choices = suggested_choices(found.conditions, person, catalogue, held_by_substance_code(mix), today)
    return {
        **_patient_frame_context(version),
        "typed": typed,
        "kinds": CocktailVersion.Kind.choices,
        "syringes": sorted({*SYRINGES_ML, typed.syringe_ml}),
        "rows": [
            replace(row, marks=marks.rows.get(row.code, ()))
            for row in syringe_table_rows(typed, mix, catalogue, person, found.area_cm2, findings)
        ],
        "total_marks": marks.total,
        **_findings_context(shown, findings, not_asked),
        **_NOTHING_SEARCHED,
        "figures": figures,
        **_active_count_context(mix, findings),
        "findings": ordered(findings),
        **questions_context(not_asked, answers_to=reverse("cocktails:answers", args=[version.pk])),
        "conflict": _changed_by_another_finding_or_none(version, typed, standing),
        "scale_to": ml_to_scale_to_by_code(mix, (), catalogue.rulebook, found.area_cm2),
        "not_for": blocks_per_risk_factor(person, catalogue.rulebook, catalogue.substances) if person else [],
        "reasons": typed.reasons,
        "missing": _finding_codes_without_reason(refused, typed),
        "may_override": request.user.may(Permission.OVERRIDE),
        **_suggestions_context(version, catalogue, choices),
        "for_whom": _her_him_or_them(patient_of_version(version)),
        "others": product_options_html(addable_products(catalogue, typed), request.POST.get("pick", "")),
        "only_asked": ingredients_without_product_html(catalogue, request.POST.get("pick", "")),
        "why": why,
        **_ready_made_context(version, catalogue, typed, person, today),
        "currency": version.cocktail.clinic.currency,
        "figure_rows": figure_rows(figures),
        "area_cm2": found.area_cm2,
        "before": formula_of_previous_version_or_none(version),
        "changes": change_texts_since_previous_version(version, typed.formula),
        "conditions": found.conditions,
        "formulation_name": typed.name,
    }


def _patient_frame_context(version: CocktailVersion) -> dict[str, object]:
    """What the patient's record stands around the page with."""
    return {
        "version": version,
        "patient": patient_of_version(version),
        "step": "cocktail",
        "title": "Cocktail",
        "nav_on": "patients",
    }


def _findings_context(
    shown: ShownFindings, findings: Iterable[Finding], questions: Iterable[NotAsked]
) -> dict[str, object]:
    """The checks as the page lists them; and what is counted beside Sign, questions that were not asked among it."""
    return {"shown": shown, "counted": numbered_findings_with_questions(findings, questions)}


def _findings_of_mix_and_alerts(
    version: CocktailVersion, mix: Mix, person: Person | None, catalogue: Catalogue, today: date
) -> list[Finding]:
    """What the rules say of the mix, and what stands against this patient's next injection."""
    area_cm2 = assessment_facts_of_version(version).area_cm2
    found = check_mix_against_all_rules(mix, person, catalogue.rulebook, area_cm2=area_cm2, today=today)
    return [*found, *syringe_alert_findings(version, held_by_substance_code(mix), beside=found)]


def _suggestions_context(
    version: CocktailVersion, catalogue: Catalogue, choices: Sequence[Choice]
) -> dict[str, object]:
    """What helps without a syringe, what can be drawn, and what no product here holds."""
    return {
        "other_treatments": other_treatment_choices(version, catalogue),
        "choices": [each for each in choices if not each.has_no_product_here],
        "unsold": [each for each in choices if each.has_no_product_here],
    }


def _ready_made_context(
    version: CocktailVersion, catalogue: Catalogue, typed: Typed, person: Person | None, today: date
) -> dict[str, object]:
    """The ready-made cocktails of the clinic that are not in the syringe, best fit first; those not offered apart."""
    found, taken = assessment_facts_of_version(version), [line.product.code for line in typed.lines]
    ready = ready_made_best_fit_first(catalogue, found, person, today, without=taken)
    return {
        "ready": [each for each in ready if each.is_offered],
        "unsuitable": [each for each in ready if not each.is_offered],
    }


def _active_count_context(mix: Mix, findings: Iterable[Finding]) -> dict[str, object]:
    """How many actives a syringe holds at least and at most, and what is said of their number."""
    return {
        "fewest": mix.fewest_actives,
        "most": mix.most_actives,
        "count": next((each for each in findings if each.code in ("count", "empty")), None),
    }


def syringe_table_rows(
    typed: Typed,
    mix: Mix,
    catalogue: Catalogue,
    person: Person | None,
    area_cm2: Decimal | None,
    findings: Iterable[Finding],
) -> list[Row]:
    doses = {dose.line.product_code: dose for dose in dose_lines(mix, catalogue.rulebook, person, area_cm2)}
    at_line = {
        finding.where: finding.message
        for finding in findings
        if finding.code.startswith(("ml:", "retired:", "blocked:"))
    }
    rows = []
    for position, line in enumerate(typed.lines):
        product, dose = line.product, doses[line.product.code]
        rows.append(
            Row(
                code=product.code,
                name=product.label,
                holds=", ".join(each.substance.name for each in product.contents)
                if len(product.contents) > 1
                else "",
                text=line.text,
                ml=line.ml,
                mg=dose.mg,
                percent=None if dose.fraction is None else dose.fraction * 100,
                word=dose.word,
                limit=dose.limit_text,
                is_warning=dose.exceeded or (dose.fraction is not None and dose.fraction >= NEARLY_FULL),
                colour=position % 6 + 1,
                error=at_line.get(f"line:{product.code}", ""),
            )
        )
    return rows


def _substance_codes_by_product(typed: Typed) -> dict[str, frozenset[str]]:
    """Product code to the codes of what it holds."""
    return {
        line.product.code: frozenset(each.substance.code for each in line.product.contents)
        for line in typed.lines
    }


def _changed_by_another_finding_or_none(
    version: CocktailVersion, typed: Typed, standing: Sequence[Finding]
) -> Finding | None:
    """Somebody else's change of this draft, beside what stands on this page."""
    for finding in standing:
        if finding.code == "changed-meanwhile":
            return finding
    there = formula_of_version(version)
    is_behind = typed.revision != version.revision and typed.formula != there
    return changed_meanwhile_finding(there, typed.formula) if is_behind else None


def _unknown_product_findings(typed: Typed) -> list[Finding]:
    return [
        block(f"unknown:{code[:40]}", _unknown_product_text(code), where="pick", fixed=True)
        for code in typed.unknown
    ]


def _unknown_product_text(code: str) -> str:
    if code.startswith(INGREDIENT):
        return "No product here holds that ingredient, so it cannot be drawn. Choose a product, or have one added."
    return f"“{code[:40]}” is not in this clinic's catalogue. Choose a product from the list."


def _finding_codes_without_reason(refused: Sequence[Finding], typed: Typed) -> set[str]:
    """The findings that were refused for want of a reason, and still have none that is long enough."""
    return {
        finding.code
        for finding in refused
        if finding.needs_reason and not finding.is_answered_by(typed.reasons.get(finding.code, ""))
    }


def change_texts_since_previous_version(version: CocktailVersion, now: Formula) -> list[str]:
    before = formula_of_previous_version_or_none(version)
    kinds = dict(CocktailVersion.Kind.choices)
    return formula_difference_texts(before, now, kinds) if before else []


def _her_him_or_them(patient: Patient) -> str:
    """her, him or them: as the patient asks to be called, else by sex."""
    said = patient.pronoun.casefold().split("/")[0].strip()
    by_sex = {"female": "her", "male": "him"}.get(patient.sex_at_birth, "them")
    return {"she": "her", "he": "him", "they": "them"}.get(said, "them" if said else by_sex)
