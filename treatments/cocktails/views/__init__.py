"""The bench: find what is suggested, fill a syringe, read what the rules say, sign."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import slugify
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from mesoclinic.accounts.permissions import Permission, allowed
from mesoclinic.core import drafts
from mesoclinic.core.addresses import caller
from mesoclinic.core.findings import MIN_BLOCK_REASON, MIN_WARN_REASON, Finding, Level, Refused, block
from mesoclinic.core.models import Draft
from mesoclinic.core.once import once
from mesoclinic.core.quantities import ZERO
from patients.models import Patient
from treatments.cocktails import actions, queries
from treatments.cocktails.actions.reuse import left_out
from treatments.cocktails.forms import SYRINGES_ML, StartForm, Typed, fields_of, read_bench, read_ml
from treatments.cocktails.models import CocktailVersion
from treatments.cocktails.queries import Catalogue, Offered
from treatments.cocktails.rules import (
    FAMILY_WORDS,
    Mix,
    Person,
    Suggestion,
    changed_meanwhile,
    check_mix,
    differences,
    dose_lines,
    held_in,
    not_for,
    suggest,
    totals,
    why_not,
)
from treatments.cocktails.views.figures import figure_rows
from treatments.cocktails.views.ready_made import ready_made

#: A bar beyond this part of a limit is amber.
NEARLY_FULL = Decimal("0.8")

#: In the list of what may be asked about: an ingredient that no product here holds.
INGREDIENT = "ingredient:"


@require_http_methods(["GET", "POST"])
@allowed(Permission.FORMULATE)
def cocktail_start(request, pk: int) -> HttpResponse:
    """The patient's draft where there is one; else a page that begins one."""
    patient = get_object_or_404(Patient, pk=pk)
    if request.method == "POST":
        return _start(request, patient)
    known = list(queries.to_start_from(patient.pk, request.clinic))
    own = [version for version in known if version.cocktail.patient_id]
    for version in own:
        if not version.is_signed:
            return redirect("cocktails:bench", version.pk)
    actions.look_at(patient=patient, by=request.user)
    form = StartForm(begin_from=_begin_from(known))
    return _start_page(request, patient, form)


def _start(request, patient: Patient) -> HttpResponse:
    chosen = request.POST.get("from_version", "")
    like = None
    if chosen:
        offered = queries.to_start_from(patient.pk, request.clinic)
        like = next((each for each in offered if str(each.pk) == chosen), None)
        if like is None:
            form = StartForm(request.POST, begin_from=_to_begin(request, patient))
            form.add_error("from_version", "That formulation is not there any more. Choose another.")
            return _start_page(request, patient, form, status=422)
    try:
        version = actions.start_cocktail(
            patient=patient,
            by=request.user,
            clinic=request.clinic,
            name=request.POST.get("name", "")[:80],
            from_version=like,
        )
    except Refused as refused:
        form = StartForm(request.POST, begin_from=_to_begin(request, patient))
        form.add_error(None, str(refused))
        return _start_page(request, patient, form, status=422)
    if like is not None and like.cocktail_id != version.cocktail_id:
        say_left_out(request, left_out(like, version))
    return redirect("cocktails:bench", version.pk)


def say_left_out(request, products: Sequence[str]) -> None:
    """A copy that lacks something says so."""
    if products:
        messages.warning(
            request,
            f"Left out, for it may no longer be used: {', '.join(products)}. Choose something else, or go on without.",
        )


def _to_begin(request, patient: Patient) -> list[tuple[str, str]]:
    return _begin_from(queries.to_start_from(patient.pk, request.clinic))


def _begin_from(known: Iterable[Any]) -> list[tuple[str, str]]:
    """Saved formulations in their latest version, and what this patient had; what it holds beside the name."""
    latest = {version.cocktail_id: version for version in reversed(list(known))}
    return [
        (
            str(version.pk),
            f"{version.cocktail.name}{'' if version.cocktail.patient_id is None else ' (given before)'}: "
            f"{queries.formula_of(version).in_words()}",
        )
        for version in latest.values()
    ]


def _start_page(request, patient: Patient, form: StartForm, status: int = 200) -> HttpResponse:
    page = {"patient": patient, "step": "cocktail", "title": "Cocktail", "nav_on": "patients", "form": form}
    return render(request, "treatments/cocktails/cocktail_start.html", page, status=status)


@require_GET
@allowed(Permission.FORMULATE)
def cocktail_bench(request, pk: int) -> HttpResponse:
    """A draft to work on, as it was left; or a signed version to read."""
    version, catalogue = _read(request, pk)
    actions.look_at(patient=version.cocktail.patient, by=request.user)
    if version.is_signed:
        return _signed_page(request, version, catalogue)
    draft = version.bench["draft"]
    fields = drafts.as_posted(Draft(fields=draft)) if draft else fields_of(version, catalogue)
    typed = read_bench(fields, catalogue, version)
    return _bench_page(request, version, catalogue, typed)


@require_POST
@allowed(Permission.FORMULATE)
def cocktail_check(request, pk: int) -> HttpResponse:
    """Keep the bench as it stands and say what the rules say to it. What cannot be stored is kept as typed."""
    version, catalogue = _read(request, pk)
    if "take" in request.POST:
        drafts.drop_draft(owner=request.user, kind=queries.DRAFT_KIND, subject=queries.draft_subject(version))
        return redirect("cocktails:bench", pk)
    typed = read_bench(request.POST, catalogue, version)
    typed, standing = _keep(request, version, typed)
    why = _why_not(request.POST.get("pick", ""), version, catalogue, typed)
    if request.htmx:
        page = _bench(request, version, catalogue, typed, standing, why)
        return render(request, "treatments/cocktails/_bench.html", page)
    if standing or typed.unknown or not typed.can_be_kept:
        return _bench_page(request, version, catalogue, typed, standing, why, status=422)
    if "why" in request.POST:
        return _bench_page(request, version, catalogue, typed, standing, why)
    return redirect("cocktails:bench", pk)


@require_POST
@allowed(Permission.SIGN_COCKTAIL)
@once
def cocktail_sign(request, pk: int) -> HttpResponse:
    """Sign what was checked. A bench that differs from what is kept is kept and shown first."""
    version = _version(request, pk)
    if version.is_signed:
        return redirect("cocktails:bench", pk)
    if _is_as_checked(request, version):
        try:
            actions.sign_version(
                version=version, by=request.user, reasons=_reasons(request), signed_from=caller(request)
            )
        except Refused as refused:
            catalogue = queries.catalogue_at(version.cocktail.clinic)
            typed = read_bench(request.POST, catalogue, version)
            return _bench_page(request, version, catalogue, typed, refused=refused.findings, status=422)
        messages.success(request, "Cocktail signed.")
        return redirect("plans:start", version.cocktail.patient_id)
    catalogue = queries.catalogue_at(version.cocktail.clinic)
    typed = read_bench(request.POST, catalogue, version)
    typed, standing = _keep(request, version, typed)
    if not standing:
        standing = [
            block(
                "not-checked",
                "The syringe was changed after it was checked. Read the checks, then sign.",
                fixed=True,
            )
        ]
    return _bench_page(request, version, catalogue, typed, refused=standing, status=422)


@require_POST
@allowed(Permission.FORMULATE)
@once
def cocktail_change(request, pk: int) -> HttpResponse:
    """A signed cocktail stays as it is; its next version is a draft with the same in it."""
    version = get_object_or_404(
        CocktailVersion.objects.select_related("cocktail"), pk=pk, cocktail__patient__isnull=False
    )
    reason = request.POST.get("reason", "")
    try:
        draft = actions.change_version(version=version, by=request.user, reason=reason)
    except Refused as refused:
        version, catalogue = _read(request, pk)
        return _signed_page(request, version, catalogue, refused=refused.findings, reason=reason, status=422)
    return redirect("cocktails:bench", draft.pk)


@require_POST
@allowed(Permission.FORMULATE)
@once
def formulation_save(request, pk: int) -> HttpResponse:
    """Keep the syringe under a name, without the patient."""
    version = get_object_or_404(
        CocktailVersion.objects.select_related("cocktail"), pk=pk, cocktail__patient__isnull=False
    )
    name = request.POST.get("formulation_name", "")
    try:
        actions.save_as_formulation(version=version, name=name, by=request.user)
    except Refused as refused:
        version, catalogue = _read(request, pk)
        more: dict[str, Any] = {"formulation_name": name, "formulation_error": str(refused)}
        if version.is_signed:
            return _signed_page(request, version, catalogue, status=422, **more)
        typed = read_bench(fields_of(version, catalogue), catalogue, version)
        return _bench_page(request, version, catalogue, typed, status=422, **more)
    messages.success(request, f"“{name.strip()}” is kept among the formulations.")
    return redirect("cocktails:bench", pk)


# ── reading and keeping ──────────────────────────────────────────────────────────────────────────


def _version(request, pk: int) -> Any:
    """A patient's version with all the bench shows; a saved formulation has no bench of its own."""
    version = (
        queries.benches(on=timezone.localdate(), user=request.user)
        .filter(pk=pk, cocktail__patient__isnull=False)
        .first()
    )
    if version is None:
        raise Http404
    return version


def _read(request, pk: int) -> tuple[Any, Catalogue]:
    version = _version(request, pk)
    return version, queries.catalogue_at(version.cocktail.clinic)


def _keep(request, version: Any, typed: Typed) -> tuple[Typed, list[Finding]]:
    """Store the bench: as components where the database can hold them, and what it cannot as a draft.

    Returns the bench at its new revision, and what stands against it: somebody else's change, a cocktail
    signed meanwhile.
    """
    standing: list[Finding] = []
    if typed.can_be_kept:
        try:
            kept = actions.set_components(
                version=version,
                lines=typed.components,
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
    mine: dict[str, Any] = {
        "owner": request.user,
        "kind": queries.DRAFT_KIND,
        "subject": queries.draft_subject(version),
    }
    if standing or not typed.can_be_kept or typed.reasons:
        drafts.save_draft(**mine, url=reverse("cocktails:bench", args=[version.pk]), posted=typed.as_fields())
    elif version.bench["draft"]:
        drafts.drop_draft(**mine)
    return typed, standing


def _is_as_checked(request, version: Any) -> bool:
    """Whether the posted bench is the one that is kept: the same revision, products, volumes and total."""
    posted = request.POST
    formula = queries.formula_of(version)
    filled = posted.get("fill_with", "") if posted.get("fill_to", "").strip() else ""
    kept = {line.product_code: line.ml for line in formula.lines}
    diluted = kept.pop(filled, None) if filled not in posted.getlist("line") else None
    whole = read_ml(posted.get("fill_to", ""))
    return (
        posted.get("revision") == str(version.revision)
        and posted.get("kind") == version.kind
        and posted.get("name", "").strip() == version.cocktail.name
        and read_ml(posted.get("syringe_ml", "")) == version.syringe_ml
        and posted.get("sessions", str(version.sessions)) == str(version.sessions)
        and posted.get("every_days", str(version.every_days)) == str(version.every_days)
        and posted.getlist("line") == list(kept)
        and all(read_ml(posted.get(f"ml:{code}", "")) == ml for code, ml in kept.items())
        and (not posted.get("fill_to", "").strip() or whole == sum(kept.values(), ZERO) + (diluted or ZERO))
    )


def _reasons(request) -> dict[str, str]:
    return {
        name.removeprefix("reason:"): text
        for name, text in request.POST.items()
        if name.startswith("reason:")
    }


def mix_of(catalogue: Catalogue, typed: Typed) -> Mix:
    """The bench as the rules take it."""
    return catalogue.mix(
        typed.drawn,
        kind=typed.kind,
        syringe_ml=typed.syringe_ml,
        sessions=typed.sessions,
        every_days=typed.every_days,
    )


# ── what the page shows ──────────────────────────────────────────────────────────────────────────


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

    @property
    def label(self) -> str:
        return self.name


@dataclass(frozen=True)
class Choice:
    """One suggested ingredient: what to add for it, or why not."""

    suggestion: Suggestion
    product: Offered | None
    condition: str

    @property
    def grade(self) -> str:
        """The evidence in two words; all of it stands below."""
        return self.suggestion.words.partition(":")[0]

    @property
    def family(self) -> str:
        """Its place in the seed's order of work."""
        return FAMILY_WORDS.get(self.suggestion.substance.family, self.suggestion.substance.family)

    @property
    def price(self) -> Decimal | None:
        return self.product.price_per_ml if self.product else None

    @property
    def why(self) -> str:
        reason = self.suggestion.reason
        return reason.message if reason else ""

    @property
    def short_why(self) -> str:
        return self.why.partition(" (")[0].partition(". ")[0]

    @property
    def is_unsold(self) -> bool:
        """Nothing here can be drawn for it, though nothing speaks against it."""
        return self.product is None and self.suggestion.state in ("can_add", "not_indicated")


def _bench_page(
    request,
    version: Any,
    catalogue: Catalogue,
    typed: Typed,
    standing: Sequence[Finding] = (),
    why: Sequence[str] = (),
    *,
    refused: Sequence[Finding] = (),
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    page = _bench(request, version, catalogue, typed, standing, why, refused) | more
    page["refused"] = [finding for finding in refused if not finding.asks]
    if any(finding.asks for finding in refused):
        page["refused"].append(
            block(
                "reasons",
                "Some checks wait for a written reason. Write it beside each, or change the syringe.",
                where=f"reason-{slugify(next(f.code for f in refused if f.asks))}",
            )
        )
    return render(request, "treatments/cocktails/cocktail_bench.html", page, status=status)


def _bench(
    request,
    version: Any,
    catalogue: Catalogue,
    typed: Typed,
    standing: Sequence[Finding] = (),
    why: Sequence[str] = (),
    refused: Sequence[Finding] = (),
) -> dict[str, Any]:
    """Everything the bench shows, from what was typed: nothing is reckoned in a template."""
    today = timezone.localdate()
    found = queries.found_in(version)
    person = queries.person_of(version, catalogue, today)
    mix = mix_of(catalogue, typed)
    conflict = _conflict(version, typed, standing)
    findings = [
        *(f for f in standing if f.code != "changed-meanwhile"),
        *_unknown(typed),
        *check_mix(mix, person, catalogue.rulebook, area_cm2=found.area_cm2, today=today),
    ]
    figures = totals(mix, found.area_cm2, catalogue.rulebook, person)
    held = held_in(mix)
    choices = _choices(found.conditions, person, catalogue, held, today)
    ready = ready_made(catalogue, found, person, today, without=[line.product.code for line in typed.lines])
    return {
        "version": version,
        "patient": version.cocktail.patient,
        "step": "cocktail",
        "title": "Cocktail",
        "nav_on": "patients",
        "typed": typed,
        "kinds": CocktailVersion.Kind.choices,
        "syringes": sorted({*SYRINGES_ML, typed.syringe_ml}),
        "rows": _rows(typed, mix, catalogue, person, found.area_cm2, findings),
        "figures": figures,
        "fewest": mix.fewest,
        "most": mix.most,
        "count": next((f for f in findings if f.code in ("count", "empty")), None),
        "findings": findings,
        "conflict": conflict,
        "not_for": not_for(person, catalogue.rulebook, catalogue.substances) if person else [],
        "reasons": typed.reasons,
        "missing": _missing(refused, typed),
        "may_override": request.user.may(Permission.OVERRIDE),
        "choices": [each for each in choices if not each.is_unsold],
        "unsold": [each for each in choices if each.is_unsold],
        "for_whom": _for_whom(version.cocktail.patient),
        "others": _options(_others(catalogue, typed), request.POST.get("pick", "")),
        "only_asked": _asked_only(catalogue, request.POST.get("pick", "")),
        "why": why,
        "ready": [each for each in ready if each.is_offered],
        "unfit": [each for each in ready if not each.is_offered],
        "currency": version.cocktail.clinic.currency,
        "figure_rows": figure_rows(figures),
        "area_cm2": found.area_cm2,
        "before": queries.formula_before(version),
        "changes": _changes(version, typed.formula),
        "conditions": found.conditions,
        "formulation_name": typed.name,
    }


def _signed_page(
    request,
    version: Any,
    catalogue: Catalogue,
    *,
    refused: Sequence[Finding] = (),
    reason: str = "",
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    found = queries.found_in(version)
    person = queries.person_of(version, catalogue, timezone.localdate())
    typed = read_bench(fields_of(version, catalogue), catalogue, version)
    mix = mix_of(catalogue, typed)
    figures = totals(mix, found.area_cm2, catalogue.rulebook, person)
    page = {
        "version": version,
        "patient": version.cocktail.patient,
        "step": "cocktail",
        "title": "Cocktail",
        "nav_on": "patients",
        "typed": typed,
        "rows": _rows(typed, mix, catalogue, person, found.area_cm2, []),
        "figures": figures,
        "figure_rows": figure_rows(figures),
        "area_cm2": found.area_cm2,
        "findings": version.findings,
        "overrides": version.bench["overrides"],
        "before": queries.formula_before(version),
        "changes": _changes(version, queries.formula_of(version)),
        "course": queries.formula_of(version).course,
        "next": version.bench["next"],
        "reason": reason,
        "refused": refused,
        "formulation_name": version.cocktail.name,
        **more,
    }
    return render(request, "treatments/cocktails/cocktail_signed.html", page, status=status)


def _rows(
    typed: Typed,
    mix: Any,
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


def _conflict(version: Any, typed: Typed, standing: Sequence[Finding]) -> Finding | None:
    """Somebody else's change of this draft, beside what stands on this page."""
    for finding in standing:
        if finding.code == "changed-meanwhile":
            return finding
    there = queries.formula_of(version)
    is_behind = typed.revision != version.revision and typed.formula != there
    return changed_meanwhile(there, typed.formula) if is_behind else None


def _unknown(typed: Typed) -> list[Finding]:
    return [
        block(f"unknown:{code[:40]}", _say_unknown(code), where="pick", fixed=True) for code in typed.unknown
    ]


def _say_unknown(code: str) -> str:
    if code.startswith(INGREDIENT):
        return "No product here holds that ingredient, so it cannot be drawn. Choose a product, or have one added."
    return f"“{code[:40]}” is not in this clinic's catalogue. Choose a product from the list."


def _missing(refused: Sequence[Finding], typed: Typed) -> set[str]:
    """The findings that were refused for want of a reason, and still have none that is long enough."""
    return {
        finding.code
        for finding in refused
        if finding.asks
        and len(typed.reasons.get(finding.code, ""))
        < (MIN_BLOCK_REASON if finding.level is Level.BLOCK else MIN_WARN_REASON)
    }


def _choices(
    conditions: Mapping[str, str],
    person: Person | None,
    catalogue: Catalogue,
    held: Mapping[str, Any],
    today: Any,
) -> list[Choice]:
    """The suggestions, each with the product to draw it from: one that is in stock where there is one."""
    sold: dict[str, list[Offered]] = {}
    for product in catalogue.products.values():
        if len(product.contents) == 1 and not product.retired and not product.blocked:
            sold.setdefault(product.contents[0].substance.code, []).append(product)
    stocked = {
        code: sum((each.stock_ml(today) for each in products), ZERO) for code, products in sold.items()
    }
    return [
        Choice(
            each,
            max(
                sold.get(each.substance.code, ()),
                key=lambda product: (product.stock_ml(today) > 0, not product.premade),
                default=None,
            ),
            conditions.get(each.condition, each.condition),
        )
        for each in suggest(
            list(conditions), person, catalogue.rulebook, catalogue.substances, stocked, held.keys()
        )
    ]


def _others(catalogue: Catalogue, typed: Typed) -> list[Offered]:
    """Every product that may be added, by name: blocked ones too, for they have their why."""
    taken = {line.product.code for line in typed.lines}
    if typed.diluent is not None:
        taken.add(typed.diluent.code)
    return [each for each in catalogue.products.values() if each.code not in taken and not each.retired]


def _options(products: Iterable[Offered], picked: str) -> SafeString:
    """The list to choose from, written here: a template is slow at 500 of them."""
    return SafeString(
        "\n".join(_option(each.code, each.label, each.blocked, each.code == picked) for each in products)
    )


@lru_cache(maxsize=4096)
def _option(code: str, label: str, is_blocked: bool, is_picked: bool) -> str:
    return format_html(
        '<option value="{}"{}>{}{}</option>',
        code,
        SafeString(" selected") if is_picked else "",
        label,
        " (blocked)" if is_blocked else "",
    )


def _asked_only(catalogue: Catalogue, picked: str) -> SafeString:
    """The ingredients that no product here holds: they cannot be added, but each has its why."""
    sold = {
        each.substance.code
        for product in catalogue.products.values()
        if not product.retired
        for each in product.contents
    }
    chosen = SafeString(" selected")
    return format_html_join(
        "\n",
        '<option value="{}"{}>{}</option>',
        (
            (f"{INGREDIENT}{code}", chosen if picked == f"{INGREDIENT}{code}" else "", each.name)
            for code, each in sorted(catalogue.substances.items(), key=lambda pair: pair[1].name.casefold())
            if code not in sold
        ),
    )


def _why_not(code: str, version: Any, catalogue: Catalogue, typed: Typed) -> list[str]:
    """For each ingredient of the product that is looked at, one sentence on why it is not suggested."""
    product = catalogue.products.get(code)
    asked = code.removeprefix(INGREDIENT)
    if product is None and asked not in catalogue.substances:
        return []
    if product is not None and product.blocked_reason:
        return [f"{product.label} is blocked: {product.blocked_reason}"]
    asked_codes = [each.substance.code for each in product.contents] if product else [asked]
    today = timezone.localdate()
    in_mix = held_in(mix_of(catalogue, typed)).keys()
    return [
        why_not(
            each,
            list(queries.found_in(version).conditions),
            queries.person_of(version, catalogue, today),
            catalogue.rulebook,
            catalogue.substances,
            in_mix,
        )
        for each in asked_codes
    ] + ([] if product else ["No product here holds it."])


def _changes(version: Any, now: Any) -> list[str]:
    before = queries.formula_before(version)
    kinds = dict(CocktailVersion.Kind.choices)
    return differences(before, now, kinds) if before else []


def _for_whom(patient: Patient) -> str:
    """her, him or them: as the patient asks to be called, else by sex."""
    said = patient.pronoun.casefold().split("/")[0].strip()
    by_sex = {"female": "her", "male": "him"}.get(patient.sex_at_birth, "them")
    return {"she": "her", "he": "him", "they": "them"}.get(said, "them" if said else by_sex)
