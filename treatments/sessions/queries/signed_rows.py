"""What of a session was signed, row by row: what its hash is made of. One statement."""

from collections.abc import Mapping

from django.db.models import DecimalField, F, Field, Model, QuerySet, TextField, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, JSONObject

from treatments.conditions.models import Measurement
from treatments.sessions.models import (
    BloodIdentityCheck,
    BloodPreparation,
    ChecklistAnswer,
    Dose,
    Pain,
    PainRelief,
    Reaction,
    SessionMeasurement,
    Syringe,
    SyringeCheck,
    TreatmentSession,
    ZoneTreatment,
)
from treatments.sessions.rules.record_hash import sha256_of_signed_text, signed_record_text

#: The fields of each row, by the name of its part in the text. All of them are frozen by the signature.
SIGNED_FIELDS: Mapping[type[Model], tuple[str, tuple[str, ...]]] = {
    TreatmentSession: (
        "session",
        (
            "id",
            "clinic_id",
            "patient_id",
            "plan_id",
            "appointment_id",
            "number",
            "clinician_id",
            "room_id",
            "cocktail_version_id",
            "performed_on",
            "started_at",
            "performed_by_id",
            "technique",
            "needle",
            "since_last",
            "safety",
            "no_reactions",
            "note",
            "next_on",
            "acknowledged",
            "not_asked",
            "signed_at",
            "signed_by_id",
        ),
    ),
    ChecklistAnswer: ("check", ("id", "item_id", "by_id", "at")),
    Syringe: ("syringe", ("id", "label", "capacity_ml", "prepared_by_id", "prepared_at", "use_before")),
    SyringeCheck: ("syringe-check", ("id", "syringe_id", "checked_by_id", "at", "contents")),
    Dose: (
        "dose",
        (
            "id",
            "syringe_id",
            "product_id",
            "lot_id",
            "planned_ml",
            "ml",
            "wasted_ml",
            "lot_read",
            "already_given_at",
            "already_given_by_id",
            "movement_id",
            "waste_movement_id",
        ),
    ),
    ZoneTreatment: (
        "zone",
        ("id", "zone_id", "name", "outline", "points", "ml_per_point", "depth_mm", "spacing_cm", "area_cm2"),
    ),
    Pain: ("pain", ("id", "moment", "score")),
    PainRelief: (
        "relief",
        ("id", "method", "lidocaine_mg", "label", "already_given_at", "already_given_by_id"),
    ),
    Reaction: ("reaction", ("id", "effect_id", "grade", "zone_id", "note", "began_on", "ended_on")),
    Measurement: (
        "measurement",
        (
            "id",
            "scale_id",
            "zone_id",
            "site_id",
            "value",
            "method",
            "device",
            "field_cm2",
            "preparation",
            "counter_id",
            "measured_at",
            "measured_by_id",
        ),
    ),
    BloodPreparation: (
        "blood",
        (
            "id",
            "lot_id",
            "drawn_ml",
            "drawn_at",
            "drawn_by_id",
            "limit_minutes",
            "limit_source",
            "use_before",
            "spun_at",
            "spun_by_id",
            "spin_minutes",
            "spin_g",
            "spin_rpm",
            "obtained_ml",
            "injected_at",
            "injected_said_by_id",
            "late_reason",
            "rest_discarded_at",
            "rest_discarded_by_id",
            "rest_ml",
            "abandoned_at",
            "abandoned_by_id",
            "abandoned_reason",
        ),
    ),
    BloodIdentityCheck: ("blood-check", ("id", "preparation_id", "checked_by_id", "at", "record_number")),
}

#: Not in the text: what moves after the signature, counts saves of the draft, or says whose row it is.
LEFT_OUT: Mapping[type[Model], frozenset[str]] = {
    TreatmentSession: frozenset({"status", "revision", "saved_at"}),
    ChecklistAnswer: frozenset({"treatment_session_id"}),
    Syringe: frozenset({"treatment_session_id"}),
    SyringeCheck: frozenset(),
    Dose: frozenset({"treatment_session_id"}),
    ZoneTreatment: frozenset({"treatment_session_id"}),
    Pain: frozenset({"treatment_session_id", "added_at", "added_by_id", "told_on_day"}),
    PainRelief: frozenset({"treatment_session_id"}),
    Reaction: frozenset({"treatment_session_id", "occasion", "added_at", "added_by_id", "told_on_day"}),
    Measurement: frozenset({"patient_id", "assessment_id", "photograph_id"}),
    BloodPreparation: frozenset({"treatment_session_id", "patient_id"}),
    BloodIdentityCheck: frozenset(),
}


def signed_rows(session_pk: int) -> list[tuple[str, Mapping[str, object]]]:
    """Every row that was signed as (part, field to value). One statement."""
    mine = {"treatment_session": session_pk}
    rows: list[QuerySet[Model]] = [
        ChecklistAnswer.objects.filter(**mine),
        Syringe.objects.filter(**mine),
        SyringeCheck.objects.filter(syringe__treatment_session=session_pk),
        Dose.objects.filter(**mine),
        ZoneTreatment.objects.filter(**mine),
        Pain.objects.filter(**mine, added_at=None),
        PainRelief.objects.filter(**mine),
        Reaction.objects.filter(**mine, occasion=0),
        Measurement.objects.filter(
            pk__in=SessionMeasurement.objects.filter(treatment_session=session_pk).values("measurement")
        ),
        BloodPreparation.objects.filter(**mine),
        BloodIdentityCheck.objects.filter(preparation__treatment_session=session_pk),
    ]
    session = _parts_and_fields_queryset(TreatmentSession.objects.filter(pk=session_pk))
    return list(session.union(*(_parts_and_fields_queryset(each) for each in rows), all=True))


def signed_session_hash(session_pk: int) -> str:
    """The SHA-256 of a session as it was signed. One statement."""
    return sha256_of_signed_text(signed_record_text(signed_rows(session_pk)))


def _parts_and_fields_queryset(rows: QuerySet[Model]) -> QuerySet[Model, tuple[str, Mapping[str, object]]]:
    part, fields = SIGNED_FIELDS[rows.model]
    columns = {field.attname: field for field in rows.model._meta.concrete_fields}
    parts: QuerySet[Model, tuple[str, Mapping[str, object]]] = (
        rows.order_by()
        .annotate(
            part=Value(part, TextField()),
            row=JSONObject(**{name: _exact_value_expression(name, columns[name]) for name in fields}),
        )
        .values_list("part", "row")
    )
    return parts


def _exact_value_expression(name: str, column: "Field[object, object]") -> Combinable:
    """An amount as text: as a number of JSON it would be rounded."""
    return Cast(F(name), TextField()) if isinstance(column, DecimalField) else F(name)
