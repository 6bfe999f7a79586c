"""The messages of a clinic as pages show them."""

from django.db.models import QuerySet

from mesoclinic.accounts.models import Clinic
from mesoclinic.core.paging import Page, Place, page_of
from mesoclinic.outbox.models import Message
from mesoclinic.outbox.rules import NEEDS_SOMEBODY

MESSAGES_A_PAGE = 50


def _messages_of_clinic(clinic: Clinic | None) -> QuerySet[Message]:
    return Message.objects.filter(clinic=clinic).select_related("patient").order_by("-pk")


def messages_that_need_somebody(clinic: Clinic | None) -> list[Message]:
    """Those that did not go out, or may not have, the newest first: fifty of them."""
    return list(_messages_of_clinic(clinic).filter(status__in=[s.value for s in NEEDS_SOMEBODY])[:50])


def page_of_messages(clinic: Clinic | None, place: Place) -> Page[Message]:
    """The newest first. One query."""
    return page_of(_messages_of_clinic(clinic), ["pk"], place, size=MESSAGES_A_PAGE, newest=True)
