"""Which tables hold what of a patient, and how a row leads to its patient.

Every model that leads to a patient stands here or in ``NOT_ONE_PATIENTS``; the tests ask for a new one.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from django.apps import apps
from django.db.models import Model, QuerySet

from mesoclinic.privacy.rules import DataClass

#: Below a session and below a plan.
_S, _P = "treatment_session__patient", "plan__patient"

#: Label of the model: the class of its data, and the paths to its patient (any of them).
OF_PATIENTS: dict[str, tuple[DataClass, tuple[str, ...]]] = {
    "patients.patient": (DataClass.IDENTITY, ("pk",)),
    "patients.patientkey": (DataClass.IDENTITY, ("patient",)),
    "patients.patientidentifier": (DataClass.IDENTITY, ("patient",)),
    "patients.patientclinic": (DataClass.IDENTITY, ("patient",)),
    "patients.patientmerge": (DataClass.IDENTITY, ("kept", "merged")),
    "patients.mergedfield": (DataClass.IDENTITY, ("merge__kept", "merge__merged")),
    "patients.movedrow": (DataClass.IDENTITY, ("merge__kept", "merge__merged")),
    "patients.differentpeople": (DataClass.IDENTITY, ("first", "second")),
    "patients.breakglass": (DataClass.LOG, ("patient",)),
    "patients.restriction": (DataClass.LOG, ("patient",)),
    "patients.erasure": (DataClass.LOG, ("patient",)),
    "outbox.message": (DataClass.MESSAGE, ("patient",)),
    "outbox.linkmessage": (DataClass.MESSAGE, ("link__patient",)),
    "outbox.optout": (DataClass.MESSAGE, ("patient",)),
    "patients.patientlink": (DataClass.MESSAGE, ("patient",)),
    "followup.checkinlink": (DataClass.MESSAGE, (f"check_in__{_S}",)),
    "followup.aftercarelink": (DataClass.MESSAGE, (_S,)),
    "schedule.reminder": (DataClass.MESSAGE, ("message__patient",)),
    "billing.quotelink": (DataClass.MESSAGE, ("quote__patient",)),
    "waiting.waitinglistentry": (DataClass.CLINICAL, ("patient",)),
    "waiting.offer": (DataClass.CLINICAL, ("entry__patient",)),
    "schedule.appointment": (DataClass.CLINICAL, ("patient",)),
    "recalls.contactattempt": (DataClass.CLINICAL, ("patient",)),
    "billing.feewaiver": (DataClass.MONEY, ("patient",)),
    "billing.allowance": (DataClass.MONEY, (_P,)),
    "billing.quote": (DataClass.MONEY, ("patient",)),
    "billing.quoteoption": (DataClass.MONEY, ("quote__patient",)),
    "billing.quoteline": (DataClass.MONEY, ("option__quote__patient",)),
    "billing.quotedocument": (DataClass.MONEY, ("quote__patient",)),
    "billing.invoice": (DataClass.MONEY, ("patient",)),
    "billing.invoiceline": (DataClass.MONEY, ("invoice__patient",)),
    "billing.creditnote": (DataClass.MONEY, ("invoice__patient",)),
    "billing.creditnoteline": (DataClass.MONEY, ("invoice_line__invoice__patient",)),
    "billing.payment": (DataClass.MONEY, ("patient",)),
    "billing.paymentrequest": (DataClass.MONEY, ("patient",)),
    "billing.paymentnotice": (DataClass.MONEY, ("request__patient",)),
    "billing.receipt": (DataClass.MONEY, ("payment__patient",)),
    "billing.paper": (
        DataClass.MONEY,
        ("invoice__patient", "credit_note__invoice__patient", "receipt__payment__patient"),
    ),
    "conditions.photoset": (DataClass.PICTURE, ("patient",)),
    "conditions.photograph": (DataClass.PICTURE, ("photo_set__patient",)),
    "conditions.photolandmarks": (DataClass.PICTURE, ("photograph__photo_set__patient",)),
    "conditions.photorelease": (DataClass.PICTURE, ("photograph__photo_set__patient",)),
    "conditions.haircount": (DataClass.PICTURE, ("photograph__photo_set__patient",)),
    "conditions.phonepairing": (DataClass.PICTURE, ("photo_set__patient",)),
    "followup.checkinphotograph": (DataClass.PICTURE, (f"answer__check_in__{_S}",)),
    "response.blindscore": (
        DataClass.PICTURE,
        ("earlier__photo_set__patient", "later__photo_set__patient"),
    ),
    "conditions.skippedview": (DataClass.PICTURE, ("photo_set__patient",)),
    **{
        label: (DataClass.CLINICAL, tuple(paths))
        for label, *paths in (
            ("cocktails.cocktail", "patient"),
            ("cocktails.cocktailversion", "cocktail__patient"),
            ("cocktails.component", "version__cocktail__patient"),
            ("cocktails.cocktailoverride", "version__cocktail__patient"),
            ("conditions.assessment", "patient"),
            ("conditions.assessmentcondition", "assessment__patient"),
            ("conditions.assessmentzone", "assessment__patient"),
            ("conditions.laborder", "patient"),
            ("conditions.laborderdropped", "order__patient"),
            ("conditions.labresult", "patient"),
            ("conditions.measurement", "patient"),
            ("conditions.measurementsite", "patient"),
            ("followup.adversereport", f"follow_up__{_S}"),
            ("followup.adversereportsubmission", f"report__follow_up__{_S}"),
            ("followup.checkin", _S),
            ("followup.checkinanswer", f"check_in__{_S}"),
            ("outcomes.sessionoutcome", _S),
            ("outcomes.sidecomparison", "patient"),
            ("followup.followup", _S),
            ("followup.followupnote", f"follow_up__{_S}"),
            ("patients.alert", "patient"),
            ("patients.alertagreement", "alert__patient"),
            ("patients.alertclearing", "alert__patient"),
            ("patients.alertclearinganswer", "clearing__alert__patient"),
            ("patients.consent", "patient"),
            ("patients.exposure", "patient"),
            ("patients.intake", "patient"),
            ("patients.riskfactor", "patient"),
            ("patients.safetyanswer", "patient"),
            ("patients.toldintake", "patient"),
            ("patients.toldpart", "told__patient"),
            ("plans.coursesession", _P),
            ("plans.treatmentplan", "patient"),
            ("response.review", _P),
            ("treatment_sessions.addendum", _S),
            ("treatment_sessions.bloodidentitycheck", "preparation__patient"),
            ("treatment_sessions.bloodpreparation", "patient"),
            ("treatment_sessions.checklistanswer", _S),
            ("treatment_sessions.discardedsession", "patient"),
            ("treatment_sessions.dose", _S),
            ("treatment_sessions.pain", _S),
            ("treatment_sessions.painrelief", _S),
            ("treatment_sessions.reaction", _S),
            ("treatment_sessions.reactionend", f"reaction__{_S}"),
            ("treatment_sessions.sessionmeasurement", _S),
            ("treatment_sessions.sessionphotoset", _S),
            ("treatment_sessions.syringe", _S),
            ("treatment_sessions.syringecheck", f"syringe__{_S}"),
            ("treatment_sessions.treatmentsession", "patient"),
            ("treatment_sessions.zonetreatment", _S),
        )
    },
}

#: They lead to a patient and are no one patient's: the clinic's books, and a time that came free.
NOT_ONE_PATIENTS = {"billing.dayclose", "schedule.freedtime"}

#: Of our other models, the class by app; by label where one differs.
_BY_APP = {"accounts": DataClass.STAFF, "operations": DataClass.TECHNICAL}
_BY_LABEL = {
    "core.auditevent": DataClass.LOG,
    "core.auditseal": DataClass.LOG,
    "core.audithead": DataClass.LOG,
    "core.autosave": DataClass.DRAFT,
    "core.idempotencykey": DataClass.TECHNICAL,
    "core.minutecount": DataClass.TECHNICAL,
    "core.tickrun": DataClass.TECHNICAL,
    "accounts.clinic": DataClass.REFERENCE,
}


@dataclass(frozen=True)
class Table:
    model: type[Model]
    data_class: DataClass

    @property
    def label(self) -> str:
        return self.model._meta.label_lower

    @property
    def fields(self) -> list[str]:
        return [str(field.verbose_name) for field in self.model._meta.concrete_fields]


def class_of(model: type[Model]) -> DataClass:
    label = model._meta.label_lower
    if label in OF_PATIENTS:
        return OF_PATIENTS[label][0]
    return _BY_LABEL.get(label) or _BY_APP.get(model._meta.app_label, DataClass.REFERENCE)


def own_tables() -> list[Table]:
    """Every table of this product, by class and name."""
    packages = ("mesoclinic.", "patients.", "treatments.")
    models = [
        model
        for model in apps.get_models(include_auto_created=True)
        if f"{model.__module__}.".startswith(packages)
    ]
    order = list(DataClass)
    tables = [Table(model, class_of(model)) for model in models]
    return sorted(tables, key=lambda table: (order.index(table.data_class), table.label))


def rows_of(label: str, records: Collection[int]) -> QuerySet[Model]:
    """The rows of one of ``OF_PATIENTS`` that are about these records."""
    model = apps.get_model(label)
    # Asked for by number: more than one path may lead to a row. Each path is asked by itself, so that each finds its index.
    first, *others = (
        model._base_manager.filter(**{f"{path}__in": records}).order_by().values("pk")
        for path in OF_PATIENTS[label][1]
    )
    return model._base_manager.filter(pk__in=first.union(*others) if others else first).order_by("pk")


def tables_of_patients() -> Iterator[tuple[str, DataClass]]:
    for label, (data_class, _) in OF_PATIENTS.items():
        yield label, data_class
