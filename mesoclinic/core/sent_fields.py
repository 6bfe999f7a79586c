"""What a form sent, for a page that holds it and sends it again. What proves who somebody is is never carried back."""

from collections.abc import Collection, Iterable

from django.http import QueryDict

#: In the names of fields that prove who somebody is, and of the browser's own proof.
_SECRET_WORDS = ("password", "csrfmiddlewaretoken")

#: (name, value) of each field, in the order of the form.
Fields = list[tuple[str, str]]


def is_secret(name: str) -> bool:
    """Whether a field of this name is kept by nobody."""
    return any(word in name.lower() for word in _SECRET_WORDS)


def sent_fields_without_secrets(posted: QueryDict, *, without: Collection[str] = ()) -> Fields:
    """Every value that was sent, but secrets and the fields ``without``."""
    return [
        (name, value)
        for name, values in posted.lists()
        if name not in without and not is_secret(name)
        for value in values
    ]


def labelled_non_empty_fields(fields: Iterable[tuple[str, str]]) -> Fields:
    """(label, value) of each field that says something, for people to read."""
    return [
        (name.rpartition("-")[2].replace("_", " ").capitalize(), value) for name, value in fields if value
    ]
