"""Every address of the product and what stands behind it: whose wall it is, for mesoclinic.pages.access.

An address that is not named here answers nobody, and the tests say so.
"""

from dataclasses import dataclass

from django.db.models import Model

from mesoclinic.outbox.models import Message
from patients.models import Patient, PatientMerge
from treatments.billing.models import Coupon, CreditNote, Invoice, Payment, PriceList, Quote, QuoteLink
from treatments.cocktails.models import CocktailVersion
from treatments.conditions.models import Assessment, LabOrder, LabResult, Photograph, PhotoRelease, PhotoSet
from treatments.followup.models import AdverseReport, CheckIn, FollowUp
from treatments.plans.models import TreatmentPlan
from treatments.response.models import Review
from treatments.schedule.models import Appointment, Break, FreedTime, Holiday, Room, TimeOff, WorkingHours
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
STAFF = Open("somebody who works at the clinic where one is working: the view looks for them there")
ACCESS_LOG = Open("the log of the organisation, by record number: the view asks who reads it")

PATIENT = Behind(Patient, patient="pk")
#: The desk books and lists somebody found by name without opening the record.
ANY_PATIENT = Open("shows name and year of birth of a patient of other clinics, and books them")
ASSESSMENT = Behind(Assessment, patient="patient_id")
LAB_RESULT = Behind(LabResult, patient="patient_id")
LAB_ORDER = Behind(LabOrder, patient="patient_id")
MERGE = Behind(PatientMerge, patient="kept_id", key="merge_pk")
PHOTO_SET = Behind(PhotoSet, patient="patient_id")
PHOTOGRAPH = Behind(Photograph, patient="photo_set__patient_id")
PHOTO_RELEASE = Behind(PhotoRelease, patient="photograph__photo_set__patient_id")
_OF_COCKTAIL = ("cocktail__clinic_id", "cocktail__patient_id")
COCKTAIL = Behind(CocktailVersion, *_OF_COCKTAIL)
COCKTAIL_TO_READ = Behind(CocktailVersion, *_OF_COCKTAIL, is_read_elsewhere=True)
PLAN = Behind(TreatmentPlan, "clinic_id", "patient_id")
PLAN_TO_READ = Behind(TreatmentPlan, "clinic_id", "patient_id", is_read_elsewhere=True)
QUOTE = Behind(Quote, "clinic_id", "patient_id")
QUOTE_TO_READ = Behind(Quote, "clinic_id", "patient_id", is_read_elsewhere=True)
INVOICE = Behind(Invoice, "clinic_id", "patient_id")
PAYMENT = Behind(Payment, "plan__clinic_id", "plan__patient_id")
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
RECALL = Open("a recall of one's clinic, or one that put aside a lot of its own: the view asks")
ENTRY = Behind(WaitingListEntry, "clinic_id", "patient_id")
FREED_TIME = Behind(FreedTime, "clinic_id")
OFFER = Behind(Offer, "entry__clinic_id", "entry__patient_id")
ROOM = Behind(Room, "clinic_id")
MESSAGE = Behind(Message, "clinic_id", "patient_id")

Wall = Open | Behind


def _walls_with_prefix(prefix: str, **names: Wall) -> dict[str, Wall]:
    return {f"{prefix}:{name}": wall for name, wall in names.items()}


ADDRESSES: dict[str, Wall] = {
    "today": HERE,
    "menu_badges": HERE,
    "find": HERE,
    "patient": PATIENT,
    "next_step": PATIENT,
    "patient_alerts": PATIENT,
    "plan": PLAN_TO_READ,
    "visit_fee": VISIT,
    "session_record": SESSION_TO_READ,
    "session_record_pdf": SESSION_TO_READ,
    "source": SHARED,
    "dose_gaps": SHARED,
    "autosave": ONE_S_OWN,
    "clinic_settings": HERE,
    "server": Open("the machine's own state, of no clinic and no patient; the view asks the permission"),
    "work_at": ONE_S_OWN,
    "session_unlock": SIGN_IN,
    "staff": HERE,
    "staff_invite": HERE,
    "staff_person": STAFF,
    "staff_disable": STAFF,
    "staff_enable": STAFF,
    "staff_unlock": STAFF,
    "staff_reset_factor": STAFF,
    "staff_letter": STAFF,
    "staff_sign_out": STAFF,
    "access_log": ACCESS_LOG,
    "access_log_check": ACCESS_LOG,
    "access_log_csv": ACCESS_LOG,
    "access_log_patient": ACCESS_LOG,
    "access_log_review": ACCESS_LOG,
    "mfa_list_webauthn": SIGN_IN,
    "mfa_add_webauthn": SIGN_IN,
    "mfa_edit_webauthn": SIGN_IN,
    "mfa_remove_webauthn": SIGN_IN,
    "mfa_reauthenticate_webauthn": SIGN_IN,
    "mfa_login_webauthn": SIGN_IN,
    "account_login": SIGN_IN,
    "account_logout": SIGN_IN,
    "account_inactive": SIGN_IN,
    "account_signup": SIGN_IN,
    "account_reauthenticate": SIGN_IN,
    "account_email": SIGN_IN,
    "account_email_verification_sent": SIGN_IN,
    "account_change_password": SIGN_IN,
    "account_set_password": SIGN_IN,
    "account_reset_password": SIGN_IN,
    "account_confirm_login_code": SIGN_IN,
    "account_confirm_email": SIGN_IN,
    "account_reset_password_from_key_done": SIGN_IN,
    "account_reset_password_from_key": SIGN_IN,
    "account_reset_password_done": SIGN_IN,
    "mfa_index": SIGN_IN,
    "mfa_authenticate": SIGN_IN,
    "mfa_reauthenticate": SIGN_IN,
    "mfa_activate_totp": SIGN_IN,
    "mfa_deactivate_totp": SIGN_IN,
    "mfa_view_recovery_codes": SIGN_IN,
    "mfa_generate_recovery_codes": SIGN_IN,
    "mfa_download_recovery_codes": SIGN_IN,
    **_walls_with_prefix(
        "outbox", message_list=HERE, message_again=MESSAGE, message_settle=MESSAGE, settings=HERE
    ),
    **_walls_with_prefix(
        "patients",
        list=HERE,
        register=HERE,
        openings=HERE,
        break_glass=ANY_PATIENT,
        edit=PATIENT,
        intake=PATIENT,
        intake_history=PATIENT,
        consent=PATIENT,
        consent_withdraw=PATIENT,
        consent_pdf=PATIENT,
        consent_blank=PATIENT,
        consent_text_list=SHARED,
        consent_text_edit=SHARED,
        alert_clear=PATIENT,
        alert_agree=PATIENT,
        risk_factor_add=PATIENT,
        risk_factor_end=PATIENT,
        import_columns=HERE,
        import_write=HERE,
        import_cancel=HERE,
    ),
    "patients:import": HERE,
    # The view asks the same of the second record.
    **_walls_with_prefix("merging", compare=PATIENT, different=PATIENT, withdraw=MERGE, undo=MERGE),
    **_walls_with_prefix(
        "conditions",
        assess=PATIENT,
        assessments=PATIENT,
        assessment=ASSESSMENT,
        labs=PATIENT,
        lab_replace=LAB_RESULT,
        lab_order=PATIENT,
        lab_order_drop=LAB_ORDER,
        measurements=PATIENT,
        measurement_site=PATIENT,
        photographs=PATIENT,
        photo_set_start=PATIENT,
        photo_compare=PATIENT,
        photo_set=PHOTO_SET,
        photo_take=PHOTO_SET,
        photo_skip=PHOTO_SET,
        photo_how=PHOTO_SET,
        photo_pick=PHOTOGRAPH,
        photo_points=PHOTOGRAPH,
        photo_release=PHOTOGRAPH,
        photo_file=PHOTOGRAPH,
        photo_aligned=PHOTOGRAPH,
        photo_withdraw=PHOTO_RELEASE,
        photo_copy=PHOTO_RELEASE,
    ),
    **_walls_with_prefix(
        "catalogue",
        ingredient_list=SHARED,
        ingredient_add=SHARED,
        ingredient=SHARED,
        ingredient_edit=SHARED,
        ingredient_retire=SHARED,
        product_list=SHARED,
        product_add=SHARED,
        product_export=SHARED,
        product_import=SHARED,
        product_import_write=SHARED,
        product_import_cancel=SHARED,
        product=SHARED,
        product_edit=SHARED,
        product_retire=SHARED,
        change_list=SHARED,
        change_withdraw=SHARED,
        rule_list=SHARED,
        rule_add=SHARED,
        rule=SHARED,
        rule_edit=SHARED,
        rule_retire=SHARED,
        rule_review=SHARED,
    ),
    **_walls_with_prefix(
        "stock",
        stock=HERE,
        receive=HERE,
        second_person=HERE,
        stock_on_a_day=HERE,
        stocktakes=HERE,
        stocktake_begin=HERE,
        stocktake=STOCKTAKE,
        stocktake_sign=STOCKTAKE,
        stocktake_drop=STOCKTAKE,
        lots_csv=HERE,
        lots_import=HERE,
        lot=LOT,
        lot_release=LOT,
        lot_quarantine=LOT,
        lot_open=LOT,
        lot_discard=LOT,
        lot_certificate=LOT,
        lot_move=LOT,
    ),
    **_walls_with_prefix(
        "cocktails",
        start=PATIENT,
        formulation=COCKTAIL_TO_READ,
        check=COCKTAIL,
        find_product=COCKTAIL,
        answers=COCKTAIL,
        sign=COCKTAIL,
        change=COCKTAIL,
        explanation=COCKTAIL_TO_READ,
        reuse=COCKTAIL,
        preparation=COCKTAIL,
        label=COCKTAIL,
        formulas=HERE,
        formula=COCKTAIL,
        education=COCKTAIL,
        education_for=COCKTAIL,
        save_formulation=COCKTAIL,
        save_paper_name=COCKTAIL,
    ),
    **_walls_with_prefix("plans", plan_accept=PLAN, plan_stop=PLAN, plan_go_on=PLAN),
    **_walls_with_prefix(
        "billing",
        start=PATIENT,
        quote_draft=PLAN,
        plan_write_off=PLAN,
        charge=PATIENT,
        invoice=INVOICE,
        invoice_pdf=INVOICE,
        invoice_payment_add=INVOICE,
        invoice_refund=INVOICE,
        invoice_credit=INVOICE,
        invoice_write_off=INVOICE,
        credit_note_pdf=Behind(CreditNote, "clinic_id", "invoice__patient_id"),
        price_list_withdraw=Behind(PriceList, "clinic_id"),
        payment_add=PLAN,
        payment_refund=PLAN,
        payment_void=PAYMENT,
        quote_list=HERE,
        quote=QUOTE_TO_READ,
        quote_issue=QUOTE,
        quote_accept=QUOTE,
        quote_decline=QUOTE,
        quote_discount=QUOTE,
        quote_terms=QUOTE,
        quote_extra_add=QUOTE,
        quote_extra_remove=QUOTE,
        quote_option_add=QUOTE,
        quote_option_remove=QUOTE,
        quote_pdf=QUOTE_TO_READ,
        quote_send=QUOTE,
        link_revoke=Behind(QuoteLink, "quote__clinic_id", "quote__patient_id"),
        quote_open=BY_SECRET,
        receipt=PAYMENT,
        day_close=HERE,
        payment_book=HERE,
        coupon_list=HERE,
        coupon_retire=Behind(Coupon, "clinic_id"),
        plan_settings=HERE,
        price_list_list=HERE,
        price_list_new=HERE,
    ),
    **_walls_with_prefix(
        "schedule",
        stock_forecast=HERE,
        day=HERE,
        free=HERE,
        new=HERE,
        to_ring=HERE,
        to_book=HERE,
        book=ANY_PATIENT,
        book_course=PLAN,
        appointment=VISIT,
        move=VISIT,
        place=VISIT,
        rest=VISIT,
        check_in=VISIT,
        confirm=VISIT,
        arrive=VISIT,
        arrive_undo=VISIT,
        no_show=VISIT,
        finish=VISIT,
        cancel=VISIT,
        hours=HERE,
        room_add=HERE,
        room_set=ROOM,
        working_hours_add=HERE,
        working_hours_remove=Behind(WorkingHours, "clinic_id"),
        settings=HERE,
        break_add=HERE,
        break_remove=Behind(Break, "clinic_id"),
        holiday_add=HERE,
        holiday_remove=Behind(Holiday, "clinic_id"),
        equipment_set=ROOM,
        clinician_set=HERE,
        time_off_add=HERE,
        time_off_remove=Behind(TimeOff, "clinic_id"),
        reminders_set=HERE,
        calendars=HERE,
        feed_open=ONE_S_OWN,
        feed_revoke=ONE_S_OWN,
        busy_import=HERE,
        busy_forget=ONE_S_OWN,
        visit=BY_SECRET,
        feed=BY_SECRET,
    ),
    **_walls_with_prefix(
        "waiting",
        waiting=HERE,
        settings=HERE,
        entry_add=PATIENT,
        entry_leave=ENTRY,
        freed_time=FREED_TIME,
        offer_make=FREED_TIME,
        freed_time_dismiss=FREED_TIME,
        offer=OFFER,
        offer_decline=OFFER,
    ),
    **_walls_with_prefix(
        "sessions",
        start=VISIT,
        start_for_plan=PLAN,
        session=SESSION_TO_READ,
        keep=SESSION,
        scan=SESSION,
        safety=SESSION,
        relief=SESSION,
        amounts=SESSION_TO_READ,
        discard=SESSION,
        photographs=SESSION,
        lot_watch=SESSION,
        preparation=SESSION,
        blood_drawn=SESSION,
        tube_checked=BLOOD,
        blood_spun=BLOOD,
        blood_injected=BLOOD,
        blood_thrown_away=BLOOD,
        syringe_prepared=SYRINGE,
        syringe_checked=SYRINGE,
        syringe_sheet=SYRINGE,
        syringe_label=SYRINGE,
        sign=SESSION,
        addendum=SESSION,
        void=SESSION,
        pain=SESSION,
        reactions=SESSION,
        reaction_end=REACTION,
    ),
    **_walls_with_prefix(
        "followup",
        calls=HERE,
        check_in=CHECK_IN,
        check_in_not_reached=CHECK_IN,
        check_in_cancel=CHECK_IN,
        afterwards=SESSION_TO_READ,
        follow_ups=HERE,
        follow_up=FOLLOW_UP_TO_READ,
        follow_up_move=FOLLOW_UP,
        follow_up_quarantine=FOLLOW_UP,
        adverse_report_new=FOLLOW_UP,
        adverse_report=ADVERSE_REPORT,
        adverse_report_pdf=ADVERSE_REPORT,
        adverse_report_json=ADVERSE_REPORT,
    ),
    **_walls_with_prefix("response", review=PLAN, reviewed=REVIEW_TO_READ, letter=REVIEW_TO_READ),
    **_walls_with_prefix(
        "recalls",
        list=HERE,
        start=HERE,
        start_lot=LOT,
        case=RECALL,
        close=RECALL,
        reopen=RECALL,
        withdraw=RECALL,
        report=RECALL,
        contacts=RECALL,
        contacts_csv=RECALL,
        letters=RECALL,
        attempt=RECALL,
    ),
    **_walls_with_prefix("insights", insights=HERE, csv=HERE),
}

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
