"""Whoever does something grave says again who they are; wrong tries are counted with those of the sign-in."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from mesoclinic.accounts.requests import StaffRequest
from mesoclinic.accounts.sign_in_tries import count_try, counters_of_try, give_back_try
from mesoclinic.core.findings import PASSWORD_CODE, PASSWORD_FIELD, Finding

#: Said where the tries are used up (mesoclinic.accounts.sign_in_tries).
LOCKED = (
    "Too many wrong passwords: none is taken here for 15 minutes, unless an admin lifts that sooner. "
    "You stay signed in, and what you typed stays in its fields."
)
WRONG = "This is not it: type your password again. What you typed elsewhere stays in its fields."


@dataclass(frozen=True, slots=True)
class PasswordAgain:
    """The answer to a password typed a second time. ``message``: why it does not count; empty where none was typed."""

    is_right: bool = False
    message: str = ""

    def explain(self, findings: Iterable[Finding]) -> list[Finding]:
        """The findings of a refusal; the one that asks for the password says why the one typed does not count."""
        return [
            replace(each, message=self.message) if self.message and each.code == PASSWORD_CODE else each
            for each in findings
        ]


def password_typed_again(request: StaffRequest) -> PasswordAgain:
    """Whether the form that was sent holds this person's password.

    A wrong one counts as a wrong sign-in of this person from here, a right one ends the count. Nobody is signed out
    by it.
    """
    typed = request.POST.get(PASSWORD_FIELD, "")
    if not typed:
        return PasswordAgain()
    counters = counters_of_try(request, request.user.get_username())
    if not count_try(counters):
        return PasswordAgain(message=LOCKED)
    if not request.user.check_password(typed):
        return PasswordAgain(message=WRONG)
    give_back_try(counters)
    return PasswordAgain(is_right=True)
