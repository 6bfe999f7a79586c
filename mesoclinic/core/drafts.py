"""What is typed and not yet sent: kept on the server, private to its author, gone once sent."""

from typing import Any

from django.http import QueryDict
from django.utils import timezone

from mesoclinic.core.models import Draft

#: Not part of what somebody typed.
_OURS = {"csrfmiddlewaretoken", "once", "draft_kind", "draft_subject", "draft_url"}


def save_draft(
    *, owner: Any, kind: str, subject: str, url: str, posted: QueryDict
) -> Draft:
    """Keep ``posted`` as ``owner``'s draft of this form about this subject, in place of the one before."""
    fields = {name: posted.getlist(name) for name in posted if name not in _OURS}
    draft, _ = Draft.objects.update_or_create(
        owner=owner,
        kind=kind,
        subject=subject,
        defaults={"fields": fields, "url": url[:200], "saved_at": timezone.now()},
    )
    return draft


def draft_of(*, owner: Any, kind: str, subject: str) -> Draft | None:
    return Draft.objects.of(user=owner, kind=kind, subject=subject).first()


def as_posted(draft: Draft) -> QueryDict:
    """The draft as a form takes it, so that a page reopens as it was left."""
    data = QueryDict(mutable=True)
    for name, values in draft.fields.items():
        data.setlist(name, values)
    return data


def drop_draft(*, owner: Any, kind: str, subject: str) -> None:
    """The form was sent: nothing is left to keep."""
    Draft.objects.of(user=owner, kind=kind, subject=subject).delete()
