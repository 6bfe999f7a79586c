"""The photographs of a patient's page: the last pair of one view, one set alone, none, or no consent to any."""

from dataclasses import dataclass
from datetime import date

from treatments.conditions.queries.photographs import ThenAndNow, has_record_consent, then_and_now_by_view


@dataclass(frozen=True, slots=True)
class BeforeAndNow:
    """``first``: the view that is shown, a pair where there is one; None where no picture counts."""

    first: ThenAndNow | None
    paired: int = 0
    has_consent: bool = True

    @property
    def link_text(self) -> str:
        return "Compare" if self.paired == 1 else f"Compare all {self.paired} views"


def before_and_now_of_patient(patient_pk: int, started_on: date | None) -> BeforeAndNow:
    """What is shown of the pictures before the course and now. Two queries, one without a consent for the record."""
    if not has_record_consent(patient_pk):
        return BeforeAndNow(None, has_consent=False)
    views = then_and_now_by_view(patient_pk, started_on)
    return BeforeAndNow(views[0] if views else None, sum(each.now is not None for each in views))
