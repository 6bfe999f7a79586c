"""Several ticks at once, over real connections."""

import threading

import pytest
from django.db import connection

from patients.models import Alert
from treatments.followup.actions import CaughtUp, sync_check_ins_and_follow_ups
from treatments.followup.models import CheckIn, FollowUp
from treatments.sessions.actions.late_reports import record_late_reactions
from treatments.sessions.actions.signing import sign_session
from treatments.sessions.rules.charting import ReactionEntry

TICKS = 4


@pytest.mark.django_db(transaction=True)
def test_ticks_at_once_make_the_calls_and_the_follow_up_once(charted, clinician, bald_patch):
    session = sign_session(session=charted, by=clinician)
    record_late_reactions(session=session, by=clinician, reactions=[ReactionEntry(bald_patch.pk)])
    gate = threading.Barrier(TICKS)
    said: list[CaughtUp | Exception] = []

    def tick():
        try:
            gate.wait()
            said.append(sync_check_ins_and_follow_ups())
        except Exception as error:
            said.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=tick) for _ in range(TICKS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {type(each) for each in said} == {CaughtUp}
    assert sum(each.sessions for each in said) == sum(each.opened for each in said) == 1
    assert CheckIn.objects.filter(status="due").count() == 4
    assert FollowUp.objects.count() == 1
    assert Alert.objects.not_cleared().filter(kind="follow_up").count() == 1
