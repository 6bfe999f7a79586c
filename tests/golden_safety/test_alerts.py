"""The safety cases about alerts (G01 to G19): what happened last time, run through the clinic's own actions."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db.models import OuterRef
from django.utils import timezone

from mesoclinic.core.findings import Finding, Refused
from patients.actions.alert_clearing import clear_alert
from patients.actions.risk_factors import record_risk_factor
from patients.models import Alert, Factor, RiskFactor
from tests import factories
from tests.alert_types import load_alert_types
from tests.golden_safety.cases import SafetyCase, missing_findings, safety_cases
from tests.treatments.cocktails import golden
from treatments.cocktails.queries.alerts import syringe_alert_findings
from treatments.cocktails.queries.formulation import version_with_formulation
from treatments.cocktails.rules.checks import check_mix_against_all_rules
from treatments.cocktails.rules.mix import Person
from treatments.followup.actions import (
    change_follow_up_status,
    record_check_in_answers,
    sync_check_ins_and_follow_ups,
)
from treatments.followup.models import FollowUp
from treatments.plans.alert_queries import open_alerts_of_patient
from treatments.sessions.actions.corrections import save_addendum_and_mark_session_amended
from treatments.sessions.actions.late_reports import record_late_reactions
from treatments.sessions.models import AdverseEffect, Dose, Syringe
from treatments.sessions.queries.alerts import (
    recall_reason_of_other_lot_subquery,
    recalled_lot_findings,
    session_alert_findings,
)
from treatments.sessions.rules.alerts import alert_codes_named_in_text
from treatments.sessions.rules.charting import ReactionEntry
from treatments.stock.actions.ledger import take_from_lots_for_session

CASES = safety_cases()
IDS = [f"G{number:02}" for number in range(1, 20)]

#: adverse_effects.csv: code to level, as far as these cases need it.
LEVELS = {
    "anaphylaxis": "emergency",
    "anaesthetic-toxicity": "emergency",
    "soreness": "expected",
    "swelling": "expected",
}


class History:
    """A patient's past, made by the same actions that the clinic uses."""

    def __init__(self, clinician, other) -> None:
        self.clinician, self.other = clinician, other
        self.patient = factories.PatientFactory(
            sex_at_birth="female", birth_date=date(1992, 1, 1), registered_by=clinician
        )
        self.products: dict[str, object] = {}

    @property
    def today(self) -> date:
        return timezone.localdate()

    def product(self, code: str):
        if code not in self.products:
            ingredient = factories.IngredientFactory(code=code, name=golden.SUBSTANCES[code].name)
            self.products[code] = factories.ProductFactory(name=f"{code} amp", ingredient=ingredient)
        return self.products[code]

    def session(self, *codes: str, days_ago: int):
        """A session signed so many days ago, with these ingredients."""
        session = None
        for code in codes:
            lot = factories.LotFactory(
                product=self.product(code), clinic=self.clinician.clinic, on_hand=Decimal(10)
            )
            on = self.today - timedelta(days=days_ago)
            if session is None:
                session = factories.give(lot, patient=self.patient, on=on, by=self.clinician, status="draft")
                continue
            syringe = Syringe.objects.get(treatment_session=session)
            Dose.objects.create(
                treatment_session=session,
                syringe=syringe,
                product=lot.product,
                lot=lot,
                planned_ml=Decimal(1),
                ml=Decimal(1),
            )
        return sign(session, self.clinician)

    def reaction(self, session, code: str, *, days_ago: int = 0):
        level = LEVELS.get(code, "alert")
        effect, _ = AdverseEffect.objects.get_or_create(
            code=code, defaults={"effect": code, "short_label": code, "phase": "delayed", "level": level}
        )
        entry = ReactionEntry(effect.pk, "moderate", began_on=self.today - timedelta(days=days_ago))
        return record_late_reactions(session=session, by=self.clinician, reactions=[entry])[0]

    def follow_up(self) -> FollowUp:
        sync_check_ins_and_follow_ups()
        return FollowUp.objects.get()

    def close(self, follow_up: FollowUp) -> None:
        change_follow_up_status(
            follow_up=follow_up, to="closed", by=self.clinician, text="fine", outcome="healed"
        )

    def clear(self, code: str, **answers: str) -> None:
        alert = Alert.objects.not_cleared().get(code=code)
        clear_alert(alert=alert, reason="Seen today and written down", by=self.other, answers=answers)


def sign(session, by):
    """Sign without asking the rules: the past is as it was."""
    doses = list(session.doses.order_by("pk"))
    moves = take_from_lots_for_session(
        needs=[(dose.lot_id, dose.ml) for dose in doses], occurred_on=session.performed_on, by=by
    )
    for dose, move in zip(doses, moves, strict=True):
        dose.movement = move
        dose.save()
    session.status, session.signed_by, session.signed_at = "signed", by, timezone.now()
    session.save()
    factories.tell_the_plan(session)
    return session


@pytest.fixture
def past(clinic, clinician):
    load_alert_types()
    return History(clinician, factories.ClinicianFactory(clinic=clinic))


ANAPHYLAXIS_CLEARED = {
    "letter": "Allergy service, letter of today",
    "off_for_life": "as named",
    "next_where": "Here, with the resuscitation trolley",
}

INFECTION_CLEARED = {
    "scalp": "No pus, no redness, no tenderness",
    "culture": "S. aureus, read",
    "lots": "Checked, none suspect",
}


def anaphylaxis(past: History, days_ago: int, *codes: str):
    session = past.session(*(codes or ("biotin", "zinc")), days_ago=days_ago)
    past.reaction(session, "anaphylaxis", days_ago=days_ago)
    return session


def infection(past: History, days_ago: int) -> FollowUp:
    session = past.session("biotin", "zinc", days_ago=days_ago)
    past.reaction(session, "infection", days_ago=max(days_ago - 2, 0))
    return past.follow_up()


def g01(past):
    anaphylaxis(past, 41)
    past.close(past.follow_up())


def g02(past):
    anaphylaxis(past, 42)
    with pytest.raises(Refused) as refused:
        past.clear("alert:reaction:anaphylaxis", culprit="unknown")
    assert "alert:missing:letter" in {finding.code for finding in refused.value.findings}


def g03(past):
    anaphylaxis(past, 60, "biotin", "thiamine")
    past.clear("alert:reaction:anaphylaxis", culprit="thiamine", **ANAPHYLAXIS_CLEARED)
    row = RiskFactor.objects.get(patient=past.patient)
    assert (row.factor.code, row.label) == ("allergy_component", "Allergy to thiamine")


def g05(past):
    anaphylaxis(past, 60, "biotin", "zinc", "thiamine")
    past.clear("alert:reaction:anaphylaxis", culprit="unknown", **ANAPHYLAXIS_CLEARED)


def g06(past):
    session = past.session("biotin", "zinc", days_ago=14)
    save_addendum_and_mark_session_amended(
        session=session,
        by=past.clinician,
        text="Told today: anaphylaxis at home an hour after, ambulance called.",
        reason="The patient rang",
    )


def g07(past):
    session = past.session("thiamine", "biotin", days_ago=14)
    past.reaction(session, "urticaria", days_ago=14)


def g08(past):
    session = past.session("biotin", "zinc", days_ago=14)
    for code in ("soreness", "swelling"):
        past.reaction(session, code, days_ago=14)


def g09(past):
    past.reaction(past.session("biotin", "zinc", days_ago=20), "scarring-alopecia")


def g10(past):
    past.reaction(past.session("biotin", "zinc", days_ago=8), "anaesthetic-toxicity", days_ago=8)


def g11(past):
    infection(past, 7)


def g12(past):
    change_follow_up_status(follow_up=infection(past, 7), to="in_hand", by=past.other, text="Saw her")


def _healed(past, antibiotic_days_ago: int) -> None:
    past.close(infection(past, 40))
    today = past.today
    past.clear(
        "alert:reaction:infection",
        seen_on=today.isoformat(),
        antibiotic_end=(today - timedelta(days=antibiotic_days_ago)).isoformat(),
        **INFECTION_CLEARED,
    )


def g13(past):
    _healed(past, 14)


def g14(past):
    _healed(past, 15)


def g15(past):
    past.reaction(past.session("biotin", "zinc", days_ago=80), "abscess", days_ago=70)
    past.close(past.follow_up())
    with pytest.raises(Refused) as refused:
        past.clear(
            "alert:reaction:abscess",
            drained="yes",
            culture="negative, mycobacteria negative",
            healed_on=(past.today - timedelta(days=41)).isoformat(),
            lots="released after their tests",
        )
    assert [finding.code for finding in refused.value.findings] == ["alert:min-days"]


def g16(past):
    follow_up = infection(past, 20)
    past.close(follow_up)
    change_follow_up_status(follow_up=follow_up, to="open", by=past.clinician, text="It came back yesterday")


def g17(past):
    factor = Factor.objects.get(code="active_scalp_infection")
    record_risk_factor(
        patient=past.patient, kind=factor.kind, factor=factor, label="Pus at the vertex", by=past.clinician
    )


def g18(past):
    past.session("biotin", days_ago=60)
    admin = factories.UserFactory(roles=["admin"], clinic=past.clinician.clinic)
    factories.make_recall(lots=[Dose.objects.get().lot], by=admin)


def g19(past):
    """The lot is recalled while it stands in the syringe of today."""
    lot = factories.LotFactory(
        product=past.product("zinc"), clinic=past.clinician.clinic, number="Z-4", on_hand=Decimal(10)
    )
    factories.give(lot, patient=past.patient, by=past.clinician, status="draft")
    admin = factories.UserFactory(roles=["admin"], clinic=past.clinician.clinic)
    factories.make_recall(lots=[lot], by=admin)


PASTS = {
    "G01": g01, "G02": g02, "G03": g03, "G04": g03, "G05": g05, "G06": g06, "G07": g07, "G08": g08, "G09": g09,
    "G10": g10, "G11": g11, "G12": g12, "G13": g13, "G14": g14, "G15": g15, "G16": g16, "G17": g17, "G18": g18,
    "G19": g19,
}  # fmt: skip


def factors_on_record(patient) -> frozenset[str]:
    """The codes of the record as the rules take them: a named component by its ingredient."""
    found = set()
    for row in RiskFactor.objects.filter(patient=patient).standing_on(timezone.localdate()):
        code = row.factor.code if row.factor else ""
        if code == "allergy_component":
            code = f"allergy_component:{row.label.removeprefix('Allergy to ').replace(' ', '-')}"
        found.add(code)
    return frozenset(found)


def findings_of_mix(past: History, case: SafetyCase) -> list[Finding]:
    """What the rules of the mix say to this syringe."""
    mix = golden.mix(", ".join(f"{code} {ml}" for code, ml in case.drawn_ml), syringe_ml=case.syringe_ml)
    person = Person(34, "female", Decimal(60), factors_on_record(past.patient))
    return check_mix_against_all_rules(mix, person, golden.RULEBOOK, area_cm2=case.area_cm2, today=past.today)


def findings_at_the_bench(past: History, case: SafetyCase) -> list[Finding]:
    """What the rules of the mix and the alerts say to this syringe."""
    said = findings_of_mix(past, case)
    cocktail = factories.CocktailFactory(patient=past.patient, clinic=past.clinician.clinic)
    draft = factories.CocktailVersionFactory(cocktail=cocktail)
    version = version_with_formulation(draft.pk, on=past.today, user=past.clinician)
    alerts = syringe_alert_findings(version, [code for code, _ in case.drawn_ml], beside=said)
    return [*said, *alerts]


def findings_in_the_session(past: History, case: SafetyCase) -> list[Finding]:
    """The same at the start and the signature of the session, with what the vials say."""
    doses = Dose.objects.filter(treatment_session__status="draft").annotate(
        recall_beside=recall_reason_of_other_lot_subquery(OuterRef("product"), OuterRef("lot"))
    )
    alerts = session_alert_findings(
        open_alerts_of_patient(past.patient.pk),
        substances=[code for code, _ in case.drawn_ml],
        zones=["VERTEX"],
        beside=findings_of_mix(past, case),
    )
    return [*alerts, *recalled_lot_findings(doses.select_related("lot__product"))]


@pytest.mark.parametrize("id", IDS)
def test_what_happened_last_time_is_found(id, past):
    case = CASES[id]
    PASTS[id](past)

    bench, session = findings_at_the_bench(past, case), findings_in_the_session(past, case)

    assert missing_findings(case, [*bench, *session]) == []
    for word in case.must_not_contain.split():
        assert [finding.code for finding in (*bench, *session) if word in finding.code] == []
    assert set(case.on_record) <= factors_on_record(past.patient)


@pytest.mark.parametrize("id", [id for id in IDS if id not in ("G05", "G19")])
def test_the_session_says_it_as_the_bench_does(id, past):
    case = CASES[id]
    PASTS[id](past)

    def alerts(findings):
        return {(f.code, f.level, f.fixed) for f in findings if f.code.startswith("alert:")}

    assert alerts(findings_in_the_session(past, case)) == alerts(findings_at_the_bench(past, case))


@pytest.mark.parametrize("id", [id for id in IDS if "day list" in CASES[id].shown_at])
def test_the_desk_is_told_what_to_do_and_no_diagnosis(id, past):
    PASTS[id](past)

    told = " ".join(alert.desk_text for alert in open_alerts_of_patient(past.patient.pk))

    assert told.startswith(("Hold: a clinician must look first.", "A clinician must ring this patient"))
    for word in ("naphyla", "nfect", "rticaria", "bscess", "scarring", "ollow-up", "lot"):
        assert word not in told


def test_what_touches_the_skin_stays_suspect_in_the_session_only(past):
    """The antiseptic and the gloves are in no syringe, and in every session."""
    case = CASES["G05"]
    g05(past)

    def suspects(findings):
        return {f.code.rpartition(":")[2] for f in findings if f.code.startswith("alert:culprit-unknown:")}

    assert suspects(findings_at_the_bench(past, case)) == {"biotin", "zinc"}
    assert suspects(findings_in_the_session(past, case)) == {"biotin", "zinc", "antiseptic", "latex"}


def test_every_case_of_alerts_has_its_past():
    assert list(PASTS) == IDS


def test_the_words_of_an_addendum_that_deny_a_reaction_raise_nothing(past):
    session = past.session("biotin", "zinc", days_ago=14)

    save_addendum_and_mark_session_amended(
        session=session, by=past.clinician, text="No anaphylaxis, no hives.", reason="Asked again"
    )

    assert open_alerts_of_patient(past.patient.pk) == []


def test_a_reaction_that_is_denied_once_and_told_after_is_named():
    words = {"alert:reaction:anaphylaxis": ["anaphylaxis"]}

    assert alert_codes_named_in_text("No anaphylaxis in the chair. Anaphylaxis at home.", words) == [*words]
    assert alert_codes_named_in_text("No anaphylaxis, never an anaphylaxis.", words) == []


def test_a_reaction_told_in_words_at_a_call_raises_its_alert(past):
    session = past.session("biotin", "zinc", days_ago=14)
    sync_check_ins_and_follow_ups()

    record_check_in_answers(
        check_in=session.check_ins.order_by("days")[0],
        by=past.clinician,
        note="Anaphylaxis at home, ambulance",
    )

    assert [alert.code for alert in open_alerts_of_patient(past.patient.pk)] == ["alert:reaction:anaphylaxis"]
