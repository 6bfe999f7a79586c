"""What is printed and read of a cocktail: sheet, label, leaflet, and the formulas of who sees no patients."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from mesoclinic.core import documents
from mesoclinic.core.models import AuditEvent, Source
from tests.conftest import signed_in
from tests.factories import (
    AssessmentFactory,
    ClinicFactory,
    CocktailFactory,
    CocktailVersionFactory,
    ComponentFactory,
    ConditionFactory,
    IndicationFactory,
    IntakeFactory,
    LotFactory,
    RiskFactorFactory,
    UserFactory,
    signed_cocktail,
)
from treatments.catalogue.models import OtherTreatment
from treatments.cocktails.models import Cocktail, CocktailOverride
from treatments.cocktails.queries.documents import cocktail_code

pytestmark = pytest.mark.django_db

D = Decimal


@pytest.fixture
def signed(clinic, clinician, patient, biotin, zinc):
    version = signed_cocktail(clinic=clinic, patient=patient, by=clinician, products=[biotin, zinc])
    Cocktail.objects.filter(pk=version.cocktail_id).update(name="Noor's own")
    return version


@pytest.fixture
def printed(monkeypatch):
    """What was put on paper; the paper itself is made as ever."""
    made = []
    make = documents.render_pdf

    def pdf(template, data, *, on):
        made.append((template, data))
        return make(template, data, on=on)

    monkeypatch.setattr(documents, "render_pdf", pdf)
    return made


def address(name, version):
    return reverse(f"cocktails:{name}", args=[version.pk])


# ── who may read what ────────────────────────────────────────────────────────────────────────────

READABLE = ["formula", "education"]
CLINICAL = ["formulation", "check", "sign", "change", "explanation", "reuse", "preparation", "label"]


@pytest.mark.parametrize("name", READABLE)
def test_a_cosmetologist_reads_the_cocktail(as_cosmetologist, signed, name):
    assert as_cosmetologist.get(address(name, signed)).status_code == 200


@pytest.mark.parametrize("name", [*CLINICAL, "save_formulation"])
def test_a_cosmetologist_can_neither_sign_nor_see_the_patients_record(as_cosmetologist, signed, name):
    answers = {
        getattr(as_cosmetologist, method)(address(name, signed)).status_code for method in ("get", "post")
    }

    assert answers <= {403, 405}
    assert 403 in answers


def test_a_cosmetologist_does_not_see_the_patients_page(as_cosmetologist, signed):
    record = reverse("patient", args=[signed.cocktail.patient_id])

    assert as_cosmetologist.get(record).status_code == 403


@pytest.mark.parametrize("who", ["as_front_desk", "as_admin"])
def test_desk_and_admin_read_no_cocktails(request, signed, who):
    client = request.getfixturevalue(who)

    for name in (*READABLE, *CLINICAL):
        assert client.get(address(name, signed)).status_code in (403, 405)
    assert client.get(reverse("cocktails:formulas")).status_code == 403


def test_whoever_sees_no_patients_is_shown_nothing_of_the_patient(
    as_cosmetologist, signed, patient, clinician, count_queries, printed
):
    RiskFactorFactory(patient=patient, label="Allergy to penicillin", recorded_by=clinician)
    CocktailOverride.objects.create(
        version=signed,
        code="x",
        level="warn",
        message="Care in pregnancy.",
        reason="She asked for it.",
        by=clinician,
    )
    pages = [reverse("cocktails:formulas"), address("formula", signed), address("education", signed)]

    with count_queries() as queries:
        texts = [as_cosmetologist.get(page).content.decode("latin-1") for page in pages]
    [(_, leaflet)] = printed
    told = " ".join([*texts[:2], str(leaflet)])

    assert "Biotin 5 mg/ml" in told
    assert cocktail_code(signed) in told
    secrets = [
        patient.given_names,
        patient.family_name,
        patient.record_number,
        "Noor's own",
        "penicillin",
        "Care in pregnancy",
        "She asked for it",
    ]
    assert [secret for secret in secrets if secret in told] == []
    tables = ("patients_patient", "patients_riskfactor", "patients_intake", 'conditions_assessment"')
    assert [sql for sql in queries if any(f'"{table.rstrip(chr(34))}"' in sql for table in tables)] == []


def test_a_saved_formulation_goes_by_its_name(as_cosmetologist, clinic, biotin):
    saved = CocktailVersionFactory(cocktail=CocktailFactory(clinic=clinic, patient=None, name="House mix"))
    ComponentFactory(version=saved, product=biotin)

    assert "House mix" in as_cosmetologist.get(reverse("cocktails:formulas")).content.decode()
    assert as_cosmetologist.get(address("formula", saved)).status_code == 200


def test_a_draft_and_another_clinics_cocktail_are_not_there(as_cosmetologist, draft):
    elsewhere = signed_cocktail(clinic=ClinicFactory(name="Elsewhere"))

    for version in (draft, elsewhere):
        for name in READABLE:
            assert as_cosmetologist.get(address(name, version)).status_code == 404
    assert as_cosmetologist.get(reverse("cocktails:formulas")).context["rows"] == []


def test_the_list_costs_the_same_for_one_row_and_three(as_cosmetologist, clinic, clinician, count_queries):
    signed_cocktail(clinic=clinic, by=clinician)
    with count_queries() as one:
        as_cosmetologist.get(reverse("cocktails:formulas"))
    signed_cocktail(clinic=clinic, by=clinician)
    signed_cocktail(clinic=clinic, by=clinician)

    with count_queries() as three:
        as_cosmetologist.get(reverse("cocktails:formulas"))

    assert len(one) == len(three) <= 8


def test_the_list_goes_on_by_key(as_cosmetologist, clinic, clinician):
    made = [signed_cocktail(clinic=clinic, by=clinician).pk for _ in range(22)]

    first = as_cosmetologist.get(reverse("cocktails:formulas"))
    second = as_cosmetologist.get(first.context["page"]["next"])

    listed = [row.pk for page in (first, second) for row in page.context["rows"]]
    assert listed == sorted(made, reverse=True)
    assert second.context["page"]["next"] == ""


@pytest.mark.parametrize("before", ["x", "-1", "9" * 30])
def test_a_place_in_the_list_that_is_none_is_the_beginning(as_cosmetologist, before):
    answer = as_cosmetologist.get(reverse("cocktails:formulas"), {"before": before})

    assert answer.status_code == 200


# ── the leaflet ──────────────────────────────────────────────────────────────────────────────────


def test_the_leaflet_says_what_for_how_sure_off_label_and_who_says_so(
    as_cosmetologist, signed, biotin, printed
):
    ingredient = biotin.ingredients.get()
    ingredient.regulatory_status = "Licensed for deficiency; scalp use off-label"
    ingredient.source_keys = ["MADE"]
    ingredient.save()
    Source.objects.create(key="MADE", citation="Made-up study 2020", kind="study")
    IndicationFactory(
        condition=ConditionFactory(code="brittle-hair"),
        ingredient=ingredient,
        support=1,
        evidence_level="expert use",
    )

    answer = as_cosmetologist.get(address("education", signed))

    [(template, leaflet)] = printed
    assert answer["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")
    assert answer["Cache-Control"] == "private, no-store"
    assert template == "treatments/cocktails/leaflet.typ"
    assert leaflet["actives"] == ["Biotin", "Zinc"]
    told = leaflet["parts"][0]
    assert told["off_label"].startswith("OFF-LABEL: it is not licensed for injection into the scalp.")
    assert told["sentences"] == (
        "It is used from experience for brittle hair; no good trial has shown that it works.",
    )
    assert told["reviewed"] is False
    assert leaflet["sources"] == ["Made-up study 2020"]


def test_the_leaflet_costs_a_fixed_number_of_queries(
    as_cosmetologist, signed, clinic, clinician, biotin, zinc, saline, count_queries
):
    with count_queries() as two:
        as_cosmetologist.get(address("education", signed))
    more = signed_cocktail(clinic=clinic, by=clinician, products=[biotin, zinc, saline])

    with count_queries() as three:
        as_cosmetologist.get(address("education", more))

    assert len(two) == len(three) <= 8


# ── the sheet and the label, before a session ────────────────────────────────────────────────────


def test_the_sheet_takes_opened_lots_first_then_the_first_to_expire(
    as_clinician, clinic, signed, biotin, zinc, printed
):
    type(biotin).objects.filter(pk=biotin.pk).update(presentation="ampoule")
    today = timezone.localdate()
    LotFactory(
        product=biotin, clinic=clinic, number="LATE", on_hand=D(5), expires_on=today + timedelta(days=200)
    )
    LotFactory(
        product=biotin, clinic=clinic, number="SOON", on_hand=D("0.4"), expires_on=today + timedelta(days=20)
    )
    LotFactory(
        product=biotin,
        clinic=clinic,
        number="OPEN",
        on_hand=D("0.1"),
        expires_on=today + timedelta(days=90),
        opened_until=timezone.now() + timedelta(hours=5),
    )
    LotFactory(
        product=biotin, clinic=clinic, number="GONE", on_hand=D(5), expires_on=today - timedelta(days=1)
    )
    LotFactory(
        product=biotin,
        clinic=clinic,
        number="SHUT",
        on_hand=D(5),
        expires_on=today + timedelta(days=2),
        status="quarantined",
    )

    answer = as_clinician.get(address("preparation", signed))

    [(template, sheet)] = printed
    assert (answer.status_code, template) == (200, "treatments/cocktails/worksheet.typ")
    [first, second] = sheet["steps"]
    assert [(lot["number"], lot["ml"], lot["opened"]) for lot in first["lots"]] == [
        ("OPEN", "0.1 ml", True),
        ("SOON", "0.4 ml", False),
        ("LATE", "0.5 ml", False),
    ]
    assert (first["product"], first["ml"], first["mg"], first["missing"]) == (
        "Biotin 5 mg/ml",
        "1 ml",
        "5 mg",
        "",
    )
    assert (second["product"], second["lots"], second["missing"]) == ("Zinc 1 mg/ml", [], "1 ml")
    assert (sheet["total"], sheet["syringe"]) == ("2 ml", "5 ml")
    assert first["beyond_use"] == "discard the rest at once"


def test_the_sheet_names_the_patient_the_signature_and_what_was_gone_past(
    as_clinician, signed, patient, clinician, printed
):
    RiskFactorFactory(patient=patient, kind="allergy", label="Latex", recorded_by=clinician)
    CocktailOverride.objects.create(
        version=signed, code="x", level="warn", message="Care.", reason="Told.", by=clinician
    )

    as_clinician.get(address("preparation", signed))

    [(_, sheet)] = printed
    assert (sheet["patient"], sheet["record"]) == ("Noor Haddad", patient.record_number)
    assert sheet["allergies"] == ["Latex"]
    assert sheet["signed"].startswith("Dr Elif Kaya, ")
    assert sheet["overrides"] == ["Care. “Told.”"]
    assert AuditEvent.objects.get().data == {"page": "preparation"}


def test_the_name_of_a_document_says_nothing_of_the_patient(as_clinician, signed, printed):
    answer = as_clinician.get(address("label", signed))

    assert answer["Content-Disposition"] == f'inline; filename="label-{cocktail_code(signed)}.pdf"'
    [(template, label)] = printed
    assert template == "treatments/cocktails/label.typ"
    assert label["code"] == cocktail_code(signed)
    assert label["picture"].startswith("<svg")


@pytest.mark.parametrize("name", ["preparation", "label"])
def test_only_what_is_signed_has_a_sheet(as_clinician, draft, name):
    assert as_clinician.get(address(name, draft)).status_code == 404


def test_the_sheet_costs_a_fixed_number_of_queries(
    as_clinician, clinic, clinician, signed, biotin, zinc, saline, count_queries
):
    with count_queries() as two:
        as_clinician.get(address("preparation", signed))
    more = signed_cocktail(clinic=clinic, by=clinician, products=[biotin, zinc, saline])

    with count_queries() as three:
        as_clinician.get(address("preparation", more))

    assert len(two) == len(three) <= 8


# ── the code finds it ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("typed", ["{}", " {} ", "lower"])
def test_the_code_of_the_label_finds_the_cocktail(as_clinician, as_cosmetologist, signed, typed):
    code = cocktail_code(signed)
    text = code.lower() if typed == "lower" else typed.format(code)

    clinician_goes = as_clinician.post(reverse("find"), {"q": text})
    cosmetologist_goes = as_cosmetologist.post(reverse("find"), {"q": text})

    assert clinician_goes["Location"] == address("formulation", signed)
    assert cosmetologist_goes["Location"] == address("formula", signed)


def test_the_code_of_a_saved_formulation_finds_the_formula(as_clinician, clinic, biotin):
    saved = CocktailVersionFactory(cocktail=CocktailFactory(clinic=clinic, patient=None, name="House mix"))
    ComponentFactory(version=saved, product=biotin)

    answer = as_clinician.post(reverse("find"), {"q": cocktail_code(saved)})

    assert answer["Location"] == address("formula", saved)


@pytest.mark.parametrize("text", ["CV-", "CV-x", "CV-999999", "CV-" + "9" * 40, "CV--1"])
def test_a_code_of_nothing_finds_nothing(as_clinician, signed, text):
    answer = as_clinician.post(reverse("find"), {"q": text})

    assert answer.status_code == 200
    assert answer.context["found"].is_empty


def test_the_code_finds_nothing_at_another_clinic(signed):
    other = signed_in(UserFactory(roles=["clinician"], clinic=ClinicFactory(name="Elsewhere")))

    assert other.post(reverse("find"), {"q": cocktail_code(signed)}).context["found"].is_empty


# ── the explanation ────────────────────────────────────────────────────────────────────────────────────


def test_the_explanation_tells_what_spoke_and_what_is_not_suggested(as_clinician, draft, biotin, zinc):
    ComponentFactory(version=draft, product=biotin)

    page = as_clinician.get(address("explanation", draft))

    groups = {key: rows for key, _, _, rows in page.context["groups"]}
    assert {(row.rule, row.level) for row in groups["fired"]} >= {("F1", "block")}
    assert groups["silent"]
    assert {name for name, _ in page.context["absent"]} == {"Biotin", "Zinc"}
    assert AuditEvent.objects.get().data == {"page": "explanation"}


def test_the_explanation_costs_the_same_for_one_row_and_three(
    as_clinician, draft, biotin, zinc, saline, count_queries
):
    ComponentFactory(version=draft, product=biotin)
    with count_queries() as one:
        as_clinician.get(address("explanation", draft))
    ComponentFactory(version=draft, product=zinc, position=1)
    ComponentFactory(version=draft, product=saline, position=2)

    with count_queries() as three:
        as_clinician.get(address("explanation", draft))

    assert len(one) == len(three) <= 8


def test_an_explanation_of_nothing_is_not_found(as_clinician):
    assert as_clinician.get(reverse("cocktails:explanation", args=[987654])).status_code == 404


# ── the leaflet of one patient ───────────────────────────────────────────────────────────────────


@pytest.fixture
def stressed(clinic, clinician, patient, biotin, zinc):
    """The patient told of stress at the intake, for which there is advice; and has what a lotion helps."""
    pattern = ConditionFactory(code="female-pattern", name="Female pattern")
    found = AssessmentFactory(patient=patient, condition=pattern, assessed_by=clinician)
    signed = signed_cocktail(
        clinic=clinic, patient=patient, by=clinician, products=[biotin, zinc], assessment=found
    )
    IntakeFactory(
        patient=signed.cocktail.patient,
        answers={"stress": {"said": "yes"}, "diet": "balanced"},
        taken_by=clinician,
    )
    for name, condition, more in (
        ("Lotion", pattern, {"support": 3}),
        ("Wait", ConditionFactory(code="cause-stress"), {"question": "stress", "answers": ["yes"]}),
        ("Iron", ConditionFactory(code="cause-diet"), {"question": "diet", "answers": ["restrictive"]}),
    ):
        OtherTreatment.objects.create(
            condition=condition,
            name=name,
            text=f"{name} helps",
            show_as="first line",
            order=1,
            basis="partly_sourced",
            source_text="Made-up digest",
            **more,
        )
    return signed


def test_the_patients_leaflet_says_what_helps_beside_it_with_its_basis(as_clinician, stressed, printed):
    answer = as_clinician.get(address("education_for", stressed))

    [(_, leaflet)] = printed
    assert answer.content.startswith(b"%PDF-")
    assert [(each["name"], each["text"], each["because"]) for each in leaflet["beside"]] == [
        ("Lotion", "controlled trials: Lotion helps", ""),
        ("Wait", "Wait helps", "from the intake: stress"),
    ]
    assert {(each["basis"], each["source"]) for each in leaflet["beside"]} == {
        ("partly sourced", "Made-up digest")
    }
    assert AuditEvent.objects.filter(did="patient.viewed", data__page="education").count() == 1


def test_the_bench_shows_it_before_what_is_drawn(as_clinician, stressed):
    draft = CocktailVersionFactory(
        cocktail__patient=stressed.cocktail.patient, cocktail__clinic=stressed.cocktail.clinic
    )

    page = as_clinician.get(address("formulation", draft))

    assert [each.name for each in page.context["other_treatments"]] == ["Lotion", "Wait"]
    assert page.text.index("First, without a syringe") < page.text.index("Another product")
    assert "not drawn" in page.text


def test_nobody_but_who_formulates_gets_the_patients_leaflet(
    as_cosmetologist, as_front_desk, as_admin, stressed
):
    for client in (as_cosmetologist, as_front_desk, as_admin):
        assert client.get(address("education_for", stressed)).status_code == 403


def test_the_cosmetologists_leaflet_says_nothing_of_the_intake(as_cosmetologist, stressed, printed):
    as_cosmetologist.get(address("education", stressed))

    [(_, leaflet)] = printed
    assert leaflet["beside"] == []
