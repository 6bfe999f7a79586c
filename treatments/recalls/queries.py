"""Who received the lots of a recall, through any syringe, and who of them was told."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from django.contrib.postgres.fields import ArrayField
from django.db import connection
from django.db.models import Count, QuerySet, Sum, TextField
from django.db.models.expressions import RawSQL

from mesoclinic.accounts.models import Clinic
from mesoclinic.core.paging import FIRST, Page, Place, page_of
from treatments.recalls.models import RecallCase, RecallLot
from treatments.recalls.rules import (
    Match,
    Tally,
    find_lot_in_notice_or_none,
    notice_names_product,
    read_notice,
)
from treatments.stock.models import Lot

PAGE = 50
CASES = 40

_SQL = Path(__file__).parent / "sql"
_RECIPIENTS = (_SQL / "recipients.sql").read_text(encoding="utf-8")
_CONTACTS = _RECIPIENTS + (_SQL / "contacts.sql").read_text(encoding="utf-8")
_TALLY = _RECIPIENTS + (_SQL / "tally.sql").read_text(encoding="utf-8")
_TO_TELL = (_SQL / "to_tell.sql").read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody who received a lot of the recall. ``others`` had some of the same opened vial."""

    patient_id: int
    record_number: str
    name: str
    phone: str
    email: str
    address: str
    language: str
    died_on: date | None
    sort_key: str
    sessions: int
    last_on: date
    ml: Decimal
    lots: Sequence[str]
    in_draft: bool
    all_void: bool
    others: int
    attempts: int
    reached: bool
    outcome: str | None
    channel: str | None
    note: str | None
    at: datetime | None
    by_first: str | None
    by_last: str | None


def lot_ids_of_case(case: RecallCase) -> list[int]:
    """The ids of a case's lots. One query."""
    return list(case.lots.values_list("lot", flat=True))


def recipients_of_lots(
    case: RecallCase | None,
    lots: Iterable[int],
    *,
    show: str = "",
    after: tuple[str, int] | None = None,
    most: int | None = None,
) -> list[Recipient]:
    """Everyone who received one of ``lots``, by name; ``case`` adds who was told. One query.

    ``show``: "reached", "todo", or "" for all. ``after`` is the (sort key, id) of the last one seen.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _CONTACTS,
            {
                "lots": list(lots),
                "case": case.pk if case else None,
                "show": show,
                "key": after[0] if after else None,
                "after": after[1] if after else 0,
                "most": most,
            },
        )
        return [Recipient(*row) for row in cursor.fetchall()]


def recall_tally(case: RecallCase | None, lots: Iterable[int]) -> Tally:
    """A recall in figures. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_TALLY, {"lots": list(lots), "case": case.pk if case else None})
        return Tally(*cursor.fetchone())


@dataclass(frozen=True, slots=True)
class PersonToTell:
    """Somebody who received a lot of an open recall and was not reached yet."""

    case_id: int
    patient_id: int
    name: str
    phone: str


def people_to_tell(clinic: Clinic, most: int) -> tuple[list[PersonToTell], int]:
    """Whom this clinic treated with a recalled lot and has not reached, and how many there are. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_TO_TELL, {"clinic": clinic.pk, "most": most})
        rows = cursor.fetchall()
    return [PersonToTell(*row[:4]) for row in rows], rows[0][4] if rows else 0


def people_to_tell_keys_subquery(clinic: Clinic, most: int) -> RawSQL:
    """Whom :func:`people_to_tell` names, as texts ("7:12": the case, then the patient), within another query."""
    to_tell = _TO_TELL.replace("%(clinic)s", "%s").replace("%(most)s", "%s")
    return RawSQL(
        f"ARRAY(SELECT case_id || ':' || person FROM ({to_tell}) AS to_tell)",
        [clinic.pk, most],
        ArrayField(TextField()),
    )


def recall_lot_rows_of_case(case: RecallCase) -> QuerySet[RecallLot]:
    """A case's lots with product and clinic. One query."""
    return case.lots.select_related("lot__product", "lot__clinic").order_by("pk")


def ml_by_lot_and_movement(lots: Iterable[int]) -> dict[tuple[int, str], Decimal]:
    """(lot, kind of movement) to ml: what was received, used, wasted and returned. One query."""
    rows = (
        Lot.objects.filter(pk__in=list(lots), movements__isnull=False)
        .values_list("pk", "movements__kind")
        .annotate(ml=Sum("movements__ml"))
        .order_by()
    )
    return {(pk, kind): ml for pk, kind, ml in rows}


def page_of_cases(clinic: Clinic, place: Place = FIRST) -> Page[RecallCase]:
    """A page of the cases of a clinic, the newest first, with how many lots. One query."""
    found = RecallCase.objects.concerning_clinic(clinic)
    found = found.select_related("opened_by", "ended_by").annotate(lot_count=Count("lots"))
    return page_of(found, ["pk"], place, size=CASES, newest=True)


# ── which lots a notice names ────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Named:
    """A lot of ours that a notice names. ``product_said``: the notice names its product too."""

    lot: Lot
    match: Match
    product_said: bool
    chosen: bool


@dataclass(frozen=True)
class Reading:
    """What a notice says of our shelf. ``all_lots``: it also says "all lots", so look at the products it names."""

    named: list[Named]
    all_lots: bool


def lots_named_in_notice(text: str, clinic: Clinic) -> Reading:
    """The lots of ``clinic`` that a notice, or a list of numbers, names; ready for a person to look at. One query.

    Chosen beforehand: what stands there beyond doubt, of a product the notice names (of any, where it names none).
    """
    notice = read_notice(text)
    found = []
    for lot in (
        Lot.objects.of_clinic(clinic).select_related("product").order_by("number", "product__name_key", "pk")
    ):
        match = find_lot_in_notice_or_none(lot.number, notice)
        if match is not None:
            said = notice_names_product([lot.product.name], notice)
            found.append((lot, match, said))
    names_one = any(said for _, _, said in found)
    return Reading(
        [Named(lot, match, said, match.is_sure and (said or not names_one)) for lot, match, said in found],
        notice.all_lots,
    )


def same_lots_at_all_clinics(lots: Iterable[Lot]) -> list[Lot]:
    """These lots, and the same ones at the organisation's other clinics: one number of one product. One query."""
    wanted = {(lot.product_id, lot.number) for lot in lots}
    rows = Lot.objects.filter(
        product__in={product for product, _ in wanted}, number__in={number for _, number in wanted}
    ).order_by("pk")
    return [lot for lot in rows if (lot.product_id, lot.number) in wanted]
