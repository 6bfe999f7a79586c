"""The signing review: everything that the rules say to a session before it is signed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache, partial
from typing import TypedDict

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef
from django.db.models.functions import JSONObject

from mesoclinic.accounts.models import Clinic, User
from mesoclinic.core.compiled_queries import Blank, CompiledQuery
from mesoclinic.core.findings import Finding, block
from mesoclinic.core.quantities import ZERO
from mesoclinic.core.reasons import ReasonBefore
from patients.models import Consent, Factor, records_of
from patients.rules.alerts import OpenAlert, sorted_worst_first
from patients.rules.consent import ConsentFact, consent_validity_finding
from treatments.cocktails.models import CocktailVersion
from treatments.cocktails.queries.catalogue import Catalogue, catalogue_of_clinic
from treatments.cocktails.queries.formulation import (
    FactorRead,
    alerts_annotated_on_version,
    anonymous_person_or_none,
    answers_annotated_on_version,
    formula_of_version,
    formulation_annotated_on_version,
    version_with_formulation_to_compile,
)
from treatments.cocktails.queries.required_answers import AnswersOfPatient
from treatments.cocktails.rules.arithmetic import held_by_substance_code
from treatments.cocktails.rules.checks import check_mix_against_all_rules
from treatments.cocktails.rules.contraindications import UNREAD_ALLERGY_ALERT, findings_against_any_treatment
from treatments.cocktails.rules.mix import Content, Line, Mix, Person
from treatments.plans.alert_queries import new_medicine_alerts_from_rows, new_medicines_subquery
from treatments.plans.models import TreatmentPlan
from treatments.schedule.queries.intervals import (
    IntervalsAsked,
    intervals_from_json,
    intervals_subquery_to_compile,
)
from treatments.sessions.models import Dose, Pain
from treatments.sessions.queries.alerts import recalled_lot_findings, session_alert_findings
from treatments.sessions.queries.amounts import (
    GivenRead,
    Injections,
    charted_injections,
    mix_of_each_session_given,
    other_doses_that_day_annotated_on_session,
    volume_findings_of_chart,
)
from treatments.sessions.queries.blood import blood_findings_before_signing
from treatments.sessions.queries.late_facts import findings_with_late_facts_passable
from treatments.sessions.queries.new_medicines import findings_of_medicines_told_today
from treatments.sessions.queries.proposal import lots_to_choose_by_product, proposed_zones
from treatments.sessions.queries.reasons_before import (
    reasons_for_cocktail_by_code,
    reasons_in_session_by_code,
)
from treatments.sessions.queries.reference import Item
from treatments.sessions.queries.required_answers import missing_answer_notes
from treatments.sessions.queries.sessions import LIDOCAINE, SessionDetail
from treatments.sessions.queries.told_today import NOT_STORED, factors_told_in_words
from treatments.sessions.rules.already_given import findings_lowered_as_already_given
from treatments.sessions.rules.cream_amounts import check_cream_ceilings
from treatments.sessions.rules.pain_relief import (
    ReliefFact,
    check_relief_says_lidocaine_mg,
    lidocaine_mg_in_pain_relief,
)
from treatments.sessions.rules.reasons import Kept, reasons_not_asked_again
from treatments.sessions.rules.relief_substances import (
    check_relief_contraindications,
    lidocaine_limit_mg_or_none,
    lidocaine_mg_in_syringe,
)
from treatments.sessions.rules.safety_questions import (
    Changes,
    check_safety_questions_answered,
    risk_changes_from_answers,
)
from treatments.sessions.rules.signing import (
    ChecklistFact,
    DoseFact,
    ReactionFact,
    SigningFacts,
    ZoneFact,
    check_patient_alive,
    findings_before_signing,
    lot_to_take_instead_text,
)
from treatments.sessions.rules.zones import Course, Treated, check_deviations_from_course
from treatments.stock.models import Lot
from treatments.stock.queries import lot_as_choice
from treatments.stock.rules.lots import LotChoice, check_lot_usable_and_holds_enough


@dataclass(frozen=True, slots=True)
class Safety:
    """What the record says against this syringe for this person."""

    findings: Sequence[Finding]
    #: Reasons given when the cocktail was signed: shown beside an empty field.
    reasons_before: Mapping[str, ReasonBefore] = field(default_factory=dict)
    #: Codes of what is in the syringe.
    substances: frozenset[str] = frozenset()
    #: What stands against the patient's next injection, the worst first.
    alerts: Sequence[OpenAlert] = ()
    intervals: IntervalsAsked | None = None
    known: AnswersOfPatient | None = None
    #: The patient's consents to treatment.
    consents: Sequence[ConsentFact] = ()

    def consent_finding(self, on: date, *, is_begun: bool) -> Finding:
        """Whether the treatment consent stands on ``on``."""
        return consent_validity_finding(self.consents, Consent.Kind.TREATMENT, on, is_begun=is_begun)

    def interval_findings(self, *, is_begun: bool) -> list[Finding]:
        """What the days since the last session say; nothing where no plan was asked about."""
        return [] if self.intervals is None else self.intervals.findings(is_begun=is_begun)


def safety_of_injection(
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
    relief: Sequence[ReliefFact] = (),
    plan: TreatmentPlan | None = None,
    injections: Injections | None = None,
    given_today: Sequence[GivenRead] = (),
) -> Safety:
    """Contraindications and dose limits of what is ``given`` (product code, ml), as they stand on ``on``.

    ``lidocaine_mg`` was given beside the syringe, against the pain: it counts with the syringe's own; ``relief`` is
    checked by what it holds, whatever the amount. Without ``given``, of what the cocktail plans. With a ``plan``,
    what the intervals are asked about is read too. ``changes`` are those said at this session and not on the record
    yet. ``injections``: where and how it is injected, once it is charted; ``given_today``: what other sessions gave on
    the day. Two queries; one more where there are changes, and two more for each kind of words told.
    """
    blanks = {"version": version_id, "user": by.pk, "patient": patient_id}
    if plan is not None:
        blanks |= {"plan": plan.pk, "plan_patient": plan.patient_id}
    version = _version_with_consents_and_medicines(on, plan is not None).ask_for_one(**blanks)
    read = formulation_annotated_on_version(version)
    consents = _consent_facts_from_rows(version.consents, clinic)  # type: ignore[attr-defined]
    catalogue = catalogue_of_clinic(clinic)
    factors = read["factors"] if changes is None else _risk_factors_after_changes(read["factors"], changes)
    person = anonymous_person_or_none(version, catalogue, on, factors=factors)
    if person is None or version.cocktail.patient_id != patient_id:
        message = "This plan's cocktail was made for somebody else. Make a new plan."
        return Safety([block("session:cocktail", message, fixed=True)], consents=consents)
    if given is None:
        given = [(line.product_code, line.ml) for line in formula_of_version(version).lines]
    mix = catalogue.build_mix_of_known_products(given, kind=version.kind, syringe_ml=version.syringe_ml)
    book, beside = catalogue.rulebook, _lidocaine_mixes_outside_syringe(catalogue, lidocaine_mg)
    today = mix_of_each_session_given(catalogue, given_today)
    rules = partial(check_mix_against_all_rules, person=person, rulebook=book, area_cm2=area_cm2, today=on)
    of_mix = rules(mix, beside=[*beside, *today])
    said = [*findings_against_any_treatment(person, book), *of_mix]
    for other in beside:
        of_other = rules(other, beside=[mix, *today])
        said += [finding for finding in of_other if not finding.code.startswith("contra:")]
    findings = {each.code: each for each in said if _is_finding_of_record_or_dose(each)}
    of_relief = _relief_findings(relief, person, catalogue, mix, area_cm2)
    findings |= {each.code: each for each in of_relief if each.code not in findings}
    return Safety(
        [*findings.values(), *volume_findings_of_chart(of_mix, mix, catalogue, injections)],
        reasons_for_cocktail_by_code(version, read["overrides"], clinic.zone),
        frozenset(held_by_substance_code(mix)),
        _open_alerts_annotated_on_version(version),
        None if plan is None else intervals_from_json(version.intervals, plan, clinic.zone, on),  # type: ignore[attr-defined]
        answers_annotated_on_version(version, on),
        consents,
    )


@lru_cache(maxsize=16)
def _version_with_consents_and_medicines(
    on: date, with_plan: bool
) -> CompiledQuery[CocktailVersion, CocktailVersion]:
    """What the bench reads of a version, the patient's consents to treatment, new medicines and intervals."""
    versions = version_with_formulation_to_compile(on).annotate(
        consents=_treatment_consents_subquery(Blank("patient")),
        new_medicines=new_medicines_subquery(OuterRef("cocktail__patient"), on),
    )
    return CompiledQuery(
        versions.annotate(intervals=intervals_subquery_to_compile(on)) if with_plan else versions
    )


def _open_alerts_annotated_on_version(version: CocktailVersion) -> list[OpenAlert]:
    """What the bench reads, and the new medicines beside it, the worst first. No query."""
    new = new_medicine_alerts_from_rows(version.new_medicines)  # type: ignore[attr-defined]
    return sorted_worst_first([*alerts_annotated_on_version(version), *new])


def _is_finding_of_record_or_dose(finding: Finding) -> bool:
    """Whether a finding of the mix counts at a session: the record, the doses, an allergy that nobody could read."""
    of_session = finding.code.startswith(("contra:", "dose:", UNREAD_ALLERGY_ALERT))
    return of_session and (finding.blocks or finding.warns)


def _relief_findings(
    relief: Sequence[ReliefFact], person: Person, catalogue: Catalogue, mix: Mix, area_cm2: Decimal | None
) -> list[Finding]:
    """What the record says against relief, its lidocaine beside that of the syringe, and how much cream where."""
    book = catalogue.rulebook
    return [
        *check_relief_contraindications(relief, person, book, catalogue.substances),
        *check_relief_says_lidocaine_mg(
            relief, syringe_mg=lidocaine_mg_in_syringe(mix), limit_mg=lidocaine_limit_mg_or_none(book, person)
        ),
        *check_cream_ceilings(relief, book.ceilings, area_cm2),
    ]


def _risk_factors_after_changes(factors: Sequence[FactorRead], changes: Changes) -> list[FactorRead]:
    """The patient's risk factors as they will stand once these changes are on the record."""
    codes = _codes_of_new_factors_by_id(changes)
    # What ended is told apart by its id; a factor that another row still holds goes on standing.
    gone = set(changes.ended)
    new = [
        FactorRead(
            id=NOT_STORED, code=codes.get(new.factor_id), short=new.label, label=new.label, kind=new.kind
        )
        for new in changes.new
        if new.factor_id
    ]
    new += factors_told_in_words([each for each in changes.new if not each.factor_id])
    return [row for row in factors if row["id"] not in gone] + new


def _codes_of_new_factors_by_id(changes: Changes) -> dict[int | None, str]:
    """Catalogue codes of the risk factors said to be new, by id."""
    ids = [new.factor_id for new in changes.new if new.factor_id]
    return dict(Factor.objects.filter(pk__in=ids).values_list("pk", "code"))


def _lidocaine_mixes_outside_syringe(catalogue: Catalogue, lidocaine_mg: Decimal) -> list[Mix]:
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
    return [Mix(kind="single", lines=(line,), syringe_ml=Decimal(1), is_injected=False)]


class ConsentRow(TypedDict):
    """A consent to treatment, as another query brings it."""

    signed_at: str
    valid_until: str
    withdrawn_at: str | None


def _treatment_consents_subquery(patient: Blank) -> ArraySubquery:
    rows = Consent.objects.filter(patient__in=records_of(patient), kind=Consent.Kind.TREATMENT).order_by("pk")
    return ArraySubquery(rows.values(row=JSONObject(**{name: name for name in ConsentRow.__annotations__})))


def _consent_facts_from_rows(rows: Iterable[ConsentRow], clinic: Clinic) -> list[ConsentFact]:
    def day_at_clinic(at: str) -> date:
        return datetime.fromisoformat(at).astimezone(clinic.zone).date()

    return [
        ConsentFact(
            kind=Consent.Kind.TREATMENT,
            signed_on=day_at_clinic(row["signed_at"]),
            valid_until=date.fromisoformat(row["valid_until"]),
            withdrawn_on=day_at_clinic(row["withdrawn_at"]) if row["withdrawn_at"] else None,
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class SigningReview:
    """All that the rules say to a session that is not signed.

    ``standing``: those of them that were gone past when this session was started, with the reason as it was kept.
    """

    findings: Sequence[Finding]
    standing: Sequence[Kept] = ()
    reasons_before: Mapping[str, ReasonBefore] = field(default_factory=dict)
    known: AnswersOfPatient | None = None
    #: Codes of what is in the syringe.
    substances: frozenset[str] = frozenset()

    @property
    def findings_still_asked(self) -> list[Finding]:
        """The findings without those."""
        codes = {row["code"] for row in self.standing}
        return [finding for finding in self.findings if finding.code not in codes]


def signing_review(detail: SessionDetail, items: Sequence[Item], *, by: User, at: datetime) -> SigningReview:
    """Everything that is asked before signing, of a session as it is stored. Three queries.

    What is missing on the page · what the record says against it now · the consent · open alerts · every lot ·
    what was not asked.
    """
    session = detail.session
    changes = risk_changes_from_answers(session.safety)
    given = [
        (each.code, sum(detail.ml_of_product_from_each_lot(each.product_id), ZERO))
        for each in detail.components
    ]
    asked = safety_of_injection(
        version_id=session.cocktail_version_id,
        patient_id=session.patient_id,
        clinic=session.clinic,
        by=by,
        on=session.performed_on,
        given=[(code, ml) for code, ml in given if ml > 0],
        area_cm2=sum((zone.area_cm2 for zone in detail.zones), ZERO),
        changes=changes,
        lidocaine_mg=lidocaine_mg_in_pain_relief(pain_relief_facts(detail)),
        relief=pain_relief_facts(detail),
        plan=session.plan,
        injections=charted_injections(session.technique, detail.zones),
        given_today=other_doses_that_day_annotated_on_session(session),
    )
    findings = [
        *check_safety_questions_answered(session.safety),
        *findings_before_signing(signing_facts(detail, items), at),
        *deviation_findings(detail),
        *findings_with_late_facts_passable(asked.findings, session),
        asked.consent_finding(session.performed_on, is_begun=True),
        *asked.interval_findings(is_begun=True),
        *session_alert_findings(
            asked.alerts,
            substances=asked.substances,
            zones=[zone.code for zone in detail.zones],
            beside=asked.findings,
            relief=pain_relief_facts(detail),
            begun_at=session.started_at,
        ),
        *check_patient_alive(session.patient.died_on, session.performed_on),
        *_lot_findings(detail, at),
        *blood_findings_before_signing(detail),
        *findings_of_medicines_told_today(changes.new, session.performed_on),
        *recalled_lot_findings(dose for dose in detail.doses if dose.already_given_at is None),
        *missing_answer_notes(
            session,
            [row.method for row in detail.relief],
            {item.code for item in items if item.id in detail.checklist},
            asked,
        ),
    ]
    last = detail.previous.session if detail.previous else None
    before = {**asked.reasons_before, **reasons_in_session_by_code(last, session.clinic.zone)}
    standing = reasons_not_asked_again(session.acknowledged, findings)
    return SigningReview(findings, standing, before, asked.known, asked.substances)


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


def deviation_findings(detail: SessionDetail) -> list[Finding]:
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
    return [
        ReliefFact(row.method, row.lidocaine_mg, row.label, is_given=row.already_given_at is not None)
        for row in detail.relief
    ]


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
        review_at=session.clinic.review_at_session,
    )


def _dose_facts(detail: SessionDetail) -> list[DoseFact]:
    return [
        DoseFact(
            product=each.name,
            planned_ml=each.ml,
            ml=sum(detail.ml_of_product_from_each_lot(each.product_id), ZERO),
            lots=[(row.lot.number, row.ml) for row in detail.doses if row.product_id == each.product_id],
        )
        for each in detail.components
    ]


def _lot_findings(detail: SessionDetail, at: datetime) -> list[Finding]:
    """Each lot as it stands now: usable, and holding what is taken from it; with another where it is not.

    One query more where a lot has to be replaced.
    """
    day = detail.session.performed_on
    found = [
        (row, said[0])
        for row in detail.doses
        if (said := check_lot_usable_and_holds_enough(lot_as_choice(row.lot), row.ml, day, at))
    ]
    wrong = [(row, said) for row, said in found if row.already_given_at is None]
    given = findings_lowered_as_already_given(said for row, said in found if row.already_given_at is not None)
    if not wrong:
        return given
    others = lots_to_choose_by_product(detail.session.clinic, {row.product_id for row, _ in wrong}, day)
    return given + [
        replace(
            finding, where="syringe", detail=lot_to_take_instead_text(_other_usable_lot_or_none(others, row))
        )
        for row, finding in wrong
    ]


def _other_usable_lot_or_none(others: Mapping[int, Sequence[Lot]], dose: Dose) -> LotChoice | None:
    """Another lot of the same product, first to expire; None where there is none."""
    lots = others.get(dose.product_id, ())
    return next((lot_as_choice(lot) for lot in lots if lot.pk != dose.lot_id), None)
