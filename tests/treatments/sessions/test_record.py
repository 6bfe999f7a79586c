"""The record of a session: one page and one PDF that say everything that was signed, and its hash."""

import re
import zlib
from dataclasses import asdict, replace
from datetime import date
from zoneinfo import ZoneInfo

import pytest
from django.template.loader import render_to_string
from django.urls import reverse

from mesoclinic.core.documents import render_pdf
from mesoclinic.core.models import AuditEvent
from mesoclinic.pages.session_record import MAP, TEMPLATE, zone_map_context
from patients.models import PatientClinic
from tests import factories
from tests.conftest import signed_in
from tests.treatments.sessions.conftest import fill
from treatments.followup.actions import sync_check_ins_and_follow_ups
from treatments.sessions.actions.corrections import mark_session_void, save_addendum_and_mark_session_amended
from treatments.sessions.actions.late_reports import record_late_reactions
from treatments.sessions.actions.signing import sign_session
from treatments.sessions.models import ZoneTreatment
from treatments.sessions.queries.record import session_record
from treatments.sessions.queries.signed_rows import signed_session_hash
from treatments.sessions.rules.charting import ReactionEntry, ReliefEntry
from treatments.sessions.rules.record_hash import split_hash_into_lines
from treatments.sessions.views.record_blood import Fact
from treatments.sessions.views.record_content import (
    DoseLine,
    Passed,
    RecordContent,
    SyringeBlock,
    Ticked,
    ZoneLine,
)

pytestmark = pytest.mark.django_db


def page(session):
    return reverse("session_record", args=[session.pk])


def pdf(session):
    return reverse("session_record_pdf", args=[session.pk])


def said(answer):
    return " ".join(answer.content.decode().split())


@pytest.fixture
def told(ready, clinician, patient):
    """Signed with an allergy on record, relief, a reaction, and something new about medicines."""
    factories.RiskFactorFactory(patient=patient, kind="allergy", label="Latex", recorded_by=clinician)
    effect = factories.AdverseEffectFactory(effect="Soreness", level="expected")
    session = fill(
        ready,
        clinician,
        no_reactions=False,
        reactions=(ReactionEntry(effect.pk, note="cooled"),),
        relief=(ReliefEntry("ice", None),),
        since_last="Sore for a day.",
        safety={
            "medicine": {"changed": True, "new": [{"factor": None, "label": "Ibuprofen"}]},
            "pregnancy": {"changed": False},
            "allergy": {"changed": False},
        },
    )
    return sign_session(session=session, by=clinician)


def test_the_page_says_what_was_ticked_asked_given_and_by_whom_it_was_signed(as_clinician, told, clinician):
    text = said(as_clinician.get(page(told)))

    for part in (
        "Before the first injection, 3 ticked",
        "Latex",
        "new: Ibuprofen",
        "asked: nothing has changed",
        "Sore for a day.",
        "L-Dex",
        "L-Bio",
        "4 of 10",
        "Relief: ice",
        "Soreness, mild",
        "cooled",
        f"Signed: {clinician.display_name}",
    ):
        assert part in text, part


def test_a_question_that_nobody_asked_is_not_a_no(as_clinician, charted, clinician):
    charted.safety = {"allergy": {"changed": False}}
    charted.save(update_fields=["safety"])

    text = said(as_clinician.get(page(charted)))

    assert text.count("not asked") == 2


def test_the_page_prints_the_hash_of_what_was_signed(as_clinician, told):
    text = said(as_clinician.get(page(told)))

    for digits in split_hash_into_lines(signed_session_hash(told.pk)):
        assert digits in text


def test_a_draft_has_no_hash_and_says_that_it_is_not_signed(as_clinician, charted):
    answer = as_clinician.get(page(charted))

    assert "NOT SIGNED" in said(answer)
    assert "SHA-256" not in said(answer)
    assert as_clinician.get(pdf(charted)).status_code == 200


def test_addenda_and_late_reports_stand_after_the_signature(as_clinician, told, clinician):
    late = factories.AdverseEffectFactory(code="lump", effect="Lump", level="expected")
    record_late_reactions(session=told, by=clinician, reactions=[ReactionEntry(late.pk)])
    save_addendum_and_mark_session_amended(
        session=told, by=clinician, text="Left temple too.", reason="Forgotten"
    )

    text = said(as_clinician.get(page(told)))

    assert text.index("Told after the signature") < text.index("Lump, mild")
    assert text.index("SHA-256") < text.index("Left temple too.")


def test_a_void_session_says_so(as_clinician, told, clinician):
    mark_session_void(session=told, by=clinician, reason="Entered for the wrong patient")

    assert "VOID" in said(as_clinician.get(page(told)))


def test_the_pdf_is_a_pdf_kept_by_no_cache_and_printing_it_is_on_record_with_its_hash(
    as_clinician, told, clinician
):
    answer = as_clinician.get(pdf(told))

    assert answer["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF")
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["Content-Disposition"] == f'inline; filename="record-TS-{told.pk:06d}.pdf"'
    event = AuditEvent.objects.get(did="session.printed")
    assert (event.did, event.by, event.patient_id) == ("session.printed", clinician, told.patient_id)
    assert event.data == {"sha256": signed_session_hash(told.pk)}


def pages_of(content: bytes) -> int:
    """How many pages a PDF has: its objects of the kind page, in the open or in its compressed streams."""
    streams = re.findall(rb"stream\r?\n(.*?)endstream", content, re.DOTALL)
    texts = [content, *(zlib.decompressobj().decompress(each) for each in streams if each[:1] == b"\x78")]
    return sum(len(re.findall(rb"/Type\s*/Page\b(?!s)", text)) for text in texts)


def full_record(**changed) -> RecordContent:
    """What is on the record of a usual session, everything ticked and measured."""

    def ticks(how_many):
        return [Ticked(f"Item {n} of the checklist", "19:24", "E. Kaya") for n in range(how_many)]

    dose = DoseLine(
        "Dexpanthenol 250 mg/ml", "1 ml", "250 mg", "D2-2100", "26 Sep 2027", "Rheinpharm, Germany", False
    )
    zone = ZoneLine("Frontal third with hairline", "42", "0.039", "2", "42", "0.039")
    fact = Fact("Hair pull", "4 hairs")
    content = RecordContent(
        code="TS-000049", title="Session record", line="Session 5 of 8 · 27 Nov 2026", clinic="A clinic",
        room="Room 2", status="signed", is_signed=True, is_void=False, patient="Ragna Quist",
        patient_line="F · 44 · MC-000086", allergies=["Latex"], medicines=["Levothyroxine"],
        condition="Androgenetic alopecia (pattern hair loss)", severity="Ludwig I", consent="consent 4 Aug 2026",
        before=ticks(17), during=ticks(2), aftercare=ticks(8), asked=[fact] * 6,
        syringes=[SyringeBlock("Syringe “Density A” v1", [dose] * 4, "Prepared 10:00 by Dr Elif Kaya")], blood=[],
        given="3.04 ml given of 3.1 ml drawn", zones=[zone] * 4, technique="superficial", pain=[fact] * 2,
        relief=["ice"], reactions=[fact] * 2, told_later=[], measured=[fact] * 6,
        passed=[Passed("28 days since session 4.", "Discussed.", "Dr Elif Kaya")] * 2, facts=[fact] * 2,
        signed="Dr Elif Kaya", signed_at="27 Nov 2026, 16:30", hash_lines=["4deba58e 86d39a4f"] * 2, addenda=[],
        printed="30 Nov 2026", calls=[fact] * 4,
    )  # fmt: skip
    return replace(content, **changed)


def printed_pages(content: RecordContent) -> int:
    chart = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 360 480"></svg>'
    return pages_of(render_pdf(TEMPLATE, asdict(content) | {"map": chart}, on=date(2026, 11, 30)))


def test_a_usual_session_is_printed_on_one_page():
    assert printed_pages(full_record()) == 1


def test_a_long_record_runs_on():
    assert printed_pages(full_record(addenda=[Passed("More. " * 60, "Forgotten", "Dr Elif Kaya")] * 12)) == 2


def test_reading_it_is_on_record(as_clinician, told):
    as_clinician.get(page(told))

    event = AuditEvent.objects.last()
    assert (event.did, event.data) == ("patient.viewed", {"page": "session record"})


@pytest.mark.parametrize("who", ["as_front_desk", "as_admin", "as_cosmetologist"])
def test_nobody_but_a_clinician_reads_or_prints_it(request, who, told):
    client = request.getfixturevalue(who)

    assert client.get(page(told)).status_code == 403
    assert client.get(pdf(told)).status_code == 403


def test_an_unknown_session_is_not_found(as_clinician):
    assert as_clinician.get(reverse("session_record", args=[0])).status_code == 404
    assert as_clinician.get(reverse("session_record_pdf", args=[0])).status_code == 404


def test_the_record_is_read_with_at_most_twenty_statements_however_much_is_in_it(
    as_clinician, told, clinician, count_queries
):
    with count_queries() as few:
        as_clinician.get(page(told))
    for number in range(3):
        late = factories.AdverseEffectFactory(code=f"late-{number}", level="expected")
        record_late_reactions(session=told, by=clinician, reactions=[ReactionEntry(late.pk)])
        save_addendum_and_mark_session_amended(
            session=told, by=clinician, text=f"More {number}.", reason="Forgotten"
        )
        factories.RiskFactorFactory(
            patient=told.patient, kind="allergy", label=f"A{number}", recorded_by=clinician
        )
    with count_queries() as many:
        as_clinician.get(page(told))

    assert len(few) == len(many) <= 20


def test_the_signed_session_and_the_patients_page_lead_to_the_record(as_clinician, told):
    signed = said(as_clinician.get(reverse("sessions:session", args=[told.pk])))
    patient = said(as_clinician.get(reverse("patient", args=[told.patient_id])))

    assert page(told) in signed
    assert page(told) in patient


def test_every_time_on_it_is_that_of_the_sessions_clinic(as_clinician, told, clinic):
    type(clinic).objects.filter(pk=clinic.pk).update(time_zone="Asia/Tokyo")
    local = told.signed_at.astimezone(ZoneInfo("Asia/Tokyo"))
    elsewhere = factories.ClinicFactory(name="Elsewhere", time_zone="America/New_York")
    colleague = factories.ClinicianFactory(clinic=elsewhere)
    # The patient has to do with both clinics: the other one's record is read.
    PatientClinic.objects.create(patient=told.patient, clinic=elsewhere)

    text = said(signed_in(colleague).get(page(told)))

    assert f"{local:%-d %b %Y, %H:%M}, time of {clinic.name}" in text


def test_the_calls_that_are_planned_stand_on_it(as_clinician, told):
    sync_check_ins_and_follow_ups(since=None)

    text = said(as_clinician.get(page(told)))

    assert "We ring" in text
    for call in told.check_ins.all():
        assert f"<dt>{call.due_on:%-d %b %Y}</dt>" in text
    assert "48 h" in text


def test_the_printed_map_holds_each_zone_with_its_points(told):
    drawing = render_to_string(MAP, zone_map_context(session_record(told.pk)))

    for zone in ZoneTreatment.objects.filter(treatment_session=told).exclude(zone=None):
        assert f'xlink:href="#scalp-{zone.code}"' in drawing
        assert f">{zone.points}</text>" in drawing
    assert 'id="scalp-FRONTAL"' in drawing
