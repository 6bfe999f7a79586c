"""Volume limits, dose coverage and substance identities as the catalogue's statement reads them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from treatments.cocktails.rules.mix import Identity
from treatments.cocktails.rules.rulebook import VolumeCeiling, VolumeLevel, VolumeScope

#: Of a row in ``catalogue.sql``, in the order of its columns.
CeilingRead = tuple[
    str,
    str,
    VolumeScope,
    int | None,
    str,
    str | None,
    str,
    VolumeLevel,
    str,
    str,
    str,
    list[str],
    str,
    bool,
    bool,
    str,
]
IdentityRead = tuple[int, str, list[str], list[str], bool, bool, list[str]]


def parse_volume_ceilings(
    rows: Sequence[CeilingRead], codes: Mapping[int, str], cite: Callable[[Sequence[str], str], str]
) -> tuple[VolumeCeiling, ...]:
    """``codes``: ingredients by id; ``cite``: source keys, and the words where there are none, to the source."""
    return tuple(
        VolumeCeiling(
            what=what,
            technique=technique,
            scope=scope,
            ingredient=codes[of] if of is not None else "",
            zone=zone,
            maximum=None if maximum is None else Decimal(maximum),
            unit=unit,
            level=level,
            finding=finding,
            note=note,
            basis=basis,
            source=cite(keys, text),
            reviewed=reviewed,
            is_own=own,
            set_by=set_by,
        )
        for (
            what,
            technique,
            scope,
            of,
            zone,
            maximum,
            unit,
            level,
            finding,
            note,
            basis,
            keys,
            text,
            reviewed,
            own,
            set_by,
        ) in rows
    )


@dataclass(frozen=True, slots=True)
class Identities:
    """Which substance each ingredient is, by id, and which ingredients a product may hold, by its code."""

    of_ingredient: Mapping[int, Identity]
    maybe_inside: Mapping[str, tuple[int, ...]]


def parse_identities(rows: Sequence[IdentityRead]) -> Identities:
    maybe: dict[str, tuple[int, ...]] = {}
    for of, *_, products in rows:
        for product in products:
            maybe[product] = (*maybe.get(product, ()), of)
    return Identities(
        of_ingredient={
            of: Identity(moiety, tuple(pools), tuple(possible), is_mixture, counted)
            for of, moiety, pools, possible, is_mixture, counted, _ in rows
        },
        maybe_inside=maybe,
    )
