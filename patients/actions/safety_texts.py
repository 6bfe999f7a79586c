"""Sign that the safety texts of a language were read at a clinic and are right."""

from collections.abc import Sequence

from django.db import transaction

from mesoclinic.accounts.models import Clinic, User
from mesoclinic.accounts.permissions import Permission, refuse_unless_allowed
from mesoclinic.core import audit
from mesoclinic.core.findings import raise_if_found
from patients.models import SafetyTextReading
from patients.rules.safety_texts import SafetyText, SafetyTopic, check_texts_are_those_seen, version_of_texts


@transaction.atomic
def sign_safety_texts(
    *, clinic: Clinic, topic: SafetyTopic, language: str, texts: Sequence[SafetyText], seen: str, by: User
) -> SafetyTextReading:
    """``seen``: the version on the page that was read. Signed already, it stays with who signed first."""
    refuse_unless_allowed(by, Permission.READ_SAFETY_TEXTS)
    version = version_of_texts(texts)
    raise_if_found(check_texts_are_those_seen(seen, version))
    reading, is_new = SafetyTextReading.objects.get_or_create(
        clinic=clinic, topic=topic.value, language=language, version=version, defaults={"read_by": by}
    )
    if is_new:
        audit.record(
            by=by,
            did="safety_texts.read",
            about=reading,
            topic=topic.value,
            language=language,
            version=version,
        )
    return reading
