"""The signed cocktails that a course of a patient may be made with."""

from django.db.models import QuerySet

from patients.models import records_of
from treatments.cocktails.models import CocktailVersion


def signed_cocktail_versions_of_patient(patient_pk: int, clinic_pk: int) -> QuerySet[CocktailVersion]:
    """Those of this clinic that are not retired, the last signed first: another clinic's stock is not at hand here."""
    return (
        CocktailVersion.objects.filter(
            status=CocktailVersion.Status.SIGNED,
            cocktail__patient__in=records_of(patient_pk),
            cocktail__clinic=clinic_pk,
            cocktail__retired_at=None,
        )
        .select_related("cocktail")
        .order_by("-signed_at", "-pk")
    )
