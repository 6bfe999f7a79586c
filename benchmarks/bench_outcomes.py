"""What the figures of 100,000 sessions cost: the page that reads them, and the tick that counts them.

    DATABASE_URL=… python -m benchmarks.bench_outcomes [--sessions 100000] [--rounds 7]

Processor time of Python and of the database's own process together, read from /proc: PostgreSQL must run on this machine.
Everything is made up in one transaction and rolled back. It fails where a page takes more than 500 ms.
"""

import argparse
import statistics
import sys
import time
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from benchmarks.bench_pages import processor_ms_of_python_and_postgres
from tests import factories
from treatments.conditions.models import KeptAs, MeasurementKind
from treatments.outcomes.actions.figures import refresh_outcomes
from treatments.outcomes.actions.sentinel import watch_lots
from treatments.outcomes.models import LotAlarm, OutcomeCell, SessionOutcome

_SESSIONS = (Path(__file__).parent / "outcome_sessions.sql").read_text(encoding="utf-8")

#: Lots of each product, over four years.
LOTS = 60

PAGE_MS = 500


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--sessions", type=int, default=100_000)
    asked.add_argument("--rounds", type=int, default=7)
    given = asked.parse_args()
    settings.ALLOWED_HOSTS = ["testserver"]
    with transaction.atomic():
        slow = report(given.sessions, given.rounds)
        transaction.set_rollback(True)
    sys.exit(slow > PAGE_MS)


def report(sessions: int, rounds: int) -> float:
    """Prints what each part took; the slowest page in ms."""
    clinic, performer = make_up_sessions(sessions)
    processor_ms = processor_ms_of_python_and_postgres()
    for name, do in (("count the groups", refresh_outcomes), ("watch the lots", watch_lots)):
        began, worked = time.perf_counter(), processor_ms()
        do()
        print(
            f"tick, {name}: {processor_ms() - worked:,.0f} ms, clock {1000 * (time.perf_counter() - began):,.0f} ms"
        )
    with connection.cursor() as cursor:
        cursor.execute(
            "ANALYZE outcomes_sessionoutcome, outcomes_outcomecell, outcomes_changecell, outcomes_lotsignal"
        )
    cells = OutcomeCell.objects.filter(clinic=clinic).count()
    counted, alarms = SessionOutcome.objects.count(), LotAlarm.objects.count()
    print(f"{counted:,} sessions, {cells:,} cells, {alarms} alarms")
    client = Client()
    client.force_login(performer, backend="django.contrib.auth.backends.ModelBackend")
    page, behind = reverse("outcomes:clinical"), reverse("outcomes:sessions")
    works = {
        "half a year": page,
        "all sessions": page + "?days=0&course=all",
        "all, reactions, women": page + "?days=0&course=all&moment=reaction&sex=female",
        "sessions behind a figure": behind + "?days=0&course=all&group=relief:ice",
    }
    return max(_page_ms(name, client, address, rounds, processor_ms) for name, address in works.items())


def _page_ms(name, client, address, rounds, processor_ms) -> float:
    took = []
    for _ in range(rounds + 1):
        worked = processor_ms()
        assert client.get(address).status_code == 200, address
        took.append(processor_ms() - worked)
    median = statistics.median(took[1:])
    print(f"page, {name}: {median:.0f} ms of {PAGE_MS}")
    return median


def make_up_sessions(sessions: int, clinic=None):
    """A clinic with so many sessions of a fifth as many people, and one who performed an eighth of them."""
    clinic = clinic or factories.ClinicFactory(name="Bench clinic")
    performers = [factories.ClinicianFactory(clinic=clinic) for _ in range(8)]
    by = performers[0]
    products = [
        factories.ProductFactory(name=name)
        for name in ("Dexpanthenol", "Biotin", "Minoxidil", "Zinc", "Caffeine")
    ]
    sets = ([0, 1], [0, 2], [1, 2, 3], [0, 1, 4], [2, 3], [0, 3, 4])
    versions = [
        factories.signed_cocktail(clinic=clinic, products=[products[n] for n in each], by=by) for each in sets
    ]
    plan = factories.make_plan(clinic=clinic, by=by)
    conditions = [
        factories.ConditionFactory(code=f"bench-{n}", name=name)
        for n, name in enumerate(("Female pattern", "Male pattern", "Telogen effluvium"))
    ]
    zones = [
        factories.ZoneFactory(code=code, name=name)
        for code, name in (("FRONTAL", "Frontal third"), ("VERTEX", "Vertex"))
    ]
    scale = factories.SeverityScaleFactory(
        code="BENCH_DENSITY", kind="number", minimum=0, maximum=600, unit="hairs/cm2"
    )
    MeasurementKind.objects.create(
        scale=scale, short_name="Density", kept_as=KeptAs.MEASURED, smallest_change=14
    )
    with connection.cursor() as cursor:
        cursor.execute(
            _SESSIONS,
            {
                "clinic": clinic.pk,
                "by": by.pk,
                "sessions": sessions,
                "conditions": [each.pk for each in conditions],
                "versions": [each.pk for each in versions],
                "protocol": plan.protocol_id,
                "performers": [each.pk for each in performers],
                "today": timezone.localdate(),
                "products": [each.pk for each in products],
                "lots": LOTS,
                "zones": [each.pk for each in zones],
                "effect": factories.AdverseEffectFactory(code="bench-lump", effect="Lump", lot_days=84).pk,
                "scale": scale.pk,
            },
        )
    return clinic, performers[1]


if __name__ == "__main__":
    main()
