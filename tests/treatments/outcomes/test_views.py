"""The page of clinical insights as it is read: figures, what is hidden, the sessions behind, the file, the alarm."""

import pytest
from django.urls import reverse

from mesoclinic.core.models import AuditEvent
from tests import factories
from tests.conftest import signed_in
from tests.treatments.outcomes.conftest import react
from treatments.outcomes.actions.figures import refresh_outcomes
from treatments.outcomes.actions.sentinel import watch_lots
from treatments.outcomes.models import LotAlarm, OutcomeCell
from treatments.outcomes.queries.figures import Asked
from treatments.outcomes.rules.groups import Counts, Kind, Moment
from treatments.outcomes.views.figures import sections_of_counts

pytestmark = pytest.mark.django_db

PAGE, CSV, SESSIONS = (reverse(f"outcomes:{name}") for name in ("clinical", "csv", "sessions"))


@pytest.fixture
def counted(clinic, clinician, give, lump):
    """Eleven people with ice, two without; five of them had a lump."""
    sessions = [give(pain={"during": 4 + n % 5}, relief=["ice"], days_ago=60 - n) for n in range(11)]
    for _ in range(2):
        give(pain={"during": 9}, days_ago=30)
    for n, session in enumerate(sessions[:5]):
        react(session, lump, after_days=20 + n, by=clinician)
    refresh_outcomes()
    watch_lots()
    return sessions


def row_of(text: str, label: str) -> str:
    return next(part for part in text.split("<tr") if f">{label}</" in part)


def test_a_group_of_eleven_is_told_and_one_of_two_is_not(as_clinician, counted, count_queries):
    with count_queries() as sent:
        text = as_clinician.get(PAGE).text

    ice, none = row_of(text, "Ice"), row_of(text, "None")
    # Scores 4 5 6 7 8 4 5 6 7 8 4: median 6, quartiles 4.5 and 7; 4 of 11 are 7 or more.
    assert "<b>6</b> (4.5–7)" in ice
    assert "36 %" in ice
    assert "(15–65)" in ice
    assert "under 10" in none
    assert "not shown" in none
    assert "What this page cannot say" in text
    assert "Not a ranking" in text
    assert "Association, no control group." in text
    assert len(sent) <= 20


def test_no_row_is_a_colleague_and_ones_own_stand_apart(as_clinician, clinician, counted):
    text = as_clinician.get(PAGE).text

    assert "Your own sessions" in text
    assert "under 3 who inject" in row_of(text, "under 50 sessions")
    assert as_clinician.get(SESSIONS, {"group": "experience:0"}).status_code == 404
    table = text[text.index("outcomes-table") : text.index("</table>")]
    assert clinician.last_name not in table


def test_a_later_moment_that_few_answered_is_not_told(as_clinician, counted):
    text = as_clinician.get(PAGE, {"moment": "24h"}).text

    assert "was answered in 0 of 13 sessions (0 %): too few to show" in text
    assert "outcomes-table" not in text[: text.index("Dose map")]


def test_reactions_are_told_with_how_many_answered_a_call(as_clinician, counted):
    text = as_clinician.get(PAGE, {"moment": "reaction"}).text

    assert "A call after day 2 was answered in 0 of 13 sessions" in text
    assert "45 %" in row_of(text, "Ice")


def test_behind_a_figure_stand_its_sessions_and_who_looked_is_on_record(as_clinician, clinician, counted):
    text = as_clinician.get(SESSIONS, {"group": "relief:ice"}).text

    assert text.count("session 1</a>") == 11
    seen = AuditEvent.objects.filter(did="patients.listed", by=clinician).latest("pk")
    assert {each.patient_id for each in counted} == set(seen.data["patients"])
    assert as_clinician.get(SESSIONS, {"group": "colleague:1"}).status_code == 404


def test_the_sessions_come_in_pages_and_keep_their_choice(as_clinician, counted, monkeypatch):
    monkeypatch.setattr("treatments.outcomes.queries.figures.SESSIONS", 4)
    chosen = {"group": "relief:ice", "days": "0", "course": "all"}

    first = as_clinician.get(SESSIONS, chosen)
    after = first.context["page"]["next"]
    second = as_clinician.get(after)

    assert "group=relief%3Aice" in after
    assert (first.text.count("session 1</a>"), second.text.count("session 1</a>")) == (4, 4)


def test_the_file_tells_as_little_of_few_as_the_page(as_clinician, counted):
    lines = as_clinician.get(CSV).text.splitlines()

    ice = next(line for line in lines if '"Ice"' in line)
    none = next(line for line in lines if '"None"' in line)
    assert ice.startswith('"relief","Ice","11","11","11","11","6.0","4.5","7.0","4","0.3636"')
    assert none.startswith('"relief","None","under 10","",')
    assert "no control group" in lines[-1]


def test_before_the_first_count_the_page_says_so(as_clinician, clinic):
    assert "Not counted yet" in as_clinician.get(PAGE).text
    assert as_clinician.get(SESSIONS).status_code == 404


def test_another_clinics_sessions_are_not_here(counted):
    elsewhere = factories.ClinicianFactory(clinic=factories.ClinicFactory())

    assert "Ice" not in signed_in(elsewhere).get(PAGE).text


def test_an_alarm_is_decided_on_its_page(as_clinician, counted, lot, once):
    alarm = LotAlarm.objects.get(vial=None)
    page = reverse("outcomes:alarm", args=[alarm.pk])
    text = as_clinician.get(PAGE).text
    assert "More reactions than expected" in text
    assert f"<b>Lot {lot.number}</b>" in text

    refused = as_clinician.post(page, {"decision": "quarantine", "reason": "no", "once": once()})
    done = as_clinician.post(
        page, {"decision": "quarantine", "reason": "Five lumps of eleven.", "once": once()}
    )

    alarm.refresh_from_db()
    lot.refresh_from_db()
    assert refused.status_code == 422
    assert "Write why" in refused.text
    assert done.url == reverse("recalls:case", args=[alarm.case_id])
    assert lot.status == "quarantined"
    assert "Open recall" in as_clinician.get(page).text


def test_more_rows_than_fit_are_counted_and_the_largest_stand_first(clinic):
    wanted = Asked(clinic, 182, None, "", True, Moment.DURING)
    counts = {f"lot:{n}": Counts(f"lot:{n}", n, n, 10, [n, *[0] * 10]) for n in range(1, 16)}

    (section,) = sections_of_counts(wanted, counts, {})

    assert section.kind is Kind.LOT
    assert [row.figures.counts.asked for row in section.rows[:2]] == [15, 14]
    assert (len(section.rows), section.left_out) == (12, 3)


def test_the_page_costs_as_many_queries_for_one_group_as_for_many(as_clinician, counted, count_queries):
    with count_queries() as many:
        as_clinician.get(PAGE)
    OutcomeCell.objects.exclude(name__in=["all:", "relief:ice"]).delete()
    with count_queries() as few:
        as_clinician.get(PAGE)

    assert len(few) <= len(many) <= 20
