"""What the groups of sessions are called."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from treatments.catalogue.models import Ingredient, Product
from treatments.cocktails.models import Component
from treatments.conditions.models import Zone
from treatments.outcomes.rules.experience import BANDS
from treatments.outcomes.rules.groups import Kind, key_of_name, kind_of_name
from treatments.schedule.models import Room
from treatments.stock.models import Lot, OpenedVial

_RELIEF = {
    "none": "None",
    "ice": "Ice",
    "vibration": "Vibration",
    "cream": "Numbing cream",
    "nerve_block": "Nerve block",
    "cooling_spray": "Cooling spray",
}


def labels_of_groups(names: Iterable[str]) -> dict[str, str]:
    """By name. At most eight queries: one for each kind that is kept in a table, two for cocktails."""
    by_kind: dict[Kind, set[str]] = defaultdict(set)
    for name in names:
        if (kind := kind_of_name(name)) is not None:
            by_kind[kind].add(key_of_name(name))
    found: dict[str, str] = {}
    for kind, keys in by_kind.items():
        texts = _texts_of_kind(kind, keys)
        found.update({f"{kind}:{key}": texts.get(key, key) for key in keys})
    return found


def _texts_of_kind(kind: Kind, keys: set[str]) -> dict[str, str]:
    match kind:
        case Kind.COCKTAIL:
            return _cocktail_texts(keys)
        case Kind.RELIEF:
            return _RELIEF
        case Kind.EXPERIENCE:
            return {str(first): label for first, label in BANDS}
        case Kind.TECHNIQUE | Kind.NEEDLE:
            return {key: key[:1].upper() + key[1:] for key in keys}
        case Kind.INGREDIENT:
            return _by_key(Ingredient.objects.filter(pk__in=_ids(keys)).values_list("pk", "name"))
        case Kind.ZONE:
            rows = Zone.objects.filter(pk__in=_ids(keys)).values_list("pk", "name")
            return {"drawn": "Drawn on the map", **_by_key(rows)}
        case Kind.DAY:
            return {key: f"{date.fromisoformat(key):%-d %b %Y}" for key in keys if _is_day(key)}
        case Kind.ROOM:
            return _by_key(Room.objects.filter(pk__in=_ids(keys)).values_list("pk", "name"))
        case Kind.LOT:
            lots = Lot.objects.filter(pk__in=_ids(keys)).values_list("pk", "number", "product__name")
            return {str(pk): f"{number}, {product}" for pk, number, product in lots}
        case Kind.VIAL:
            vials = OpenedVial.objects.filter(pk__in=_ids(keys)).values_list("pk", "lot__number", "opened_at")
            return {str(pk): f"{number}, opened {opened:%-d %b %Y}" for pk, number, opened in vials}
    return {}


def _cocktail_texts(keys: set[str]) -> dict[str, str]:
    """The name of the saved cocktail with these products, else the products by name. Two queries."""
    products = {pk for key in keys for pk in _ids(key.split("+"))}
    names = dict(Product.objects.filter(pk__in=products).values_list("pk", "name"))
    saved: dict[int, set[int]] = defaultdict(set)
    called: dict[int, str] = {}
    rows = Component.objects.filter(
        version__cocktail__patient=None, version__cocktail__retired_at=None, product__in=products
    ).values_list("version", "version__cocktail__name", "product")
    for version, name, product in rows[:5000]:
        saved[version].add(product)
        called[version] = name
    by_products = {"+".join(map(str, sorted(held))): called[version] for version, held in saved.items()}
    return {"own": "Made for one person"} | {
        key: by_products.get("+".join(map(str, sorted(_ids(key.split("+"))))))
        or " + ".join(names.get(pk, "?") for pk in sorted(_ids(key.split("+"))))
        for key in keys
        if key != "own"
    }


def _is_day(key: str) -> bool:
    try:
        date.fromisoformat(key)
    except ValueError:
        return False
    return True


def _ids(keys: Iterable[str]) -> list[int]:
    return [int(key) for key in keys if key.isdecimal()]


def _by_key(rows: Iterable[tuple[int, str]]) -> dict[str, str]:
    return {str(pk): text for pk, text in rows}
