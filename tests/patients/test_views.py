"""The pages about patients: what they show, what they refuse, and to whom."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from mesoclinic.core.models import AuditEvent, Draft
from patients.models import Consent, Factor, FactorTerm, Intake, IntakeQuestion, Patient, RiskFactor
from tests import factories

PERSON = {
    "given_names": "Amira",
    "family_name": "Haddad",
    "birth_date": "1992-03-27",
    "sex_at_birth": "female",
    "phone": "06 12 34 56 78",
    "language": "en",
}


@pytest.fixture
def clinic(db):
    return factories.ClinicFactory(country="FR")


@pytest.fixture
def patient(clinician):
    return factories.PatientFactory(registered_by=clinician)


def page(name, *args) -> str:
    return reverse(f"patients:{name}", args=args)


def every_page(patient) -> dict[str, str]:
    row = factories.RiskFactorFactory(patient=patient)
    consent = factories.ConsentFactory(patient=patient)
    return {
        "list": page("list"),
        "register": page("register"),
        "edit": page("edit", patient.pk),
        "intake": page("intake", patient.pk),
        "intake_history": page("intake_history", patient.pk),
        "consent": page("consent", patient.pk),
        "consent_withdraw": page("consent_withdraw", patient.pk, consent.pk),
        "risk_factor_add": page("risk_factor_add", patient.pk),
        "risk_factor_end": page("risk_factor_end", patient.pk, row.pk),
    }


POST_ONLY = {"consent_withdraw", "risk_factor_end"}
GET_ONLY = {"intake_history"}


# --- who may -----------------------------------------------------------------


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
        "risk_factor_add": 403,
    }
    assert posted == {"consent_withdraw": 403, "risk_factor_end": 403}


def test_a_forbidden_page_does_not_tell_whether_the_patient_exists(as_front_desk, db):
    assert as_front_desk.get(page("intake", 999_999)).status_code == 403


def test_an_unknown_patient_is_not_found(as_clinician, patient):
    other = factories.PatientFactory()
    row = factories.RiskFactorFactory(patient=other)
    consent = factories.ConsentFactory(patient=other)

    for name in ("edit", "intake", "intake_history", "consent", "risk_factor_add"):
        assert as_clinician.get(page(name, 999_999)).status_code == 404, name
    # Somebody else's row under this patient's address.
    for url in (
        page("risk_factor_end", patient.pk, row.pk),
        page("consent_withdraw", patient.pk, consent.pk),
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


# --- finding -----------------------------------------------------------------


def test_patient_list_shows_the_last_registered_by_pages(as_front_desk, clinician):
    made = [factories.PatientFactory(registered_by=clinician) for _ in range(30)]

    first = as_front_desk.get(page("list"))
    second = as_front_desk.get(first.context["page"]["next"])

    numbers = [p.record_number for p in reversed(made)]
    assert [p.record_number for p in first.context["patients"]] == numbers[:25]
    assert [p.record_number for p in second.context["patients"]] == numbers[25:]
    assert "page" not in second.context


@pytest.mark.parametrize("key", ["x", "-1", "²", "1" * 30, "1; DROP"])
def test_patient_list_takes_no_key_for_an_answer(as_front_desk, patient, key):
    answer = as_front_desk.get(page("list"), {"before": key})

    assert [p.pk for p in answer.context["patients"]] == [patient.pk]


def test_a_search_finds_without_accents_and_leaves_no_name_in_the_address(as_front_desk, clinician):
    nunez = factories.PatientFactory(given_names="José", family_name="Núñez", registered_by=clinician)
    factories.PatientFactory(family_name="Haddad", registered_by=clinician)

    answer = as_front_desk.post(page("list"), {"q": "nunez"})

    assert [p.pk for p in answer.context["patients"]] == [nunez.pk]
    assert "José Núñez" in answer.text
    assert nunez.record_number in answer.text
    assert "17 May 1990" in answer.text
    assert 'value="nunez"' in answer.text
    assert "?" not in answer.request["QUERY_STRING"] + answer.request["PATH_INFO"]


def test_a_live_search_answers_with_the_rows_alone(as_front_desk, patient):
    answer = as_front_desk.post(page("list"), {"q": patient.record_number}, headers={"HX-Request": "true"})

    assert "<html" not in answer.text
    assert patient.record_number in answer.text


def test_one_letter_is_no_search(as_front_desk, patient):
    answer = as_front_desk.post(page("list"), {"q": "z"})

    assert answer.context["recent"] is True


def test_nobody_found_says_so_and_offers_to_register(as_front_desk, patient):
    answer = as_front_desk.post(page("list"), {"q": "zzzz"})

    assert "Nobody found" in answer.text
    assert page("register") in answer.text


def test_a_name_is_printed_as_text(as_front_desk, clinician):
    factories.PatientFactory(family_name="<script>alert(1)</script>", registered_by=clinician)

    answer = as_front_desk.post(page("list"), {"q": "script"})

    assert "<script>alert(1)" not in answer.text
    assert "&lt;script&gt;alert(1)" in answer.text


def test_each_row_says_the_next_step(as_clinician, as_front_desk, clinician):
    new = factories.PatientFactory(registered_by=clinician)
    asked = factories.IntakeFactory(taken_by=clinician).patient

    for_clinician = as_clinician.get(page("list")).text
    for_desk = as_front_desk.get(page("list")).text

    assert page("intake", new.pk) in for_clinician
    assert page("intake", asked.pk) not in for_clinician
    assert page("intake", new.pk) not in for_desk


@pytest.mark.parametrize("many", [1, 3])
def test_patient_list_costs_the_same_for_one_and_three(as_clinician, clinician, count_queries, many):
    for _ in range(many):
        factories.PatientFactory(family_name="Haddad", registered_by=clinician)

    with count_queries() as recent:
        as_clinician.get(page("list"))
    with count_queries() as found:
        answer = as_clinician.post(page("list"), {"q": "haddad"})

    assert len(answer.context["patients"]) == many
    assert (len(recent), len(found)) == (3, 3)


# --- registering and amending ------------------------------------------------


def test_a_clinician_registers_and_goes_on_to_the_intake(as_clinician, once):
    answer = as_clinician.post(page("register"), PERSON | {"once": once()})

    patient = Patient.objects.get()
    assert answer.status_code == 302
    assert answer["Location"] == page("intake", patient.pk)
    assert patient.phone == "+33 6 12 34 56 78"


def test_the_front_desk_registers_and_goes_on_to_the_record(as_front_desk, once):
    answer = as_front_desk.post(page("register"), PERSON | {"once": once()})

    assert answer["Location"] == reverse("patient", args=[Patient.objects.get().pk])


def test_a_double_click_registers_once(as_front_desk, once):
    sent = PERSON | {"once": once()}

    first = as_front_desk.post(page("register"), sent)
    second = as_front_desk.post(page("register"), sent)

    assert Patient.objects.count() == 1
    assert second["Location"] == first["Location"]


def test_a_wrong_form_says_so_at_the_field_and_keeps_what_was_typed(as_front_desk):
    wrong = PERSON | {"family_name": "", "birth_date": "31/02/1990", "email": "a@"}

    answer = as_front_desk.post(page("register"), wrong)

    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {"family_name", "birth_date", "email"}
    for text in ("Amira", "31/02/1990", "06 12 34 56 78", "#id_birth_date"):
        assert text in answer.text, text
    assert Patient.objects.count() == 0


def test_a_birth_date_in_the_future_is_refused_at_its_field(as_front_desk):
    tomorrow = timezone.localdate() + timedelta(days=1)

    answer = as_front_desk.post(page("register"), PERSON | {"birth_date": tomorrow.isoformat()})

    assert answer.status_code == 422
    assert "is in the future" in answer.context["form"].errors["birth_date"][0]


def test_a_phone_that_cannot_be_read_is_kept_and_said(as_front_desk):
    answer = as_front_desk.post(page("register"), PERSON | {"phone": "ask Ana"}, follow=True)

    assert Patient.objects.get().phone == "ask Ana"
    assert [str(m) for m in answer.context["messages"]][-1] == (
        "The phone could not be read as a number: kept as typed."
    )


def test_a_likely_duplicate_is_shown_to_open_or_to_register_anyway(as_front_desk, clinician):
    known = factories.PatientFactory(
        given_names="Amira", family_name="Haddad", birth_date=date(1992, 3, 27), registered_by=clinician
    )
    code = f"reason:duplicate:{known.record_number}"

    shown = as_front_desk.post(page("register"), PERSON)
    unsaid = as_front_desk.post(page("register"), PERSON | {code: "x"})
    anyway = as_front_desk.post(page("register"), PERSON | {code: "her cousin"})

    assert shown.status_code == 422
    assert [p.pk for p in shown.context["candidates"]] == [known.pk]
    assert reverse("patient", args=[known.pk]) in shown.text
    assert f'name="{code}"' in shown.text
    assert 'value="Haddad"' in shown.text
    assert unsaid.status_code == 422
    assert "in a few words" in unsaid.text
    assert anyway.status_code == 302
    assert Patient.objects.count() == 2


def test_a_reason_already_given_is_not_asked_again(as_front_desk, clinician):
    known = factories.PatientFactory(
        given_names="Amira", family_name="Haddad", birth_date=date(2015, 3, 27), registered_by=clinician
    )
    code = f"reason:duplicate:{known.record_number}"

    answer = as_front_desk.post(page("register"), PERSON | {"birth_date": "2015-03-27", code: "her cousin"})

    assert [f.code for f in answer.context["findings"]] == ["birth-date:minor"]
    assert answer.context["kept_reasons"] == {code.removeprefix("reason:"): "her cousin"}


def test_registering_stays_within_twelve_queries(as_clinician, once, count_queries):
    with count_queries() as queries:
        as_clinician.post(page("register"), PERSON | {"once": once()})

    assert len(queries) <= 12


def test_contacts_are_amended(as_front_desk, patient, once):
    known = PERSON | {
        "given_names": patient.given_names,
        "family_name": patient.family_name,
        "birth_date": "1990-05-17",
    }

    answer = as_front_desk.post(page("edit", patient.pk), known | {"once": once()})

    patient.refresh_from_db()
    assert answer["Location"] == reverse("patient", args=[patient.pk])
    assert patient.phone == "+33 6 12 34 56 78"
    assert AuditEvent.objects.get(did="patient.amended").data["fields"] == ["phone"]


def test_an_amendment_that_is_wrong_keeps_what_was_typed(as_front_desk, patient):
    answer = as_front_desk.post(page("edit", patient.pk), PERSON | {"birth_date": "1492-01-01"})

    assert answer.status_code == 422
    assert "Correct the year" in answer.text
    assert "06 12 34 56 78" in answer.text


# --- the intake --------------------------------------------------------------


@pytest.fixture
def questions(db):
    fish = factories.FactorFactory(code="allergy_fish", kind="allergy")
    factories.FactorTermFactory(where="answer", question="allergy", term="fish", kind="allergy", factor=fish)
    for order, (code, answer_type, more) in enumerate(
        (
            ("duration", "date", {}),
            (
                "diet",
                "choice+text",
                {"options": ["balanced", "restrictive"], "feeds_rule": "cause-diet", "short_label": "Diet"},
            ),
            ("shedding", "number", {}),
            ("needle", "scale", {"minimum": 0, "maximum": 10}),
            ("infection", "yes-no", {"required": True}),
            ("g6pd", "yes-no-unknown", {}),
            ("allergy", "list", {"options": ["fish", "latex", "none"], "match_terms": "allergy"}),
            ("meds", "list", {"match_terms": "medicine"}),
            ("previous", "list+date", {"options": ["PRP", "none"]}),
            ("pregnant", "multi", {"options": ["pregnant", "none"], "shown_when": "sex=female"}),
            ("partner", "yes-no", {"shown_when": "sex=male"}),
            ("expect", "text", {}),
        )
    ):
        IntakeQuestion.objects.create(
            code=code,
            question=f"About {code}?",
            answer_type=answer_type,
            order=order,
            section="Health" if order else "Hair loss",
            **more,
        )


ANSWERS = {
    "q-duration": "2026-01-05",
    "q-diet": "restrictive",
    "q-diet-text": "no meat",
    "q-shedding": "0",
    "q-needle": "7",
    "q-infection": "no",
    "q-g6pd": "unknown",
    "q-allergy": ["fish"],
    "q-allergy-lines": "Penicillin\n\n  Pollen ",
    "q-meds-lines": "Levothyroxine 50 µg",
    "q-previous": ["PRP"],
    "q-previous-date": "2025-06-01",
    "q-pregnant": ["none"],
    "q-expect": "More density",
    "weight_kg": "61.5",
    "likely_causes": ["Diet"],
    "other_causes": "low ferritin",
    "note": "Anxious.",
}


def test_an_intake_is_saved_and_leads_to_the_assessment(as_clinician, questions, patient, once):
    answer = as_clinician.post(page("intake", patient.pk), ANSWERS | {"once": once()})

    assert answer.status_code == 302
    assert answer["Location"] == reverse("next_step", args=[patient.pk])
    intake = Intake.objects.get()
    assert intake.answers == {
        "duration": "2026-01-05",
        "diet": {"said": "restrictive", "text": "no meat"},
        "shedding": "0",
        "needle": "7",
        "infection": "no",
        "g6pd": "unknown",
        "allergy": ["fish", "Penicillin", "Pollen"],
        "meds": ["Levothyroxine 50 µg"],
        "previous": {"said": ["PRP"], "date": "2025-06-01"},
        "pregnant": ["none"],
        "expect": "More density",
    }
    assert intake.likely_causes == ["Diet", "low ferritin"]
    assert {r.label for r in RiskFactor.objects.all()} == {
        "Allergy fish",
        "Penicillin",
        "Pollen",
        "Levothyroxine 50 µg",
    }


def test_the_next_intake_starts_from_the_last(as_clinician, questions, patient, once):
    as_clinician.post(page("intake", patient.pk), ANSWERS)

    answer = as_clinician.get(page("intake", patient.pk))

    # Sent back as it stands, it says the same again.
    form = answer.context["form"]
    again = {bound.html_name: value for bound in form if (value := bound.value()) not in (None, "", [])}
    as_clinician.post(
        page("intake", patient.pk),
        {n: v.isoformat() if isinstance(v, date) else v for n, v in again.items()} | {"note": "Anxious."},
    )
    first, second = Intake.objects.order_by("version")
    assert second.answers == first.answers
    assert second.likely_causes == first.likely_causes
    assert second.weight_kg == first.weight_kg


def test_each_answer_has_its_input(as_clinician, questions, patient):
    text = as_clinician.get(page("intake", patient.pk)).text

    for fragment in (
        'type="date" name="q-duration"',
        'type="radio" name="q-infection" value="yes"',
        'type="radio" name="q-needle" value="10"',
        'type="checkbox" name="q-allergy" value="fish"',
        'name="q-allergy-lines"',
        'name="q-diet-text"',
        'name="q-previous-date"',
        'name="q-pregnant"',
    ):
        assert fragment in " ".join(text.split()), fragment
    assert "q-partner" not in text
    assert 'name="q-meds"' not in text


def test_men_are_asked_what_concerns_men(as_clinician, questions):
    man = factories.PatientFactory(sex_at_birth="male")

    text = as_clinician.get(page("intake", man.pk)).text

    assert 'name="q-partner"' in text
    assert "q-pregnant" not in text


def test_a_required_question_waits_at_its_place_for_an_answer_or_a_reason(as_clinician, questions, patient):
    said = {k: v for k, v in ANSWERS.items() if k != "q-infection"}
    code = "reason:unanswered:infection"

    refused = as_clinician.post(page("intake", patient.pk), said)
    short = as_clinician.post(page("intake", patient.pk), said | {code: "no"})
    excused = as_clinician.post(page("intake", patient.pk), said | {code: "would not say it today"})

    assert refused.status_code == 422
    assert 'href="#q-infection"' in refused.text
    assert f'name="{code}"' in refused.text
    assert "no meat" in refused.text
    assert 'value="no"' in short.text
    assert excused.status_code == 302
    assert Intake.objects.get().acknowledged[0]["reason"] == "would not say it today"


@pytest.mark.parametrize(
    ("name", "typed", "message"),
    [
        ("q-duration", "yesterday", "Type a day like"),
        ("q-shedding", "many", "Enter a number"),
        ("q-needle", "11", "Select a valid choice"),
        ("q-allergy", ["fish", "none"], "cannot stand beside another answer"),
        ("weight_kg", "6150", "weight in kilograms"),
    ],
)
def test_a_wrong_answer_is_told_at_its_place(as_clinician, questions, patient, name, typed, message):
    answer = as_clinician.post(page("intake", patient.pk), ANSWERS | {name: typed})

    assert answer.status_code == 422
    assert message in answer.text
    assert "no meat" in answer.text
    assert Intake.objects.count() == 0


def test_a_draft_comes_back_as_it_was_left_and_goes_once_saved(as_clinician, questions, patient):
    typed = {
        "draft_kind": "intake",
        "draft_subject": f"patient:{patient.pk}",
        "draft_url": page("intake", patient.pk),
        "q-diet-text": "half a sentence",
        "q-duration": "not yet a day",
        "q-allergy": ["latex"],
    }
    as_clinician.post(reverse("draft_save"), typed)

    reopened = as_clinician.get(page("intake", patient.pk))
    as_clinician.post(page("intake", patient.pk), ANSWERS)

    text = " ".join(reopened.text.split())
    assert "half a sentence" in text
    assert 'value="latex" id="id_q-allergy_1" checked' in text
    assert "Your draft of" in text
    assert "field-error" not in text
    assert Draft.objects.count() == 0


def test_a_double_click_saves_one_intake(as_clinician, questions, patient, once):
    sent = ANSWERS | {"once": once()}

    for _ in range(2):
        as_clinician.post(page("intake", patient.pk), sent)

    assert Intake.objects.count() == 1


@pytest.mark.parametrize("many", [1, 3])
def test_an_intake_is_read_in_eight_and_written_in_twelve_queries(
    as_clinician, questions, patient, once, count_queries, many
):
    lines = "\n".join(f"Medicine {n}" for n in range(many))
    as_clinician.post(page("intake", patient.pk), ANSWERS | {"q-meds-lines": lines})

    with count_queries() as read:
        as_clinician.get(page("intake", patient.pk))
    with count_queries() as written:
        as_clinician.post(page("intake", patient.pk), ANSWERS | {"q-meds-lines": "Another", "once": once()})

    assert (len(read), len(written)) == (8, 12)


def test_the_history_shows_what_changed(as_clinician, questions, patient):
    as_clinician.post(page("intake", patient.pk), ANSWERS)
    as_clinician.post(page("intake", patient.pk), ANSWERS | {"q-diet": "balanced", "q-expect": ""})

    answer = as_clinician.get(page("intake_history", patient.pk))

    newest, first = answer.context["versions"]
    assert [(c.question, c.before, c.after) for c in newest.changes] == [
        ("Diet", "restrictive · no meat", "balanced · no meat"),
        ("About expect?", "More density", ""),
    ]
    assert first.is_first
    assert "low ferritin" in answer.text


def test_a_long_history_is_read_by_pages(as_clinician, clinician, patient, count_queries):
    for version in range(1, 13):
        factories.IntakeFactory(patient=patient, version=version, taken_by=clinician)

    with count_queries() as queries:
        first = as_clinician.get(page("intake_history", patient.pk))
    second = as_clinician.get(first.context["page"]["next"])

    assert [v.intake.version for v in first.context["versions"]] == list(range(12, 2, -1))
    assert [v.intake.version for v in second.context["versions"]] == [2, 1]
    assert first.context["versions"][-1].is_first is False
    assert len(queries) <= 8


# --- consent -----------------------------------------------------------------


def sign(text, **fields) -> dict[str, str]:
    return {"text": text.pk, "method": "typed", "signed_name": "Noor Example"} | fields


def test_a_consent_is_shown_signed_and_stands(as_clinician, clinician, patient, once):
    text = factories.ConsentTextFactory(body="Off-label use was explained.")

    before = as_clinician.get(page("consent", patient.pk))
    answer = as_clinician.post(page("consent", patient.pk), sign(text, once=once()), follow=True)

    assert "Off-label use was explained." in before.text
    assert "Treatment consent is not on file." in before.text
    consent = Consent.objects.get()
    assert (consent.text, consent.taken_by) == (text, clinician)
    assert consent.valid_until == timezone.localdate() + timedelta(days=365)
    assert "Treatment consent valid to" in answer.text


def test_photographs_are_agreed_to_apart(as_clinician, patient):
    factories.ConsentTextFactory()
    photo = factories.ConsentTextFactory(kind="photo", title="Photographs")
    url = f"{page('consent', patient.pk)}?kind=photo"

    shown = as_clinician.get(url)
    as_clinician.post(url, sign(photo, method="paper"))

    assert shown.context["text"] == photo
    assert [(c.kind, c.method) for c in Consent.objects.all()] == [("photo", "paper")]


def test_a_text_of_another_kind_is_not_signed(as_clinician, patient):
    photo = factories.ConsentTextFactory(kind="photo")

    answer = as_clinician.post(page("consent", patient.pk), sign(photo))

    assert answer.status_code == 404
    assert Consent.objects.count() == 0


def test_the_patients_language_is_shown_where_there_is_a_text(as_clinician):
    factories.ConsentTextFactory(language="en", version=3)
    french = factories.ConsentTextFactory(language="fr", version=1)
    factories.ConsentTextFactory(language="tr", version=9)
    patient = factories.PatientFactory(language="fr")

    assert as_clinician.get(page("consent", patient.pk)).context["text"] == french


def test_without_a_text_the_page_says_what_to_do(as_clinician, patient):
    assert "There is no text for this kind" in as_clinician.get(page("consent", patient.pk)).text


def test_a_consent_without_a_name_is_told_at_the_field(as_clinician, patient):
    text = factories.ConsentTextFactory()

    answer = as_clinician.post(page("consent", patient.pk), sign(text, signed_name=" "))

    assert answer.status_code == 422
    assert "Type the name of the person who signs." in answer.text


def test_a_replaced_wording_is_refused_with_the_new_one_shown(as_clinician, patient):
    old = factories.ConsentTextFactory(version=1)
    new = factories.ConsentTextFactory(version=2, body="The new wording.")

    answer = as_clinician.post(page("consent", patient.pk), sign(old))

    assert answer.status_code == 422
    assert "The wording has changed" in answer.text
    assert "The new wording." in answer.text
    assert f'name="text" value="{new.pk}"' in " ".join(answer.text.split())


def test_a_consent_is_withdrawn_with_a_reason(as_clinician, patient, once):
    consent = factories.ConsentFactory(patient=patient)
    url = page("consent_withdraw", patient.pk, consent.pk)

    unsaid = as_clinician.post(url, {"reason": "", "once": once()}, follow=True)
    done = as_clinician.post(url, {"reason": "Moved away", "once": once()}, follow=True)

    assert "Write why the consent is withdrawn" in unsaid.text
    assert "Moved away" in done.text
    assert "Treatment consent was withdrawn on" in done.text


@pytest.mark.parametrize("many", [1, 3])
def test_the_consent_page_costs_the_same_for_one_and_three(as_clinician, patient, count_queries, many):
    for _ in range(many):
        factories.ConsentFactory(patient=patient)

    with count_queries() as queries:
        as_clinician.get(page("consent", patient.pk))

    assert len(queries) == 7


# --- risk factors ------------------------------------------------------------


def test_a_factor_is_added_from_the_list(as_clinician, clinician, patient, once):
    fish = factories.FactorFactory(code="allergy_fish", kind="allergy")

    answer = as_clinician.post(
        page("risk_factor_add", patient.pk),
        {"kind": "allergy", "factor": fish.pk, "once": once()},
        follow=True,
    )

    row = RiskFactor.objects.get()
    assert (row.factor, row.label, row.recorded_by) == (fish, "Allergy fish", clinician)
    assert "Allergy fish" in answer.text


def test_a_factor_said_in_words_is_looked_up(as_clinician, patient):
    thinner = factories.FactorFactory(code="anticoagulant", kind="medicine")
    FactorTerm.objects.create(where="term", term="warfarin", kind="medicine", factor=thinner)

    as_clinician.post(
        page("risk_factor_add", patient.pk),
        {"kind": "medicine", "label": "Warfarin 5 mg", "started_on": "2026-01-01"},
    )

    row = RiskFactor.objects.get()
    assert (row.factor, row.label) == (thinner, "Warfarin 5 mg")
    assert row.started_on == date(2026, 1, 1)


def test_a_factor_without_words_is_told_at_the_field(as_clinician, patient):
    answer = as_clinician.post(page("risk_factor_add", patient.pk), {"kind": "allergy"})

    assert answer.status_code == 422
    assert "Choose from the list, or say it in words." in answer.text


def test_a_factor_that_stands_is_refused_and_what_was_typed_is_kept(as_clinician, patient):
    factories.RiskFactorFactory(patient=patient, label="Latex")

    answer = as_clinician.post(page("risk_factor_add", patient.pk), {"kind": "allergy", "label": "latex"})

    assert answer.status_code == 422
    assert "already stands" in answer.text
    assert 'value="latex"' in answer.text


def test_staff_matters_are_not_offered(as_clinician, patient):
    Factor.objects.create(code="staff_x", label="Unborn child", short_label="H", kind="staff")

    assert "Unborn child" not in as_clinician.get(page("risk_factor_add", patient.pk)).text


def test_a_factor_is_ended_today_and_stays_on_the_page(as_clinician, patient, once):
    row = factories.RiskFactorFactory(patient=patient)
    url = page("risk_factor_end", patient.pk, row.pk)

    answer = as_clinician.post(url, {"once": once()}, follow=True)
    again = as_clinician.post(url, {"once": once()}, follow=True)

    assert [r.pk for r in answer.context["ended"]] == [row.pk]
    assert answer.context["standing"] == []
    assert "already ended" in again.text


@pytest.mark.parametrize("many", [1, 3])
def test_the_risk_factors_cost_the_same_for_one_and_three(
    as_clinician, clinician, patient, count_queries, once, many
):
    for n in range(many):
        factories.RiskFactorFactory(patient=patient, label=f"Thing {n}", recorded_by=clinician)

    with count_queries() as read:
        as_clinician.get(page("risk_factor_add", patient.pk))
    with count_queries() as written:
        as_clinician.post(
            page("risk_factor_add", patient.pk), {"kind": "allergy", "label": "Pollen", "once": once()}
        )

    assert len(read) == 7
    assert len(written) <= 12
