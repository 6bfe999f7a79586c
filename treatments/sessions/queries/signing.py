"""TODO-DOC Safety, safety, _bring_in, _codes_of, _beside, consent_findi"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef
from django.db.models.functions import JSONObject

from mesoclinic.accounts.models import Clinic, User
from mesoclinic.core.findings import Finding, block
from mesoclinic.core.quantities import ZERO, plain
from mesoclinic.core.wording import day_words
from patients.models import Consent, Factor
from patients.rules.consent import ConsentFact, consent_standing
from treatments.cocktails.models import CocktailOverride
from treatments.cocktails.queries.catalogue import Catalogue, catalogue_at
from treatments.cocktails.queries.formulation import formula_of, person_of, versions_to_formulate
from treatments.cocktails.rules.checks import check_mix
from treatments.cocktails.rules.contraindications import contraindications_for
from treatments.cocktails.rules.mix import Content, Line, Mix
from treatments.plans.models import TreatmentPlan
from treatments.sessions.models import Pain
from treatments.sessions.queries.proposal import lots_to_choose, proposed_zones
from treatments.sessions.queries.reference import Reference
from treatments.sessions.queries.sessions import LIDOCAINE, consents
from treatments.sessions.rules.charting import dec
from treatments.sessions.rules.pain_relief import ReliefFact, check_relief, lidocaine_in
from treatments.sessions.rules.safety_questions import Changes, changes_of, check_safety
from treatments.sessions.rules.signing import (
    ChecklistFact,
    DoseFact,
    Draft,
    ReactionFact,
    ZoneFact,
    missing_before_signing,
)
from treatments.sessions.rules.zones import Course, Treated, check_deviations
from treatments.stock.models import Lot
from treatments.stock.rules.lots import LotChoice, available_ml, usable


@dataclass(frozen=True, slots=True)
class Safety:
    """What the record says against this syringe for this person, and what was already answered."""

    findings: Sequence[Finding]
    answered: Mapping[str, str]


def safety(
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
    catalogue: Catalogue | None = None,
) -> Safety:
    """Contraindications and dose limits of what is ``given`` (product code, ml), as they stand on ``on``.

    ``lidocaine_mg`` was given beside the syringe, against the pain: it counts with the syringe's own.
    Without ``given``, of what the cocktail plans. A reason written when the cocktail was signed answers the
    same finding here. ``changes`` are those said at this session and not on the record yet. Two queries, and
    one more where there are any.
    """
    answers = CocktailOverride.objects.filter(version=OuterRef("pk")).order_by("pk")
    version: Any = (
        versions_to_formulate(on=on, user=by)
        .annotate(answered=ArraySubquery(answers.values(row=JSONObject(code="code", reason="reason"))))
        .get(pk=version_id)
    )
    catalogue = catalogue or catalogue_at(clinic)
    if changes is not None:
        _bring_in(version.formulation, changes)
    person = person_of(version, catalogue, on)
    if person is None or version.cocktail.patient_id != patient_id:
        message = "This plan's cocktail was made for somebody else. Make a new plan."
        return Safety([block("session:cocktail", message, fixed=True)], {})
    if given is None:
        given = [(line.product_code, line.ml) for line in formula_of(version).lines]
    mix = catalogue.mix(given, kind=version.kind, syringe_ml=version.syringe_ml)
    book, beside = catalogue.rulebook, _beside(catalogue, lidocaine_mg)
    said = [
        *contraindications_for(person, book),
        *check_mix(mix, person, book, area_cm2=area_cm2, today=on, beside=beside),
    ]
    for other in beside:
        said += check_mix(other, person, book, area_cm2=area_cm2, today=on, beside=[mix])
    findings = {
        finding.code: finding
        for finding in said
        if finding.code.startswith(("contra:", "dose:")) and (finding.blocks or finding.warns)
    }
    return Safety(list(findings.values()), {row["code"]: row["reason"] for row in version.answered})


def _bring_in(formulation: dict[str, Any], changes: Changes) -> None:
    """The patient's factors as they will stand once these changes are on the record."""
    if not changes.new and not changes.ended:
        return
    rows = [
        {"code": codes.get(new.factor_id), "short": new.label, "label": new.label, "kind": new.kind}
        for codes in [_codes_of(changes)]
        for new in changes.new
    ]
    # What ended is told apart by its id; a factor that another row still holds goes on standing.
    gone = set(changes.ended)
    formulation["factors"] = [row for row in formulation["factors"] if row["id"] not in gone] + rows


def _codes_of(changes: Changes) -> dict[int | None, str]:
    ids = [new.factor_id for new in changes.new if new.factor_id]
    return dict(Factor.objects.filter(pk__in=ids).values_list("pk", "code"))


def _beside(catalogue: Catalogue, lidocaine_mg: Decimal) -> list[Mix]:
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


def consent_finding(rows: Iterable[Mapping[str, Any]], clinic: Clinic, on: date) -> Finding:
    """The treatment consent's standing, from rows of :func:`_consents`."""

    def day(text: str | None) -> date | None:
        if text is None:
            return None
        return datetime.fromisoformat(text).astimezone(clinic.zone).date()

    return consent_standing(
        [
            ConsentFact(
                kind=Consent.Kind.TREATMENT,
                signed_on=day(row["signed"]) or on,
                valid_until=date.fromisoformat(row["until"]) if row["until"] else None,
                withdrawn_on=day(row["withdrawn"]),
            )
            for row in rows
        ],
        Consent.Kind.TREATMENT,
        on,
    )


def consents_of_plan(plan: TreatmentPlan) -> list[dict[str, Any]]:
    """The treatment consents of a plan's patient, for :func:`consent_finding`. One query."""
    return (
        TreatmentPlan.objects.filter(pk=plan.pk).values_list(consents(OuterRef("patient")), flat=True).get()
    )


@dataclass(frozen=True, slots=True)
class Standing:
    """All that the rules say to a draft, and the reasons that were already given."""

    findings: Sequence[Finding]
    answered: Mapping[str, str]


def standing(
    sheet: Any, ref: Reference, *, by: User, at: datetime, catalogue: Catalogue | None = None
) -> Standing:
    """Everything that is asked before signing, of a session from :func:`sheets` as it is stored. Two queries,
    one where the catalogue is at hand.

    What is missing on the page · what the record says against it now · the consent · every lot.
    """
    given = [
        (component["code"], sum(_mls(sheet, component["product"]), ZERO))
        for component in sheet.sheet_components
    ]
    asked = safety(
        version_id=sheet.cocktail_version_id,
        patient_id=sheet.patient_id,
        clinic=sheet.clinic,
        by=by,
        on=sheet.performed_on,
        given=[(code, ml) for code, ml in given if ml > 0],
        area_cm2=sum((dec(zone["area"]) for zone in sheet.sheet_zones), ZERO),
        changes=changes_of(sheet.safety),
        lidocaine_mg=lidocaine_in(relief_facts(sheet)),
        catalogue=catalogue,
    )
    consent = consent_finding(sheet.sheet_consents, sheet.clinic, sheet.performed_on)
    findings = [
        *check_safety(sheet.safety),
        *missing_before_signing(as_draft(sheet, ref), at),
        *deviations(sheet),
        *check_relief(relief_facts(sheet)),
        *asked.findings,
        consent,
        *_deceased(sheet.patient.died_on, sheet.performed_on),
        *_lot_findings(sheet, at),
    ]
    before = {row["code"]: row["reason"] for row in sheet.acknowledged}
    return Standing(findings, {**asked.answered, **_said_last_time(sheet), **before})


def _said_last_time(sheet: Any) -> dict[str, str]:
    """Why it differed from the plan last time: the same difference is explained by the same reason."""
    last = sheet.sheet_last or {"acknowledged": ()}
    return {row["code"]: row["reason"] for row in last["acknowledged"] if row["code"].startswith("deviates:")}


def course_of(sheet: Any) -> Course:
    """What plan and protocol say about how this session is given."""
    plan, protocol = sheet.plan, sheet.plan.protocol
    proposed = proposed_zones(
        plan,
        [(row["zone"], dec(row["area"])) for row in sheet.sheet_areas],
        sum((dec(row["ml"]) for row in sheet.sheet_components), ZERO),
    )
    return Course(
        assessed=frozenset(row["code"] for row in sheet.sheet_areas),
        ml_per_point=(protocol.ml_per_point_min, protocol.ml_per_point_max),
        depth_mm=(protocol.depth_min_mm, protocol.depth_max_mm),
        spacing_cm=protocol.spacing_cm,
        technique=plan.technique or protocol.technique,
        needle=protocol.needle,
        proposed_ml=proposed[0].ml_per_point if proposed else None,
        proposed_depth=proposed[0].depth_mm if proposed else None,
    )


def deviations(sheet: Any) -> list[Finding]:
    """Where the stored chart differs from plan or protocol; each asks why."""
    return check_deviations(
        course_of(sheet),
        [
            Treated(
                row["code"],
                row["name"],
                dec(row["ml"]),
                dec(row["depth"]),
                None if row["spacing"] is None else dec(row["spacing"]),
            )
            for row in sheet.sheet_zones
        ],
        sheet.technique,
        sheet.needle,
    )


def relief_facts(sheet: Any) -> list[ReliefFact]:
    return [
        ReliefFact(row["method"], None if row["mg"] is None else dec(row["mg"])) for row in sheet.sheet_relief
    ]


def _mls(sheet: Any, product_id: int) -> list[Decimal]:
    return [Decimal(row["ml"]) for row in sheet.sheet_doses if row["product"] == product_id]


def _deceased(died_on: date | None, on: date) -> list[Finding]:
    if died_on is None or died_on >= on:
        return []
    message = "This patient has died: no session can be started or signed."
    return [block("session:deceased", message, fixed=True)]


def as_draft(sheet: Any, ref: Reference) -> Draft:
    """A stored session as the rules take it."""
    ticked = {row["item"] for row in sheet.sheet_checks}
    codes = {item.code for item in ref.items if item.id in ticked}
    pain = {row["moment"]: row["score"] for row in sheet.sheet_pain}
    seen = [
        ReactionFact(
            code=str(row["effect"]),
            effect=row["label"],
            level=row["level"],
            action=row["action"],
            response=row["note"],
        )
        for row in sheet.sheet_reactions
    ]
    return Draft(
        number=sheet.number,
        sessions_planned=sheet.plan.sessions_planned,
        checklist=[
            ChecklistFact(
                code=item.code,
                item=item.item,
                phase=item.phase,
                mandatory=item.mandatory,
                done=item.by_software or item.code in codes or item.asked_with in codes,
            )
            for item in ref.items
        ],
        doses=_dose_facts(sheet),
        zones=[
            ZoneFact(
                code=row["code"],
                points=row["points"],
                ml_per_point=dec(row["ml"]),
                depth_mm=dec(row["depth"]),
                name=row["name"],
            )
            for row in sheet.sheet_zones
        ],
        pain_worst=pain.get(Pain.Moment.DURING),
        reactions=seen if seen or sheet.no_reactions else None,
        review=sheet.review_decision,
        review_at=sheet.clinic.review_at_session,
    )


def _dose_facts(sheet: Any) -> list[DoseFact]:
    facts = []
    for component in sheet.sheet_components:
        lots = [
            (row["number"], Decimal(row["ml"]))
            for row in sheet.sheet_doses
            if row["product"] == component["product"]
        ]
        facts.append(
            DoseFact(
                product=component["name"],
                planned_ml=Decimal(component["ml"]),
                ml=sum((ml for _, ml in lots), ZERO),
                lots=lots,
            )
        )
    return facts


def _lot_findings(sheet: Any, at: datetime) -> list[Finding]:
    """Each lot as it stands now: usable, and holding what is taken from it; with another where it is not.

    One query more where a lot has to be replaced.
    """
    wrong = [(row, finding) for row in sheet.sheet_doses if (finding := _lot(row, sheet, at))]
    if not wrong:
        return []
    products = {row["product"] for row, _ in wrong}
    others = lots_to_choose(sheet.clinic, products, sheet.performed_on)
    return [
        replace(finding, where="syringe", detail=_instead(others.get(row["product"], []), row["lot"]))
        for row, finding in wrong
    ]


def _lot(row: Mapping[str, Any], sheet: Any, at: datetime) -> Finding | None:
    ml = Decimal(row["ml"])
    lot = LotChoice(
        lot_id=row["lot"],
        number=row["number"],
        product=row["name"],
        expires_on=date.fromisoformat(row["expires"]),
        on_hand_ml=Decimal(row["on_hand"]),
        status=row["status"],
        opened_until=datetime.fromisoformat(row["opened_until"]) if row["opened_until"] else None,
        opened_ml=Decimal(row["opened_ml"]) if row["opened_ml"] else None,
    )
    if refused := usable(lot, sheet.performed_on, at):
        return refused
    good_ml = available_ml(lot, at)
    if good_ml >= ml:
        return None
    return block(
        f"lot-short:{lot.number}",
        f"Lot {lot.number} of {lot.product} holds {plain(good_ml)} ml, {plain(ml)} ml are charted. "
        "Take the rest from another lot.",
        fixed=True,
    )


def _instead(lots: Iterable[Lot], wrong_id: int) -> str:
    first = next((lot for lot in lots if lot.pk != wrong_id), None)
    if first is None:
        return "No other lot of it is usable here: receive or release one."
    return (
        f"Take lot {first.number} instead: expires {day_words(first.expires_on)}, "
        f"{plain(first.on_hand_ml)} ml on hand."
    )
