"""Clearing an alert: what each kind asks for, when, by whom, what follows; and what raw SQL cannot do."""

import csv
import re
from datetime import date, timedelta

import pytest
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from mesoclinic.core.findings import Refused
from patients.actions.alert_clearing import clear_alert, record_agreement_to_clear_early
from patients.actions.alerts import raise_alerts_unless_open
from patients.models import Alert, AlertAgreement, AlertClearing, AlertClearingAnswer, RiskFactor
from patients.rules.alert_clearing import (
    ClearingFacts,
    ClearingField,
    check_alert_may_be_cleared,
    earliest_clearing_day_or_none,
    text_of_clearing_row,
)
from patients.rules.alerts import (
    AlertKind,
    AlertLevel,
    Applies,
    Injection,
    NewAlert,
    OpenAlert,
    Scope,
    alert_level_for_injection_or_empty,
    text_with_filled_slots,
)
from tests import factories
from tests.alert_types import load_alert_types
from treatments.plans.alert_queries import open_alerts_of_patient

TODAY = date(2026, 11, 30)
WORDS = "Seen today and written down"
LETTER = {
    "letter": "Allergy service, letter of today",
    "culprit": "zinc",
    "off_for_life": "zinc",
    "next_where": "Here, with a second clinician",
}


def sql(statement: str, *values: object) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)


@pytest.fixture
def types(db):
    load_alert_types()


@pytest.fixture
def other(clinic):
    return factories.ClinicianFactory(clinic=clinic)


def raised(patient, code: str, *, days_ago: int = 60, given_by=None, suspects=("biotin", "zinc")) -> Alert:
    new = NewAlert(
        AlertKind.REACTION,
        AlertLevel.BLOCK,
        "no kind on file",
        f"tests.row:{code}",
        codes=(code,),
        since=timezone.localdate() - timedelta(days=days_ago),
        session_number=2,
        given_by_id=given_by.pk if given_by else None,
        suspects=suspects,
    )
    return raise_alerts_unless_open([(patient.pk, new)], by=given_by)[0]


def refused(**arguments) -> list[str]:
    with pytest.raises(Refused) as refusal:
        clear_alert(**arguments)
    return [finding.code for finding in refusal.value.findings]


@pytest.fixture
def anaphylaxis(types, patient, clinician):
    return raised(patient, "alert:reaction:anaphylaxis", given_by=clinician)


# --- rules -------------------------------------------------------------------

TWO_FIELDS = (ClearingField("letter", "Letter"), ClearingField("healed_on", "Healed on", "healed"))


@pytest.mark.parametrize(
    ("healed_days_ago", "agreed", "codes"),
    [(42, False, []), (41, False, ["alert:min-days"]), (41, True, []), (-1, True, ["alert:day:healed_on"])],
)
def test_the_days_count_from_the_day_it_healed(healed_days_ago, agreed, codes):
    facts = ClearingFacts(
        since=TODAY - timedelta(days=90),
        today=TODAY,
        min_days=42,
        fields=TWO_FIELDS,
        agreed_by_another=agreed,
    )
    answers = {"letter": "yes", "healed_on": (TODAY - timedelta(days=healed_days_ago)).isoformat()}

    assert [finding.code for finding in check_alert_may_be_cleared(WORDS, answers, facts)] == codes


def test_without_a_day_of_healing_the_days_count_from_the_reaction():
    facts = ClearingFacts(since=TODAY, today=TODAY, min_days=14, fields=TWO_FIELDS)

    assert earliest_clearing_day_or_none(facts, {}) == TODAY + timedelta(days=14)
    assert earliest_clearing_day_or_none(ClearingFacts(since=TODAY, today=TODAY), {}) is None


def alert_with(scope: Scope, level: AlertLevel = AlertLevel.BLOCK) -> OpenAlert:
    return OpenAlert(1, "reaction", level, "Hives", TODAY, scope=scope)


ZINC = frozenset({"zinc"})


@pytest.mark.parametrize(
    ("scope", "injection", "level"),
    [
        (Scope(), Injection(ZINC), "block_overridable"),
        (Scope(Applies.HOLDS, ZINC), Injection(frozenset({"biotin"})), ""),
        (Scope(Applies.HOLDS, ZINC), Injection(ZINC), "block_overridable"),
        (Scope(Applies.HOLDS, ZINC), Injection(None), "block_overridable"),
        (Scope(Applies.HOLDS), Injection(ZINC), "block_overridable"),
        (Scope(Applies.HOLDS, ZINC, outside_level="note"), Injection(frozenset()), "note"),
        (Scope(Applies.WITHOUT, ZINC), Injection(ZINC), ""),
        (Scope(Applies.WITHOUT, ZINC), Injection(None), ""),
        (Scope(Applies.WITHOUT, ZINC), Injection(frozenset({"biotin"})), "block_overridable"),
        (
            Scope(in_region=True, zones=frozenset({"VERTEX"}), outside_level="warn"),
            Injection(ZINC, frozenset({"FRONTAL"})),
            "warn",
        ),
        (
            Scope(in_region=True, zones=frozenset({"VERTEX"}), inside_level="block_fixed"),
            Injection(ZINC, frozenset({"VERTEX", "FRONTAL"})),
            "block_fixed",
        ),
        (Scope(in_region=True, inside_level="block_fixed"), Injection(ZINC, None), "block_fixed"),
        (Scope(in_region=True, zones=frozenset({"VERTEX"})), Injection(ZINC, None), "block_overridable"),
    ],
)
def test_an_alert_speaks_against_what_it_is_about_and_what_is_not_known_counts_as_that(
    scope, injection, level
):
    assert alert_level_for_injection_or_empty(alert_with(scope), injection) == level


def read_rows_of_alerts():
    with (settings.BASE_DIR / "mesoclinic" / "data" / "alerts.csv").open(
        encoding="utf-8", newline=""
    ) as file:
        return list(csv.DictReader(file))


def test_what_a_row_asks_for_is_read_without_braces_and_codes():
    rows = read_rows_of_alerts()
    shown = [
        text_of_clearing_row(row[column]) for row in rows for column in ("clear_requires", "after_clearing")
    ]

    assert text_of_clearing_row("Healed on {date}; contra:*treatment:recent_infection warns") == (
        "Healed on (date); recent infection warns"
    )
    assert [text for text in shown if re.search(r"[{}*]|contra:|[a-z]_[a-z]", text)] == []
    assert len(rows) == 61


def test_a_slot_that_nobody_knows_says_so():
    assert (
        text_with_filled_slots("After {n} in {Region}", {"region": "the vertex"})
        == "After not said in the vertex"
    )


# --- what each kind asks for -------------------------------------------------


def test_an_alert_says_what_its_kind_says(anaphylaxis):
    assert anaphylaxis.level == AlertLevel.FIXED
    assert anaphylaxis.text.startswith("Anaphylaxis after session 2 on ")
    assert (
        anaphylaxis.desk_text == "Hold: a clinician must look first. Do not move this patient to the chair."
    )


def test_without_what_is_asked_for_nothing_is_cleared(anaphylaxis, other):
    assert refused(alert=anaphylaxis, reason=WORDS, by=other) == [
        "alert:missing:culprit",
        "alert:missing:letter",
        "alert:missing:next_where",
        "alert:missing:off_for_life",
    ]
    assert not AlertClearing.objects.exists()


def test_who_gave_the_session_does_not_clear_its_anaphylaxis_where_there_is_another(
    anaphylaxis, clinician, other
):
    assert refused(alert=anaphylaxis, reason=WORDS, by=clinician, answers=LETTER) == [
        "alert:another-clinician"
    ]

    clear_alert(alert=anaphylaxis, reason=WORDS, by=other, answers=LETTER)


def test_who_gave_the_session_clears_it_where_nobody_else_could(anaphylaxis, clinician):
    clear_alert(alert=anaphylaxis, reason=WORDS, by=clinician, answers=LETTER)

    assert AlertClearing.objects.get().by == clinician


def test_what_was_written_down_is_kept_under_the_words_it_was_asked_in(anaphylaxis, other):
    clear_alert(alert=anaphylaxis, reason=WORDS, by=other, answers=LETTER)

    kept = dict(AlertClearingAnswer.objects.values_list("label", "value"))
    assert kept["The named culprit"] == "zinc"
    assert kept["Allergy service letter, or why none could be had"] == LETTER["letter"]
    assert AlertClearing.objects.get().culprit == "zinc"


def test_earlier_than_its_days_it_is_cleared_where_a_second_clinician_agreed(types, patient, other, clinic):
    alert = raised(patient, "alert:reaction:urticaria", days_ago=3)
    answers = {"in_syringe": "biotin, zinc", "culprit": "zinc", "other_causes": "asked, none"}
    third = factories.ClinicianFactory(clinic=clinic)

    assert refused(alert=alert, reason=WORDS, by=other, answers=answers) == ["alert:min-days"]
    record_agreement_to_clear_early(alert=alert, words="Prick test of today is read", by=other)
    assert refused(alert=alert, reason=WORDS, by=other, answers=answers) == ["alert:min-days"]
    clear_alert(alert=alert, reason=WORDS, by=third, answers=answers)

    assert AlertClearing.objects.get().agreement == AlertAgreement.objects.get()


def test_a_named_culprit_is_an_allergy_from_then_on(anaphylaxis, patient, other):
    clear_alert(alert=anaphylaxis, reason=WORDS, by=other, answers=LETTER)

    row = RiskFactor.objects.get(patient=patient)
    assert (row.kind, row.factor.code, row.label) == ("allergy", "allergy_component", "Allergy to zinc")
    assert [alert.code for alert in open_alerts_of_patient(patient.pk)] == ["alert:after-anaphylaxis"]


def test_where_nobody_knows_the_culprit_every_suspect_is_an_alert_of_its_own(anaphylaxis, patient, other):
    clear_alert(alert=anaphylaxis, reason=WORDS, by=other, answers={**LETTER, "culprit": "unknown"})

    found = {
        alert.code: (alert.level, sorted(alert.scope.substances))
        for alert in open_alerts_of_patient(patient.pk)
    }
    assert found == {
        "alert:after-anaphylaxis": ("note", []),
        "alert:culprit-unknown:biotin": ("block_overridable", ["biotin"]),
        "alert:culprit-unknown:zinc": ("block_overridable", ["zinc"]),
    }


def test_a_product_that_is_suspected_stays_out_until_a_clinician_ends_that(types, patient, other):
    alert = raised(patient, "alert:reaction:patchy-alopecia")
    answers = {"trichoscopy": "exclamation hairs", "biopsy": "none, because regrown", "culprit": "zinc"}

    clear_alert(alert=alert, reason=WORDS, by=other, answers=answers)

    [suspect] = open_alerts_of_patient(patient.pk)
    assert alert_level_for_injection_or_empty(suspect, Injection(frozenset({"zinc"}))) == AlertLevel.BLOCK
    assert alert_level_for_injection_or_empty(suspect, Injection(frozenset({"biotin"}))) == ""


def test_what_is_no_act_of_a_clinician_is_not_cleared_by_hand(types, patient, other):
    alert = raised(patient, "alert:follow-up:open")

    assert refused(alert=alert, reason=WORDS, by=other) == ["alert:not-by-hand"]


def test_a_follow_up_of_an_expected_effect_is_ended_by_who_signs_with_a_reason(types, patient, other):
    alert = raised(patient, "alert:follow-up:expected-open")

    clear_alert(alert=alert, reason=WORDS, by=other, answers={})

    alert.refresh_from_db()
    assert alert.ended_at is not None


# --- around the application --------------------------------------------------


def test_raw_sql_neither_ends_nor_deletes_an_alert(anaphylaxis):
    for statement, sentence in (
        ("UPDATE patients_alert SET ended_at = now()", "ends by a clearing that says who, when and why"),
        ("UPDATE patients_alert SET level = 'note'", "An alert is frozen"),
        ("DELETE FROM patients_alert", "An alert is kept"),
        (
            "INSERT INTO patients_alertclearing (alert_id, how, words, culprit, by_id)"
            " SELECT id, 'cleared', '', '', given_by_id FROM patients_alert",
            "says why",
        ),
        (
            "INSERT INTO patients_alertclearing (alert_id, how, words, culprit, by_id)"
            " SELECT id, 'cleared', '         .', '', given_by_id FROM patients_alert",
            "A clearing says why, in a sentence",
        ),
        (
            "INSERT INTO patients_alertclearing (alert_id, how, words, culprit, by_id)"
            " SELECT id, 'cause_over', ' x ', '', given_by_id FROM patients_alert",
            "A clearing says why, in a sentence",
        ),
        (
            "INSERT INTO patients_alertclearing (alert_id, how, words, culprit, by_id, at)"
            " SELECT id, 'cleared', 'Letter of the allergist', '', given_by_id, now() - interval '9 days' FROM patients_alert",
            "ends when its clearing is written",
        ),
        (
            "INSERT INTO patients_alertclearing (alert_id, how, words, culprit) SELECT id, 'cleared', 'Letter of an allergist', '' FROM patients_alert",
            "by_id",
        ),
    ):
        with pytest.raises(IntegrityError, match=sentence):
            sql(statement)
    assert len(open_alerts_of_patient(anaphylaxis.patient_id)) == 1


def test_an_alert_is_not_made_already_ended(anaphylaxis):
    with pytest.raises(IntegrityError, match="ends by a clearing"):
        sql(
            "INSERT INTO patients_alert (patient_id, code, kind, level, text, desk_text, source, since, suspects,"
            " zones, ended_at) SELECT patient_id, code, kind, level, text, desk_text, 'x', since, suspects, zones,"
            " now() FROM patients_alert"
        )


@pytest.mark.parametrize("table", ["alertclearing", "alertclearinganswer", "alertagreement"])
def test_how_an_alert_ended_is_written_once(table, anaphylaxis, other, clinician):
    record_agreement_to_clear_early(alert=anaphylaxis, words="Prick test of today is read", by=clinician)
    clear_alert(alert=anaphylaxis, reason=WORDS, by=other, answers=LETTER)

    for statement in (f"UPDATE patients_{table} SET id = id + 1", f"DELETE FROM patients_{table}"):
        with pytest.raises(IntegrityError, match="append-only"):
            sql(statement)


# --- the page ----------------------------------------------------------------


def test_the_page_asks_for_each_thing_and_keeps_what_was_typed(as_clinician, types, patient, once):
    alert = raised(patient, "alert:reaction:abscess")
    url = reverse("patients:alert_clear", args=[patient.pk, alert.pk])

    page = as_clinician.get(url)
    answer = as_clinician.post(url, {"once": once(), "drained": "Drained on Monday", "reason": WORDS})

    for label in ("Drained or not", "Culture, with the result for mycobacteria", "Healed on"):
        assert label in page.text
    assert answer.status_code == 422
    assert "Healed on: not written yet." in answer.text
    assert 'value="Drained on Monday"' in answer.text


def test_a_second_clinician_agrees_on_the_page(as_clinician, types, patient, once):
    alert = raised(patient, "alert:reaction:urticaria", days_ago=3)
    url = reverse("patients:alert_agree", args=[patient.pk, alert.pk])

    short = as_clinician.post(url, {"once": once(), "agreement": "ok"})
    answer = as_clinician.post(url, {"once": once(), "agreement": "Prick test of today is read"})

    assert (short.status_code, answer.status_code) == (422, 302)
    assert AlertAgreement.objects.get().words == "Prick test of today is read"


@pytest.mark.parametrize("many", [1, 3])
def test_clearing_costs_the_same_beside_one_open_alert_and_three(
    as_clinician, types, patient, once, count_queries, many
):
    alert = raised(patient, "alert:reaction:haematoma", suspects=("biotin",))
    for n in range(many):
        raised(patient, f"alert:reaction:{('keloid', 'abscess', 'fainting')[n]}")
    today = timezone.localdate().isoformat()
    url = reverse("patients:alert_clear", args=[patient.pk, alert.pk])

    with count_queries() as read:
        as_clinician.get(url)
    with count_queries() as written:
        as_clinician.post(
            url, {"once": once(), "resolved_on": today, "thinners": "none", "reason": WORDS, "inr": "1.0"}
        )

    assert AlertClearing.objects.count() == 1
    assert (len(read), len(written)) == (13, 17)
