"""What time alone brings about. Run every few minutes (docs/deploy.md)."""

import logging
from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from mesoclinic.core import rate_limit, tick_runs
from mesoclinic.core.audit_heads import seal_head
from mesoclinic.core.audit_partitions import make_partitions
from mesoclinic.core.models import TickRun
from mesoclinic.operations.health import CLOCKS_APART_AT_MOST, seconds_from_databases_clock
from mesoclinic.operations.pruning import delete_old_rows
from mesoclinic.outbox import actions as outbox
from mesoclinic.outbox.link_messages import enqueue_link_message_tasks
from mesoclinic.privacy.exports import delete_old_exports
from treatments.billing.actions.quotes import mark_quotes_and_plans_expired
from treatments.catalogue.actions.versions import apply_planned_changes_due_today
from treatments.conditions.actions.photograph_files import sweep_photograph_files
from treatments.followup import actions as followup
from treatments.followup import links as check_in_links
from treatments.outcomes.actions.figures import refresh_outcomes
from treatments.outcomes.actions.sentinel import watch_lots
from treatments.response.actions.cohort import refresh_cohort
from treatments.schedule.actions import intake_links, reminders
from treatments.waiting import actions as waiting

logger = logging.getLogger(__name__)


def _requeue_tasks_of_dead_workers() -> str:
    found = outbox.requeue_tasks_of_dead_workers()
    return f"{found.again} tasks of dead workers ready again, {found.given_up} given up"


def _requeue_messages_of_dead_workers() -> str:
    again, unsure = outbox.requeue_messages_of_dead_workers()
    return f"{again} messages of dead workers queued again, {unsure} unsure"


def _enqueue_reminders() -> str:
    found = reminders.enqueue_reminders()
    return f"{found.made} reminders due, {found.skipped} not wanted"


def _enqueue_link_messages() -> str:
    return f"{enqueue_link_message_tasks()} messages with a link tried again"


def _add_missing_check_ins_and_follow_ups() -> str:
    found = followup.sync_check_ins_and_follow_ups()
    return f"{found.sessions} sessions got their check-ins, {found.cancelled} calls cancelled, {found.opened} follow-ups opened"


def _send_check_in_links() -> str:
    sent, told = check_in_links.send_due_check_in_links(), check_in_links.escalate_unattended_red_answers()
    return f"{sent} check-ins sent by link, {told} answers in red told on"


def _log_sessions_without_check_ins() -> str:
    return f"{followup.log_sessions_without_check_ins()} signed sessions without check-ins"


def _watch_lots() -> str:
    signals, drafted = watch_lots()
    return f"{signals} lots and vials with reactions watched, {drafted} quarantines drafted"


def _sweep_photograph_files() -> str:
    found = sweep_photograph_files()
    return f"{found.deleted} files of pictures that are nobody’s deleted, {found.missing} missing, {found.again} prepared again"


def _delete_old_rows() -> str:
    freed, calls = waiting.delete_past_freed_times(), rate_limit.delete_old_counts()
    served = sum(delete_old_rows(timezone.now()).values())
    return f"{freed} past free times and {calls} counts forgotten, {served} rows that have served"


def _make_months_of_the_audit_log() -> str:
    with transaction.atomic(), connection.cursor() as cursor:
        made = make_partitions(cursor, timezone.now().date())
    return f"audit log: made {', '.join(made)}" if made else "audit log: the months stand"


def _delete_old_exports() -> str:
    days = settings.KEEP_EXPORTS_DAYS
    return f"{delete_old_exports(timezone.now() - timedelta(days=days)) if days else 0} exports deleted"


def _seal_the_audit_log() -> str:
    head = seal_head()
    return f"audit log sealed at {head.position}" if head else "audit log: nothing new"


#: In this order: what a dead worker left before what is due now.
STEPS: dict[str, Callable[[], str]] = {
    "tasks": _requeue_tasks_of_dead_workers,
    "messages left": _requeue_messages_of_dead_workers,
    "reminders": _enqueue_reminders,
    "links": _enqueue_link_messages,
    "offers": lambda: f"{waiting.mark_offers_expired()} offers expired",
    "waiting list": lambda: f"{waiting.close_lapsed_entries()} waiting list entries lapsed",
    "follow-up": _add_missing_check_ins_and_follow_ups,
    "check-ins by link": _send_check_in_links,
    "intakes by link": lambda: f"{intake_links.send_due_intake_links()} intakes sent by link",
    "check-ins": _log_sessions_without_check_ins,
    "catalogue": lambda: f"{len(apply_planned_changes_due_today())} changes in force",
    "quotes": lambda: f"{mark_quotes_and_plans_expired()} quotes expired",
    "cohort": lambda: f"{refresh_cohort()} groups of comparable patients counted",
    "outcomes": lambda: f"{refresh_outcomes()} groups of sessions counted",
    "lots": _watch_lots,
    "photographs": _sweep_photograph_files,
    "audit log, months": _make_months_of_the_audit_log,
    "audit log": _seal_the_audit_log,
    "pruning": _delete_old_rows,
    "exports": _delete_old_exports,
}


class Command(BaseCommand):
    help = (
        "Enqueue the reminders that are due, take up what a dead worker left, bring the catalogue’s planned changes into force, expire quotes and offers, "
        "and forget what is over. Safe to run twice, or twice at once."
    )

    def handle(self, *args, **options):
        """Runs every step; one that fails is logged, the others run, and the command ends with an error."""
        last, now = TickRun.objects.first(), timezone.now()
        jump = tick_runs.clock_jump_or_none(last, now)
        if jump is not None:
            logger.error("tick: the clock was set by %+.0f s since the last one", jump.total_seconds())
        elif last is not None and tick_runs.is_tick_late(last.ended_at, now):
            logger.error("tick: did not run from %s to %s", last.ended_at.isoformat(), now.isoformat())
        apart = seconds_from_databases_clock()
        if apart > CLOCKS_APART_AT_MOST:
            logger.error("tick: the clock and the database's are %.0f s apart", apart)
        failed = []
        for name, step in STEPS.items():
            try:
                said = step()
            except OperationalError:
                raise  # no database, no tick
            except Exception:
                # One broken step keeps nobody from being reminded; whoever runs this hears of it.
                logger.exception("tick: %s", name)
                failed.append(name)
            else:
                self.stdout.write(said)
        tick_runs.record_tick(timezone.now(), jumped_by=jump)
        if failed:
            raise CommandError(f"Not done: {', '.join(failed)}. The log says why.")
