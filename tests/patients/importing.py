"""Reading and importing files in tests."""

import io
from datetime import date

from django.core.management import call_command

from mesoclinic.core.models import AuditEvent
from patients.actions.imports import import_people
from patients.files.upload import parse_file
from patients.models import Patient, PatientIdentifier, RiskFactor

TODAY = date(2026, 11, 23)


def run(command, *files, **options):
    out, err = io.StringIO(), io.StringIO()
    call_command(command, *map(str, files), stdout=out, stderr=err, **options)
    return out.getvalue() + err.getvalue()


def written():
    return (
        Patient.objects.count(),
        PatientIdentifier.objects.count(),
        RiskFactor.objects.count(),
        AuditEvent.objects.count(),
    )


def read(name, data):
    """What ``data`` (text or bytes) holds; the wrong ones as text."""
    data = data.encode() if isinstance(data, str) else data
    reading = parse_file(name, data).read_people(TODAY)
    return reading.people, [str(wrong) for wrong in reading.wrong], reading.notes


def bring(admin, *files, **options):
    """Import files given as (name, text)."""
    readings = [parse_file(name, text.encode()).read_people(TODAY) for name, text in files]
    return import_people(
        people=[person for one in readings for person in one.people],
        wrong=[wrong for one in readings for wrong in one.wrong],
        by=admin,
        **options,
    )
