"""What the bench shows at a glance: the count beside Sign, the marked rows, and the search of the product list."""

from decimal import Decimal

import pytest
from django.urls import reverse

from tests.factories import (
    DoseLimitFactory,
    IngredientFactory,
    InteractionFactory,
    LotFactory,
    ProductFactory,
    VolumeLimitFactory,
)
from tests.treatments.cocktails.test_views import HTMX, drawn, posted, url
from treatments.catalogue.models import Gtin
from treatments.cocktails.models import CocktailVersion

pytestmark = pytest.mark.django_db

D = Decimal
GTIN = "05012345678900"


def text_of(answer):
    return " ".join(answer.content.decode().split())


@pytest.fixture
def not_together(biotin, zinc):
    """Biotin and zinc must not share a syringe."""
    return InteractionFactory(
        first=biotin.ingredients.get(), second=zinc.ingredients.get(), kind="incompatible", why="precipitate"
    )


@pytest.fixture
def copper():
    return ProductFactory(
        code="copper-2", name="Copper", ingredient=IngredientFactory(code="copper", name="Copper tripeptide")
    )


def test_the_count_of_blocks_stands_beside_sign_and_follows_every_change(
    as_clinician, draft, biotin, zinc, copper, not_together
):
    as_clinician.post(url("check", draft), posted(draft, biotin_5="1", zinc_1="1"))
    page = text_of(as_clinician.get(url("formulation", draft)))
    version = CocktailVersion.objects.get(pk=draft.pk)
    answer = text_of(
        as_clinician.post(url("check", draft), posted(version, biotin_5="1", copper_2="1"), **HTMX)
    )

    actions = page[page.index('class="actions"') : page.index("Sign cocktail</button>")]
    assert '<span class="chip c-stop">1 block</span>' in actions
    assert 'aria-describedby="checks-count"' in actions
    assert 'id="checks-count" href="#checks" hx-swap-oob="true"' in answer
    assert "c-stop" not in answer[answer.index('id="checks-count"') :]
    assert "hx-swap-oob" not in page


def test_both_rows_of_a_pair_are_marked_with_the_findings_own_name(
    as_clinician, draft, biotin, zinc, not_together
):
    as_clinician.post(url("check", draft), posted(draft, biotin_5="1", zinc_1="1"))

    answer = as_clinician.get(url("formulation", draft))

    marks = [[(mark.label, mark.level) for mark in row.marks] for row in answer.context["rows"]]
    assert marks == [[("Block", "block")], [("Block", "block")]]
    assert 'href="#finding-pairbiotinzinc">Block</a>' in text_of(answer)
    assert 'id="finding-pairbiotinzinc"' in text_of(answer)


def test_a_finding_takes_its_line_out(as_clinician, draft, biotin, zinc):
    DoseLimitFactory(
        ingredient=biotin.ingredients.get(), value=D(1), unit="mg", period="session", kind="clinic"
    )
    answer = as_clinician.post(url("check", draft), posted(draft, biotin_5="2", zinc_1="1"), follow=True)
    assert 'name="remove" value="biotin-5"' in text_of(answer)

    version = CocktailVersion.objects.get(pk=draft.pk)
    as_clinician.post(url("check", draft), posted(version, biotin_5="2", zinc_1="1") | {"remove": "biotin-5"})

    assert drawn(draft) == [("zinc-1", D(1))]


def found_products(client, draft, text, **lines):
    fields = posted(draft, **lines) | {"find": text}
    return client.post(url("find_product", draft), fields, **HTMX)


@pytest.mark.parametrize(
    "text", ["zin", "ZÍNC 1", "1 zinc", "labs", f"01{GTIN}1730123110AB12", "]d201" + GTIN]
)
def test_a_product_is_found_by_name_maker_or_scan(as_clinician, draft, biotin, zinc, admin, text):
    zinc.maker = "Labs of Nowhere"
    zinc.save()
    Gtin.objects.create(gtin=GTIN, product=zinc, told_by=admin)

    answer = found_products(as_clinician, draft, text)

    assert [hit.product.code for hit in answer.context["hits"]] == ["zinc-1"]
    assert "1 product<" in text_of(answer)
    assert drawn(draft) == []


def test_a_product_is_found_by_what_it_holds(as_clinician, draft, biotin):
    ProductFactory(
        code="mix", name="Ready", ingredient=IngredientFactory(code="copper", name="Copper tripeptide")
    )

    assert [hit.product.code for hit in found_products(as_clinician, draft, "trip").context["hits"]] == [
        "mix"
    ]


def test_a_hit_says_its_stock_and_what_it_would_add(as_clinician, draft, clinic, biotin, zinc, not_together):
    LotFactory(product=zinc, clinic=clinic, on_hand=D(7))

    alone = found_products(as_clinician, draft, "zinc").context["hits"][0]
    beside = found_products(as_clinician, draft, "zinc", biotin_5="1").context["hits"][0]

    # That one active is too few is no fault of the first that is found.
    assert (alone.stock_ml, alone.level, alone.would_add) == (D(7), "ok", "no finding")
    assert beside.level == "block"
    assert "must not share a syringe" in beside.would_add


def test_what_nobody_sells_here_is_said(as_clinician, draft, biotin):
    assert "No product here is called that." in text_of(found_products(as_clinician, draft, "nothing"))


def test_without_javascript_the_page_comes_with_the_hits_and_what_was_typed(
    as_clinician, draft, biotin, zinc
):
    answer = as_clinician.post(url("find_product", draft), posted(draft, biotin_5="1,25") | {"find": "zinc"})

    page = text_of(answer)
    assert answer.status_code == 200
    assert 'value="zinc-1" formaction="' + reverse("cocktails:check", args=[draft.pk]) in page
    assert 'value="1,25"' in page


def test_enter_in_the_search_finds_and_keeps_what_was_typed_elsewhere(as_clinician, draft, biotin, zinc):
    answer = as_clinician.post(url("check", draft), posted(draft, biotin_5="1.5") | {"find": "zinc"})

    assert [hit.product.code for hit in answer.context["hits"]] == ["zinc-1"]
    assert drawn(draft) == [("biotin-5", D("1.5"))]


def test_a_search_costs_the_same_for_one_hit_and_for_three(as_clinician, draft, biotin, zinc, count_queries):
    counts = []
    for more in (0, 2):
        for turn in range(more):
            ProductFactory(
                code=f"zinc-more-{turn}",
                name=f"Zinc more {turn}",
                ingredient=IngredientFactory(code=f"zinc-{turn}", name=f"Other {turn}"),
            )
        with count_queries() as queries:
            answer = found_products(as_clinician, draft, "zinc", biotin_5="1")
        assert len(answer.context["hits"]) == 1 + more
        counts.append(len(queries))

    assert counts[0] == counts[1] <= 10


def test_only_a_clinician_searches(as_front_desk, draft):
    assert found_products(as_front_desk, draft, "zinc").status_code == 403


@pytest.fixture
def at_most_three_ml(db):
    return VolumeLimitFactory(
        what="volume per session", maximum=D(3), unit="mL", level="warn", finding="volume-session"
    )


def test_a_volume_that_is_too_much_offers_to_scale_every_amount(
    as_clinician, draft, biotin, zinc, at_most_three_ml
):
    answer = as_clinician.post(url("check", draft), posted(draft, biotin_5="4", zinc_1="2"), **HTMX)

    assert 'name="scale" value="3.0"' in text_of(answer)
    assert "Scale to 3.0" in text_of(answer)


def test_scaling_keeps_the_proportions_says_what_it_did_and_can_be_undone(
    as_clinician, draft, biotin, zinc, at_most_three_ml
):
    too_much = posted(draft, biotin_5="4", zinc_1="2") | {"scale": "3.0"}
    scaled = as_clinician.post(url("check", draft), too_much, **HTMX)

    assert [row.ml for row in scaled.context["rows"]] == [D(2), D(1)]
    assert "volume-session" not in {finding.code for finding in scaled.context["findings"]}
    assert "6.0 ml before, 3.0 ml now" in text_of(scaled)
    undo = scaled.context["typed"].scaled.undo
    version = CocktailVersion.objects.get(pk=draft.pk)
    again = posted(version, biotin_5="2", zinc_1="1") | {"unscale": undo}
    undone = as_clinician.post(url("check", draft), again, **HTMX)

    assert [row.ml for row in undone.context["rows"]] == [D(4), D(2)]


def test_an_amount_that_cannot_be_read_is_not_scaled(as_clinician, draft, biotin, zinc, at_most_three_ml):
    typed = posted(draft, biotin_5="four", zinc_1="6") | {"scale": "3.0"}
    answer = as_clinician.post(url("check", draft), typed, **HTMX)

    assert [row.text for row in answer.context["rows"]] == ["four", "6"]
    assert answer.context["typed"].scaled is None


def test_a_volume_within_its_limit_offers_no_scaling(as_clinician, draft, biotin, zinc, at_most_three_ml):
    answer = as_clinician.post(url("check", draft), posted(draft, biotin_5="2", zinc_1="1"), **HTMX)

    assert 'name="scale"' not in text_of(answer)
