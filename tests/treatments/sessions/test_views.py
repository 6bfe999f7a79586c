"""The session's pages: works, refused, stranger, wrong role, wrong method."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from mesoclinic.core.models import AuditEvent, Autosave
from tests import factories
from tests.conftest import signed_in
from tests.treatments.sessions.conftest import fill, stored
from treatments.conditions.models import Measurement
from treatments.sessions.actions.signing import sign_session
from treatments.sessions.actions.start import start_or_resume_session
from treatments.sessions.forms.doses import stored_session_as_posted_fields
from treatments.sessions.models import Dose, TreatmentSession
from treatments.sessions.queries.sessions import session_detail
from treatments.stock.models import Lot

D = Decimal
PAGES = ["sessions:session", "sessions:sign"]
POSTS = ["sessions:start", "sessions:start_for_plan", "sessions:addendum", "sessions:void"]


def page(session) -> str:
    return reverse("sessions:session", args=[session.pk])


def sign_page(session) -> str:
    return reverse("sessions:sign", args=[session.pk])


def drawn_zone(row, name):
    """A zone of 8 cm² drawn by hand, as row ``row`` posts it."""
    typed = {
        "on": "1",
        "name": name,
        "outline": "10,10 30,10 20,30",
        "area": "8",
        "points": "9",
        "ml": "0.03",
    }
    return {f"drawn-{row}-{field}": text for field, text in (typed | {"depth": "2", "spacing": "1"}).items()}


def posted(session, **changes):
    """The page as the browser would send it, with ``changes``; None takes a field out."""
    fields = stored_session_as_posted_fields(session_detail(session.pk))
    for name, value in changes.items():
        name = name.replace("__", "-")
        if value is None:
            fields.pop(name, None)
        elif isinstance(value, list):
            fields.setlist(name, value)
        else:
            fields[name] = value
    return fields


def post(client, url, fields):
    return client.post(url, fields.urlencode(), content_type="application/x-www-form-urlencoded")


def lots_offered(answer) -> set[int]:
    """Of every dose, the lots to choose from: a pain score may have the same number as a lot's key."""
    lots = re.findall(r'<option value="(\d+)"\s+data-until', answer.content.decode())
    return {int(lot) for lot in lots}


# --- who ---------------------------------------------------------------------


@pytest.mark.parametrize("name", PAGES + POSTS)
def test_strangers_are_asked_to_sign_in(stranger, name, db):
    url = reverse(name, args=[1])

    for method in (stranger.get, stranger.post):
        answer = method(url)

        assert (answer.status_code, answer["Location"]) == (302, f"/accounts/login/?next={url}")


@pytest.mark.parametrize("name", PAGES + POSTS)
@pytest.mark.parametrize("role", ["front_desk", "admin", "cosmetologist"])
def test_only_clinicians_come_here(request, role, name):
    client = request.getfixturevalue(f"as_{role}")

    assert client.get(reverse(name, args=[1])).status_code == 403
    assert client.post(reverse(name, args=[1])).status_code == 403


@pytest.mark.parametrize("name", PAGES + POSTS)
def test_an_unknown_session_is_not_found(as_clinician, name):
    assert as_clinician.post(reverse(name, args=[987])).status_code == 404


@pytest.mark.parametrize("name", POSTS)
def test_what_changes_something_is_posted(as_clinician, name):
    assert as_clinician.get(reverse(name, args=[1])).status_code == 405


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_neither_put_nor_deleted(as_clinician, name):
    assert as_clinician.delete(reverse(name, args=[1])).status_code == 405


# --- starting ----------------------------------------------------------------


def test_starting_leads_to_the_session(as_clinician, booked, consent, lots, once):
    url, key = reverse("sessions:start", args=[booked.pk]), once()

    first = as_clinician.post(url, {"once": key})
    again = as_clinician.post(url, {"once": key})

    session = TreatmentSession.objects.get()
    assert [a["Location"] for a in (first, again)] == [page(session)] * 2


def test_starting_without_consent_leads_to_its_signature_and_takes_no_reason(as_clinician, plan, lots, once):
    url = reverse("sessions:start_for_plan", args=[plan.pk])

    asked = as_clinician.post(url, {"once": once()})
    with_reason = {"once": once(), "reason:alert:consent:expired": "Signed on paper today"}
    refused = as_clinician.post(url, with_reason)

    assert [a.status_code for a in (asked, refused)] == [422, 422]
    assert "Treatment consent is not on file. Sign it before the injection." in asked.text
    assert b'name="reason:alert:consent:expired"' not in asked.content
    assert "Clear the alert" not in asked.text
    [primary] = re.findall(r'<a class="btn w-100 btn-primary"\s+href="([^"]+)"', asked.text)
    assert primary == reverse("patients:consent", args=[plan.patient_id])


def test_a_reason_too_short_stays_in_its_field_and_is_asked_again(
    as_clinician, plan, patient, consent, lots, once
):
    factor = factories.FactorFactory(code="thiamine_reaction", kind="disease")
    factories.ContraindicationFactory(ingredient=None, factor=factor, severity="relative", basis="inferred")
    factories.RiskFactorFactory(patient=patient, factor=factor, kind="disease")
    url, code = reverse("sessions:start_for_plan", args=[plan.pk]), "contra:*treatment:thiamine_reaction"

    asked = as_clinician.post(url, {"once": once()})
    short = as_clinician.post(url, {"once": once(), f"reason:{code}": "w"})
    started = as_clinician.post(url, {"once": once(), f"reason:{code}": "Tolerated well before"})

    assert [a.status_code for a in (asked, short, started)] == [422, 422, 302]
    assert f'name="reason:{code}"' in asked.text
    assert 'value="w"' in short.text
    assert code in short.context["missing"]


# --- charting ----------------------------------------------------------------


def test_the_page_shows_the_syringe_with_its_lots(as_clinician, ready, lots):
    soon = timezone.localdate() + timedelta(days=12)
    Lot.objects.filter(pk=lots[0].pk).update(expires_on=soon)

    answer = as_clinician.get(page(ready))
    html = answer.content.decode()

    assert answer.status_code == 200
    assert "12 days</span>" in html
    assert lots[0].pk in lots_offered(answer)
    assert html.count("<h1") == 1
    assert "<title>Noor Example" in html
    assert AuditEvent.objects.filter(did="patient.viewed").count() == 1


@pytest.mark.parametrize("wrong", ["expired", "quarantined", "recalled", "empty"])
def test_a_lot_that_may_not_be_used_is_not_offered(as_clinician, ready, clinic, products, wrong):
    today = timezone.localdate()
    lot = factories.LotFactory(
        product=products[0],
        clinic=clinic,
        number="NOT-THIS",
        status=wrong if wrong in ("quarantined", "recalled") else "released",
        expires_on=today - timedelta(days=1 if wrong == "expired" else -50),
        on_hand=None if wrong == "empty" else D(5),
    )

    answer = as_clinician.get(page(ready))

    assert "NOT-THIS" not in answer.content.decode()
    assert lot.pk not in lots_offered(answer)


def test_saving_keeps_what_was_typed(as_clinician, ready, checklist):
    fields = posted(ready, check=[str(checklist[0].pk)], pain_during="4", note="Tolerated well")

    answer = post(as_clinician, page(ready), fields)

    chart = stored(ready)
    assert answer["Location"] == page(ready)
    assert (chart.pain, chart.note) == ({"during": 4}, "Tolerated well")
    assert chart.ticked == {checklist[0].pk}
    assert Autosave.objects.count() == 0


def test_all_of_a_phase_is_ticked_at_once(as_clinician, ready, checklist):
    rest = factories.ChecklistItemFactory(code="waste", phase="after")

    post(as_clinician, page(ready), posted(ready, check_all=["after"]))

    assert stored(ready).ticked == {rest.pk}


def test_a_second_lot_is_added_without_a_script(as_clinician, ready, clinic, lots):
    more = factories.LotFactory(product=lots[0].product, clinic=clinic, on_hand=D(5))
    product = lots[0].product_id
    fields = posted(ready)
    fields[f"dose-{product}-0-ml"] = "0,4"
    fields[f"dose-{product}-1-ml"] = "0.6"
    fields[f"dose-{product}-1-lot"] = str(more.pk)

    answer = post(as_clinician, page(ready), fields)

    assert answer.status_code == 302
    assert [(d.lot_id, d.ml, d.planned_ml) for d in stored(ready).doses if d.product_id == product] == [
        (lots[0].pk, D("0.4"), D(1)),
        (more.pk, D("0.6"), D(0)),
    ]


def test_a_line_below_one_that_was_emptied_is_kept(as_clinician, ready, clinic, lots):
    more = factories.LotFactory(product=lots[0].product, clinic=clinic, on_hand=D(5))
    product = lots[0].product_id
    fields = posted(ready)
    fields[f"dose-{product}-0-ml"] = fields[f"dose-{product}-0-lot"] = ""
    fields[f"dose-{product}-1-ml"] = "0.6"
    fields[f"dose-{product}-1-lot"] = str(more.pk)
    # From no page of ours.
    fields[f"dose-{product}-999-ml"] = "7"

    post(as_clinician, page(ready), fields)

    doses = [d for d in stored(ready).doses if d.product_id == product]
    assert [(d.lot_id, d.ml, d.planned_ml) for d in doses] == [(more.pk, D("0.6"), D(1))]


def test_a_drawn_zone_below_one_that_was_taken_away_is_kept(as_clinician, ready):
    fields = posted(ready, **drawn_zone(2, "Scar"))

    post(as_clinician, page(ready), fields)

    assert [zone.name for zone in ready.zones.filter(zone=None)] == ["Scar"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"pain_during": "11"}, "Pain is a number from 0 to 10. Choose one."),
        ({"zone__FRONTAL-points": "many"}, "Enter a whole number."),
        ({"zone__FRONTAL-depth": "14"}, "Frontal: at most 13 mm deep."),
        ({"zone__FRONTAL-ml": ""}, "Frontal: type ml/point, above 0."),
        ({"next_on": "someday"}, "Enter a valid date."),
        ({"told_shedding": "11"}, "This is a number from 0 to 10. Choose one."),
        ({"check": ["999999"]}, "Select a valid choice. 999999 is not one of the available choices."),
    ],
)
def test_a_wrong_field_is_named_and_nothing_typed_is_lost(as_clinician, ready, changes, said):
    fields = posted(ready, note="typed with care", **changes)

    answer = post(as_clinician, page(ready), fields)
    html = answer.content.decode()

    assert answer.status_code == 422
    assert said in html
    assert "typed with care" in html
    assert "typed with care" in as_clinician.get(page(ready)).content.decode()
    assert TreatmentSession.objects.get().note == ""


def test_ml_without_a_lot_is_named(as_clinician, ready, lots):
    product = lots[0].product_id
    fields = posted(ready)
    fields[f"dose-{product}-0-lot"] = ""

    answer = post(as_clinician, page(ready), fields)

    assert answer.status_code == 422
    assert "Dexpanthenol: choose the lot it came from." in answer.content.decode()


def test_a_reaction_and_none_is_no_answer(as_clinician, ready):
    effect = factories.AdverseEffectFactory(from_seed=True)
    fields = posted(ready, no_reactions="on")
    fields[f"reaction-{effect.pk}-seen"] = "1"

    answer = post(as_clinician, page(ready), fields)

    assert answer.status_code == 422
    assert "Keep one of them." in answer.content.decode()


def test_an_emergency_says_what_to_do_now(as_clinician, ready):
    factories.AdverseEffectFactory(short_label="Anaphylaxis", level="emergency", action="adrenaline IM")

    html = as_clinician.get(page(ready)).content.decode()

    assert "Emergency. Do now: adrenaline IM." in html


def test_an_autosaved_draft_reopens_as_it_was_left_and_is_its_authors(as_clinician, clinician, clinic, ready):
    typed = posted(ready, note="half a sent", pain_during="11")
    typed["autosave_kind"], typed["autosave_subject"] = "session", f"session:{ready.pk}"
    typed["autosave_url"] = page(ready)

    kept = post(as_clinician, reverse("autosave"), typed)
    mine = as_clinician.get(page(ready)).content.decode()
    colleague = signed_in(factories.ClinicianFactory(clinic=clinic))
    theirs = colleague.get(page(ready)).content.decode()

    assert kept.status_code == 200
    assert "half a sent" in mine
    assert "half a sent" not in theirs


def test_the_second_editor_sees_both_versions_and_chooses(as_clinician, clinic, ready):
    colleague = signed_in(factories.ClinicianFactory(clinic=clinic))
    mine, theirs = posted(ready, note="mine"), posted(ready, note="theirs")
    post(colleague, page(ready), theirs)

    both = post(as_clinician, page(ready), mine)
    html = both.content.decode()
    mine["revision"] = str(both.context["form"]["revision"].value())
    kept = post(as_clinician, page(ready), mine)

    assert both.status_code == 409
    assert '<td data-label="Stored there">theirs</td>' in html
    assert '<td data-label="Typed here">mine</td>' in html
    assert (kept.status_code, TreatmentSession.objects.get().note) == (302, "mine")


def test_taking_the_stored_version_drops_what_was_typed(as_clinician, clinician, clinic, ready):
    colleague = signed_in(factories.ClinicianFactory(clinic=clinic))
    mine = posted(ready, note="mine")
    post(colleague, page(ready), posted(ready, note="theirs"))
    post(as_clinician, page(ready), mine)
    mine["do"] = "theirs"

    post(as_clinician, page(ready), mine)

    assert ">\ntheirs</textarea>" in as_clinician.get(page(ready)).content.decode()


def test_same_as_last_fills_zones_and_ml_and_nothing_of_safety(
    as_clinician, clinician, plan, clinic, ready, lots
):
    fields = posted(ready, zone__FRONTAL__points="42")
    fields["zone-FRONTAL-points"], fields["zone-FRONTAL-ml"] = "42", "0.03"
    fields[f"dose-{lots[0].product_id}-0-ml"] = "1.1"
    post(as_clinician, page(ready), fields)
    ready.refresh_from_db()
    sign_session(session=fill(ready, clinician), by=clinician)
    second = start_or_resume_session(plan=plan, by=clinician, clinic=clinic)
    factories.LotFactory(
        product=lots[0].product,
        clinic=clinic,
        on_hand=D(5),
        expires_on=timezone.localdate() + timedelta(days=5),
    )
    fields = posted(second, do="same", note="typed first")

    answer = post(as_clinician, page(second), fields)
    paper = as_clinician.get(page(second)).context["session_forms"]

    zone = next(z for z in paper.zones if z.zone.code == "FRONTAL")
    dose = paper.dose_forms[0]
    assert answer.status_code == 302
    assert (zone["points"].value(), zone["ml"].value()) == ("42", "0.03")
    # The vial that the first session opened is still good: it comes before what expires sooner.
    assert (dose["ml"].value(), dose["lot"].value()) == ("1.1", str(lots[0].pk))
    assert paper.main["pain_during"].value() in (None, "")
    assert paper.main["check"].value() in (None, [])
    assert paper.main["note"].value() == "typed first"


def test_a_recalled_lot_is_named_and_no_other_is_chosen_in_its_place(as_clinician, ready, clinic, lots):
    more = factories.LotFactory(product=lots[0].product, clinic=clinic, number="L-NEW", on_hand=D(5))
    Dose.objects.filter(lot=lots[0]).update(lot_read=True)
    Lot.objects.filter(pk=lots[0].pk).update(status="recalled")

    answer = as_clinician.get(page(ready))

    assert "Lot L-Dex is recalled. Choose the lot that was drawn up; L-NEW" in (answer.content.decode())
    assert more.pk in lots_offered(answer)
    assert lots[0].pk not in lots_offered(answer)
    line = next(f for f in answer.context["session_forms"].dose_forms if f.is_chosen_lot_unavailable)
    assert not line.is_chosen_lot_read_from_vial
    assert [option for option in line.lot_options if option["selected"]] == []


# --- what it costs -----------------------------------------------------------


def past_sessions(plan, clinician, many):
    """Other sessions of the same patient, each with a density measured."""
    scale = factories.SeverityScaleFactory(code="HAIR_DENSITY", kind="number")
    for _ in range(many):
        other = factories.make_plan(
            clinic=plan.clinic,
            patient=plan.patient,
            version=plan.cocktail_version,
            by=clinician,
            protocol=plan.protocol,
        )
        factories.TreatmentSessionFactory(plan=other)
        Measurement.objects.create(patient=plan.patient, scale=scale, value=D(133), measured_by=clinician)


@pytest.mark.parametrize("earlier", [1, 30])
def test_the_page_costs_the_same_with_more_sessions_behind(
    as_clinician, clinician, plan, ready, count_queries, earlier
):
    past_sessions(plan, clinician, earlier)

    with count_queries() as draft:
        as_clinician.get(page(ready))
    with count_queries() as review:
        as_clinician.get(sign_page(ready))

    assert (len(draft), len(review)) == (20, 18)


def test_saving_and_signing_send_so_many_statements(as_clinician, ready, checklist, count_queries, once):
    fields = posted(
        ready,
        check=[str(item.pk) for item in checklist[:2]],
        pain_during="4",
        no_reactions="on",
        safety_none="on",
        do="review",
    )

    with count_queries() as saving:
        post(as_clinician, page(ready), fields)
    with count_queries() as signing:
        as_clinician.post(sign_page(ready), {"once": once()})

    ready.refresh_from_db()
    assert ready.status == "signed"
    assert (len(saving), len(signing)) == (23, 25)


def test_reading_a_signed_session_costs_little(as_clinician, signed, count_queries):
    with count_queries() as sent:
        as_clinician.get(page(signed))

    assert len(sent) == 13
