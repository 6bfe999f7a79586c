"""What can be added to a cocktail, and what each choice would do to it."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache

from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from mesoclinic.core.quantities import ZERO
from treatments.cocktails.forms import Typed
from treatments.cocktails.models import CocktailVersion
from treatments.cocktails.queries.catalogue import Catalogue, Offered
from treatments.cocktails.queries.formulation import anonymous_person_or_none, assessment_facts_of_version
from treatments.cocktails.rules.arithmetic import held_by_substance_code
from treatments.cocktails.rules.mix import Mix, Person
from treatments.cocktails.rules.suggestions import Suggestion, suggest_ingredients, why_offered_or_not_text
from treatments.cocktails.rules.wording import FAMILY_WORDS

#: In the list of what may be asked about: an ingredient that no product here holds.
INGREDIENT = "ingredient:"


def mix_of_typed_page(catalogue: Catalogue, typed: Typed) -> Mix:
    """The formulation page as the rules take it."""
    return catalogue.build_mix_of_known_products(
        typed.codes_and_ml_drawn,
        kind=typed.kind,
        syringe_ml=typed.syringe_ml,
        sessions=typed.sessions,
        every_days=typed.every_days,
    )


@dataclass(frozen=True)
class Choice:
    """One suggested ingredient: what to add for it, or why not."""

    suggestion: Suggestion
    product: Offered | None
    condition: str

    @property
    def evidence_grade(self) -> str:
        """The evidence in two words; all of it stands below."""
        return self.suggestion.words.partition(":")[0]

    @property
    def family_text(self) -> str:
        """Its place in the seed's order of work."""
        return FAMILY_WORDS.get(self.suggestion.substance.family, self.suggestion.substance.family)

    @property
    def price_per_ml(self) -> Decimal | None:
        return self.product.price_per_ml if self.product else None

    @property
    def reason_text_or_empty(self) -> str:
        reason = self.suggestion.reason
        return reason.message if reason else ""

    @property
    def short_reason_text(self) -> str:
        return self.reason_text_or_empty.partition(" (")[0].partition(". ")[0]

    @property
    def has_no_product_here(self) -> bool:
        """Nothing here can be drawn for it, though nothing speaks against it."""
        return self.product is None and self.suggestion.state in ("can_add", "not_indicated")


def suggested_choices(
    conditions: Mapping[str, str],
    person: Person | None,
    catalogue: Catalogue,
    held: Collection[str],
    today: date,
) -> list[Choice]:
    """The suggestions, each with the product to draw it from: one that is in stock where there is one."""
    sold: dict[str, list[Offered]] = {}
    for product in catalogue.products.values():
        if len(product.contents) == 1 and not product.retired and not product.blocked:
            sold.setdefault(product.contents[0].substance.code, []).append(product)
    stocked = {
        code: sum((each.drawable_stock_ml(today) for each in products), ZERO)
        for code, products in sold.items()
    }
    return [
        Choice(
            each,
            max(
                sold.get(each.substance.code, ()),
                key=lambda product: (product.drawable_stock_ml(today) > 0, not product.premade),
                default=None,
            ),
            conditions.get(each.condition, each.condition),
        )
        for each in suggest_ingredients(
            list(conditions), person, catalogue.rulebook, catalogue.substances, stocked, held
        )
    ]


def addable_products(catalogue: Catalogue, typed: Typed) -> list[Offered]:
    """Every product that may be added, by name: blocked ones too, for they have their why."""
    taken = {line.product.code for line in typed.lines}
    if typed.diluent is not None:
        taken.add(typed.diluent.code)
    return [each for each in catalogue.products.values() if each.code not in taken and not each.retired]


def product_options_html(products: Iterable[Offered], picked: str) -> SafeString:
    """The list to choose from, written here: a template is slow at 500 of them."""
    return SafeString(
        "\n".join(_option_html(each.code, each.label, each.blocked, each.code == picked) for each in products)
    )


@lru_cache(maxsize=4096)
def _option_html(code: str, label: str, is_blocked: bool, is_picked: bool) -> str:
    return format_html(
        '<option value="{}"{}>{}{}</option>',
        code,
        SafeString(" selected") if is_picked else "",
        label,
        " (blocked)" if is_blocked else "",
    )


def ingredients_without_product_html(catalogue: Catalogue, picked: str) -> SafeString:
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


def why_offered_or_not_texts(
    code: str, version: CocktailVersion, catalogue: Catalogue, typed: Typed
) -> list[str]:
    """For each ingredient of the product that is looked at, one sentence on why it is not suggested."""
    product = catalogue.products.get(code)
    asked = code.removeprefix(INGREDIENT)
    if product is None and asked not in catalogue.substances:
        return []
    if product is not None and product.blocked_reason:
        return [f"{product.label} is blocked: {product.blocked_reason}"]
    asked_codes = [each.substance.code for each in product.contents] if product else [asked]
    today = timezone.localdate()
    in_mix = held_by_substance_code(mix_of_typed_page(catalogue, typed)).keys()
    return [
        why_offered_or_not_text(
            each,
            list(assessment_facts_of_version(version).conditions),
            anonymous_person_or_none(version, catalogue, today),
            catalogue.rulebook,
            catalogue.substances,
            in_mix,
        )
        for each in asked_codes
    ] + ([] if product else ["No product here holds it."])
