"""Giving and withdrawing consent, and the wordings as they are shipped."""

from datetime import date, datetime, timedelta

import pytest
from django.utils import timezone

from mesoclinic.core.findings import Refused
from mesoclinic.core.models import AuditEvent
from patients.actions.consents import give_consent, load_consent_texts, withdraw_consent
from patients.models import Consent, ConsentText
from tests import factories

TODAY = date(2026, 11, 23)


def log(did: str) -> AuditEvent:
    return AuditEvent.objects.get(did=did)


def give(patient, by, text=None, **fields) -> Consent:
    values = {
        "text": text or factories.ConsentTextFactory(),
        "method": "typed",
        "signed_name": "Noor  Example",
        "clinic": by.clinic,
    } | fields
    return give_consent(patient=patient, by=by, **values)


def test_a_consent_is_valid_for_as_long_as_the_clinic_says(patient, clinician):
    clinician.clinic.consent_valid_days = 100
    signed_at = datetime(2026, 3, 1, 12, tzinfo=timezone.get_current_timezone())

    consent = give(patient, clinician, signed_at=signed_at)

    assert consent.valid_until == date(2026, 6, 9)
    assert (consent.kind, consent.signed_name) == ("treatment", "Noor Example")
    assert log("consent.given").data == {
        "kind": "treatment",
        "language": "en",
        "version": 1,
        "method": "typed",
    }


def test_a_wording_that_was_replaced_is_not_signed(patient, clinician):
    old = factories.ConsentTextFactory(version=1)
    factories.ConsentTextFactory(version=2)

    with pytest.raises(Refused, match="wording has changed"):
        give(patient, clinician, text=old)


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        pytest.param({"signed_name": " . "}, "signed_name", id="no name"),
        pytest.param({"signed_at": timezone.now() + timedelta(days=400)}, "signed_on", id="future"),
    ],
)
def test_a_consent_that_nobody_signed_is_refused(patient, clinician, fields, where):
    with pytest.raises(Refused) as refused:
        give(patient, clinician, **fields)

    assert [f.where for f in refused.value.findings] == [where]


def test_a_consent_is_withdrawn_once_with_a_reason(patient, clinician):
    consent = give(patient, clinician)
    with pytest.raises(Refused, match="why"):
        withdraw_consent(consent=consent, reason=" ", by=clinician)

    withdrawn = withdraw_consent(consent=consent, reason="Has changed her mind", by=clinician)

    assert withdrawn.withdrawn_by == clinician
    assert withdrawn.withdrawn_reason == "Has changed her mind"
    assert log("consent.withdrawn").data == {"kind": "treatment"}
    with pytest.raises(Refused, match="already"):
        withdraw_consent(consent=consent, reason="Again", by=clinician)


def test_a_wording_in_use_is_never_changed_only_followed(db):
    text = {"kind": "photo", "language": "en", "version": "1", "title": "T", "body": "B"}

    assert load_consent_texts([text]).created == 1
    assert load_consent_texts([text]).unchanged == 1
    assert load_consent_texts([text | {"version": "2", "body": "C"}]).created == 1
    with pytest.raises(ValueError, match="next version"):
        load_consent_texts([text | {"body": "Other"}])
    assert ConsentText.objects.count() == 2
