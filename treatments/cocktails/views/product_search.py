"""The search of the product list: by name, maker, ingredient or a scanned pack, with what each hit would add."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST

from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.core.findings import Finding, Level
from mesoclinic.core.search_text import search_words
from treatments.catalogue.barcodes import read_scan
from treatments.catalogue.queries.products import products_by_gtin
from treatments.cocktails.forms import FIRST_ML, Typed, read_formulation_and_carry_out_buttons
from treatments.cocktails.models import CocktailVersion
from treatments.cocktails.queries.catalogue import Catalogue, Offered
from treatments.cocktails.queries.formulation import anonymous_person_or_none, assessment_facts_of_version
from treatments.cocktails.rules.checks import check_mix_against_all_rules, has_too_few_actives
from treatments.cocktails.rules.mix import Mix, Person
from treatments.cocktails.views.choices import addable_products
from treatments.cocktails.views.formulation_page import render_formulation_page, version_and_catalogue_or_404

#: More than these nobody reads; a longer word finds fewer.
MOST = 6


@dataclass(frozen=True)
class Hit:
    """A product that was found. ``would_add``: the gravest finding it would bring, in a few words."""

    product: Offered
    stock_ml: Decimal
    would_add: str
    level: str


@require_POST
@requires_permission(Permission.FORMULATE)
def find_posted_product(request, pk: int) -> HttpResponse:
    """The hits alone to the page's own script; without one the whole page with them. Nothing is stored."""
    version, catalogue = version_and_catalogue_or_404(request, pk)
    typed = read_formulation_and_carry_out_buttons(request.POST, catalogue, version)
    page = product_search_context(request, version, catalogue, typed)
    if request.htmx:
        return render(request, "treatments/cocktails/_product_hits.html", page)
    return render_formulation_page(request, version, catalogue, typed, found=page)


def product_search_context(
    request, version: CocktailVersion, catalogue: Catalogue, typed: Typed
) -> dict[str, object]:
    """What was typed into the search and what it found; ``hits`` is None where nothing was asked."""
    text = request.POST.get("find", "").strip()
    found = products_matching_text_or_scan(text, catalogue, typed) if text else []
    return {
        "version": version,
        "find": text,
        "hits": hits_with_findings(found[:MOST], version, catalogue, typed) if text else None,
        "more_hits": len(found) > MOST,
        "currency": version.cocktail.clinic.currency,
    }


def products_matching_text_or_scan(text: str, catalogue: Catalogue, typed: Typed) -> list[Offered]:
    """Products that may be added, each with every word of ``text`` at the beginning of a word; or the scanned one."""
    offered = addable_products(catalogue, typed)
    scan = read_scan(text)
    if scan.gtin:
        known = products_by_gtin([scan.gtin]).get(scan.gtin)
        return [each for each in offered if known is not None and each.pk == known.pk]
    words = search_words(text)
    return [each for each in offered if _names_begin_with_words(each, words)]


def _names_begin_with_words(product: Offered, words: Iterable[str]) -> bool:
    names = " ".join([product.label, product.maker, *(each.substance.name for each in product.contents)])
    beginnings = search_words(names)
    return all(any(name.startswith(word) for name in beginnings) for word in words)


def hits_with_findings(
    products: Sequence[Offered], version: CocktailVersion, catalogue: Catalogue, typed: Typed
) -> list[Hit]:
    """Each with its stock and with what the checks would say of the syringe with it."""
    today = timezone.localdate()
    person = anonymous_person_or_none(version, catalogue, today)
    area_cm2 = assessment_facts_of_version(version).area_cm2

    def findings_with_added(more: Sequence[tuple[str, Decimal | None]]) -> list[Finding]:
        return _findings_except_too_few_actives(
            [*typed.codes_and_ml_drawn, *more], typed, catalogue, person, area_cm2, today
        )

    before = {(finding.code, finding.level) for finding in findings_with_added([])}
    hits = []
    for product in products:
        new = [
            finding
            for finding in findings_with_added([(product.code, FIRST_ML)])
            if finding.level in (Level.BLOCK, Level.WARN) and (finding.code, finding.level) not in before
        ]
        worst = min(new, key=lambda finding: not finding.blocks, default=None)
        said = "no finding" if worst is None else _message_beginning_text(worst.message)
        level = "ok" if worst is None else str(worst.level)
        hits.append(Hit(product, product.drawable_stock_ml(today), said, level))
    return hits


def _findings_except_too_few_actives(
    lines: Iterable[tuple[str, Decimal | None]],
    typed: Typed,
    catalogue: Catalogue,
    person: Person | None,
    area_cm2: Decimal | None,
    today: date,
) -> list[Finding]:
    """What the checks say, but that there are too few actives: a syringe that is being filled has them not yet."""
    mix: Mix = catalogue.build_mix_of_known_products(
        lines,
        kind=typed.kind,
        syringe_ml=typed.syringe_ml,
        sessions=typed.sessions,
        every_days=typed.every_days,
    )
    found = check_mix_against_all_rules(mix, person, catalogue.rulebook, area_cm2=area_cm2, today=today)
    return [finding for finding in found if not (finding.code == "count" and has_too_few_actives(mix))]


def _message_beginning_text(message: str) -> str:
    """The beginning of a message: what a tag has room for."""
    return message.partition(" (")[0].partition(": ")[0].partition(". ")[0]
