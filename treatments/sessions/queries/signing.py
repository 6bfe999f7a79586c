"""The signing review: everything that the rules say to a session before it is signed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from mesoclinic.accounts.models import Clinic, User
from mesoclinic.core.findings import Finding, block
from mesoclinic.core.quantities import ZERO
from patients.models import Consent, Factor
from patients.queries import open_alerts
from patients.rules.alerts import alert_findings
from patients.rules.consent import ConsentFact, consent_validity_finding
from treatments.cocktails.queries.catalogue import Catalogue, catalogue_of_clinic
from treatments.cocktails.queries.formulation import (
    FactorRead,
    anonymous_person_for_rules,
    formula_of_version,
    formulation_annotated_on_version,
    versions_with_formulation,
)
from treatments.cocktails.rules.checks import check_mix
from treatments.cocktails.rules.contraindications import findings_against_any_treatment
from treatments.cocktails.rules.mix import Content, Line, Mix
from treatments.sessions.models import Dose, Pain
from treatments.sessions.queries.proposal import lots_to_choose, proposed_zones
from treatments.sessions.queries.reference import Item
from treatments.sessions.queries.sessions import LIDOCAINE, SessionDetail
from treatments.sessions.rules.pain_relief import ReliefFact, check_relief, lidocaine_mg_in_pain_relief
from treatments.sessions.rules.safety_questions import (
    Changes,
    check_safety_answers,
    risk_changes_from_answers,
)
from treatments.sessions.rules.signing import (
    ChecklistFact,
    DoseFact,
    ReactionFact,
    SigningFacts,
    ZoneFact,
    check_patient_alive,
    lot_to_take_instead_text,
    missing_before_signing,
)
from treatments.sessions.rules.zones import Course, Treated, check_deviations_from_course
from treatments.stock.models import Lot
from treatments.stock.queries import lot_as_choice
from treatments.stock.rules.lots import LotChoice, check_taking_from_lot

#: The id of a risk factor that is said and not on the record yet.
NOT_STORED = 0


@dataclass(frozen=True, slots=True)
class Safety:
    """What the record says against this syringe for this person, and what was already answered."""

    findings: Sequence[Finding]
    answered: Mapping[str, str]


def check_contraindications_and_doses(
    *,
    version_id: int,
    patient_id: int,
    clinic: Clinic,
    by: User,
    on: date,
    given: Iterable[tuple[str, Decimal]] | None = None,
    area_cm2: Decimal | None = None,
    changes: Changes | None = None,
    lidocaine_mg: Decimal = ZERO,
) -> Safety:
    """Contraindications and dose limits of what is ``given`` (product code, ml), as they stand on ``on``.

    ``lidocaine_mg`` was given beside the syringe, against the pain: it counts with the syringe's own.
    Without ``given``, of what the cocktail plans. A reason written when the cocktail was signed answers the
    same finding here. ``changes`` are those said at this session and not on the record yet. Two queries, and
    one more where there are any.
    """
    version = versions_with_formulation(on=on, user=by).get(pk=version_id)
    read = formulation_annotated_on_version(version)
    catalogue = catalogue_of_clinic(clinic)
    factors = read["factors"] if changes is None else _risk_factors_after_changes(read["factors"], changes)
    person = anonymous_person_for_rules(version, catalogue, on, factors=factors)
    if person is None or version.cocktail.patient_id != patient_id:
        message = "This plan's cocktail was made for somebody else. Make a new plan."
        return Safety([block("session:cocktail", message, fixed=True)], {})
    if given is None:
        given = [(line.product_code, line.ml) for line in formula_of_version(version).lines]
    mix = catalogue.build_mix(given, kind=version.kind, syringe_ml=version.syringe_ml)
    book, beside = catalogue.rulebook, _lidocaine_mix_outside_syringe(catalogue, lidocaine_mg)
    said = [
        *findings_against_any_treatment(person, book),
        *check_mix(mix, person, book, area_cm2=area_cm2, today=on, beside=beside),
    ]
    for other in beside:
        said += check_mix(other, person, book, area_cm2=area_cm2, today=on, beside=[mix])
    findings = {
        finding.code: finding
        for finding in said
        if finding.code.startswith(("contra:", "dose:")) and (finding.blocks or finding.warns)
    }
    return Safety(list(findings.values()), {row["code"]: row["reason"] for row in read["overrides"]})


def _risk_factors_after_changes(factors: Sequence[FactorRead], changes: Changes) -> list[FactorRead]:
    """The patient's risk factors as they will stand once these changes are on the record."""
    codes = _codes_of_new_factors(changes)
    # What ended is told apart by its id; a factor that another row still holds goes on standing.
    gone = set(changes.ended)
    new = [
        FactorRead(
            id=NOT_STORED, code=codes.get(new.factor_id), short=new.label, label=new.label, kind=new.kind
        )
        for new in changes.new
    ]
    return [row for row in factors if row["id"] not in gone] + new


def _codes_of_new_factors(changes: Changes) -> dict[int | None, str]:
    """Catalogue codes of the risk factors said to be new, by id."""
    ids = [new.factor_id for new in changes.new if new.factor_id]
    return dict(Factor.objects.filter(pk__in=ids).values_list("pk", "code"))


def _lidocaine_mix_outside_syringe(catalogue: Catalogue, lidocaine_mg: Decimal) -> list[Mix]:
    """Lidocaine of a nerve block or a cream, as a syringe of its own: doses add up over syringes."""
    lidocaine = catalogue.substances.get(LIDOCAINE)
    if not lidocaine_mg or lidocaine is None:
        return []
    line = Line(
        product_code="pain-relief",
        product_name="Pain relief",
        contents=(Content(lidocaine, lidocaine_mg),),
        ml=Decimal(1),
    )
    return [Mix(kind="single", lines=(line,), syringe_ml=Decimal(1))]


def consent_finding(patient_id: int, clinic: Clinic, on: date) -> Finding:
    """Whether the treatment consent stands on ``on``. One query."""
    rows = Consent.objects.filter(patient=patient_id, kind=Consent.Kind.TREATMENT)

    def day_at_clinic(at: datetime | None) -> date | None:
        return None if at is None else at.astimezone(clinic.zone).date()

    return consent_validity_finding(
        [
            ConsentFact(
                kind=Consent.Kind.TREATMENT,
                signed_on=day_at_clinic(row.signed_at) or on,
                valid_until=row.valid_until,
                withdrawn_on=day_at_clinic(row.withdrawn_at),
            )
            for row in rows
        ],
        Consent.Kind.TREATMENT,
        on,
    )


@dataclass(frozen=True, slots=True)
class SigningReview:
    """All that the rules say to a session that is not signed, and the reasons that were already given."""

    findings: Sequence[Finding]
    answered: Mapping[str, str]


def signing_review(detail: SessionDetail, items: Sequence[Item], *, by: User, at: datetime) -> SigningReview:
    """Everything that is asked before signing, of a session as it is stored. Four queries.

    What is missing on the page · what the record says against it now · the consent · open alerts · every lot.
    """
    session = detail.session
    given = [
        (each.code, sum(detail.ml_drawn_of_product(each.product_id), ZERO)) for each in detail.components
    ]
    asked = check_contraindications_and_doses(
        version_id=session.cocktail_version_id,
        patient_id=session.patient_id,
        clinic=session.clinic,
        by=by,
        on=session.performed_on,
        given=[(code, ml) for code, ml in given if ml > 0],
        area_cm2=sum((zone.area_cm2 for zone in detail.zones), ZERO),
        changes=risk_changes_from_answers(session.safety),
        lidocaine_mg=lidocaine_mg_in_pain_relief(pain_relief_facts(detail)),
    )
    findings = [
        *check_safety_answers(session.safety),
        *missing_before_signing(signing_facts(detail, items), at),
        *deviations_from_plan(detail),
        *check_relief(pain_relief_facts(detail)),
        *asked.findings,
        consent_finding(session.patient_id, session.clinic, session.performed_on),
        *alert_findings(open_alerts(session.patient_id)),
        *check_patient_alive(session.patient.died_on, session.performed_on),
        *_lot_findings(detail, at),
    ]
    before = {row["code"]: row["reason"] for row in session.acknowledged}
    return SigningReview(findings, {**asked.answered, **_deviation_reasons_last_time(detail), **before})


def _deviation_reasons_last_time(detail: SessionDetail) -> dict[str, str]:
    """Why it differed from the plan last time: the same difference is explained by the same reason."""
    if detail.previous is None:
        return {}
    rows = detail.previous.session.acknowledged
    return {row["code"]: row["reason"] for row in rows if row["code"].startswith("deviates:")}


def prescribed_course(detail: SessionDetail) -> Course:
    """What plan and protocol say about how this session is given."""
    plan, protocol = detail.session.plan, detail.session.plan.protocol
    proposed = proposed_zones(
        plan,
        [(row.zone_id, row.area_cm2) for row in detail.areas],
        sum((each.ml for each in detail.components), ZERO),
    )
    return Course(
        assessed=frozenset(row.zone.code for row in detail.areas),
        ml_per_point=(protocol.ml_per_point_min, protocol.ml_per_point_max),
        depth_mm=(protocol.depth_min_mm, protocol.depth_max_mm),
        spacing_cm=protocol.spacing_cm,
        technique=plan.technique or protocol.technique,
        needle=protocol.needle,
        proposed_ml=proposed[0].ml_per_point if proposed else None,
        proposed_depth=proposed[0].depth_mm if proposed else None,
    )


def deviations_from_plan(detail: SessionDetail) -> list[Finding]:
    """Where the stored chart differs from plan or protocol; each asks why."""
    return check_deviations_from_course(
        prescribed_course(detail),
        [
            Treated(row.code, row.label, row.ml_per_point, row.depth_mm, row.spacing_cm)
            for row in detail.zones
        ],
        detail.session.technique,
        detail.session.needle,
    )


def pain_relief_facts(detail: SessionDetail) -> list[ReliefFact]:
    return [ReliefFact(row.method, row.lidocaine_mg) for row in detail.relief]


def zone_facts(detail: SessionDetail) -> list[ZoneFact]:
    return [
        ZoneFact(
            code=row.code,
            points=row.points,
            ml_per_point=row.ml_per_point,
            depth_mm=row.depth_mm,
            name=row.label,
        )
        for row in detail.zones
    ]


def signing_facts(detail: SessionDetail, items: Sequence[Item]) -> SigningFacts:
    """A stored session as the rules of signing take it."""
    session = detail.session
    codes = {item.code for item in items if item.id in detail.checklist}
    pain = {row.moment: row.score for row in detail.pain}
    reactions = [
        ReactionFact(
            code=str(row.effect_id),
            effect=row.effect.effect,
            level=row.effect.level,
            action=row.effect.action,
            response=row.note,
        )
        for row in detail.reactions
    ]
    return SigningFacts(
        number=session.number,
        sessions_planned=session.plan.sessions_planned,
        checklist=[
            ChecklistFact(
                code=item.code,
                item=item.item,
                phase=item.phase,
                mandatory=item.mandatory,
                done=item.by_software or item.code in codes or item.asked_with in codes,
            )
            for item in items
        ],
        doses=_dose_facts(detail),
        zones=zone_facts(detail),
        pain_worst=pain.get(Pain.Moment.DURING),
        reactions=reactions if reactions or session.no_reactions else None,
        review=session.review_decision,
        review_at=session.clinic.review_at_session,
    )


def _dose_facts(detail: SessionDetail) -> list[DoseFact]:
    return [
        DoseFact(
            product=each.name,
            planned_ml=each.ml,
            ml=sum(detail.ml_drawn_of_product(each.product_id), ZERO),
            lots=[(row.lot.number, row.ml) for row in detail.doses if row.product_id == each.product_id],
        )
        for each in detail.components
    ]


def _lot_findings(detail: SessionDetail, at: datetime) -> list[Finding]:
    """Each lot as it stands now: usable, and holding what is taken from it; with another where it is not.

    One query more where a lot has to be replaced.
    """
    day = detail.session.performed_on
    wrong = [
        (row, found[0])
        for row in detail.doses
        if (found := check_taking_from_lot(lot_as_choice(row.lot), row.ml, day, at))
    ]
    if not wrong:
        return []
    others = lots_to_choose(detail.session.clinic, {row.product_id for row, _ in wrong}, day)
    return [
        replace(finding, where="syringe", detail=lot_to_take_instead_text(_other_usable_lot(others, row)))
        for row, finding in wrong
    ]


def _other_usable_lot(others: Mapping[int, Sequence[Lot]], dose: Dose) -> LotChoice | None:
    """Another lot of the same product, first to expire; None where there is none."""
    lots = others.get(dose.product_id, ())
    return next((lot_as_choice(lot) for lot in lots if lot.pk != dose.lot_id), None)
