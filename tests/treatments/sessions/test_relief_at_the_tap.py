"""A cream or a nerve block that the record speaks against is refused at the tap, when it is kept, and at the review."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import Error, connection, transaction
from django.urls import reverse

from mesoclinic.core.findings import Refused
from patients.actions.risk_factors import end_risk_factor
from patients.models import Alert, AlertType
from tests import factories
from tests.treatments.sessions.conftest import fill, stored
from tests.treatments.sessions.test_views import page, post, posted
from treatments.sessions.actions.charting import save_chart
from treatments.sessions.actions.signing import sign_session
from treatments.sessions.models import PainRelief
from treatments.sessions.rules.charting import ReliefEntry

D = Decimal

CODE = "contra:lidocaine:allergy_amide"
TOXICITY = "alert:reaction:anaesthetic-toxicity"


@pytest.fixture
def allergy(patient):
    """Lidocaine is contraindicated by a label, and the patient is allergic to amides."""
    lidocaine = factories.IngredientFactory(code="lidocaine", name="Lidocaine", is_active=False)
    factor = factories.FactorFactory(code="allergy_amide", label="Allergy: amide anaesthetic", kind="allergy")
    factories.ContraindicationFactory(
        ingredient=lidocaine, factor=factor, severity="absolute", basis="stated"
    )
    return factories.RiskFactorFactory(patient=patient, factor=factor, kind="allergy", label=factor.label)


def keep(session, by, *relief):
    session.refresh_from_db()
    chart = replace(stored(session), relief=relief)
    return save_chart(session=session, by=by, revision=session.revision, chart=chart)


def no_more(risk_factor, session):
    """It was ended in writing before the session."""
    end_risk_factor(
        risk_factor=risk_factor, by=session.clinician, on=session.performed_on, words="Patch test negative."
    )


@pytest.fixture
def toxicity(ready):
    """Too much anaesthetic last time: fixed for what holds one, and known since before this session."""
    kind = AlertType.objects.create(
        code=TOXICITY,
        trigger_kind="reaction",
        trigger="toxicity",
        applies_to="lidocaine, procaine, cream, nerve block",
        stored=True,
        level="block_fixed",
        cleared_by="a clinician",
        screen_says="Anaesthetic toxicity: none until the dose is written.",
        applies_when="holds",
        substances=["lidocaine", "procaine", "topical-anaesthetic-cream"],
    )
    return Alert.objects.create(
        patient=ready.patient,
        type=kind,
        code=TOXICITY,
        kind="reaction",
        level="block_fixed",
        text=kind.screen_says,
        source="test.row:1",
        raised_at=ready.started_at - timedelta(days=1),
    )


def tap(client, session, **fields):
    return post(client, reverse("sessions:relief", args=[session.pk]), posted(session, **fields))


@pytest.mark.parametrize("method", ["cream", "nerve_block"])
@pytest.mark.parametrize("mg", ["", "0", "20"])
def test_the_tap_says_it_at_the_field_whatever_the_amount(as_clinician, ready, allergy, method, mg):
    answer = tap(as_clinician, ready, relief=[method], **{f"relief_mg_{method}": mg})

    assert CODE in [finding.code for finding in answer.context["relief_findings"]]
    assert "Do not give it." in answer.content.decode()


def test_the_tap_says_nothing_of_ice(as_clinician, ready, allergy):
    assert tap(as_clinician, ready, relief=["ice"]).context["relief_findings"] == []


@pytest.mark.parametrize("method", ["cream", "nerve_block"])
def test_an_alert_about_what_the_relief_holds_is_said_at_the_tap_and_not_kept(
    as_clinician, ready, clinician, toxicity, method
):
    answer = tap(as_clinician, ready, relief=[method])

    assert TOXICITY in [finding.code for finding in answer.context["relief_findings"]]
    with pytest.raises(Refused) as refused:
        keep(ready, clinician, ReliefEntry(method, D(20)))
    assert (TOXICITY, True) in [(f.code, f.fixed) for f in refused.value.findings]
    assert not PainRelief.objects.exists()


def test_what_was_given_against_an_alert_is_recorded_with_a_reason(ready, clinician, toxicity):
    session = fill(ready, clinician, relief=(ReliefEntry("cream", D(25), is_given=True),))

    with pytest.raises(Refused) as refused:
        sign_session(session=session, by=clinician)
    signed = sign_session(
        session=session, by=clinician, reasons={TOXICITY: "Wiped off at once, watched an hour"}
    )

    assert [(f.code, f.fixed) for f in refused.value.findings] == [(TOXICITY, False)]
    assert signed.status == "signed"


def test_without_the_allergy_only_the_amount_is_asked(as_clinician, ready, db):
    answer = tap(as_clinician, ready, relief=["cream"])

    assert [finding.code for finding in answer.context["relief_findings"]] == ["relief-mg:cream"]


def test_an_allergy_said_at_this_very_session_counts(as_clinician, ready, allergy):
    factor = allergy.factor
    no_more(allergy, ready)

    answer = tap(
        as_clinician,
        ready,
        relief=["cream"],
        **{"safety-allergy-answer": "changed", "safety-allergy-new": [str(factor.pk)]},
    )

    assert CODE in [finding.code for finding in answer.context["relief_findings"]]


def test_it_is_not_kept_and_the_finding_stands_at_the_field(as_clinician, ready, allergy):
    answer = post(as_clinician, page(ready), posted(ready, do="draft", relief=["nerve_block"]))
    html = answer.content.decode()

    assert answer.status_code == 422
    assert CODE in [finding.code for finding in answer.context["relief_findings"]]
    assert 'name="relief_given" value="nerve_block"' in html
    assert not PainRelief.objects.exists()


def test_what_was_given_already_is_kept_marked_and_asks_a_clinician_at_the_signature(
    as_clinician, ready, allergy, clinician
):
    fields = posted(ready, do="draft", relief=["cream"], relief_given=["cream"], relief_mg_cream="25")
    answer = post(as_clinician, page(ready), fields)
    session = fill(ready, clinician)

    with pytest.raises(Refused) as refused:
        sign_session(session=session, by=clinician)
    signed = sign_session(session=session, by=clinician, reasons={CODE: "Watched an hour, nothing seen"})

    row = PainRelief.objects.get()
    assert answer.status_code == 302
    assert (row.already_given_by, row.already_given_at is not None) == (clinician, True)
    assert [(f.code, f.fixed) for f in refused.value.findings] == [(CODE, False)]
    assert signed.status == "signed"


def test_the_review_refuses_it_again_where_the_allergy_became_known_later(ready, clinician, patient, allergy):
    no_more(allergy, ready)
    session = fill(ready, clinician, relief=(ReliefEntry("cream", D(25)),))
    factories.RiskFactorFactory(patient=patient, factor=allergy.factor, kind="allergy", label="Amides again")

    with pytest.raises(Refused) as refused:
        sign_session(session=session, by=clinician, reasons={CODE: "Watched an hour, nothing seen"})

    assert [(f.code, f.fixed, f.where) for f in refused.value.findings] == [(CODE, True, "relief")]


def test_a_mark_keeps_its_time_through_later_saves(ready, clinician, allergy):
    keep(ready, clinician, ReliefEntry("cream", D(25), is_given=True))
    at = PainRelief.objects.get().already_given_at

    keep(ready, factories.ClinicianFactory(clinic=ready.clinic), ReliefEntry("cream", D(10), is_given=True))

    row = PainRelief.objects.get()
    assert (row.lidocaine_mg, row.already_given_at, row.already_given_by) == (D(10), at, clinician)


@pytest.mark.parametrize(
    ("columns", "constraint"),
    [
        ("label = 'lidocaine_prilocaine'", "relief_label_is_known"),  # of a nerve block
        ("already_given_at = now()", "relief_given_already_says_who_and_when"),
    ],
)
def test_raw_sql_writes_no_half_of_it(ready, clinician, columns, constraint):
    keep(ready, clinician, ReliefEntry("nerve_block", D(25)))

    with pytest.raises(Error, match=constraint), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE treatment_sessions_painrelief SET {columns}")


def test_the_tap_is_for_those_who_run_sessions(as_front_desk, ready):
    assert as_front_desk.post(reverse("sessions:relief", args=[ready.pk])).status_code == 403


def test_the_tap_reads_a_bounded_number_of_rows(as_clinician, ready, allergy, count_queries):
    url, fields = reverse("sessions:relief", args=[ready.pk]), posted(ready, relief=["cream", "nerve_block"])

    with count_queries() as sent:
        post(as_clinician, url, fields)

    assert len(sent) <= 10


def test_more_cream_than_its_ceiling_is_said_at_the_tap(as_clinician, ready):
    for what, maximum, finding, unit in (
        ("cream amount", 60, "cream-grams", "g"),
        ("cream area", 1, "cream-area", "cm2"),
    ):
        factories.VolumeLimitFactory(
            what=what, maximum=maximum, finding=finding, unit=unit, level="block_overridable"
        )

    most = tap(as_clinician, ready, relief=["cream"], relief_mg_cream="1500").text
    more = tap(as_clinician, ready, relief=["cream"], relief_mg_cream="1525").text

    assert "of skin under the cream" in most
    assert "g of cream" not in most
    assert "61 g of cream: the highest on file is 60 g" in more
