"""How much a session injects, against its ceilings: what the chart says, and what else was given on the day."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import TypedDict

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet, TextField
from django.db.models.functions import Cast, JSONObject

from mesoclinic.core.findings import Finding
from patients.models import records_of
from treatments.cocktails.queries.catalogue import Catalogue
from treatments.cocktails.rules.mix import Mix
from treatments.cocktails.rules.volumes import Injected, check_zone_volumes_and_depth_limits
from treatments.sessions.models import Dose, TreatmentSession, ZoneTreatment
from treatments.sessions.rules.states import SessionStatus

#: What a session asks of volumes: findings of the mix, and of points, regions and depth.
VOLUME_CODES = ("volume-", "area:volume", "depth")


@dataclass(frozen=True, slots=True)
class Injections:
    """Where and how a session injects, as charted."""

    technique: str
    zones: Sequence[Injected]


def charted_injections(technique: str, zones: Sequence[ZoneTreatment]) -> Injections:
    return Injections(
        technique,
        [
            Injected(row.code, row.label, row.points, row.points * row.ml_per_point, row.depth_mm)
            for row in zones
        ],
    )


def volume_findings_of_chart(
    found: Sequence[Finding], mix: Mix, catalogue: Catalogue, injections: Injections | None
) -> list[Finding]:
    """What a chart is asked about volume: of what ``found`` says of the mix, and of its points and zones.

    Before there is a chart nothing: the cocktail's signature asked it. What is charted was given, so nothing of it
    is refused for good: the record takes it, with a clinician's reason (law 16).
    """
    if injections is None:
        return []
    asked = [
        *(finding for finding in found if finding.code.startswith(VOLUME_CODES)),
        *check_zone_volumes_and_depth_limits(
            [mix], catalogue.rulebook, injections.technique, injections.zones
        ),
    ]
    return [_finding_made_overridable(finding) for finding in asked if finding.blocks or finding.warns]


def _finding_made_overridable(finding: Finding) -> Finding:
    if not finding.fixed:
        return finding
    said = finding.message.replace("Nobody goes past this.", "If it was given, a clinician writes why.")
    return replace(finding, fixed=False, message=said)


class GivenRead(TypedDict):
    """One dose of another session of the day; ``ml`` as text, so that a Decimal stays one."""

    session: int
    code: str
    ml: str


def _doses_of_signed_sessions_queryset() -> QuerySet[Dose]:
    signed = (SessionStatus.SIGNED, SessionStatus.AMENDED)
    return Dose.objects.filter(treatment_session__status__in=signed).order_by("treatment_session", "pk")


def annotate_other_doses_that_day(sessions: QuerySet[TreatmentSession]) -> QuerySet[TreatmentSession]:
    """Sessions with ``given_today``: what other sessions gave their patient on the day."""
    doses = (
        _doses_of_signed_sessions_queryset()
        .filter(
            treatment_session__patient__in=records_of(OuterRef("patient")),
            treatment_session__performed_on=OuterRef("performed_on"),
        )
        .exclude(treatment_session=OuterRef("pk"))
        .values(
            fact=JSONObject(
                session="treatment_session", code="product__code", ml=Cast("ml", output_field=TextField())
            )
        )
    )
    return sessions.annotate(given_today=ArraySubquery(doses))


def other_doses_that_day_annotated_on_session(session: TreatmentSession) -> list[GivenRead]:
    """Of a session of :func:`annotate_other_doses_that_day`."""
    given: list[GivenRead] = session.given_today  # type: ignore[attr-defined]
    return given


def doses_given_on_day(patient_id: int, on: date) -> list[GivenRead]:
    """What signed sessions gave a patient on a day. One query."""
    doses = _doses_of_signed_sessions_queryset().filter(
        treatment_session__patient=patient_id, treatment_session__performed_on=on
    )
    rows = doses.values_list("treatment_session_id", "product__code", "ml")
    return [GivenRead(session=session, code=code, ml=str(ml)) for session, code, ml in rows]


def mix_of_each_session_given(catalogue: Catalogue, given: Sequence[GivenRead]) -> list[Mix]:
    """A syringe for each session that gave something: its doses add up.

    Its volume does not: how much may go in is asked of each session.
    """
    by_session: dict[int, list[tuple[str, Decimal | None]]] = {}
    for row in given:
        by_session.setdefault(row["session"], []).append((row["code"], Decimal(row["ml"])))
    return [
        replace(
            catalogue.build_mix_of_known_products(lines, kind="single", syringe_ml=Decimal(60)),
            is_injected=False,
        )
        for lines in by_session.values()
    ]
