"""Give and withdraw consent, and write the wordings it is given to."""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone

from mesoclinic.accounts.models import Clinic, User
from mesoclinic.accounts.permissions import Permission, refuse_unless_allowed
from mesoclinic.core import audit
from mesoclinic.core.findings import gate, raise_if_found
from mesoclinic.core.languages import language_name_or_code
from mesoclinic.core.locking import lock_row
from mesoclinic.core.reference import Loaded, Rows
from mesoclinic.core.signatures import Strokes
from patients.models import Consent, ConsentText, Patient
from patients.queries import consent_versions_read, version_of_consent
from patients.rules.consent import (
    Wording,
    check_consent_may_be_withdrawn,
    check_consent_signer_day_and_strokes,
    check_wording_may_be_signed,
    check_wording_title_body_and_day,
    check_wording_was_read,
)


@transaction.atomic
def give_consent(
    *,
    patient: Patient,
    text: ConsentText,
    method: str,
    signed_name: str,
    clinic: Clinic,
    by: User,
    strokes: Strokes | None = None,
    signed_at: datetime | None = None,
) -> Consent:
    """The patient agrees to ``text``: drawn here, by their typed name, or on paper that is kept in the file.

    ``strokes`` are those of a drawn signature (core/signatures.py). Valid for as many days as the clinic says. A wording that has been replaced cannot be signed here.
    """
    signed_at = signed_at or timezone.now()
    signed_name = " ".join(signed_name.split())
    drawn = method == Consent.Method.DRAWN
    raise_if_found(
        check_consent_signer_day_and_strokes(
            signed_name=signed_name,
            signed_at=signed_at,
            now=timezone.now(),
            is_drawn=drawn,
            has_strokes=bool(strokes),
        )
    )
    _refuse_unless_signable_here(text, clinic)
    consent = Consent.objects.create(
        patient=patient,
        kind=text.kind,
        text=text,
        method=method,
        signed_name=signed_name[:200],
        strokes=strokes if drawn else None,
        signed_at=signed_at,
        valid_until=timezone.localdate(signed_at) + timedelta(days=clinic.consent_valid_days),
        taken_by=by,
    )
    audit.record(
        by=by,
        did="consent.given",
        about=consent,
        patient_id=patient.pk,
        kind=text.kind,
        language=text.language,
        version=text.version,
        method=method,
    )
    return consent


def _refuse_unless_signable_here(text: ConsentText, clinic: Clinic) -> None:
    """A wording is signed from its day on, until a newer one is in force, where somebody at the clinic has read it."""
    today = timezone.localdate()
    newer = ConsentText.objects.filter(
        kind=text.kind, language=text.language, version__gt=text.version, in_force_from__lte=today
    )
    read = consent_versions_read(clinic)
    # One that nobody here has read yet replaces nothing here.
    is_replaced = any(version_of_consent(each) in read for each in newer)
    raise_if_found(
        check_wording_may_be_signed(in_force_from=text.in_force_from, is_replaced=is_replaced, today=today)
    )
    is_read = version_of_consent(text) in read
    raise_if_found(check_wording_was_read(is_read=is_read, language=language_name_or_code(text.language)))


@transaction.atomic
def withdraw_consent(*, consent: Consent, reason: str, by: User, at: datetime | None = None) -> Consent:
    """The patient takes it back; once, with the reason in their words."""
    consent = lock_row(Consent, consent.pk)
    reason = " ".join(reason.split())
    raise_if_found(check_consent_may_be_withdrawn(reason, is_withdrawn=consent.withdrawn_at is not None))
    consent.withdrawn_at = at or timezone.now()
    consent.withdrawn_by = by
    consent.withdrawn_reason = reason[:300]
    consent.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_reason"])
    audit.record(
        by=by, did="consent.withdrawn", about=consent, patient_id=consent.patient_id, kind=consent.kind
    )
    return consent


@transaction.atomic
def add_consent_text_version(
    *,
    kind: str,
    language: str,
    title: str,
    body: str,
    in_force_from: date,
    by: User,
    today: date | None = None,
) -> ConsentText:
    """The next version of a wording, signed from ``in_force_from`` on. The versions before it stay as they are."""
    refuse_unless_allowed(by, Permission.MANAGE_CLINIC, "Only an administrator words a consent. Ask one.")
    title, body = " ".join(title.split()), body.replace("\r\n", "\n").strip()
    today = today or timezone.localdate()
    last = (
        ConsentText.objects.select_for_update()
        .filter(kind=kind, language=language)
        .order_by("-version")
        .first()
    )
    before = Wording(last.title, last.body, last.in_force_from) if last else None
    gate(check_wording_title_body_and_day(Wording(title, body, in_force_from), last=before, today=today))
    text = ConsentText.objects.create(
        kind=kind,
        language=language,
        version=last.version + 1 if last else 1,
        title=title[:120],
        body=body,
        in_force_from=in_force_from,
        written_by=by,
    )
    audit.record(
        by=by, did="consent_text.written", about=text, kind=kind, language=language, version=text.version
    )
    return text


def load_consent_texts(rows: Rows) -> Loaded:
    """Keys: kind, language, version, title, body. A wording that is here stays: a new one is a new version.

    Where the clinic has written that version itself, its own stays."""
    here = {(text.kind, text.language, text.version): text for text in ConsentText.objects.all()}
    report = Loaded()
    for row in rows:
        at = (str(row["kind"]), str(row["language"]), int(str(row["version"])))
        title, body = str(row["title"]), str(row["body"])
        text = here.get(at)
        if text is None:
            ConsentText.objects.create(kind=at[0], language=at[1], version=at[2], title=title, body=body)
            report.created += 1
        elif (text.title, text.body) == (title, body):
            report.unchanged += 1
        elif text.written_by_id is not None:
            report.kept += 1  # the clinic's own wording
        else:
            raise ValueError(
                f"consent text {' '.join(map(str, at))} is in use in other words: give the new wording the next version"
            )
    return report
