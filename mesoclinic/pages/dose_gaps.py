"""What has no dose limit on file, the most used first, and the way to a limit of the clinic's own. Reads across the apps."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from mesoclinic.accounts.permissions import Permission, requires_permission

_GAPS = (Path(__file__).parent / "sql" / "dose_gaps.sql").read_text(encoding="utf-8")

#: Beyond this a count says “99+”.
MOST_COUNTED = 100


@dataclass(frozen=True, slots=True)
class DoseGap:
    """An ingredient without a dose limit, and how much it is used."""

    code: str
    name: str
    reason: str
    source_keys: Sequence[str]
    products: str
    cocktails: str
    sessions: str

    @property
    def add_url(self) -> str:
        """Where the clinic adds a limit of its own."""
        return f"{reverse('catalogue:rule_add', args=['doses'])}?{urlencode({'of': self.code})}"


def dose_gaps() -> list[DoseGap]:
    """One query, the same however much is on file."""
    with connection.cursor() as cursor:
        cursor.execute(_GAPS, {"most": MOST_COUNTED})
        return [
            DoseGap(code, name, reason, keys, *map(_capped_count_text, counts))
            for code, name, reason, keys, *counts in cursor.fetchall()
        ]


def _capped_count_text(count: int) -> str:
    return str(count) if count < MOST_COUNTED else f"{MOST_COUNTED - 1}+"


@requires_permission(Permission.EDIT_CATALOGUE)
@require_safe
def dose_gap_page(request: HttpRequest) -> HttpResponse:
    return render(
        request,
        "mesoclinic/pages/dose_gaps.html",
        {"title": "No dose limit on file", "nav_on": "catalogue", "gaps": dose_gaps()},
    )
