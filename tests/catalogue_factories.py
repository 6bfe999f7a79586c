"""Factories of the catalogue and of the lots on the shelf."""

from datetime import timedelta
from decimal import Decimal

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from tests.people_factories import (
    ClinicFactory,
    FactorFactory,
    UserFactory,
)
from treatments.catalogue.models import (
    BloodLimit,
    Contraindication,
    DoseLimit,
    Ingredient,
    Interaction,
    Interval,
    Product,
    ProductContent,
    VolumeLimit,
)
from treatments.stock.models import Lot, StockMovement

# --- catalogue ---------------------------------------------------------------


class IngredientFactory(DjangoModelFactory):
    class Meta:
        model = Ingredient

    code = factory.Sequence(lambda n: f"ingredient-{n}")
    name = factory.LazyAttribute(lambda o: o.code.replace("-", " ").capitalize())
    ingredient_class = "vitamin (B family)"
    family = "b_vitamin"
    is_active = True
    status = "allowed"


class ProductFactory(DjangoModelFactory):
    """A vial of one ingredient, 10 mg/ml; ``contents`` empty for a bare product."""

    class Meta:
        model = Product
        skip_postgeneration_save = True

    code = factory.Sequence(lambda n: f"product-{n}")
    name = factory.LazyAttribute(lambda o: o.code.replace("-", " ").capitalize())
    strength = "10 mg/ml"
    # Kept for 28 days once opened, so that a take is a take: an ampoule throws its rest away.
    presentation = "multi_dose"
    container_ml = Decimal(10)
    price_per_ml = Decimal(8)

    @factory.post_generation
    def ingredient(self, create, extracted, **kwargs):
        if create and extracted is not False:
            ProductContentFactory(
                product=self,
                ingredient=extracted or IngredientFactory(),
                mg_per_ml=kwargs.get("mg_per_ml", Decimal(10)),
            )


class ProductContentFactory(DjangoModelFactory):
    class Meta:
        model = ProductContent

    ingredient = factory.SubFactory(IngredientFactory)
    mg_per_ml = Decimal(10)


class LotFactory(DjangoModelFactory):
    """A released lot holding ``on_hand`` ml, received through the ledger."""

    class Meta:
        model = Lot
        skip_postgeneration_save = True

    product = factory.SubFactory(ProductFactory)
    clinic = factory.SubFactory(ClinicFactory)
    number = factory.Sequence(lambda n: f"LOT-{n:04d}")
    maker = "Made-up Pharma"
    country = "France"
    supplier = "Made-up Supply"
    received_on = factory.LazyFunction(lambda: timezone.localdate() - timedelta(days=30))
    expires_on = factory.LazyFunction(lambda: timezone.localdate() + timedelta(days=300))
    status = "released"

    @factory.post_generation
    def on_hand(self, create, extracted, **kwargs):
        if create:
            # As receiving a delivery says it: from this day on what is in the product stays.
            Product.objects.filter(pk=self.product_id, received_since=None).update(
                received_since=self.received_on
            )
            self.product.refresh_from_db(fields=["received_since"])
        if create and extracted:
            StockMovementFactory(lot=self, ml=extracted)
            self.refresh_from_db()


class StockMovementFactory(DjangoModelFactory):
    class Meta:
        model = StockMovement

    lot = factory.SubFactory(LotFactory)
    kind = "receive"
    ml = Decimal(10)
    occurred_on = factory.LazyFunction(timezone.localdate)
    by = factory.SubFactory(UserFactory)


class DoseLimitFactory(DjangoModelFactory):
    class Meta:
        model = DoseLimit

    ingredient = factory.SubFactory(IngredientFactory)
    value = Decimal(10)
    unit = "mg"
    period = "session"
    kind = "studied_dose"


class VolumeLimitFactory(DjangoModelFactory):
    """One of the clinic's own."""

    class Meta:
        model = VolumeLimit

    what = "volume per session"
    maximum = Decimal(6)
    unit = "mL"
    level = "warn"
    finding = "volume-session"
    kind = "clinic"
    basis = "clinic-default"


class InteractionFactory(DjangoModelFactory):
    class Meta:
        model = Interaction

    first = factory.SubFactory(IngredientFactory)
    second = factory.SubFactory(IngredientFactory)
    kind = "incompatible"
    severity = "high"
    scope = "same syringe"
    why = "They react."
    basis = "stated"


class ContraindicationFactory(DjangoModelFactory):
    class Meta:
        model = Contraindication

    factor = factory.SubFactory(FactorFactory)
    factor_text = factory.LazyAttribute(lambda o: o.factor.label if o.factor else "Everyone")
    severity = "absolute"
    basis = "stated"


class BloodLimitFactory(DjangoModelFactory):
    class Meta:
        model = BloodLimit

    code = "prp-time"
    ingredient = factory.SubFactory(IngredientFactory, code="prp")
    minutes = 240
    why = "Studied so long."
    basis = "inferred"


class KitFactory(ProductFactory):
    """A kit for the patient's own blood, with the limit of what it gives: up to 7 ml of plasma."""

    name = "PRP kit"
    strength = ""
    presentation = "kit"
    container_ml = Decimal(7)

    @factory.post_generation
    def ingredient(self, create, extracted, **kwargs):
        if create:
            limit = BloodLimit.objects.filter(code="prp-time").first() or BloodLimitFactory()
            ProductContentFactory(product=self, ingredient=extracted or limit.ingredient, mg_per_ml=None)


class IntervalFactory(DjangoModelFactory):
    """“Any session”: 7 to 90 days, as shipped."""

    class Meta:
        model = Interval

    code = "interval:*any"
    scope = "any"
    subject = "any session"
    usual_days = "7-30"
    min_days = 7
    max_days = 90
    below_min_level = "block_overridable"
    early_level = "none"
    above_max_level = "warn"
    finding = "interval:*any"
    screen_below = (
        "Only {d} days since session {n}: {subject} is given every {usual}. Wait until {date}, or {todo}."
    )
    screen_above = (
        "{d} days since session {n}; {subject} is given every {usual}. Reassess, or give a short reason."
    )
    basis = "inferred"


class SameDayIntervalFactory(IntervalFactory):
    """One session entered twice."""

    code = "interval:*any:hours"
    min_days = 2
    max_days = None
    below_min_level = "block_fixed"
    above_max_level = "none"
