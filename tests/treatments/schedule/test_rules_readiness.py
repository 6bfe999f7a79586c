"""What is missing before a session, in words for the desk and in words for the clinician."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from mesoclinic.core.findings import Level, block, warn
from patients.rules.alerts import OpenAlert
from treatments.schedule.rules.going_ahead import GOING_AHEAD_WORDS, VisitPlace, findings_against_going_ahead
from treatments.schedule.rules.lengths import (
    check_length_rule_rows_consistent,
    check_room_has_equipment,
    check_session_length_follows_rule,
    equipment_of_technique,
)
from treatments.schedule.rules.readiness import (
    WORDS,
    SessionAhead,
    UnsignedSession,
    findings_to_act_on,
    readiness_findings,
    readiness_text_and_level,
)
from treatments.schedule.rules.stock import Lot, Need, Shelf, Shortage, shortages_by_day

DAY = date(2030, 3, 18)
READY = SessionAhead(
    day=DAY,
    number=3,
    planned=8,
    consent_until=DAY,
    told_on=date(2030, 2, 1),
    reviewed_on=date(2030, 3, 4),
    last_on=date(2030, 3, 4),
    window=(12, 21),
    price=Decimal(800),
    paid=Decimal(300),
)
ALERT = OpenAlert(7, "reaction", "block_overridable", "Skin necrosis after session 2", date(2030, 3, 5))
BIOTIN = Shortage(4, "Biotin", Decimal("1.00"), Decimal("0.50"))


def test_a_session_with_everything_is_ready():
    found = readiness_findings(READY, clinical=True)

    assert [f.level for f in found] == [Level.OK] * 6
    assert readiness_text_and_level(found) == ("ready", "ok")


CASES = [
    ({"consent_until": None}, "no consent", "stop", "A clinician"),
    ({"consent_until": DAY - timedelta(days=1)}, "consent expired", "stop", "A clinician"),
    ({"told_on": None}, "no intake", "stop", "A clinician"),
    ({"told_on": date(2030, 3, 5)}, "review due", "warn", "A clinician"),
    ({"reviewed_on": None}, "review due", "warn", "A clinician"),
    ({"last_on": DAY - timedelta(days=11)}, "interval", "warn", "Front desk or a clinician"),
    ({"last_on": DAY - timedelta(days=22)}, "interval", "warn", "A clinician"),
    ({"paid": Decimal("299.99")}, "not paid", "warn", "Front desk"),
    ({"short": [BIOTIN]}, "stock short", "stop", "Admin"),
    ({"alerts": [ALERT]}, "alert", "stop", "A clinician"),
    ({"alerts": [replace(ALERT, level="warn")]}, "alert", "warn", "A clinician"),
    ({"waits_for_review": 5}, "waits for the review", "stop", "A clinician"),
    ({"unsigned": [UnsignedSession(2, date(2030, 3, 4), "Dr Kaya")]}, "draft unsigned", "warn", "Dr Kaya"),
]


@pytest.mark.parametrize("clinical", [True, False])
@pytest.mark.parametrize(
    ("change", "word", "level", "who"), CASES, ids=[f"{c[1]}-{n}" for n, c in enumerate(CASES)]
)
def test_each_thing_missing_has_its_word_and_who_can_see_to_it(change, word, level, who, clinical):
    found = readiness_findings(replace(READY, **change), clinical=clinical)

    (todo,) = findings_to_act_on(found)
    assert (readiness_text_and_level(found), todo.detail) == ((word, level), who)


@pytest.mark.parametrize("days", [12, 21])
def test_the_protocols_own_days_are_in_time(days):
    found = readiness_findings(replace(READY, last_on=DAY - timedelta(days=days)), clinical=True)

    assert findings_to_act_on(found) == []


def test_the_worst_comes_first_and_the_others_are_counted():
    ahead = replace(READY, paid=Decimal(0), consent_until=None, short=[BIOTIN])

    assert readiness_text_and_level(readiness_findings(ahead, clinical=True)) == ("no consent +2", "stop")


def test_the_desk_reads_nothing_clinical():
    ahead = replace(READY, told_on=date(2030, 3, 5), short=[BIOTIN], alerts=[ALERT])

    desk = " ".join(f.message for f in readiness_findings(ahead, clinical=False))
    clinician = " ".join(f.message for f in readiness_findings(ahead, clinical=True))

    assert "Biotin" in clinician
    assert "necrosis" in clinician
    assert "contraindications" in clinician
    for clinical in ("Biotin", "contraindication", "ml", "necrosis"):
        assert clinical not in desk
    assert "A clinician has to review the safety questions." in desk


def test_every_word_of_a_card_is_used():
    used = set()
    for change, word, *_ in CASES:
        used.add(word)
        assert findings_to_act_on(readiness_findings(replace(READY, **change), clinical=True))
    assert used | set(GOING_AHEAD_WORDS.values()) == set(WORDS.values())


# --- the shelf ---------------------------------------------------------------

NEED = [Need(1, "Biotin", Decimal(1)), Need(2, "Zinc", Decimal("0.5"))]


def lot(product, ml, *, until=date(2030, 12, 31)):
    return Lot(product, until, Decimal(ml))


def test_the_last_vial_is_not_promised_twice():
    shelf = Shelf([lot(1, "1.5"), lot(2, 5)])

    first, second = shelf.take_and_list_shortages(NEED, DAY), shelf.take_and_list_shortages(NEED, DAY)

    assert first == []
    assert second == [Shortage(1, "Biotin", Decimal(1), Decimal("0.5"))]


def test_an_expired_lot_is_no_stock_and_the_first_to_expire_goes_first():
    lots = [lot(1, 1, until=DAY), lot(1, 1, until=DAY + timedelta(days=30)), lot(2, 9)]

    found = shortages_by_day(NEED, lots, [DAY, DAY + timedelta(days=14), DAY + timedelta(days=28)])
    late = shortages_by_day(NEED, lots, [DAY + timedelta(days=31)])

    assert [bool(short) for short in found.values()] == [False, False, True]
    assert [s.name for s in late[DAY + timedelta(days=31)]] == ["Biotin"]


# --- lengths -----------------------------------------------------------------


def test_another_length_than_the_rule_asks_why():
    assert check_session_length_follows_rule(20, 20) is None
    longer, shorter = check_session_length_follows_rule(40, 20), check_session_length_follows_rule(10, 20)

    assert longer.message == (
        "40 minutes: the clinic's rule gives this session 20. Take 20, or say why it is longer."
    )
    assert "shorter" in shorter.message
    assert longer.needs_reason


@pytest.mark.parametrize(
    ("areas", "techniques", "code"),
    [
        ([], [], "lengths:none"),
        ([(Decimal(0), 20)], [], "lengths:area"),
        ([(Decimal(50), 4)], [], "lengths:minutes"),
        ([(Decimal(100), 20), (Decimal(50), 30)], [], "lengths:order"),
        ([(Decimal(50), 30), (Decimal(100), 20)], [], "lengths:falls"),
        ([(Decimal(50), 30)], [("PRP", 5), ("prp", 9)], "lengths:twice"),
        ([(Decimal(50), 30)], [("PRP", 241)], "lengths:technique"),
        ([(Decimal(50), 30)], [("point by point", 5), ("Point-by-point", 10)], "lengths:twice"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(areas, techniques, code):
    assert [f.code for f in check_length_rule_rows_consistent(areas, techniques)] == [code]


def test_a_rule_that_makes_sense_is_taken():
    areas = [(Decimal(50), 15), (Decimal(100), 15)]

    assert check_length_rule_rows_consistent(areas, [("prp", 20), ("mesogun", 0)]) == []


def test_a_technique_may_need_something_in_its_room():
    needs = {"mesogun": "Mesogun", "prp": "centrifuge ", "nappage": ""}

    assert equipment_of_technique("Nappage by MESOGUN", needs) == {"mesogun"}
    assert equipment_of_technique("point by point", needs) == frozenset()
    assert check_room_has_equipment(frozenset(), "Room 1", code="c", where="w") is None
    assert equipment_of_technique("point by point", {"Point-by-point": "lamp"}) == {"lamp"}
    found = check_room_has_equipment(frozenset({"mesogun"}), "Room 1", code="c", where="w")
    assert found.message.startswith("Room 1 has no mesogun")


VISIT = VisitPlace("Dr Elif Kaya", "Room 2")


@pytest.mark.parametrize(
    ("change", "code", "said"),
    [
        ({"deceased": True}, "ready:deceased", "The patient has died."),
        ({"closed_for": "Republic Day"}, "ready:closed", "closed on this day: Republic Day"),
        ({"treats_here": False}, "ready:clinician-gone", "Dr Elif Kaya no longer treats here"),
        ({"clinician_away": True}, "ready:clinician-away", "Dr Elif Kaya is away"),
        ({"room_in_use": False}, "ready:room-out", "Room 2 is out of use"),
        ({"room_closed": True}, "ready:room-closed", "Room 2 is closed"),
    ],
)
def test_a_visit_that_cannot_take_place_says_why(change, code, said):
    (finding,) = findings_against_going_ahead(replace(VISIT, **change))

    assert (finding.code, finding.level) == (code, Level.BLOCK)
    assert said in finding.message
    assert code in GOING_AHEAD_WORDS


def test_a_visit_that_can_take_place_says_nothing():
    assert findings_against_going_ahead(VISIT) == []


def test_every_reason_is_said_and_of_two_about_one_the_graver():
    visit = replace(VISIT, closed_for="x", treats_here=False, clinician_away=True, room_in_use=False)

    assert [f.code for f in findings_against_going_ahead(visit)] == [
        "ready:closed",
        "ready:clinician-gone",
        "ready:room-out",
    ]


@pytest.mark.parametrize(
    ("said", "level"),
    [
        ([warn("interval:prp", "61 days since session 2.")], "warn"),
        ([block("interval:*any", "Only 3 days since session 2."), warn("interval:prp", "Early.")], "block"),
    ],
)
def test_the_clinics_rules_of_intervals_are_on_the_light(said, level):
    ahead = SessionAhead(day=date(2026, 3, 9), number=3, planned=6, intervals=said)

    [found] = [each for each in readiness_findings(ahead, clinical=True) if each.code == "ready:interval"]

    assert found.level == level
    assert found.message == " ".join(each.message for each in said)


def test_many_alerts_are_two_sentences_and_a_count():
    alerts = [replace(ALERT, text=f"Reaction {number}", cited=f"[KEY{number}] Source") for number in range(5)]

    [finding] = [
        found
        for found in readiness_findings(replace(READY, alerts=alerts), clinical=True)
        if found.code == "ready:alert"
    ]

    assert finding.message == "Reaction 0. Reaction 1. And 3 more. Clear it on the patient's page first."
    assert finding.source == "[KEY0] Source | [KEY1] Source"


def test_the_desk_is_told_no_source_of_an_alert():
    alerts = [replace(ALERT, cited="[KEY] On anaphylaxis")]

    found = readiness_findings(replace(READY, alerts=alerts), clinical=False)

    assert "anaphylaxis" not in str(found)
