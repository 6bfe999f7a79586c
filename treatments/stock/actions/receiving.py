"""What a delivery brings besides lots: certificates, and who releases."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from mesoclinic.accounts.models import Clinic, User
from mesoclinic.core import audit
from mesoclinic.core.findings import Finding, gate
from mesoclinic.core.locking import lock_row
from mesoclinic.core.uploads import CheckedFile
from treatments.catalogue.models import Gtin, Product
from treatments.catalogue.queries.products import products_by_gtin
from treatments.stock import queries
from treatments.stock.models import Certificate, Lot, StockMovement
from treatments.stock.rules.ledger import MovementKind
from treatments.stock.rules.lots import Receipt, check_delivered_lot_origin_and_dates, why_product_barred_text


@transaction.atomic
def save_certificate(*, clinic: Clinic, file: CheckedFile, by: User) -> Certificate:
    """Keep a checked file, privately; a lot names it when its line is received."""
    certificate, is_new = Certificate.objects.get_or_create(
        clinic=clinic,
        name=file.name,
        sha256=hashlib.sha256(file.content).hexdigest(),
        uploaded_by=by,
        defaults={"content": file.content},
    )
    if not is_new:
        return certificate
    audit.record(by=by, did="certificate.kept", about=certificate, bytes=len(file.content))
    return certificate


@transaction.atomic
def save_second_person_release_setting(*, clinic: Clinic, wanted: bool, by: User) -> Clinic:
    """Whether somebody other than who received a lot releases it, from now on."""
    clinic = lock_row(Clinic, clinic.pk)
    if clinic.second_person_release != wanted:
        clinic.second_person_release = wanted
        clinic.save(update_fields=["second_person_release"])
        audit.record(by=by, did="clinic.second_person", about=clinic, wanted=wanted)
    return clinic


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
    gate(check_delivery_lots_acceptable(clinic=clinic, lines=lines))
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
    Product.objects.filter(pk__in=[product.pk for product, _ in lines], received_since=None).update(
        received_since=min(line.received_on for _, line in lines)
    )
    for lot, (_, line) in zip(lots, lines, strict=True):
        lot.on_hand_ml = line.ml  # as the ledger's trigger has just written it
    audit.record(by=by, did="lots.received", about=lots[0], lots=[lot.pk for lot in lots])
    return lots


def check_delivery_lots_acceptable(
    *, clinic: Clinic, lines: Sequence[tuple[Product, Receipt]]
) -> list[Finding]:
    """What is wrong with a delivery, each at ``<line>-<field>``. Writes nothing."""
    held = set(
        Lot.objects.of_clinic(clinic)
        .filter(number__in=[line.number for _, line in lines])
        .values_list("product_id", "number")
    )
    barred = _barred_reasons_by_product_id([product for product, _ in lines])
    known_gtins = products_by_gtin(line.gtin for _, line in lines)
    findings: list[Finding] = []
    for place, (product, line) in enumerate(lines):
        found = check_delivered_lot_origin_and_dates(
            line,
            timezone.localdate(),
            known=(product.pk, line.number) in held,
            blocked_because=barred.get(product.pk, ""),
            gtin_of=_other_product_with_gtin_or_empty(known_gtins.setdefault(line.gtin, product), product)
            if line.gtin
            else "",
        )
        findings += [replace(f, where=f"{place}-{f.where}") for f in found]
        held.add((product.pk, line.number))
    return findings


def _other_product_with_gtin_or_empty(found: Product, chosen: Product) -> str:
    """The product that the GTIN is, where that is another than the chosen one; else empty."""
    return "" if found.pk == chosen.pk else str(found)


def _barred_reasons_by_product_id(products: Iterable[Product]) -> dict[int, str]:
    """Why each of these products may never be used, for those that may not."""
    return {
        product.pk: why_product_barred_text(product.blocked_reason)
        for product in queries.barred_products(product.pk for product in products)
    }
