"""A gunicorn on a database of its own, whose faults are nobody else's."""

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import psycopg2
from django.conf import settings

from mesoclinic.database import Cluster
from tests.waiting import PATIENCE_S, until

PASSWORD = "made-up-password-1"


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    text: str


@dataclass
class OwnServer:
    cluster: Cluster
    log: str = ""
    port: int = 0
    cookies: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen | None = None

    @property
    def environment(self):
        return {
            **os.environ,
            "DEMO": "1",
            "SECRET_KEY": settings.SECRET_KEY,
            "ALLOWED_HOSTS": "127.0.0.1",
            "DATABASE_URL": self.cluster.url,
            "LOG_FORMAT": "json",
        }

    def manage(self, *args, check=True, timeout=PATIENCE_S, **environment):
        return subprocess.run(
            [sys.executable, "manage.py", *args],
            cwd=settings.BASE_DIR,
            env=self.environment | environment,
            capture_output=True,
            text=True,
            check=check,
            timeout=timeout,
        )

    def start(self, **environment):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        with open(self.log, "w") as log:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "gunicorn", "mesoclinic.wsgi"),
                    *("--bind", f"127.0.0.1:{self.port}", "--workers", "1", "--threads", "6"),
                    *("--log-level", "warning", "--no-control-socket"),
                ],
                cwd=settings.BASE_DIR,
                env=self.environment | environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def start_and_wait(self, **environment):
        self.start(**environment)
        until(self.answers, "the server has not come up")

    def answers(self):
        assert self.process.poll() is None, "\n".join(self.log_lines())
        try:
            return self.get("/healthz").status == 200
        except OSError:
            return False

    def stop(self):
        if self.process and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def log_lines(self):
        return Path(self.log).read_text().splitlines()

    # Requests.

    def get(self, path, **headers):
        return self._ask("GET", path, None, headers)

    def post(self, path, fields, **headers):
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        return self._ask("POST", path, urlencode(fields), headers)

    def _ask(self, method, path, body, headers):
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=40)
        try:
            cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
            line.request(method, path, body, {**headers, **({"Cookie": cookie} if cookie else {})})
            response = line.getresponse()
            text = response.read().decode(errors="replace")
            for name, value in response.getheaders():
                if name.lower() == "set-cookie":
                    key, _, rest = value.partition("=")
                    self.cookies[key] = rest.split(";", 1)[0]
            return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, text)
        finally:
            line.close()

    def token(self, path="/accounts/login/"):
        return re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.get(path).text)[1]

    def sign_in(self, username):
        self.cookies = {}
        fields = {"csrfmiddlewaretoken": self.token(), "login": username, "password": PASSWORD}
        assert self.post("/accounts/login/", fields).status == 302

    # The database.

    def sql(self, statement, *, database="mesoclinic", user="postgres"):
        made = psycopg2.connect(
            host=str(self.cluster.socket_dir), user=user, dbname=database, connect_timeout=5
        )
        made.autocommit = True
        try:
            with made.cursor() as cursor:
                cursor.execute(statement)
                return cursor.fetchall() if cursor.description else None
        finally:
            made.close()

    def pg_ctl(self, *args):
        # No pipes: the server would inherit them, and whoever reads the other end would wait for ever.
        subprocess.run(
            [self.cluster.bin_dir / "pg_ctl", "-D", self.cluster.data, "-w", *args],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=True,
            timeout=PATIENCE_S,
            **self.cluster.subprocess_options_as_owner(),
        )

    def end_connections(self):
        """Whoever is connected has to connect anew, and meets new settings."""
        self.sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'mesoclinic' AND pid <> pg_backend_pid()"
        )
