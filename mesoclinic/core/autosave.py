"""What is typed and not yet sent: kept on the server, private to its author, gone once sent."""

import json
import uuid

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import connection
from django.db.models import F
from django.http import QueryDict
from django.utils import timezone

from mesoclinic.core.models import Autosave

#: Not part of what somebody typed.
_OURS = {
    "csrfmiddlewaretoken",
    "once",
    "autosave_kind",
    "autosave_subject",
    "autosave_url",
    "autosave_seen",
    "autosave_key",
    "do",
    "password_again",
}


def save_autosave(
    *, owner: AbstractBaseUser, kind: str, subject: str, url: str, posted: QueryDict
) -> Autosave:
    """Keep ``posted`` as ``owner``'s autosave of this form about this subject, in place of the one before."""
    fields = {"fields": posted_fields_without_ours(posted), "url": url[:200], "saved_at": timezone.now()}
    autosave, is_new = Autosave.objects.update_or_create(
        owner_id=owner.pk,
        kind=kind,
        subject=subject,
        defaults={**fields, "revision": F("revision") + 1},
        create_defaults=fields,
    )
    if not is_new:
        autosave.refresh_from_db(fields=["revision"])
    return autosave


def posted_fields_without_ours(posted: QueryDict) -> dict[str, list[str]]:
    """What somebody typed: field name to values."""
    return {name: posted.getlist(name) for name in posted if name not in _OURS}


# One statement, because it runs every few seconds: the save, and whether another window saved in between.
_SAVE_IF_UNCHANGED = """
INSERT INTO core_autosave AS a (owner_id, kind, subject, fields, url, saved_at, revision, key)
VALUES (%(owner)s, %(kind)s, %(subject)s, %(fields)s, %(url)s, %(now)s, %(first)s, %(key)s)
ON CONFLICT (owner_id, kind, subject) DO UPDATE
   SET fields = EXCLUDED.fields, url = EXCLUDED.url, saved_at = EXCLUDED.saved_at, key = EXCLUDED.key,
       revision = a.revision + 1
 WHERE a.revision = %(seen)s OR a.key = EXCLUDED.key OR a.fields = EXCLUDED.fields
RETURNING revision
"""


def save_autosave_if_unchanged(
    *,
    owner: AbstractBaseUser,
    kind: str,
    subject: str,
    url: str,
    posted: QueryDict,
    seen: int,
    key: uuid.UUID | None,
) -> int | None:
    """Like :func:`save_autosave`, by somebody who last saw revision ``seen`` (0: none). The new revision.

    None, and nothing is written, where another window of the same person saved something else since. A save
    that is sent again with its ``key`` (its answer was lost) is the same save.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _SAVE_IF_UNCHANGED,
            {
                "owner": owner.pk,
                "kind": kind,
                "subject": subject,
                "fields": json.dumps(posted_fields_without_ours(posted)),
                "url": url[:200],
                "now": timezone.now(),
                # Never the number of an autosave that was there before and is gone.
                "first": 1 + uuid.uuid4().int % 1_000_000_000,
                "key": str(key) if key else None,
                "seen": seen,
            },
        )
        row = cursor.fetchone()
    return row[0] if row else None


def autosave_or_none(*, owner: AbstractBaseUser, kind: str, subject: str) -> Autosave | None:
    return Autosave.objects.of(user=owner, kind=kind, subject=subject).first()


def autosave_as_posted(autosave: Autosave) -> QueryDict:
    """The autosave as a form takes it, so that a page reopens as it was left."""
    data = QueryDict(mutable=True)
    for name, values in autosave.fields.items():
        data.setlist(name, values)
    return data


def delete_autosave(*, owner: AbstractBaseUser, kind: str, subject: str) -> None:
    """The form was sent: nothing is left to keep."""
    Autosave.objects.of(user=owner, kind=kind, subject=subject).delete()
