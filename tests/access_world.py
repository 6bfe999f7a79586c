"""Two clinics with one of everything at each, built once: what the access matrix asks its questions of."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as D
from io import BytesIO

from django.db import transaction
from django.db.models import Model
from django.test import Client
from django.utils import timezone
from PIL import Image

from mesoclinic.accounts.models import Clinic, SignIn, User
from mesoclinic.accounts.permissions import Role
from mesoclinic.core import audit
from mesoclinic.core.models import Source
from mesoclinic.pages.access_log import OPENED_WITH_REASON
from patients.models import Alert, Patient, PatientLink, ToldIntake
from patients.rules.links import LinkPurpose
from tests import factories
from tests.conftest import signed_in
from treatments.billing.actions.invoices import create_invoice_and_take_payment, credit_invoice
from treatments.billing.actions.payments import take_payment
from treatments.billing.actions.price_lists import publish_price_list
from treatments.billing.actions.quotes import accept_quote, issue_quote, replace_draft_quote
from treatments.billing.models import Coupon, QuoteLink
from treatments.billing.rules.invoices import ChargedLine
from treatments.billing.rules.prices import PriceRow
from treatments.catalogue.models import PlannedChange
from treatments.conditions.actions.photograph_files import prepare_received_photograph, release_photograph
from treatments.conditions.actions.photographs import create_photo_set, place_landmarks, take_photograph
from treatments.conditions.models import LabOrder, LabResult, LabTest, PhotoView
from treatments.followup.models import AdverseReport, CheckIn, CheckInAnswer, CheckInPhotograph, FollowUp
from treatments.outcomes.models import LotAlarm, SideComparison, SplitScalpSettings
from treatments.response.models import BlindScore, Review
from treatments.schedule.models import Appointment, Break, Holiday, TimeOff
from treatments.sessions.models import BloodPreparation, Reaction, Syringe, TreatmentSession
from treatments.stock.models import Stocktake


@dataclass
class Place:
    """A clinic with one of everything: by the model's label, and what an address asks beside its first key."""

    clinic: Clinic
    people: dict[Role, User]
    patient: Patient
    rows: dict[type[Model], Model] = field(default_factory=dict)
    beside: dict[str, int] = field(default_factory=dict)
    #: What leads a stranger in (tests.access_links).
    links: dict[LinkPurpose, PatientLink] = field(default_factory=dict)
    visit_by_link: Appointment | None = None
    phone_address: str = ""
    feed_address: str = ""
    waits_for: str = "intake"
    hour: int = 9

    def add(self, *rows: Model) -> None:
        for row in rows:
            self.rows[type(row)] = row

    def client(self, role: Role) -> Client:
        return signed_in(self.people[role])


def build_place(name: str, patient: Patient | None = None) -> Place:
    """One of everything at a new clinic, about its own patient or (as where somebody moved) about ``patient``."""
    clinic = factories.ClinicFactory(name=name)
    people = {role: factories.UserFactory(roles=[role.value], clinic=clinic) for role in Role}
    own = patient or factories.PatientFactory(at=clinic, given_names="Noor", family_name=f"Of {name}")
    place = Place(clinic, people, own)
    if patient:
        # A patient waits once for one thing, and is in one place at a time.
        place.waits_for, place.hour = "review", 14
    place.add(own)
    _add_record(place)
    _add_photograph(place)
    _add_course(place)
    _add_calendar(place)
    _add_session(place)
    _add_stock(place)
    return place


def _add_record(place: Place) -> None:
    by, patient = place.people[Role.CLINICIAN], place.patient
    zone = factories.AssessmentZoneFactory(
        assessment=factories.AssessmentFactory(patient=patient, assessed_by=by)
    )
    test, _ = LabTest.objects.get_or_create(code="ferritin", defaults={"name": "Ferritin", "unit": "ng/mL"})
    place.add(
        zone.assessment,
        LabResult.objects.create(
            patient=patient, test=test, value=D(40), unit="ng/mL", taken_on=date(2026, 1, 5), entered_by=by
        ),
        LabOrder.objects.create(patient=patient, test=test, ordered_on=date(2026, 1, 5), ordered_by=by),
        factories.MessageFactory(clinic=place.clinic, patient=patient),
    )
    place.beside["consent_pk"] = factories.ConsentFactory(patient=patient, taken_by=by).pk
    place.beside["alert_pk"] = factories.AlertFactory(patient=patient).pk
    place.beside["factor_pk"] = factories.RiskFactorFactory(patient=patient, recorded_by=by).pk
    place.beside["patient_pk"] = patient.pk
    place.beside["sign_in_pk"] = SignIn.objects.create(user=by, session_key="made up").pk
    place.beside["other_pk"] = factories.PatientFactory(at=place.clinic).pk
    factories.merge_records(factories.PatientFactory(at=place.clinic), patient)
    place.add(patient.merges_into.get(merged__patient_clinics__clinic=place.clinic))
    assert Alert.objects.filter(patient=patient).exists()


def _add_photograph(place: Place) -> None:
    """A picture that is ready, with its points, and its copy for a purpose."""
    by, patient = place.people[Role.CLINICIAN], place.patient
    text = factories.ConsentTextFactory(kind="photo", title="Photographs")
    factories.ConsentFactory(patient=patient, kind="photo", text=text, taken_by=by)
    view, _ = PhotoView.objects.get_or_create(
        code="PHL-4", defaults={"pattern": "pattern hair loss", "order": 4, "name": "Vertex"}
    )
    photo_set = create_photo_set(patient=patient, pattern=view.pattern, by=by)
    sent = BytesIO()
    Image.new("RGB", (64, 48), "brown").save(sent, "JPEG")
    picture = take_photograph(photo_set=photo_set, view=view, content=sent.getvalue(), by=by)
    prepare_received_photograph(picture.pk)
    picture.refresh_from_db()
    place_landmarks(photograph=picture, points=[0.1, 0.1, 0.9, 0.1, 0.9, 0.9, 0.1, 0.9], by=by)
    copy = release_photograph(photograph=picture, purpose="copy", agreed_by="Noor", by=by)
    later = create_photo_set(patient=patient, pattern=view.pattern, by=by)
    second = take_photograph(photo_set=later, view=view, content=sent.getvalue(), by=by)
    prepare_received_photograph(second.pk)
    pair = BlindScore.objects.create(rater=by, earlier=picture, later=second, is_later_right=True)
    place.add(photo_set, picture, copy, pair)
    place.beside["view_pk"], place.beside["to_pk"] = view.pk, picture.pk


def _add_course(place: Place) -> None:
    by, desk, clinic = place.people[Role.CLINICIAN], place.people[Role.FRONT_DESK], place.clinic
    version = factories.signed_cocktail(
        clinic=clinic,
        patient=place.patient,
        by=by,
        products=[factories.ProductFactory(price_per_ml=D(46)) for _ in range(2)],
    )
    plan = factories.make_plan(clinic=clinic, patient=place.patient, version=version, by=by)
    prices = publish_price_list(
        clinic=clinic,
        valid_from=date(2020, 1, 1),
        currency="USD",
        rows=[
            PriceRow("session", "Session", D(320)),
            PriceRow("package", "Five", rate=D(10), sessions_from=5),
        ],
        by=place.people[Role.ADMIN],
    )
    quote = issue_quote(quote=replace_draft_quote(plan=plan, by=desk), by=desk)
    option = quote.options.order_by("pk").first()
    quote = accept_quote(quote=quote, option=option, signed_name="Noor", by=desk)
    plan.refresh_from_db()
    payment = take_payment(plan=plan, kind="payment", method="card", amount=D(50), by=desk)
    patient_link = factories.PatientLinkFactory(clinic=clinic, patient=place.patient, purpose="quote")
    intake_link = factories.PatientLinkFactory(clinic=clinic, patient=place.patient, purpose="intake")
    told = ToldIntake.objects.create(link=intake_link, patient=place.patient, finished_at=timezone.now())
    link = QuoteLink.objects.create(quote=quote, link=patient_link)
    coupon = Coupon.objects.create(
        clinic=clinic, code="SPRING", amount=D(10), currency="USD", created_by=place.people[Role.ADMIN]
    )
    invoice = create_invoice_and_take_payment(
        patient=place.patient,
        clinic=clinic,
        price_list=prices,
        lines=[ChargedLine("session", "Session", 1, D(320))],
        by=desk,
    )
    credit = credit_invoice(
        invoice=invoice, amounts={invoice.lines.get().pk: D(20)}, reason="Made up", by=desk
    )
    place.add(version, plan, quote, payment, link, patient_link, told, coupon, prices, invoice, credit)
    place.beside["option_pk"] = option.pk
    place.beside["line_pk"] = option.lines.first().pk


def _add_calendar(place: Place) -> None:
    by, clinic = place.people[Role.CLINICIAN], place.clinic
    room = factories.RoomFactory(clinic=clinic)
    tomorrow = timezone.now() + timedelta(days=1)
    freed = factories.FreedTimeFactory(clinic=clinic, clinician=by, room=room)
    entry = factories.WaitingListEntryFactory(clinic=clinic, patient=place.patient, kind=place.waits_for)
    place.add(
        room,
        factories.WorkingHoursFactory(clinic=clinic, clinician=by, room=room),
        factories.AppointmentFactory(
            clinic=clinic,
            patient=place.patient,
            clinician=by,
            room=room,
            starts_at=datetime(2027, 3, 1, place.hour, tzinfo=UTC),
        ),
        freed,
        entry,
        factories.OfferFactory(entry=entry, clinician=by, room=room),
        factories.CalendarFeedFactory(clinician=by),
        Break.objects.create(clinic=clinic, clinician=by, weekday=1, starts="12:00", ends="12:30"),
        Holiday.objects.create(clinic=clinic, day=date(2027, 5, 1), name="May Day"),
        TimeOff.objects.create(
            clinic=clinic, clinician=by, starts_at=tomorrow, ends_at=tomorrow + timedelta(hours=1)
        ),
    )


def _add_session(place: Place) -> None:
    by, clinic, patient = place.people[Role.CLINICIAN], place.clinic, place.patient
    plan = factories.make_plan(clinic=clinic, patient=patient, by=by, status="active")
    session = factories.TreatmentSessionFactory(plan=plan)
    type(plan).objects.filter(pk=plan.pk).update(reviewed_to=1)
    review = Review.objects.create(plan=plan, number=1, decision="continue", text="Made up", by=by)
    syringe = Syringe.objects.create(treatment_session=session, label="S", capacity_ml=5, prepared_by=by)
    reaction = Reaction.objects.create(treatment_session=session, effect=factories.AdverseEffectFactory())
    kit = factories.LotFactory(clinic=clinic, product=factories.KitFactory(), on_hand=3)
    now = timezone.now()
    blood = BloodPreparation.objects.create(
        treatment_session=session,
        patient=patient,
        lot=kit,
        drawn_ml=10,
        drawn_at=now,
        drawn_by=by,
        limit_minutes=60,
        limit_source="Made up",
        use_before=now + timedelta(hours=1),
    )
    _compare_sides(session, by)
    due = timezone.localdate() + timedelta(days=2)
    follow_up = FollowUp.objects.create(
        treatment_session=session,
        clinic=clinic,
        reaction=reaction,
        assigned_to=by,
        due_on=due,
        opened_by=by,
    )
    check_in = CheckIn.objects.create(treatment_session=session, clinic=clinic, days=2, due_on=due)
    answer = CheckInAnswer.objects.create(check_in=check_in, pain=0, is_red=False, language="en")
    CheckInPhotograph.objects.create(answer=answer, jpeg=b"made up")
    place.add(
        session,
        syringe,
        reaction,
        blood,
        check_in,
        follow_up,
        review,
        AdverseReport.objects.create(
            follow_up=follow_up,
            outcome="recovering",
            causality="possible",
            dechallenge="does_not_apply",
            rechallenge="no",
            by=by,
        ),
    )


def _compare_sides(session: TreatmentSession, by: User) -> None:
    SplitScalpSettings.objects.create(clinic=session.clinic, is_on=True, ethics_number="Made up")
    SideComparison.objects.create(
        treatment_session=session,
        clinic=session.clinic,
        patient=session.patient,
        compared="relief",
        first="ice",
        second="none",
        first_side="left",
        consent_text="Made up",
        consent_name="Made up",
        drawn_by=by,
    )


def _add_stock(place: Place) -> None:
    lot = factories.LotFactory(clinic=place.clinic, on_hand=10)
    recalled = factories.LotFactory(clinic=place.clinic, on_hand=10)
    case = factories.make_recall(lots=[recalled], by=place.people[Role.CLINICIAN])
    place.add(
        lot,
        case,
        Stocktake.objects.create(clinic=place.clinic, begun_by=place.people[Role.ADMIN]),
    )
    place.beside["lot_pk"] = lot.pk
    place.add(
        LotAlarm.objects.create(
            clinic=place.clinic, lot=lot, sessions=10, observed=5, expected=1, crossed_on=date(2026, 1, 5)
        )
    )


@dataclass
class World:
    """``own`` and ``foreign`` have nothing to do with each other; ``moved``: another clinic's rows about own's patient."""

    own: Place
    foreign: Place
    moved: Place
    shared: dict[str, object]
    #: Of the log, the last row before anything is asked.
    last_event: int = 0


def build_world() -> World:
    own = build_place("Own")
    foreign = build_place("Foreign")
    moved = build_place("Moved", patient=own.patient)
    Source.objects.get_or_create(key="HAS14", defaults={"citation": "HAS", "kind": "agency"})
    product, ingredient = factories.ProductFactory(), factories.IngredientFactory()
    text = factories.ConsentTextFactory(kind="photo", title="Photographs")
    limit = factories.DoseLimitFactory()
    planned = PlannedChange.objects.order_by("pk").first()
    with transaction.atomic():
        opened = audit.record(
            by=own.people[Role.CLINICIAN],
            did=OPENED_WITH_REASON,
            about=own.patient,
            patient_id=own.patient.pk,
        )
    shared: dict[str, object] = {
        "access_log": opened.pk,
        "catalogue:product": product.pk,
        "catalogue:ingredient": ingredient.code,
        "catalogue:rule": limit.pk,
        "patients:consent_text": text.pk,
        "catalogue:change_withdraw": planned.pk if planned else 0,
    }
    return World(own, foreign, moved, shared)
