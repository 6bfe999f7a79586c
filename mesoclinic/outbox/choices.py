"""What a patient wants to be written: messages of a kind stopped by the patient, begun again by the desk at the patient's word."""

from django.db import transaction
from django.utils import timezone

from mesoclinic.accounts.models import Clinic, User
from mesoclinic.core import audit
from mesoclinic.core.findings import raise_if_found
from mesoclinic.core.locking import lock_row
from mesoclinic.core.reasons import refuse_card_number
from mesoclinic.outbox.models import OptOut
from mesoclinic.outbox.queries import opt_outs_of
from mesoclinic.outbox.rules import Purpose, check_words_of_patient
from patients.models import Patient


@transaction.atomic
def stop_messages(*, patient: Patient, purpose: Purpose, clinic: Clinic) -> None:
    """No more messages of this kind, from any clinic. Said twice it is said once. ``clinic``: whose message it was said by."""
    patient = lock_row(Patient, patient.pk)
    if opt_outs_of(patient).standing().filter(purpose=purpose.value).exists():
        return
    opt_out = OptOut.objects.create(patient=patient, clinic=clinic, purpose=purpose.value)
    audit.record(by=None, did="messages.stopped", about=opt_out, patient_id=patient.pk, purpose=purpose.value)


@transaction.atomic
def begin_messages_again(*, patient: Patient, purpose: Purpose, words: str, by: User) -> None:
    """The patient has asked for them again: ``words`` say how. Asked twice it is noted once."""
    words = " ".join(words.split())
    raise_if_found(check_words_of_patient(words))
    refuse_card_number(words, "words")
    patient = lock_row(Patient, patient.pk)
    for opt_out in opt_outs_of(patient).standing().filter(purpose=purpose.value):
        opt_out.ended_at, opt_out.ended_by, opt_out.ended_words = timezone.now(), by, words[:300]
        opt_out.save(update_fields=["ended_at", "ended_by", "ended_words"])
        audit.record(
            by=by,
            did="messages.begun_again",
            about=opt_out,
            patient_id=opt_out.patient_id,
            purpose=purpose.value,
        )
