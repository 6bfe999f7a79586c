"""What no one has to remember: private pages, named permissions, classed models, whole templates."""

import re
import uuid

import pgtrigger
import pytest
from django.apps import apps
from django.conf import settings
from django.template.loader import get_template
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.urls.exceptions import NoReverseMatch

from mesoclinic.accounts.permissions import ROLES, Permission, Role
from tests import factories

OURS = ("mesoclinic", "patients", "treatments")
# allauth's own pages: it guards them itself, and only these are open to strangers.
PUBLIC_ALLAUTH_PAGES = {
    "account_login",
    "account_logout",
    "account_signup",
    "account_inactive",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
    "account_confirm_email",
    "account_email_verification_sent",
    "account_confirm_login_code",
    "account_request_login_code",
    "mfa_authenticate",
}


#: Ours, for people who never sign in; everything else asks to. Each is found only by an address that cannot be guessed, counts who asks
#: (mesoclinic/core/public_pages.py), and says nothing beyond what its docstring names.
PUBLIC = {
    "schedule:visit",  # a patient's own visit, by the signed link in a reminder: its time and the clinic's name
    "schedule:visit_time",  # other free times for it
    "schedule:visit_ics",  # its time for a calendar
    "patient_link",  # a patient's page by a signed link: a gate first, then the page (mesoclinic/pages/patient_links.py)
    "patient_link_part",  # what stands under it: a paper
    "message_choices",  # what a patient wants to be written, by the link in a message: it shows nothing on record
    "billing:made_up_checkout",  # the page of a made-up payment service, in a demo alone
    "schedule:feed",  # a clinician's calendar, by the secret address they gave their phone
    "conditions:phone",  # a phone that is the camera of a set for minutes: it sends pictures and is shown none
}

#: Told by providers, who sign what they tell: a request that is not signed is refused before anything is read.
SIGNED_BY_PROVIDERS = {
    "outbox:report_twilio",  # what became of a text message
    "outbox:report_vonage",
    "billing:payment_told",  # that a deposit was paid by link
}


def patterns(resolver=None, prefix=""):
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            namespace = f"{prefix}{entry.namespace}:" if entry.namespace else prefix
            yield from patterns(entry, namespace)
        elif isinstance(entry, URLPattern):
            yield f"{prefix}{entry.name}", entry


def is_ours(view) -> bool:
    return view.__module__.split(".")[0] in OURS


PAGES = list(patterns())
ALL_OUR_PAGES = [(name, pattern) for name, pattern in PAGES if is_ours(pattern.callback)]
OUR_PAGES = [(name, pattern) for name, pattern in ALL_OUR_PAGES if name not in PUBLIC | SIGNED_BY_PROVIDERS]


def address(name: str, pattern: URLPattern) -> str:
    """The page's address for rows that do not exist."""
    made_up = {"str": "nothing", "slug": "nothing", "int": 987_654_321, "uuid": uuid.UUID(int=0)}
    kwargs = {
        key: made_up[re.sub("Converter$", "", type(converter).__name__).lower().replace("string", "str")]
        for key, converter in pattern.pattern.converters.items()
    }
    return reverse(name, kwargs=kwargs)


def test_there_are_pages_to_walk():
    assert len(OUR_PAGES) > 30


def test_only_the_pages_named_here_open_without_signing_in():
    opened = {
        name for name, pattern in ALL_OUR_PAGES if not getattr(pattern.callback, "login_required", True)
    }

    assert opened == PUBLIC | SIGNED_BY_PROVIDERS


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_a_public_page_answers_404_for_what_is_not_there(name):
    pattern = dict(ALL_OUR_PAGES)[name]

    answers = [getattr(Client(), method)(address(name, pattern)) for method in ("get", "post")]

    assert answers[0].status_code == 404
    assert answers[1].status_code in (404, 405)
    # The address is the key: it goes to nobody else, and no search engine keeps it.
    assert answers[0]["Referrer-Policy"] == "no-referrer"
    assert "noindex" in answers[0]["X-Robots-Tag"]


@pytest.mark.fault("F38")
@pytest.mark.parametrize(("name", "pattern"), OUR_PAGES, ids=[name for name, _ in OUR_PAGES])
def test_every_page_of_ours_names_a_permission(name, pattern):
    assert isinstance(getattr(pattern.callback, "permission", None), Permission), (
        f"{name}: decorate the view with @requires_permission(Permission.…)"
    )


@pytest.mark.fault("F38")
@pytest.mark.django_db
@pytest.mark.parametrize(("name", "pattern"), OUR_PAGES, ids=[name for name, _ in OUR_PAGES])
def test_every_page_asks_a_stranger_to_sign_in(name, pattern):
    url = address(name, pattern)

    for method in ("get", "post"):
        response = getattr(Client(), method)(url)

        assert response.status_code == 302
        assert response["Location"].startswith(reverse("account_login"))


@pytest.mark.django_db
def test_pages_that_are_not_ours_ask_a_stranger_to_sign_in_too():
    asked = []
    for name, pattern in PAGES:
        if is_ours(pattern.callback) or name in PUBLIC_ALLAUTH_PAGES or pattern.pattern.converters:
            continue
        try:
            url = reverse(name)
        except NoReverseMatch:  # its row is named by the address it is included at
            url = reverse(name, kwargs={"pk": 987_654_321})
        response = Client().get(url)
        asked.append(name)
        assert response.status_code in (302, 405), name
        if response.status_code == 302:
            assert "login" in response["Location"], name
    assert asked


def test_nobody_without_a_role_may_do_anything():
    assert factories.UserFactory.build(clinic=None, roles=[]).permissions == frozenset()


def test_a_cosmetologist_can_neither_prescribe_nor_sign_nor_sell():
    held = ROLES[Role.COSMETOLOGIST].permissions

    assert held == {
        Permission.SEE_TODAY,
        Permission.SEE_CATALOGUE,
        Permission.SEE_COCKTAILS,
        Permission.SEE_OWN_ACCOUNT,
    }


def test_front_desk_and_admin_see_nothing_clinical():
    clinical = {Permission.SEE_CLINICAL, Permission.TAKE_INTAKE, Permission.ASSESS, Permission.RUN_SESSION}

    assert not clinical & ROLES[Role.FRONT_DESK].permissions
    assert not (clinical | {Permission.SEE_PATIENT}) & ROLES[Role.ADMIN].permissions


# --- templates ---------------------------------------------------------------

TEMPLATES = sorted((settings.BASE_DIR / "templates").rglob("*.html"))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: str(p.relative_to(settings.BASE_DIR)))
def test_every_template_compiles(path):
    get_template(str(path.relative_to(settings.BASE_DIR / "templates")))


@pytest.mark.fault("F43")
@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: str(p.relative_to(settings.BASE_DIR)))
def test_no_template_writes_script_or_style_inline(path):
    text = path.read_text(encoding="utf-8")

    # What is only data runs nothing: allauth's pages read their settings from it.
    run = re.sub(r'<script [^>]*type="application/json">', "", text)
    assert not re.search(r"<script(?![^>]*\bsrc=)|\sstyle=|<style|\son[a-z]+=|hx-on", run)


#: The signed address of the page is its key; a cookie would add nothing (treatments/schedule/views/visit_links.py).
WITHOUT_TOKEN = {
    "treatments/schedule/visit_link.html",
    "treatments/schedule/visit_link_times.html",
    "treatments/conditions/phone.html",
    "mesoclinic/outbox/choices.html",
    "treatments/billing/made_up_checkout.html",  # another house's page, in a demo alone
}


@pytest.mark.fault("F40")
@pytest.mark.parametrize(
    "path",
    [p for p in TEMPLATES if str(p).split("templates/", 1)[1] not in WITHOUT_TOKEN],
    ids=lambda p: str(p.relative_to(settings.BASE_DIR)),
)
def test_every_post_form_carries_a_token(path):
    text = path.read_text(encoding="utf-8")
    for form in re.findall(r"<form[^>]*method=[\"']post[\"'].*?</form>", text, re.S | re.I):
        brings_it = "csrf_token" in form or "parts/_form.html" in form
        assert brings_it, f"{path.name}: {form[:80]}"


# --- models ------------------------------------------------------------------

#: A new model stands in one of these, so that somebody has thought about it.
FROZEN = {
    "core.AuditEvent",
    "core.AuditSeal",
    "core.AuditHead",
    "patients.Intake",
    "patients.RiskFactor",
    "patients.SafetyAnswer",
    "patients.Exposure",
    "patients.Consent",
    "patients.ConsentText",
    "conditions.Assessment",
    "conditions.AssessmentZone",
    "conditions.AssessmentCondition",
    "conditions.LabOrder",
    "conditions.LabOrderDropped",
    "conditions.LabResult",
    "conditions.Measurement",
    "conditions.HairCount",
    "conditions.PhonePairing",
    "conditions.Photograph",
    "conditions.PhotoLandmarks",
    "conditions.PhotoRelease",
    "conditions.PhotoSet",
    "conditions.SkippedView",
    "stock.StockMovement",
    "stock.OpenedVial",
    "stock.VialDraw",
    "stock.Certificate",
    "stock.Stocktake",
    "stock.StocktakeLine",
    "catalogue.RowVersion",
    "catalogue.PlannedChange",
    "cocktails.CocktailVersion",
    "cocktails.Component",
    "cocktails.CocktailOverride",
    "billing.Quote",
    "billing.QuoteDocument",
    "billing.Receipt",
    "billing.DayClose",
    "billing.DayCount",
    "billing.QuoteOption",
    "billing.QuoteLine",
    "billing.Payment",
    "billing.PaymentNotice",
    "billing.PaymentRequest",
    "billing.FeeWaiver",
    "billing.Invoice",
    "billing.InvoiceLine",
    "billing.CreditNote",
    "billing.CreditNoteLine",
    "billing.Allowance",
    "billing.Paper",
    "treatment_sessions.TreatmentSession",
    "treatment_sessions.ChecklistAnswer",
    "treatment_sessions.Syringe",
    "treatment_sessions.Dose",
    "treatment_sessions.ZoneTreatment",
    "treatment_sessions.Pain",
    "treatment_sessions.Reaction",
    "treatment_sessions.Addendum",
    "treatment_sessions.SessionMeasurement",
    "treatment_sessions.SessionPhotoSet",
    "treatment_sessions.DiscardedSession",
    "treatment_sessions.SyringeCheck",
    "treatment_sessions.BloodIdentityCheck",
    "treatment_sessions.PainRelief",
    "treatment_sessions.ReactionEnd",
    "followup.CheckIn",
    "followup.CheckInAnswer",
    "followup.CheckInPhotograph",
    "followup.FollowUp",
    "followup.FollowUpNote",
    "followup.AdverseReport",
    "followup.AdverseReportSubmission",
}
FROZEN |= {
    "patients.PatientMerge",
    "patients.MergedField",
    "patients.MovedRow",
    "patients.DifferentPeople",
    "patients.BreakGlass",
    "patients.Erasure",
    "patients.Restriction",
    "patients.PatientClinic",
    "patients.PatientLink",
    "patients.SafetyTextReading",
    "outbox.MessageText",
    "outbox.OptOut",
    "patients.ToldIntake",
    "patients.ToldPart",
    "patients.Alert",
    "patients.AlertAgreement",
    "patients.AlertClearing",
    "patients.AlertClearingAnswer",
    "stock.LotHold",
    "inbox.InboxMark",
    "conditions.MeasurementSite",
    "response.BlindScore",
    "response.Review",
    "outcomes.LotAlarm",
    "outcomes.SideComparison",
    "recalls.RecallCase",
    "recalls.RecallLot",
    "recalls.ContactAttempt",
}
KEPT = {
    "patients.Patient",
    "stock.Lot",
    "catalogue.Ingredient",
    "catalogue.DoseLimit",
    "catalogue.VolumeLimit",
    "catalogue.BloodLimit",
    "catalogue.OtherTreatment",
    "catalogue.DoseCoverage",
    "catalogue.SubstanceIdentity",
    "catalogue.Interaction",
    "catalogue.Interval",
    "catalogue.Contraindication",
    "catalogue.Product",
    "catalogue.Indication",
    "treatment_sessions.BloodPreparation",  # nothing of it changes once its session is signed
}
MUTABLE = {
    "core.IdempotencyKey",
    "core.Autosave",
    "core.PreparedFile",
    "core.PreparedPart",
    "core.Source",
    "core.TickRun",
    "operations.BackupRun",
    "operations.ExportRun",
    "operations.Trouble",
    "accounts.Clinic",
    "accounts.Membership",
    "accounts.User",
    "accounts.SignIn",
    "patients.PatientKey",
    "patients.PatientIdentifier",
    "patients.AlertType",
    "patients.AlertTypeFactor",
    "patients.AlertTypeField",
    "patients.Factor",
    "patients.FactorTerm",
    "patients.IntakeQuestion",
    "conditions.Condition",
    "conditions.ConditionScale",
    "conditions.LabTest",
    "conditions.MeasurementKind",
    "conditions.PhotoView",
    "conditions.SeverityScale",
    "conditions.ScaleLevel",
    "conditions.Zone",
    "catalogue.ProductContent",
    "catalogue.Gtin",
    "catalogue.RequiredAnswer",
    "cocktails.Cocktail",
    "plans.Protocol",
    "plans.TreatmentPlan",
    "plans.CourseSession",
    "outcomes.ChangeCell",
    "outcomes.LotSignal",
    "outcomes.OutcomeCell",
    "outcomes.SessionOutcome",
    "outcomes.SplitScalpSettings",
    "response.CohortCell",
    "response.ReviewRule",
    "billing.PriceList",
    "billing.Price",
    "billing.QuoteNumber",
    "billing.Coupon",
    "billing.PlanSettings",
    "billing.QuoteLink",
    "schedule.Room",
    "schedule.WorkingHours",
    "schedule.TimeOff",
    "schedule.Appointment",
    "waiting.WaitingListEntry",
    "schedule.FreedTime",
    "waiting.Offer",
    "outbox.Message",
    "followup.CheckInLink",
    "followup.CheckInSettings",
    "outbox.LinkMessage",
    "followup.AftercareLink",
    "outbox.OutboxSettings",
    "waiting.WaitingSettings",
    "schedule.Reminder",
    "schedule.CalendarFeed",
    "core.MinuteCount",
    "schedule.BookingSettings",
    "schedule.Break",
    "schedule.Holiday",
    "treatment_sessions.ChecklistItem",
    "treatment_sessions.AdverseEffect",
}


def our_models():
    return [
        model
        for model in apps.get_models()
        if model.__module__.split(".")[0] in OURS
        and not model._meta.auto_created
        and not model._meta.proxy  # its table is another model's
    ]


def test_every_model_is_classed_as_frozen_kept_or_mutable():
    assert {model._meta.label for model in our_models()} == FROZEN | KEPT | MUTABLE


@pytest.mark.parametrize("label", sorted(FROZEN))
def test_a_frozen_model_is_frozen_by_a_trigger(label):
    names = {trigger.name for trigger in apps.get_model(label)._meta.triggers}

    assert names & {"append_only", "frozen", "part_of_frozen"}


@pytest.mark.parametrize("label", sorted(KEPT))
def test_a_kept_model_refuses_to_be_deleted_by_a_trigger(label):
    operations = {
        str(trigger.operation).upper()
        for trigger in apps.get_model(label)._meta.triggers
        if trigger.when == pgtrigger.Before
    }

    assert any("DELETE" in operation for operation in operations)


@pytest.mark.parametrize("model", our_models(), ids=lambda m: m._meta.label)
def test_nothing_clinical_disappears_with_what_it_belongs_to(model):
    """Rows go with their parent only where the parent itself is a draft (or not clinical at all)."""
    may_cascade = {
        "core.IdempotencyKey",
        "core.Autosave",
        "core.PreparedFile",
        "core.PreparedPart",
        "patients.PatientKey",
        "conditions.ConditionScale",
        "catalogue.ProductContent",
        "cocktails.Component",
        "billing.QuoteOption",
        "billing.QuoteLine",
        "treatment_sessions.ChecklistAnswer",
        "treatment_sessions.Syringe",
        "treatment_sessions.Dose",
        "treatment_sessions.ZoneTreatment",
        "treatment_sessions.Pain",
        "treatment_sessions.Reaction",
        "treatment_sessions.SyringeCheck",
        "treatment_sessions.PainRelief",
        "treatment_sessions.SessionMeasurement",
        "treatment_sessions.SessionPhotoSet",
        "outcomes.ChangeCell",
        "outcomes.LotSignal",
        "outcomes.OutcomeCell",
        "outcomes.SessionOutcome",
    }
    cascades = [
        field.name
        for field in model._meta.get_fields()
        if getattr(getattr(field, "remote_field", None), "on_delete", None)
        and field.concrete
        and field.remote_field.on_delete.__name__ == "CASCADE"
    ]

    assert not cascades or model._meta.label in may_cascade
