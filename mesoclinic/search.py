"""One box that finds a patient, a lot or a quote."""

from dataclasses import dataclass, field

from django.urls import reverse

from mesoclinic.accounts.models import Clinic, User
from mesoclinic.accounts.permissions import Permission
from patients.models import Patient
from treatments.catalogue.models import Lot
from treatments.plans.models import Quote

MOST = 20


@dataclass(frozen=True)
class Found:
    patients: list[Patient] = field(default_factory=list)
    lots: list[Lot] = field(default_factory=list)
    quotes: list[Quote] = field(default_factory=list)
    only: str | None = None

    @property
    def nothing(self) -> bool:
        return not (self.patients or self.lots or self.quotes)


def everywhere(text: str, *, user: User, clinic: Clinic | None) -> Found:
    """What ``user`` may find by ``text``, at most ``MOST`` of each kind; three queries at most.

    ``only`` is the address of the one thing found, where there is just one.
    """
    text = text.strip()
    number = text.upper().replace("\x00", "")
    patients: list[Patient] = []
    lots: list[Lot] = []
    quotes: list[Quote] = []
    if user.may(Permission.FIND_PATIENTS):
        patients = list(
            Patient.objects.matching(text).order_by("sort_key", "pk")[:MOST]
        )
    if user.may(Permission.SEE_STOCK) and number and clinic:
        lots = list(
            Lot.objects.at(clinic)
            .filter(number__startswith=number)
            .select_related("product")
            .order_by("number", "pk")[:MOST]
        )
    if user.may(Permission.SEE_QUOTES) and number.startswith("Q-") and clinic:
        quotes = list(
            Quote.objects.filter(clinic=clinic, number__startswith=number)
            .select_related("patient", "plan")
            .order_by("-number")[:MOST]
        )
    addresses = [
        *(reverse("patient", args=[p.pk]) for p in patients),
        *(reverse("catalogue:lot", args=[lot.pk]) for lot in lots),
        *(reverse("plans:quote", args=[quote.pk]) for quote in quotes),
    ]
    return Found(patients, lots, quotes, addresses[0] if len(addresses) == 1 else None)
