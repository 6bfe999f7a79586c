"""The request as a view of ours meets it, for its types."""

from django.http import HttpRequest

from mesoclinic.accounts.models import Clinic, User


class StaffRequest(HttpRequest):
    """A request of somebody who is signed in, at the clinic they work at (the middleware sets both)."""

    user: User
    clinic: Clinic
