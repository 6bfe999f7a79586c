"""Who may open which page about a patient, and what it writes that they did."""

import pytest
from django.urls import reverse

from mesoclinic.core.models import AuditEvent
from tests import factories


def page(name, *args) -> str:
    return reverse(f"patients:{name}", args=args)


def every_page(patient) -> dict[str, str]:
    row = factories.RiskFactorFactory(patient=patient)
    consent = factories.ConsentFactory(patient=patient)
    alert = factories.AlertFactory(patient=patient)
    return {
        "list": page("list"),
        "register": page("register"),
        "edit": page("edit", patient.pk),
        "intake": page("intake", patient.pk),
        "intake_history": page("intake_history", patient.pk),
        "consent": page("consent", patient.pk),
        "consent_withdraw": page("consent_withdraw", patient.pk, consent.pk),
        "alerts": reverse("patient_alerts", args=[patient.pk]),
        "alert_clear": page("alert_clear", patient.pk, alert.pk),
        "alert_agree": page("alert_agree", patient.pk, alert.pk),
        "risk_factor_add": page("risk_factor_add", patient.pk),
        "risk_factor_end": page("risk_factor_end", patient.pk, row.pk),
    }


POST_ONLY = {"alert_agree", "consent_withdraw", "risk_factor_end"}
GET_ONLY = {"alerts", "intake_history"}


def test_a_stranger_is_asked_to_sign_in_on_every_page(stranger, patient):
    for name, url in every_page(patient).items():
        for answer in (stranger.get(url), stranger.post(url, {})):
            assert answer.status_code == 302, name
            assert answer["Location"].startswith(reverse("account_login")), name


@pytest.mark.parametrize("person", ["as_admin", "as_cosmetologist"])
def test_who_reads_no_records_gets_none_of_the_pages(request, patient, person):
    client = request.getfixturevalue(person)

    for name, url in every_page(patient).items():
        if name not in POST_ONLY:
            assert client.get(url).status_code == 403, name
        if name not in GET_ONLY:
            assert client.post(url, {}).status_code == 403, name


def test_the_front_desk_has_the_person_but_nothing_clinical(as_front_desk, patient):
    pages = every_page(patient)
    answers = {
        name: as_front_desk.get(url).status_code for name, url in pages.items() if name not in POST_ONLY
    }
    posted = {n: as_front_desk.post(pages[n], {}).status_code for n in POST_ONLY}

    assert answers == {
        "list": 200,
        "register": 200,
        "edit": 200,
        "intake": 403,
        "intake_history": 403,
        "consent": 403,
        "alerts": 403,
        "alert_clear": 403,
        "risk_factor_add": 403,
    }
    assert posted == {"alert_agree": 403, "consent_withdraw": 403, "risk_factor_end": 403}


def test_a_forbidden_page_does_not_tell_whether_the_patient_exists(as_front_desk, db):
    assert as_front_desk.get(page("intake", 999_999)).status_code == 403


def test_an_unknown_patient_is_not_found(as_clinician, patient):
    other = factories.PatientFactory()
    row = factories.RiskFactorFactory(patient=other)
    consent = factories.ConsentFactory(patient=other)

    for name in ("edit", "intake", "intake_history", "consent", "risk_factor_add"):
        assert as_clinician.get(page(name, 999_999)).status_code == 404, name
    assert as_clinician.get(reverse("patient_alerts", args=[999_999])).status_code == 404
    # Somebody else's row under this patient's address.
    for url in (
        page("risk_factor_end", patient.pk, row.pk),
        page("consent_withdraw", patient.pk, consent.pk),
        page("alert_clear", patient.pk, factories.AlertFactory(patient=other).pk),
    ):
        assert as_clinician.post(url, {"reason": "because"}).status_code == 404


def test_a_wrong_method_is_refused(as_clinician, patient):
    for name, url in every_page(patient).items():
        assert as_clinician.put(url).status_code == 405, name
        if name in POST_ONLY:
            assert as_clinician.get(url).status_code == 405, name
        if name in GET_ONLY:
            assert as_clinician.post(url).status_code == 405, name


def test_looking_at_a_record_writes_who_looked(as_clinician, clinician, patient):
    for name in ("edit", "intake", "intake_history", "consent", "risk_factor_add"):
        as_clinician.get(page(name, patient.pk))

    events = AuditEvent.objects.filter(did="patient.viewed", patient_id=patient.pk)
    assert [(e.by, e.data["page"]) for e in events.order_by("pk")] == [
        (clinician, name) for name in ("details", "intake", "intake-history", "consent", "risk-factors")
    ]
