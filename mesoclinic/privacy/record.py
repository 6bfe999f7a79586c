"""The whole record of a patient as files: the data, the papers, the photographs and who has looked."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from zipfile import ZIP_DEFLATED, ZipFile

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import BinaryField
from django.template.loader import render_to_string
from django.utils import timezone

from mesoclinic.accounts.models import Clinic, User
from mesoclinic.core.documents import render_pdf
from mesoclinic.core.models import AuditEvent
from mesoclinic.pages.access_log import events_about_patient, log_rows
from mesoclinic.pages.session_record import MAP, TEMPLATE, session_content, zone_map_context
from mesoclinic.privacy.tables import rows_of, tables_of_patients
from patients.models import Consent, Patient, records_of_person
from patients.queries import consent_pdf_data
from treatments.billing.models import Paper, QuoteDocument
from treatments.billing.queries.documents import content_as_pdf
from treatments.conditions.models import Photograph
from treatments.conditions.models.photographs import photograph_storage
from treatments.conditions.rules.photographs import PhotoStatus
from treatments.followup.models import CheckInPhotograph
from treatments.sessions.models import TreatmentSession
from treatments.sessions.queries.record import session_record

#: So many looks at most; the newest.
_MOST_LOOKS = 20_000

_READ_ME = """The whole record {number}, as it stood on {day}.

data.json       every row about you, table by table, as the clinic's software holds it
papers/         what was signed or printed: consents, sessions, quotes, invoices, receipts
photographs/    your photographs
who-looked.pdf  who at the clinic has opened your record, when and on which page

The clinic keeps treatment records as long as the law asks. Ask the clinic what it keeps and why.
"""


@dataclass(frozen=True)
class File:
    name: str
    content: bytes


def write_record(
    archive: ZipFile, patient: Patient, *, clinic: Clinic, by: User, now: datetime, folder: str = ""
) -> int:
    """Write all files of one record, and of those merged into it, below ``folder``; how many there are."""
    count = 0
    for file in files_of_record(patient, clinic=clinic, by=by, now=now):
        archive.writestr(f"{folder}{file.name}", file.content, ZIP_DEFLATED)
        count += 1
    return count


def files_of_record(patient: Patient, *, clinic: Clinic, by: User, now: datetime) -> Iterator[File]:
    records = list(records_of_person(patient.pk).values_list("pk", flat=True))
    day = timezone.localtime(now, clinic.zone).date()
    yield File("READ-ME.txt", _READ_ME.format(number=patient.record_number, day=day).encode())
    yield File("data.json", data_of_records(records))
    yield from _consents(records, clinic)
    yield from _sessions(records, by, now)
    yield from _money_papers(records)
    yield from _photographs(records)
    yield _who_looked(patient, records, clinic, now)


def data_of_records(records: list[int]) -> bytes:
    """Every row about these records as JSON, by table."""
    found = {}
    for label, _ in tables_of_patients():
        table = rows_of(label, records)
        # A picture in the database is a file of its own in the ZIP.
        names = [f.attname for f in table.model._meta.concrete_fields if not isinstance(f, BinaryField)]
        rows = list(table.values(*names))
        if rows:
            found[label] = rows
    return json.dumps(found, cls=DjangoJSONEncoder, ensure_ascii=False, indent=1).encode()


def _consents(records: list[int], clinic: Clinic) -> Iterator[File]:
    signed = Consent.objects.filter(patient__in=records).select_related(
        "patient", "text", "taken_by", "withdrawn_by"
    )
    for consent in signed.order_by("pk"):
        data = consent_pdf_data(consent.patient, consent.text, consent, clinic=clinic.name)
        on = timezone.localdate(consent.signed_at)
        yield File(f"papers/consent-{consent.pk}.pdf", render_pdf("patients/consent.typ", data, on=on))


def _sessions(records: list[int], by: User, now: datetime) -> Iterator[File]:
    signed = TreatmentSession.objects.filter(patient__in=records).exclude(status="draft").order_by("pk")
    for pk in signed.values_list("pk", flat=True):
        record = session_record(pk)
        content = asdict(session_content(record, by=by, now=now)) | {
            "map": render_to_string(MAP, zone_map_context(record))
        }
        yield File(
            f"papers/session-{record.code}.pdf", render_pdf(TEMPLATE, content, on=timezone.localdate(now))
        )


def _money_papers(records: list[int]) -> Iterator[File]:
    for label, model in (("quote", QuoteDocument), ("paper", Paper)):
        for paper in model._default_manager.filter(pk__in=rows_of(model._meta.label_lower, records)).order_by(
            "pk"
        ):
            yield File(f"papers/{label}-{paper.pk}.pdf", content_as_pdf(paper.content))


def _photographs(records: list[int]) -> Iterator[File]:
    storage = photograph_storage()
    ready = Photograph.objects.filter(photo_set__patient__in=records, status=PhotoStatus.READY).order_by("pk")
    for picture in ready:
        with storage.open(str(picture.master)) as master:
            yield File(f"photographs/{picture.taken_at:%Y-%m-%d}-{picture.pk}.jpg", master.read())
    sent = CheckInPhotograph.objects.filter(
        answer__check_in__treatment_session__patient__in=records
    ).select_related("answer")
    for sent_picture in sent.order_by("pk"):
        name = f"photographs/sent-{sent_picture.at:%Y-%m-%d}-{sent_picture.pk}.jpg"
        yield File(name, bytes(sent_picture.jpeg))


def _who_looked(patient: Patient, records: list[int], clinic: Clinic, now: datetime) -> File:
    events = [
        event
        for record in records
        for event in events_about_patient(AuditEvent.objects.select_related("by"), record).order_by("-pk")[
            :_MOST_LOOKS
        ]
    ]
    with timezone.override(clinic.zone):
        rows = [
            [f"{timezone.localtime(row.at):%Y-%m-%d %H:%M}", row.who, row.did, row.page]
            for row in log_rows(events)
        ]
        day = timezone.localdate(now)
    content = {
        "clinic": clinic.name,
        "country": clinic.country,
        "record": patient.record_number,
        "day": f"{day:%Y-%m-%d}",
        "zone": clinic.time_zone,
        "rows": rows,
    }
    return File("who-looked.pdf", render_pdf("mesoclinic/pages/access_report.typ", content, on=day))
