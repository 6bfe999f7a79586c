"""What the charting page keeps, finds and shows: drafts, scans, safety, sections, last time."""

import json
import re
import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from patients.models import RiskFactor
from tests import factories
from tests.conftest import signed_in
from tests.treatments.sessions.conftest import fill, stored
from tests.treatments.sessions.test_views import drawn_zone, page, past_sessions, post, posted
from treatments.sessions.actions.signing import sign_session
from treatments.sessions.actions.start import start_or_resume_session
from treatments.sessions.models import DiscardedSession
from treatments.sessions.queries.sessions import LATEST
from treatments.sessions.rules.charting import ZoneEntry
from treatments.stock.models import Lot

D = Decimal


def keep_url(session):
    return reverse("sessions:keep", args=[session.pk])


def kept(client, session, *, seen=0, key=None, **changes):
    """The page's own save, as the browser sends it."""
    fields = posted(session, **changes)
    fields["autosave_seen"], fields["autosave_key"] = str(seen), str(key or uuid.uuid4())
    fields["autosave_kind"], fields["autosave_subject"] = "session", f"session:{session.pk}"
    return post(client, keep_url(session), fields)


# --- scanned -----------------------------------------------------------------


def scan(client, session, code):
    return client.post(reverse("sessions:scan", args=[session.pk]), {"scan": code})


def test_a_scanned_vial_picks_its_lot(as_clinician, ready, lots, products):
    products[0].gtin = "07612345678900"
    products[0].save()

    by_number = scan(as_clinician, ready, "l-dex")
    by_code = scan(as_clinician, ready, "010761234567890010L-Dex")
    of_another = scan(as_clinician, ready, "010999999999999810L-Dex")

    picked = {"lot": lots[0].pk, "product": products[0].pk, "number": "L-Dex"}
    assert [by_number.json(), by_code.json()] == [picked, picked]
    assert of_another.status_code == 422


def test_a_number_that_begins_like_a_code_is_taken_as_printed(as_clinician, ready, clinic, products):
    lot = factories.LotFactory(product=products[0], clinic=clinic, number="10ABC", on_hand=D(5))

    assert scan(as_clinician, ready, "10ABC").json()["lot"] == lot.pk


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("recalled", "is recalled"),
        ("expired", "expired"),
        ("empty", "is empty"),
        ("other", "not in this syringe"),
        ("unknown", "No lot L-X is on the shelf"),
        ("nothing", "Scan the vial"),
    ],
)
def test_a_vial_that_may_not_be_drawn_says_why(as_clinician, ready, clinic, products, wrong, said):
    if wrong not in ("unknown", "nothing"):
        today = timezone.localdate()
        factories.LotFactory(
            product=factories.ProductFactory() if wrong == "other" else products[0],
            clinic=clinic,
            number="L-X",
            status="recalled" if wrong == "recalled" else "released",
            expires_on=today - timedelta(days=1 if wrong == "expired" else -60),
            on_hand=None if wrong == "empty" else D(5),
        )

    answer = scan(as_clinician, ready, "" if wrong == "nothing" else "L-X")

    assert answer.status_code == 422
    assert said in answer.json()["message"]


def test_without_a_script_a_scan_chooses_and_reads_the_lot(as_clinician, ready, clinic, products):
    more = factories.LotFactory(
        product=products[0],
        clinic=clinic,
        number="L-LATER",
        on_hand=D(5),
        expires_on=timezone.localdate() + timedelta(days=900),
    )

    post(as_clinician, page(ready), posted(ready, do="scan", scan="L-LATER"))
    dose = as_clinician.get(page(ready)).context["session_forms"].dose_forms[0]
    missed = as_clinician.post(page(ready), {"do": "scan", "scan": "L-NONE"}, follow=True)

    assert (dose["lot"].value(), dose["read"].value()) == (str(more.pk), True)
    assert "No lot L-NONE is on the shelf" in missed.content.decode()


def test_all_proposed_lots_are_accepted_at_once(as_clinician, ready):
    post(as_clinician, page(ready), posted(ready, accept_all="on"))

    assert [dose.lot_read for dose in stored(ready).doses] == [True, True]


# --- safety ------------------------------------------------------------------


def test_one_tick_answers_all_three_questions(as_clinician, ready):
    post(as_clinician, page(ready), posted(ready, safety_none="on"))

    assert stored(ready).safety == {
        topic: {"changed": False} for topic in ("medicine", "pregnancy", "allergy")
    }


def test_what_has_changed_is_kept_as_it_was_said(as_clinician, ready, patient):
    nickel = factories.FactorFactory(
        code="allergy_nickel", kind="allergy", label="Allergy: nickel", short_label="Allergy: nickel"
    )
    old = factories.RiskFactorFactory(patient=patient, label="Latex")
    fields = posted(ready, safety_none="on")
    fields["safety-allergy-answer"] = "changed"
    fields.setlist("safety-allergy-new", [str(nickel.pk)])
    fields["safety-allergy-words"] = " sticking   plaster "
    fields.setlist("safety-allergy-ended", [str(old.pk)])
    fields["safety-allergy-ended_words"] = " patch  test negative "

    answer = post(as_clinician, page(ready), fields)
    again = as_clinician.get(page(ready)).context["session_forms"].safety[2]

    assert answer.status_code == 302
    assert stored(ready).safety["allergy"] == {
        "changed": True,
        "new": [
            {"factor": nickel.pk, "label": "Allergy: nickel"},
            {"factor": None, "label": "sticking plaster"},
        ],
        "ended": [old.pk],
        "ended_words": "patch test negative",
    }
    assert stored(ready).safety["medicine"] == {"changed": False}
    assert again["words"].value() == "sticking plaster"
    assert [ticked for _, ticked in again.known_risks_and_ended] == [True]
    assert RiskFactor.objects.count() == 1  # on the record with the signature


def test_what_has_changed_is_checked_against_this_syringe(as_clinician, ready, products, count_queries):
    factor = factories.FactorFactory(code="anticoagulant", kind="medicine", label="Anticoagulant")
    factories.ContraindicationFactory(
        ingredient=products[0].contents.get().ingredient, factor=factor, why="It bleeds"
    )
    fields = posted(ready)
    fields["safety-medicine-answer"] = "changed"
    fields.setlist("safety-medicine-new", [str(factor.pk)])
    url = reverse("sessions:safety", args=[ready.pk])

    with count_queries() as sent:
        told = post(as_clinician, url, fields).content.decode()
    fields["safety-medicine-answer"] = "same"
    calm = post(as_clinician, url, fields).content.decode()

    assert "is-block" in told
    assert "It bleeds" in told
    assert "is-block" not in calm
    assert len(sent) <= 21  # the row that says who was shown beside them


# --- the page ----------------------------------------------------------------


def test_the_sections_stand_in_the_order_of_the_work(as_clinician, ready):
    html = as_clinician.get(page(ready)).content.decode()

    assert re.findall(r'id="part-(\w+)"', html) == [
        "since",
        "safety",
        "checklist",
        "syringe",
        "map",
        "pain",
        "reactions",
        "photos",
        "aftercare",
        "note",
        "sign",
    ]
    assert re.findall(r'href="#part-(\w+)"', html) == [
        "since",
        "safety",
        "checklist",
        "syringe",
        "map",
        "pain",
        "reactions",
        "photos",
        "aftercare",
        "note",
    ]
    assert "Take photographs" in html


def test_a_complete_section_is_folded_when_the_page_is_opened_again(as_clinician, clinician, ready):
    fresh = as_clinician.get(page(ready)).context["sections"]
    fill(ready, clinician)

    later = as_clinician.get(page(ready)).context["sections"]

    assert all(section["open"] for section in fresh.values())
    assert {code for code, s in later.items() if not s["open"]} == {
        "safety",
        "checklist",
        "map",
        "pain",
        "reactions",
        "aftercare",
    }
    assert later["pain"]["line"] == "worst 4"


def test_the_folded_line_says_the_next_day_as_people_read_it(as_clinician, clinician, ready):
    session = fill(ready, clinician)

    post(as_clinician, page(session), posted(session, next_on="2027-03-05"))

    line = as_clinician.get(page(session)).context["sections"]["aftercare"]["line"]
    assert line.endswith(" · 5 Mar 2027")


def test_a_section_with_an_error_stays_open(as_clinician, clinician, ready):
    session = fill(ready, clinician)
    fields = posted(session, next_on="2020-02-29", pain_during="11")

    answer = post(as_clinician, page(session), fields)

    assert answer.status_code == 422
    assert answer.context["sections"]["aftercare"]["open"]
    assert answer.context["sections"]["pain"]["open"]
    assert "The next session is after this one." in answer.content.decode()


def test_a_negative_ml_is_named_and_kept(as_clinician, ready, lots):
    field = f"dose-{lots[0].product_id}-0-ml"
    fields = posted(ready)
    fields[field] = "-0.5"

    answer = post(as_clinician, page(ready), fields)

    assert answer.status_code == 422
    assert "0 ml or more" in answer.content.decode()
    assert 'value="-0.5"' in answer.content.decode()


def test_every_zone_shows_its_dose_per_cm2(as_clinician, ready):
    """70 points of 0.028 ml on 70 cm²; 10 mg/ml of each in 2 ml is 5 mg/ml."""
    densities = as_clinician.get(page(ready)).context["densities"]

    [row] = densities["rows"]
    assert len(densities["names"]) == 2
    assert row["ml"] == D("0.028")
    assert row["mg"] == [D("0.14"), D("0.14")]


def test_a_zone_is_drawn_without_a_script(as_clinician, ready):
    fields = posted(ready, **drawn_zone(0, "Bald patch"))

    post(as_clinician, page(ready), fields)
    html = as_clinician.get(page(ready)).content.decode()
    fields = posted(ready)
    fields["drawn-0-outline"] = "10,10 30,10"
    fields["drawn-0-name"] = ""
    wrong = post(as_clinician, page(ready), fields).content.decode()

    zone = ready.zones.get(zone=None)
    assert (zone.name, zone.outline, zone.spacing_cm) == ("Bald patch", [[10, 10], [30, 10], [20, 30]], D(1))
    assert 'points="52.0,34.0 116.0,34.0 84.0,114.0"' in html
    assert 'name="drawn-1-name"' in html
    assert "An outline has 3 to 60 corners." in wrong
    assert "Give the zone a name" in wrong


def test_same_as_last_fills_the_drawn_zone_and_the_next_day_and_nothing_observed(
    as_clinician, clinician, plan, clinic, ready
):
    drawn = ZoneEntry(
        None, 1, D("0.03"), D(2), D(8), D(1), name="Patch", outline=((1.0, 1.0), (9.0, 1.0), (5.0, 9.0))
    )
    session = fill(
        ready,
        clinician,
        zones=(*stored(ready).zones, drawn),
        note="Last time's note",
        technique="papule",
        pain={"during": 6},
    )
    reasons = {"deviates:zone:Patch": "Bald there", "deviates:technique:papule": "Thin"}
    sign_session(session=session, by=clinician, reasons=reasons)
    second = start_or_resume_session(plan=plan, by=clinician, clinic=clinic)
    as_last = json.loads(as_clinician.get(page(second)).context["as_last"])

    post(as_clinician, page(second), posted(second, do="same", next_on=""))
    paper = as_clinician.get(page(second)).context["session_forms"]

    assert paper.drawn[0]["name"].value() == as_last["drawn-0-name"] == "Patch"
    assert paper.main["technique"].value() == as_last["technique"] == "papule"
    assert paper.main["next_on"].value() == as_last["next_on"]
    assert paper.main["note"].value() == ""
    assert paper.main["pain_during"].value() in (None, "")
    assert [f["answer"].value() for f in paper.safety] == [None] * 3 or not any(
        f["answer"].value() for f in paper.safety
    )
    assert not any(f["read"].value() for f in paper.dose_forms)
    assert not {name for name in as_last if name.startswith(("safety", "check", "pain"))}


def test_a_vial_that_was_read_stays_when_all_else_is_as_last_time(
    as_clinician, clinician, plan, clinic, ready, products
):
    sign_session(session=fill(ready, clinician), by=clinician)
    second = start_or_resume_session(plan=plan, by=clinician, clinic=clinic)
    later = factories.LotFactory(
        product=products[0],
        clinic=clinic,
        number="L-LATER",
        on_hand=D(5),
        expires_on=timezone.localdate() + timedelta(days=900),
    )
    prefix = f"dose-{products[0].pk}-0"
    fields = posted(second, do="same")
    fields[f"{prefix}-lot"], fields[f"{prefix}-read"] = str(later.pk), "on"

    post(as_clinician, page(second), fields)
    dose = as_clinician.get(page(second)).context["session_forms"].dose_forms[0]

    assert (dose["lot"].value(), dose["read"].value()) == (str(later.pk), True)


def test_last_time_stands_behind_every_figure(as_clinician, clinician, plan, clinic, ready):
    sign_session(session=fill(ready, clinician), by=clinician)
    second = start_or_resume_session(plan=plan, by=clinician, clinic=clinic)

    html = as_clinician.get(page(second)).content.decode()

    assert 'class="zone-ghost" href="#scalp-FRONTAL"' in html
    assert "last: 70 × 0.028 ml, 2 mm, 70 cm²" in html
    assert html.count('data-was="1.0"') == 2


@pytest.mark.parametrize("earlier", [1, 300])
def test_three_hundred_sessions_behind_cost_nothing(
    as_clinician, clinician, plan, ready, count_queries, earlier
):
    past_sessions(plan, clinician, earlier)

    with count_queries() as sent:
        answer = as_clinician.get(page(ready))

    assert len(sent) == 20
    assert len(answer.context["session_forms"].detail.measurements) <= LATEST


# --- the door, and discarded -------------------------------------------------


def test_at_the_door_of_a_new_session_the_unsigned_one_is_named_and_linked(
    as_clinician, clinician, clinic, patient, plan, ready, once
):
    other = factories.make_plan(
        clinic=clinic,
        patient=patient,
        version=plan.cocktail_version,
        by=clinician,
        status="accepted",
        name="Crown 4",
    )

    asked = as_clinician.post(reverse("sessions:start_for_plan", args=[other.pk]), {"once": once()})

    assert asked.status_code == 422
    assert "was begun by Dr Elif Kaya" in asked.content.decode()
    assert f'href="{page(ready)}"' in asked.content.decode()


def test_a_session_is_discarded_with_a_reason(as_clinician, ready, once):
    url = reverse("sessions:discard", args=[ready.pk])

    asked = as_clinician.post(url, {"once": once(), "reason": "oops"})
    done = as_clinician.post(url, {"once": once(), "reason": "Wrong patient in the chair"})

    assert (asked.status_code, done.status_code) == (422, 302)
    assert "oops</textarea>" in asked.content.decode()
    assert done["Location"] == reverse("patient", args=[ready.patient_id])
    assert DiscardedSession.objects.get().reason == "Wrong patient in the chair"


def test_a_colleague_does_not_see_what_an_unsigned_session_holds(as_clinician, clinic, clinician, ready):
    """On the patient's page the draft stands, its content is its author's until it is signed."""
    fill(ready, clinician, pain={"during": 9})
    colleague = signed_in(factories.ClinicianFactory(clinic=clinic))
    url = reverse("patient", args=[ready.patient_id])

    mine, theirs = (
        re.search(r"<tr[^>]*>(?:(?!</tr>).)*draft(?:(?!</tr>).)*</tr>", c.get(url).content.decode(), re.S)[0]
        for c in (as_clinician, colleague)
    )

    assert '<td class="n">9</td>' in mine
    assert "9" not in re.sub(r"<a.*?</a>", "", theirs, flags=re.S)
    assert "not signed yet" in theirs


@pytest.mark.parametrize("name", ["keep", "scan", "safety", "discard"])
def test_only_clinicians_and_only_by_post(as_front_desk, as_clinician, stranger, name, db):
    url = reverse(f"sessions:{name}", args=[987])

    assert as_front_desk.post(url).status_code == 403
    assert as_clinician.post(url).status_code == 404
    assert as_clinician.get(url).status_code == 405
    assert stranger.post(url).status_code == 302


def test_a_lot_is_not_read_any_more_when_another_stands_in_its_place(
    as_clinician, clinician, ready, clinic, lots
):
    factories.LotFactory(product=lots[0].product, clinic=clinic, number="L-NEW", on_hand=D(5))
    fill(ready, clinician, doses=list(stored(ready).doses))
    Lot.objects.filter(pk=lots[0].pk).update(status="recalled")

    section = as_clinician.get(page(ready)).context["sections"]["syringe"]

    assert section["state"] == "missing"
