"""Whoever does something grave says again who they are."""

from django.http import HttpRequest

from mesoclinic.core.findings import PASSWORD_FIELD


def is_password_typed_again(request: HttpRequest) -> bool:
    """Whether the form that was sent holds this person's password."""
    typed = request.POST.get(PASSWORD_FIELD, "")
    return bool(typed) and request.user.check_password(typed)
