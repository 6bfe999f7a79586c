"""What stands in deploy/ works: units, nginx, roles, PostgreSQL's settings, containers."""

import configparser
import datetime
import gzip
import http.client
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import psycopg2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.conf import settings

from tests.mesoclinic.operations.own_server import OwnServer
from tests.waiting import until

DEPLOY = settings.BASE_DIR / "deploy"
UNITS = sorted((DEPLOY / "systemd").iterdir())
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")


def unit(path):
    read = configparser.RawConfigParser(strict=False)
    read.optionxform = str
    read.read_string(path.read_text())
    return read


# --- systemd -----------------------------------------------------------------


@pytest.mark.parametrize("path", [p for p in UNITS if p.suffix == ".service"], ids=lambda p: p.name)
def test_every_unit_runs_closed_in_and_what_it_writes_is_named(path):
    service = unit(path)["Service"]

    assert service["User"] == "mesoclinic"
    assert (service["ProtectSystem"], service["NoNewPrivileges"]) == ("strict", "true")
    # Uploads and sorting go through a temporary folder, which a strict unit has not by itself.
    assert service["PrivateTmp"] == "true"
    assert service["EnvironmentFile"] == "/etc/mesoclinic/mesoclinic.env"


@pytest.mark.parametrize("path", [p for p in UNITS if p.suffix == ".timer"], ids=lambda p: p.name)
def test_every_timer_has_its_service_and_runs_what_was_missed(path):
    assert path.with_suffix(".service").exists()
    assert unit(path)["Timer"]["Persistent"] == "true"


def test_the_units_name_commands_that_there_are():
    commands = {path.stem for path in (settings.BASE_DIR / "mesoclinic/management/commands").glob("*.py")}
    named = {word for path in UNITS for word in re.findall(r"manage\.py (\w+)", path.read_text())}

    assert named - commands == {"db_worker"}  # django-tasks-db's own
    assert {"tick", "watch", "backup", "verify_backup"} <= named


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd here")
def test_systemd_understands_the_units(tmp_path):
    for path in UNITS:
        text = path.read_text().replace("/srv/mesoclinic", str(settings.BASE_DIR))
        # This machine has no such user.
        text = text.replace("User=mesoclinic", "User=root").replace("Group=mesoclinic", "Group=root")
        (tmp_path / path.name).write_text(text)

    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *sorted(tmp_path.iterdir())], capture_output=True, text=True
    )

    assert (done.returncode, done.stderr) == (0, "")


# In a mount namespace of its own, where all is read-only but what the unit names.
_CLOSED_IN = """
set -e
mount --make-rprivate /
mkdir -p /run/mesoclinic /mnt
mount --bind "$SOCKETS" /mnt
mount -t tmpfs tmpfs /run/mesoclinic
mount --bind / / && mount -o remount,bind,ro /
mount -n -t tmpfs tmpfs /tmp
mkdir -p "$SOCKETS" && mount -n --move /mnt "$SOCKETS"
touch /tmp/may-write
if touch "$CHECKOUT/may-write" 2>/dev/null; then echo "the checkout can be written"; exit 9; fi
cd "$CHECKOUT" && exec "$@"
"""


@pytest.mark.faults
@pytest.mark.django_db
@pytest.mark.skipif(os.geteuid() != 0, reason="only root has mount namespaces")
def test_the_web_process_starts_where_everything_is_read_only(own_server):
    server = OwnServer(cluster=own_server.cluster, log=own_server.log + "-closed")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        server.port = free.getsockname()[1]
    environment = server.environment | {
        "UNSAFE_START_ALLOWED": "fsync,full_page_writes,synchronous_commit",
        "BIND": f"127.0.0.1:{server.port}",
        "WEB_WORKERS": "2",
        "PROMETHEUS_MULTIPROC_DIR": "/run/mesoclinic/metrics",
        "SOCKETS": str(server.cluster.socket_dir),
        "CHECKOUT": str(settings.BASE_DIR),
    }
    command = [sys.executable, "-m", "gunicorn", "--config", "deploy/gunicorn.conf.py", "mesoclinic.wsgi"]
    with Path(server.log).open("w") as log:
        server.process = subprocess.Popen(
            ["unshare", "-m", "bash", "-c", _CLOSED_IN, "bash", *command],
            env=environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        until(server.answers, "the web process")
        server.sign_in("ada")
        assert server.get("/").status == 200
        # Larger than what is kept in memory: it goes through the temporary folder.
        token = server.token("/patients/import/")
        body = (
            f'--x\r\nContent-Disposition: form-data; name="csrfmiddlewaretoken"\r\n\r\n{token}\r\n'
            f'--x\r\nContent-Disposition: form-data; name="files"; filename="a.csv"\r\n\r\n{"a,b" * 1_200_000}\r\n--x--\r\n'
        )
        sent = server._ask(
            "POST", "/patients/import/", body, {"Content-Type": "multipart/form-data; boundary=x"}
        )
        assert sent.status < 500
        assert "mesoclinic_requests_total" in server.get("/metrics").text
    finally:
        server.stop()


# --- nginx -------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "clinic.example")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    (folder / "fullchain.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "privkey.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return folder


class Application(BaseHTTPRequestHandler):
    """Answers everything with a long page, as the application would."""

    def do_GET(self):
        page = b"<p>made up</p>" * 500
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(page)))
        self.send_header("X-Seen-Proto", self.headers["X-Forwarded-Proto"])
        self.send_header("X-Seen-Id", self.headers["X-Request-ID"])
        self.end_headers()
        self.wfile.write(page)

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.do_GET()

    def log_message(self, *args):
        pass


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@pytest.fixture
def nginx(tmp_path, certificate):
    """nginx on our file, before an application that can be stopped. (ask, stop_application, log)"""
    application = ThreadingHTTPServer(("127.0.0.1", 0), Application)
    threading.Thread(target=application.serve_forever, daemon=True).start()
    port = free_port()
    (tmp_path / "static").mkdir()
    (tmp_path / "static" / "site.css").write_text("body{}")
    text = (DEPLOY / "nginx/mesoclinic.conf").read_text()
    for here, there in {
        "127.0.0.1:8000": f"127.0.0.1:{application.server_port}",
        "listen 80;": f"listen 127.0.0.1:{free_port()};",
        "listen 443 ssl;": f"listen 127.0.0.1:{port} ssl;",
        "/etc/mesoclinic/tls": str(certificate),
        "/srv/mesoclinic/var/static/": f"{tmp_path}/static/",
        "/etc/nginx/mesoclinic-proxy.conf": str(DEPLOY / "nginx/mesoclinic-proxy.conf"),
        "/var/log/nginx": str(tmp_path),
        # Debian 12 has nginx 1.22, which says it the older way.
        "    http2 on;\n": "",
    }.items():
        assert here in text, here
        text = text.replace(here, there)
    folders = "".join(
        f"{name}_temp_path {tmp_path}/{name};"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (tmp_path / "nginx.conf").write_text(
        f"{'user root;' if os.geteuid() == 0 else ''} pid {tmp_path}/pid; events {{}} http {{ {folders} {text} }}"
    )
    yield tmp_path, port, application
    application.shutdown()
    application.server_close()


def ask(port, path, method="GET", body=None):
    context = ssl._create_unverified_context()
    line = http.client.HTTPSConnection("127.0.0.1", port, timeout=10, context=context)
    try:
        line.request(method, path, body, {"Host": "clinic.example", "Accept-Encoding": "gzip"})
        answer = line.getresponse()
        return answer, answer.read()
    finally:
        line.close()


@pytest.mark.skipif(NGINX is None, reason="no nginx here")
def test_nginx_understands_its_file_and_compresses_only_what_repeats_nothing_of_the_question(nginx):
    folder, port, application = nginx
    command = [NGINX, "-p", folder, "-c", folder / "nginx.conf", "-e", folder / "error.log"]
    tested = subprocess.run([*command, "-t"], capture_output=True, text=True)
    assert tested.returncode == 0, tested.stderr
    assert "warn" not in tested.stderr
    process = subprocess.Popen([*command, "-g", "daemon off;"], stderr=subprocess.DEVNULL)
    try:
        until(lambda: _listens(port), "nginx")
        page, body = ask(port, "/")
        searched, _ = ask(port, "/find/?q=somebody")
        posted, _ = ask(port, "/find/", "POST", "q=somebody")
        static, _ = ask(port, "/static/site.css")
        application.shutdown()
        application.server_close()
        away, words = ask(port, "/")
        static_meanwhile, _ = ask(port, "/static/site.css")
    finally:
        process.terminate()
        process.wait(timeout=10)

    assert page.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(body).startswith(b"<p>made up")
    assert searched.headers["Content-Encoding"] is None
    assert posted.headers["Content-Encoding"] is None
    assert page.headers["X-Seen-Proto"] == "https"
    assert len(page.headers["X-Seen-Id"]) == 32
    assert "immutable" in static.headers["Cache-Control"]
    assert (away.status, away.headers["Retry-After"]) == (503, "5")
    assert b"Nothing that was saved is lost" in words
    assert static_meanwhile.status == 200
    assert "somebody" not in (folder / "mesoclinic.log").read_text()


def _listens(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


# --- PostgreSQL --------------------------------------------------------------


@pytest.mark.django_db
def test_the_application_may_use_what_an_upgrade_adds_and_own_nothing(own_server):
    own_server.sql("CREATE DATABASE roles", database="postgres")
    roles = (DEPLOY / "postgresql/roles.sql").read_text()
    own_server.sql(roles, database="roles")
    own_server.sql(roles, database="roles")  # again: nothing changes

    def as_role(role, statement):
        return own_server.sql(statement, database="roles", user=role)

    try:
        as_role(
            "mesoclinic_owner",
            "CREATE EXTENSION btree_gist; CREATE EXTENSION pg_trgm; CREATE EXTENSION unaccent",
        )
        # An upgrade with a new table: nobody grants anything.
        as_role("mesoclinic_owner", "CREATE TABLE added (id bigint GENERATED ALWAYS AS IDENTITY, words text)")
        as_role("mesoclinic_owner", "CREATE SEQUENCE numbers")
        as_role(
            "mesoclinic", "INSERT INTO added (words) VALUES ('made up'); UPDATE added SET words = 'changed'"
        )
        assert as_role("mesoclinic", "SELECT words, nextval('numbers') FROM added") == [("changed", 1)]
        assert as_role("mesoclinic", "SHOW statement_timeout") == [("15s",)]
        for refused in (
            "DROP TABLE added",
            "ALTER TABLE added DISABLE TRIGGER ALL",
            "TRUNCATE added",
            "CREATE TABLE own ()",
        ):
            with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                as_role("mesoclinic", refused)
    finally:
        own_server.sql("DROP DATABASE roles WITH (FORCE)", database="postgres")


@pytest.mark.django_db
def test_postgresql_understands_its_settings(own_server):
    given = own_server.cluster.data / "deploy.conf"
    given.write_text((DEPLOY / "postgresql/mesoclinic.conf").read_text())
    os.chown(given, own_server.cluster.owner.pw_uid, own_server.cluster.owner.pw_gid)
    main = own_server.cluster.data / "postgresql.conf"
    before = main.read_text()
    main.write_text(before + "\ninclude = 'deploy.conf'\n")
    try:
        rows = own_server.sql(
            "SELECT name, setting, error FROM pg_file_settings WHERE sourcefile LIKE '%deploy.conf'"
        )
    finally:
        main.write_text(before)

    wrong = {name: error for name, _, error in rows if error and "could not be applied" not in error}
    assert len(rows) > 20
    assert wrong == {}
    assert {name: setting for name, setting, _ in rows}["fsync"] == "on"


# --- containers --------------------------------------------------------------


def test_hadolint_finds_nothing_in_the_containerfile():
    program = Path(sys.executable).parent / "hadolint"
    done = subprocess.run([program, DEPLOY / "Containerfile"], capture_output=True, text=True)

    assert (done.returncode, done.stdout) == (0, "")


def test_compose_lint_finds_nothing_grave_in_the_compose_file():
    program = Path(sys.executable).parent / "compose-lint"
    done = subprocess.run(
        [program, "check", "--fail-on", "high", DEPLOY / "compose.yaml"], capture_output=True, text=True
    )

    assert done.returncode == 0, done.stdout
    assert "service: web" in done.stdout


def test_nothing_secret_is_copied_into_an_image():
    ignored = (settings.BASE_DIR / ".containerignore").read_text()

    assert (settings.BASE_DIR / ".dockerignore").read_text() == ignored
    for name in (".git", ".venv", "var", "deploy/mesoclinic.env", "deploy/postgres-password.txt"):
        assert name in ignored.splitlines()


def test_the_example_of_the_settings_names_only_what_is_read():
    example = (DEPLOY / "mesoclinic.env.example").read_text()
    names = re.findall(r"^(\w+)=", example, re.M)
    read = (settings.BASE_DIR / "mesoclinic/settings.py").read_text() + "".join(p.read_text() for p in UNITS)

    assert [name for name in names if name not in read] == []


# --- logrotate ---------------------------------------------------------------

LOGROTATE = shutil.which("logrotate") or shutil.which("logrotate", path="/usr/sbin")


@pytest.mark.skipif(LOGROTATE is None, reason="no logrotate here")
def test_logrotate_understands_its_file_and_turns_a_log(tmp_path):
    text = (DEPLOY / "logrotate" / "mesoclinic").read_text()
    # This machine has no such users and no nginx to tell; a log of a kilobyte is large enough here.
    text = text.replace("/var/log/nginx/", f"{tmp_path}/").replace("create 0640 www-data adm", "create 0640")
    (tmp_path / "mesoclinic").write_text(text.replace("/run/nginx.pid", f"{tmp_path}/nginx.pid"))
    (tmp_path / "mesoclinic").chmod(0o644)
    (tmp_path / "mesoclinic.log").write_text("a line\n" * 200)

    done = subprocess.run(
        [LOGROTATE, "--force", "--state", tmp_path / "state", tmp_path / "mesoclinic"],
        capture_output=True,
        text=True,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "mesoclinic.log.1").read_text().startswith("a line")
    assert (tmp_path / "mesoclinic.log").stat().st_mode & 0o777 == 0o640
