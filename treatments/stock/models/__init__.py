"""The models of this app, by topic."""

from treatments.stock.models.holds import LotHold
from treatments.stock.models.ledger import StockMovement
from treatments.stock.models.lots import Certificate, Lot, LotQuerySet
from treatments.stock.models.stocktakes import Stocktake, StocktakeLine
from treatments.stock.models.vials import OpenedVial, VialDraw

__all__ = [
    "Certificate",
    "Lot",
    "LotHold",
    "LotQuerySet",
    "OpenedVial",
    "StockMovement",
    "Stocktake",
    "StocktakeLine",
    "VialDraw",
]
