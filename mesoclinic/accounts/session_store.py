"""Django's sessions in the database, read by a query that is compiled once: every signed-in request asks for one."""

from functools import cache

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.utils import timezone

from mesoclinic.core.compiled_queries import Blank, CompiledQuery


@cache
def _session_by_key() -> CompiledQuery[Session, Session]:
    return CompiledQuery(Session.objects.filter(session_key=Blank("key"), expire_date__gt=Blank("now")))


class SessionStore(db.SessionStore):
    def _get_session_from_db(self) -> Session | None:
        """The row; None, and a new key at the next save, where it is gone or has expired."""
        found = _session_by_key().ask(key=self.session_key, now=timezone.now())
        if found:
            return found[0]
        self._session_key = None
        return None
