"""The server is killed while sessions are signed: afterwards every signature has its stock, and none has it twice."""

import http.client
import os
import queue
import random
import signal
import socket
import subprocess
import sys
import threading
import uuid
from decimal import Decimal
from urllib.parse import urlencode, urlsplit

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count
from django.utils import timezone

from tests import factories
from tests.conftest import signed_in
from tests.treatments.sessions.conftest import ASKED
from tests.waiting import PATIENCE_S, until
from treatments.followup.actions import sync_check_ins_and_follow_ups
from treatments.followup.models import CheckIn
from treatments.plans.models import CourseSession, TreatmentPlan
from treatments.sessions.models import ChecklistAnswer, Dose, Pain, Syringe, TreatmentSession, ZoneTreatment
from treatments.stock.models import StockMovement

D = Decimal

PEOPLE = 4  # at browsers of their own, all the time in the middle of signing
SEED = 6

# What must be so at any moment, asked without any of our code. Each lists what is wrong.
_WRONG = {
    "signed without its stock": """
        SELECT s.id FROM treatment_sessions_treatmentsession s
          JOIN treatment_sessions_dose d ON d.treatment_session_id = s.id
          LEFT JOIN stock_stockmovement m ON m.id = d.movement_id AND m.kind = 'use' AND m.lot_id = d.lot_id
          LEFT JOIN stock_stockmovement w ON w.id = d.waste_movement_id AND w.kind = 'waste' AND w.lot_id = d.lot_id
         WHERE s.status <> 'draft' AND (m.id IS NULL OR m.ml + coalesce(w.ml, 0) <> -d.ml)""",
    "stock taken and not signed": """
        SELECT d.id FROM treatment_sessions_dose d
          JOIN treatment_sessions_treatmentsession s ON s.id = d.treatment_session_id
         WHERE s.status = 'draft' AND (d.movement_id IS NOT NULL OR d.waste_movement_id IS NOT NULL)""",
    "taken for nobody, or twice": """
        SELECT m.id FROM stock_stockmovement m LEFT JOIN treatment_sessions_dose d ON m.id IN (d.movement_id, d.waste_movement_id)
         WHERE m.kind IN ('use', 'waste') GROUP BY m.id HAVING count(d.id) <> 1""",
    "a shelf that is not the sum of its ledger": """
        SELECT l.id FROM stock_lot l
         WHERE l.on_hand_ml <> (SELECT coalesce(sum(m.ml), 0) FROM stock_stockmovement m WHERE m.lot_id = l.id)""",
    "signed and not in the course, or in it and not signed": """
        SELECT s.id FROM treatment_sessions_treatmentsession s
          LEFT JOIN plans_coursesession c ON c.plan_id = s.plan_id AND c.number = s.number
         WHERE c.id IS NULL OR c.signed_at IS DISTINCT FROM s.signed_at""",
    "signed without a word of it in the log, or twice": """
        SELECT s.id FROM treatment_sessions_treatmentsession s LEFT JOIN core_auditevent e
            ON e.did = 'session.signed' AND e.subject_id = s.id::text
         WHERE s.status <> 'draft' GROUP BY s.id HAVING count(e.id) <> 1""",
}


def what_is_wrong() -> dict[str, list[int]]:
    found = {}
    with connection.cursor() as cursor:
        for said, sql in _WRONG.items():
            cursor.execute(sql)
            if rows := [pk for (pk,) in cursor.fetchall()]:
                found[said] = rows
    return found


def counted(sql: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0]


class Server:
    """gunicorn as `make demo` runs it, on the tests' database."""

    def __init__(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.process = None

    def start(self):
        url = urlsplit(os.environ["DATABASE_URL"])
        url = url._replace(path=f"/{connection.settings_dict['NAME']}")
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "gunicorn",
                "mesoclinic.wsgi",
                "--bind",
                f"127.0.0.1:{self.port}",
                "--workers",
                "2",
                "--threads",
                "4",
                "--log-level",
                "critical",
                "--no-control-socket",
            ],
            cwd=settings.BASE_DIR,
            env={
                **os.environ,
                "DEMO": "1",
                "SECRET_KEY": settings.SECRET_KEY,
                "ALLOWED_HOSTS": "127.0.0.1",
                "DATABASE_URL": url.geturl(),
                # The tests' cluster trades safety for speed.
                "UNSAFE_START_ALLOWED": "fsync,full_page_writes,synchronous_commit",
            },
            start_new_session=True,
        )
        until(self.answers, "the server has not come up")

    def answers(self) -> bool:
        assert self.process.poll() is None, "the server does not start"
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return True
        except OSError:
            return False

    def kill(self):
        """kill -9, master and workers at once."""
        if self.process and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


@pytest.fixture
def server(transactional_db):
    server = Server()
    yield server
    server.kill()
    until(lambda: others_connected() == 0, "the killed server's connections")


def others_connected() -> int:
    return counted(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )


@pytest.fixture(params=[28, pytest.param(200, marks=pytest.mark.faults)])
def signings(request) -> int:
    """How many sessions are signed."""
    return request.param


@pytest.fixture
def charted_sessions(clinic, clinician, checklist, signings):
    """So many sessions of one patient, each of a plan of its own, charted and ready to be signed."""
    products = [factories.ProductFactory(), factories.ProductFactory()]
    lots = [factories.LotFactory(product=p, clinic=clinic, on_hand=D(signings)) for p in products]
    patient = factories.PatientFactory(registered_by=clinician)
    factories.ConsentFactory(patient=patient, taken_by=clinician)
    version = factories.signed_cocktail(clinic=clinic, patient=patient, products=products, by=clinician)
    plan = factories.make_plan(
        clinic=clinic, patient=patient, version=version, by=clinician, status="accepted"
    )
    sessions = begin_sessions([plan, *copies_of(plan, signings - 1)], clinician)
    chart_sessions(sessions, lots=lots, zone=plan.assessment.zones.get().zone, items=checklist, by=clinician)
    return sessions


def copies_of(plan, many):
    """So many plans that say the same as ``plan``."""
    said = {f.attname: getattr(plan, f.attname) for f in plan._meta.concrete_fields if f.name != "id"}
    return TreatmentPlan.objects.bulk_create(TreatmentPlan(**said) for _ in range(many))


def begin_sessions(plans, by):
    """The first session of each plan, with its course session: at commit the database asks that both agree."""
    with transaction.atomic():
        sessions = TreatmentSession.objects.bulk_create(
            TreatmentSession(
                clinic=plan.clinic,
                patient=plan.patient,
                plan=plan,
                number=1,
                clinician=by,
                cocktail_version=plan.cocktail_version,
                performed_on=timezone.localdate(),
                no_reactions=True,
                safety=ASKED,
            )
            for plan in plans
        )
        CourseSession.objects.bulk_create(
            CourseSession(plan=s.plan, number=s.number, performed_on=s.performed_on) for s in sessions
        )
    return sessions


def chart_sessions(sessions, *, lots, zone, items, by):
    """A ml of each lot, a zone, the pain and every tick of the checklist."""
    syringes = Syringe.objects.bulk_create(
        Syringe(treatment_session=s, label="Syringe", prepared_by=by) for s in sessions
    )
    Dose.objects.bulk_create(
        Dose(
            treatment_session=y.treatment_session,
            syringe=y,
            product=lot.product,
            lot=lot,
            planned_ml=1,
            ml=1,
        )
        for y in syringes
        for lot in lots
    )
    ZoneTreatment.objects.bulk_create(
        ZoneTreatment(
            treatment_session=s, zone=zone, points=50, ml_per_point=D("0.03"), depth_mm=2, area_cm2=70
        )
        for s in sessions
    )
    Pain.objects.bulk_create(Pain(treatment_session=s, moment="during", score=4) for s in sessions)
    ChecklistAnswer.objects.bulk_create(
        ChecklistAnswer(treatment_session=s, item=item, by=by) for s in sessions for item in items
    )


class Signers:
    """People who sign one session after another; whoever gets no answer presses again, with the same key."""

    def __init__(self, port: int, cookie: str, sessions):
        self.port, self.cookie, self.signings = port, cookie, len(sessions)
        self.todo = queue.SimpleQueue()
        for session in sessions:
            self.todo.put((session.pk, str(uuid.uuid4())))
        self.up = threading.Event()
        self.state = threading.Condition()
        self.answers, self.cut, self.in_flight = [], 0, 0

    def work(self):
        while True:
            try:
                pk, key = self.todo.get_nowait()
            except queue.Empty:
                with self.state:
                    if len(self.answers) == self.signings:
                        return
                    self.state.wait(0.2)  # another may still have to press again
                continue
            if not self.up.wait(PATIENCE_S):
                return
            self._press(pk, key)

    def _press(self, pk, key):
        token = "a" * 32
        with self.state:
            self.in_flight += 1
            self.state.notify_all()
        answer = None
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        try:
            line.request(
                "POST",
                f"/sessions/{pk}/sign/",
                body=urlencode({"once": key, "csrfmiddlewaretoken": token}),
                headers={
                    "Content-Type": "application/x-www-form-urlencoded",
                    "Cookie": f"sessionid={self.cookie}; csrftoken={token}",
                },
            )
            answer = line.getresponse().status
        except (OSError, http.client.HTTPException):
            self.todo.put((pk, key))
        finally:
            line.close()
        with self.state:
            self.in_flight -= 1
            if answer is None:
                self.cut += 1
            else:
                self.answers.append(answer)
            self.state.notify_all()

    def wait_for(self, so, what):
        with self.state:
            assert self.state.wait_for(so, PATIENCE_S), f"waited in vain: {what}"


@pytest.mark.fault("F1")
def test_a_server_killed_at_random_moments_signs_each_session_once_with_its_stock(
    server, charted_sessions, clinician, signings
):
    kills = max(2, signings // 30)
    rng = random.Random(SEED)
    cookie = signed_in(clinician).cookies["sessionid"].value
    signers = Signers(server.port, cookie, charted_sessions)
    threads = [threading.Thread(target=signers.work) for _ in range(PEOPLE)]
    server.start()
    signers.up.set()
    for thread in threads:
        thread.start()
    signed_at_kill, cuts = [], []
    for after in sorted(rng.sample(range(5, signings - 20), kills)):
        signers.wait_for(lambda after=after: len(signers.answers) >= after, "answers")
        signers.wait_for(lambda: signers.in_flight > 0, "somebody signing")
        threading.Event().wait(rng.uniform(0, 0.05))  # somewhere in the middle of it
        cut_before = signers.cut
        signers.up.clear()
        server.kill()
        signers.wait_for(lambda: signers.in_flight == 0, "lines to break")
        until(lambda: others_connected() == 0, "what was under way to end")
        cuts.append(signers.cut - cut_before)
        signed_at_kill.append(
            counted("SELECT count(*) FROM treatment_sessions_treatmentsession WHERE status <> 'draft'")
        )
        assert what_is_wrong() == {}
        server.start()
        signers.up.set()
    for thread in threads:
        thread.join(PATIENCE_S)

    assert signers.answers == [302] * signings
    assert what_is_wrong() == {}
    assert (
        counted("SELECT count(*) FROM treatment_sessions_treatmentsession WHERE status = 'signed'")
        == signings
    )
    # The next tick makes the four check-ins of each.
    sync_check_ins_and_follow_ups()
    assert CheckIn.objects.values("treatment_session").annotate(n=Count("pk")).filter(n=4).count() == signings
    # A quarter of each syringe stayed in it: two lines for each dose.
    assert StockMovement.objects.filter(kind="use").count() == 2 * signings
    assert StockMovement.objects.filter(kind="waste").count() == 2 * signings
    assert counted("SELECT sum(on_hand_ml)::int FROM stock_lot") == 0
    # The kills did hit: people were left without an answer, while there was still much to sign.
    assert sum(cuts) >= kills / 2
    assert signed_at_kill[0] < signings
