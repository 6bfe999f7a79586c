"""Who is to be called, what is followed up, and what the tick still has to bring up to date."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Count, Exists, F, OuterRef, Prefetch, Q, QuerySet
from django.utils import timezone

from mesoclinic.accounts.models import Clinic, User
from mesoclinic.core.paging import FIRST, Page, Place, page_of
from mesoclinic.core.quantities import plain_number_text
from mesoclinic.core.wording import day_text
from patients.models import Intake, RiskFactor, records_of, records_of_person
from patients.rules.people import age_on
from treatments.catalogue.models import ProductContent
from treatments.conditions.queries.labs import latest_lab_results_with_previous
from treatments.followup.models import (
    AdverseReport,
    CheckIn,
    CheckInAnswer,
    CheckInLink,
    FollowUp,
    FollowUpNote,
)
from treatments.followup.rules import (
    CAUSALITY_TEXTS,
    EVENT_OUTCOME_TEXTS,
    FOLLOWED_UP_LEVELS,
    SERIOUSNESS_TEXTS,
    Causality,
    CheckInStatus,
    EventOutcome,
    FollowUpStatus,
)
from treatments.sessions.models import Dose, Pain, PainRelief, Reaction, TreatmentSession, ZoneTreatment
from treatments.sessions.rules.late_reports import first_day_of_suspect_lots
from treatments.sessions.rules.states import SessionStatus
from treatments.stock.models import Lot

PAGE = 20

#: Patients are called about sessions in these states.
ASKED_ABOUT = (SessionStatus.SIGNED, SessionStatus.AMENDED)

#: A patient who has died is not rung. One whose record was merged is: the call must not be lost with it.
REACHABLE = Q(treatment_session__patient__died_on=None)


def reachable_check_ins_due(clinic: Clinic, until: date) -> QuerySet[CheckIn]:
    """Check-ins that are due on ``until`` or before, the longest waiting first."""
    return (
        CheckIn.objects.filter(REACHABLE, clinic=clinic, status=CheckInStatus.DUE, due_on__lte=until)
        .select_related("treatment_session__patient")
        .order_by("due_on", "pk")
    )


def page_of_check_ins_due(clinic: Clinic, until: date, place: Place = FIRST) -> Page[CheckIn]:
    """Each with ``link_sent``, the patient has a link to answer by themselves, and ``asks_by_link``, the clinic does so. One query."""
    links = CheckInLink.objects.filter(check_in=OuterRef("pk"), link__ended_at=None)
    rows = reachable_check_ins_due(clinic, until).annotate(
        link_sent=Exists(links), asks_by_link=F("clinic__check_in_settings__by_link")
    )
    return page_of(rows, ["due_on", "pk"], place, size=PAGE)


def open_follow_ups(clinic: Clinic, *, of: User | None = None) -> QuerySet[FollowUp]:
    """What clinicians still see to, the first due first; ``of`` one of them."""
    rows = FollowUp.objects.filter(clinic=clinic).exclude(status=FollowUpStatus.CLOSED)
    if of is not None:
        rows = rows.filter(assigned_to=of)
    return rows.select_related("treatment_session__patient", "reaction__effect", "assigned_to").order_by(
        "due_on", "pk"
    )


def page_of_open_follow_ups(clinic: Clinic, place: Place = FIRST) -> Page[FollowUp]:
    """One query."""
    return page_of(open_follow_ups(clinic), ["due_on", "pk"], place, size=PAGE)


@dataclass(frozen=True, slots=True)
class CheckInDetail:
    """A check-in with what is known of its session: the reactions and the later pain."""

    check_in: CheckIn
    reactions: list[Reaction]
    pain: list[Pain]

    @property
    def answer(self) -> CheckInAnswer | None:
        """What the patient answered by link."""
        return getattr(self.check_in, "answer", None)

    @property
    def reactions_told_here(self) -> list[Reaction]:
        """Reactions told at this check-in."""
        return [each for each in self.reactions if each.told_on_day == self.check_in.days]

    @property
    def reactions_known_before(self) -> list[Reaction]:
        """Reactions that were on record without it."""
        return [each for each in self.reactions if each.told_on_day != self.check_in.days]

    @property
    def pain_scores_after_24h(self) -> list[int]:
        """The pain of the day after, where it was asked: one score or none."""
        return [each.score for each in self.pain if each.moment == Pain.Moment.AFTER_24H]


def check_in_detail_or_none(pk: int) -> CheckInDetail | None:
    """Three queries, or one where there is no such check-in."""
    found = (
        CheckIn.objects.select_related(
            "treatment_session__patient",
            "treatment_session__clinic",
            "treatment_session__plan",
            "closed_by",
            "taken_over_by",
            "answer__photograph",
        )
        .defer("answer__photograph__jpeg")
        .filter(pk=pk)
        .first()
    )
    if found is None:
        return None
    session = found.treatment_session_id
    return CheckInDetail(
        check_in=found,
        reactions=list(
            Reaction.objects.filter(treatment_session=session).select_related("effect", "end").order_by("pk")
        ),
        pain=list(Pain.objects.filter(treatment_session=session).order_by("pk")),
    )


def follow_up_detail_or_none(pk: int) -> FollowUp | None:
    """A follow-up with its reaction, session and notes. Two queries."""
    return (
        FollowUp.objects.select_related(
            "treatment_session__patient",
            "treatment_session__clinic",
            "treatment_session__plan",
            "reaction__effect",
            "reaction__zone",
            "reaction__added_by",
            "reaction__treatment_session",
            "assigned_to",
            "opened_by",
        )
        .prefetch_related(Prefetch("notes", FollowUpNote.objects.select_related("by").order_by("pk")))
        .filter(pk=pk)
        .first()
    )


def check_ins_after_session(session: TreatmentSession) -> list[CheckIn]:
    """The check-ins after a session, the first due first. One query."""
    return list(CheckIn.objects.filter(treatment_session=session).order_by("due_on", "pk"))


def follow_ups_after_session(session: TreatmentSession) -> list[FollowUp]:
    """What a clinician sees to after a session, open or closed. One query."""
    return list(
        FollowUp.objects.filter(treatment_session=session)
        .select_related("reaction__effect", "assigned_to")
        .order_by("pk")
    )


def reaction_began_on(reaction: Reaction) -> date:
    """The day a reaction began; the day of the session where nobody says otherwise."""
    return reaction.began_on or reaction.treatment_session.performed_on


@dataclass(frozen=True, slots=True)
class Given:
    """A lot was given to the patient in this session."""

    session_pk: int
    number: int
    on: date


@dataclass(frozen=True, slots=True)
class SameReaction:
    """Another patient who had the lot and the same reaction."""

    patient_pk: int
    record_number: str


@dataclass(frozen=True, slots=True)
class SuspectLot:
    """A lot that a late reaction points to: this patient's sessions with it, and who else had it."""

    lot: Lot
    given: list[Given]
    others: int
    alike: list[SameReaction]


def suspect_lots_of_follow_up(follow_up: FollowUp) -> list[SuspectLot]:
    """The lots of all sessions of this patient in the incubation time, by product and number. Three queries.

    A void session counts too: what was injected was injected. Nothing where the reaction asks about no lot.
    """
    if follow_up.lot_days is None:
        return []
    began = reaction_began_on(follow_up.reaction)
    patient = follow_up.treatment_session.patient_id
    doses = Dose.objects.exclude(treatment_session__status=SessionStatus.DRAFT)
    lots: dict[int, Lot] = {}
    given: dict[int, list[Given]] = defaultdict(list)
    for dose in (
        doses.filter(
            treatment_session__patient__in=records_of_person(patient),
            treatment_session__performed_on__gte=first_day_of_suspect_lots(began, follow_up.lot_days),
            treatment_session__performed_on__lte=began,
        )
        .select_related("lot__product", "treatment_session")
        .order_by("treatment_session__performed_on", "pk")
    ):
        session = dose.treatment_session
        lots[dose.lot_id] = dose.lot
        given[dose.lot_id].append(Given(session.pk, session.number, session.performed_on))
    elsewhere = (
        doses.filter(lot__in=lots)
        .exclude(treatment_session__patient__in=records_of_person(patient))
        .order_by()
    )
    others = dict(
        elsewhere.values("lot")
        .annotate(n=Count("treatment_session__patient", distinct=True))
        .values_list("lot", "n")
    )
    same = Reaction.objects.filter(effect=follow_up.reaction.effect_id).values("treatment_session__patient")
    alike: dict[int, list[SameReaction]] = defaultdict(list)
    for lot, other, record_number in (
        elsewhere.filter(treatment_session__patient__in=same)
        .values_list("lot", "treatment_session__patient", "treatment_session__patient__record_number")
        .distinct()
        .order_by("treatment_session__patient")
    ):
        alike[lot].append(SameReaction(other, record_number))
    return [
        SuspectLot(lot, given[lot.pk], others.get(lot.pk, 0), alike[lot.pk])
        for lot in sorted(lots.values(), key=lambda lot: (lot.product.name, lot.number, lot.pk))
    ]


def sessions_without_check_ins(
    since: datetime | None, until: datetime | None = None
) -> list[TreatmentSession]:
    """Sessions signed from ``since`` to ``until`` (None: at any time) that have no check-in, the oldest first."""
    sessions = TreatmentSession.objects.filter(
        ~Exists(CheckIn.objects.filter(treatment_session=OuterRef("pk"))), status__in=ASKED_ABOUT
    )
    if since is not None:
        sessions = sessions.filter(signed_at__gte=since)
    if until is not None:
        sessions = sessions.filter(signed_at__lte=until)
    return list(sessions.order_by("performed_on", "pk"))


def reactions_needing_follow_up(since: datetime | None) -> list[Reaction]:
    """Reactions that have to be followed up (an alert, an emergency, one that asks about the lots) and are not."""
    reactions = Reaction.objects.filter(
        Q(effect__level__in=FOLLOWED_UP_LEVELS) | Q(effect__lot_days__isnull=False),
        ~Exists(FollowUp.objects.filter(reaction=OuterRef("pk"))),
        treatment_session__signed_at__isnull=False,
    )
    if since is not None:
        reactions = reactions.filter(Q(treatment_session__signed_at__gte=since) | Q(added_at__gte=since))
    return list(
        reactions.select_related(
            "effect", "treatment_session__clinic", "treatment_session__patient"
        ).order_by("pk")
    )


# --- the adverse reaction report -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SuspectProduct:
    """One product from one lot, as it was given."""

    name: str
    maker: str
    ingredients: str
    dose: str
    route: str
    sites: str
    given_on: list[str]
    lot: str
    expiry: str
    gtin: str
    made_by: str
    left_of_lot: str


@dataclass(frozen=True, slots=True)
class ReportContent:
    """The report in the order of the common forms: patient, event, products, others, reporter."""

    number: str
    patient: str
    initials: str
    age: str
    sex: str
    weight: str
    serious: list[str]
    outcome: str
    event: str
    began_on: str
    ended_on: str
    reported_on: str
    narrative: str
    tests: list[str]
    history: list[str]
    reason_for_use: str
    dechallenge: str
    rechallenge: str
    causality: str
    products: list[SuspectProduct]
    relief: list[str]
    medicines: list[str]
    pregnancy: list[str]
    reporter: str
    clinic: str
    submissions: list[str]


def report_content(report: AdverseReport, follow_up: FollowUp) -> ReportContent:
    """The content of a report, read again each time it is printed. Eight queries."""
    session = follow_up.treatment_session
    patient = session.patient
    began = reaction_began_on(follow_up.reaction)
    factors = list(
        RiskFactor.objects.filter(patient__in=records_of(patient))
        .standing_on(began)
        .order_by("kind", "label", "pk")
    )
    intake = Intake.objects.filter(patient__in=records_of(patient)).order_by("-taken_at", "-pk").first()
    ended = getattr(follow_up.reaction, "end", None)
    return ReportContent(
        number=f"AE-{report.pk}",
        patient=f"local number {patient.pk}",
        initials="".join(name[:1] for name in (patient.given_names, patient.family_name) if name),
        age=f"{age_on(patient.birth_date, began)} years" if patient.birth_date else "not known",
        sex=patient.sex_at_birth or "not known",
        weight=f"{plain_number_text(intake.weight_kg)} kg" if intake and intake.weight_kg else "not known",
        serious=[text for code, text in SERIOUSNESS_TEXTS.items() if code in report.serious],
        outcome=EVENT_OUTCOME_TEXTS[EventOutcome(report.outcome)],
        event=f"{follow_up.reaction.effect.effect}, {follow_up.reaction.grade}".strip(", "),
        began_on=day_text(began),
        ended_on=day_text(ended.ended_on) if ended else "",
        reported_on=day_text(timezone.localdate(report.at)),
        narrative=report.narrative,
        tests=[
            f"{line.fact.name} {line.fact.text or plain_number_text(line.fact.value or Decimal(0))} {line.fact.unit}".strip()
            + f", {day_text(line.result.taken_on)}"
            for line in latest_lab_results_with_previous(patient)
        ],
        history=[each.label for each in factors if each.kind not in ("medicine", "pregnancy")],
        reason_for_use=f"{session.plan.assessment.condition.name} (off-label)",
        dechallenge=report.get_dechallenge_display(),
        rechallenge=report.get_rechallenge_display(),
        causality=CAUSALITY_TEXTS[Causality(report.causality)],
        products=suspect_products(follow_up, began),
        relief=[row.get_method_display() for row in PainRelief.objects.filter(treatment_session=session)],
        medicines=[each.label for each in factors if each.kind == "medicine"],
        pregnancy=[each.label for each in factors if each.kind == "pregnancy"],
        reporter=report.by.display_name,
        clinic=follow_up.clinic.name,
        submissions=[
            f"{each.authority}, {day_text(each.sent_on)}, number {each.number or 'not known yet'}"
            for each in report.submissions.all()
        ],
    )


def suspect_products(follow_up: FollowUp, began: date) -> list[SuspectProduct]:
    """Every product of the session, with all days on which this patient had it before the reaction. Three queries."""
    session = follow_up.treatment_session
    given: dict[tuple[int, int], list[date]] = {}
    earlier = Dose.objects.filter(
        treatment_session__patient=session.patient_id,
        treatment_session__status__in=ASKED_ABOUT,
        treatment_session__performed_on__lte=began,
    ).order_by("treatment_session__performed_on", "pk")
    for product, lot, on in earlier.values_list("product_id", "lot_id", "treatment_session__performed_on"):
        given.setdefault((product, lot), []).append(on)
    zones = ZoneTreatment.objects.filter(treatment_session=session).select_related("zone").order_by("pk")
    sites = ", ".join(dict.fromkeys(row.zone.name if row.zone else row.name for row in zones))
    doses = (
        Dose.objects.filter(treatment_session=session)
        .select_related("product", "lot")
        .prefetch_related("product__contents__ingredient")
        .order_by("pk")
    )
    return [_suspect_product(dose, given.get((dose.product_id, dose.lot_id), []), sites) for dose in doses]


def _suspect_product(dose: Dose, days: list[date], sites: str) -> SuspectProduct:
    product, lot = dose.product, dose.lot
    ml = dose.ml - dose.wasted_ml
    return SuspectProduct(
        name=f"{product.name} {product.strength}".strip(),
        maker=lot.maker or product.maker,
        ingredients="; ".join(_ingredient_text(content, ml) for content in product.contents.all()),
        dose=f"{plain_number_text(ml)} ml",
        route="intradermal, scalp",
        sites=sites,
        given_on=[day_text(day) for day in dict.fromkeys(days)],
        lot=lot.number,
        expiry=day_text(lot.expires_on),
        gtin=product.gtin,
        made_by=product.legal_route or "not said",
        left_of_lot=f"{plain_number_text(lot.on_hand_ml)} ml",
    )


def _ingredient_text(content: ProductContent, ml: Decimal) -> str:
    mg, name = content.mg_per_ml, content.ingredient.name
    return name if mg is None else f"{name} {plain_number_text(mg * ml)} mg"


def follow_up_to_report_or_none(pk: int) -> FollowUp | None:
    """The follow-up with what a report reads of it. One query."""
    return (
        FollowUp.objects.select_related(
            "clinic",
            "treatment_session__patient",
            "treatment_session__clinic",
            "treatment_session__plan__assessment__condition",
            "reaction__effect",
            "reaction__zone",
            "reaction__treatment_session",
            "reaction__end",
        )
        .filter(pk=pk)
        .first()
    )
