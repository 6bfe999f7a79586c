"""On which page a form stands: there leads a form that was refused and is loaded again."""

from django.db.models import Model

from patients.models import Patient
from treatments.billing.models import Quote
from treatments.cocktails.models import CocktailVersion
from treatments.conditions.models import PhotoSet
from treatments.followup.models import CheckIn, FollowUp
from treatments.plans.models import TreatmentPlan
from treatments.schedule.models import Appointment, FreedTime
from treatments.sessions.models import TreatmentSession
from treatments.stock.models import Lot, Stocktake
from treatments.waiting.models import Offer

#: The page of a row: where a form about it stands.
PAGES_OF_ROWS: dict[type[Model], str] = {
    Patient: "patient",
    CocktailVersion: "cocktails:formulation",
    TreatmentPlan: "plan",
    Quote: "billing:quote",
    Appointment: "schedule:appointment",
    TreatmentSession: "sessions:session",
    PhotoSet: "conditions:photo_set",
    CheckIn: "followup:check_in",
    FollowUp: "followup:follow_up",
    Lot: "stock:lot",
    Stocktake: "stock:stocktake",
    FreedTime: "waiting:freed_time",
    Offer: "waiting:offer",
}
#: The page on which a form without a row stands; the others lead to Today.
PAGES_OF_FORMS: dict[str, str] = {
    "find": "patients:list",
    "patients:import_columns": "patients:import",
    "patients:import_write": "patients:import",
    "patients:import_cancel": "patients:import",
    "catalogue:product_import_write": "catalogue:product_import",
    "catalogue:product_import_cancel": "catalogue:product_import",
    "stock:second_person": "stock:receive",
    "stock:stocktake_begin": "stock:stocktakes",
    "schedule:room_add": "schedule:hours",
    "schedule:working_hours_add": "schedule:hours",
    "schedule:time_off_add": "schedule:hours",
    "schedule:break_add": "schedule:settings",
    "schedule:holiday_add": "schedule:settings",
    "schedule:reminders_set": "schedule:settings",
    "schedule:feed_open": "schedule:calendars",
    "schedule:busy_import": "schedule:calendars",
}
