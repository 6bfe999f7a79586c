"""Record and end what stands on a patient's record: allergies, medicines, diseases, pregnancy."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import date

from django.db import transaction
from django.utils import timezone

from mesoclinic.accounts.models import User
from mesoclinic.core import audit
from mesoclinic.core.findings import Acknowledgement, gate, raise_if_found
from mesoclinic.core.locking import lock_row
from mesoclinic.core.search_text import search_words
from patients import queries
from patients.actions.exposures import raise_alert_if_pregnancy_follows_exposure
from patients.actions.self_harm import raise_alert_if_self_harm_is_named
from patients.models import Factor, Patient, RiskFactor, records_of
from patients.rules.allergies import ALLERGY, factors_from_words, says_no_allergy
from patients.rules.risk_factors import (
    check_any_factor_is_new,
    check_ending_is_written,
    check_risk_factor_can_end_on,
    check_risk_factor_label_and_days,
    text_of_ending,
)


def acknowledgements_as_json(passed: Iterable[Acknowledgement], *, by: User) -> list[dict[str, str | int]]:
    """What was gone past, as rows keep it: with who and when."""
    at = timezone.now().isoformat(timespec="seconds")
    return [{**asdict(a), "by": by.pk, "at": at} for a in passed]


def risk_factor_key(kind: str, factor: int | None, label: str) -> tuple[str, int | None, str]:
    """What two risk factors have in common that say the same thing."""
    return kind, factor, " ".join(search_words(label))


@transaction.atomic
def record_risk_factor(
    *,
    patient: Patient,
    kind: str,
    by: User,
    label: str = "",
    factor: Factor | None = None,
    origin: str = RiskFactor.Origin.CLINICIAN,
    started_on: date | None = None,
    ended_on: date | None = None,
    system: str = "",
    value: str = "",
    said: str = "",
    today: date | None = None,
) -> RiskFactor:
    """Something that stands about a patient from ``started_on`` until ``ended_on`` (not included).

    ``label`` says it in the patient's or the other system's words, ``factor`` what the rules ask for, ``said`` by
    which word of the label it was recognised.
    Refuses what already stands in the same words.
    """
    [row] = _insert_new_risk_factors_or_refuse(
        patient,
        [factor],
        by=by,
        today=today or timezone.localdate(),
        kind=kind,
        label=label or (factor.label if factor else ""),
        origin=origin,
        started_on=started_on,
        ended_on=ended_on,
        system=system,
        value=value,
        said={factor.code: said} if factor else None,
    )
    return row


@transaction.atomic
def record_risk_factors_from_words(
    *,
    patient: Patient,
    kind: str,
    label: str,
    by: User,
    origin: str = RiskFactor.Origin.CLINICIAN,
    started_on: date | None = None,
    ended_on: date | None = None,
    today: date | None = None,
) -> list[RiskFactor]:
    """The same from words alone: one row for each factor that ``label`` names, or one that no rule asks for.

    Nothing where the words say that there is no allergy.
    """
    if kind == ALLERGY and label.strip() and says_no_allergy(label):
        return []
    found = factors_from_words(kind, label, queries.terms_naming_risk_factors(kind))
    factors = Factor.objects.filter(code__in={f.factor for f in found})
    return _insert_new_risk_factors_or_refuse(
        patient,
        list(factors) if found else [None],
        by=by,
        today=today or timezone.localdate(),
        kind=kind,
        label=label,
        origin=origin,
        started_on=started_on,
        ended_on=ended_on,
        said={each.factor: each.term for each in found},
    )


def _factors_not_on_record(
    patient: Patient, kind: str, factors: Sequence[Factor | None], label: str, today: date
) -> list[Factor | None]:
    standing = {
        risk_factor_key(row.kind, row.factor_id, row.label)
        for row in RiskFactor.objects.filter(patient__in=records_of(patient), kind=kind).standing_on(today)
    }
    return [f for f in factors if risk_factor_key(kind, f.pk if f else None, label) not in standing]


def _insert_new_risk_factors_or_refuse(
    patient: Patient,
    factors: Sequence[Factor | None],
    *,
    by: User,
    today: date,
    kind: str,
    label: str,
    origin: str,
    started_on: date | None,
    ended_on: date | None,
    system: str = "",
    value: str = "",
    said: Mapping[str, str] | None = None,
) -> list[RiskFactor]:
    label = " ".join(label.split())[:200]
    gate(check_risk_factor_label_and_days(label, started_on=started_on, ended_on=ended_on, today=today))
    lock_row(Patient, patient.pk)
    # Another system's rows are told apart by its ids, not by their words.
    new = list(factors) if value else _factors_not_on_record(patient, kind, factors, label, today)
    raise_if_found(check_any_factor_is_new(len(new)))
    rows = RiskFactor.objects.bulk_create(
        RiskFactor(
            patient=patient,
            kind=kind,
            factor=factor,
            label=label,
            said=(said or {}).get(factor.code, "")[:200] if factor else "",
            origin=origin,
            started_on=started_on,
            ended_on=ended_on,
            system=system,
            value=value,
            recorded_by=by,
        )
        for factor in new
    )
    audit.record(
        by=by,
        did="risk_factor.recorded",
        about=rows[0],
        patient_id=patient.pk,
        kind=kind,
        factors=[factor.code for factor in new if factor],
        origin=str(origin),
    )
    raise_alert_if_pregnancy_follows_exposure(patient.pk, [factor.code for factor in new if factor], by)
    raise_alert_if_self_harm_is_named(patient.pk, [label], by)
    return rows


@transaction.atomic
def end_risk_factor(
    *,
    risk_factor: RiskFactor,
    by: User,
    on: date | None = None,
    words: str = "",
    told: str = "Ended on the record.",
) -> RiskFactor:
    """It stands until the day before ``on`` (today); the row stays, with the words in which it was ended.

    What stands against an injection ends in words of a clinician. ``told``: what is kept of all else where nobody
    wrote anything.
    """
    on = on or timezone.localdate()
    row = lock_row(RiskFactor, risk_factor.pk)
    gate(check_risk_factor_can_end_on(started_on=row.started_on, ended_on=row.ended_on, on=on))
    gate(check_ending_is_written(words, queries.ending_facts_of_risk_factors([row], by=by)[row.pk], on=on))
    row.ended_on, row.ended_by, row.ended_words = on, by, text_of_ending(words, told)
    row.save(update_fields=["ended_on", "ended_by", "ended_words"])
    audit.record(by=by, did="risk_factor.ended", about=row, patient_id=row.patient_id, on=str(on))
    return row
