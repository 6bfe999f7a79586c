"""Take a formulation over to another patient."""

from django.db import transaction

from mesoclinic.accounts.models import Clinic, User
from mesoclinic.core.findings import Refused
from mesoclinic.core.locking import lock_row
from patients.models import Patient
from treatments.cocktails.actions.formulation import reopen_or_start_cocktail
from treatments.cocktails.models import CocktailVersion


@transaction.atomic
def copy_version_and_return_left_out(
    *, version: CocktailVersion, patient: Patient, by: User, clinic: Clinic
) -> tuple[CocktailVersion, list[str]]:
    """A draft for ``patient`` with what ``version`` holds, and the products left out because they may not be used.

    Nothing signed is taken over: neither findings nor reasons. Refuses where the patient has a draft open,
    for its contents would be lost or this copy silently ignored.
    """
    lock_row(Patient, patient.pk)
    is_open = CocktailVersion.objects.filter(
        cocktail__patient=patient, cocktail__retired_at=None, status=CocktailVersion.Status.DRAFT
    ).exists()
    if is_open:
        raise Refused.because(
            "This patient already has a cocktail in work. Open it and sign it, or empty it, before another is begun.",
            code="draft-open",
            where="patient",
        )
    draft = reopen_or_start_cocktail(patient=patient, by=by, clinic=clinic, from_version=version)
    return draft, names_of_products_not_copied(version, draft)


def names_of_products_not_copied(version: CocktailVersion, draft: CocktailVersion) -> list[str]:
    """The products of ``version`` that its copy does not hold, because they may no longer be used at all."""
    kept = set(draft.components.values_list("product_id", flat=True))
    return [
        str(each.product)
        for each in version.components.select_related("product").order_by("position", "pk")
        if each.product_id not in kept
    ]
