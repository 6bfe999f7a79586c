"""The frame of a page for a patient: whose clinic it is, how it is reached, and which languages the page is offered in."""

from dataclasses import dataclass

from django import template
from django.template import Context
from django.utils import translation

from mesoclinic.accounts.models import Clinic
from mesoclinic.core.languages import Language, offered_languages
from mesoclinic.outbox.models import outbox_settings_or_unsaved
from patients.rules.phones import dialable_or_none
from treatments.billing.models import PlanSettings

register = template.Library()

#: So many are named to somebody whose link no longer works.
MOST_CLINICS = 6


@dataclass(frozen=True, slots=True)
class PatientFrame:
    """``dial`` is what a tap on the telephone calls; None where nobody can dial it."""

    name: str
    address: str
    phone: str
    dial: str | None


@register.simple_tag
def clinic_for_patients(clinic: Clinic | None) -> PatientFrame | None:
    """Name, address and telephone, as the clinic has set them; None where nobody knows whose page it is. Two queries."""
    return _frame_of(clinic) if clinic else None


@register.simple_tag
def clinics_for_patients() -> list[PatientFrame]:
    """Every clinic of the house that can be rung, for a page that knows of none: the same for whoever asks."""
    clinics = Clinic.objects.select_related("outbox", "plan_settings").order_by("name")[:MOST_CLINICS]
    return [frame for frame in map(_frame_of, clinics) if frame.dial]


def _frame_of(clinic: Clinic) -> PatientFrame:
    settings = PlanSettings.of_clinic_or_defaults(clinic)
    phone = outbox_settings_or_unsaved(clinic).phone or settings.phone
    return PatientFrame(clinic.name, settings.address, phone, dialable_or_none(phone))


@register.simple_tag(takes_context=True)
def languages_offered(context: Context) -> list[tuple[Language, bool]]:
    """Every language that this page may be read in, and whether it is the one in force."""
    now = translation.get_language()
    among = getattr(context.get("request"), "languages_offered", ())
    return [(each, each.code == now) for each in offered_languages() if not among or each.code in among]
