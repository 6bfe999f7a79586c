"""Keep what is charted in a session that is not signed: the whole chart at once, and only what differs is written."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import TypeVar

from django.db import models, transaction
from django.utils import timezone

from mesoclinic.accounts.models import User
from mesoclinic.accounts.permissions import Permission
from mesoclinic.core import audit
from mesoclinic.core.findings import Refused, block, gate
from treatments.sessions.actions.alerts import raise_alerts_of_words_in_chart
from treatments.sessions.actions.already_given import mark_doses_already_given
from treatments.sessions.actions.checks import lock_session, refuse_unless_allowed_in_session
from treatments.sessions.models import (
    ChecklistAnswer,
    Dose,
    Pain,
    PainRelief,
    Reaction,
    Syringe,
    TreatmentSession,
    ZoneTreatment,
)
from treatments.sessions.queries.relief import blocking_findings_of_new_relief
from treatments.sessions.queries.sessions import SessionDetail, chart_of_session, session_detail_for_charting
from treatments.sessions.rules.chart_checks import (
    ChosenLot,
    check_chart_figures_possible,
    check_new_lots_match_and_usable,
    check_performer_is_clinician,
    doses_from_new_lots,
)
from treatments.sessions.rules.charting import (
    COLUMNS,
    DoseEntry,
    ReactionEntry,
    ReliefEntry,
    SessionChart,
    ZoneEntry,
)
from treatments.sessions.rules.safety_questions import check_ended_risks_are_on_record
from treatments.sessions.rules.scalp_look import check_scalp_looked_at
from treatments.sessions.rules.states import SessionStatus
from treatments.stock.models import Lot
from treatments.stock.queries import lot_as_choice

#: What is unique among the rows of one part: an id, or a name.
Key = TypeVar("Key", int, str)


class ChangedMeanwhile(Refused):
    """Two people chart one session: ``there`` is what is stored, at ``revision``; ``here`` what was sent."""

    def __init__(self, there: SessionChart, here: SessionChart, revision: int):
        message = (
            "This session was changed meanwhile, in another window or by a colleague. "
            "Both versions are below: choose which one stays."
        )
        super().__init__(block("changed-meanwhile", message, fixed=True))
        self.there, self.here, self.revision = there, here, revision


@transaction.atomic
def save_chart(
    *,
    session: TreatmentSession,
    by: User,
    revision: int,
    chart: SessionChart,
    detail: SessionDetail | None = None,
    look: Sequence[str] = (),
    now: datetime | None = None,
) -> TreatmentSession:
    """Keep the whole chart of a draft, in one transaction. Only what differs is written.

    ``revision`` is the one the chart was read at: where the session was saved since, with something else in
    it, raises :class:`ChangedMeanwhile` with both versions. ``look``: what was seen at the scalp, and where. A lot that may not be used is refused by name.
    ``detail``: the session as the page has read it, so that it is not read again where nobody saved it since.
    """
    refuse_unless_allowed_in_session(by, Permission.RUN_SESSION)
    locked = lock_session(session)
    if locked.status != SessionStatus.DRAFT:
        raise Refused.because("This session is signed. Add an addendum to correct it.", code="session:signed")
    if detail is None or detail.session.revision != locked.revision:
        detail = session_detail_for_charting(session.pk)
    stands = chart_of_session(detail)
    if locked.revision != revision and chart != stands:
        raise ChangedMeanwhile(stands, chart, locked.revision)
    if chart == stands:
        return locked
    now = now or timezone.now()
    _refuse_impossible_chart(detail, chart, stands, now, by, look)
    _save_changed_parts(detail, chart, stands, by, now)
    raise_alerts_of_words_in_chart(locked, stands, chart, by)
    for name in COLUMNS:
        setattr(locked, name, getattr(chart, name))
    locked.revision += 1
    locked.saved_at = now
    locked.save(update_fields=[*COLUMNS, "revision", "saved_at"])
    audit.record(
        by=by,
        did="session.saved",
        about=locked,
        patient_id=locked.patient_id,
        revision=locked.revision,
        fields=_names_of_differing_fields(stands, chart),
    )
    return locked


def _names_of_differing_fields(before: SessionChart, after: SessionChart) -> list[str]:
    """The names of the fields of the chart that differ."""
    names = ("ticked", "doses", "zones", "pain", "relief", "reactions", *COLUMNS)
    return [name for name in names if getattr(before, name) != getattr(after, name)]


def _refuse_impossible_chart(
    detail: SessionDetail,
    chart: SessionChart,
    stands: SessionChart,
    now: datetime,
    by: User,
    look: Sequence[str],
) -> None:
    """What no draft may hold, said before the database refuses it."""
    session = detail.session
    found = [
        *check_chart_figures_possible(
            chart,
            planned={each.product_id for each in detail.components},
            performed_on=session.performed_on,
            today=timezone.localtime(now, session.clinic.zone).date(),
        ),
        *check_new_lots_match_and_usable(
            chart.doses,
            stands.doses,
            _newly_chosen_lots_by_id(session, chart, stands),
            session.performed_on,
            now,
        ),
        *check_performer_is_clinician(
            chart.performed_by_id, stands.performed_by_id, _clinician_ids_newly_named(session, chart, stands)
        ),
    ]
    found += blocking_findings_of_new_relief(session, chart, stands, by)
    if detail.asked_before is not None:
        found += check_scalp_looked_at(detail.asked_before.look, look, chart, stands)
    if chart.safety != stands.safety:
        found += check_ended_risks_are_on_record(chart.safety, {row.pk for row in detail.risk_factors})
    gate(found)


def _clinician_ids_newly_named(
    session: TreatmentSession, chart: SessionChart, stands: SessionChart
) -> set[int]:
    """Who is said anew to have injected, where they are a clinician here."""
    said = chart.performed_by_id
    if said is None or said == stands.performed_by_id:
        return set()
    return set(User.objects.clinicians(session.clinic).filter(pk=said).values_list("pk", flat=True))


def _newly_chosen_lots_by_id(
    session: TreatmentSession, chart: SessionChart, stands: SessionChart
) -> dict[int, ChosenLot]:
    """The lots that come into the chart now, as far as this clinic holds them."""
    new = [dose.lot_id for dose in doses_from_new_lots(chart.doses, stands.doses)]
    if not new:
        return {}
    lots = Lot.objects.of_clinic(session.clinic).filter(pk__in=new).select_related("product")
    return {lot.pk: ChosenLot(lot.product_id, lot_as_choice(lot)) for lot in lots}


def _save_changed_parts(
    detail: SessionDetail, chart: SessionChart, stands: SessionChart, by: User, now: datetime
) -> None:
    """Write the parts of the chart that differ from what stands; nothing where none does."""
    session = detail.session
    mine = {"treatment_session_id": session.pk}
    gone = stands.ticked - chart.ticked
    new = chart.ticked - stands.ticked
    if gone:
        ChecklistAnswer.objects.filter(**mine, item__in=gone).delete()
    if new:
        ChecklistAnswer.objects.bulk_create(
            ChecklistAnswer(**mine, item_id=item, by=by) for item in sorted(new)
        )
    if chart.doses != stands.doses:
        _save_changed_doses(detail, chart.doses, stands.doses, by, now)
    if chart.zones != stands.zones:
        _save_zones(session, chart.zones, stands.zones)
    if chart.pain != stands.pain:
        _delete_gone_and_upsert_rows(
            Pain,
            session,
            key="moment",
            wanted={moment: Pain(**mine, moment=moment, score=score) for moment, score in chart.pain.items()},
            stood=set(stands.pain),
            columns=["score"],
        )
    if chart.relief != stands.relief:
        _delete_gone_and_upsert_rows(
            PainRelief,
            session,
            key="method",
            wanted={
                entry.method: _unsaved_pain_relief(session, entry, detail.relief, by, now)
                for entry in chart.relief
            },
            stood={entry.method for entry in stands.relief},
            columns=["lidocaine_mg", "label", "already_given_at", "already_given_by"],
        )
    if chart.reactions != stands.reactions:
        _delete_gone_and_upsert_rows(
            Reaction,
            session,
            key="effect_id",
            wanted={entry.effect_id: _unsaved_reaction(session, entry) for entry in chart.reactions},
            stood={entry.effect_id for entry in stands.reactions},
            columns=["grade", "note", "zone", "began_on", "ended_on"],
            among=["occasion"],
        )


def _save_zones(session: TreatmentSession, wanted: Sequence[ZoneEntry], stood: Sequence[ZoneEntry]) -> None:
    """Zones of the map are written over; drawn ones, which have no row of their own to meet, anew."""
    _delete_gone_and_upsert_rows(
        ZoneTreatment,
        session,
        key="zone_id",
        wanted={entry.zone_id: unsaved_zone(session, entry) for entry in wanted if entry.zone_id},
        stood={entry.zone_id for entry in stood if entry.zone_id},
        columns=["points", "ml_per_point", "depth_mm", "area_cm2", "spacing_cm"],
    )
    drawn = [entry for entry in wanted if not entry.zone_id]
    before = [entry for entry in stood if not entry.zone_id]
    if drawn != before:
        ZoneTreatment.objects.filter(treatment_session=session.pk, zone=None).delete()
        ZoneTreatment.objects.bulk_create(unsaved_zone(session, entry) for entry in drawn)


def _delete_gone_and_upsert_rows(
    model: type[models.Model],
    session: TreatmentSession,
    *,
    key: str,
    wanted: Mapping[Key, models.Model],
    stood: AbstractSet[Key],
    columns: list[str],
    among: Sequence[str] = (),
) -> None:
    """Rows of one part, by what is unique among them (``key`` and ``among``): gone ones deleted, the rest
    written over."""
    rows = model._default_manager.filter(treatment_session=session.pk)
    if gone := stood - wanted.keys():
        rows.filter(**{f"{key}__in": gone}).delete()
    if wanted:
        model._default_manager.bulk_create(
            wanted.values(),
            update_conflicts=True,
            unique_fields=["treatment_session", key.removesuffix("_id"), *among],
            update_fields=columns,
        )


def _save_changed_doses(
    detail: SessionDetail, wanted: Sequence[DoseEntry], stood: Sequence[DoseEntry], by: User, now: datetime
) -> None:
    """A dose is its lot. One that stays is changed, not written anew: its lot may have been recalled since.

    A mark that it was given already stays as it was set, by whom and when.
    """
    before = {entry.lot_id: entry for entry in stood}
    after = {entry.lot_id: entry for entry in wanted}
    session = detail.session
    rows = Dose.objects.filter(treatment_session=session.pk)
    if gone := before.keys() - after.keys():
        rows.filter(lot__in=gone).delete()
    if changed := [entry for lot, entry in after.items() if lot in before and before[lot] != entry]:
        rows_by_lot = {row.lot_id: row for row in detail.doses}
        for entry in changed:
            row = rows_by_lot[entry.lot_id]
            row.ml, row.planned_ml, row.lot_read = entry.ml, entry.planned_ml, entry.lot_read
        mark_doses_already_given(detail, {entry.lot_id for entry in changed if entry.is_given}, by, now)
        Dose.objects.bulk_update(
            [rows_by_lot[entry.lot_id] for entry in changed], ["ml", "planned_ml", "lot_read"]
        )
    if new := [entry for lot, entry in after.items() if lot not in before]:
        syringe = Syringe.objects.filter(treatment_session=session.pk).first()
        if syringe is None:
            raise ValueError("a started session has its syringe")
        Dose.objects.bulk_create(unsaved_dose(session, syringe, entry, by, now) for entry in new)


def unsaved_dose(
    session: TreatmentSession, syringe: Syringe, entry: DoseEntry, by: User, now: datetime
) -> Dose:
    return Dose(
        treatment_session_id=session.pk,
        syringe=syringe,
        product_id=entry.product_id,
        lot_id=entry.lot_id,
        planned_ml=entry.planned_ml,
        ml=entry.ml,
        lot_read=entry.lot_read,
        already_given_at=now if entry.is_given else None,
        already_given_by=by if entry.is_given else None,
    )


def unsaved_zone(session: TreatmentSession, entry: ZoneEntry) -> ZoneTreatment:
    return ZoneTreatment(
        treatment_session_id=session.pk,
        zone_id=entry.zone_id,
        points=entry.points,
        ml_per_point=entry.ml_per_point,
        depth_mm=entry.depth_mm,
        area_cm2=entry.area_cm2,
        spacing_cm=entry.spacing_cm,
        name=entry.name,
        outline=[list(corner) for corner in entry.outline],
    )


def _unsaved_reaction(session: TreatmentSession, entry: ReactionEntry) -> Reaction:
    return Reaction(
        treatment_session_id=session.pk,
        effect_id=entry.effect_id,
        grade=entry.grade,
        note=entry.note[:200],
        zone_id=entry.zone_id,
        began_on=entry.began_on,
        ended_on=entry.ended_on,
    )


def _unsaved_pain_relief(
    session: TreatmentSession, entry: ReliefEntry, stood: Sequence[PainRelief], by: User, now: datetime
) -> PainRelief:
    """A mark that it was given already stays as it was set, by whom and when."""
    before = next((row for row in stood if row.method == entry.method and row.already_given_at), None)
    marked = (now, by.pk) if before is None else (before.already_given_at, before.already_given_by_id)
    given_at, given_by = marked if entry.is_given else (None, None)
    return PainRelief(
        treatment_session_id=session.pk,
        method=entry.method,
        lidocaine_mg=entry.lidocaine_mg,
        label=entry.label,
        already_given_at=given_at,
        already_given_by_id=given_by,
    )
