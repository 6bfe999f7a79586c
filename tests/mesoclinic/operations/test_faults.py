"""A fault of the database, with a real server on a database of its own: what a request is answered, and how soon."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress

import psycopg2
import pytest

from mesoclinic.core.fault_log import NOT_TRIED_FOR
from tests.waiting import until

#: The server's database is a copy of the tests' own, so that one has to be there.
pytestmark = pytest.mark.django_db

SCRIPT = {"X-Requested-With": "XMLHttpRequest"}


def faults_said(server):
    return [line for line in server.log_lines() if '"fault ' in line]


@pytest.mark.fault("F2")
def test_f2_a_database_that_is_away_is_said_with_what_was_kept_and_the_server_goes_on_by_itself(own_server):
    page = own_server.get("/accounts/clinic/")
    assert page.status == 200
    token = own_server.token("/accounts/clinic/")
    said_before = len(faults_said(own_server))

    own_server.pg_ctl("stop", "-m", "immediate")
    shown = own_server.get("/")
    # Meanwhile requests are answered without asking the database; the next one is to ask it. The server's clock runs
    # as this one, so more than that time is always enough.
    time.sleep(NOT_TRIED_FOR + 0.1)
    sent = own_server.post(
        "/accounts/clinic/",
        {"csrfmiddlewaretoken": token, "name": "Typed <b>name</b>", "password": "secret-word"},
    )
    script = own_server.get("/autosave/", **SCRIPT)
    for _ in range(20):
        own_server.get("/")

    assert (shown.status, shown.headers["retry-after"]) == (503, "5")
    assert "The database does not answer" in shown.text
    assert sent.status == 503
    assert "kept in this page" in sent.text
    assert 'name="name" value="Typed &lt;b&gt;name&lt;/b&gt;"' in sent.text
    assert token in sent.text
    assert "secret-word" not in sent.text
    assert script.status == 503
    assert json.loads(script.text)["fault"] == "down"
    assert "default-src" in shown.headers["content-security-policy"]
    assert own_server.get("/healthz").status == 200
    assert own_server.get("/static/site.css").status == 200
    ready = own_server.get("/readyz")
    assert ready.status == 503
    assert not json.loads(ready.text)["checks"]["database"]["well"]
    # One line for one fault, and no traceback.
    assert len(faults_said(own_server)) == said_before + 1
    assert [line for line in own_server.log_lines() if "Unavailable" in line] == []
    assert [line for line in own_server.log_lines() if "Traceback" in line or '"frames"' in line] == []

    own_server.cluster.start()
    back = time.monotonic()
    # Not only 200: the tests’ cluster may have lost the sign-in.
    until(lambda: own_server.get("/accounts/clinic/").status in (200, 302), "the server goes on")
    assert time.monotonic() - back < 5
    assert "over after" in faults_said(own_server)[-1]


@pytest.mark.fault("F3")
def test_f3_a_database_without_a_free_connection_is_said_quickly_and_gets_better_by_itself(own_server):
    own_server.end_connections()
    with ExitStack() as taken:
        with suppress(psycopg2.OperationalError):
            for _ in range(20):
                taken.callback(psycopg2.connect(own_server.cluster.url).close)
        began = time.monotonic()
        refused = own_server.get("/")
        took = time.monotonic() - began

    assert refused.status == 503
    assert "no free connection" in refused.text
    assert took < 4
    until(lambda: own_server.get("/").status == 200, "a connection is free")


@pytest.mark.fault("F4")
@pytest.mark.faults  # five seconds; the limit itself is tried in tests/mesoclinic/core/test_time_limits.py
def test_f4_a_table_that_somebody_locks_holds_a_page_for_its_limit_and_static_files_not_at_all(own_server):
    holder = psycopg2.connect(own_server.cluster.url)
    holder.cursor().execute("LOCK TABLE accounts_membership IN ACCESS EXCLUSIVE MODE")
    try:
        with ThreadPoolExecutor(4) as people:
            began = time.monotonic()
            pages = [people.submit(own_server.get, "/") for _ in range(4)]
            static = own_server.get("/static/site.css")
            static_took = time.monotonic() - began
            answers = [page.result() for page in pages]
        took = time.monotonic() - began
    finally:
        holder.close()

    assert static.status == 200
    assert static_took < 2
    assert [answer.status for answer in answers] == [503] * 4
    assert "Somebody else is at work on the same rows" in answers[0].text
    assert took < 12
    assert own_server.get("/").status == 200


def test_a_database_that_takes_no_writes_shows_the_catalogue_stock_and_the_calendar(own_server):
    own_server.sql("ALTER DATABASE mesoclinic SET default_transaction_read_only = on", database="postgres")
    own_server.end_connections()
    try:
        # The first finds its connection ended; Django then makes another.
        until(lambda: own_server.get("/stock/").status == 200, "stock is read")
        shown = {path: own_server.get(path).status for path in ("/", "/catalogue/", "/stock/")}
        token = own_server.token("/accounts/clinic/")
        refused = own_server.post(
            "/accounts/clinic/",
            {"csrfmiddlewaretoken": token, "once": "0b9e1f2c-3f64-4b7e-9d84-0a4f6f1f7a11", "name": "Typed"},
        )
        ready = own_server.get("/readyz")
    finally:
        own_server.sql("ALTER DATABASE mesoclinic RESET default_transaction_read_only", database="postgres")
        own_server.end_connections()

    assert shown == {"/": 200, "/catalogue/": 200, "/stock/": 200}
    assert json.loads(ready.text)["checks"]["database"] == {"well": True, "says": "read only"}
    assert refused.status == 503
    assert "takes nothing new" in refused.text
    assert 'value="Typed"' in refused.text


@pytest.mark.fault("F3")
def test_f3_healthz_and_readyz_need_no_host_name_and_no_sign_in(own_server):
    own_server.cookies = {}
    for path in ("/healthz", "/readyz"):
        assert own_server.get(path, Host="10.1.2.3:8000").status == 200
    ready = json.loads(own_server.get("/readyz").text)
    assert ready["checks"]["migrations"] == {"well": True, "says": "fit the code"}
    assert ready["checks"]["clock"]["well"]
    assert own_server.get("/readyz?all").status == 503  # no tick has run here
    assert own_server.get("/readyz", **{"X-Forwarded-For": "9.9.9.9"}).status == 404
    assert own_server.get("/metrics", **{"X-Forwarded-For": "9.9.9.9"}).status == 404
    assert "mesoclinic_requests_total" in own_server.get("/metrics").text
