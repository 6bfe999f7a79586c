"""What may be written in the catalogue: the shipped reference rows, products, lots and the ledger."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import models, transaction
from django.utils import timezone

from mesoclinic.accounts.models import Clinic, User
from mesoclinic.core import audit
from mesoclinic.core.findings import Finding, Refused, block, gate
from mesoclinic.core.quantities import ZERO, plain
from mesoclinic.core.reference import Loaded, load_rows
from patients.models import Factor
from treatments.catalogue import queries
from treatments.catalogue import rules as stock_rules
from treatments.catalogue.actions import vials
from treatments.catalogue.actions.products import add_product, edit_product
from treatments.catalogue.models import (
    Certificate,
    Contraindication,
    DoseLimit,
    Gtin,
    Ingredient,
    Interaction,
    Lot,
    Product,
    ProductContent,
    StockMovement,
)
from treatments.catalogue.rules import LotStatus, Movement, MovementKind, Receipt

Rows = Iterable[Mapping[str, Any]]

__all__ = [
    "add_product",
    "count_lot",
    "edit_product",
    "load_contraindications",
    "load_dose_limits",
    "load_ingredients",
    "load_interactions",
    "load_products",
    "move_stock",
    "open_lot",
    "quarantine_lot",
    "recall_lot",
    "receive_delivery",
    "receive_lot",
    "release_lot",
    "take_from_lots",
]


# --- the shipped data --------------------------------------------------------


def load_ingredients(*, rows: Rows) -> Loaded:
    """Field names to values, by ``code``."""
    return load_rows(Ingredient, rows, key=("code",))[1]


def load_dose_limits(*, rows: Rows) -> Loaded:
    """Field names to values; ``ingredient_code`` names the ingredient."""
    ingredients = _by_code(Ingredient)
    limits = [
        {**_without(row, "ingredient_code"), "ingredient": ingredients[row["ingredient_code"]]}
        for row in rows
    ]
    return load_rows(DoseLimit, limits, key=("ingredient", "kind", "unit", "period"))[1]


def load_interactions(*, rows: Rows) -> Loaded:
    """Field names to values; ``ingredient_codes`` is the pair, the second None for every other ingredient."""
    ingredients = _by_code(Ingredient)
    pairs = []
    for row in rows:
        one, other = row["ingredient_codes"]
        pair = sorted((ingredients[code] for code in (one, other) if code), key=lambda i: i.pk)
        pairs.append(
            {
                **_without(row, "ingredient_codes"),
                "first": pair[0],
                "second": pair[1] if len(pair) == 2 else None,
            }
        )
    return load_rows(Interaction, pairs, key=("first", "second", "kind", "scope"))[1]


def load_contraindications(*, rows: Rows) -> Loaded:
    """Field names to values; ``ingredient_code`` None is the whole treatment, ``factor_code`` None everyone."""
    ingredients, factors = _by_code(Ingredient), _by_code(Factor)
    found = [
        {
            **_without(row, "ingredient_code", "factor_code"),
            "ingredient": ingredients[row["ingredient_code"]] if row["ingredient_code"] else None,
            "factor": factors[row["factor_code"]] if row["factor_code"] else None,
        }
        for row in rows
    ]
    return load_rows(Contraindication, found, key=("ingredient", "factor", "factor_text"))[1]


def load_products(*, rows: Rows) -> Loaded:
    """Field names to values, by ``code``; ``contents`` is a list of ingredient codes, their strength unknown."""
    rows = list(rows)
    ingredients = _by_code(Ingredient)
    before = {p.code: p.loaded.get("contents", []) for p in Product.objects.exclude(loaded={})}
    products, loaded = load_rows(Product, [_without(row, "contents") for row in rows], key=("code",))
    for row in rows:
        _load_contents(
            products[(row["code"],)],
            ingredients,
            shipped=list(row["contents"]),
            before=before.get(row["code"], []),
        )
    return loaded


def _load_contents(
    product: Product, ingredients: dict[str, Any], *, shipped: list[str], before: list[str]
) -> None:
    """Bring what the data newly says is in a product; strengths and contents the clinic typed stay."""
    product.loaded["contents"] = shipped
    product.save(update_fields=["loaded"])
    gone = [code for code in before if code not in shipped]
    product.contents.filter(ingredient__code__in=gone, mg_per_ml=None).delete()
    for code in shipped:
        if code not in before:
            ProductContent.objects.get_or_create(product=product, ingredient=ingredients[code])


def _by_code(model: type[models.Model]) -> dict[str, Any]:
    return {row.code: row for row in model._default_manager.all()}  # type: ignore[attr-defined]


def _without(row: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in names}


# --- lots --------------------------------------------------------------------


def receive_lot(
    *,
    clinic: Clinic,
    product: Product,
    number: str,
    maker: str,
    country: str,
    supplier: str,
    received_on: date,
    expires_on: date,
    ml: Decimal,
    by: User,
    certificate: str = "",
    unit_cost: Decimal | None = None,
    serial: str = "",
    gtin: str = "",
    certificate_file: Certificate | None = None,
) -> Lot:
    """One lot comes in, into quarantine."""
    line = Receipt(
        product=product.name,
        number=number,
        maker=maker,
        country=country,
        supplier=supplier,
        received_on=received_on,
        expires_on=expires_on,
        ml=ml,
        certificate=certificate,
        unit_cost=unit_cost,
        serial=serial,
        gtin=gtin,
    )
    files = {0: certificate_file} if certificate_file else {}
    return receive_delivery(clinic=clinic, lines=[(product, line)], by=by, certificates=files)[0]


@transaction.atomic
def receive_delivery(
    *,
    clinic: Clinic,
    lines: Sequence[tuple[Product, Receipt]],
    by: User,
    certificates: Mapping[int, Certificate] | None = None,
) -> list[Lot]:
    """Every lot of a delivery, or none. They come into quarantine: somebody reads their papers, then releases.

    ``certificates`` are the files kept for a line, by its place. A GTIN that nobody knew is this product's from
    now on. Refused findings point at ``<line>-<field>``, lines counted from 0.
    """
    certificates = certificates or {}
    gate(check_delivery(clinic=clinic, lines=lines))
    lots = Lot.objects.bulk_create(
        Lot(
            clinic=clinic,
            product=product,
            number=line.number.strip(),
            maker=line.maker.strip(),
            country=line.country.strip(),
            supplier=line.supplier.strip(),
            certificate=line.certificate.strip(),
            certificate_file=certificates.get(place),
            serial=line.serial.strip(),
            received_by=by,
            received_on=line.received_on,
            expires_on=line.expires_on,
            unit_cost=line.unit_cost,
            status=Lot.Status.QUARANTINED,
        )
        for place, (product, line) in enumerate(lines)
    )
    Gtin.objects.bulk_create(
        [Gtin(gtin=line.gtin, product=product, told_by=by) for product, line in lines if line.gtin],
        ignore_conflicts=True,
    )
    StockMovement.objects.bulk_create(
        StockMovement(lot=lot, kind=MovementKind.RECEIVE, ml=line.ml, occurred_on=line.received_on, by=by)
        for lot, (_, line) in zip(lots, lines, strict=True)
    )
    for lot, (_, line) in zip(lots, lines, strict=True):
        lot.on_hand_ml = line.ml  # as the ledger's trigger has just written it
    audit.record(by=by, did="lots.received", about=lots[0], lots=[lot.pk for lot in lots])
    return lots


def check_delivery(*, clinic: Clinic, lines: Sequence[tuple[Product, Receipt]]) -> list[Finding]:
    """What is wrong with a delivery, each at ``<line>-<field>``. Writes nothing."""
    held = set(
        Lot.objects.at(clinic)
        .filter(number__in=[line.number for _, line in lines])
        .values_list("product_id", "number")
    )
    barred = _why_barred([product for product, _ in lines])
    known_gtins = queries.products_by_gtin(line.gtin for _, line in lines)
    findings: list[Finding] = []
    for place, (product, line) in enumerate(lines):
        found = stock_rules.check_receipt(
            line,
            timezone.localdate(),
            known=(product.pk, line.number) in held,
            blocked_because=barred.get(product.pk, ""),
            gtin_of=_other(known_gtins.setdefault(line.gtin, product), product) if line.gtin else "",
        )
        findings += [replace(f, where=f"{place}-{f.where}") for f in found]
        held.add((product.pk, line.number))
    return findings


def _other(found: Product, chosen: Product) -> str:
    return "" if found.pk == chosen.pk else str(found)


def _why_barred(products: Iterable[Product]) -> dict[int, str]:
    """Why each of these products may never be used, for those that may not."""
    return {product.pk: _why(product) for product in queries.barred(product.pk for product in products)}


def _why(product: Product) -> str:
    return product.blocked_reason or "It holds a blocked ingredient."


def release_lot(*, lot: Lot, by: User) -> Lot:
    """Its papers were read and it may be used from now on."""
    return _move_lot(lot=lot, to=LotStatus.RELEASED, reason="", by=by)


def quarantine_lot(*, lot: Lot, reason: str, by: User) -> Lot:
    """Put aside until somebody decides; nobody can use it meanwhile."""
    return _move_lot(lot=lot, to=LotStatus.QUARANTINED, reason=reason, by=by)


def recall_lot(*, lot: Lot, reason: str, by: User) -> Lot:
    """Called back by its maker or an authority: never used again."""
    return _move_lot(lot=lot, to=LotStatus.RECALLED, reason=reason, by=by)


@transaction.atomic
def _move_lot(*, lot: Lot, to: LotStatus, reason: str, by: User) -> Lot:
    lot = _locked(lot)
    reason = reason.strip()
    if not stock_rules.can_move(lot.status, to):
        raise Refused.because(
            f"Lot {lot.number} is {lot.status}: it cannot become {to}. Look at it again.",
            code=f"lot-move:{lot.number}",
        )
    if to is not LotStatus.RELEASED and not reason:
        raise Refused.because(
            f"Say why lot {lot.number} is put aside.", code=f"lot-reason:{lot.number}", where="reason"
        )
    if (
        to is LotStatus.RELEASED
        and (lot.second_person or lot.clinic.second_person_release)
        and lot.received_by_id in (None, by.pk)
    ):
        message = (
            "You received this lot: somebody else reads its papers and releases it."
            if lot.received_by_id
            else f"Nobody knows who received lot {lot.number}: it stays in quarantine."
        )
        raise Refused.because(message, code=f"lot-second-person:{lot.number}")
    if to is LotStatus.RELEASED and lot.expires_on < timezone.localdate():
        raise Refused.because(
            f"Lot {lot.number} has expired. Record it as waste.", code=f"lot-expired:{lot.number}"
        )
    # By relation name: recalls stand above this app (docs/adr/0013), and their trigger says the same.
    if to is LotStatus.RELEASED and lot.recalls.filter(case__status="open").exists():
        raise Refused.because(
            f"Lot {lot.number} is in an open recall. Close or withdraw the recall, then release it.",
            code=f"lot-in-recall:{lot.number}",
        )
    lot.status, lot.status_reason = to.value, reason[:200]
    if to is LotStatus.RELEASED:
        lot.released_by = by
    lot.save(update_fields=["status", "status_reason", "released_by"])
    audit.record(by=by, did=f"lot.{to}", about=lot)
    return lot


@transaction.atomic
def open_lot(*, lot: Lot, by: User) -> Lot:
    """A container of it was opened now: it is offered first until its opened life ends."""
    lot = _locked(lot)
    now = timezone.now()
    gate(_unusable(lot, on=timezone.localdate(), at=now))
    if not vials.hours_of(lot):
        raise Refused.because(
            f"Lot {lot.number} is used at once: an opened one keeps nothing.", code=f"lot-open:{lot.number}"
        )
    vials.open_by_hand(lot=lot, by=by, at=now)
    lot.refresh_from_db()
    audit.record(by=by, did="lot.opened", about=lot)
    return lot


@transaction.atomic
def discard_opened(*, lot: Lot, reason: str, by: User) -> StockMovement:
    """What is left in the opened container of a lot is thrown away."""
    lot = _locked(lot)
    if lot.opened_ml is None:
        raise Refused.because(f"No vial of lot {lot.number} is open.", code=f"lot-not-open:{lot.number}")
    return _move(lot=lot, kind=MovementKind.WASTE, ml=-lot.opened_ml, reason=reason, by=by)


# --- the ledger --------------------------------------------------------------


@transaction.atomic
def move_stock(
    *, lot: Lot, kind: str, ml: Decimal, reason: str, by: User, occurred_on: date | None = None
) -> StockMovement:
    """Waste, return or correct: ``ml`` as people say it ("waste 2"); for a count, the difference.

    Never a use: medicine leaves only in a session (:func:`take_from_lots`).
    """
    lot = _locked(lot)
    kind = MovementKind(kind)
    return _move(
        lot=lot, kind=kind, ml=stock_rules.signed_ml(kind, ml), reason=reason, by=by, occurred_on=occurred_on
    )


@transaction.atomic
def count_lot(*, lot: Lot, counted_ml: Decimal, reason: str, by: User) -> StockMovement | None:
    """Somebody counted ``counted_ml`` on the shelf: the ledger takes the difference. None where it agrees."""
    lot = _locked(lot)
    if counted_ml < 0:
        raise Refused.because("A shelf holds no less than 0 ml.", code="stock-count", where="ml")
    difference = counted_ml - lot.on_hand_ml
    if difference == 0:
        return None
    return _move(lot=lot, kind=MovementKind.COUNT, ml=difference, reason=reason, by=by)


def _move(
    *, lot: Lot, kind: MovementKind, ml: Decimal, reason: str, by: User, occurred_on: date | None = None
) -> StockMovement:
    """Add one line to the ledger of a lot that is locked."""
    reason = reason.strip()
    gate(stock_rules.check_movement(Movement(kind, ml, reason), lot.on_hand_ml, opened_ml=lot.opened_ml))
    movement = StockMovement.objects.create(
        lot=lot,
        kind=kind.value,
        ml=ml,
        occurred_on=occurred_on or timezone.localdate(),
        by=by,
        reason=reason[:200],
    )
    if lot.opened_ml is not None and ml < 0:
        vials.draw_first(lot=lot, movement=movement)
    elif kind is MovementKind.WASTE and lot.opened_until is not None:
        # What was open is thrown away: the next container is a sealed one.
        Lot.objects.filter(pk=lot.pk).update(opened_until=None)
    audit.record(by=by, did=f"stock.{kind}", about=lot, movement=movement.pk)
    return movement


@transaction.atomic
def take_from_lots(
    *,
    needs: Sequence[tuple[int, Decimal]],
    occurred_on: date,
    by: User,
    clinic: Clinic | None = None,
    at: datetime | None = None,
    wasted: Sequence[tuple[int, Decimal]] = (),
    why_wasted: str = "",
    along: Callable[[list[int]], vials.Along] | None = None,
) -> list[StockMovement]:
    """Take ``(lot_id, ml)`` for a session: all of it or nothing (law 4). The movements, in the order of ``needs``.

    Containers are opened as they are needed (``at``, now unless history is written), the open one first; what
    cannot be kept is written off in the same breath. ``wasted`` was drawn up with them and thrown away: its
    movements follow, with ``why_wasted`` as their reason.

    Locks the lots in the order of their ids, so two sessions wait for each other and never deadlock. Raises
    :class:`Refused` naming every lot that is expired, put aside, recalled, blocked, short or, where ``clinic``
    is given, another clinic's. ``along`` is sent with what is written: it ties the uses to what they are for. The
    audit row is the caller's: signing says what was taken.
    """
    at = at or timezone.now()
    wanted: dict[int, Decimal] = defaultdict(lambda: ZERO)
    for lot_id, ml in needs:
        if ml <= 0:
            raise Refused.because(
                "A dose is above 0 ml. Type the amount, or take the line out.",
                code=f"dose:{lot_id}",
                where=f"lot:{lot_id}",
            )
        wanted[lot_id] += ml
    for lot_id, ml in wasted:
        wanted[lot_id] += ml
    lots = {
        lot.pk: lot
        for lot in queries.with_movement_ids(
            queries.with_barred(Lot.objects.select_for_update(of=("self",))),
            most=len(needs) + len(wasted) + 2,  # what was open too long, and what is not kept
        )
        .select_related("product", "clinic")
        .filter(pk__in=wanted)
        .order_by("pk")
    }
    findings: list[Finding] = []
    for lot_id, ml in wanted.items():
        lot = lots.get(lot_id)
        if lot is None or (clinic is not None and lot.clinic_id != clinic.pk):
            findings.append(
                block(
                    f"lot-unknown:{lot_id}",
                    "A lot chosen here is not this clinic's. Choose the lot again.",
                    fixed=True,
                    where=f"lot:{lot_id}",
                )
            )
        elif lot.product.blocked or lot.holds_blocked:
            findings.append(
                block(
                    f"lot-blocked:{lot.number}",
                    f"{lot.product.name} is blocked: {_why(lot.product)}",
                    fixed=True,
                    where=f"lot:{lot_id}",
                )
            )
        elif unusable := _unusable(lot, on=occurred_on, at=at):
            findings += unusable
        elif stock_rules.available_ml(queries.as_choice(lot), at) < ml:
            findings.append(_short(lot, ml, at))
    gate(findings)
    return vials.draw(
        lots=lots,
        needs=needs,
        wasted=wasted,
        why_wasted=why_wasted,
        occurred_on=occurred_on,
        by=by,
        at=at,
        along=along,
    )


def _short(lot: Lot, ml: Decimal, at: datetime) -> Finding:
    good = plain(stock_rules.available_ml(queries.as_choice(lot), at))
    return block(
        f"lot-short:{lot.number}",
        f"Lot {lot.number} of {lot.product.name} holds {good} ml, "
        f"{plain(ml)} ml are needed. Take the rest from another lot.",
        fixed=True,
        where=f"lot:{lot.pk}",
    )


def _unusable(lot: Lot, *, on: date, at: datetime) -> list[Finding]:
    found = stock_rules.usable(queries.as_choice(lot), on, at)
    return [found] if found else []


def _locked(lot: Lot) -> Lot:
    """The lot as it stands now; nobody else changes it until this transaction ends."""
    return Lot.objects.select_for_update(of=("self",)).select_related("product", "clinic").get(pk=lot.pk)
