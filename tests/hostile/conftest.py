"""Two clinics with one of everything, everybody at their pages, and every form that stands there. Built once a file."""

import logging
import sys
from dataclasses import dataclass

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.signals import got_request_exception
from django.db import connection, transaction
from django.http import HttpResponseBase
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.utils.datastructures import MultiValueDict

from mesoclinic.accounts.permissions import Role
from mesoclinic.pages.addresses import ADDRESSES
from tests.access_addresses import MAY, NOT_OURS, address_of, secret_addresses
from tests.access_links import (
    add_links,
    link_gate_answer,
    make_draft_quote,
    make_plan_without_quote,
    make_quote_that_waits,
)
from tests.access_world import World, build_world
from tests.hostile.forms import BrowserForm, Submission, browser_forms_of_page
from tests.hostile.payloads import urlencoded


@dataclass(frozen=True)
class Standing:
    """A form, and who has it before them."""

    form: BrowserForm
    client: Client
    who: str


@dataclass(frozen=True)
class Answered:
    """An answer whose writing was undone, and what was raised meanwhile."""

    status: int
    kind: str
    body: bytes
    location: str
    raised: str
    followed: bytes = b""


class Door:
    """Sends what it is given through the whole stack, and undoes it."""

    def __init__(self) -> None:
        self.raised: list[str] = []

    def note(self, sender: object, **kwargs: object) -> None:
        error, place = sys.exc_info()[1], ""
        trace = error.__traceback__ if error else None
        while trace is not None:
            place, trace = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}", trace.tb_next
        self.raised.append(f"{type(error).__name__}: {str(error)[:200]} at {place}")

    def send(self, standing: Standing, sent: Submission, *, follow: bool = False) -> Answered:
        client, form = standing.client, standing.form
        cookies = client.cookies.copy()
        headers = {"HX-Request": "true"} if form.is_of_script else {}
        self.raised.clear()
        try:
            with transaction.atomic():
                answer = client.generic("POST", form.address, *_body(sent), headers=headers)
                body, location, followed = _read(answer), answer.headers.get("Location", ""), b""
                if answer.status_code == 302:
                    # What a commit would ask.
                    connection.check_constraints()
                    if follow and location.startswith("/"):
                        page = client.get(location)
                        followed = _read(page)
                        if page.status_code >= 500:
                            self.raised.append(f"{page.status_code} at {location}")
                transaction.set_rollback(True)
        finally:
            client.cookies = cookies
        kind = answer.headers.get("Content-Type", "")
        return Answered(answer.status_code, kind, body, location, "; ".join(self.raised), followed)


def _read(answer: HttpResponseBase) -> bytes:
    return b"".join(answer)  # type: ignore[call-overload]


def _body(sent: Submission) -> tuple[bytes, str]:
    if not sent.files:
        return urlencoded(sent.fields), "application/x-www-form-urlencoded"
    data: dict[str, list[object]] = {}
    for name, value in sent.fields:
        data.setdefault(name, []).append(value.encode("utf-8", "replace"))
    for name, called, content in sent.files:
        data.setdefault(name, []).append(SimpleUploadedFile(called, content))
    return encode_multipart(BOUNDARY, MultiValueDict(data)), MULTIPART_CONTENT


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    """Built once; each submission is rolled back, and so is all of it at the end."""
    with pytest.MonkeyPatch.context() as patch, django_db_blocker.unblock(), transaction.atomic():
        patch.setattr(settings, "SESSION_ENGINE", "django.contrib.sessions.backends.signed_cookies")
        patch.setattr(logging.getLogger("django.request"), "disabled", True)
        patch.setattr("django.test.client.store_rendered_templates", lambda *args, **kwargs: None)
        world = build_world()
        add_links(world.own)
        # What waits for a commit is asked now, so that each submission is asked its own only.
        connection.check_constraints()
        yield world
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def door():
    opened = Door()
    got_request_exception.connect(opened.note)
    yield opened
    got_request_exception.disconnect(opened.note)


def open_client(client: Client) -> Client:
    client.raise_request_exception = False
    return client


def strangers_at_links(world: World) -> dict[str, tuple[Client, str]]:
    """For each secret address somebody who stands there, past its gate where there is one."""
    found = {}
    for word, address in secret_addresses(world.own).items():
        client = open_client(Client())
        if word.startswith("link of"):
            purpose = word.removeprefix("link of ")
            link = next(link for each, link in world.own.links.items() if each == purpose)
            opened = client.post(address, link_gate_answer(link, world.own.patient.birth_date))
            assert opened.status_code == 302, (word, opened.status_code)
        found[word] = client, address
    return found


#: The parts of an intake by link, each a form of its own.
def _addresses(world: World) -> list[tuple[str, str]]:
    """The name and the address of every page, those of an open quote, a plan without one and a draft included."""
    own = world.own
    found = [(name, address_of(name, own, world)) for name in sorted(ADDRESSES)]
    waiting, draft, plan = make_quote_that_waits(own), make_draft_quote(own), make_plan_without_quote(own)
    for quote in (waiting, draft):
        found.append(("billing:quote", f"/quotes/{quote.pk}/"))
    for each in (plan, draft.plan, waiting.plan):
        found.append(("plan", f"/plans/{each.pk}/"))
    return found


@pytest.fixture(scope="module")
def standing(world) -> list[Standing]:
    """Every form of every page, as each who may open it has it before them; and of each address that takes forms a form
    of words that it may ask for.
    """
    clients = {role: open_client(world.own.client(role)) for role in Role}
    found: dict[tuple[object, ...], Standing] = {}

    def look(client: Client, address: str, who: str) -> None:
        cookies = client.cookies.copy()
        with transaction.atomic():
            page = client.get(address)
            forms = browser_forms_of_page(page, at=address) if page.status_code in (200, 422) else []
            takes_forms = client.post(address).status_code != 405
            transaction.set_rollback(True)
        client.cookies = cookies
        words = BrowserForm(address, {each: ["1"] for each in _WORDS}, list(_WORDS))
        for form in [*forms, words] if takes_forms else forms:
            found.setdefault((*form.key, form is words), Standing(form, client, who))

    for name, address in _addresses(world):
        roles = [role for role in Role if role in MAY.get(name, ())]
        for role in roles or ([Role.CLINICIAN] if name in NOT_OURS else []):
            look(clients[role], address, str(role))
        if name in NOT_OURS:
            look(open_client(Client()), address, "a stranger")
    for word, (client, address) in strangers_at_links(world).items():
        look(client, address, word)
        if word == "link of intake":
            with transaction.atomic():
                page = client.get(address).text
                transaction.set_rollback(True)
            for part in sorted(
                {each for each in page.split('"') if each.startswith(address) and each != address}
            ):
                look(client, part, word)
    return list(found.values())


#: What the views read of a form that is on no page of this world.
_WORDS = (
    "reason", "note", "amount", "method", "kind", "name", "day", "starts_at", "minutes", "at", "slot", "product", "lot", "count",
    "option", "value", "decision", "text", "login", "email", "password", "code", "credential", "says", "url", "fields", "key",
)  # fmt: skip
