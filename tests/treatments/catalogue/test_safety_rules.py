"""The rules as pages: what is not reviewed here, one click by a clinician, and edits by an admin."""

import itertools
from datetime import timedelta
from decimal import Decimal as D

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from mesoclinic.core.models import Source
from tests import factories
from treatments.catalogue.models import (
    BloodLimit,
    Contraindication,
    DoseLimit,
    Indication,
    Ingredient,
    Interaction,
    OtherTreatment,
    PlannedChange,
    RowVersion,
    VolumeLimit,
)
from treatments.sessions.queries.blood import blood_limit_of_product_or_none

pytestmark = pytest.mark.django_db

NUMBERS = itertools.count()


def a_volume_limit(**fields):
    """Each about an ingredient of its own: one that says the same stands once."""
    return factories.VolumeLimitFactory(
        **{"scope": "ingredient", "ingredient": factories.IngredientFactory()} | fields
    )


def own_plasma():
    return Ingredient.objects.filter(code="prp").first() or factories.IngredientFactory(code="prp")


def a_blood_limit(**fields):
    """Each of a code of its own."""
    return factories.BloodLimitFactory(
        **{"code": f"limit-{next(NUMBERS)}", "ingredient": own_plasma()} | fields
    )


def another_treatment(**fields):
    return OtherTreatment.objects.create(
        **{
            "condition": factories.ConditionFactory(),
            "name": f"Lotion {next(NUMBERS)}",
            "text": "Every day.",
            "show_as": "a lotion",
            "order": 1,
            "basis": "stated",
        }
        | fields
    )


KINDS = {
    "doses": factories.DoseLimitFactory,
    "volumes": a_volume_limit,
    "blood": a_blood_limit,
    "others": another_treatment,
    "pairs": factories.InteractionFactory,
    "contraindications": factories.ContraindicationFactory,
    "indications": factories.IndicationFactory,
    "ingredients": factories.IngredientFactory,
}
EDITED = [kind for kind in KINDS if kind != "ingredients"]


def url(name, *args):
    return reverse(f"catalogue:{name}", args=args)


def page(response):
    """The page's words, one space between them."""
    return " ".join(response.content.decode().split())


def kept():
    """As at the end of a transaction: what was made has its first version."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def a_row(kind, **fields):
    if kind == "contraindications":
        fields = {"factor": None, "factor_text": f"Factor {next(NUMBERS)}"} | fields
    Source.objects.get_or_create(key="GK", citation="General knowledge", kind="gk")
    row = KINDS[kind](source_text="The label.", source_keys=["GK"], **fields)
    kept()
    return row


# --- reading -----------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_what_nobody_here_has_reviewed_is_listed_kind_by_kind(as_clinician, clinician, kind):
    waiting, done = a_row(kind), a_row(kind)
    type(done).objects.filter(pk=done.pk).update(reviewed_by=clinician, reviewed_at=timezone.now())

    waits = as_clinician.get(url("rule_list"), {"kind": kind})
    every = as_clinician.get(url("rule_list"), {"kind": kind, "show": "all"})

    assert waiting.pk in {line.row.pk for line in waits.context["lines"]}
    assert done.pk not in {line.row.pk for line in waits.context["lines"]}
    assert {waiting.pk, done.pk} <= {line.row.pk for line in every.context["lines"]}
    assert "E. Kaya" in page(every)


@pytest.mark.parametrize("kind", EDITED)
def test_a_rule_has_a_page_with_source_basis_strength_reviewer_and_versions(as_cosmetologist, kind):
    row = a_row(kind)

    said = page(as_cosmetologist.get(url("rule", kind, row.pk)))

    assert "The label." in said
    assert "Not reviewed here" in said
    assert "Strength" in said
    assert "Basis" in said
    assert "as it came" in said
    assert "Mark" not in said
    assert ">Edit<" not in said


def test_rules_are_found_by_the_words_of_what_they_are_about(as_clinician):
    lidocaine = factories.IngredientFactory(name="Lidocaïne")
    a_row("doses", ingredient=lidocaine)
    a_row("doses")

    response = as_clinician.get(url("rule_list"), {"kind": "doses", "text": "LIDOCAINE"})

    assert [line.about for line in response.context["lines"]] == ["Lidocaïne: highest studied dose"]


@pytest.mark.parametrize("query", [{"kind": "nothing"}, {"after": "x"}, {"after": "9" * 40}, {"show": "x"}])
def test_a_question_that_makes_no_sense_is_answered_all_the_same(as_clinician, query):
    a_row("doses")

    assert as_clinician.get(url("rule_list"), query).status_code == 200


def test_the_list_goes_page_by_page_by_key(as_clinician):
    rows = [a_row("ingredients") for _ in range(41)]

    first = as_clinician.get(url("rule_list"), {"kind": "ingredients"})
    second = as_clinician.get(first.context["page"]["next"])

    assert [line.row.pk for line in first.context["lines"]] == [r.pk for r in rows[:40]]
    assert [line.row.pk for line in second.context["lines"]] == [rows[40].pk]


@pytest.mark.parametrize("kind", KINDS)
def test_the_list_costs_the_same_for_one_row_and_for_three(as_clinician, count_queries, kind):
    counts = []
    for more in (1, 2):
        for _ in range(more):
            a_row(kind)
        with count_queries() as queries:
            as_clinician.get(url("rule_list"), {"kind": kind})
        counts.append(len(queries))

    assert counts == [5, 5]


@pytest.mark.parametrize("kind", EDITED)
def test_a_rules_page_costs_the_same_for_one_version_and_for_three(as_clinician, count_queries, kind):
    row = a_row(kind)
    counts = []
    for more in (0, 2):
        for n in range(more):
            type(row).objects.filter(pk=row.pk).update(source_text=f"The label, {n}")
            kept()
        with count_queries() as queries:
            assert as_clinician.get(url("rule", kind, row.pk)).status_code == 200
        counts.append(len(queries))

    assert counts == [4, 4]


def test_an_ingredient_or_an_unknown_kind_has_no_rule_page(as_admin):
    row = a_row("ingredients")

    assert as_admin.get(url("rule", "ingredients", row.pk)).status_code == 404
    assert as_admin.get(url("rule_add", "nothing")).status_code == 404
    assert as_admin.get(url("rule_edit", "doses", 0)).status_code == 404


# --- reviewing ---------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_one_click_of_a_clinician_reviews_a_row(as_clinician, clinician, once, kind):
    row = a_row(kind)
    then = f"{url('rule_list')}?kind={kind}"

    response = as_clinician.post(
        url("rule_review", kind, row.pk), {"version": "1", "then": then, "once": once()}
    )

    assert response.url == then
    row.refresh_from_db()
    assert row.reviewed_by == clinician
    assert row.reviewed_at is not None


@pytest.mark.parametrize("who", ["as_admin", "as_front_desk", "as_cosmetologist"])
def test_nobody_else_reviews(request, who):
    row = a_row("doses")

    response = request.getfixturevalue(who).post(url("rule_review", "doses", row.pk), {"version": "1"})

    assert response.status_code == 403
    row.refresh_from_db()
    assert row.reviewed_at is None


@pytest.mark.parametrize("version", ["", "0", "2", "x", "9" * 30])
def test_a_row_that_was_not_read_as_it_stands_is_not_reviewed(as_clinician, version):
    row = a_row("doses")

    response = as_clinician.post(url("rule_review", "doses", row.pk), {"version": version}, follow=True)

    assert "Read it again" in page(response)
    row.refresh_from_db()
    assert row.reviewed_at is None


@pytest.mark.parametrize("then", ["https://example.org/", "//example.org/rules/", "/rules\\\\evil", ""])
def test_a_review_leads_nowhere_else(as_clinician, then):
    row = a_row("doses")

    response = as_clinician.post(url("rule_review", "doses", row.pk), {"version": "1", "then": then})

    assert response.url == f"{url('rule_list')}?kind=doses"


def test_an_admin_sees_what_waits_and_no_button(as_admin):
    a_row("doses")

    said = page(as_admin.get(url("rule_list")))

    assert "Not reviewed here" in said
    assert "A clinician signs" in said
    assert ">Reviewed<" not in said


# --- editing -----------------------------------------------------------------


def a_dose(once, **fields):
    return {
        "kind": "clinic",
        "value": "20",
        "unit": "mg",
        "period": "session",
        "basis_text": "Decided here.",
        "source_text": "Our own protocol.",
        "valid_from": timezone.localdate().isoformat(),
        "reason": "Decided in May.",
        "once": once(),
        **fields,
    }


NEW = {
    "doses": lambda one, two: {
        "ingredient": one.pk,
        "kind": "clinic",
        "value": "20",
        "unit": "mg",
        "period": "session",
    },
    "volumes": lambda one, two: {
        "what": "volume per session",
        "ingredient": one.pk,
        "maximum": "4",
        "level": "warn",
        "basis": "clinic-default",
    },
    "blood": lambda one, two: {
        "ingredient": own_plasma().pk,
        "minutes": "30",
        "why": "So it is done here.",
        "basis": "clinic-default",
    },
    "others": lambda one, two: {
        "condition": factories.ConditionFactory().pk,
        "name": "Ferritin first",
        "text": "Below 30 it is treated first.",
        "show_as": "a blood test",
        "order": "5",
        "basis": "clinic-default",
    },
    "pairs": lambda one, two: {
        "first": two.pk,
        "second": one.pk,
        "kind": "caution",
        "severity": "low",
        "scope": "same syringe",
        "why": "Both sting.",
        "basis": "general_knowledge",
    },
    "contraindications": lambda one, two: {
        "ingredient": one.pk,
        "factor_text": "Fever",
        "severity": "relative",
        "basis": "general_knowledge",
    },
    "indications": lambda one, two: {
        "ingredient": one.pk,
        "condition": factories.ConditionFactory().pk,
        "support": "1",
        "evidence_level": "expert use",
        "basis": "stated",
    },
}
MODELS = {
    "blood": BloodLimit,
    "others": OtherTreatment,
    "doses": DoseLimit,
    "volumes": VolumeLimit,
    "pairs": Interaction,
    "contraindications": Contraindication,
    "indications": Indication,
}


@pytest.mark.parametrize("kind", EDITED)
def test_an_admin_adds_a_rule_once_however_often_the_form_is_sent(as_admin, admin, once, kind):
    one, two = factories.IngredientFactory(), factories.IngredientFactory()
    sent = NEW[kind](one, two) | {
        "source_text": "Our own protocol.",
        "reason": "Decided in May.",
        "once": once(),
    }

    answers = [as_admin.post(url("rule_add", kind), sent) for _ in range(2)]

    row = MODELS[kind].objects.get()
    assert [answer.url for answer in answers] == [url("rule", kind, row.pk)] * 2
    version = RowVersion.objects.get(kind=row._meta.label_lower, row_id=row.pk)
    assert (version.by, version.reason) == (admin, "Decided in May.")
    again = as_admin.post(url("rule_add", kind), sent | {"once": once()})
    assert again.status_code == 422
    assert "Change that one." in page(again)


def test_an_edit_asks_whom_it_affects_then_is_a_version(as_admin, admin, once):
    row = a_row("doses", value=D(10))
    sent = a_dose(once)

    asked = as_admin.post(url("rule_edit", "doses", row.pk), sent)
    row.refresh_from_db()
    assert (asked.status_code, row.value) == (200, D(10))
    assert "Who this change would affect" in page(asked)
    assert 'value="20"' in page(asked)

    saved = as_admin.post(url("rule_edit", "doses", row.pk), sent | {"save": "1"})

    assert saved.url == url("rule", "doses", row.pk)
    row.refresh_from_db()
    assert (row.value, row.kind) == (D(20), "clinic")
    last = RowVersion.objects.filter(row_id=row.pk, kind="catalogue.doselimit").first()
    assert (last.number, last.by, last.reason) == (2, admin, "Decided in May.")


def test_an_edit_from_a_later_day_waits(as_admin, once):
    row = a_row("doses", value=D(10))
    later = timezone.localdate() + timedelta(days=9)

    as_admin.post(url("rule_edit", "doses", row.pk), a_dose(once, save="1", valid_from=later.isoformat()))

    row.refresh_from_db()
    assert row.value == D(10)
    assert PlannedChange.objects.get().valid_from == later
    said = page(as_admin.get(url("rule", "doses", row.pk)))
    assert "Planned" in said
    assert "Withdraw" in said


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"value": "0"}, "A limit is above 0"),
        ({"value": "-3"}, "A limit is above 0"),
        ({"value": "99999999"}, "A limit is above 0"),
        ({"value": "many"}, "Enter a number."),
        ({"value": "", "mg_per_kg": ""}, "Type a figure"),
        ({"unit": "drops"}, "Select a valid choice"),
        ({"source_text": ""}, "Say where it comes from"),
        ({"sources": "NO-SUCH"}, "No source is called NO-SUCH."),
        ({"valid_from": "2020-01-01", "save": "1"}, "What was in force on a past day"),
        ({"valid_from": "someday"}, "Enter a valid date."),
        ({"reason": ""}, "This field is required."),
    ],
)
def test_an_edit_that_makes_no_sense_says_so_at_the_field_and_keeps_what_was_typed(
    as_admin, once, fields, said
):
    row = a_row("doses", value=D(10))

    response = as_admin.post(url("rule_edit", "doses", row.pk), a_dose(once, **fields))

    assert response.status_code == 422
    assert said in page(response)
    assert "Decided here." in page(response)
    row.refresh_from_db()
    assert row.value == D(10)


def test_a_rule_is_retired_with_a_reason_and_taken_back(as_admin, once):
    row = a_row("doses")

    as_admin.post(
        url("rule_retire", "doses", row.pk), {"reason": "Wrong route.", "deed": "retire", "once": once()}
    )
    row.refresh_from_db()
    assert row.retired_at is not None
    assert "Retired" in page(as_admin.get(url("rule", "doses", row.pk)))

    as_admin.post(
        url("rule_retire", "doses", row.pk), {"reason": "It was right.", "deed": "restore", "once": once()}
    )
    row.refresh_from_db()
    assert row.retired_at is None


@pytest.mark.parametrize("who", ["as_clinician", "as_front_desk", "as_cosmetologist"])
def test_only_an_admin_edits(request, who):
    client, row = request.getfixturevalue(who), a_row("doses")

    assert client.get(url("rule_add", "doses")).status_code == 403
    assert client.get(url("rule_edit", "doses", row.pk)).status_code == 403
    assert client.post(url("rule_retire", "doses", row.pk)).status_code == 403


def test_an_ingredient_does_not_meet_itself(as_admin, once):
    one = factories.IngredientFactory()
    sent = NEW["pairs"](one, one) | {"source_text": "Ours.", "reason": "Decided.", "once": once()}

    response = as_admin.post(url("rule_add", "pairs"), sent)

    assert response.status_code == 422
    assert "meets itself" in page(response)


def test_the_clinics_own_limits_stand_by_themselves_with_who_set_them_and_when(as_admin, admin, once):
    shipped = factories.BloodLimitFactory(
        code="prp-time", why="Shipped with the data", loaded={"minutes": 60}
    )
    posted = {
        "once": once(),
        "ingredient": shipped.ingredient_id,
        "minutes": "30",
        "why": "So it is done here",
        "basis": "clinic-default",
        "source_text": "House rule",
        "reason": "Agreed in our meeting",
    }
    as_admin.post(url("rule_add", "blood"), posted)

    own = page(as_admin.get(url("rule_list"), {"kind": "blood", "show": "own"}))
    everything = page(as_admin.get(url("rule_list"), {"kind": "blood", "show": "all"}))

    assert "So it is done here" in own
    assert "at most 30 min" in own
    assert f"<b>This clinic’s own</b>, set by {admin.short_name}, " in own
    assert "Shipped with the data" not in own
    assert "Shipped with the data" in everything
    assert everything.count("This clinic’s own</b>") == 1


def test_a_clinic_without_limits_of_its_own_is_told_so(as_admin):
    assert "This clinic has set none of its own." in page(as_admin.get(url("rule_list"), {"show": "own"}))


def test_the_shortest_time_limit_of_own_blood_holds(as_admin, once):
    kit = factories.KitFactory()
    prp = kit.contents.get().ingredient
    assert blood_limit_of_product_or_none(kit.pk).minutes > 5

    posted = {"once": once(), "ingredient": prp.pk, "minutes": "5", "why": "Sooner here"}
    more = {"basis": "clinic-default", "source_text": "House rule", "reason": "Agreed"}
    as_admin.post(url("rule_add", "blood"), posted | more)

    assert blood_limit_of_product_or_none(kit.pk).minutes == 5
