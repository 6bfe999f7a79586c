"""What stands ready, saved by the clinic or bought ready-made, and whether it fits this patient."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from mesoclinic.core.quantities import ZERO
from treatments.cocktails.queries.catalogue import Catalogue, Offered
from treatments.cocktails.queries.formulation import Found
from treatments.cocktails.rules.mix import Mix, Person
from treatments.cocktails.rules.suitability import Suitability, suitability_of_mix

_ORDER = ("suitable", "asks", "unsupported", "blocked")


@dataclass(frozen=True)
class Ready:
    """A formulation (``command`` use) or a ready-made product (add). Stock and price stand beside it."""

    name: str
    holds: str
    command: str
    value: str
    suitability: Suitability
    stock_ml: Decimal
    price: Decimal | None  # of the whole syringe, where every price is on file
    route: str = ""

    @property
    def is_offered(self) -> bool:
        return self.suitability.state in ("suitable", "asks")


def ready_made_best_fit_first(
    catalogue: Catalogue, found: Found, person: Person | None, today: date, *, without: Iterable[str] = ()
) -> list[Ready]:
    """What fits first, by how well it is supported, then by name. Neither stock nor price moves anything."""
    taken = set(without)
    everything = [
        *_saved_formulation_rows(catalogue, found, person, today),
        *_ready_made_product_rows(catalogue, found, person, today, taken),
    ]
    return sorted(
        everything,
        key=lambda each: (
            _ORDER.index(each.suitability.state),
            -each.suitability.support,
            each.name.casefold(),
            each.value,
        ),
    )


def _saved_formulation_rows(
    catalogue: Catalogue, found: Found, person: Person | None, today: date
) -> Iterable[Ready]:
    for each in catalogue.formulations:
        lines = [
            (line.product_code, line.ml)
            for line in each.formula.lines
            if line.product_code in catalogue.products
        ]
        mix = catalogue.build_mix_of_known_products(
            lines, kind=each.formula.kind, syringe_ml=each.formula.syringe_ml
        )
        products = [catalogue.products[code] for code, _ in lines]
        prices = [product.price_per_ml for product in products]
        yield Ready(
            name=each.name,
            holds=each.formula.lines_text(),
            command="use",
            value=str(each.version_id),
            suitability=_suitability_for_patient(mix, catalogue, found, person, today),
            stock_ml=min((product.drawable_stock_ml(today) for product in products), default=ZERO),
            price=None
            if None in prices
            else sum((price * ml for price, (_, ml) in zip(prices, lines, strict=True) if price), ZERO),
        )


def _ready_made_product_rows(
    catalogue: Catalogue, found: Found, person: Person | None, today: date, taken: set[str]
) -> Iterable[Ready]:
    for product in catalogue.products.values():
        if product.premade and not product.retired and product.code not in taken:
            yield Ready(
                name=product.label,
                holds=", ".join(each.substance.name for each in product.contents) or "contents not on file",
                command="add",
                value=product.code,
                suitability=_suitability_of_ready_made_product(product, catalogue, found, person, today),
                stock_ml=product.drawable_stock_ml(today),
                price=product.price_per_ml,
                route=product.legal_route_note,
            )


def _suitability_of_ready_made_product(
    product: Offered, catalogue: Catalogue, found: Found, person: Person | None, today: date
) -> Suitability:
    """Alone in its syringe, as its maker means it: nothing is added to it."""
    mix = catalogue.build_mix_of_known_products(
        [(product.code, Decimal(1))], kind="single", syringe_ml=Decimal(60)
    )
    return _suitability_for_patient(mix, catalogue, found, person, today, is_premade=True)


def _suitability_for_patient(
    mix: Mix,
    catalogue: Catalogue,
    found: Found,
    person: Person | None,
    today: date,
    *,
    is_premade: bool = False,
) -> Suitability:
    return suitability_of_mix(
        mix,
        list(found.conditions),
        person,
        catalogue.rulebook,
        area_cm2=found.area_cm2,
        today=today,
        names=found.conditions,
        is_premade=is_premade,
    )
