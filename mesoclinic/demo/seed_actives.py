"""A product for each active of the seed that had none, with its status said plainly; a blocked one says why."""

import csv
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from mesoclinic.accounts.models import Clinic, User
from treatments.catalogue.actions.products import add_product
from treatments.catalogue.models import Ingredient, Product
from treatments.stock.actions.lots import release_lot
from treatments.stock.actions.receiving import receive_delivery
from treatments.stock.rules.lots import Receipt

HERE = Path(__file__).parent
#: The lots came so many days ago and are good for so many.
_CAME, _LASTS = 90, 540


def _read_seed_active_rows() -> list[dict[str, str]]:
    with (HERE / "seed_actives.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def add_seed_products(admin: User) -> dict[str, Product]:
    """By code. What a regulator blocked is there too, blocked: it cannot be received."""
    ingredients = {i.code: i for i in Ingredient.objects.all()}
    return {
        row["code"]: add_product(
            code=row["code"],
            name=row["name"],
            strength=row["strength"],
            presentation=row["presentation"],
            container_ml=Decimal(row["container_ml"]),
            maker=row["maker"],
            supplier=row["supplier"],
            country=row["country"],
            price_per_ml=Decimal(row["price_per_ml"]),
            injectable=row["injectable"],
            legal_route=row["legal_route"],
            blocked=bool(row["blocked_reason"]),
            blocked_reason=row["blocked_reason"],
            contents=[
                (ingredients[row["ingredient"]], Decimal(row["mg_per_ml"]) if row["mg_per_ml"] else None)
            ],
            by=admin,
        )
        for row in _read_seed_active_rows()
    }


def receive_seed_products(clinic: Clinic, products: dict[str, Product], today: date, admin: User) -> None:
    """One released lot of each that may be used."""
    came = today - timedelta(days=_CAME)
    lots = receive_delivery(
        clinic=clinic,
        lines=[
            (
                products[row["code"]],
                Receipt(
                    product=row["name"],
                    number=row["lot"],
                    maker=row["maker"],
                    country=row["country"],
                    supplier=row["supplier"],
                    certificate=f"CoA {row['lot']}",
                    received_on=came,
                    expires_on=came + timedelta(days=_LASTS),
                    ml=Decimal(row["ml"]),
                    unit_cost=Decimal(row["cost_per_ml"]),
                ),
            )
            for row in _read_seed_active_rows()
            if not row["blocked_reason"]
        ],
        by=admin,
    )
    for lot in lots:
        release_lot(lot=lot, by=admin)
