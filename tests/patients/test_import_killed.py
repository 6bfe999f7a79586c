"""A real import is killed when it has registered everybody and not committed: nothing of it is there, and it runs again."""

import os
import signal
import subprocess
import sys

import pytest
from django.conf import settings
from django.db import connection

from patients.models import Patient, PatientIdentifier
from tests.files import DATA
from tests.own_process import environment_of_tests
from tests.waiting import PATIENCE_S, until

LIST = DATA / "patient-lists" / "synthea_layout.csv"
WAITS_TO_WRITE = """
    SELECT pid FROM pg_locks WHERE NOT granted AND relation = 'patients_patientidentifier'::regclass
"""


def importing(admin):
    return subprocess.Popen(
        [sys.executable, "manage.py", "import_patients", str(LIST), "--by", admin.username],
        cwd=settings.BASE_DIR,
        env=environment_of_tests(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def rows(cursor, sql):
    cursor.execute(sql)
    return cursor.fetchall()


@pytest.mark.fault("F35")
@pytest.mark.faults  # two processes: six seconds
@pytest.mark.django_db(transaction=True)
def test_an_import_that_is_killed_half_way_leaves_nothing_and_runs_again(admin):
    with connection.cursor() as cursor:
        # Its numbers are written last: here it waits, with everybody registered.
        cursor.execute("BEGIN; LOCK TABLE patients_patientidentifier IN SHARE MODE")
        process = importing(admin)
        until(lambda: rows(cursor, WAITS_TO_WRITE), "the import never came to its last statement")
        os.kill(process.pid, signal.SIGKILL)
        assert process.wait(PATIENCE_S) == -signal.SIGKILL
        cursor.execute("COMMIT")
        until(lambda: not rows(cursor, WAITS_TO_WRITE), "its connection never ended")
    assert (Patient.objects.count(), PatientIdentifier.objects.count()) == (0, 0)

    assert importing(admin).wait(PATIENCE_S) == 0

    assert Patient.objects.count() == 120
