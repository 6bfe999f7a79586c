"""No table that is about a patient is forgotten by a merge: its rows move, or they are read under both records."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings

from mesoclinic.merging import queries
from patients.models import Patient

#: Reads of what stays that mean one record, not the person: each with its reason.
OF_ONE_RECORD = {
    "mesoclinic/pages/inbox_money.py: Invoice": "what was charged today, to the record whose visit was today",
    "patients/queries.py: Intake": "versions of an intake are counted by record; pages read them by day",
    "patients/queries.py: ToldIntake": "what waits to be confirmed, of the record that the link was sent for",
    "mesoclinic/privacy/actions.py: PatientLink": "each of the person's records in turn",
    "treatments/schedule/actions/intake_links.py: PatientLink": "an earlier link of the record that is booked is taken back",
    "treatments/schedule/actions/patient_visits.py: PatientLink": "an earlier link of the record that is booked is taken back",
    "treatments/conditions/queries/hair_counts.py: Measurement": "a count is compared with the one before of the record whose picture it is",
    "treatments/conditions/actions/measurements.py: MeasurementSite": "a point takes the next letter of its record",
}
CODE = ("patients", "treatments", "mesoclinic")
#: Code that writes the demo's day, and the merge itself, which compares one record with the other.
LEFT_OUT = ("migrations", "demo", "merging")
READS = {"filter", "exclude", "get", "get_object_or_404", "aggregate"}


def test_every_table_about_a_patient_moves_or_stays():
    about = {
        relation.related_model._meta.label_lower
        for relation in Patient._meta.get_fields(include_hidden=True)
        if relation.auto_created and not relation.concrete
    }
    moving = {moving.rows.model._meta.label_lower for moving in queries.movable_rows(Patient(pk=0))}

    assert about == moving | queries.STAYING | queries.OF_RECORDS
    assert not moving & queries.STAYING
    assert not (moving | queries.STAYING) & queries.OF_RECORDS


def test_what_stays_is_read_under_both_records():
    """A read by ``patient=`` sees one record only: it names records_of, or stands above with its reason."""
    staying = {apps.get_model(label).__name__ for label in queries.STAYING}
    found = {
        f"{path.relative_to(settings.BASE_DIR)}: {model}"
        for path in _modules()
        for model in _models_read_by_one_record(ast.parse(path.read_text()))
        if model in staying
    }

    assert found == OF_ONE_RECORD.keys()


def _modules() -> Iterator[Path]:
    for top in CODE:
        for path in sorted((Path(settings.BASE_DIR) / top).rglob("*.py")):
            if not set(LEFT_OUT) & set(path.parts):
                yield path


def _models_read_by_one_record(tree: ast.AST) -> Iterator[str]:
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call) or _name(call.func) not in READS:
            continue
        if any(_is_one_record(word) for word in call.keywords):
            yield _model_read(call)


def _is_one_record(word: ast.keyword) -> bool:
    by_patient = word.arg in ("patient", "patient_id") or (word.arg or "").endswith(
        ("__patient", "__patient_id")
    )
    return by_patient and not (isinstance(word.value, ast.Constant) and word.value.value is None)


def _model_read(call: ast.Call) -> str:
    """The first name of ``Consent.objects.filter(…)``, or the first argument of get_object_or_404."""
    if _name(call.func) == "get_object_or_404":
        return _name(call.args[0])
    node: ast.expr = call.func
    while True:
        if isinstance(node, ast.Attribute):
            node = node.value
        elif isinstance(node, ast.Call):
            node = node.func
        else:
            return _name(node)


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


@pytest.mark.parametrize(
    ("code", "model"),
    [
        ("Consent.objects.filter(patient=pk)", "Consent"),
        ("Alert.objects.not_cleared().filter(patient_id=pk).order_by('pk')", "Alert"),
        ("get_object_or_404(RiskFactor, pk=1, patient_id=pk)", "RiskFactor"),
        ("Payment.objects.filter(plan__patient=pk)", "Payment"),
    ],
)
def test_a_read_by_one_record_is_noticed(code, model):
    assert list(_models_read_by_one_record(ast.parse(code))) == [model]
