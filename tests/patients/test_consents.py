"""Consents: drawn or typed, in dated wordings, printed."""

import json
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection
from django.urls import reverse
from django.utils import timezone

from mesoclinic.core.findings import Refused
from mesoclinic.core.models import AuditEvent
from patients import queries
from patients.actions.consents import (
    add_consent_text_version,
    give_consent,
    load_consent_texts,
    withdraw_consent,
)
from patients.models import Consent, ConsentText
from tests import factories
from tests.people_factories import read_consent_texts

STROKES = [[[10, 90], [60, 40], [110, 120]], [[150, 80], [300, 90], [320, 20]]]
WORDING = "I agree to the treatment, know its risks, and may take this back at any time."


@pytest.fixture
def patient(clinician):
    return factories.PatientFactory(registered_by=clinician)


@pytest.fixture
def text(clinician):
    return factories.ConsentTextFactory(title="Consent to treatment", body=WORDING)


@pytest.fixture
def today():
    return timezone.localdate()


def page(name, *args) -> str:
    return reverse(f"patients:{name}", args=args)


def signing(text, **fields):
    return {"text": text.pk, "method": "typed", "signed_name": "Noor Example"} | fields


# --- drawn -------------------------------------------------------------------


def test_a_signature_is_drawn_and_kept_as_strokes(as_clinician, patient, text, once):
    as_clinician.post(
        page("consent", patient.pk), signing(text, method="drawn", strokes=json.dumps(STROKES), once=once())
    )

    consent = Consent.objects.get()
    assert (consent.method, consent.strokes) == ("drawn", STROKES)
    shown = as_clinician.get(page("consent", patient.pk))
    assert "M10 90L60 40 110 120M150 80L300 90 320 20" in shown.text


def test_without_a_drawing_the_page_asks_for_one_and_keeps_the_name(as_clinician, patient, text, once):
    answer = as_clinician.post(page("consent", patient.pk), signing(text, method="drawn", once=once()))

    assert answer.status_code == 422
    assert "Sign in the box, or choose that the name is typed." in answer.text
    assert "Noor Example" in answer.text
    assert not Consent.objects.exists()


def test_a_refused_page_shows_the_fields_as_they_were_sent(as_clinician, patient, text, once):
    """Sent again as it stands, with the name that was missing, it is recorded."""
    first = as_clinician.post(
        page("consent", patient.pk), signing(text, signed_name="", strokes="", once=once())
    )

    form = first.context["form"]
    shown = {name: form[name].value() for name in form.fields}
    assert shown == {"text": str(text.pk), "method": "typed", "signed_name": "", "strokes": ""}
    as_clinician.post(page("consent", patient.pk), shown | {"signed_name": "Noor Example", "once": once()})
    assert Consent.objects.values_list("method", "signed_name").get() == ("typed", "Noor Example")


@pytest.mark.parametrize(
    "strokes", ["scribble", "[[[1, 2]]]", '[[["1", 2], [3, 4]]]', "[[[1, 2], [3, 9999]]]", '{"a": 1}']
)
def test_what_is_no_signature_is_refused_at_the_field(as_clinician, patient, text, strokes):
    answer = as_clinician.post(page("consent", patient.pk), signing(text, method="drawn", strokes=strokes))

    assert answer.status_code == 422
    assert "That drawing is no signature" in answer.text
    assert not Consent.objects.exists()


def test_a_typed_name_is_enough_without_a_script(as_clinician, patient, text, once):
    as_clinician.post(page("consent", patient.pk), signing(text, once=once()))

    assert Consent.objects.values_list("method", "strokes").get() == ("typed", None)


@pytest.mark.parametrize(("method", "strokes"), [("drawn", None), ("typed", STROKES)])
def test_the_database_keeps_method_and_strokes_together(patient, text, clinician, method, strokes):
    with pytest.raises(IntegrityError, match="drawn_consent_has_its_strokes"):
        factories.ConsentFactory(
            patient=patient, text=text, taken_by=clinician, method=method, strokes=strokes
        )


def test_a_drawn_signature_is_frozen(patient, text, clinician):
    consent = factories.ConsentFactory(
        patient=patient, text=text, taken_by=clinician, method="drawn", strokes=STROKES
    )

    with pytest.raises(IntegrityError, match="A signed consent is frozen"), connection.cursor() as cursor:
        cursor.execute("UPDATE patients_consent SET strokes = '[]' WHERE id = %s", [consent.pk])


# --- wordings ----------------------------------------------------------------


def write(admin, text, **changes):
    fields = {
        "kind": text.kind,
        "language": text.language,
        "title": "Consent, reworded",
        "body": WORDING + " Reworded.",
        "in_force_from": timezone.localdate(),
    } | changes
    return add_consent_text_version(by=admin, **fields)


def test_an_edit_is_a_new_version_with_its_day_and_the_old_one_stays(admin, text):
    made = write(admin, text)

    assert (made.version, made.written_by, made.in_force_from) == (2, admin, timezone.localdate())
    text.refresh_from_db()
    assert (text.version, text.body) == (1, WORDING)
    assert AuditEvent.objects.get(did="consent_text.written").data["version"] == 2


def test_a_wording_is_signed_from_its_day_on(admin, text, patient, clinician, clinic, today):
    tomorrow = today + timedelta(days=1)
    coming = write(admin, text, in_force_from=tomorrow)

    read_consent_texts()
    assert queries.consent_text_in_force_by_kind(["en"], today, clinic)["treatment"] == text
    assert queries.consent_text_in_force_by_kind(["en"], tomorrow, clinic)["treatment"] == coming
    give_consent(patient=patient, text=text, method="typed", signed_name="Noor", clinic=clinic, by=clinician)
    with pytest.raises(Refused, match="is signed from"):
        give_consent(
            patient=patient, text=coming, method="typed", signed_name="Noor", clinic=clinic, by=clinician
        )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"title": " "}, "Give it a title"),
        ({"body": "I agree."}, "Write the wording"),
        ({"title": "Consent to treatment", "body": WORDING}, "Nothing is different"),
        ({"in_force_from": timezone.localdate() - timedelta(days=2)}, "at the earliest"),
    ],
)
def test_a_wording_that_cannot_be_is_refused(admin, text, changes, message):
    with pytest.raises(Refused, match=message):
        write(admin, text, **changes)


def test_a_version_is_not_signed_before_the_one_it_follows(admin, text, today):
    write(admin, text, in_force_from=today + timedelta(days=9))

    with pytest.raises(Refused, match="at the earliest"):
        write(admin, text, body=WORDING + " Once more.", in_force_from=today)


def test_only_an_administrator_words_a_consent(clinician, text, as_clinician, as_front_desk):
    with pytest.raises(Refused, match="Only an administrator"):
        write(clinician, text)
    for client in (as_clinician, as_front_desk):
        assert client.get(page("consent_text_list")).status_code == 403
        assert client.post(page("consent_text_edit", text.pk)).status_code == 403


def test_a_wording_is_frozen_in_the_database(text):
    with pytest.raises(IntegrityError, match="A consent text is frozen"), connection.cursor() as cursor:
        cursor.execute("UPDATE patients_consenttext SET body = 'other'")


def test_the_admin_writes_it_on_a_page(as_admin, text, today, once):
    form = as_admin.get(page("consent_text_edit", text.pk))
    wrong = as_admin.post(
        page("consent_text_edit", text.pk),
        {"once": once(), "title": "New", "body": "Short", "in_force_from": today},
    )
    right = as_admin.post(
        page("consent_text_edit", text.pk),
        {"once": once(), "title": "New", "body": WORDING + " More.", "in_force_from": today},
    )
    listed = as_admin.get(page("consent_text_list"))

    assert WORDING in form.text
    assert wrong.status_code == 422
    assert "Write the wording" in wrong.text
    assert right.status_code == 302
    assert [(each.text.version, each.is_newest) for each in listed.context["wordings"]] == [
        (2, True),
        (1, False),
    ]


@pytest.mark.parametrize("versions", [1, 3])
def test_the_wordings_cost_the_same_for_one_and_for_three(as_admin, admin, text, count_queries, versions):
    for n in range(versions - 1):
        write(admin, text, body=f"{WORDING} {n}")

    with count_queries() as sent:
        as_admin.get(page("consent_text_list"))

    assert len(sent) == 3


def test_shipped_words_do_not_undo_the_clinics_own(admin, text):
    write(admin, text)

    report = load_consent_texts(
        [
            {
                "kind": text.kind,
                "language": text.language,
                "version": 2,
                "title": "Shipped",
                "body": "Shipped words.",
            }
        ]
    )

    assert (report.kept, report.created) == (1, 0)
    assert ConsentText.objects.get(version=2).title == "Consent, reworded"


# --- printed -----------------------------------------------------------------


def test_a_consent_is_printed_as_it_was_signed(as_clinician, clinician, patient, text):
    consent = factories.ConsentFactory(
        patient=patient, text=text, taken_by=clinician, method="drawn", strokes=STROKES
    )

    answer = as_clinician.get(page("consent_pdf", patient.pk, consent.pk))

    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert answer.content.startswith(b"%PDF")
    assert patient.full_name not in answer["Content-Disposition"]
    assert AuditEvent.objects.filter(did="patient.viewed", patient_id=patient.pk).exists()


def test_what_is_printed_says_who_when_what_and_that_it_was_withdrawn(clinician, patient, text):
    consent = factories.ConsentFactory(
        patient=patient, text=text, taken_by=clinician, method="drawn", strokes=STROKES
    )
    consent = withdraw_consent(consent=consent, reason="Changed her mind", by=clinician)

    data = queries.consent_pdf_data(patient, text, consent, clinic="Kaya")

    assert data["body"] == WORDING
    assert data["version"] == 1
    assert data["signed"]["withdrawn_reason"] == "Changed her mind"
    assert data["signed"]["withdrawn"]
    assert "M10 90L60 40 110 120" in data["signed"]["drawn"]


def test_the_wording_is_printed_to_sign_on_paper(as_clinician, patient, text):
    answer = as_clinician.get(page("consent_blank", patient.pk, "treatment"))

    assert answer.content.startswith(b"%PDF")
    assert as_clinician.get(page("consent_blank", patient.pk, "photo")).status_code == 404


def test_a_consent_prints_with_its_own_patient_only(as_clinician, clinician, patient, text):
    other = factories.PatientFactory(registered_by=clinician)
    consent = factories.ConsentFactory(patient=other, text=text, taken_by=clinician)

    assert as_clinician.get(page("consent_pdf", patient.pk, consent.pk)).status_code == 404


def test_the_front_desk_prints_no_consent(as_front_desk, clinician, patient, text):
    consent = factories.ConsentFactory(patient=patient, text=text, taken_by=clinician)

    for url in (page("consent_pdf", patient.pk, consent.pk), page("consent_blank", patient.pk, "treatment")):
        assert as_front_desk.get(url).status_code == 403
