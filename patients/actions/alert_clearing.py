"""A clinician clears an alert in writing, and what stands on the record afterwards."""

from collections.abc import Mapping
from datetime import date

from django.db import transaction
from django.utils import timezone

from mesoclinic.accounts.models import User
from mesoclinic.accounts.permissions import Permission, refuse_unless_allowed
from mesoclinic.core import audit
from mesoclinic.core.findings import Refused, gate
from mesoclinic.core.locking import lock_row
from mesoclinic.core.wording import day_text
from patients.actions.alerts import end_alerts, raise_alerts_unless_open
from patients.actions.risk_factors import record_risk_factor, record_risk_factors_from_words
from patients.alert_queries import clearing_facts_of_alert
from patients.models import Alert, AlertAgreement, AlertClearing, AlertClearingAnswer, Factor
from patients.rules.alert_clearing import (
    OTHER,
    UNKNOWN,
    check_alert_may_be_cleared,
    check_early_clearing_may_be_agreed,
    day_from_text_or_none,
    recent_infection_ends_on,
)
from patients.rules.alerts import MAX_TEXT, AlertKind, AlertLevel, NewAlert, substance_name_from_code

#: Suspects that are no ingredient, and the factor that their allergy is.
_OTHER_SUSPECTS = {"antiseptic": "allergy_antiseptic", "latex": "allergy_latex"}


@transaction.atomic
def clear_alert(
    *,
    alert: Alert,
    reason: str,
    by: User,
    answers: Mapping[str, str] | None = None,
    today: date | None = None,
) -> Alert:
    """A clinician ends an alert in writing, with what its kind asks for (``answers``, by the name of the field).

    What follows from it stands on the record in the same transaction: the culprit as an allergy, or every suspect
    as an alert of its own where nobody knows which it was.
    """
    refuse_unless_allowed(
        by, Permission.SIGN_SESSION, "An alert is cleared by a clinician.", code="permission"
    )
    locked = lock_row(Alert, alert.pk)
    said = {name: value.strip()[:MAX_TEXT] for name, value in (answers or {}).items() if value.strip()}
    today = today or timezone.localdate()
    facts = clearing_facts_of_alert(locked, by=by, today=today)
    gate(check_alert_may_be_cleared(reason, said, facts))
    agreement = locked.agreements.exclude(by=by).first()
    culprit = _culprit_code_or_words(said)
    clearing = AlertClearing.objects.create(
        alert=locked,
        how=AlertClearing.How.CLEARED,
        words=reason.strip()[:MAX_TEXT],
        culprit=culprit,
        agreement=agreement,
        by=by,
    )
    AlertClearingAnswer.objects.bulk_create(
        AlertClearingAnswer(clearing=clearing, name=each.name, label=each.label, value=said[each.name])
        for each in facts.fields
        if each.name in said
    )
    _end_companion_alerts(locked, reason, by)
    _record_consequences_of_clearing(locked, culprit, said, by, today)
    audit.record(
        by=by,
        did="alert.cleared",
        about=locked,
        patient_id=locked.patient_id,
        kind=locked.kind,
        code=locked.code,
        early=agreement is not None,
    )
    locked.refresh_from_db(fields=["ended_at"])
    return locked


@transaction.atomic
def record_agreement_to_clear_early(*, alert: Alert, words: str, by: User) -> AlertAgreement:
    """A second clinician writes that an alert may be cleared before its days are over."""
    refuse_unless_allowed(
        by, Permission.SIGN_SESSION, "An alert is cleared by a clinician.", code="permission"
    )
    locked = lock_row(Alert, alert.pk)
    is_first = not locked.agreements.filter(by=by).exists()
    gate(
        check_early_clearing_may_be_agreed(words, is_open=locked.ended_at is None, is_first_by_them=is_first)
    )
    agreement = AlertAgreement.objects.create(alert=locked, words=words.strip()[:MAX_TEXT], by=by)
    audit.record(by=by, did="alert.agreed", about=locked, patient_id=locked.patient_id, kind=locked.kind)
    return agreement


def _culprit_code_or_words(said: Mapping[str, str]) -> str:
    """The substance a reaction is put down to: a code, “unknown”, or a name in words."""
    culprit = said.get("culprit", "")
    return said.get("culprit_name", "") if culprit == OTHER else culprit


def _end_companion_alerts(alert: Alert, reason: str, by: User) -> None:
    """What was raised together with it, for the injections that it is not about."""
    beside = Alert.objects.not_cleared().filter(source__startswith=f"{alert.source}/")
    end_alerts(beside.order_by("pk").values_list("pk", flat=True), words=reason, by=by)


def _record_consequences_of_clearing(
    alert: Alert, culprit: str, said: Mapping[str, str], by: User, today: date
) -> None:
    after = alert.type.after if alert.type else ""
    if after == "culprit":
        _raise_alerts_after_anaphylaxis(alert, culprit, by)
    if after in ("culprit", "allergy") and culprit not in ("", UNKNOWN):
        _record_culprit_allergy(alert, culprit, by)
    if after == "product" and culprit not in ("", UNKNOWN):
        _raise_suspect_product_alert(alert, culprit, by)
    if after == "infection":
        _record_recent_infection_unless_over(alert, said.get("antibiotic_end", ""), by, today)
    if after in ("depression", "keloid"):
        factor = Factor.objects.filter(code=after).first()
        kind = factor.kind if factor else Factor.Kind.HISTORY.value
        _record_factor_unless_it_stands(alert, kind, factor, factor.label if factor else after, by)


def _raise_alerts_after_anaphylaxis(alert: Alert, culprit: str, by: User) -> None:
    """The first session after it is watched; where nobody knows the culprit, every suspect stays one."""
    first = NewAlert(
        AlertKind.REACTION,
        AlertLevel.NOTE,
        "Anaphylaxis in the past: observe 30 minutes, adrenaline drawn up within reach.",
        f"patients.alert:{alert.pk}/after",
        codes=("alert:after-anaphylaxis",),
    )
    suspects = alert.suspects if culprit == UNKNOWN else []
    raise_alerts_unless_open(
        [(alert.patient_id, first)]
        + [
            (
                alert.patient_id,
                NewAlert(
                    AlertKind.REACTION,
                    AlertLevel.BLOCK,
                    f"{substance_name_from_code(code)} was given on {day_text(alert.since)} and the culprit is not known: "
                    "leave it out, or write what the allergist said.",
                    f"patients.alert:{alert.pk}/{code}",
                    codes=("alert:culprit-unknown",),
                    about=code,
                    slots={"substance": substance_name_from_code(code), "date": day_text(alert.since)},
                    suspects=(code,),
                ),
            )
            for code in suspects
        ],
        by=by,
    )


def _raise_suspect_product_alert(alert: Alert, culprit: str, by: User) -> None:
    """The product suspected is left out until a clinician ends that."""
    raise_alerts_unless_open(
        [
            (
                alert.patient_id,
                NewAlert(
                    AlertKind.REACTION,
                    AlertLevel.BLOCK,
                    f"{substance_name_from_code(culprit)} is suspected after the reaction of {day_text(alert.since)}: leave it "
                    "out, or write why it is given.",
                    f"patients.alert:{alert.pk}/{culprit}",
                    codes=("alert:suspect-product",),
                    about=culprit,
                    suspects=(culprit,),
                ),
            )
        ],
        by=by,
    )


def _record_culprit_allergy(alert: Alert, culprit: str, by: User) -> None:
    label = f"Allergy to {culprit.replace('-', ' ')}"
    if culprit in _OTHER_SUSPECTS:
        factor = Factor.objects.filter(code=_OTHER_SUSPECTS[culprit]).first()
    elif culprit in alert.suspects:
        factor = Factor.objects.filter(code="allergy_component").first()
    else:
        factor = None
    _record_factor_unless_it_stands(alert, Factor.Kind.ALLERGY.value, factor, label, by)


def _record_recent_infection_unless_over(alert: Alert, antibiotic_end: str, by: User, today: date) -> None:
    """It warns for some days after the last dose of the antibiotic."""
    ended = day_from_text_or_none(antibiotic_end)
    if ended is None or recent_infection_ends_on(ended) <= today:
        return
    factor = Factor.objects.filter(code="recent_infection").first()
    label = f"Antibiotic until {day_text(ended)}"
    _record_factor_unless_it_stands(
        alert,
        Factor.Kind.HISTORY.value,
        factor,
        label,
        by,
        started_on=min(ended, today),
        ended_on=recent_infection_ends_on(ended),
    )


def _record_factor_unless_it_stands(
    alert: Alert,
    kind: str,
    factor: Factor | None,
    label: str,
    by: User,
    *,
    started_on: date | None = None,
    ended_on: date | None = None,
) -> None:
    patient = alert.patient
    try:
        if factor is None and kind == Factor.Kind.ALLERGY:
            record_risk_factors_from_words(
                patient=patient, kind=kind, label=label, by=by, started_on=started_on, ended_on=ended_on
            )
        else:
            record_risk_factor(
                patient=patient,
                kind=kind,
                label=label,
                by=by,
                factor=factor,
                started_on=started_on,
                ended_on=ended_on,
            )
    except Refused as refused:
        # It stands already: the record says it.
        if [finding.code for finding in refused.findings] != ["stands"]:
            raise
