"""The walls that stand before the addresses of the product: whose row a page is about, and how it is found."""

from dataclasses import dataclass

from django.db.models import Model

from mesoclinic.outbox.models import Message
from patients.models import Patient, PatientMerge
from treatments.billing.models import Invoice, Payment, Quote
from treatments.cocktails.models import CocktailVersion
from treatments.conditions.models import Assessment, LabOrder, LabResult, Photograph, PhotoRelease, PhotoSet
from treatments.followup.models import AdverseReport, CheckIn, FollowUp
from treatments.outcomes.models import LotAlarm
from treatments.plans.models import TreatmentPlan
from treatments.response.models import BlindScore, Review
from treatments.schedule.models import Appointment, FreedTime, Room
from treatments.sessions.models import BloodPreparation, Reaction, Syringe, TreatmentSession
from treatments.stock.models import Lot, Stocktake
from treatments.waiting.models import Offer, WaitingListEntry


@dataclass(frozen=True, slots=True)
class Open:
    """No wall: pages before sign-in, one's own account, or rows that all clinics share. The view asks its permission."""

    why: str


@dataclass(frozen=True, slots=True)
class Behind:
    """One row, found by ``key`` of the address: it stands at a clinic, is about a patient, or both.

    ``clinic`` and ``patient`` are paths from ``model``; empty: it has none. A row of a clinic opens and takes
    forms only while one is working there. A row about a patient of one's own that another clinic made is read where
    ``is_read_elsewhere``. A patient's own pages open to the patient's clinics, and to who wrote why.
    """

    model: type[Model]
    clinic: str = ""
    patient: str = ""
    key: str = "pk"
    is_read_elsewhere: bool = False


SIGN_IN = Open("before sign-in, or one's own account")
BY_SECRET = Open("found by a secret address only, without sign-in")
SHARED = Open("what all clinics share: the catalogue, its rules and sources, the consent texts")
HERE = Open("lists and settings of the clinic where one is working; the view reads no other")
ONE_S_OWN = Open("the clinician's own, or of a colleague where one manages the clinic: the view asks")
OWN_FILES = Open("lists that the person asked for; the view finds no other, and asks the list's permission")
STAFF = Open("somebody who works at the clinic where one is working: the view looks for them there")
ACCESS_LOG = Open("the log of the organisation, by record number: the view asks who reads it")

PRIVACY = Open("a record of the organisation, by its number: the view asks who answers patients")

PATIENT = Behind(Patient, patient="pk")
#: The desk books and lists somebody found by name without opening the record.
ANY_PATIENT = Open("shows name and year of birth of a patient of other clinics, and books them")
ASSESSMENT = Behind(Assessment, patient="patient_id")
LAB_RESULT = Behind(LabResult, patient="patient_id")
LAB_ORDER = Behind(LabOrder, patient="patient_id")
MERGE = Behind(PatientMerge, patient="kept_id", key="merge_pk")
PHOTO_SET = Behind(PhotoSet, patient="patient_id")
PHOTOGRAPH = Behind(Photograph, patient="photo_set__patient_id")
BLIND_PAIR = Behind(BlindScore, patient="later__photo_set__patient_id")
PHOTO_RELEASE = Behind(PhotoRelease, patient="photograph__photo_set__patient_id")
_OF_COCKTAIL = ("cocktail__clinic_id", "cocktail__patient_id")
COCKTAIL = Behind(CocktailVersion, *_OF_COCKTAIL)
COCKTAIL_TO_READ = Behind(CocktailVersion, *_OF_COCKTAIL, is_read_elsewhere=True)
PLAN = Behind(TreatmentPlan, "clinic_id", "patient_id")
PLAN_TO_READ = Behind(TreatmentPlan, "clinic_id", "patient_id", is_read_elsewhere=True)
QUOTE = Behind(Quote, "clinic_id", "patient_id")
QUOTE_TO_READ = Behind(Quote, "clinic_id", "patient_id", is_read_elsewhere=True)
INVOICE = Behind(Invoice, "clinic_id", "patient_id")
#: The view says at which till a payment is made void; its receipt is of that till.
PAYMENT = Behind(Payment, patient="patient_id")
PAYMENT_TO_READ = Behind(Payment, "receipt__clinic_id", "patient_id", is_read_elsewhere=True)
VISIT = Behind(Appointment, "clinic_id", "patient_id")
SESSION = Behind(TreatmentSession, "clinic_id", "patient_id")
SESSION_TO_READ = Behind(TreatmentSession, "clinic_id", "patient_id", is_read_elsewhere=True)
_OF_SESSION = ("treatment_session__clinic_id", "treatment_session__patient_id")
SYRINGE = Behind(Syringe, *_OF_SESSION)
BLOOD = Behind(BloodPreparation, "treatment_session__clinic_id", "patient_id")
REACTION = Behind(Reaction, *_OF_SESSION)
CHECK_IN = Behind(CheckIn, "clinic_id", "treatment_session__patient_id")
FOLLOW_UP = Behind(FollowUp, "clinic_id", "treatment_session__patient_id")
FOLLOW_UP_TO_READ = Behind(FollowUp, "clinic_id", "treatment_session__patient_id", is_read_elsewhere=True)
ADVERSE_REPORT = Behind(AdverseReport, "follow_up__clinic_id", "follow_up__treatment_session__patient_id")
REVIEW_TO_READ = Behind(Review, "plan__clinic_id", "plan__patient_id", is_read_elsewhere=True)
LOT = Behind(Lot, "clinic_id")
STOCKTAKE = Behind(Stocktake, "clinic_id")
LOT_ALARM = Behind(LotAlarm, "clinic_id")
RECALL = Open("a recall of one's clinic, or one that put aside a lot of its own: the view asks")
ENTRY = Behind(WaitingListEntry, "clinic_id", "patient_id")
FREED_TIME = Behind(FreedTime, "clinic_id")
OFFER = Behind(Offer, "entry__clinic_id", "entry__patient_id")
ROOM = Behind(Room, "clinic_id")
MESSAGE = Behind(Message, "clinic_id", "patient_id")

Wall = Open | Behind
