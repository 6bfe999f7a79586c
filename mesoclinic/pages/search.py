"""One box that finds a patient, a lot, a quote, or what a label's code stands on."""

from dataclasses import dataclass, field

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from mesoclinic.accounts.models import Clinic, User
from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.accounts.requests import StaffRequest
from patients.models import Patient
from patients.queries import patients_with_is_open
from treatments.billing.models import Quote
from treatments.cocktails.models import CocktailVersion
from treatments.cocktails.queries.documents import CODE_PREFIX, anonymous_signed_or_saved_versions_of_clinic
from treatments.sessions.models import Syringe
from treatments.sessions.queries import preparation
from treatments.stock.models import Lot

MOST = 20


@dataclass(frozen=True)
class Found:
    patients: list[Patient] = field(default_factory=list)
    lots: list[Lot] = field(default_factory=list)
    quotes: list[Quote] = field(default_factory=list)
    syringes: list[Syringe] = field(default_factory=list)
    cocktails: list[CocktailVersion] = field(default_factory=list)
    only: str | None = None

    @property
    def is_empty(self) -> bool:
        return not (self.patients or self.lots or self.quotes or self.syringes or self.cocktails)


def search_everything(text: str, *, user: User, clinic: Clinic | None) -> Found:
    """What ``user`` may find by ``text``, at most ``MOST`` of each kind; one query for each kind that the text can be.

    ``only`` is the address of the one thing found, where there is just one.
    """
    text = text.strip()
    number = text.upper().replace("\x00", "")
    patients: list[Patient] = []
    lots: list[Lot] = []
    quotes: list[Quote] = []
    if user.may(Permission.FIND_PATIENTS):
        for found in (Patient.objects.matching(text), Patient.objects.nearly_matching(text)):
            rows = patients_with_is_open(found, user.pk).order_by("sort_key", "pk")
            if patients := list(rows[:MOST]):
                break
    if user.may(Permission.SEE_STOCK) and number and clinic:
        lots = list(
            Lot.objects.of_clinic(clinic)
            .filter(number__istartswith=number)
            .select_related("product")
            .order_by("number", "pk")[:MOST]
        )
    if user.may(Permission.SEE_QUOTES) and number.startswith("Q-") and clinic:
        quotes = list(
            Quote.objects.filter(clinic=clinic, number__startswith=number)
            .select_related("patient", "plan")
            .order_by("-number")[:MOST]
        )
    syringes = _find_syringes(number, user, clinic)
    cocktails = _find_cocktails(number, user, clinic)
    addresses = [
        *(reverse("patient", args=[p.pk]) for p in patients),
        *(reverse("stock:lot", args=[lot.pk]) for lot in lots),
        *(reverse("billing:quote", args=[quote.pk]) for quote in quotes),
        *(reverse("sessions:preparation", args=[syringe.treatment_session_id]) for syringe in syringes),
        *(reverse(_cocktail_url_name(version, user), args=[version.pk]) for version in cocktails),
    ]
    only = addresses[0] if len(addresses) == 1 else None
    return Found(patients, lots, quotes, syringes, cocktails, only)


def _find_syringes(number: str, user: User, clinic: Clinic | None) -> list[Syringe]:
    """The syringe whose label says so: ``SY-000123``, as a scanner types it."""
    pk = preparation.number_from_code_or_none(number, preparation.CODE_PREFIX)
    if pk is None or clinic is None or not user.may(Permission.RUN_SESSION):
        return []
    return list(
        Syringe.objects.filter(pk=pk, treatment_session__clinic=clinic).select_related(
            "treatment_session__patient"
        )
    )


def _find_cocktails(number: str, user: User, clinic: Clinic | None) -> list[CocktailVersion]:
    """The cocktail whose sheet says so: ``CV-000123``."""
    pk = preparation.number_from_code_or_none(number, CODE_PREFIX)
    if pk is None or clinic is None or not user.may(Permission.SEE_COCKTAILS):
        return []
    return list(anonymous_signed_or_saved_versions_of_clinic(clinic).filter(pk=pk))


def _cocktail_url_name(version: CocktailVersion, user: User) -> str:
    """A clinician goes to the patient's cocktail; whoever sees no patients, and for a saved one, to the formula."""
    is_a_patients = version.cocktail.patient_id is not None
    if is_a_patients and user.may(Permission.FORMULATE):
        return "cocktails:formulation"
    return "cocktails:formula"


@requires_permission(Permission.SEE_TODAY)
@require_POST
def search_page(request: StaffRequest) -> HttpResponse:
    """Patients, lots and quotes by what was typed. By POST, so that no name lands in a URL."""
    text = request.POST.get("q", "")
    found = search_everything(text, user=request.user, clinic=request.clinic)
    if found.only is not None:
        return redirect(found.only)
    return render(request, "mesoclinic/pages/search.html", {"nav_on": "patients", "q": text, "found": found})
